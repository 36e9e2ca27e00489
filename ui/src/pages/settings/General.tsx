import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import type { ApiError } from '../../api/client'
import { createProject, type FullProject } from '../../api/manage'
import { firstOrganization, renameOrganization, type Organization } from '../../api/organizations'
import { changeSettings, settings, type ProjectSettings } from '../../api/settings'
import { useMay, usePlace, useProjectId, useZone } from '../../place'
import { Gate } from '../../shell/Gate'
import { useEnvironments } from '../../shell/pickers'
import { useProject, useProjects } from '../../shell/projects'
import { Copy } from '../../ui/Copy'
import { Moment } from '../../ui/Moment'
import { ErrorBox, Loading } from '../../ui/State'
import { DeleteProject, ProjectNames } from './ThisProject'
import styles from './settings.module.css'

/** What the project is, and the others. */
export function General() {
  const { org, project } = usePlace()
  const environments = useEnvironments()
  return (
    <>
      <dl className={styles.facts}>
        <div><dt>Project</dt><dd>{project}</dd></div>
        <div><dt>Organisation</dt><dd>{org}</dd></div>
        <div>
          <dt>Environments</dt>
          <dd>{environments.length > 0 ? environments.join(', ') : <span className={styles.dim}>none in the past 7 days</span>}</dd>
        </div>
      </dl>
      <Gate role="read-only">
        <Facts />
        <ProjectNames />
        <Repository />
        <Projects />
        <Organisation />
        <DeleteProject />
      </Gate>
    </>
  )
}

function Facts() {
  const { list, project } = useProject()
  const zone = useZone()
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (!project) return <Loading lines={3} />
  return (
    <dl className={styles.facts}>
      <div><dt>Description</dt><dd>{project.description ?? <span className={styles.dim}>none</span>}</dd></div>
      <div><dt>Made</dt><dd><Moment at={project.created_at} zone={zone} /></dd></div>
      <div><dt>Id</dt><dd><code>{project.id}</code><Copy text={project.id} title="Copy the id" /></dd></div>
      <div><dt>Where its data is</dt><dd>In the data folder of Hearth, below <code>projects/{project.id}</code>: two DuckDB files for each day, one of spans and logs and one of metrics.</dd></div>
    </dl>
  )
}

/** Where the code of the project is read. */
function Repository() {
  const may = useMay('member')
  const queries = useQueryClient()
  const project = useProjectId()
  const set = useQuery<ProjectSettings, ApiError>({ queryKey: ['settings', project], queryFn: ({ signal }) => settings(project, signal), retry: false })
  const [text, setText] = useState<string>()
  const change = useMutation<ProjectSettings, ApiError>({
    mutationFn: () => changeSettings(project, { repository_url_template: (text ?? '').trim() }),
    onSuccess: (now) => {
      queries.setQueryData(['settings', project], now)
      setText(undefined)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  if (set.error) return <ErrorBox error={set.error} onRetry={() => void set.refetch()} />
  if (!may) return <dl className={styles.facts}><div><dt>Code</dt><dd>{set.data?.repository_url_template ?? <span className={styles.dim}>no repository is named</span>}</dd></div></dl>
  return (
    <form className={styles.form} onSubmit={submit}>
      <h2>Code</h2>
      <label>
        <span>Repository</span>
        <input
          value={text ?? set.data?.repository_url_template ?? ''} maxLength={500} spellCheck={false} autoComplete="off" disabled={!set.data}
          placeholder="https://github.com/acme/shop/blob/{revision}/{file}#L{line}" onChange={(event) => setText(event.target.value)}
        />
      </label>
      <p className={styles.help}>Places in the code lead there. Without it, they lead where the application tells of its repository itself, as with logfire's <code>CodeSource</code>; <code>{'{revision}'}</code> is what it tells, else <code>HEAD</code>.</p>
      {change.error && <ErrorBox error={change.error} />}
      <div className={styles.row}>
        <button type="submit" className={styles.primary} disabled={change.isPending || text === undefined}>Save</button>
        {change.isSuccess && text === undefined && <span role="status">Saved.</span>}
      </div>
    </form>
  )
}

function Projects() {
  const may = useMay('member')
  const list = useProjects()
  const { org, project: here } = usePlace()
  return (
    <>
      <h2>Projects of {org}</h2>
      <ul className={styles.projects}>
        {list.data?.filter((p) => p.organization_name === org).map((p) => (
          <li key={p.id} aria-current={p.project_name === here ? 'true' : undefined}>
            <a href={`/${p.organization_name}/${p.project_name}`}>{p.project_name}</a>
            <span className={styles.dim}>{p.description}</span>
          </li>
        ))}
      </ul>
      {may && <NewProject />}
    </>
  )
}

/** What the organisation is called, for its admins. */
function Organisation() {
  const { org, project } = usePlace()
  const may = useMay('admin')
  const [name, setName] = useState(org)
  const rename = useMutation<Organization, ApiError>({
    mutationFn: () => renameOrganization(org, name.trim()),
    onSuccess: (now) => location.assign(`/${now.organization_name}/${project}/settings/general`),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rename.mutate()
  }
  if (!may || org === firstOrganization) return null
  return (
    <form className={styles.form} onSubmit={submit}>
      <h2>Organisation</h2>
      <label><span>Name of the organisation</span><input value={name} required maxLength={50} spellCheck={false} autoComplete="off" onChange={(event) => setName(event.target.value)} /></label>
      <p className={styles.help}>Addresses of its projects begin with it, and those that people kept lead nowhere afterwards. Tokens stay, and what they send arrives.</p>
      {rename.error && <ErrorBox error={rename.error} />}
      <div className={styles.row}>
        <button type="submit" className={styles.primary} disabled={rename.isPending || rename.isSuccess || name.trim() === '' || name.trim() === org}>Rename</button>
      </div>
    </form>
  )
}

function NewProject() {
  const { org } = usePlace()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const make = useMutation<FullProject, ApiError>({
    mutationFn: () => createProject(org, name.trim(), description.trim()),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['projects'] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <h2>New project</h2>
      <label><span>Name</span><input value={name} required maxLength={50} spellCheck={false} autoComplete="off" placeholder="checkout" onChange={(event) => setName(event.target.value)} /></label>
      <label><span>Description</span><input value={description} maxLength={500} onChange={(event) => setDescription(event.target.value)} /></label>
      {make.error && <ErrorBox error={make.error} />}
      <div className={styles.row}>
        <button type="submit" className={styles.primary} disabled={make.isPending || name.trim() === ''}>Make the project</button>
        {make.data && <span role="status">Made. <a href={`/${make.data.organization_name}/${make.data.project_name}`}>Go to {make.data.project_name}</a></span>}
      </div>
    </form>
  )
}
