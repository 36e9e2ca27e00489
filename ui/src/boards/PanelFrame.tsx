import { Ellipsis, GripVertical, Info, Maximize2, Minimize2, Pencil, TriangleAlert } from 'lucide-react'
import { useRef, useState, type PointerEvent, type ReactNode } from 'react'
import type { ApiError } from '../api/client'
import { safeUrl } from '../chat/link'
import { useNow } from '../lib/store'
import { ago } from '../lib/time'
import { stringifySearch } from '../search'
import { lineOf, placeOf } from '../sql/parameters'
import { isMistake, wordsOf } from '../sql/problem'
import { copyAndSay } from '../ui/Copy'
import { Action, Popover } from '../ui/Menu'
import { Boundary, ErrorBox, Loading } from '../ui/State'
import { Body, TextBody, type Clicked } from './bodies'
import { before, mostRows, useAnswer, useAsked, useInView, useScope, useWidth, type Answered, type Asked } from './data'
import { panelTitle, sqlOf, type Link, type Panel } from './definition'
import { PointMenu, useRendered } from './PointMenu'
import { namesBut } from './shape'
import styles from './boards.module.css'

/** What can be done with a panel beyond looking at it. */
export interface PanelActions {
  onFull?: () => void
  onEdit?: () => void
  onDuplicate?: () => void
  onDelete?: () => void
  /** Other groups that it can move to. */
  groups?: readonly { title: string; onChoose: () => void }[]
}

export interface PanelFrameProps {
  panel: Panel
  actions: PanelActions
  /** It fills the page. */
  full?: boolean
  /** It can be moved by its header. */
  onGrip?: ((event: PointerEvent) => void) | undefined
  children?: ReactNode
}

/** A panel: its header, and its answer drawn or what stands in its way. It asks while it is on screen. */
export function PanelFrame({ panel, actions, full, onGrip, children }: PanelFrameProps) {
  const box = useRef<HTMLDivElement>(null)
  const seen = useInView(box)
  const width = useWidth(box)
  const asked = useAsked(panel, width)
  const result = useAnswer(asked, seen)
  const kind = panel.spec.plugin.kind
  const compares = (kind === 'Values' || kind === 'StatChart') && (panel.spec.plugin.spec['comparison'] as { show?: unknown } | undefined)?.show !== false
  const earlier = useAnswer(compares ? before(result.data?.asked) : undefined, seen)
  const title = panelTitle(panel)
  return (
    <div ref={box} className={styles.panel} data-old={result.isPlaceholderData || undefined} aria-busy={result.isFetching}>
      <header className={styles.panelHead} onPointerDown={onGrip} data-grip={onGrip !== undefined}>
        {onGrip && <GripVertical size={13} className={styles.grip} />}
        <h3 title={title}>{title}</h3>
        {panel.spec.display?.description && <span className={styles.info} title={panel.spec.display.description}><Info size={13} /><span className="unseen">{panel.spec.display.description}</span></span>}
        <span className={styles.space} />
        {result.error && result.data && <span className={styles.bad} title={result.error.message}><TriangleAlert size={13} /></span>}
        {result.data && <Late at={result.data.at} />}
        <span className={styles.panelTools} onPointerDown={(event) => event.stopPropagation()}>
          {result.data && <Age at={result.data.at} busy={result.isFetching} />}
          {actions.onEdit && <button type="button" className={styles.tool} title={`Edit ${title}`} onClick={actions.onEdit}><Pencil size={13} /></button>}
          {actions.onFull && <button type="button" className={styles.tool} title={full ? 'Back to the dashboard (Esc)' : 'Fill the page (f)'} onClick={actions.onFull}>{full ? <Minimize2 size={13} /> : <Maximize2 size={13} />}</button>}
          <PanelMenu panel={panel} asked={asked} actions={actions} />
        </span>
      </header>
      <div className={styles.panelBody}>
        <Boundary of={panel}><Content panel={panel} asked={asked} answered={result.data} earlier={earlier.data?.answer} error={result.error} onRetry={() => void result.refetch()} /></Boundary>
      </div>
      {children}
    </div>
  )
}

/** How old an answer is: seen with the buttons. */
function Age({ at, busy }: { at: number; busy: boolean }) {
  const present = useNow(1000)
  return <span className={styles.age}>{busy ? 'asking …' : ago(at * 1000, present * 1000)}</span>
}

/** From this age on, in milliseconds, an answer says how old it is. */
const old = 600_000

