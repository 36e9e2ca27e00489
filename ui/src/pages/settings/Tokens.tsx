import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import type { ApiError } from '../../api/client'
import { createToken, revokeToken, tokens, type Token, type TokenKind } from '../../api/manage'
import { formatUTC, now } from '../../lib/time'
import { useZone } from '../../place'
import { Gate } from '../../shell/Gate'
import { useProject } from '../../shell/projects'
import { Copy } from '../../ui/Copy'
import { Dialog } from '../../ui/Dialog'
import { Moment } from '../../ui/Moment'
import { notify } from '../../ui/notices'
import { ErrorBox, Loading } from '../../ui/State'
import { Snippets } from '../Snippets'
import { reading, sending } from '../snippets'
import styles from './settings.module.css'

export function WriteTokens() {
  return <Tokens kind="write" lead="A write token lets a program send telemetry to this project." />
}

export function ReadTokens() {
  return <Tokens kind="read" lead="A read token lets a program, or a person's browser, read everything in this project." />
}

function Tokens({ kind, lead }: { kind: TokenKind; lead: string }) {
  return (
    <>
      <p className={styles.lead}>{lead}</p>
      <Gate><TokensOfProject kind={kind} /></Gate>
    </>
  )
}

function TokensOfProject({ kind }: { kind: TokenKind }) {
  const { list, project } = useProject()
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  return project ? <TokenList project={project.id} kind={kind} /> : <Loading />
}

function TokenList({ project, kind }: { project: string; kind: TokenKind }) {
  const [dialog, setDialog] = useState<'new' | Token>()
  const [past, setPast] = useState(false)
  const list = useQuery<Token[], ApiError>({ queryKey: ['tokens', project, kind], queryFn: ({ signal }) => tokens(project, kind, signal), staleTime: 0, retry: false })
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Loading />
  const active = list.data.filter((token) => token.active)
  const gone = list.data.length - active.length
  return (
    <>
      <div className={styles.bar}>
        <button type="button" className={styles.primary} onClick={() => setDialog('new')}><Plus size={14} />New {kind} token</button>
        <Past count={gone} shown={past} onShow={setPast} />
      </div>
      <TokenTable tokens={past ? list.data : active} onRevoke={setDialog} none={`No ${kind} token works in this project.`} />
      {dialog === 'new' && <NewToken project={project} kind={kind} onClose={() => setDialog(undefined)} />}
      {dialog && dialog !== 'new' && <Revoke token={dialog} revoke={() => revokeToken(project, kind, dialog.id)} queryKey={['tokens', project, kind]} onClose={() => setDialog(undefined)} />}
    </>
  )
}

/** Shows, or does not, the tokens that no longer work. */
export function Past({ count, shown, onShow }: { count: number; shown: boolean; onShow: (shown: boolean) => void }) {
  if (count === 0) return null
  return <label className={styles.check}><input type="checkbox" checked={shown} onChange={() => onShow(!shown)} />Show {count} that no longer {count === 1 ? 'works' : 'work'}</label>
}

