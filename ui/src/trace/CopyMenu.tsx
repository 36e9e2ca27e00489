import { ClipboardCopy } from 'lucide-react'
import { useId } from 'react'
import { ApiError } from '../api/client'
import { useKeys, type Pane } from '../lib/keys'
import { usePlace } from '../place'
import { stringifySearch } from '../search'
import { copyAndSay } from '../ui/Copy'
import { Action, Popover } from '../ui/Menu'
import { notify } from '../ui/notices'
import { fullTrace } from './data'
import { markdown, otlp } from './export'
import type { Scene } from './Waterfall'
import styles from './Panel.module.css'

/** A trace as text to take along. Its key is the pane's own where the list beside it has a menu of the same key. */
export function CopyMenu({ scene, trace, label, pane }: { scene: Scene; trace: string; label?: string; pane?: Pane }) {
  const button = useId()
  useKeys('Trace', [{ keys: ['c'], label: 'Copy the trace: link, JSON, Markdown', run: () => document.getElementById(button)?.click() }], pane)
  const { org, project } = usePlace()
  const link = () => `${location.origin}/${org}/${project}/trace/${trace}${stringifySearch({ spanId: scene.selected })}`
  const whole = async (make: (records: Record<string, unknown>[]) => unknown, said: string) => {
    try {
      await copyAndSay(JSON.stringify(make(await fullTrace(project, trace)), null, 2), said)
    } catch (error) {
      notify(error instanceof ApiError ? error.message : String(error))
    }
  }
  return (
    <Popover label={<><ClipboardCopy size={14} />{label}</>} title="Copy the trace (c)" buttonId={button} className={label ? styles.button : styles.icon} align="end">
      {(close) => (
        <>
          <Action onChoose={() => { close(); void copyAndSay(link(), 'Link copied') }}>Copy a link to this record</Action>
          <Action onChoose={() => { close(); void whole((records) => records, 'Trace copied as JSON') }}>Copy the trace as JSON</Action>
          <Action onChoose={() => { close(); void whole(otlp, 'Trace copied as OTLP JSON') }}>Copy the trace as OTLP JSON</Action>
          <Action onChoose={() => { close(); void copyAndSay(markdown(scene.model, scene.zone, link()), 'Summary copied') }}>Copy a summary as Markdown</Action>
          <Action onChoose={() => { close(); void copyAndSay(trace, 'Id copied') }}>Copy the trace&rsquo;s id</Action>
        </>
      )}
    </Popover>
  )
}
