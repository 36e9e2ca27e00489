import { lazy, Suspense, useCallback, useEffect, useId, useMemo, useState } from 'react'
import boards from '../../boards/boards.module.css'
import { useAsked, useScope } from '../../boards/data'
import { panelsOf, sqlOf, type Definition, type Link, type Panel } from '../../boards/definition'
import { readAt, withAt } from '../../boards/fields'
import { panelKinds, panelOf, queriesOf } from '../../boards/newPanel'
import { PanelFrame } from '../../boards/PanelFrame'
import { useRendered } from '../../boards/PointMenu'
import { knownUnits } from '../../boards/units'
import { useCatalogue, useCompletion, type Scope as Catalogued } from '../../sql/known'
import { Copy } from '../../ui/Copy'
import { Dialog } from '../../ui/Dialog'
import { Tabs } from '../../ui/Tabs'
import { CheckAt, ChoiceAt, JsonField, Labelled, NumberAt, Several, TextAt, TextField, type Edited, type Spec } from './form'
import { VariablesEditor } from './VariablesEditor'
import styles from './editor.module.css'

const Editor = lazy(async () => ({ default: (await import('../../sql/Editor')).Editor }))

const firstPanel: Panel = panelOf({
  name: 'New panel', kind: 'TimeSeriesChart',
  sql: 'SELECT time_bucket($resolution, start_timestamp) AS x, service_name, count(*) AS records\nFROM records\nGROUP BY x, service_name\nORDER BY x', look: { visual: { display: 'bar' } },
})

/** How long after the last letter the preview asks, in milliseconds. */
const pause = 700

interface Props {
  board: Definition
  /** The panel that is edited; a new one without it. */
  panelKey: string | undefined
  onDone: (panel: Panel) => void
  onClose: () => void
}

/** A panel with what it asks and how it looks, beside what becomes of it. Nothing changes before Apply. */
export function PanelEditor({ board, panelKey, onDone, onClose }: Props) {
  const [panel, setPanel] = useState(() => (panelKey === undefined ? firstPanel : panelsOf(board)[panelKey]!))
  const [tab, setTab] = useState('Query')
  const { kind, spec } = panel.spec.plugin
  const [shown, showNow] = usePaused(panel)
  const change = (changes: Partial<Panel['spec']>) => setPanel((old) => ({ ...old, spec: { ...old.spec, ...changes } }))
  const edited: Edited = { spec, onSpec: (next) => change({ plugin: { ...panel.spec.plugin, spec: next } }) }
  const names = [kind === 'Markdown' ? 'Text' : 'Query', 'Display', 'Variables', 'Links', 'JSON']
  const at = Math.max(0, names.indexOf(tab))
  const kinds = kind in panelKinds ? Object.entries(panelKinds) : [...Object.entries(panelKinds), [kind, kind]]
  return (
    <Dialog label={panelKey === undefined ? 'Add a panel' : 'Edit the panel'} className={styles.editor} onClose={onClose}>
      {(close) => (
        <div className={styles.columns}>
          <div className={styles.preview}>
            <div className={styles.row}>
              <TextField label="Title" value={panel.spec.display?.name ?? ''} onValue={(name) => change({ display: { ...panel.spec.display, name } })} />
              <Labelled label="Drawn as"><select value={kind} onChange={(event) => change({ plugin: { ...panel.spec.plugin, kind: event.target.value }, queries: turnedQueries(panel, event.target.value) })}>{kinds.map(([key, name]) => <option key={key} value={key}>{name}</option>)}</select></Labelled>
            </div>
            <div className={styles.frame}><PanelFrame panel={shown} actions={{}} /></div>
            {kind !== 'Markdown' && <Rendered panel={shown} />}
          </div>
          <div className={styles.side}>
            <Tabs label="Parts of the panel" names={names} chosen={at} onChoose={(i) => setTab(names[i]!)}>
              <div className={styles.form}>
                {names[at] === 'Query' && <QueryTab panel={panel} onPanel={setPanel} onRun={showNow} />}
                {names[at] === 'Text' && <Labelled label="Markdown"><textarea rows={16} value={String(spec['text'] ?? '')} onChange={(event) => edited.onSpec(withAt(spec, ['text'], event.target.value))} /></Labelled>}
                {names[at] === 'Display' && <DisplayTab kind={kind} {...edited} description={panel.spec.display?.description ?? ''} onDescription={(description) => change({ display: { ...panel.spec.display, description } })} />}
                {names[at] === 'Variables' && <><p className={styles.help}>In this panel, these go before the dashboard’s of the same name.</p><VariablesEditor variables={panel.spec.variables ?? []} onChange={(variables) => change({ variables })} /></>}
                {names[at] === 'Links' && <Links links={panel.spec.links ?? []} onLinks={(links) => change({ links })} />}
                {names[at] === 'JSON' && <JsonField label="Panel" value={panel} read={(value) => setPanel(readPanel(value))} />}
              </div>
            </Tabs>
            <div className={styles.actions}>
              <button type="button" className={boards.button} onClick={close}>Cancel</button>
              <button type="button" className={boards.primary} onClick={() => { onDone(panel); close() }}>{panelKey === undefined ? 'Add' : 'Apply'}</button>
            </div>
          </div>
        </div>
      )}
    </Dialog>
  )
}

