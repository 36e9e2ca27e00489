import { formatUTC, now } from '../../lib/time'

const lives: [string, number][] = [['In 7 days', 7], ['In 30 days', 30], ['In 90 days', 90], ['In a year', 365]]

/** Asks when something expires, in days from now; 0 is what none says. */
export function Life({ label, none, days, onChange }: { label: string; none: string; days: number; onChange: (days: number) => void }) {
  return (
    <label>
      <span>{label}</span>
      <select value={days} onChange={(event) => onChange(Number(event.target.value))}>
        <option value={0}>{none}</option>
        {lives.map(([words, n]) => <option key={n} value={n}>{words}</option>)}
      </select>
    </label>
  )
}

/** The moment so many days from now as the server reads it; undefined for 0. */
export function untilOf(days: number): string | undefined {
  return days === 0 ? undefined : formatUTC(now() + days * 86_400_000_000)
}
