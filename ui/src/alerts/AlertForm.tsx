import { useQuery } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { lazy, Suspense, useCallback, useMemo, useState, type FormEvent, type ReactNode } from 'react'
import type { Alert, AlertDraft, NotifyWhen } from '../api/alerts'
import { query, type ApiError } from '../api/client'
import { now } from '../lib/time'
import { usePlace } from '../place'
import { useCatalogue, useCompletion, type Scope } from '../sql/known'
import { placeOf } from '../sql/parameters'
import { wordsOf } from '../sql/problem'
import { ErrorBox } from '../ui/State'
import { ChannelPicker } from './ChannelPicker'
import { useChannels, useDo, usePreview } from './data'
import { choicesOf, frequencies, missing, warningOf, windows } from './draft'
import { PreviewPart } from './PreviewPart'
import { everyText, isoOf, lastText, rules, secondsOf, sentenceOf } from './words'
import styles from './Alerts.module.css'

const Editor = lazy(async () => ({ default: (await import('../sql/Editor')).Editor }))
const wholeStatement = { statement: true } as const

interface Props {
  start: AlertDraft
  /** The alert that is changed; undefined for a new one. */
  id?: string
  onSaved: (alert: Alert) => void
  onCancel: () => void
}

/** Everything that an alert is, with what it would have done. */
export function AlertForm({ start, id, onSaved, onCancel }: Props) {
  const [draft, setDraft] = useState(start)
  const change = useCallback((changes: Partial<AlertDraft>) => setDraft((old) => ({ ...old, ...changes })), [])
  const preview = usePreview()
  const save = useDo()
  const channels = useChannels()
  const told = (channels.data ?? []).filter((channel) => draft.channel_ids.includes(channel.id))
  const lacks = missing(draft)
  const warning = warningOf(draft)
  const show = useCallback(() => preview.mutate({ draft, id }), [preview.mutate, draft, id])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (lacks) return
    const deed = id === undefined ? { do: 'create' as const, draft } : { do: 'change' as const, id, changes: draft }
    save.mutate([deed], { onSuccess: (alert) => alert && onSaved(alert) })
  }
  return (
    <form className={styles.form} onSubmit={submit} aria-label={id === undefined ? 'New alert' : 'Alert'}>
      <div className={styles.fields}>
        <Field label="Name"><input value={draft.name} maxLength={100} autoFocus={start.name === ''} placeholder="Payments fail" onChange={(event) => change({ name: event.target.value })} /></Field>
        <Field label="Description" help="Markdown. It goes into the messages: say what to do."><textarea rows={2} value={draft.description} maxLength={4000} onChange={(event) => change({ description: event.target.value })} /></Field>
        <Statement draft={draft} error={preview.error ?? undefined} asked={preview.variables?.draft.query} onChange={(sql) => change({ query: sql })} onPreview={show} />
        <div className={styles.choices}>
          <Field label="It looks at"><Span usual={windows} value={draft.time_window} text={lastText} onChange={(time_window) => change({ time_window })} /></Field>
          <Field label="It runs"><Span usual={frequencies} value={draft.frequency} text={everyText} onChange={(frequency) => change({ frequency })} /></Field>
          <Environments chosen={draft.environments} onChange={(environments) => change({ environments })} />
        </div>
        {warning && <p className={styles.warning} role="status">{warning}</p>}
        <Rules chosen={draft.notify_when} onChoose={(notify_when) => change({ notify_when })} />
        <ChannelPicker chosen={draft.channel_ids} onChange={(channel_ids) => change({ channel_ids })} />
        <p className={styles.sentence} aria-live="polite">{sentenceOf(draft, told)}</p>
        {save.error && <ErrorBox error={save.error} />}
        <div className={styles.submit}>
          <button type="submit" className={styles.primary} disabled={lacks !== undefined || save.isPending} title={lacks}>{id === undefined ? 'Create the alert' : 'Save'}</button>
          <button type="button" className={styles.button} onClick={onCancel}>Cancel</button>
          <label className={styles.check}><input type="checkbox" checked={draft.active} onChange={() => change({ active: !draft.active })} />It is switched on</label>
        </div>
      </div>
      <PreviewPart draft={draft} preview={preview.data} stale={preview.variables?.draft !== draft} error={preview.error ?? undefined} going={preview.isPending} onPreview={show} />
    </form>
  )
}

