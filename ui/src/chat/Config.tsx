import type { ReactNode } from 'react'
import type { Conversation } from '../api/conversation'
import { Entry } from '../ui/Json'
import styles from './Sheets.module.css'

/** How the model was called. */
export function Config({ talk }: { talk: Conversation }) {
  const server = talk.server_address && `${talk.server_address}${talk.server_port ? `:${talk.server_port}` : ''}`
  return (
    <div className={styles.sheet}>
      <Section
        title="Model"
        entries={{ provider: talk.providers.join(', '), model: talk.models.join(', '), server, streaming: talk.stream, 'told by': talk.dialects?.join(', ') }}
      />
      <Section title="Settings" entries={talk.params ?? {}} none="No settings were recorded." />
      <Section title="Answer" entries={{ 'tool choice': talk.tool_choice, type: talk.output_type, schema: talk.output_schema }} />
      <Section title="Agent" entries={{ name: talk.agent?.name, id: talk.agent?.id, version: talk.agent?.version, description: talk.agent?.description, workflow: talk.workflow_name }} />
      <Section title="Prompt" entries={{ name: talk.prompt_name, version: talk.prompt_version }} />
      <Section title="Ids" entries={{ conversation: talk.conversation_id, session: talk.session_id, user: talk.user_id, run: talk.run_id }} />
      <Section title="Metadata" entries={{ tags: talk.tags, ...talk.metadata }} />
    </div>
  )
}

function Section({ title, entries, none }: { title: string; entries: Record<string, unknown>; none?: string }): ReactNode {
  const told = Object.entries(entries).filter(([, value]) => value !== undefined && value !== '')
  if (told.length === 0 && none === undefined) return null
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {told.map(([name, value]) => <Entry key={name} name={name} value={value} />)}
      {told.length === 0 && <p className={styles.description}>{none}</p>}
    </section>
  )
}
