import { useQuery } from '@tanstack/react-query'
import { literal, query, type ApiError } from '../api/client'
import { clock, day, rfc3339 } from '../lib/time'
import { Json } from '../ui/Json'
import { annotationsOf, type Annotation } from './annotations'
import { Entries, Fold } from './Attributes'
import type { FullRecord } from './data'
import type { Span } from './span'
import styles from './Details.module.css'

/** Records come by the tail a moment before they stand in the tables. */
const freshMs = 700
const freshTries = 8
const most = 1000

/** The annotations of a record of which so many have come. */
function useAnnotations(project: string, span: Span, come: number) {
  return useQuery<Annotation[], ApiError>({
    queryKey: ['annotations', project, span.trace, span.span, come],
    placeholderData: (old, before) => (before?.queryKey[3] === span.span ? old : undefined),
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) < come && state.dataUpdateCount < freshTries ? freshMs : false),
    queryFn: async ({ signal }) => annotationsOf(await query<FullRecord>({
      project, signal, since: 0, limit: most,
      sql: `SELECT span_id, created_at, start_timestamp, message, service_name, attributes FROM records
        WHERE kind = 'annotation' AND trace_id = ${literal(span.trace)} AND parent_span_id = ${literal(span.span)} ORDER BY created_at LIMIT ${most}`,
    })),
  })
}

/** What people and programs said of a record afterwards. */
export function Annotations({ project, span, come, zone }: { project: string; span: Span; come: number; zone: string }) {
  const { data, error, refetch } = useAnnotations(project, span, come)
  if (error) return <p role="alert">{error.message} <button type="button" onClick={() => void refetch()}>Retry</button></p>
  if (!data || data.length === 0) return null
  return (
    <section aria-label="Annotations">
      <Fold title="Annotations" summary={data.length} open>{data.map((one) => <Said key={one.id} one={one} zone={zone} />)}</Fold>
    </section>
  )
}

function Said({ one, zone }: { one: Annotation; zone: string }) {
  return (
    <article className={styles.annotation} aria-label={one.name ?? one.message}>
      <header>
        <b>{one.name ?? one.message}</b>
        {one.name !== undefined && <span className={styles.judged}><Json value={one.value} /></span>}
        <small>{one.user ? `${one.user} · ` : ''}{one.service} · <time dateTime={rfc3339(one.at, 'UTC')} title={rfc3339(one.at, zone)}>{day(one.at, zone)} {clock(one.at, zone).slice(0, 8)}</time></small>
      </header>
      {one.comment && <p>{one.comment}</p>}
      <Entries entries={one.rest} within="attributes" />
    </article>
  )
}
