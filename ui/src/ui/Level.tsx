import { levelName, type LevelName } from '../api/record'
import styles from './ui.module.css'

const shapes: Record<LevelName, React.ReactNode> = {
  trace: <circle cx="6" cy="6" r="3.5" fill="none" strokeDasharray="2 1.7" />,
  debug: <path d="M6 1.8 10.200 6 6 10.200 1.800 6Z" fill="none" />,
  info: <path d="M6 1.500 10.500 6 6 10.500 1.500 6Z" fill="currentColor" stroke="none" />,
  notice: (
    <>
      <path d="M5 2.500 9 6.500 5 10.500 1 6.500Z" fill="currentColor" stroke="none" />
      <circle cx="10.300" cy="2.300" r="1.500" fill="currentColor" stroke="none" />
    </>
  ),
  warn: <path d="M6 1.500 11.200 10.500H.8Z" fill="currentColor" stroke="none" />,
  error: (
    <>
      <circle cx="6" cy="6" r="5.300" fill="currentColor" stroke="none" />
      <path d="m4 4 4 4m0-4-4 4" stroke="var(--bg)" strokeWidth="1.500" />
    </>
  ),
  fatal: (
    <>
      <rect x=".8" y=".8" width="10.400" height="10.400" rx="1.500" fill="currentColor" stroke="none" />
      <path d="m4 4 4 4m0-4-4 4" stroke="var(--bg)" strokeWidth="1.500" />
    </>
  ),
}

/** The class that has a level's colour as its text colour. */
export function levelClass(level: number): string | undefined {
  return styles[levelName(level)]
}

/** The sign of a level: colour, shape, and its name for who sees neither. */
export function LevelGlyph(props: { level: number }) {
  const name = levelName(props.level)
  return (
    <svg className={`${styles.glyph} ${styles[name]}`} viewBox="0 0 12 12" width="12" height="12" stroke="currentColor" role="img" aria-label={name}>
      {shapes[name]}
    </svg>
  )
}
