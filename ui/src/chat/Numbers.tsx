import { useRef, useState } from 'react'
import type { Cost, Usage } from '../api/conversation'
import { count, money, plural, sourceOf, usageRows } from './numbers'
import styles from './Numbers.module.css'

interface Props {
  usage: Usage | undefined
  cost: Cost | undefined
  /** Of a sum: calls whose cost it lacks. */
  unpriced?: number
  model?: string | undefined
}

/** Tokens and cost; who points at them, or tabs to them, sees what they are made of. */
export function Numbers(props: Props) {
  const { usage, cost } = props
  const [at, setAt] = useState<DOMRect>()
  const button = useRef<HTMLButtonElement>(null)
  const open = () => setAt(button.current?.getBoundingClientRect())
  const close = () => setAt(undefined)
  if (!usage && !cost) return null
  return (
    <span className={styles.numbers} onPointerEnter={open} onPointerLeave={close}>
      <button ref={button} type="button" className={styles.button} aria-expanded={at !== undefined} onFocus={open} onBlur={close} onClick={open}>
        {usage?.input !== undefined && <span>↗{count(usage.input)}</span>}{' '}
        {usage?.output !== undefined && <span>↙{count(usage.output)}</span>}{' '}
        {cost?.total !== undefined && <span>{money(cost.total)}</span>}
      </button>
      {at && <Table {...props} at={at} />}
    </span>
  )
}

function Table({ usage, cost, unpriced, model, at }: Props & { at: DOMRect }) {
  const place = (layer: HTMLDivElement | null) => {
    if (!layer) return
    layer.showPopover()
    const below = at.bottom + 4 + layer.offsetHeight < window.innerHeight
    layer.style.top = `${below ? at.bottom + 4 : at.top - 4 - layer.offsetHeight}px`
    layer.style.left = `${Math.max(4, Math.min(at.left, window.innerWidth - layer.offsetWidth - 8))}px`
  }
  return (
    <div ref={place} popover="manual" className={styles.layer}>
      <table>
        {model && <caption>{model}</caption>}
        <thead><tr><th scope="col">Type</th><th scope="col">Tokens</th><th scope="col">Cost</th></tr></thead>
        <tbody>
          {usageRows(usage ?? {}, cost).map((row, i) => (
            <tr key={i} className={row.part ? styles.part : undefined}>
              <th scope="row">{row.name}</th>
              <td>{row.tokens === undefined ? '' : count(row.tokens)}</td>
              <td>{row.cost === undefined ? '' : money(row.cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>Price: {sourceOf(cost)}{unpriced ? `; lacks ${plural(unpriced, 'call')} without a known price` : ''}</p>
    </div>
  )
}