/** The panel as it was when nobody had changed it for a while; and a way to see it now. */
function usePaused(panel: Panel): [Panel, () => void] {
  const [shown, setShown] = useState(panel)
  const sql = sqlOf(panel)
  useEffect(() => {
    if (sql === sqlOf(shown)) return setShown(panel)
    const timer = setTimeout(() => setShown(panel), pause)
    return () => clearTimeout(timer)
  }, [panel])
  return [shown, () => setShown(panel)]
}

function turnedQueries(panel: Panel, kind: string): Panel['spec']['queries'] {
  return queriesOf(kind, panel.spec.queries?.[0]?.spec.plugin.spec ?? { query: sqlOf(firstPanel) })
}

function readPanel(value: unknown): Panel {
  const panel = value as Panel
  if (typeof panel?.spec?.plugin?.kind !== 'string') throw new Error('A panel has a spec with a plugin, and that a kind.')
  return { ...panel, kind: 'Panel', spec: { ...panel.spec, plugin: { ...panel.spec.plugin, spec: panel.spec.plugin.spec ?? {} } } }
}

const statement = { statement: true } as const
/** What stands for a panel's width where only its statement matters. */
const usualWidth = 700

function QueryTab({ panel, onPanel, onRun }: { panel: Panel; onPanel: (panel: Panel) => void; onRun: () => void }) {
  const scope = useScope()
  const spec = panel.spec.queries?.[0]?.spec.plugin.spec ?? {}
  const onSpec = (next: Spec) => {
    const [first, ...others] = panel.spec.queries?.length ? panel.spec.queries : queriesOf(panel.spec.plugin.kind, {})!
    onPanel({ ...panel, spec: { ...panel.spec, queries: [{ ...first!, spec: { ...first!.spec, plugin: { ...first!.spec.plugin, spec: next } } }, ...others] } })
  }
  const catalogued: Catalogued = { project: scope.project, environment: scope.environment, rangeName: 'dashboard', range: useCallback(() => ({ since: scope.since, until: scope.until }), [scope.since, scope.until]) }
  const catalogue = useCatalogue(catalogued, true)
  const complete = useCompletion(catalogued, catalogue, statement)
  const run = () => (onRun(), true)
  const metrics = readAt(spec, ['metrics'])
  return (
    <>
      <div className={styles.sql}>
        <Suspense fallback={<pre>{sqlOf(panel)}</pre>}>
          <Editor value={sqlOf(panel)} onChange={(query) => onSpec({ ...spec, query })} mode={statement} complete={complete} keys={{ 'Mod-Enter': run }} label="SQL" className={styles.sqlText} />
        </Suspense>
      </div>
      <p className={styles.help}>The time range is applied from outside. <code>$resolution</code> is as long as a bucket should be: <code>time_bucket($resolution, start_timestamp)</code>.</p>
      <div className={styles.row}>
        <TextAt spec={spec} onSpec={onSpec} at={['groupBy']} label="Split by" placeholder="the first column of text" />
        <TextField label="Values" value={Array.isArray(metrics) ? metrics.join(', ') : ''} placeholder="all columns of numbers" onValue={(text) => onSpec(withAt(spec, ['metrics'], text.trim() === '' ? undefined : text.split(',').map((one) => one.trim())))} />
      </div>
    </>
  )
}

