import type { MouseEvent } from 'react'
import { short, type Slice } from './series'
import styles from './charts.module.css'

export interface CategoriesProps {
  slices: Slice[]
  kind: 'ranking' | 'pie'
  colors: string[]
  label: string
  /** Says an amount in words. */
  format?: (n: number) => string
  /** Says what part of the sum each is; that is a question of what they are. */
  parts?: boolean
  /** Stands in a small frame, which it fills. */
  small?: boolean
  /** A category was chosen. */
  onSlice?: ((slice: Slice, event: MouseEvent) => void) | undefined
}

/** Amounts by name: as bars beside each other, or as parts of a whole. The numbers stand beside either. */
export function Categories({ slices, kind, colors, label, format = short, parts = true, small, onSlice }: CategoriesProps) {
  const total = slices.reduce((sum, slice) => sum + Math.max(0, slice.value), 0)
  const largest = Math.max(...slices.map((slice) => Math.abs(slice.value)), 0)
  return (
    <figure className={`${styles.categories} ${small ? styles.small : ''}`} aria-label={label}>
      {kind === 'pie' && <Pie slices={slices} colors={colors} total={total} format={format} onSlice={onSlice} />}
      <table className={styles.ranking}>
        <thead className="unseen"><tr><th scope="col">Name</th><th scope="col">Value</th>{parts && <th scope="col">Part</th>}</tr></thead>
        <tbody>
          {slices.map((slice, i) => (
            <tr key={slice.name}>
              <th scope="row" title={slice.name}>
                {kind === 'pie' && <i style={{ background: colors[i] }} />}
                {onSlice ? <button type="button" aria-haspopup="menu" onClick={(event) => onSlice(slice, event)}>{slice.name}</button> : slice.name}
              </th>
              {kind === 'ranking' && (
                <td className={styles.bar} aria-hidden="true">
                  <svg width="100%" height="14" preserveAspectRatio="none"><rect width={`${largest === 0 ? 0 : Math.max(0.3, (Math.abs(slice.value) / largest) * 100)}%`} height="14" rx="2" style={{ fill: colors[i] }} /></svg>
                </td>
              )}
              <td title={slice.value.toLocaleString('en', { maximumSignificantDigits: 15 })}>{format(slice.value)}</td>
              {parts && <td>{total > 0 && slice.value >= 0 ? `${((slice.value / total) * 100).toFixed(1)} %` : ''}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}

interface PieProps extends Pick<CategoriesProps, 'slices' | 'colors' | 'onSlice'> {
  total: number
  format: (n: number) => string
}

/** A ring of the parts; negative amounts have none. */
function Pie({ slices, colors, total, format, onSlice }: PieProps) {
  const radius = 70
  const around = 2 * Math.PI * radius
  let before = 0
  return (
    <svg className={styles.pie} viewBox="0 0 200 200" aria-hidden="true">
      {slices.map((slice, i) => {
        const part = total > 0 ? Math.max(0, slice.value) / total : 0
        const from = before
        before += part
        return (
          <circle
            key={slice.name} cx="100" cy="100" r={radius} fill="none" strokeWidth="42" transform="rotate(-90 100 100)" style={{ stroke: colors[i] }} data-clickable={onSlice !== undefined}
            strokeDasharray={`${Math.max(0, part * around - (part < 1 ? 1.5 : 0))} ${around}`} strokeDashoffset={-from * around} onClick={onSlice && ((event) => onSlice(slice, event))}
          ><title>{slice.name}</title></circle>
        )
      })}
      <text x="100" y="106" textAnchor="middle">{format(total)}</text>
    </svg>
  )
}
