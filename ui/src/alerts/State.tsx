import { Bell, BellOff, Check, CircleDashed, CircleSlash, TriangleAlert, Waves, type LucideIcon } from 'lucide-react'
import type { AlertState } from '../api/alerts'
import { stateHelp, stateNames } from './words'
import styles from './Alerts.module.css'

const icons: Record<AlertState, LucideIcon> = { firing: Bell, flapping: Waves, broken: TriangleAlert, no_data: CircleSlash, snoozed: BellOff, pending: CircleDashed, ok: Check }

export function StateIcon({ state, size = 14 }: { state: AlertState; size?: number }) {
  const Icon = icons[state]
  return <Icon size={size} className={styles[`icon_${state}`]} aria-hidden="true" />
}

/** A state: its sign, its colour and its name. */
export function State({ state }: { state: AlertState }) {
  return <span className={`${styles.state} ${styles[`state_${state}`]}`} title={stateHelp[state]}><StateIcon state={state} size={13} />{stateNames[state]}</span>
}
