import { useQuery } from '@tanstack/react-query'
import { literal, query, type ApiError } from '../api/client'
import type { Conversation } from '../api/conversation'
import { Entry } from '../ui/Json'
import { warningsOf } from './numbers'
import styles from './Conversation.module.css'

/** What stands where no message was recorded: why that may be, and what the span says of itself. */
export function Silent({ project, talk, span }: { project: string; talk: Conversation; span: string }) {
  const attributes = useQuery<Record<string, unknown>, ApiError>({
    queryKey: ['attributes', project, talk.trace_id, span],
    queryFn: async ({ signal }) => {
      const sql = `SELECT attributes FROM records_all WHERE trace_id = ${literal(talk.trace_id)} AND span_id = ${literal(span)} LIMIT 1`
      const rows = await query<{ attributes: Record<string, unknown> | null }>({ project, sql, since: 0, limit: 1, signal })
      return rows[0]?.attributes ?? {}
    },
  })
  return (
    <section className={styles.silent} aria-label="Conversation">
      <p>No messages recorded (content capture is off?)</p>
      {warningsOf(talk).map((warning) => <p key={warning} className={styles.warning} role="note">{warning}</p>)}
      {Object.entries(attributes.data ?? {}).map(([name, value]) => <Entry key={name} name={name} value={value} />)}
    </section>
  )
}
