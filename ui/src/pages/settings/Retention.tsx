import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState, type FormEvent } from 'react'
import type { ApiError } from '../../api/client'
import { usePasswordGiven } from '../../api/manage'
import { changeRetention, previewRetention, retention, type Deletes, type Retention as Held, type RetentionChange } from '../../api/retention'
import { useMay, useProjectId } from '../../place'
import { Dialog } from '../../ui/Dialog'
import { notify } from '../../ui/notices'
import { ErrorBox, Loading } from '../../ui/State'
import { dayName, full, future, growth, kept, losing, size, span } from './held'
import styles from './settings.module.css'

const HeldChart = lazy(async () => ({ default: (await import('./HeldChart')).HeldChart }))

/** For how long things are kept, and how much room they take. */
export function Retention() {
  const project = useProjectId()
  const given = usePasswordGiven()
  const may = useMay('admin')
  const { data, error, refetch } = useQuery<Held, ApiError>({
    queryKey: ['retention', project, given], queryFn: ({ signal }) => retention(project, given, signal), staleTime: 0, retry: false,
  })
  if (error && !data) return <ErrorBox error={error} onRetry={() => void refetch()} />
  if (!data) return <Loading />
  return (
    <>
      <p className={styles.lead}>Whole days of UTC are deleted when all of them is older than this.</p>
      {may ? <Days key={`${data.records_days} ${data.metrics_days}`} held={data} /> : <Facts facts={[['Spans and logs', kept(data.records_days, data.kept_records_days)], ['Metrics', kept(data.metrics_days, data.kept_metrics_days)]]} />}
      <h2>Room</h2>
      <Room held={data} />
    </>
  )
}

function Facts({ facts }: { facts: [name: string, value: string][] }) {
  return <dl className={styles.facts}>{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
}

/** What is in a field; null is as long as the server keeps things. */
const numberIn = (text: string): number | null => (text.trim() === '' ? null : Number(text))

/** The days that are kept, for who may change them. What a change deletes is told before it is made. */
function Days({ held }: { held: Held }) {
  const project = useProjectId()
  const queries = useQueryClient()
  const [records, setRecords] = useState(String(held.records_days ?? ''))
  const [metrics, setMetrics] = useState(String(held.metrics_days ?? ''))
  const [asking, setAsking] = useState<Deletes>()
  const wanted: RetentionChange = { records_days: numberIn(records), metrics_days: numberIn(metrics) }
  const change = useMutation<unknown, ApiError>({
    mutationFn: () => changeRetention(project, wanted),
    onSuccess: async () => {
      setAsking(undefined)
      await queries.invalidateQueries({ queryKey: ['retention', project] })
      notify('What is kept is changed')
    },
  })
  const look = useMutation<{ deletes: Deletes }, ApiError>({
    mutationFn: () => previewRetention(project, wanted),
    onSuccess: ({ deletes }) => (deletes.days > 0 ? setAsking(deletes) : change.mutate()),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.reset()
    look.mutate()
  }
  const same = wanted.records_days === held.records_days && wanted.metrics_days === held.metrics_days
  const error = look.error ?? (asking ? null : change.error)
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.numbers}>
        <DaysField label="Spans and logs" value={records} most={held.server_days} inForce={held.kept_records_days} set={held.records_days} onChange={setRecords} />
        <DaysField label="Metrics" value={metrics} most={held.server_days} inForce={held.kept_metrics_days} set={held.metrics_days} onChange={setMetrics} />
      </div>
      <p className={styles.help}>An empty field is as long as this server keeps things: {span(held.server_days)}{held.server_days !== null && ', which is also the longest'}. Its operator sets that with <code>--retention</code>.</p>
      {error && <ErrorBox error={error} />}
      <div className={styles.row}>
        <button type="submit" className={styles.primary} disabled={same || look.isPending || change.isPending}>{look.isPending ? 'Looking …' : 'Save'}</button>
      </div>
      {asking && <Confirm deletes={asking} error={change.error} saving={change.isPending} onConfirm={() => change.mutate()} onClose={() => setAsking(undefined)} />}
    </form>
  )
}

function DaysField(props: { label: string; value: string; most: number | null; set: number | null; inForce: number | null; onChange: (text: string) => void }) {
  const over = props.set !== null && props.inForce !== null && props.inForce < props.set
  return (
    <div>
      <label>
        <span>{props.label}, days</span>
        <input type="number" inputMode="numeric" min={1} max={props.most === null ? 36_500 : Math.floor(props.most)} step={1} value={props.value} placeholder={span(props.most)} onChange={(event) => props.onChange(event.target.value)} />
      </label>
      {over && <p className={styles.help}>Kept for {kept(props.set, props.inForce)}.</p>}
    </div>
  )
}

function Confirm({ deletes, error, saving, onConfirm, onClose }: { deletes: Deletes; error: ApiError | null; saving: boolean; onConfirm: () => void; onClose: () => void }) {
  return (
    <Dialog label="Delete what is older" onClose={onClose}>
      {(close) => (
        <div className={styles.form}>
          <h2>Delete what is older?</h2>
          <p>This deletes {losing(deletes)}. It is done at once, and nothing brings it back.</p>
          {error && <ErrorBox error={error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} autoFocus onClick={close}>Keep it</button>
            <button type="button" className={styles.danger} disabled={saving} onClick={onConfirm}>{saving ? 'Deleting …' : 'Delete it'}</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}

/** How much is held, and where that is going. */
function Room({ held }: { held: Held }) {
  const [records, metrics] = (['records_bytes', 'metrics_bytes'] as const).map((name) => held.days.reduce((sum, day) => sum + day[name], 0)) as [number, number]
  const oldest = held.days[0]?.day
  if (oldest === undefined) return <p className={styles.none}>Nothing is held yet.{held.server && ` ${size(held.server.disk_free_bytes)} are free on the disk.`}</p>
  const facts: [string, string][] = [
    ['Held now', `${size(records + metrics)}: ${size(records)} of spans and logs, ${size(metrics)} of metrics`],
    ['The oldest day', dayName(oldest)],
    ['Comes in a day', growth(held.outlook)],
    ['As it goes now', future(held.outlook)],
  ]
  return (
    <>
      <Facts facts={facts} />
      <div className={styles.charts}><Suspense fallback={<Loading />}><HeldChart days={held.days} /></Suspense></div>
      {held.server && <Server server={held.server} />}
    </>
  )
}

/** The disk, which all projects share. */
function Server({ server }: { server: NonNullable<Held['server']> }) {
  return (
    <>
      <h2>This server</h2>
      <Facts facts={[
        ['All projects', `${size(server.bytes)}; ${server.bytes_per_day > 0 ? `about ${size(server.bytes_per_day)} come in a day` : growth(server)}`],
        ['Free on the disk', size(server.disk_free_bytes)],
        ['Full', full(server)],
      ]}
      />
    </>
  )
}
