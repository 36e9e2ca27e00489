// Everything that is drawn of a trace, worked out from its records, the address, and what the reader did.

import { useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useNow } from '../lib/store'
import type { State } from '../live/state'
import { useProcesses } from '../live/useProcesses'
import type { Micros } from '../lib/time'
import { useChange } from '../place'
import { useTrace } from './data'
import { useInside } from './inside'
import { drawnLines, findIn, openAllBelow, openDepth, reveal, type Line, type View } from './lines'
import { ancestors, buildModel, criticalPath, type Model } from './model'
import { lifeOf, type Life } from './signs'
import { adjust, offsets, skewed } from './skew'
import type { TraceState } from './source'
import { isPoint } from './span'
import type { Scene } from './Waterfall'
import { zoomTo, type Window } from './zoom'

export const views = ['waterfall', 'flame', 'list', 'logs'] as const
export type ViewName = (typeof views)[number]

/** What can be shown besides; in the address as show=. */
export type Showing = 'errors' | 'critical' | 'self' | 'clocks' | 'single'

export interface Finding {
  text: string
  setText: (text: string) => void
  hits: string[]
  /** The hit at which the search stands, from 1; 0 for none. */
  at: number
  go: (step: number) => void
}

export interface TraceScene {
  scene: Scene
  state: TraceState
  retry: () => void
  view: ViewName
  setView: (view: ViewName) => void
  shows: ReadonlySet<string>
  toggleShowing: (showing: Showing) => void
  finding: Finding
  /** By how much hosts' clocks would be moved, and whether they are. */
  clocks: ReadonlyMap<string, Micros>
  zoomToSelected: () => void
  resetZoom: () => void
  toParent: () => void
  toSibling: (step: number) => void
}

interface Props {
  project: string
  trace: string
  span: string | undefined
  zone: string
}

export function useTraceScene({ project, trace, span, zone }: Props): TraceScene {
  const search = useSearch({ from: '/$org/$project' })
  const change = useChange()
  const { state, retry } = useTrace(project, trace)
  const shows = useMemo(() => new Set((search.show ?? '').split(',').filter(Boolean)), [search.show])
  const { model, clocks } = useModel(state, shows.has('clocks'))
  const lives = useLives(project, model)
  const [zoom, setZoom] = useState<Window>()
  const whole = useMemo(() => wholeOf(model, lives), [model, lives])
  const selected = (span !== undefined ? annotated(model, span) : undefined) ?? span ?? model.root?.span
  const select = useCallback((to: string) => change({ spanId: to }, true), [change])
  const { lines, onToggle } = useLines(model, state.loading, selected, shows)
  const finding = useFinding(project, trace, model, select)
  const onWindow = useCallback((window: Window | undefined) => setZoom(window), [])
  const critical = useMemo(() => (shows.has('critical') ? criticalPath(model) : undefined), [model, shows])
  const skew = useMemo(() => skewed(model), [model])
  const hits = useMemo(() => new Set(finding.hits), [finding.hits])
  const window = zoom && zoom.to > whole.from && zoom.from < whole.to ? zoom : whole
  const scene: Scene = {
    model, lines, lives, whole, window, zone, selected, hits, hit: finding.hits[finding.at - 1], critical, selfTimes: shows.has('self'), skewed: skew,
    onWindow, onSelect: select, onToggle,
  }
  const node = selected === undefined ? undefined : model.nodes.get(selected)
  return {
    scene, state, retry, shows, finding, clocks,
    view: views.find((view) => view === search.view) ?? 'waterfall',
    setView: (view) => change({ view: view === 'waterfall' ? undefined : view }, true),
    toggleShowing: (showing) => {
      const next = new Set(shows)
      if (!next.delete(showing)) next.add(showing)
      change({ show: [...next].join(',') || undefined }, true)
    },
    zoomToSelected: () => {
      const end = node && (lives.has(node.row.span) ? whole.to : node.row.end)
      if (node) setZoom(zoomTo(node.row.start, Math.max(node.row.start, end!), whole))
    },
    resetZoom: () => setZoom(undefined),
    toParent: () => {
      const parent = node && model.parents.get(node)
      if (parent) select(parent.row.span)
    },
    toSibling: (step) => {
      const siblings = node && (model.parents.get(node)?.children ?? model.tops)
      const next = siblings?.[siblings.indexOf(node!) + step]
      if (next) select(next.row.span)
    },
  }
}

/** Whom an annotation is about: a link to one leads there. */
function annotated(model: Model, span: string): string | undefined {
  for (const [of, said] of model.annotations) if (said.some((one) => one.span === span)) return of
  return undefined
}

