// What alerts are called, and what an alert does in a sentence.

import type { Alert, AlertDraft, AlertState, NotifyWhen, RecentRun } from '../api/alerts'
import type { Channel } from '../api/channels'

/** The states in the order in which they matter. */
export const states: readonly AlertState[] = ['firing', 'flapping', 'broken', 'no_data', 'snoozed', 'pending', 'ok']

export const stateNames: Record<AlertState, string> = {
  firing: 'Firing', flapping: 'Flapping', broken: 'Broken', no_data: 'No data', snoozed: 'Snoozed', pending: 'Pending', ok: 'OK',
}

export const stateHelp: Record<AlertState, string> = {
  firing: 'The last run met what the alert is for', flapping: 'It went to and fro in its last runs', broken: 'The statement has no answer',
  no_data: 'Nothing at all was received', snoozed: 'Nobody is told for now', pending: 'Switched off, or not run yet', ok: 'There was nothing to tell',
}

export const rules: { when: NotifyWhen; label: string; help: string }[] = [
  { when: 'has_matches', label: 'The query has rows', help: 'After each run that has some.' },
  { when: 'starts_having_matches', label: 'It starts having rows', help: 'Once, until there were none in between.' },
  { when: 'has_matches_changed', label: 'It starts or stops having rows', help: 'Once when it begins, and once when it is over.' },
  { when: 'matches_changed', label: 'The rows change', help: 'Whenever they are others than those that were told.' },
  { when: 'no_matches', label: 'It has no rows', help: 'Once when they are missing, and once when they are back.' },
]

const units: [number, string, string][] = [[86_400, 'D', 'day'], [3600, 'H', 'hour'], [60, 'M', 'minute'], [1, 'S', 'second']]

/** Reads a length of time as the server writes it, P1DT2H3M4S, in seconds. */
export function secondsOf(iso: string): number {
  const found = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(iso)
  if (!found) return Number.NaN
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((digits) => Number(digits ?? 0))
  return weeks * 604_800 + days * 86_400 + hours * 3600 + minutes * 60 + seconds
}

/** Writes seconds for the server. */
export function isoOf(seconds: number): string {
  return `PT${seconds}S`
}

/** 90 seconds, 5 minutes, 1 day. */
export function spanText(seconds: number): string {
  const [size, , word] = units.find(([n]) => seconds >= n && seconds % n === 0) ?? units.at(-1)!
  const count = seconds / size
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

/** Every minute, every 5 minutes. */
export function everyText(seconds: number): string {
  return `every ${spanText(seconds).replace(/^1 /, '')}`
}

/** The last hour, the last 5 minutes. */
export function lastText(seconds: number): string {
  return `the last ${spanText(seconds).replace(/^1 /, '')}`
}

const clauses: Record<NotifyWhen, string> = {
  has_matches: 'After each run in which the query has rows', starts_having_matches: 'When the query starts having rows', has_matches_changed: 'When the query starts having rows, and when it stops',
  matches_changed: 'When the rows are others than before', no_matches: 'When the query has no rows, and when it has some again',
}

/** 1, 2 and 3. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`
}

/** What an alert does. */
export function sentenceOf(draft: Pick<AlertDraft, 'time_window' | 'frequency' | 'watermark' | 'notify_when' | 'environments' | 'active'>, channels: readonly Pick<Channel, 'label'>[]): string {
  const environments = draft.environments.map((name) => name || 'no environment')
  const [window, frequency, watermark] = [draft.time_window, draft.frequency, draft.watermark].map(secondsOf) as [number, number, number]
  const looks = `${capital(everyText(frequency))} Hearth looks at ${lastText(window)}${environments.length > 0 ? ` of ${listed(environments)}` : ''}`
  const late = watermark > 0 ? `, up to ${spanText(watermark)} ago` : ''
  const told = channels.length === 0 ? 'it is shown here, and nobody is told' : `it tells ${listed(channels.map(({ label }) => label))}`
  return `${looks}${late}. ${clauses[draft.notify_when]}, ${told}.${draft.active ? '' : ' It is switched off.'}`
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** How the alerts stand, counted. */
export function countStates(alerts: readonly Pick<Alert, 'state'>[]): Record<AlertState, number> {
  const counts: Record<AlertState, number> = { firing: 0, flapping: 0, broken: 0, no_data: 0, snoozed: 0, pending: 0, ok: 0 }
  for (const { state } of alerts) counts[state]++
  return counts
}

/** The alerts that matter first; among equals by name. */
export function inOrder(alerts: readonly Alert[]): Alert[] {
  const rank = (state: AlertState) => states.indexOf(state)
  return alerts.toSorted((a, b) => rank(a.state) - rank(b.state) || a.name.localeCompare(b.name))
}

/** What a run was, in words. */
export function runText(run: Pick<RecentRun, 'status' | 'rows' | 'missed' | 'notified'>): string {
  if (run.status === 'missed') return run.missed === 1 ? 'A run that did not take place' : `${run.missed} runs that did not take place`
  if (run.status === 'error') return 'The query failed'
  const rows = run.rows === 0 ? 'No rows' : run.rows === 1 ? '1 row' : `${run.rows.toLocaleString('en')}${run.rows >= 10_000 ? ' or more' : ''} rows`
  return run.notified ? `${rows}, told` : rows
}
