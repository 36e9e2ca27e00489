import { useSyncExternalStore } from 'react'

/** A setting of this browser that components follow. */
export class Setting<T extends string> {
  private listeners = new Set<() => void>()

  constructor(
    private readonly key: string,
    private readonly initial: T,
  ) {}

  get = (): T => {
    try {
      return (localStorage.getItem(this.key) as T | null) ?? this.initial
    } catch {
      return this.initial
    }
  }

  set(value: T): void {
    try {
      localStorage.setItem(this.key, value)
    } catch {
      // without storage the setting is forgotten
    }
    for (const listener of this.listeners) listener()
  }

  private subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  use(): T {
    return useSyncExternalStore(this.subscribe, this.get)
  }
}

export type Theme = 'system' | 'light' | 'dark'

export const theme = new Setting<Theme>('hearth.theme', 'system')

/** public/theme.js does the same before the first paint. */
export function applyTheme(value: Theme): void {
  theme.set(value)
  if (value === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = value
}

/** How tall the rows of lists are. */
export type Density = 'normal' | 'compact'

export const density = new Setting<Density>('hearth.density', 'normal')

/** public/theme.js does the same before the first paint. */
export function applyDensity(value: Density): void {
  density.set(value)
  if (value === 'normal') delete document.documentElement.dataset['density']
  else document.documentElement.dataset['density'] = value
}

/** The zone in which times are shown where the address names none; empty for the browser's. */
export const displayZone = new Setting<string>('hearth.zone', '')

/** The project that was open last, as organisation/project; empty before the first. */
export const lastPlace = new Setting<string>('hearth.place', '')

/** Whether keys without a modifier do something. */
export const letterKeys = new Setting<'on' | 'off'>('hearth.letterKeys', 'on')

/** Whether the names of the pages stand beside their icons. */
export const railPinned = new Setting<'yes' | 'no'>('hearth.railPinned', 'no')

/** How the live list stands: what comes last, whether records hang in trees, and whether what matches shows what is above it. */
export const listOrder = new Setting<'newest last' | 'newest first'>('hearth.listOrder', 'newest last')
export const listShape = new Setting<'tree' | 'flat'>('hearth.listShape', 'tree')
export const listContext = new Setting<'on' | 'off'>('hearth.listContext', 'on')
/** Whether a screen reader is told how much has arrived. */
export const announces = new Setting<'on' | 'off'>('hearth.announces', 'off')
export const filtersOpen = new Setting<'yes' | 'no'>('hearth.filtersOpen', 'no')

/** Sizes in percent: of the panel at the right and at the bottom, and of the parts of a trace. */
export const panelWidth = new Setting<string>('hearth.panelWidth', '46')
export const panelHeight = new Setting<string>('hearth.panelHeight', '50')
export const dock = new Setting<'right' | 'bottom'>('hearth.dock', 'right')
export const treeShare = new Setting<string>('hearth.treeShare', '46')
export const traceHeight = new Setting<string>('hearth.traceHeight', '42')
export const traceWidth = new Setting<string>('hearth.traceWidth', '60')

const tickers = new Set<() => void>()
let ticker: ReturnType<typeof setInterval> | undefined

function subscribeTick(listener: () => void): () => void {
  tickers.add(listener)
  ticker ??= setInterval(() => {
    if (!document.hidden) for (const tick of tickers) tick()
  }, 250)
  return () => {
    tickers.delete(listener)
    if (tickers.size === 0) {
      clearInterval(ticker)
      ticker = undefined
    }
  }
}

/** The time, in steps of so many milliseconds; one timer serves the whole page. */
export function useNow(stepMs: number): number {
  return useSyncExternalStore(subscribeTick, () => Math.floor(Date.now() / stepMs) * stepMs)
}
