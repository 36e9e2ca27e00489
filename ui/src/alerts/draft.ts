// An alert while it is written.

import type { Alert, AlertDraft, AlertTemplate } from '../api/alerts'
import { secondsOf } from './words'

/** What an alert is before anything is said of it. */
export const emptyDraft: AlertDraft = {
  name: '', description: '', query: '', time_window: 'PT15M', frequency: 'PT5M', watermark: 'PT10S', notify_when: 'starts_having_matches', environments: [], channel_ids: [], active: true,
}

export function draftOf(alert: Alert): AlertDraft {
  const { name, description, query, time_window, frequency, watermark, notify_when, environments, channels, active } = alert
  return { name, description, query, time_window, frequency, watermark, notify_when, environments, channel_ids: channels.map(({ id }) => id), active }
}

export function fromTemplate({ name, description, query, time_window, frequency, notify_when }: AlertTemplate): AlertDraft {
  return { ...emptyDraft, name, description, query, time_window, frequency, notify_when }
}

/** A copy that can stand beside the alert that it was made from. */
export function copyOf(alert: Alert): AlertDraft {
  return { ...draftOf(alert), name: `Copy of ${alert.name}`.slice(0, 100) }
}

export const windows = [60, 300, 600, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800]
export const frequencies = [60, 300, 900, 1800, 3600, 21_600, 43_200, 86_400]

/** The choices of a length of time, with the one that is chosen, whatever it is. */
export function choicesOf(usual: readonly number[], chosen: string): number[] {
  const seconds = secondsOf(chosen)
  return usual.includes(seconds) || Number.isNaN(seconds) ? [...usual] : [...usual, seconds].toSorted((a, b) => a - b)
}

/** What is missing before an alert can be saved; undefined for nothing. */
export function missing(draft: AlertDraft): string | undefined {
  if (draft.name.trim() === '') return 'It needs a name.'
  return draft.query.trim() === '' ? 'It needs a query.' : undefined
}

/** Between two runs nothing may be left unseen, or be it on purpose. */
export function warningOf(draft: AlertDraft): string | undefined {
  const [window, frequency] = [secondsOf(draft.time_window), secondsOf(draft.frequency)]
  return window < frequency ? 'It looks at less time than passes between two runs: what happens in between is not seen.' : undefined
}