/** The statement as it runs. */
function Rendered({ panel }: { panel: Panel }) {
  const [open, setOpen] = useState(false)
  const asked = useAsked(panel, usualWidth)
  return (
    <details className={styles.rendered} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show rendered SQL</summary>
      {open && asked && <RenderedText asked={asked} />}
    </details>
  )
}

function RenderedText({ asked }: { asked: NonNullable<ReturnType<typeof useAsked>> }) {
  const { sql, error } = useRendered(asked.question, true)
  if (error) return <p className={styles.wrong} role="alert">{error.message}</p>
  return sql === undefined ? null : <div className={styles.renderedText}><pre>{sql}</pre><Copy text={sql} title="Copy the statement" /></div>
}

const stacks = [['none', 'Beside each other'], ['all', 'On each other'], ['percent', 'As parts of the whole']] as const
const positions = [['', 'Below, when there are several'], ['bottom', 'Below'], ['right', 'At the right'], ['hidden', 'Not shown']] as const
const calculations = [['', 'As usual'], ['last', 'Last'], ['first', 'First'], ['mean', 'Mean'], ['sum', 'Sum'], ['min', 'Smallest'], ['max', 'Largest']] as const
const colours = ['green', 'yellow', 'orange', 'red', 'blue', 'purple', 'grey'] as const

function DisplayTab({ kind, description, onDescription, ...edited }: Edited & { kind: string; description: string; onDescription: (text: string) => void }) {
  const units = useId()
  return (
    <>
      <TextField label="Description" value={description} onValue={onDescription} />
      <datalist id={units}>{knownUnits.map((unit) => <option key={unit} value={unit} />)}</datalist>
      {kind === 'TimeSeriesChart' && <SeriesFields {...edited} units={units} />}
      {(kind === 'BarChart' || kind === 'PieChart') && (
        <div className={styles.row}>
          <TextAt {...edited} at={['format', 'unit']} label="Unit" list={units} />
          <ChoiceAt {...edited} at={['calculation']} label="Of several values" options={calculations} />
          {kind === 'BarChart' && <ChoiceAt {...edited} at={['sort']} label="Order" options={[['', 'As the statement has it'], ['desc', 'Largest first'], ['asc', 'Smallest first']]} />}
        </div>
      )}
      {(kind === 'Values' || kind === 'StatChart' || kind === 'GaugeChart') && <FigureFields {...edited} kind={kind} units={units} />}
      {kind === 'Table' && <ColumnFields {...edited} />}
    </>
  )
}

function SeriesFields({ units, ...edited }: Edited & { units: string }) {
  return (
    <>
      <div className={styles.row}>
        <ChoiceAt {...edited} at={['visual', 'display']} label="Lines or bars" options={[['line', 'Lines'], ['bar', 'Bars']]} fallback="line" />
        <ChoiceAt {...edited} at={['visual', 'stack']} label="Series stand" options={stacks} fallback="none" />
        <TextAt {...edited} at={['yAxis', 'format', 'unit']} label="Unit" list={units} />
      </div>
      <div className={styles.row}>
        <NumberAt {...edited} at={['yAxis', 'min']} label="From" placeholder="by the data" />
        <NumberAt {...edited} at={['yAxis', 'max']} label="To" placeholder="by the data" />
        <NumberAt {...edited} at={['yAxis', 'logBase']} label="Base of a logarithmic axis" placeholder="none" />
      </div>
      <div className={styles.row}>
        <NumberAt {...edited} at={['visual', 'areaOpacity']} label="Area below lines, 0 to 1" placeholder="0" />
        <NumberAt {...edited} at={['visual', 'lineWidth']} label="Width of lines" placeholder="1.5" />
        <CheckAt {...edited} at={['visual', 'connectNulls']} label="Lines go on over gaps" />
      </div>
      <div className={styles.row}>
        <ChoiceAt {...edited} at={['legend', 'position']} label="Legend" options={positions} />
        <ChoiceAt {...edited} at={['legend', 'mode']} label="It says" options={[['list', 'Names'], ['table', 'Names and last values']]} fallback="list" />
      </div>
      <Thresholds {...edited} />
    </>
  )
}

