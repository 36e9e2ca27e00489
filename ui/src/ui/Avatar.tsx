import styles from './Avatar.module.css'

/** The first letters of a person's first and last name, in a circle. */
export function Avatar({ name, large = false }: { name: string; large?: boolean }) {
  return <span className={styles.avatar} data-large={large} aria-hidden="true">{initials(name)}</span>
}

/** Two letters at most, by which people know each other. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter((word) => word !== '')
  const first = [...(words[0] ?? '?')][0]!
  const last = words.length > 1 ? [...words.at(-1)!][0]! : ''
  return (first + last).toUpperCase()
}
