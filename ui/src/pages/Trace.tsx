import { getRouteApi } from '@tanstack/react-router'
import { ArrowLeft, Link2 } from 'lucide-react'
import { useKeys } from '../lib/keys'
import { traceWidth } from '../lib/store'
import { clock, day, duration, offset, rfc3339 } from '../lib/time'
import { levelName } from '../api/record'
import { usePlace, useZone } from '../place'
import { stringifySearch } from '../search'
import { copyAndSay } from '../ui/Copy'
import { Go } from '../ui/Go'
import { LevelGlyph } from '../ui/Level'
import { serviceColor } from '../ui/service'
import { CopyMenu } from '../trace/CopyMenu'
import { useTraceKeys } from '../trace/Panel'
import { liveliest, useTraceScene, type TraceScene } from '../trace/scene'
import { TraceBody } from '../trace/TraceBody'
import { StateGlyph } from '../trace/StateGlyph'
import styles from './Trace.module.css'

const route = getRouteApi('/$org/$project/trace/$traceId')

/** A trace on a page of its own. */
export function TracePage() {
  const { traceId } = route.useParams()
  return <TraceOf key={traceId} trace={traceId} />
}

function TraceOf({ trace }: { trace: string }) {
  const { project } = usePlace()
  const search = route.useSearch()
  const zone = useZone()
  const made = useTraceScene({ project, trace, span: search.spanId, zone })
  useTraceKeys(made)
  return (
    <div className={styles.page}>
      <TraceHeader made={made} trace={trace} />
      <TraceBody project={project} trace={trace} tab={search.tab} made={made} layout="side" share={traceWidth} miniMap />
    </div>
  )
}

/** What the trace is as a whole. */
function TraceHeader({ made, trace }: { made: TraceScene; trace: string }) {
  const { org, project } = usePlace()
  const search = route.useSearch()
  const { scene } = made
  const { model, whole, zone } = scene
  const root = model.root
  const open = liveliest(scene.lives)
  const back = `/${org}/${project}${stringifySearch({ q: search.q, last: search.last, since: search.since, until: search.until, env: search.env, tz: search.tz, traceId: trace, spanId: scene.selected })}`
  const link = () => `${location.origin}/${org}/${project}/trace/${trace}${stringifySearch({ spanId: search.spanId, tab: search.tab, view: search.view, show: search.show })}`
  useKeys('Trace page', [{ keys: ['L'], label: 'To the trace in Live', run: () => document.getElementById('back-to-live')?.click() }])
  return (
    <header className={styles.header}>
      <Go id="back-to-live" href={back} className={styles.back} title="The trace in Live (L)"><ArrowLeft size={14} />Live</Go>
      {root && (
        <>
          {open ? <StateGlyph state={open} /> : <LevelGlyph level={Math.max(root.level, model.errors > 0 ? 17 : 0)} />}
          <h1>{root.message}</h1>
          <span className={styles.facts}>
            <span className={styles.service}><i style={{ background: serviceColor(root.service) }} />{root.service}</span>
            <span>{model.errors > 0 ? `${model.errors} error${model.errors === 1 ? '' : 's'}` : levelName(root.level)}</span>
            <b>{duration(whole.to - whole.from)}</b>
            <span>{model.records.toLocaleString('en')} record{model.records !== 1 && 's'}, {model.services.length} service{model.services.length !== 1 && 's'}</span>
            <span title={rfc3339(model.start, zone)}>{day(model.start, zone)} <b>{clock(model.start, zone)}</b> {offset(model.start, zone)}</span>
          </span>
        </>
      )}
      <span className={styles.buttons}>
        <button type="button" className={styles.button} title="Copy a link to what you see" onClick={() => void copyAndSay(link(), 'Link copied')}><Link2 size={14} />Share</button>
        <CopyMenu scene={scene} trace={trace} label="Copy" />
      </span>
    </header>
  )
}
