import { X } from 'lucide-react'
import { keyGroups } from '../lib/keys'
import { letterKeys, useNow } from '../lib/store'
import { Dialog } from '../ui/Dialog'
import styles from './Shell.module.css'

/** The keys that work now, in a dialog. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Keys" onClose={onClose}>
      {(close) => (
        <>
          <div className={styles.dialogHead}><h2>Keys</h2><button type="button" className={styles.quiet} title="Close (Esc)" onClick={close}><X size={15} /></button></div>
          <Keys />
        </>
      )}
    </Dialog>
  )
}

const names: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Enter: '↵', Escape: 'Esc' }
const onMac = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** A key as it is printed on keyboards. */
export function keyName(key: string): string {
  const parts = key.split('+')
  const last = parts.pop() || '+'
  const held = parts.map((part) => (part === 'Mod' ? (onMac ? '⌘' : 'Ctrl') : part === 'Shift' ? '⇧' : part))
  const capital = last.length === 1 && last !== last.toLowerCase() ? ['⇧'] : []
  return [...held, ...capital, names[last] ?? (parts.length > 0 ? last.toUpperCase() : last)].join(' ')
}

function Keys() {
  useNow(1000) // the list changes with the page
  const off = letterKeys.use() === 'off'
  return (
    <>
      {off && <p className={styles.dim}>Single letters are switched off in Settings › Me.</p>}
      <div className={styles.keys}>
        {keyGroups().map((group, i) => (
          <section key={`${group.name} ${i}`}>
            <h3>{group.name}</h3>
            <dl>
              {group.bindings.map((binding) => (
                <div key={binding.label}>
                  <dt>{binding.keys.map((key) => <kbd key={key}>{keyName(key)}</kbd>)}</dt>
                  <dd>{binding.label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </>
  )
}
