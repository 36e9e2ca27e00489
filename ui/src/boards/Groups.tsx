import { ArrowDown, ArrowUp, ChevronDown, ChevronRight, Pencil, Plus, Trash2 } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type PointerEvent } from 'react'
import { useKeys, type Binding } from '../lib/keys'
import { duplicated, groupMoved, keyOf, panelsOf, panelTitle, retitled, withGroup, withItems, withOpen, withoutGroup, withoutPanel, type Definition, type Grid, type Item } from './definition'
import { cellAt, columns, drawn, gap, heightOf, moved, nudged, placed, removed, rowHeight, sized } from './layout'
import { PanelFrame, type PanelActions } from './PanelFrame'
import styles from './boards.module.css'

export interface GroupsProps {
  board: Definition
  /** Panels can be moved; changes go to onChange. */
  editing: boolean
  onChange: (board: Definition) => void
  onEdit: ((key: string) => void) | undefined
  onFull: (key: string) => void
  /** Adds a panel to a group. */
  onAdd: (group: number) => void
}

const titleOf = (grid: Grid, group: number): string => grid.spec.display?.title || (group === 0 ? '' : `Group ${group + 1}`)

/** The panels of a dashboard in their groups. */
export function Groups(props: GroupsProps) {
  const { board, editing, onChange } = props
  const grids = useRef<(HTMLDivElement | null)[]>([])
  const items = board.spec.layouts.map((grid) => drawn(grid.spec.items))
  const drag = useDrag(grids, items, (next) => onChange(withItems(board, next)))
  const shown = drag.preview ?? items
  const hand = useHand(props, items)
  return (
    <div className={styles.groups} data-editing={editing} data-dragging={drag.preview !== undefined}>
      {board.spec.layouts.map((grid, group) => (
        <Group key={group} {...props} grid={grid} group={group} gridRef={(box) => { grids.current[group] = box }}>
          {shown[group]!.toSorted((a, b) => a.y - b.y || a.x - b.x).map((item) => (
            <Cell key={item.content.$ref} {...props} item={item} group={group} held={hand.held === keyOf(item) ? hand.mode : undefined} dragged={drag.dragged === item.content.$ref} onGrab={(what, event) => drag.grab(what, group, item, event)} />
          ))}
        </Group>
      ))}
      {editing && <button type="button" className={styles.addGroup} onClick={() => onChange(withGroup(board, `Group ${board.spec.layouts.length + 1}`))}><Plus size={14} />Add group</button>}
      <div className="unseen" aria-live="polite">{hand.said}</div>
    </div>
  )
}

function Group(props: GroupsProps & { grid: Grid; group: number; gridRef: (box: HTMLDivElement | null) => void; children: React.ReactNode }) {
  const { board, editing, onChange, grid, group } = props
  const given = grid.spec.display?.collapse?.open !== false
  const [toggled, setToggled] = useState<boolean>()
  const [naming, setNaming] = useState(false)
  const open = editing ? given : (toggled ?? given)
  const title = titleOf(grid, group)
  const count = grid.spec.items.length
  const heading = title || (editing ? 'Group 1' : '')
  return (
    <section className={styles.group} aria-label={heading || 'Panels'}>
      {heading && (
        <header className={styles.groupHead}>
          {naming
            ? <GroupName title={title} onDone={(name) => { setNaming(false); if (name !== undefined) onChange(retitled(board, group, name)) }} />
            : <button type="button" className={styles.groupTitle} aria-expanded={open} onClick={() => (editing ? onChange(withOpen(board, group, !open)) : setToggled(!open))}>{open ? <ChevronDown size={15} /> : <ChevronRight size={15} />}<h2>{heading}</h2>{!open && <span>{count} {count === 1 ? 'panel' : 'panels'}</span>}</button>}
          {editing && (
            <span className={styles.groupTools}>
              <button type="button" className={styles.tool} title={`Rename ${heading}`} onClick={() => setNaming(true)}><Pencil size={13} /></button>
              <button type="button" className={styles.tool} title={`Move ${heading} up`} disabled={group === 0} onClick={() => onChange(groupMoved(board, group, -1))}><ArrowUp size={13} /></button>
              <button type="button" className={styles.tool} title={`Move ${heading} down`} disabled={group === board.spec.layouts.length - 1} onClick={() => onChange(groupMoved(board, group, 1))}><ArrowDown size={13} /></button>
              <button type="button" className={styles.tool} title={`Delete ${heading} with its panels`} onClick={() => onChange(withoutGroup(board, group))}><Trash2 size={13} /></button>
              <button type="button" className={styles.tool} title={`Add a panel to ${heading}`} onClick={() => props.onAdd(group)}><Plus size={14} /></button>
            </span>
          )}
        </header>
      )}
      {open && <div ref={props.gridRef} className={styles.grid} style={editing ? { minHeight: Math.max(heightOf(grid.spec.items), 3 * rowHeight) } : {}}>{props.children}</div>}
      {open && count === 0 && editing && <p className={styles.emptyGroup}>Add a panel, or drag one here.</p>}
    </section>
  )
}

