import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import type { ApiError } from '../../api/client'
import { createToken, revokeToken, rotateToken, tokens, type Token, type TokenKind } from '../../api/manage'
import { Gate } from '../../shell/Gate'
import { useProject } from '../../shell/projects'
import { Dialog } from '../../ui/Dialog'
import { ErrorBox, Loading } from '../../ui/State'
import { reading, sending, type Snippet } from '../snippets'
import { Life, untilOf } from './Life'
import { Made } from './MadeToken'
import { Revoke } from './Revoke'
import { Rotate } from './Rotate'
import { Past, TokenTable } from './TokenTable'
import styles from './settings.module.css'

const snippetsOf: Record<TokenKind, Snippet[]> = { write: sending.filter(({ name }) => ['Python', 'Go', 'OpenTelemetry', 'curl'].includes(name)), read: reading }

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
  const [dialog, setDialog] = useState<'new' | { do: 'rotate' | 'revoke'; token: Token }>()
  const [past, setPast] = useState(false)
  const queryKey = ['tokens', project, kind]
  const list = useQuery<Token[], ApiError>({ queryKey, queryFn: ({ signal }) => tokens(project, kind, signal), staleTime: 0, retry: false })
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Loading />
  const active = list.data.filter((token) => token.active)
  const close = () => setDialog(undefined)
  return (
    <>
      <div className={styles.bar}>
        <button type="button" className={styles.primary} onClick={() => setDialog('new')}><Plus size={14} />New {kind} token</button>
        <Past count={list.data.length - active.length} shown={past} onShow={setPast} />
      </div>
      <TokenTable
        tokens={past ? list.data : active} none={`No ${kind} token works in this project.`}
        onRotate={(token) => setDialog({ do: 'rotate', token })} onRevoke={(token) => setDialog({ do: 'revoke', token })}
      />
      {dialog === 'new' && <NewToken project={project} kind={kind} queryKey={queryKey} onClose={close} />}
      {typeof dialog === 'object' && dialog.do === 'rotate' && (
        <Rotate token={dialog.token} what={`${kind} token`} snippets={snippetsOf[kind]} rotate={(rotation) => rotateToken(project, kind, dialog.token.id, rotation)} queryKey={queryKey} onClose={close} />
      )}
      {typeof dialog === 'object' && dialog.do === 'revoke' && <Revoke token={dialog.token} revoke={() => revokeToken(project, kind, dialog.token.id)} queryKey={queryKey} onClose={close} />}
    </>
  )
}

/** Makes a token and shows it, once, with what to do with it. */
function NewToken({ project, kind, queryKey, onClose }: { project: string; kind: TokenKind; queryKey: string[]; onClose: () => void }) {
  const queries = useQueryClient()
  const [description, setDescription] = useState('')
  const [days, setDays] = useState(0)
  const make = useMutation<{ token: string }, ApiError>({
    mutationFn: () => createToken(project, kind, description.trim(), untilOf(days)),
    onSuccess: () => queries.invalidateQueries({ queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <Dialog label={`New ${kind} token`} onClose={onClose}>
      {(close) => (make.data ? <Made what={`${kind} token`} token={make.data.token} snippets={snippetsOf[kind]} close={close} /> : (
        <form className={styles.form} onSubmit={submit}>
          <h2>New {kind} token</h2>
          <label><span>What it is for</span><input autoFocus maxLength={200} value={description} placeholder={kind === 'write' ? 'shop in production' : 'notebooks of Ana'} onChange={(event) => setDescription(event.target.value)} /></label>
          <Life label="It expires" none="Never" days={days} onChange={setDays} />
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