function Field({ label, help, children }: { label: string; help?: string; children: ReactNode }) {
  return <label className={styles.field}><span>{label}</span>{children}{help && <em>{help}</em>}</label>
}

function Span({ usual, value, text, onChange }: { usual: readonly number[]; value: string; text: (seconds: number) => string; onChange: (iso: string) => void }) {
  return (
    <select value={secondsOf(value)} onChange={(event) => onChange(isoOf(Number(event.target.value)))}>
      {choicesOf(usual, value).map((seconds) => <option key={seconds} value={seconds}>{text(seconds)}</option>)}
    </select>
  )
}

function Statement({ draft, error, asked, onChange, onPreview }: { draft: AlertDraft; error: ApiError | undefined; asked: string | undefined; onChange: (sql: string) => void; onPreview: () => void }) {
  const { project } = usePlace()
  const window = secondsOf(draft.time_window) * 1_000_000
  const scope: Scope = { project, rangeName: draft.time_window, range: useCallback(() => ({ since: now() - window }), [window]) }
  const complete = useCompletion(scope, useCatalogue(scope, true), wholeStatement)
  const failed = error !== undefined && asked === draft.query
  const problem = useMemo(() => (failed && error.position !== undefined ? { place: placeOf(draft.query, error.position), ...wordsOf(error) } : undefined), [failed, error, draft.query])
  const preview = () => {
    onPreview()
    return true
  }
  return (
    <div className={styles.field} role="group" aria-label="Query">
      <span>Query</span>
      <Suspense fallback={<pre className={styles.editor}>{draft.query}</pre>}>
        <Editor className={styles.editor} value={draft.query} mode={wholeStatement} complete={complete} keys={{ 'Mod-Enter': preview }} label="Query" problem={problem} wrong={failed} placeholder="SELECT … FROM records WHERE …" onChange={onChange} />
      </Suspense>
      <div className={styles.under}>
        <em>The time it looks at bounds the tables: it need not stand in the query.</em>
        <button type="button" className={styles.button} onClick={onPreview} disabled={draft.query.trim() === ''} title="Preview (Ctrl ↵)"><Play size={13} />Preview</button>
      </div>
    </div>
  )
}

function Rules({ chosen, onChoose }: { chosen: NotifyWhen; onChoose: (when: NotifyWhen) => void }) {
  return (
    <fieldset className={styles.rules}>
      <legend>It tells when</legend>
      {rules.map(({ when, label, help }) => (
        <label key={when} data-chosen={when === chosen}>
          <input type="radio" name="notify_when" checked={when === chosen} onChange={() => onChoose(when)} /><b>{label}</b><span>{help}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** The environments that were seen lately, and those that are chosen. */
function Environments({ chosen, onChange }: { chosen: readonly string[]; onChange: (environments: string[]) => void }) {
  const { project } = usePlace()
  const seen = useQuery<string[], ApiError>({
    queryKey: ['environments', 'of alerts', project], staleTime: 60_000, retry: false,
    queryFn: async ({ signal }) => (await query<{ name: string | null }>({ project, since: now() - 7 * 86_400_000_000, signal, limit: 50, sql: 'SELECT deployment_environment AS name FROM records GROUP BY 1 ORDER BY count(*) DESC' })).map(({ name }) => name ?? ''),
  })
  const all = [...new Set([...(seen.data ?? []), ...chosen])]
  if (all.length < 2 && chosen.length === 0) return null
  const toggle = (name: string) => onChange(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name])
  return (
    <fieldset className={styles.environments}>
      <legend>Of the environments</legend>
      <label><input type="checkbox" checked={chosen.length === 0} onChange={() => onChange([])} />all</label>
      {all.map((name) => <label key={name}><input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />{name || <i>none</i>}</label>)}
    </fieldset>
  )
}
