import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { Search, X } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState, type ComponentType, type KeyboardEvent } from 'react'
import { flushSync } from 'react-dom'
import { ApiError, query } from '../api/client'
import { now, range } from '../lib/time'
import { useChange, usePlace } from '../place'
import type { LiveSearch } from '../search'
import type { EditorHandle, EditorProps, Problem } from '../sql/Editor'
import { filterOf } from '../sql/filter'
import { Recent } from '../sql/kept'
import { useCatalogue, useCompletion, type Scope } from '../sql/known'
import { placeOf } from '../sql/parameters'
import { isMistake, wordsOf } from '../sql/problem'
import styles from './SearchBox.module.css'

/** What was searched for in this browser, in any project: ↑ on an empty box brings it back. */
export const searches = new Recent<{ text: string }>('hearth.searches', 100)
const condition = { statement: false, table: 'records_all' } as const

/**
 * Takes plain words or a SQL condition; says which it was, and what was wrong with it. Its editor is large: it is loaded when
 * it is needed, or when the page is ready with what comes first.
 */
export function SearchBox({ q, error, ready }: { q: string; error: ApiError | undefined; ready: boolean }) {
  const search = useSearch({ from: '/$org/$project' })
  const change = useChange()
  const { project } = usePlace()
  const [text, setText] = useState(q)
  useEffect(() => setText(q), [q])
  const filter = useMemo(() => filterOf(text), [text])
  const editor = useRef<EditorHandle>(null)
  const [used, setUsed] = useState(false)
  const failed = error !== undefined && isMistake(error) && text === q ? error : undefined
  const problem = useProblem(project, filter.plain ? '' : filter.condition, failed, text)

  const run = (value: string) => {
    if (value.trim() !== '') searches.add({ text: value.trim() })
    change({ q: value.trim() || undefined })
  }
  const clear = () => {
    setText('')
    run('')
  }
  const openChip = () => {
    setText(filter.condition)
    editor.current?.focus()
  }
  const words = failed && wordsOf(failed)
  return (
    <div className={styles.search}>
      <div className={`${styles.box} ${failed ? styles.boxWrong : ''}`} onFocus={() => setUsed(true)}>
        <Search size={15} />
        <Input text={text} setText={setText} run={run} problem={problem} wrong={failed !== undefined} search={search} project={project} used={used} needed={ready || used} editor={editor} />
        {filter.plain && <button type="button" className={styles.made} title="What is asked; click to write it as SQL" onClick={openChip}><code>{filter.condition}</code></button>}
        {text ? <button type="button" className={styles.clear} title="Clear" onClick={clear}><X size={14} /></button> : <kbd>/</kbd>}
      </div>
      {words && <div id="search-error" role="alert" className={styles.wrong}>{words.message}{words.hint && <span> — {words.hint}</span>}</div>}
    </div>
  )
}

/**
 * Where in the box the mistake is. The page asks with statements of its own around the condition; this one is asked with
 * known words before it.
 */
function useProblem(project: string, asked: string, failed: ApiError | undefined, text: string): Problem | undefined {
  const before = 'SELECT 1 FROM records_all WHERE ('
  const check = useQuery<ApiError | null>({
    queryKey: ['mistake', project, asked], enabled: failed !== undefined && asked !== '', retry: false, staleTime: Infinity,
    queryFn: ({ signal }) => query({ project, sql: `${before}${asked}\n)`, since: now(), limit: 1, signal }).then(() => null, (error: unknown) => (error instanceof ApiError ? error : null)),
  })
  const found = check.data
  return useMemo(() => {
    if (!failed || !found || found.position === undefined) return undefined
    const place = placeOf(before + asked, found.position) - before.length
    return { place: Math.max(0, place) + (text.length - text.trimStart().length), ...wordsOf(found) }
  }, [failed, found, asked, text])
}

interface InputProps {
  text: string
  setText: (text: string) => void
  run: (text: string) => void
  problem: Problem | undefined
  wrong: boolean
  search: LiveSearch
  project: string
  /** The box has had the focus: before that nothing is asked for its sake. */
  used: boolean
  needed: boolean
  editor: React.RefObject<EditorHandle | null>
}

const hint = "Words of a message, or SQL: level >= 'error' AND service_name = 'api'"

// Once it is here, a box begins with it.
let known: ComponentType<EditorProps> | undefined

interface Loaded {
  Editor: ComponentType<EditorProps>
  focus: boolean
  selected: EditorProps['selected']
}

/** A plain text box until the editor has been loaded, which takes its place, its text, what is selected in it, and its focus. */
function Input(props: InputProps) {
  const { text, setText, run, needed } = props
  const box = useRef<HTMLTextAreaElement>(null)
  const [loaded, setLoaded] = useState<Loaded | undefined>(known && { Editor: known, focus: false, selected: undefined })
  useEffect(() => {
    if (known || !needed) return
    let gone = false
    const load = async () => {
      const { Editor } = await import('../sql/Editor')
      known = Editor
      const at = box.current
      // At once: between this look at the focus and a later exchange, the box may get it, and keys would go astray.
      if (!gone) flushSync(() => setLoaded({ Editor, focus: document.activeElement === at, selected: at ? [at.selectionStart, at.selectionEnd] : undefined }))
    }
    const idle = 'requestIdleCallback' in window ? requestIdleCallback(() => void load()) : undefined
    if (idle === undefined) void load()
    return () => {
      gone = true
      if (idle !== undefined) cancelIdleCallback(idle)
    }
  }, [needed])
  if (loaded) return <Edited {...props} {...loaded} />
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault()
      run(text)
      event.currentTarget.blur()
    } else if (event.key === 'Escape') event.currentTarget.blur()
  }
  return (
    <textarea
      ref={box} id="search" rows={Math.min(6, text.split('\n').length)} value={text} spellCheck={false} autoComplete="off" aria-label="Search"
      aria-invalid={props.wrong} aria-describedby="search-error" placeholder={hint} onChange={(event) => setText(event.target.value)} onKeyDown={onKeyDown}
    />
  )
}

function Edited(props: InputProps & Loaded) {
  const { setText, run, search, editor } = props
  const rangeName = [search.last, search.since, search.until].join(' ')
  const scope: Scope = { project: props.project, environment: search.env, rangeName, range: useCallback(() => range(search, now()), [rangeName]) }
  const complete = useCompletion(scope, useCatalogue(scope, props.used), condition)
  const recall = useRecall(setText)
  const start = (typed: string) => {
    run(typed)
    editor.current?.blur()
    return true
  }
  const leave = () => {
    editor.current?.blur()
    return true
  }
  const keys = { Enter: start, 'Mod-Enter': start, Escape: leave, ArrowUp: (typed: string) => recall(typed, 1), ArrowDown: (typed: string) => recall(typed, -1) }
  return (
    <props.Editor
      id="search" line className={styles.editor} value={props.text} onChange={setText} mode={condition} complete={complete} keys={keys} label="Search" placeholder={hint}
      problem={props.problem} wrong={props.wrong} autoFocus={props.focus} selected={props.selected} handle={editor}
    />
  )
}

/** Goes through what was searched for: upwards from an empty box, and on from what it brought. */
function useRecall(setText: (text: string) => void): (text: string, step: 1 | -1) => boolean {
  const at = useRef(-1)
  return (text, step) => {
    const list = searches.list()
    if (text === '') at.current = -1
    else if (list[at.current]?.text !== text) return false
    const next = at.current + step
    if (next < -1 || next >= list.length) return text !== ''
    at.current = next
    setText(list[next]?.text ?? '')
    return true
  }
}
