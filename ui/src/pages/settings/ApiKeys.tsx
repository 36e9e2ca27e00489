import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { apiKeys, createApiKey, fits, revokeApiKey, rotateApiKey, scopes, type ApiKey, type Scope } from '../../api/keys'
import type { ApiError } from '../../api/client'
import { usePlace } from '../../place'
import { Gate } from '../../shell/Gate'
import { useProjects } from '../../shell/projects'
import { Dialog } from '../../ui/Dialog'
import { ErrorBox, Loading } from '../../ui/State'
import { managing } from '../snippets'
import { Life, untilOf } from './Life'
import { Made } from './MadeToken'
import { Revoke } from './Revoke'
import { Rotate } from './Rotate'
import { Past, TokenTable } from './TokenTable'
import styles from './settings.module.css'

/** The API keys of the organisation. */
export function ApiKeys() {
  const { org } = usePlace()
  return (
    <>
      <p className={styles.lead}>
        An API key lets a program manage {org}, or one project of it, as far as its scopes go: over the REST API, with Terraform, or as a coding agent at <code>/mcp</code>.
      </p>
      <Gate><List /></Gate>
    </>
  )
}

function List() {
  const { org } = usePlace()
  const [dialog, setDialog] = useState<'new' | { do: 'rotate' | 'revoke'; token: ApiKey }>()
  const [past, setPast] = useState(false)
  const queryKey = ['api-keys', org]
  const list = useQuery<ApiKey[], ApiError>({ queryKey, queryFn: ({ signal }) => apiKeys(org, signal), staleTime: 0, retry: false })
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Loading />
  const active = list.data.filter((key) => key.active)
  const close = () => setDialog(undefined)
  return (
    <>
      <div className={styles.bar}>
        <button type="button" className={styles.primary} onClick={() => setDialog('new')}><Plus size={14} />New API key</button>
        <Past count={list.data.length - active.length} shown={past} onShow={setPast} />
      </div>
      <TokenTable
        tokens={past ? list.data : active} none="No API key works here." about={(key) => <Reach apiKey={key} />}
        onRotate={(token) => setDialog({ do: 'rotate', token })} onRevoke={(token) => setDialog({ do: 'revoke', token })}
      />
      {dialog === 'new' && <NewKey queryKey={queryKey} onClose={close} />}
      {typeof dialog === 'object' && dialog.do === 'rotate' && (
        <Rotate token={dialog.token} what="API key" snippets={managing} rotate={(rotation) => rotateApiKey(org, dialog.token.id, rotation)} queryKey={queryKey} onClose={close} />
      )}
      {typeof dialog === 'object' && dialog.do === 'revoke' && <Revoke token={dialog.token} revoke={() => revokeApiKey(org, dialog.token.id)} queryKey={queryKey} onClose={close} />}
    </>
  )
}

/** What a key opens. */
function Reach({ apiKey: { project_name: project, scopes: list } }: { apiKey: ApiKey }) {
  return (
    <details className={styles.reach}>
      <summary>{project ? `project ${project}` : 'all projects'} · {list.length} {list.length === 1 ? 'scope' : 'scopes'}</summary>
      <ul>{list.map((one) => <li key={one}><code>{one}</code></li>)}</ul>
    </details>
  )
}

/** Makes a key and shows it, once, with what to do with it. */
function NewKey({ queryKey, onClose }: { queryKey: string[]; onClose: () => void }) {
  const { org } = usePlace()
  const queries = useQueryClient()
  const projects = useProjects()
  const offered = useQuery<Scope[], ApiError>({ queryKey: ['scopes', org], queryFn: ({ signal }) => scopes(org, signal), retry: false })
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [project, setProject] = useState('')
  const [days, setDays] = useState(0)
  const [wanted, setWanted] = useState<ReadonlySet<string>>(new Set())
  const possible = (offered.data ?? []).filter((scope) => fits(scope, project !== ''))
  const chosen = possible.filter(({ scope }) => wanted.has(scope)).map(({ scope }) => scope)
  const make = useMutation<{ token: string }, ApiError>({
    mutationFn: () => createApiKey(org, { name: name.trim(), description: description.trim(), scopes: chosen, projectId: project || undefined, expiresAt: untilOf(days) }),
    onSuccess: () => queries.invalidateQueries({ queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  const toggle = (scope: string) => setWanted((old) => (old.has(scope) ? new Set([...old].filter((one) => one !== scope)) : new Set([...old, scope])))
  return (
    <Dialog label="New API key" onClose={onClose}>
      {(close) => (make.data ? <Made what="API key" token={make.data.token} snippets={managing} close={close} /> : (
        <form className={styles.form} onSubmit={submit}>
          <h2>New API key</h2>
          <label><span>Name</span><input autoFocus required maxLength={100} value={name} placeholder="terraform" onChange={(event) => setName(event.target.value)} /></label>
          <label><span>What it is for</span><input maxLength={200} value={description} onChange={(event) => setDescription(event.target.value)} /></label>
          <label>
            <span>It opens</span>
            <select value={project} onChange={(event) => setProject(event.target.value)}>
              <option value="">all of {org}</option>
              {projects.data?.filter((one) => one.organization_name === org).map((one) => <option key={one.id} value={one.id}>the project {one.project_name}</option>)}
            </select>
          </label>
          {offered.error && <ErrorBox error={offered.error} onRetry={() => void offered.refetch()} />}
          <Scopes legend="Projects" scopes={possible.filter((one) => !one.of_organization)} wanted={wanted} onToggle={toggle} />
          <Scopes legend="Organisation" scopes={possible.filter((one) => one.of_organization)} wanted={wanted} onToggle={toggle} />
          <Life label="It expires" none="Never" days={days} onChange={setDays} />
          {make.error && <ErrorBox error={make.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} onClick={close}>Cancel</button>
            <button type="submit" className={styles.primary} disabled={make.isPending || name.trim() === '' || chosen.length === 0}>Make the key</button>
          </div>
        </form>
      ))}
    </Dialog>
  )
}

function Scopes({ legend, scopes: list, wanted, onToggle }: { legend: string; scopes: Scope[]; wanted: ReadonlySet<string>; onToggle: (scope: string) => void }) {
  if (list.length === 0) return null
  return (
    <fieldset className={styles.scopes}>
      <legend>{legend}</legend>
      {list.map(({ scope, description }) => (
        <label key={scope}>
          <input type="checkbox" checked={wanted.has(scope)} onChange={() => onToggle(scope)} />
          <span><code>{scope}</code><small>{description}</small></span>
        </label>
      ))}
    </fieldset>
  )
}
