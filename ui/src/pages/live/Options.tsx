import { useState } from 'react'
import { announces, applyDensity, density, listContext, listOrder, listShape } from '../../lib/store'
import { Choice, Popover } from '../../ui/Menu'
import { Columns3, SlidersHorizontal } from 'lucide-react'
import { builtInColumns, isShown, titleOf, toggled, type Layout } from '../../live/columns'
import { splitList } from '../../sql/condition'
import styles from './Live.module.css'

/** Tree or flat: one list, told in two ways. */
export function Shape() {
  const shape = listShape.use()
  return (
    <span role="group" aria-label="Shape of the list" className={styles.segments}>
      {(['tree', 'flat'] as const).map((name) => (
        <button key={name} type="button" aria-pressed={shape === name} onClick={() => listShape.set(name)}>{name === 'tree' ? 'Tree' : 'Flat'}</button>
      ))}
    </span>
  )
}

/** How the list stands. */
export function ViewOptions() {
  const order = listOrder.use()
  const context = listContext.use()
  const dense = density.use()
  const spoken = announces.use()
  return (
    <Popover label={<SlidersHorizontal size={14} />} title="View" className={styles.tool} align="end">
      {(close) => (
        <>
          <Choice checked={order === 'newest first'} onChoose={() => { close(); listOrder.set(order === 'newest first' ? 'newest last' : 'newest first') }}>Newest first</Choice>
          <Choice checked={context === 'on'} onChoose={() => { close(); listContext.set(context === 'on' ? 'off' : 'on') }}>Show what is above a match</Choice>
          <Choice checked={dense === 'compact'} onChoose={() => { close(); applyDensity(dense === 'compact' ? 'normal' : 'compact') }}>Compact rows</Choice>
          <Choice checked={spoken === 'on'} onChoose={() => { close(); announces.set(spoken === 'on' ? 'off' : 'on') }}>Tell screen readers what arrives</Choice>
        </>
      )}
    </Popover>
  )
}

/** Which columns are shown, and a box for one more. */
export function ColumnOptions({ layout, cols, onLayout, onCols }: { layout: Layout; cols: string | undefined; onLayout: (layout: Layout) => void; onCols: (cols: string | undefined) => void }) {
  const [text, setText] = useState('')
  return (
    <Popover label={<Columns3 size={14} />} title="Columns" kind="dialog" className={styles.tool} align="end">
      {(close) => (
        <>
          {builtInColumns.filter(({ id }) => id !== 'message').map(({ id, title }) => (
            <Choice key={id} checked={isShown(id, layout)} onChoose={() => onLayout({ ...layout, shown: { ...layout.shown, [id]: !isShown(id, layout) } })}>{title}</Choice>
          ))}
          {splitList(cols ?? '').map((expression) => (
            <Choice key={expression} checked hint="added" onChoose={() => onCols(toggled(cols, expression))}>{titleOf(expression)}</Choice>
          ))}
          <form
            className={styles.add}
            onSubmit={(event) => {
              event.preventDefault()
              close()
              if (text.trim()) onCols(toggled(cols, text.trim()))
              setText('')
            }}
          >
            <input value={text} placeholder="attributes->>'user.id', or any SQL" aria-label="Column to add" spellCheck={false} onChange={(event) => setText(event.target.value)} />
            <button type="submit">Add</button>
          </form>
        </>
      )}
    </Popover>
  )
}
