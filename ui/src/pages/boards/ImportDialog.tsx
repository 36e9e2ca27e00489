import { useState, type DragEvent } from 'react'
import { panelsOf, readDefinition, titleOf, type Definition } from '../../boards/definition'
import boards from '../../boards/boards.module.css'
import { Dialog } from '../../ui/Dialog'
import { ErrorBox } from '../../ui/State'
import { useDuplicate } from '../Dashboards'
import styles from './pages.module.css'

function read(text: string): { definition?: Definition; wrong?: string } {
  if (text.trim() === '') return {}
  try {
    return { definition: readDefinition(JSON.parse(text)) }
  } catch (error) {
    return { wrong: error instanceof SyntaxError ? `This is no JSON: ${error.message}` : (error as Error).message }
  }
}

/** Makes a dashboard of a definition that is pasted, dropped or chosen as a file: one of Hearth, or an export of Logfire. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const make = useDuplicate()
  const { definition, wrong } = read(text)
  const take = async (file: File | undefined) => file && setText(await file.text())
  const drop = (event: DragEvent) => {
    if (event.dataTransfer.files.length === 0) return
    event.preventDefault()
    void take(event.dataTransfer.files[0])
  }
  const count = definition ? Object.keys(panelsOf(definition)).length : 0
  return (
    <Dialog label="Import a dashboard" onClose={onClose}>
      {(close) => (
        <div className={styles.form}>
          <h2>Import a dashboard</h2>
          <p className={styles.dim}>A definition as Hearth and Logfire export it.</p>
          <input type="file" accept=".json,application/json" aria-label="File" onChange={(event) => void take(event.target.files?.[0])} />
          <textarea className={styles.json} rows={12} spellCheck={false} aria-label="Definition" placeholder='{"kind": "Dashboard", …}  paste it or drop a file here' value={text} onChange={(event) => setText(event.target.value)} onDrop={drop} />
          {wrong && <p className={styles.wrong} role="alert">{wrong}</p>}
          {definition && <p role="status">{titleOf(definition)}, {count} {count === 1 ? 'panel' : 'panels'}</p>}
          {make.error && <ErrorBox error={make.error} />}
          <div className={styles.actions}>
            <button type="button" className={boards.button} onClick={close}>Cancel</button>
            <button type="button" className={boards.primary} disabled={!definition || make.isPending} onClick={() => definition && make.mutate({ name: titleOf(definition), definition })}>Import</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
