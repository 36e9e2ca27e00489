import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react'
import boards from '../../boards/boards.module.css'
import type { ListVariable, Variable } from '../../boards/definition'
import { listed, optionsQuery } from '../../boards/variables'
import { Check, Labelled, TextField } from './form'
import styles from './editor.module.css'

type Kind = 'text' | 'list' | 'sql'

const kindNames: [Kind, string][] = [['text', 'Text'], ['list', 'List'], ['sql', 'List from SQL']]

function kindOf(variable: Variable): Kind {
  return variable.kind === 'TextVariable' ? 'text' : optionsQuery(variable) === undefined ? 'list' : 'sql'
}

/** The same variable of another kind; what both have stays. */
function turned({ spec: { name, display } }: Variable, kind: Kind): Variable {
  const shared = { name, ...(display ? { display } : {}) }
  if (kind === 'text') return { kind: 'TextVariable', spec: { ...shared, value: '' } }
  const plugin = kind === 'list' ? { kind: 'StaticListVariable', spec: { values: [] } } : { kind: 'LogfireQueryVariable', spec: { query: 'SELECT DISTINCT service_name FROM records ORDER BY 1' } }
  return { kind: 'ListVariable', spec: { ...shared, allowMultiple: true, allowAllValue: true, plugin } }
}

/** The variables of a dashboard or of a panel. */
export function VariablesEditor({ variables, onChange }: { variables: readonly Variable[]; onChange: (variables: Variable[]) => void }) {
  const names = new Set(variables.map((one) => one.spec.name))
  const free = () => {
    for (let n = 1; ; n++) if (!names.has(`variable${n}`)) return `variable${n}`
  }
  const swap = (i: number, j: number) => onChange(variables.map((one, at) => (at === i ? variables[j]! : at === j ? variables[i]! : one)))
  return (
    <div className={styles.variables}>
      <p className={styles.help}>A statement reads a variable as <code>$name</code>; one that takes several is a list: <code>service_name = ANY($name)</code>.</p>
      {variables.map((variable, i) => (
        <fieldset key={i} className={styles.variableBox}>
          <legend>${variable.spec.name}</legend>
          <span className={styles.order}>
            <button type="button" className={boards.tool} title={`Move ${variable.spec.name} up`} disabled={i === 0} onClick={() => swap(i, i - 1)}><ArrowUp size={13} /></button>
            <button type="button" className={boards.tool} title={`Move ${variable.spec.name} down`} disabled={i === variables.length - 1} onClick={() => swap(i, i + 1)}><ArrowDown size={13} /></button>
            <button type="button" className={boards.tool} title={`Delete ${variable.spec.name}`} onClick={() => onChange(variables.filter((_, at) => at !== i))}><Trash2 size={13} /></button>
          </span>
          <One variable={variable} onChange={(next) => onChange(variables.map((one, at) => (at === i ? next : one)))} />
        </fieldset>
      ))}
      <button type="button" className={boards.button} onClick={() => onChange([...variables, turned({ kind: 'TextVariable', spec: { name: free(), value: '' } }, 'list')])}><Plus size={13} />Add variable</button>
    </div>
  )
}

function One({ variable, onChange }: { variable: Variable; onChange: (variable: Variable) => void }) {
  const kind = kindOf(variable)
  const spec = (changes: object) => onChange({ ...variable, spec: { ...variable.spec, ...changes } } as Variable)
  return (
    <>
      <Labelled label="Kind"><select value={kind} onChange={(event) => onChange(turned(variable, event.target.value as Kind))}>{kindNames.map(([key, name]) => <option key={key} value={key}>{name}</option>)}</select></Labelled>
      <TextField label="Name" value={variable.spec.name} mono onValue={(name) => spec({ name: name.trim().replace(/\W/g, '_') })} />
      <TextField label="Label" value={variable.spec.display?.name ?? ''} placeholder={variable.spec.name} onValue={(name) => spec({ display: { ...variable.spec.display, name } })} />
      {variable.kind === 'TextVariable'
        ? (
          <>
            <TextField label="Value" value={variable.spec.value} onValue={(value) => spec({ value })} />
            <Check label="Nobody can change it" checked={variable.spec.constant === true} onCheck={(constant) => spec({ constant })} />
          </>
        )
        : <ListFields variable={variable} kind={kind} spec={spec} />}
      <Check label="Hidden above the panels" checked={variable.spec.display?.hidden === true} onCheck={(hidden) => spec({ display: { ...variable.spec.display, hidden } })} />
    </>
  )
}

function ListFields({ variable, kind, spec }: { variable: ListVariable; kind: Kind; spec: (changes: object) => void }) {
  const { plugin, defaultValue, allowMultiple, allowAllValue, customAllValue } = variable.spec
  const lines = listed(variable).map((option) => (option.label === option.value ? option.value : `${option.value} = ${option.label}`)).join('\n')
  const read = (text: string) => text.split('\n').map((line) => line.trim()).filter((line) => line !== '').map((line) => {
    const [value = '', label] = line.split(/ = /)
    return label === undefined ? value : { value, label }
  })
  return (
    <>
      {kind === 'sql'
        ? <Area label="SQL; its first column are the options" value={optionsQuery(variable) ?? ''} onValue={(query) => spec({ plugin: { ...plugin, spec: { ...plugin.spec, query } } })} />
        : <Area label="Options, one on each line; value = label" value={lines} onValue={(text) => spec({ plugin: { ...plugin, spec: { ...plugin.spec, values: read(text) } } })} />}
      <TextField label="Chosen at first" value={Array.isArray(defaultValue) ? defaultValue.join(', ') : (defaultValue ?? '')} placeholder={allowAllValue ? 'all' : 'the first'} onValue={(text) => spec({ defaultValue: allowMultiple && text.includes(',') ? text.split(',').map((one) => one.trim()) : text })} />
      <Check label="Several at once" checked={allowMultiple === true} onCheck={(on) => spec({ allowMultiple: on })} />
      <Check label="All is a choice" checked={allowAllValue === true} onCheck={(on) => spec({ allowAllValue: on })} />
      {allowAllValue && <TextField label="All is sent as" value={customAllValue ?? ''} placeholder="each of the options" onValue={(text) => spec({ customAllValue: text || undefined })} />}
    </>
  )
}

function Area({ label, value, onValue }: { label: string; value: string; onValue: (text: string) => void }) {
  return <Labelled label={label}><textarea key={value} rows={3} data-mono defaultValue={value} spellCheck={false} onBlur={(event) => event.target.value !== value && onValue(event.target.value)} /></Labelled>
}
