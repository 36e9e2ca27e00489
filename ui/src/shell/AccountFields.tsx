import { useState } from 'react'
import type { Newcomer } from '../api/people'
import { Field } from '../ui/Field'
import { PasswordField } from '../ui/PasswordField'

const nobody: Newcomer = { name: '', email: '', password: '' }

/** Who makes an account, while they type it. */
export function useNewcomer() {
  const [newcomer, setNewcomer] = useState(nobody)
  return { newcomer: { ...newcomer, name: newcomer.name.trim(), email: newcomer.email.trim() }, typed: newcomer, change: (changes: Partial<Newcomer>) => setNewcomer((old) => ({ ...old, ...changes })) }
}

/** The fields of a newcomer, as the server names them. */
export const accountFields = Object.keys(nobody)

/** What somebody tells of themselves who makes an account. wrong: what is wrong with which field. */
export function AccountFields({ typed, change, wrong = {} }: Pick<ReturnType<typeof useNewcomer>, 'typed' | 'change'> & { wrong?: Readonly<Record<string, string>> | undefined }) {
  return (
    <>
      <Field label="Name" required autoFocus autoComplete="name" maxLength={100} value={typed.name} onChange={(name) => change({ name })} wrong={wrong['name']} />
      <Field label="E-mail" type="email" required autoComplete="username" spellCheck={false} value={typed.email} onChange={(email) => change({ email })} wrong={wrong['email']} />
      <PasswordField label="Password" autoComplete="new-password" value={typed.password} onChange={(password) => change({ password })} wrong={wrong['password']} help="At least 10 characters. A few words that belong to nobody do well." />
    </>
  )
}
