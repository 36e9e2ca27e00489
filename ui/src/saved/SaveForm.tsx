import { useState, type FormEvent } from 'react'
import type { SearchKind } from '../api/searches'
import { notify } from '../ui/notices'
import { ErrorBox } from '../ui/State'
import { addressOf, nameOf } from './saved'
import { useKeep } from './useSaved'
import styles from './Saved.module.css'

/** Keeps what is typed, with what else the address holds. */
export function SaveForm({ kind, query, search, onSaved }: { kind: SearchKind; query: string; search: object; onSaved: () => void }) {
  const keep = useKeep()
  const [name, setName] = useState(() => nameOf(query))
  const [shared, setShared] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const draft = { name: name.trim(), kind, query, shared, address: addressOf(kind, search) }
    keep.mutate({ do: 'create', draft }, { onSuccess: () => { notify(`${draft.name} is saved`); onSaved() } })
  }
  return (
    <form className={styles.save} onSubmit={submit}>
      <label><span>Name</span><input value={name} maxLength={200} required onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} /></label>
      <code className={styles.query}>{query}</code>
      <div className={styles.how}>
        <label className={styles.check}><input type="checkbox" checked={shared} onChange={() => setShared(!shared)} />Everybody in this project sees it</label>
        <button type="submit" className={styles.primary} disabled={keep.isPending || name.trim() === ''}>Save</button>
      </div>
      {keep.error && <ErrorBox error={keep.error} />}
    </form>
  )
}