function GroupName({ title, onDone }: { title: string; onDone: (name: string | undefined) => void }) {
  const [text, setText] = useState(title)
  return <input className={styles.naming} value={text} autoFocus aria-label="Name of the group" onChange={(event) => setText(event.target.value)} onBlur={() => onDone(text.trim())} onKeyDown={(event) => (event.key === 'Enter' ? onDone(text.trim()) : event.key === 'Escape' && onDone(undefined))} />
}

interface CellProps extends GroupsProps {
  item: Item
  group: number
  held: 'move' | 'size' | undefined
  dragged: boolean
  onGrab: (what: 'move' | 'size', event: PointerEvent) => void
}

function Cell({ board, editing, onChange, onEdit, onFull, item, group, held, dragged, onGrab }: CellProps) {
  const key = keyOf(item)
  const panel = panelsOf(board)[key]
  const box = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    if (held) box.current?.focus() // a panel that moved within the page has lost it
  }, [held, item.x, item.y])
  if (!panel) return null
  const others = board.spec.layouts.flatMap((grid, i) => (i === group ? [] : [{ title: titleOf(grid, i) || 'Group 1', onChoose: () => onChange(withItems(board, handed(board, item, group, i))) }]))
  const actions: PanelActions = {
    onFull: () => onFull(key),
    ...(onEdit ? { onEdit: () => onEdit(key) } : {}),
    ...(editing ? { onDuplicate: () => onChange(duplicated(board, key)), onDelete: () => onChange(withoutPanel(board, key)), groups: others } : {}),
  }
  const style = { gridColumn: `${item.x + 1} / span ${item.width}`, gridRow: `${item.y + 1} / span ${item.height}`, '--rows': item.height } as CSSProperties
  return (
    <section ref={box} className={styles.cell} style={style} data-panel={key} data-held={held} data-dragged={dragged || undefined} tabIndex={0} aria-label={panelTitle(panel) || 'Panel'}>
      <PanelFrame panel={panel} actions={actions} onGrip={editing ? (event) => onGrab('move', event) : undefined}>
        {editing && <span className={styles.corner} title="Drag to resize" onPointerDown={(event) => onGrab('size', event)} />}
      </PanelFrame>
    </section>
  )
}

/** The items of all groups after one has gone from one group to the top of another. */
function handed(board: Definition, item: Item, from: number, to: number): Item[][] {
  return board.spec.layouts.map((grid, i) => {
    if (i === from) return removed(grid.spec.items, item.content.$ref)
    return i === to ? placed(grid.spec.items, { ...item, y: 0 }) : [...grid.spec.items]
  })
}

/** The panel that an element is in or the pointer is over. */
export function panelAt(): string | undefined {
  const focused = document.activeElement?.closest<HTMLElement>('[data-panel]')
  return (focused ?? document.querySelector<HTMLElement>('[data-panel]:hover'))?.dataset['panel']
}

