import { Copy } from '../ui/Copy'
import { Json } from '../ui/Json'
import type { Http, HttpMessage } from './attributes'
import styles from './Details.module.css'

/** A request and its response, as far as their headers and bodies were captured. */
export function HttpExchange({ http }: { http: Http }) {
  return (
    <div className={styles.exchange}>
      <Side title="Request" line={`${http.method} ${http.url}`} message={http.request} />
      <Side title="Response" line={http.status === undefined ? '' : String(http.status)} message={http.response} bad={(http.status ?? 0) >= 400} />
    </div>
  )
}

function Side({ title, line, message, bad }: { title: string; line: string; message: HttpMessage; bad?: boolean }) {
  const { headers, body, streamed } = message
  if (line === '' && headers.length === 0 && body === undefined) return null
  return (
    <section aria-label={title}>
      <h3>{title} <code className={bad ? styles.bad : undefined}>{line}</code>{line && <Copy text={line} title={`Copy the ${title.toLowerCase()} line`} />}</h3>
      {headers.length > 0 && (
        <dl className={styles.headers}>
          {headers.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
        </dl>
      )}
      {body !== undefined && (
        <div className={styles.body}>
          <Json value={body} depth={streamed ? 1 : 0} />
          <span className={styles.tools}><Copy text={() => (typeof body === 'string' ? body : JSON.stringify(body, null, 2))} title={`Copy the body of the ${title.toLowerCase()}`} /></span>
        </div>
      )}
    </section>
  )
}