function useModel(state: TraceState, adjusted: boolean): { model: Model; clocks: ReadonlyMap<string, Micros> } {
  const asSent = useMemo(() => buildModel(state.spans), [state.spans])
  const clocks = useMemo(() => offsets(asSent), [asSent])
  const model = useMemo(() => (adjusted && clocks.size > 0 ? buildModel(adjust(state.spans, clocks)) : asSent), [asSent, clocks, adjusted])
  return { model, clocks }
}

const noLives: ReadonlyMap<string, Life> = new Map()
/** A step of the clock that is never reached: nothing runs, and nothing is drawn anew. */
const never = 8.64e15

function useLives(project: string, model: Model): ReadonlyMap<string, Life> {
  const waiting = useMemo(() => [...new Set(model.pending.map((span) => span.service))].sort(), [model])
  const processes = useProcesses(project, waiting)
  const present = useNow(model.pending.length > 0 ? 1000 : never) * 1000
  return useMemo(
    () => (model.pending.length === 0 ? noLives : new Map(model.pending.map((span) => [span.span, lifeOf(span, model, processes, present)]))),
    [model, processes, present],
  )
}

/** From the first record to the last, or to now while something runs. */
function wholeOf(model: Model, lives: ReadonlyMap<string, Life>): Window {
  let to = model.end
  for (const { state, lastSign } of lives.values()) to = Math.max(to, state === 'unfinished' ? lastSign : Date.now() * 1000)
  return { from: model.start, to }
}

function useLines(model: Model, loading: boolean, selected: string | undefined, shows: ReadonlySet<string>): { lines: Line[]; onToggle: (line: Line) => void } {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const large = model.records > openAllBelow
  const depth = useMemo(() => openDepth(model), [loading, large]) // what comes later closes nothing
  const view = useMemo((): View => ({ toggled, group: !shows.has('single'), errorsOnly: shows.has('errors') }), [toggled, shows])
  const revealed = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (selected === undefined || revealed.current === selected || !model.nodes.has(selected)) return
    revealed.current = selected
    setToggled(reveal(model, view, depth, selected))
  }, [selected, model])
  const lines = useMemo(() => drawnLines(model, view, depth), [model, view, depth])
  const onToggle = useCallback((line: Line) => setToggled((old) => new Map(old).set(line.key, !line.open)), [])
  return { lines, onToggle }
}

function useFinding(project: string, trace: string, model: Model, select: (span: string) => void): Finding {
  const [text, setText] = useState('')
  const [hit, setHit] = useState<string>()
  const inside = useInside(project, trace, text, model)
  const hits = useMemo(() => findIn(model, text, inside), [model, text, inside])
  const at = hit === undefined ? 0 : hits.indexOf(hit) + 1
  const go = (step: number) => {
    if (hits.length === 0) return
    const next = hits[at === 0 ? (step > 0 ? 0 : hits.length - 1) : (at - 1 + step + hits.length) % hits.length]!
    setHit(next)
    select(next)
  }
  return { text, setText, hits, at, go }
}

/** What is worth a warning of a trace as a whole. */
export function warnings({ model }: Scene, duplicates: number): string[] {
  const said: string[] = []
  if (model.missing.size > 0) said.push(`${model.missing.size} parent${model.missing.size === 1 ? '' : 's'} not received (yet)`)
  if (model.circles > 0) said.push(`${model.circles} record${model.circles === 1 ? ' is its' : 's are their'} own ancestor${model.circles === 1 ? '' : 's'}`)
  if (duplicates > 0) said.push(`${duplicates} id${duplicates === 1 ? ' is' : 's are'} of more than one record; the first is shown`)
  return said
}

/** How many spans are in which state, in words: 3 running, 1 quiet. */
export function openWords(lives: ReadonlyMap<string, Life>): string {
  const counts = new Map<string, number>()
  for (const { state } of lives.values()) counts.set(state, (counts.get(state) ?? 0) + 1)
  return (['running', 'quiet', 'unfinished'] as const).filter((state) => counts.has(state)).map((state) => `${counts.get(state)} ${state === 'unfinished' ? 'never finished' : state}`).join(', ')
}

/** The state of the liveliest span that has not ended; undefined when all have. */
export function liveliest(lives: ReadonlyMap<string, Life>): State | undefined {
  const states = new Set([...lives.values()].map((life) => life.state))
  return (['running', 'quiet', 'unfinished'] as const).find((state) => states.has(state))
}

/** The root has ended, and something below it goes on. */
export function outlived({ model, lives }: Scene): boolean {
  const root = model.root
  if (!root || root.pending || isPoint(root)) return false
  for (const [span, life] of lives) {
    const node = life.state === 'running' ? model.nodes.get(span) : undefined
    if (node && ancestors(model, node).some((above) => above.row === root)) return true
  }
  return false
}
