import { useState } from 'react'
import type { ApiError } from '../api/client'
import { basic } from '../api/manage'
import { firstOrganization } from '../api/organizations'
import { setUp, type FirstPlace } from '../api/people'
import { AccountFields, accountFields, useNewcomer } from '../shell/AccountFields'
import { Door } from '../shell/Door'
import { ProvidersWith, useAttempt, useWaysIn, Wrong } from '../shell/Login'
import { nameRule } from '../shell/projects'
import { Field } from '../ui/Field'
import { PasswordField } from '../ui/PasswordField'
import { ErrorBox, Loading } from '../ui/State'
import styles from '../shell/Door.module.css'

/** Where the link of the first start leads: somebody makes the first account, and is its admin. */
export function SetUp() {
  const ways = useWaysIn()
  const [code] = useState(() => location.hash.slice(1))
  return (
    <Door label="Set-up">
      {ways.error ? <ErrorBox error={ways.error} onRetry={() => void ways.refetch()} /> : !ways.data ? <Loading lines={4} /> : ways.data.setup ? <First code={code} operator={ways.data.operator} /> : <Done local={ways.data.local} />}
    </Door>
  )
}

/** The fields that say themselves what is wrong with them. */
const fields = [...accountFields, 'organization_name', 'project_name']

function First({ code, operator }: { code: string; operator: boolean }) {
  const { newcomer, typed, change } = useNewcomer()
  const [place, setPlace] = useState<FirstPlace>({ organization_name: firstOrganization, project_name: 'default' })
  const [key, setKey] = useState('')
  const [refused, setRefused] = useState<ApiError>() // what they came to a provider with
  const address = `/${place.organization_name}/${place.project_name}`
  const { error, asking, left, submit } = useAttempt(async () => {
    setRefused(undefined)
    await setUp(newcomer, place, code, code === '' ? basic(key) : undefined)
    location.replace(address)
  })
  const wrong = (error ?? refused)?.fields
  if (code === '' && !operator) return <NoCode />
  return (
    <form className={styles.form} onSubmit={submit}>
      <h1>Welcome to Hearth</h1>
      <p className={styles.dim}>Make the first account. It is an admin: it invites the others, and says what they may.</p>
      <AccountFields typed={typed} change={change} wrong={wrong} />
      <PlaceFields place={place} onChange={setPlace} wrong={wrong} />
      {code === '' && <PasswordField label="Operator’s key" autoComplete="off" value={key} onChange={setKey} help="HEARTH_PASSWORD of the server, which shows that you run it." />}
      <Wrong error={error} left={left} fields={fields} />
      <button type="submit" className={styles.primary} disabled={asking || left > 0}>{asking ? 'Making it …' : 'Make the account'}</button>
      {code !== '' && <ProvidersWith secret={{ setup_code: code, ...place }} back={address} fields={fields} onWrong={setRefused} />}
    </form>
  )
}

interface PlaceFieldsProps {
  place: FirstPlace
  onChange: (place: FirstPlace) => void
  wrong: Readonly<Record<string, string>> | undefined
}

/** What the organisation and its first project are called. */
function PlaceFields({ place, onChange, wrong = {} }: PlaceFieldsProps) {
  const { organization_name: organization, project_name: project } = place
  const text = { required: true, maxLength: 50, spellCheck: false, autoComplete: 'off', autoCapitalize: 'none' }
  return (
    <div className={styles.place}>
      <Field {...text} label="Organisation" value={organization} onChange={(name) => onChange({ ...place, organization_name: name.trim() })} wrong={wrong['organization_name']} />
      <Field {...text} label="First project" value={project} onChange={(name) => onChange({ ...place, project_name: name.trim() })} wrong={wrong['project_name']} />
      <p className={styles.small}>
        What arrives is seen at <code>{location.host}/{organization}/{project}</code>. {nameRule}
        {organization !== firstOrganization && <> The organisation <code>{firstOrganization}</code> is there, too: its admins, such as you, manage the server.</>}
      </p>
    </div>
  )
}

function NoCode() {
  return (
    <>
      <h1>The link is not whole</h1>
      <p className={styles.dim}>Open it as the server printed it when it started last, with all that stands behind <code>#</code>.</p>
    </>
  )
}

function Done({ local }: { local: boolean }) {
  return (
    <>
      <h1>{local ? 'Nobody needs an account here' : 'The first account is made'}</h1>
      <p className={styles.dim}>{local
        ? 'Hearth runs in local mode: whoever can use this machine may do everything. Started with HEARTH_PASSWORD, or on an address that others reach, it has accounts.'
        : 'The link works once. Whoever shall come now is invited, in Settings › Members.'}</p>
      <div className={styles.actions}><a className={styles.primary} href="/">{local ? 'Go to Hearth' : 'Log in'}</a></div>
    </>
  )
}