function Late({ at }: { at: number }) {
  const present = useNow(10_000)
  return present - at > old ? <span className={styles.late}>{ago(at * 1000, present * 1000)}</span> : null
}

interface ContentProps {
  panel: Panel
  asked: Asked | undefined
  answered: Answered | undefined
  earlier: Answered['answer'] | undefined
  error: ApiError | null
  onRetry: () => void
}

function Content({ panel, asked, answered, earlier, error, onRetry }: ContentProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [clicked, setClicked] = useState<Clicked>()
  if (panel.spec.plugin.kind === 'Markdown') return <TextBody panel={panel} />
  if (sqlOf(panel).trim() === '') return <p className={styles.note}>This panel asks nothing yet.</p>
  if (!answered) return error ? <Failed error={error} asked={asked} onRetry={onRetry} /> : <Loading lines={3} />
  return (
    <>
      {error && <Failed error={error} asked={asked} onRetry={onRetry} />}
      {answered.answer.rows.length >= mostRows && <p className={styles.cut}>The first {mostRows.toLocaleString('en')} rows.</p>}
      <Body panel={panel} answered={answered} earlier={earlier} hidden={hidden} onHidden={setHidden} onClick={setClicked} />
      {hidden.size > 0 && panel.spec.plugin.kind !== 'TimeSeriesChart' && <button type="button" className={styles.showAll} onClick={() => setHidden(new Set())}>Show all</button>}
      {clicked && <PointMenu clicked={clicked} asked={answered.asked} onClose={() => setClicked(undefined)} onHide={(what) => setHidden(what === 'this' ? new Set([...hidden, clicked.series!]) : new Set(namesBut(answered.answer, panel, clicked.series!)))} />}
    </>
  )
}

/** A failure in the panel, with its place in the statement. */
function Failed({ error, asked, onRetry }: { error: ApiError; asked: Asked | undefined; onRetry: () => void }) {
  if (!isMistake(error)) return <ErrorBox error={error} onRetry={onRetry} />
  const { message, hint } = wordsOf(error)
  const at = error.position === undefined || !asked ? undefined : lineOf(asked.question.sql, placeOf(asked.question.sql, error.position))
  return <div className={styles.failed} role="alert">{at && <b>{at.line}:{at.column}</b>}<span>{message}{hint && <em> — {hint}</em>}</span></div>
}

function PanelMenu({ panel, asked, actions }: { panel: Panel; asked: Asked | undefined; actions: PanelActions }) {
  return (
    <Popover label={<Ellipsis size={14} />} title={`Menu of ${panelTitle(panel) || 'the panel'}`} align="end" className={styles.tool}>
      {(close) => (
        <>
          {asked && <SqlActions asked={asked} close={close} />}
          <Action onChoose={() => { close(); void copyAndSay(JSON.stringify(panel, null, 2), 'Copied as JSON') }}>Copy as JSON</Action>
          {(panel.spec.links ?? []).map((link, i) => <PanelLink key={i} link={link} close={close} />)}
          {actions.onDuplicate && <Action onChoose={() => { close(); actions.onDuplicate!() }}>Duplicate</Action>}
          {actions.groups?.map((group) => <Action key={group.title} onChoose={() => { close(); group.onChoose() }}>Move to {group.title}</Action>)}
          {actions.onDelete && <Action onChoose={() => { close(); actions.onDelete!() }}>Delete</Action>}
        </>
      )}
    </Popover>
  )
}

function SqlActions({ asked, close }: { asked: Asked; close: () => void }) {
  const scope = useScope()
  const { sql } = useRendered(asked.question, true)
  const { since, until } = asked.question
  return (
    <>
      {sql !== undefined && <Action href={`/${scope.org}/${scope.project}/explore${stringifySearch({ since: new Date(since / 1000).toISOString(), until: new Date(until! / 1000).toISOString(), env: scope.environment, sql })}`} onChoose={close}>Open in Explore</Action>}
      <Action onChoose={() => { close(); void copyAndSay(sql ?? asked.question.sql) }}>Copy SQL</Action>
    </>
  )
}

/** A link of the definition: to a page of the app, or to elsewhere in a tab of its own. */
function PanelLink({ link, close }: { link: Link; close: () => void }) {
  const name = link.name || link.url
  if (/^\/(?!\/)/.test(link.url)) return <Action href={link.url} onChoose={close}>{name}</Action>
  const url = safeUrl(link.url)
  return url ? <a role="menuitem" className={styles.menuLink} href={url.href} target="_blank" rel="noopener noreferrer" title={url.href} onClick={close}>{name}</a> : null
}