function FigureFields({ kind, units, ...edited }: Edited & { kind: string; units: string }) {
  return (
    <>
      <div className={styles.row}>
        <TextAt {...edited} at={['format', 'unit']} label="Unit" list={units} />
        <NumberAt {...edited} at={['format', 'decimalPlaces']} label="Digits after the point" placeholder="as needed" />
        <ChoiceAt {...edited} at={['calculation']} label="Of several values" options={calculations} />
      </div>
      {kind === 'GaugeChart'
        ? <div className={styles.row}><NumberAt {...edited} at={['min']} label="From" placeholder="0" /><NumberAt {...edited} at={['max']} label="To" placeholder="100" /></div>
        : <div className={styles.row}><CheckAt {...edited} at={['sparkline', 'show']} label="How it went, below" fallback /><CheckAt {...edited} at={['comparison', 'show']} label="What it was in the range before" fallback /></div>}
      <Thresholds {...edited} />
    </>
  )
}

function Thresholds({ spec, onSpec }: Edited) {
  const steps = readAt(spec, ['thresholds', 'steps'])
  const list = Array.isArray(steps) ? (steps as Spec[]) : []
  return (
    <Several label="Thresholds" one="threshold" list={list} made={(): Spec => ({ value: 0, color: 'red' })} onList={(next) => onSpec(withAt(spec, ['thresholds', 'steps'], next.length === 0 ? undefined : next))}>
      {(step, change) => (
        <>
          <NumberAt spec={step} onSpec={change} at={['value']} label="From" />
          <Labelled label="Colour"><select value={String(step['color'] ?? 'red')} onChange={(event) => change({ ...step, color: event.target.value })}>{[...new Set([...colours, String(step['color'] ?? 'red')])].map((one) => <option key={one}>{one}</option>)}</select></Labelled>
          <TextAt spec={step} onSpec={change} at={['name']} label="Name" />
        </>
      )}
    </Several>
  )
}

/** Settings of a table's columns, by the names that the answer gives them. */
function ColumnFields({ spec, onSpec }: Edited) {
  const given = readAt(spec, ['columnSettings'])
  const list = useMemo(() => (typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given as Record<string, Spec>) : []), [given])
  return (
    <Several label="Columns" one="column" list={list} made={(): [string, Spec] => ['', {}]} onList={(next) => onSpec(withAt(spec, ['columnSettings'], next.length === 0 ? undefined : Object.fromEntries(next)))}>
      {([column, setting], change) => (
        <>
          <TextField label="Column" value={column} mono onValue={(name) => change([name, setting])} />
          <TextAt spec={setting} onSpec={(next) => change([column, next])} at={['name']} label="Header" />
          <TextAt spec={setting} onSpec={(next) => change([column, next])} at={['format', 'unit']} label="Unit" />
          <CheckAt spec={setting} onSpec={(next) => change([column, next])} at={['hidden']} label="Hidden" />
        </>
      )}
    </Several>
  )
}

function Links({ links, onLinks }: { links: readonly Link[]; onLinks: (links: Link[]) => void }) {
  return (
    <Several label="Links in the panel’s menu" one="link" list={links} made={() => ({ url: '', name: '' })} onList={onLinks}>
      {(link, change) => (
        <>
          <TextField label="Name" value={link.name ?? ''} onValue={(name) => change({ ...link, name })} />
          <TextField label="Address" value={link.url} placeholder="https://…" onValue={(url) => change({ ...link, url })} />
        </>
      )}
    </Several>
  )
}
