import type { Conversation } from '../api/conversation'
import { chatMode, ChatContext, type Chat } from './context'
import { useMemo, useState } from 'react'
import { isOn, isOpen, setOpen, unfolded } from './folds'
import { Fold } from './Fold'
import { plural } from './numbers'
import { parametersOf } from './schema'
import { Outcome, Result } from './ToolCall'
import { toolsOf, type Tool, type ToolCall } from './tools'
import { Value } from './Value'
import message from './Message.module.css'
import styles from './Sheets.module.css'

/** More calls than this are shown when somebody asks for them. */
const firstCalls = 20

/** What was said of tools stands in the conversation. */
const nothingSaid: ReadonlyMap<string, number> = new Map()

/** The tools that a model could call, and what came of it. */
export function Tools({ talk, onSelect }: { talk: Conversation; onSelect: (span: string) => void }) {
  const mode = chatMode.use()
  const [folds, setFolds] = useState(unfolded)
  const chat = useMemo<Chat>(() => ({
    mode, isOpen: (key, byDefault) => isOpen(folds, key, byDefault), isOn: (key, byDefault) => isOn(folds, key, byDefault),
    toggle: (key, now) => setFolds((old) => setOpen(old, [key], !now)), selectSpan: onSelect, showAgent: onSelect, annotations: nothingSaid, showAnnotations: onSelect,
  }), [mode, folds, onSelect])
  return <ChatContext value={chat}><div className={styles.sheet}><ToolsOf talk={talk} /></div></ChatContext>
}

function ToolsOf({ talk }: { talk: Conversation }) {
  return (
    <>
      {toolsOf(talk).map((tool, i) => <ToolView key={i} tool={tool} />)}
      {talk.agents.filter((agent) => agent.tools.length > 0).map((agent, i) => (
        <section key={agent.span_id ?? i} className={styles.nested} aria-label={`Tools of ${agent.agent?.name ?? 'an agent'}`}>
          <h3>Tools of {agent.agent?.name ?? 'an agent'}</h3>
          <ToolsOf talk={agent} />
        </section>
      ))}
    </>
  )
}

function ToolView({ tool }: { tool: Tool }) {
  const [all, setAll] = useState(false)
  const shown = all ? tool.made : tool.made.slice(0, firstCalls)
  return (
    <article className={styles.tool} aria-label={`Tool ${tool.name ?? ''}`}>
      <header className={message.facts}>
        <b className={tool.unknown ? message.bad : undefined}>{tool.name || 'tool'}</b>
        {tool.type && tool.type !== 'function' && <span>{tool.type}</span>}
        {tool.unknown && <span className={message.bad}>was not offered to the model</span>}
        {tool.calls === 0 ? <span>never called</span> : <span>{plural(tool.calls, 'call')}</span>}
        {tool.errors > 0 && <span className={message.bad}>{plural(tool.errors, 'error')}</span>}
      </header>
      {tool.description && <p className={styles.description}>{tool.description}</p>}
      <Parameters schema={tool.schema} />
      {shown.map((call, i) => <CallView key={i} call={call} name={`${tool.name}/${i}`} />)}
      {shown.length < tool.made.length && <Fold open={false} onToggle={() => setAll(true)}>all {tool.made.length} calls</Fold>}
    </article>
  )
}

function Parameters({ schema }: { schema: unknown }) {
  const parameters = useMemo(() => parametersOf(schema), [schema])
  if (parameters.length === 0) return null
  return (
    <table className={styles.table}>
      <thead><tr><th scope="col">Parameter</th><th scope="col">Type</th><th scope="col">Description</th></tr></thead>
      <tbody>
        {parameters.map((parameter) => (
          <tr key={parameter.name}>
            <th scope="row" style={{ paddingLeft: 8 + parameter.depth * 14 }}>{parameter.name}{parameter.required && <span className={styles.required} title="required">*</span>}</th>
            <td className={styles.type}>{parameter.type}</td>
            <td>{parameter.description}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function CallView({ call, name }: { call: ToolCall; name: string }) {
  return (
    <div className={message.call}>
      <div className={message.facts}><Value value={call.args ?? {}} name={`${name}/args`} /><Outcome run={call.run} /></div>
      {call.run && <Result run={call.run} name={`${name}/result`} />}
    </div>
  )
}
