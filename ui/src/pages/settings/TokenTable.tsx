import type { ReactNode } from 'react'
import type { Token } from '../../api/manage'
import { grouped } from '../../lib/numbers'
import { useZone } from '../../place'
import { Moment } from '../../ui/Moment'
import styles from './settings.module.css'

/** What the table tells of a token. */
export interface Named extends Token {
  /** Of an API key. */
  name?: string
}

/** What people call a token. */
export function nameOf({ name, description, token_prefix: prefix }: Named): string {
  return name ?? description ?? shortened(prefix)
}

/** The start of a token's text; of the organisation's id in it only that it is there. */
export function shortened(prefix: string): string {
  return `${prefix.replace(/_[0-9a-f]{8}-[-0-9a-f]{27}_/, '_…_')}…`
}

/** Shows, or does not, the tokens that no longer work. */
export function Past({ count, shown, onShow }: { count: number; shown: boolean; onShow: (shown: boolean) => void }) {
  if (count === 0) return null
  return <label className={styles.check}><input type="checkbox" checked={shown} onChange={() => onShow(!shown)} />Show {count} that no longer {count === 1 ? 'works' : 'work'}</label>
}

interface Props<T extends Named> {
  tokens: T[]
  /** What to say where there are none. */
  none: string
  /** What else there is to tell of a token. */
  about?: (token: T) => ReactNode
  onRotate?: (token: T) => void
  onRevoke: (token: T) => void
}

/** Tokens, with what they are called by, who made them, and when they were used and work. */
export function TokenTable<T extends Named>({ tokens: list, none, about, onRotate, onRevoke }: Props<T>) {
  const zone = useZone()
  const sends = list.some(({ records_24h: records }) => records !== undefined)
  if (list.length === 0) return <p className={styles.none}>{none}</p>
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Tokens">
      <table className={`${styles.table} ${styles.tokens}`}>
        <thead><tr><th>Description</th><th>Made</th><th>Last used</th>{sends && <th>Records, 24 h</th>}<th>Expires</th><th><span className="unseen">Change</span></th></tr></thead>
        <tbody>
          {list.map((token) => (
            <tr key={token.id} data-past={!token.active}>
              <td className={styles.grow}>
                <b>{token.name ?? token.description ?? <span className={styles.dim}>no description</span>}</b>
                {token.name && token.description && <small>{token.description}</small>}
                <small><code>{shortened(token.token_prefix)}</code></small>
                {about?.(token)}
              </td>
              <td><Moment at={token.created_at} zone={zone} />{token.created_by_name && <small>by {token.created_by_name}</small>}</td>
              <td><LastUse token={token} zone={zone} /></td>
              {sends && <td><Records token={token} /></td>}
              <td><Expiry token={token} zone={zone} /></td>
              <td>
                {token.active && (
                  <div className={styles.row}>
                    {onRotate && <button type="button" className={styles.button} aria-label={`Rotate ${nameOf(token)}`} onClick={() => onRotate(token)}>Rotate …</button>}
                    <button type="button" className={styles.button} aria-label={`Revoke ${nameOf(token)}`} onClick={() => onRevoke(token)}>Revoke …</button>
                  </div>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function LastUse({ token: { last_used_at: at, last_used_client: client, last_used_address: address }, zone }: { token: Named; zone: string }) {
  if (!at) return <span className={styles.dim}>never</span>
  return (
    <>
      <Moment at={at} zone={zone} relative />
      {client && <small className={styles.client} title={client}>{client}</small>}
      {address && <small>{address}</small>}
    </>
  )
}

/** How many records were sent with a token, and when. */
function Records({ token: { records_24h: records, records_by_hour: hours = [] } }: { token: Named }) {
  if (!records) return <span className={styles.dim}>{records === 0 && 'none'}</span>
  return (
    <>
      {grouped(records)}
      <HourBars hours={hours} />
    </>
  )
}

const [barWidth, barHeight] = [4, 16]

/** A bar for each hour, the running one at the right. An hour with anything has a bar that is seen. */
function HourBars({ hours }: { hours: readonly number[] }) {
  const peak = Math.max(...hours)
  const label = `At most ${grouped(peak)} in an hour of the last ${hours.length}`
  return (
    <svg className={styles.hours} width={hours.length * barWidth} height={barHeight} role="img" aria-label={label}>
      <title>{label}</title>
      {hours.map((n, i) => {
        const tall = n === 0 ? 1 : 2 + (n / peak) * (barHeight - 2)
        return <rect key={i} x={i * barWidth} y={barHeight - tall} width={barWidth - 1} height={tall} data-none={n === 0} />
      })}
    </svg>
  )
}

function Expiry({ token: { revoked_at: revoked, expires_at: expires }, zone }: { token: Named; zone: string }) {
  if (revoked) return <>revoked <Moment at={revoked} zone={zone} /></>
  if (!expires) return <span className={styles.dim}>never</span>
  return <Moment at={expires} zone={zone} />
}
