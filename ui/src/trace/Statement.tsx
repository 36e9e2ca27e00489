import { useEffect, useState } from 'react'
import { Copy } from '../ui/Copy'
import type { Statement } from './attributes'
import styles from './Details.module.css'

/** Longer statements are shown as they came. */
const mostFormatted = 20_000

/** A statement, laid out when it is SQL. The formatter is fetched when the first one is shown. */
export function StatementText({ statement }: { statement: Statement }) {
  const { text, dialect } = statement
  const [formatted, setFormatted] = useState<string>()
  const [asSent, setAsSent] = useState(false)
  useEffect(() => {
    setFormatted(undefined)
    if (dialect === '' || text.length > mostFormatted) return
    let gone = false
    void import('./formatSql').then(({ formatSql }) => formatSql(text, dialect)).then((made) => { if (!gone) setFormatted(made) })
    return () => { gone = true }
  }, [text, dialect])
  const shown = asSent ? text : (formatted ?? text)
  return (
    <div className={styles.body}>
      <pre className={styles.statement}><Highlighted text={shown} /></pre>
      <span className={styles.tools}>
        {formatted !== undefined && formatted !== text && <button type="button" className={styles.small} aria-pressed={asSent} onClick={() => setAsSent(!asSent)}>{asSent ? 'Formatted' : 'As sent'}</button>}
        <Copy text={shown} title="Copy the statement" />
      </span>
    </div>
  )
}

const words = /('(?:[^']|'')*')|(--[^\n]*|\/\*[\s\S]*?\*\/)|\b(SELECT|FROM|WHERE|AND|OR|NOT|IN|IS|NULL|AS|ON|JOIN|LEFT|RIGHT|INNER|OUTER|FULL|CROSS|LATERAL|GROUP|ORDER|BY|HAVING|LIMIT|OFFSET|INSERT|INTO|VALUES|UPDATE|SET|DELETE|RETURNING|WITH|UNION|ALL|DISTINCT|CASE|WHEN|THEN|ELSE|END|CREATE|TABLE|INDEX|ALTER|DROP|BEGIN|COMMIT|ROLLBACK|LIKE|ILIKE|BETWEEN|EXISTS|USING|DESC|ASC|CONFLICT|DO|NOTHING)\b|(?<![\w$])(\d+(?:\.\d+)?)/gi

function Highlighted({ text }: { text: string }) {
  const parts: React.ReactNode[] = []
  let at = 0
  for (const match of text.matchAll(words)) {
    parts.push(text.slice(at, match.index))
    const kind = match[1] ? styles.string : match[2] ? styles.comment : match[3] ? styles.word : styles.number
    parts.push(<span key={match.index} className={kind}>{match[0]}</span>)
    at = match.index + match[0].length
  }
  parts.push(text.slice(at))
  return parts
}
