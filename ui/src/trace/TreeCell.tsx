import { MessageSquareText, Timer } from 'lucide-react'
import { grouped, tokens } from '../lib/numbers'
import { duration } from '../lib/time'
import { LevelGlyph } from '../ui/Level'
import { serviceColor } from '../ui/service'
import type { GroupLine, Line, SpanLine } from './lines'
import { StateGlyph } from './StateGlyph'
import type { Scene } from './Waterfall'
import styles from './Waterfall.module.css'

function Gutter({ lines }: { lines: boolean[] }) {
  return lines.map((goesOn, i) => <i key={i} className={i === lines.length - 1 ? (goesOn ? styles.tee : styles.elbow) : goesOn ? styles.pipe : styles.blank} />)
}

function Toggle({ line, count, onToggle }: { line: Line; count: number; onToggle: (line: Line) => void }) {
  return (
    <button
      type="button" tabIndex={-1} className={styles.toggle} aria-label={`${line.open ? 'Close' : 'Open'} ${count} below`}
      onClick={(event) => { event.stopPropagation(); onToggle(line) }}
    >
      {line.open ? '▾' : '▸'}
    </button>
  )
}

/** A record in the tree: its lines, its sign, its message, and what is worth a mark. */
export function TreeCell({ scene, line }: { scene: Scene; line: SpanLine }) {
  const { node } = line
  const { row } = node
  const missing = scene.model.missing.has(row.span)
  const life = scene.lives.get(row.span)
  const skew = scene.skewed.get(row.span)
  const below = node.children.length > 0
  const said = scene.model.annotations.get(row.span)
  return (
    <span role="gridcell" className={styles.name}>
      <Gutter lines={line.lines} />
      {below ? <Toggle line={line} count={node.descendants} onToggle={scene.onToggle} /> : <span className={styles.leaf} />}
      {missing ? <span className={styles.dotted} aria-hidden="true" /> : life ? <StateGlyph state={life.state} /> : <LevelGlyph level={row.level} />}
      <span className={`${styles.text} ${row.level >= 17 ? styles.bad : ''}`} title={row.message}>{row.message}</span>
      {!line.open && below && <span className={styles.hidden} title={`${node.descendants} below`}>+ {grouped(node.descendants)}{node.descendants > 999 ? ' more' : ''}</span>}
      {!line.open && below && node.level >= 17 && row.level < 17 && <span className={styles.below} title="An error below"><LevelGlyph level={node.level} /></span>}
      {!line.open && life === undefined && hasPending(scene, line) && <span className={styles.below} title="Something below runs"><StateGlyph state="running" /></span>}
      {skew !== undefined && (
        <span className={styles.skew} title={`${duration(Math.abs(skew))} ${skew < 0 ? 'before' : 'after'} its parent, on another host: the clocks may differ`}><Timer size={12} aria-label="clock skew" /></span>
      )}
      {said && <span className={styles.said} title={said.map((one) => one.message).join('\n')}><MessageSquareText size={12} aria-label={`${said.length} annotation${said.length === 1 ? '' : 's'}`} />{said.length}</span>}
      <Pills line={line} />
      {!missing && <span className={styles.service} title={row.service}><i style={{ background: serviceColor(row.service) }} />{row.service}</span>}
    </span>
  )
}

function hasPending(scene: Scene, line: SpanLine): boolean {
  if (scene.lives.size === 0 || line.node.children.length === 0) return false
  for (const [span, life] of scene.lives) {
    if (life.state !== 'running') continue
    for (let at = scene.model.nodes.get(span); at; at = scene.model.parents.get(at)) if (at === line.node) return true
  }
  return false
}

function Pills({ line: { node: { row } } }: { line: SpanLine }) {
  const used = tokens(row.tokensIn ?? 0, row.tokensOut ?? 0)
  return (
    <>
      {row.exception && <span className={styles.exception}>{row.exception.split('.').at(-1)}</span>}
      {row.status !== undefined && <span className={row.status >= 400 ? styles.exception : styles.pill}>{row.status}</span>}
      {used && <span className={styles.pill} title="Tokens in and out">{used}</span>}
    </>
  )
}

/** How many there are; of neighbours of one name also what they took together. */
export function GroupCell({ line, onToggle }: { line: GroupLine; onToggle: (line: Line) => void }) {
  const { row } = line.nodes[0]!
  const total = line.nodes.reduce((sum, node) => sum + node.row.end - node.row.start, 0)
  const level = Math.max(...line.nodes.map((node) => node.level))
  const count = line.nodes.length
  const messages = line.of === 'messages'
  const name = messages ? `${grouped(count)} message${count === 1 ? '' : 's'}` : row.name
  return (
    <span role="gridcell" className={styles.name}>
      <Gutter lines={line.lines} />
      <Toggle line={line} count={count} onToggle={onToggle} />
      <LevelGlyph level={level} />
      <span className={`${styles.text} ${level >= 17 ? styles.bad : ''}`} title={name}>{name}</span>
      {!messages && <span className={styles.times}>× {grouped(count)} · Σ {duration(total)}</span>}
      <span className={styles.service} title={row.service}><i style={{ background: serviceColor(row.service) }} />{row.service}</span>
    </span>
  )
}
