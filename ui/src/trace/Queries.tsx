import { Go } from '../ui/Go'
import { usePlace } from '../place'
import { stringifySearch } from '../search'
import { Copy } from '../ui/Copy'
import { around, readyQueries } from './queries'
import type { Span } from './span'
import styles from './Details.module.css'

/** Questions about this record, ready to be asked. */
export function Queries({ span, attributes }: { span: Span; attributes: Record<string, unknown> }) {
  const { org, project } = usePlace()
  return readyQueries(span, attributes).map(({ title, sql }) => (
    <section key={title} className={styles.query} aria-label={title}>
      <h3>
        {title}
        <span>
          <Go href={`/${org}/${project}/explore${stringifySearch({ sql, ...around(span) })}`}>Open in Explore</Go>
          <Copy text={sql} title={`Copy the SQL: ${title}`} />
        </span>
      </h3>
      <pre>{sql}</pre>
    </section>
  ))
}
