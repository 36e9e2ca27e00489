import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import type { ApiError } from '../../api/client'
import type { Rotation, Token } from '../../api/manage'
import { Dialog } from '../../ui/Dialog'
import { ErrorBox } from '../../ui/State'
import type { Snippet } from '../snippets'
import { Life, untilOf } from './Life'
import { Made } from './MadeToken'
import { nameOf } from './TokenTable'
import styles from './settings.module.css'

const waits: [string, number][] = [['no more', 0], ['for an hour', 1], ['for a day', 24], ['for 7 days', 168], ['for 30 days', 720]]

interface Props {
  token: Token
  /** What it is, such as write token. */
  what: string
  snippets: Snippet[]
  rotate: (rotation: Rotation) => Promise<{ token: string }>
  /** Of the list that then changes. */
  queryKey: string[]
  onClose: () => void
}

/** Makes a token that takes the place of another and shows it, once. */
export function Rotate({ token, what, snippets, rotate: next, queryKey, onClose }: Props) {
  const queries = useQueryClient()
  const [hours, setHours] = useState(24)
  const [days, setDays] = useState(0)
  const rotate = useMutation<{ token: string }, ApiError>({
    mutationFn: () => next({ keepOldHours: hours, expiresAt: untilOf(days) }),
    onSuccess: () => queries.invalidateQueries({ queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rotate.mutate()
  }
  const name = nameOf(token)
  const words = waits.find(([, n]) => n === hours)![0]
  return (
    <Dialog label={`Rotate a ${what}`} onClose={onClose}>
      {(close) => (rotate.data ? <Made what={what} token={rotate.data.token} snippets={snippets} more={hours === 0 ? 'The old one works no more.' : `The old one works ${words}.`} close={close} /> : (
        <form className={styles.form} onSubmit={submit}>
          <h2>Rotate {name}</h2>
          <p>A new {what} takes its place, with the same name. The old one goes on working while you hand out the new one.</p>
          <label>
            <span>The old one works</span>
            <select autoFocus value={hours} onChange={(event) => setHours(Number(event.target.value))}>{waits.map(([label, n]) => <option key={n} value={n}>{label}</option>)}</select>
          </label>
          <Life label="The new one expires" none={token.expires_at ? 'After as long as the old one had' : 'Never'} days={days} onChange={setDays} />
          {rotate.error && <ErrorBox error={rotate.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} onClick={close}>Cancel</button>
            <button type="submit" className={styles.primary} disabled={rotate.isPending}>Make the new one</button>
          </div>
        </form>
      ))}
    </Dialog>
  )
}
