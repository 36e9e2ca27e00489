import { useState } from 'react'
import type { Newcomer } from '../api/people'
import { PasswordField } from '../ui/PasswordField'
import styles from './Door.module.css'

const nobody: Newcomer = { name: '', email: '', password: '' }

/** Who makes an account, while they type it. */
export function useNewcomer() {
  const [newcomer, setNewcomer] = useState(nobody)
  return { newcomer: { ...newcomer, name: newcomer.name.trim(), email: newcomer.email.trim() }, typed: newcomer, change: (changes: Partial<Newcomer>) => setNewcomer((old) => ({ ...old, ...changes })) }
}

/** What somebody tells of themselves who makes an account. */
export function AccountFields({ typed, change }: Pick<ReturnType<typeof useNewcomer>, 'typed' | 'change'>) {
  return (
    <>
      <label className={styles.field}><span>Name</span><input required autoFocus autoComplete="name" maxLength={100} value={typed.name} onChange={(event) => change({ name: event.target.value })} /></label>
      <label className={styles.field}><span>E-mail</span><input type="email" required autoComplete="username" spellCheck={false} value={typed.email} onChange={(event) => change({ email: event.target.value })} /></label>
      <PasswordField label="Password" autoComplete="new-password" value={typed.password} onChange={(password) => change({ password })} help="At least 10 characters. A few words that belong to nobody do well." />
    </>
  )
}
