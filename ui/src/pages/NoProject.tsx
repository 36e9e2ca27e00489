import { useMutation, useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import type { ApiError } from '../api/client'
import { createProject, type FullProject } from '../api/manage'
import { firstOrganization } from '../api/organizations'
import { includes, members, whoAmI, type Me, type Member } from '../api/people'
import { leave } from '../shell/Account'
import { Door } from '../shell/Door'
import { nameRule } from '../shell/projects'
import { Avatar } from '../ui/Avatar'
import { Field } from '../ui/Field'
import { notify } from '../ui/notices'
import { Notices } from '../ui/Notices'
import { ErrorBox, Loading } from '../ui/State'
import { EmptyOrganization } from './EmptyOrganization'
import styles from '../shell/Door.module.css'

/** Stands in the place of a project for who sees none, in the organisation that the address names or in any: how they come to one. */
export function NoProject() {
  const me = useQuery<Me, ApiError>({ queryKey: ['me'], queryFn: ({ signal }) => whoAmI(signal), staleTime: 0, retry: false })
  return (
    <Door label="No project">
      {me.error ? <ErrorBox error={me.error} onRetry={() => void me.refetch()} /> : !me.data ? <Loading lines={4} /> : <Here me={me.data} />}
      <Notices />
    </Door>
  )
}

function Here({ me }: { me: Me }) {
  const { org } = useParams({ strict: false })
  const list = me.organizations.filter(({ organization_name: name }) => org === undefined || name === org)
  if (list.length === 0 && me.organizations.length > 0) return <Unseen org={org!} />
  const able = list.filter(({ role }) => includes(role, 'member')).map((one) => one.organization_name)
  const names = list.map((one) => one.organization_name)
  return (
    <>
      <h1>{names.length === 0 ? 'You are in no organisation' : names.length === 1 ? `${names[0]} has no project yet` : 'There is no project yet'}</h1>
      {names.length > 1 && <p className={styles.dim}>You are in {sequence(names)}, and none of them has one.</p>}
      {names.length === 0 && <p className={styles.dim}>Projects belong to organisations. Ask somebody who is in one for an invitation, or whoever runs this server: its link lets this account in.</p>}
      {able.length > 0 && <NewProject organizations={able} />}
      {list.length === 1 && list[0]!.role === 'admin' && list[0]!.organization_name !== firstOrganization && <EmptyOrganization name={list[0]!.organization_name} />}
      {names.filter((name) => !able.includes(name)).map((name) => <Ask key={name} organization={name} />)}
      {me.user_id && <Person me={me} />}
    </>
  )
}

/** What somebody is not in, they are told nothing of. */
function Unseen({ org }: { org: string }) {
  return (
    <>
      <h1>There is no organisation {org}</h1>
      <p className={styles.dim}>Or you are not in it: then ask somebody who is for an invitation.</p>
      <div className={styles.actions}><a className={styles.button} href="/">Go to Hearth</a></div>
    </>
  )
}

/** Names as they stand in a sentence. */
function sequence(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ')
}

function NewProject({ organizations }: { organizations: readonly string[] }) {
  const [organization, setOrganization] = useState(organizations[0]!)
  const [name, setName] = useState('')
  const make = useMutation<FullProject, ApiError>({
    mutationFn: () => createProject(organization, name.trim(), ''),
    onSuccess: (made) => location.replace(`/${made.organization_name}/${made.project_name}`),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  const wrong = make.error?.fields['project_name']
  return (
    <form className={styles.form} onSubmit={submit}>
      <p className={styles.dim}>What an application sends belongs to a project. Make the first one, and the next page shows how to send.</p>
      {organizations.length > 1 && (
        <label className={styles.field}>
          <span>Organisation</span>
          <select value={organization} onChange={(event) => setOrganization(event.target.value)}>{organizations.map((one) => <option key={one}>{one}</option>)}</select>
        </label>
      )}
      <Field label="Name" required autoFocus maxLength={50} spellCheck={false} autoComplete="off" autoCapitalize="none" placeholder="shop" value={name} onChange={setName} wrong={wrong} help={nameRule} />
      {make.error && wrong === undefined && <ErrorBox error={make.error} />}
      <button type="submit" className={styles.primary} disabled={make.isPending || make.isSuccess || name.trim() === ''}>New project</button>
    </form>
  )
}

/** Who may not make a project is told who may. */
function Ask({ organization }: { organization: string }) {
  const list = useQuery<Member[], ApiError>({ queryKey: ['members', organization], queryFn: ({ signal }) => members(organization, signal), retry: false })
  const admins = (list.data ?? []).filter(({ role, active }) => role === 'admin' && active)
  return (
    <>
      <p className={styles.dim}>Your role in {organization} is read-only: somebody else makes its projects. Ask an admin:</p>
      {list.error && <ErrorBox error={list.error} onRetry={() => void list.refetch()} />}
      <ul className={styles.people} aria-label={`Admins of ${organization}`}>
        {admins.map((one) => <li key={one.user_id} className={styles.person}><Avatar name={one.name} large /><span><b>{one.name}</b><small><a href={`mailto:${one.email}`}>{one.email}</a></small></span></li>)}
      </ul>
    </>
  )
}

function Person({ me }: { me: Me }) {
  return (
    <p className={`${styles.small} ${styles.foot}`}>
      You are logged in as {me.name}, {me.email}.{' '}
      <button type="button" className={styles.link} onClick={() => void leave().catch((error: Error) => notify(error.message, true))}>Log out</button>
    </p>
  )
}
