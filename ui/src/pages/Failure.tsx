import styles from './pages.module.css'

/** A page that cannot be shown, and why. */
export function Failure({ error }: { error: Error }) {
  return (
    <main className={styles.centre}>
      <h1>Hearth</h1>
      <p role="alert">{error.message}</p>
      <p>
        <button type="button" className={styles.primary} onClick={() => location.reload()}>Try again</button>{' '}
        <a href="/">Start page</a>
      </p>
    </main>
  )
}
