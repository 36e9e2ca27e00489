import { getRouteApi } from '@tanstack/react-router'
import { ChevronDown, ChevronLeft, ChevronRight, Clock, ZoomIn, ZoomOut } from 'lucide-react'
import { useState, type FormEvent, type KeyboardEvent } from 'react'
import { useKeys } from '../lib/keys'
import { now, offset, range, type Micros, type Range } from '../lib/time'
import { fieldOf, momentOfFields, parseWhen, searchOf, shifted, spanWords, whenLabel, zoomed, type When } from '../lib/when'
import { useChange, useZone } from '../place'
import { Popover } from '../ui/Menu'
import styles from './TimePicker.module.css'
import { zoneButton } from './ZonePicker'

const route = getRouteApi('/$org/$project')

const presets = ['5m', '15m', '1h', '6h', '24h', '7d', '30d']
const button = 'time-range'

/** What the address says of time: what it shows now, and how it is said. */
function useWhen(): { shown: Range; when: When; choose: (when: When) => void } {
  const search = route.useSearch()
  const change = useChange()
  const shown = range(search, now())
  const when = search.since || search.until ? shown : { last: search.last ?? '1h' }
  return { shown, when, choose: (chosen) => change(searchOf(chosen)) }
}

/** Chooses the time range: a span that ends now, or two moments. */
export function TimePicker() {
  const { shown, when, choose } = useWhen()
  const zone = useZone()
  const shift = (direction: -1 | 1) => choose(shifted(shown, direction, now()))
  const zoom = (factor: number) => choose(zoomed(shown, factor, now()))
  useKeys('Time', [
    { keys: ['t'], label: 'Choose the time range', run: () => document.getElementById(button)?.click() },
    { keys: ['-'], label: 'Twice as long a range', run: () => zoom(2) },
    { keys: ['='], label: 'Half as long a range', run: () => zoom(0.5) },
  ])
  const onKeyDown = (event: KeyboardEvent) => {
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key] as -1 | 1 | undefined
    if (!direction || (event.target as Element).closest('[popover]')) return
    event.preventDefault()
    shift(direction)
  }
  return (
    <div className={styles.group} role="group" aria-label="Time" onKeyDown={onKeyDown}>
      <button type="button" className={styles.step} title="One window earlier (←)" onClick={() => shift(-1)}><ChevronLeft size={14} /></button>
      <Popover
        kind="dialog" buttonId={button} title="Time range (t)" align="end" className={styles.button} layerClassName={styles.layer}
        label={<><Clock size={14} /><span>{whenLabel(when, zone, now())}</span><ChevronDown size={13} /></>}
      >
        {(close) => <Layer shown={shown} when={when} zone={zone} choose={(chosen) => { close(); choose(chosen) }} zoom={(factor) => { close(); zoom(factor) }} />}
      </Popover>
      <button type="button" className={styles.step} title="One window later (→)" disabled={shown.until === undefined} onClick={() => shift(1)}><ChevronRight size={14} /></button>
    </div>
  )
}

function Layer({ shown, when, zone, choose, zoom }: { shown: Range; when: When; zone: string; choose: (when: When) => void; zoom: (factor: number) => void }) {
  const last = 'last' in when ? when.last : undefined
  return (
    <>
      <Typed zone={zone} choose={choose} />
      <div className={styles.presets} role="group" aria-label="Until now">
        {presets.map((span) => (
          <button key={span} type="button" aria-pressed={last === span} title={`Last ${spanWords(span)}`} onClick={() => choose({ last: span })}>{span}</button>
        ))}
      </div>
      <Between shown={shown} zone={zone} choose={choose} />
      <div className={styles.foot}>
        <button type="button" className={styles.quiet} title="Twice as long a range (-)" onClick={() => zoom(2)}><ZoomOut size={14} />Longer</button>
        <button type="button" className={styles.quiet} title="Half as long a range (=)" onClick={() => zoom(0.5)}><ZoomIn size={14} />Shorter</button>
        <button type="button" className={`${styles.quiet} ${styles.zone}`} title="Choose the zone" onClick={() => document.getElementById(zoneButton)?.click()}>{zone} {offset(shown.since, zone)}</button>
      </div>
    </>
  )
}

/** Takes a range in words and says what it understands while one types. */
function Typed({ zone, choose }: { zone: string; choose: (when: When) => void }) {
  const [text, setText] = useState('')
  const [asked, setAsked] = useState(false)
  const read = parseWhen(text, zone, now())
  const wrong = asked && !read
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (read) choose(read)
  }
  return (
    <form className={styles.typed} onSubmit={submit}>
      <input
        value={text} aria-label="Time range" aria-invalid={wrong} aria-describedby="time-read" spellCheck={false} autoComplete="off"
        placeholder="2h, yesterday 9-17, 2026-11-23 14:02 …" onChange={(event) => { setText(event.target.value); setAsked(false) }}
      />
      <p id="time-read" className={styles.read} role={wrong ? 'alert' : undefined} data-wrong={wrong}>
        {read ? `↵ ${whenLabel(read, zone, now())}` : wrong ? 'Not understood. Try 2h, today, monday 9-17, a date, or a Unix time.' : 'A span, a day, two times, or a Unix time'}
      </p>
    </form>
  )
}

/** Takes two moments, as dates and times of the day in the display zone. */
function Between({ shown, zone, choose }: { shown: Range; zone: string; choose: (when: When) => void }) {
  const [since, setSince] = useState(() => fieldsOf(shown.since, zone))
  const [until, setUntil] = useState(() => fieldsOf(shown.until ?? now(), zone))
  const from = momentOfFields(since.date, since.time, zone)
  const to = momentOfFields(until.date, until.time, zone)
  const wrong = !(to > from)
  return (
    <form className={styles.between} onSubmit={(event) => { event.preventDefault(); if (!wrong) choose({ since: from, until: to }) }}>
      <Moment label="From" fields={since} onFields={setSince} wrong={Number.isNaN(from)} />
      <Moment label="To" fields={until} onFields={setUntil} wrong={wrong && !Number.isNaN(from)} />
      <button type="submit" disabled={wrong}>{from >= to ? 'The end must be after the start' : 'Show this range'}</button>
    </form>
  )
}

interface Fields {
  date: string
  time: string
}

function fieldsOf(at: Micros, zone: string): Fields {
  const [date, time] = fieldOf(at, zone).split('T') as [string, string]
  return { date, time }
}

/** The time is a text field, because browsers show the clock of their own language, of twelve hours perhaps. */
function Moment({ label, fields, onFields, wrong }: { label: string; fields: Fields; onFields: (fields: Fields) => void; wrong: boolean }) {
  return (
    <div className={styles.moment} role="group" aria-label={label}>
      <span aria-hidden="true">{label}</span>
      <input type="date" aria-label={`${label}, date`} value={fields.date} aria-invalid={wrong} onChange={(event) => onFields({ ...fields, date: event.target.value })} />
      <input aria-label={`${label}, time`} value={fields.time} aria-invalid={wrong} placeholder="14:00" autoComplete="off" onChange={(event) => onFields({ ...fields, time: event.target.value })} />
    </div>
  )
}