/** Tokens, with what they are called by and when they work. none: what to say where there are none. */
export function TokenTable<T extends Token>({ tokens: list, none, onRevoke }: { tokens: T[]; none: string; onRevoke: (token: T) => void }) {
  const zone = useZone()
  if (list.length === 0) return <p className={styles.none}>{none}</p>
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Tokens">
      <table className={styles.table}>
        <thead><tr><th>Description</th><th>Token</th><th>Made</th><th>Last used</th><th>Expires</th><th><span className="unseen">Revoke</span></th></tr></thead>
        <tbody>
          {list.map((token) => (
            <tr key={token.id} data-past={!token.active}>
              <td className={styles.grow}>{token.description ?? <span className={styles.dim}>none</span>}</td>
              <td><code>{token.token_prefix}…</code></td>
              <td><Moment at={token.created_at} zone={zone} /></td>
              <td>{token.last_used_at ? <Moment at={token.last_used_at} zone={zone} relative /> : <span className={styles.dim}>never</span>}</td>
              <td>{token.revoked_at ? <>revoked <Moment at={token.revoked_at} zone={zone} /></> : token.expires_at ? <Moment at={token.expires_at} zone={zone} /> : <span className={styles.dim}>never</span>}</td>
              <td>{token.active && <button type="button" className={styles.button} aria-label={`Revoke ${token.description ?? token.token_prefix}`} onClick={() => onRevoke(token)}>Revoke …</button>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const lives: [string, number][] = [['Never', 0], ['In 7 days', 7], ['In 30 days', 30], ['In 90 days', 90], ['In a year', 365]]

/** Makes a token and shows it, once, with what to do with it. */
function NewToken({ project, kind, onClose }: { project: string; kind: TokenKind; onClose: () => void }) {
  const queries = useQueryClient()
  const [description, setDescription] = useState('')
  const [days, setDays] = useState(0)
  const make = useMutation<{ token: string }, ApiError>({
    mutationFn: () => createToken(project, kind, description.trim(), days === 0 ? undefined : formatUTC(now() + days * 86_400_000_000)),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens', project, kind] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <Dialog label={`New ${kind} token`} onClose={onClose}>
      {(close) => (make.data ? <MadeToken kind={kind} token={make.data.token} close={close} /> : (
        <form className={styles.form} onSubmit={submit}>
          <h2>New {kind} token</h2>
          <label><span>What it is for</span><input autoFocus maxLength={200} value={description} placeholder={kind === 'write' ? 'shop in production' : 'notebooks of Ana'} onChange={(event) => setDescription(event.target.value)} /></label>
          <label><span>It expires</span><select value={days} onChange={(event) => setDays(Number(event.target.value))}>{lives.map(([label, n]) => <option key={n} value={n}>{label}</option>)}</select></label>
          {make.error && <ErrorBox error={make.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} onClick={close}>Cancel</button>
            <button type="submit" className={styles.primary} disabled={make.isPending}>Make the token</button>
          </div>
        </form>
      ))}
    </Dialog>
  )
}

function MadeToken({ kind, token, close }: { kind: TokenKind; token: string; close: () => void }) {
  return (
    <div className={styles.form}>
      <h2>The new {kind} token</h2>
      <p>It is shown this once. Hearth keeps only what it needs to know it again.</p>
      <div className={styles.secret}><code aria-label="Token">{token}</code><Copy text={token} label="Copy" title="Copy the token" /></div>
      <Snippets label="How to use it" snippets={kind === 'write' ? sending.filter(({ name }) => ['Python', 'OpenTelemetry', 'curl'].includes(name)) : reading} token={token} />
      <div className={styles.actions}><button type="button" className={styles.primary} onClick={close}>Done</button></div>
    </div>
  )
}

/** Asks whether a token shall stop working; queryKey is of the list that then changes. */
export function Revoke({ token, revoke: end, queryKey, onClose }: { token: Token; revoke: () => Promise<void>; queryKey: string[]; onClose: () => void }) {
  const queries = useQueryClient()
  const zone = useZone()
  const name = token.description ?? `${token.token_prefix}…`
  const revoke = useMutation<void, ApiError>({
    mutationFn: end,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey })
      notify(`${name} is revoked`)
    },
  })
  return (
    <Dialog label="Revoke a token" onClose={onClose}>
      {(close) => (
        <div className={styles.form}>
          <h2>Revoke {name}?</h2>
          <p>
            Who uses it is refused from now on, for good.{' '}
            {token.last_used_at ? <>It was last used <Moment at={token.last_used_at} zone={zone} relative />.</> : 'It was never used.'}
          </p>
          {revoke.error && <ErrorBox error={revoke.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} autoFocus onClick={close}>Keep it</button>
            <button type="button" className={styles.danger} disabled={revoke.isPending} onClick={() => revoke.mutate(undefined, { onSuccess: close })}>Revoke it</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
