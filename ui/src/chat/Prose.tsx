import { lazy, Suspense, useMemo } from 'react'
import { Json } from '../ui/Json'
import { useChat } from './context'
import { beginning, jsonIn, plainBeyond } from './text'
import styles from './Text.module.css'

const Markdown = lazy(() => import('./Markdown').then((module) => ({ default: module.Markdown })))

/** What somebody said. JSON is a tree; a long text is cut until somebody asks for the rest. name is that of its folds. */
export function Prose({ text, name, plain }: { text: string; name: string; plain?: boolean }) {
  const chat = useChat()
  const json = useMemo(() => jsonIn(text), [text])
  const cut = useMemo(() => beginning(text), [text])
  const tree = json !== undefined && chat.isOn(`${name}/tree`, true)
  const whole = chat.isOn(`${name}/whole`, false)
  const shown = cut === undefined || whole ? text : cut
  return (
    <>
      {tree ? <div className={styles.tree}><Json value={json} depth={1} /></div> : <Shown text={shown} markdown={!plain && chat.mode === 'markdown'} />}
      {json !== undefined && <button type="button" className={styles.more} onClick={() => chat.toggle(`${name}/tree`, tree)}>{tree ? 'As text' : 'As a tree'}</button>}
      {!tree && cut !== undefined && (
        <button type="button" className={styles.more} onClick={() => chat.toggle(`${name}/whole`, whole)}>
          {whole ? 'Show less' : `Show all ${text.length.toLocaleString('en')} characters`}
        </button>
      )}
    </>
  )
}

function Shown({ text, markdown }: { text: string; markdown: boolean }) {
  const plain = <div className={styles.plain}>{text}</div>
  if (!markdown || text.length > plainBeyond) return plain
  return <Suspense fallback={plain}><Markdown text={text} /></Suspense>
}