/** Moves and sizes the panel that has the focus with keys. */
function useHand({ board, editing, onChange }: GroupsProps, items: Item[][]) {
  const [hand, setHand] = useState<{ key: string; mode: 'move' | 'size' }>()
  const [said, setSaid] = useState('')
  const ref = (key: string) => items.flat().find((item) => keyOf(item) === key)?.content.$ref
  const take = (mode: 'move' | 'size') => {
    const key = panelAt()
    if (key === undefined) return
    document.querySelector<HTMLElement>(`[data-panel="${CSS.escape(key)}"]`)?.focus()
    setHand({ key, mode })
    setSaid(mode === 'move' ? 'Moving: arrows move the panel, Escape ends' : 'Sizing: arrows size the panel, Escape ends')
  }
  const step = (event: KeyboardEvent) => {
    const [dx, dy] = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[event.key]!
    const at = hand && ref(hand.key)
    if (!hand || at === undefined) return
    const next = items.map((group) => {
      const item = group.find((one) => one.content.$ref === at)
      if (!item) return group
      return hand.mode === 'move' ? nudged(group, at, dx, dy) : sized(group, at, item.width + dx, item.height + dy)
    })
    const item = next.flat().find((one) => one.content.$ref === at)!
    setSaid(`Column ${item.x + 1}, row ${item.y + 1}, ${item.width} wide, ${item.height} high`)
    onChange(withItems(board, next))
  }
  const end = () => {
    setHand(undefined)
    setSaid('Done')
  }
  const taking: Binding[] = [
    { keys: ['m'], label: 'Move the panel with arrows', run: () => take('move') },
    { keys: ['s'], label: 'Size the panel with arrows', run: () => take('size') },
  ]
  const holding: Binding[] = [
    { keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'], label: hand?.mode === 'size' ? 'Size the panel' : 'Move the panel', run: step },
    { keys: ['Escape', 'Enter'], label: 'Leave the panel where it is', run: end },
  ]
  useKeys('Panel', editing ? [...(hand ? holding : []), ...taking] : [])
  useEffect(() => {
    if (!editing) setHand(undefined)
  }, [editing])
  return { held: hand?.key, mode: hand?.mode, said }
}

interface Dragging {
  what: 'move' | 'size'
  from: number
  item: Item
  /** Where the pointer took the panel, from its corner, in pixels. */
  dx: number
  dy: number
  preview: Item[][]
}

/** How near to an edge of the page a drag scrolls it, in pixels. */
const edge = 48

/** Moves and sizes panels with the pointer. What is shown meanwhile is what it would become. */
function useDrag(grids: { readonly current: (HTMLDivElement | null)[] }, items: Item[][], onDone: (items: Item[][]) => void) {
  const [dragging, setDragging] = useState<Dragging>()
  const latest = useRef({ dragging, onDone })
  latest.current = { dragging, onDone }
  const active = dragging !== undefined
  useEffect(() => {
    if (!active) return
    const move = (event: globalThis.PointerEvent) => {
      const now = latest.current.dragging
      if (!now) return
      const preview = previewOf(now, grids.current, items, event)
      setDragging({ ...now, preview })
      scrollAtEdge(grids.current[now.from], event.clientY)
    }
    const end = () => {
      const now = latest.current.dragging
      setDragging(undefined)
      if (now) latest.current.onDone(now.preview)
    }
    const cancel = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      setDragging(undefined)
    }
    window.addEventListener('pointermove', move)
    window.addEventListener('pointerup', end)
    window.addEventListener('keydown', cancel, true)
    return () => {
      window.removeEventListener('pointermove', move)
      window.removeEventListener('pointerup', end)
      window.removeEventListener('keydown', cancel, true)
    }
  }, [active])
  const grab = (what: 'move' | 'size', from: number, item: Item, event: PointerEvent) => {
    if (event.button !== 0) return
    event.preventDefault()
    const box = (event.currentTarget as HTMLElement).closest('[data-panel]')!.getBoundingClientRect()
    setDragging({ what, from, item, dx: event.clientX - box.left, dy: event.clientY - box.top, preview: items })
  }
  return { preview: dragging?.preview, dragged: dragging?.item.content.$ref, grab }
}

function previewOf({ what, from, item, dx, dy }: Dragging, boxes: readonly (HTMLDivElement | null)[], items: Item[][], { clientX, clientY }: { clientX: number; clientY: number }): Item[][] {
  const to = what === 'size' ? from : groupAt(boxes, clientY, from)
  const box = boxes[to]!.getBoundingClientRect()
  const columnWidth = (box.width + gap) / columns - gap
  const ref = item.content.$ref
  if (what === 'size') {
    const [left, top] = [box.left + item.x * (columnWidth + gap), box.top + item.y * (rowHeight + gap)]
    return items.map((group, i) => (i === from ? sized(group, ref, cellAt(clientX - left + gap, columnWidth), cellAt(clientY - top + gap, rowHeight)) : group))
  }
  const [x, y] = [cellAt(clientX - dx - box.left, columnWidth), Math.max(0, cellAt(clientY - dy - box.top, rowHeight))]
  if (to === from) return items.map((group, i) => (i === from ? moved(group, ref, x, y) : group))
  return items.map((group, i) => (i === from ? removed(group, ref) : i === to ? placed(group, { ...item, x, y }) : group))
}

/** The group that a height of the window belongs to: the one it is in, else the one where the panel comes from. */
function groupAt(boxes: readonly (HTMLDivElement | null)[], clientY: number, from: number): number {
  const at = boxes.findIndex((box) => {
    const rect = box?.getBoundingClientRect()
    return rect !== undefined && clientY >= rect.top && clientY <= rect.bottom
  })
  return at < 0 ? from : at
}

function scrollAtEdge(grid: HTMLDivElement | null | undefined, clientY: number): void {
  const page = grid?.closest('[data-scrolls]')
  const box = page?.getBoundingClientRect()
  if (!page || !box) return
  if (clientY > box.bottom - edge) page.scrollBy(0, 14)
  else if (clientY < box.top + edge) page.scrollBy(0, -14)
}
