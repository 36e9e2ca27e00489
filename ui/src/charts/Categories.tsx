import { short, type Slice } from './series'
import styles from './charts.module.css'

export interface CategoriesProps {
  slices: Slice[]
  kind: 'ranking' | 'pie'
  colors: string[]
  label: string
}

/** Amounts by name: as bars beside each other, or as parts of a whole. The numbers stand beside either. */
export function Categories({ slices, kind, colors, label }: CategoriesProps) {
  const total = slices.reduce((sum, slice) => sum + Math.max(0, slice.value), 0)
  const largest = Math.max(...slices.map((slice) => Math.abs(slice.value)), 0)
  return (
    <figure className={styles.categories} aria-label={label}>
      {kind === 'pie' && <Pie slices={slices} colors={colors} total={total} />}
      <table className={styles.ranking}>
        <thead className="unseen"><tr><th scope="col">Name</th><th scope="col">Value</th><th scope="col">Part</th></tr></thead>
        <tbody>
          {slices.map((slice, i) => (
            <tr key={slice.name}>
              <th scope="row" title={slice.name}>{kind === 'pie' && <i style={{ background: colors[i] }} />}{slice.name}</th>
              {kind === 'ranking' && (
                <td className={styles.bar} aria-hidden="true">
                  <svg width="100%" height="14" preserveAspectRatio="none"><rect width={`${largest === 0 ? 0 : Math.max(0.3, (Math.abs(slice.value) / largest) * 100)}%`} height="14" rx="2" style={{ fill: colors[i] }} /></svg>
                </td>
              )}
              <td title={slice.value.toLocaleString('en', { maximumSignificantDigits: 15 })}>{short(slice.value)}</td>
              <td>{total > 0 && slice.value >= 0 ? `${((slice.value / total) * 100).toFixed(1)} %` : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}

/** A ring of the parts; negative amounts have none. */
function Pie({ slices, colors, total }: { slices: Slice[]; colors: string[]; total: number }) {
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
            key={slice.name} cx="100" cy="100" r={radius} fill="none" strokeWidth="42" transform="rotate(-90 100 100)" style={{ stroke: colors[i] }}
            strokeDasharray={`${Math.max(0, part * around - (part < 1 ? 1.5 : 0))} ${around}`} strokeDashoffset={-from * around}
          ><title>{slice.name}</title></circle>
        )
      })}
      <text x="100" y="106" textAnchor="middle">{short(total)}</text>
    </svg>
  )
}
