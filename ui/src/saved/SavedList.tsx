import { Ellipsis, Users } from 'lucide-react'
import { useState, type FormEvent, type MouseEvent } from 'react'
import type { SavedSearch, SearchKind } from '../api/searches'
import { usePlace } from '../place'
import { Go } from '../ui/Go'
import { Action, Popover } from '../ui/Menu'
import { notify } from '../ui/notices'
import { ErrorBox, Loading } from '../ui/State'
import { hrefOf } from './saved'
import { useKeep, useSaved } from './useSaved'
import styles from './Saved.module.css'

interface Props {
  kind: SearchKind
  /** What is typed now, which a saved search can be made to hold. */
  query: string
  /** A search was chosen. The page may open it in its own way, and prevent that the link does. */
  onOpen: (search: SavedSearch, event: MouseEvent) => void
}

/** The saved searches of a page, to be opened, renamed, shared and deleted. */
export function SavedList(props: Props) {
  const saved = useSaved()
  const [text, setText] = useState('')
  if (saved.error) return <ErrorBox error={saved.error} onRetry={() => void saved.refetch()} />
  if (!saved.data) return <Loading lines={3} />
  const all = saved.data.filter(({ kind }) => kind === props.kind)
  const shown = all.filter(({ name, query }) => `${name} ${query}`.toLowerCase().includes(text.trim().toLowerCase()))
  return (
    <>
      {all.length > 8 && <input className={styles.find} type="search" value={text} placeholder="Find a saved search" aria-label="Find a saved search" onChange={(event) => setText(event.target.value)} />}
      {all.length === 0 && <p className={styles.none}>Nothing is saved yet.</p>}
      <ul className={styles.list}>{shown.map((search) => <Line key={search.id} search={search} {...props} />)}</ul>
    </>
  )
}

function Line({ search, query, onOpen }: Props & { search: SavedSearch }) {
  const place = usePlace()
  const [naming, setNaming] = useState(false)
  const by = search.mine ? '' : ` · by ${search.created_by_name}`
  if (naming) return <li><Rename search={search} onDone={() => setNaming(false)} /></li>
  return (
    <li className={styles.line}>
      <Go className={styles.open} href={hrefOf(place, search)} onClick={(event) => onOpen(search, event)} title={`${search.query}${by}`}>
        <span className={styles.name}>{search.name}{search.shared && <Users size={12} role="img" aria-label="shared" />}</span>
        <code>{search.query || 'everything'}</code>
      </Go>
      {search.may_change && <Menu search={search} query={query} onRename={() => setNaming(true)} />}
    </li>
  )
}

function Menu({ search, query, onRename }: { search: SavedSearch; query: string; onRename: () => void }) {
  const keep = useKeep()
  const change = (changes: Partial<SavedSearch>, said: string) => keep.mutate({ do: 'change', id: search.id, changes }, { onSuccess: () => notify(said), onError: (error) => notify(error.message, true) })
  const drop = () => keep.mutate({ do: 'delete', id: search.id }, { onSuccess: () => notify(`${search.name} is deleted`), onError: (error) => notify(error.message, true) })
  return (
    <Popover title={`Menu of ${search.name}`} align="end" className={styles.menu} label={<Ellipsis size={14} />}>
      {(close) => (
        <>
          <Action onChoose={() => { close(); onRename() }}>Rename</Action>
          <Action onChoose={() => { close(); change({ shared: !search.shared }, search.shared ? 'Only you see it now' : 'Everybody sees it now') }}>{search.shared ? 'Make it private' : 'Share it'}</Action>
          {query.trim() !== '' && query !== search.query && <Action onChoose={() => { close(); change({ query }, `${search.name} holds what you see`) }}>Replace it by what is typed now</Action>}
          <Action onChoose={() => { close(); drop() }}>Delete</Action>
        </>
      )}
    </Popover>
  )
}

function Rename({ search, onDone }: { search: SavedSearch; onDone: () => void }) {
  const keep = useKeep()
  const [name, setName] = useState(search.name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '' || name.trim() === search.name) return onDone()
    keep.mutate({ do: 'change', id: search.id, changes: { name: name.trim() } }, { onSuccess: onDone })
  }
  return (
    <form className={styles.rename} onSubmit={submit}>
      <input autoFocus value={name} maxLength={200} aria-label="Name of the search" onChange={(event) => setName(event.target.value)} onKeyDown={(event) => { if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); onDone() } }} />
      <button type="submit" disabled={keep.isPending}>Rename</button>
      {keep.error && <p role="alert">{keep.error.message}</p>}
    </form>
  )
}
