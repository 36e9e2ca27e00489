import { ChevronDown, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Popover } from '../ui/Menu'
import type { State } from './data'
import { choiceWords, everything, isShown, labelOf, writeValue, type Option, type Value } from './variables'
import styles from './boards.module.css'

/** From so many options on, one types to find one. */
const manyOptions = 10

/** A control for each variable. */
export function VariablesBar({ states, onChoose }: { states: readonly State[]; onChoose: (name: string, text: string | undefined) => void }) {
  const shown = states.filter(({ variable }) => isShown(variable))
  return shown.map((state) => <Control key={state.variable.spec.name} state={state} onChoose={(value) => onChoose(state.variable.spec.name, writeValue(value))} />)
}

function Control({ state, onChoose }: { state: State; onChoose: (value: Value) => void }) {
  const { variable, options, value, error } = state
  const label = labelOf(variable)
  if (variable.kind !== 'ListVariable') return <Text key={String(value)} label={label} value={String(value)} onChoose={onChoose} />
  return (
    <Popover
      kind="dialog" title={label} className={styles.variable} layerClassName={styles.options}
      label={<><span>{label}</span><b>{state.loading ? '…' : choiceWords(value, options)}</b>{error && <span className={styles.bad} title={error.message}><TriangleAlert size={12} /></span>}<ChevronDown size={12} /></>}
    >
      {(close) => <Options label={label} options={options} value={value} multiple={variable.spec.allowMultiple === true} all={variable.spec.allowAllValue === true} error={error?.message} onChoose={(next) => { if (!variable.spec.allowMultiple) close(); onChoose(next) }} />}
    </Popover>
  )
}

function Text({ label, value, onChoose }: { label: string; value: string; onChoose: (value: Value) => void }) {
  const [text, setText] = useState(value)
  return (
    <label className={styles.variable}>
      <span>{label}</span>
      <input value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} onBlur={() => text !== value && onChoose(text)} onKeyDown={(event) => event.key === 'Enter' && onChoose(text)} />
    </label>
  )
}

interface OptionsProps {
  label: string
  options: readonly Option[]
  value: Value
  multiple: boolean
  all: boolean
  error: string | undefined
  onChoose: (value: Value) => void
}

function Options({ label, options, value, multiple, all, error, onChoose }: OptionsProps) {
  const [typed, setTyped] = useState('')
  const chosen = typeof value === 'string' ? [value] : value
  const missing = chosen.filter((one) => one !== everything && one !== '' && !options.some((option) => option.value === one)).map((one) => ({ value: one, label: one }))
  const found = [...missing, ...options].filter((option) => option.label.toLowerCase().includes(typed.trim().toLowerCase()))
  const toggle = (one: string) => {
    if (!multiple) return onChoose(one)
    const now = value === everything ? [] : chosen
    const next = now.includes(one) ? now.filter((other) => other !== one) : [...now, one]
    onChoose(next.length === 0 && all ? everything : next)
  }
  const kind = multiple ? 'checkbox' : 'radio'
  return (
    <>
      {options.length > manyOptions && <input className={styles.find} type="search" value={typed} placeholder="Find" aria-label={`Find ${label}`} onChange={(event) => setTyped(event.target.value)} />}
      {error && <p className={styles.menuNote} role="alert">{error}</p>}
      <div role="group" aria-label={label} className={styles.optionList}>
        {all && typed === '' && <label><input type={kind} name={label} checked={value === everything} onChange={() => onChoose(everything)} />All</label>}
        {found.map((option) => <label key={option.value}><input type={kind} name={label} checked={value !== everything && chosen.includes(option.value)} onChange={() => toggle(option.value)} /><span title={option.value}>{option.label}</span></label>)}
      </div>
      {found.length === 0 && !error && <p className={styles.menuNote}>Nothing to choose.</p>}
    </>
  )
}
