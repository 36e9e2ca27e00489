import { useRef, useState, type ReactNode } from 'react'
import { useChatTabs } from '../chat/tabs'
import { useKeys } from '../lib/keys'
import { useChange } from '../place'
import { Copy } from '../ui/Copy'
import { objectOf } from './attributes'
import type { FullRecord } from './data'
import { Details } from './Details'
import { Exception } from './Exception'
import { Queries } from './Queries'
import type { Span } from './span'
import { thrownOf } from './thrown'
import type { Scene } from './Waterfall'
import styles from './Panel.module.css'

export interface TabsProps {
  project: string
  trace: string
  record: FullRecord
  span: Span
  /** All records of the trace. */
  spans: Span[]
  scene: Scene
  tab: string | undefined
}

interface Tab {
  name: string
  label: string
  content: () => ReactNode
}

/** The tabs that a record has, in their order, and which one it opens on. One that is not chosen is not drawn. */
function useTabs({ project, trace, record, span, spans, scene }: TabsProps): { tabs: Tab[]; first: string } {
  const { model } = scene
  const chat = useChatTabs(project, trace, span.span, spans)
  const thrown = thrownOf(record)
  const tabs: Tab[] = chat.tabs.map(({ name, label, body }) => ({ name, label, content: () => body }))
  tabs.push({ name: 'details', label: 'Details', content: () => <Details project={project} record={record} span={span} model={model} life={scene.lives.get(span.span)} zone={scene.zone} /> })
  if (thrown) tabs.push({ name: 'exception', label: 'Exception', content: () => <Exception {...thrown} resource={objectOf(record['otel_resource_attributes'])} /> })
  tabs.push({ name: 'raw', label: 'Raw', content: () => <Raw record={record} /> })
  tabs.push({ name: 'sql', label: 'SQL', content: () => <Queries span={span} attributes={objectOf(record['attributes'])} /> })
  return { tabs, first: chat.own ? 'conversation' : 'details' }
}

/** The parts of a record's details. A call of a model or a run of an agent opens on what was said. */
export function Tabs(props: TabsProps) {
  const { span } = props
  const change = useChange()
  const { tabs, first } = useTabs(props)
  const list = useRef<HTMLDivElement>(null)
  const [wrap, setWrap] = useState(true)
  const chosen = tabs.find(({ name }) => name === props.tab) ?? tabs.find(({ name }) => name === first)
  const choose = (tab: Tab | undefined) => tab && change({ tab: tab.name }, true)
  useKeys('Details', [
    ...tabs.map((tab, i) => ({ keys: [String(i + 1)], label: `Tab: ${tab.label}`, run: () => choose(tab) })),
    { keys: ['w'], label: 'Wrap long lines', run: () => setWrap(!wrap) },
  ])
  return (
    <>
      <div className={styles.tabs}>
        <div
          ref={list} role="tablist" aria-label="Details"
          onKeyDown={(event) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
            if (!step) return
            event.preventDefault()
            event.stopPropagation()
            const next = (tabs.indexOf(chosen!) + step + tabs.length) % tabs.length
            choose(tabs[next])
            list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
          }}
        >
          {tabs.map((tab) => (
            <button key={tab.name} type="button" role="tab" aria-selected={tab === chosen} tabIndex={tab === chosen ? 0 : -1} onClick={() => choose(tab)}>{tab.label}</button>
          ))}
        </div>
        <span className={styles.ids}>
          <span title="Span">{span.span}</span><Copy text={span.span} title="Copy the span's id" />
        </span>
      </div>
      <div key={`${span.span}/${chosen?.name}`} className={`${styles.body} ${wrap ? '' : styles.nowrap}`} role="tabpanel" aria-label={chosen?.label} tabIndex={0}>{chosen?.content()}</div>
    </>
  )
}

/** The record as the API gives it. */
function Raw({ record }: { record: FullRecord }) {
  const text = JSON.stringify(record, null, 2)
  return (
    <>
      <div className={styles.copyCorner}><Copy text={text} label="Copy" /></div>
      <pre className={styles.raw}>{text}</pre>
    </>
  )
}
