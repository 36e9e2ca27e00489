import { useState } from 'react'
import boards from '../../boards/boards.module.css'
import { readDefinition, renamed, settled, titleOf, type Definition } from '../../boards/definition'
import { refreshes } from '../../boards/resolution'
import { Dialog } from '../../ui/Dialog'
import { Tabs } from '../../ui/Tabs'
import { JsonField, Labelled, TextField } from './form'
import { VariablesEditor } from './VariablesEditor'
import styles from './editor.module.css'

const tabs = ['General', 'Variables', 'JSON'] as const
const durations = ['5m', '15m', '1h', '6h', '24h', '7d', '30d']

/** What a dashboard is beside its panels. Nothing changes before Apply. */
export function SettingsDialog({ board, onChange, onClose }: { board: Definition; onChange: (board: Definition) => void; onClose: () => void }) {
  const [draft, setDraft] = useState(board)
  const [tab, setTab] = useState(0)
  const { display, duration = '1h', refreshInterval = '0s', variables } = draft.spec
  return (
    <Dialog label="Variables and settings" className={styles.settings} onClose={onClose}>
      {(close) => (
        <>
          <Tabs label="Settings of the dashboard" names={tabs} chosen={tab} onChoose={setTab}>
            <div className={styles.form}>
              {tab === 0 && (
                <>
                  <TextField label="Name" value={titleOf(draft)} onValue={(name) => name.trim() && setDraft(renamed(draft, name.trim()))} />
                  <TextField label="Description" value={display?.description ?? ''} onValue={(description) => setDraft(settled(draft, { display: { ...display, description } }))} />
                  <Labelled label="Opens with the last"><select value={duration} onChange={(event) => setDraft(settled(draft, { duration: event.target.value }))}>{[...new Set([...durations, duration])].map((one) => <option key={one}>{one}</option>)}</select></Labelled>
                  <Labelled label="Panels ask again"><select value={refreshInterval} onChange={(event) => setDraft(settled(draft, { refreshInterval: event.target.value }))}>{[...new Set([...refreshes, refreshInterval])].map((one) => <option key={one} value={one}>{one === '0s' ? 'only when asked to' : `every ${one}`}</option>)}</select></Labelled>
                </>
              )}
              {tab === 1 && <VariablesEditor variables={variables ?? []} onChange={(next) => setDraft(settled(draft, { variables: next }))} />}
              {tab === 2 && <JsonField label="Definition" value={draft} rows={22} read={(value) => setDraft(readDefinition(value))} />}
            </div>
          </Tabs>
          <div className={styles.actions}>
            <button type="button" className={boards.button} onClick={close}>Cancel</button>
            <button type="button" className={boards.primary} onClick={() => { onChange(draft); close() }}>Apply</button>
          </div>
        </>
      )}
    </Dialog>
  )
}
