import { Check, ChevronRight, CircleX, Wrench } from 'lucide-react'
import type { Execution, Part } from '../api/conversation'
import { duration } from '../lib/time'
import { Code } from './Code'
import { useChat } from './context'
import { argsOf } from './tools'
import { SpanLink } from './SpanLink'
import { Value } from './Value'
import { Waited } from './Waited'
import styles from './Message.module.css'

/** A tool's call with what came of it. */
export function ToolCall({ part, name }: { part: Part; name: string }) {
  const run = part.execution
  return (
    <div className={styles.call} role="group" aria-label={`Call of ${part.name ?? 'a tool'}`}>
      <div className={styles.facts}>
        <Wrench size={13} />
        <b>{part.name || 'tool'}</b>
        {part.server_side && <span>run by the provider</span>}
        <Outcome run={run} />
      </div>
      {part.content_missing && part.args === undefined ? <p className={styles.none}>arguments: not recorded</p> : <Args part={part} name={`${name}/args`} />}
      {part.args_raw !== undefined && <p className={styles.bad}>The arguments are not valid JSON.</p>}
      {run && <Result run={run} name={`${name}/result`} />}
    </div>
  )
}

/** Arguments; what is code among them is shown as code. */
function Args({ part, name }: { part: Part; name: string }) {
  const args = argsOf(part)
  const code = part.code_arg !== undefined && args !== null && typeof args === 'object' ? (args as Record<string, unknown>)[part.code_arg] : undefined
  if (typeof code !== 'string') return <Value value={args ?? {}} name={name} />
  const rest = Object.fromEntries(Object.entries(args as object).filter(([key]) => key !== part.code_arg))
  return (
    <>
      {Object.keys(rest).length > 0 && <Value value={rest} name={name} />}
      <Code code={code} language={part.lang ?? ''} />
    </>
  )
}

/** How long it took, whether it went well, and where in the trace it is. A call by itself is not told what came of it. */
export function Outcome({ run }: { run: Execution | undefined }) {
  if (!run) return null
  const failed = run.is_error || run.error_type !== undefined
  return (
    <>
      {run.duration_seconds !== undefined && <span>{duration(run.duration_seconds * 1e6)}</span>}
      {run.running ? <span className={styles.waiting}>running<Waited since={run.start} /></span> : failed ? <CircleX size={13} className={styles.bad} aria-label="failed" /> : <Check size={13} className={styles.good} aria-label="done" />}
      {run.deferral && <span>{run.deferral === 'ApprovalRequired' ? 'waits for approval' : 'put off'}</span>}
      {run.span_id && <SpanLink span={run.span_id} />}
    </>
  )
}

export function Result({ run, name }: { run: Execution; name: string }) {
  const chat = useChat()
  return (
    <>
      {(run.error_type || run.error_message) && (
        <p className={styles.bad}>{run.error_type?.split('.').at(-1)}{run.stage && ` in ${run.stage}`}{run.error_message && `: ${run.error_message}`}</p>
      )}
      {run.result !== undefined && <div className={styles.result}><span className={styles.arrow}>→</span><div><Value value={run.result} name={name} /></div></div>}
      {run.agents?.map((span) => (
        <button key={span} type="button" className={styles.link} onClick={() => chat.showAgent(span)}><ChevronRight size={12} />what the agent said</button>
      ))}
    </>
  )
}
