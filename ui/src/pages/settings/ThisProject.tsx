import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState, type FormEvent } from 'react'
import type { ApiError } from '../../api/client'
import { changeProject, deleteProject, isPermanent, type FullProject } from '../../api/manage'
import { deleteOrganization, firstOrganization } from '../../api/organizations'
import { useMay } from '../../place'
import { useProject, useProjects } from '../../shell/projects'
import { Dialog } from '../../ui/Dialog'
import { ErrorBox } from '../../ui/State'
import styles from './settings.module.css'

/** What the project is called and what it is for, for admins. */
export function ProjectNames() {
  const may = useMay('admin')
  const { project } = useProject()
  return may && project ? <Names key={project.id} project={project} /> : null
}

function Names({ project }: { project: FullProject }) {
  const queries = useQueryClient()
  const [name, setName] = useState(project.project_name)
  const [description, setDescription] = useState(project.description ?? '')
  const fixed = isPermanent(project)
  const change = useMutation<FullProject, ApiError>({
    mutationFn: () => changeProject(project.id, { ...(!fixed && { project_name: name.trim() }), description: description.trim() || null }),
    onSuccess: async (now) => {
      if (now.project_name !== project.project_name) location.assign(`/${now.organization_name}/${now.project_name}/settings/general`)
      else await queries.invalidateQueries({ queryKey: ['projects'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  const same = name.trim() === project.project_name && description.trim() === (project.description ?? '')
  return (
    <form className={styles.form} onSubmit={submit}>
      <h2>This project</h2>
      <label><span>Name of the project</span><input value={name} required maxLength={50} spellCheck={false} autoComplete="off" disabled={fixed} onChange={(event) => setName(event.target.value)} /></label>
      <p className={styles.help}>
        {fixed
          ? 'Every server has this project, under this name.'
          : 'Addresses change with it: links that people kept lead nowhere, and what names the project needs the new name. Its tokens and records stay, and what is sent arrives.'}
      </p>
      <label><span>What it is for</span><input value={description} maxLength={500} autoComplete="off" onChange={(event) => setDescription(event.target.value)} /></label>
      {change.error && <ErrorBox error={change.error} />}
      <div className={styles.row}>
        <button type="submit" className={styles.primary} disabled={change.isPending || same || name.trim() === ''}>Change the project</button>
        {change.isSuccess && same && <span role="status">Saved.</span>}
      </div>
    </form>
  )
}

/** The end of the project, for admins. */
export function DeleteProject() {
  const may = useMay('admin')
  const { project } = useProject()
  const [asked, setAsked] = useState(false)
  if (!may || !project || isPermanent(project)) return null
  return (
    <>
      <section className={styles.end} aria-label="Delete this project">
        <h2>Delete this project</h2>
        <p className={styles.help}>Its records, tokens, dashboards, alerts and saved searches go for good, at once. Nobody can bring them back.</p>
        <button type="button" className={styles.danger} onClick={() => setAsked(true)}>Delete this project …</button>
      </section>
      {asked && <Question project={project} onClose={() => setAsked(false)} />}
    </>
  )
}

/** Asks for the project's name before it goes; with the last one of an organisation that, too, may go. */
function Question({ project, onClose }: { project: FullProject; onClose: () => void }) {
  const { organization_name: org } = project
  const last = useProjects().data?.filter((p) => p.organization_name === org).length === 1 && org !== firstOrganization
  const [typed, setTyped] = useState('')
  const [both, setBoth] = useState(false)
  const [gone, setGone] = useState(false) // when the organisation cannot go, the project has gone all the same
  const help = useId()
  const end = useMutation<void, ApiError>({
    mutationFn: async () => {
      if (!gone) await deleteProject(project.id)
      setGone(true)
      if (both) await deleteOrganization(org)
    },
    onSuccess: () => location.assign('/'),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    end.mutate()
  }
  return (
    <Dialog label="Delete this project" onClose={() => (gone ? location.assign('/') : onClose())}>
      {(close) => (
        <form className={styles.form} onSubmit={submit}>
          <h2>Delete {org}/{project.project_name}?</h2>
          <p id={help}>Everything in it goes for good: records, tokens, dashboards, alerts, saved searches. Programs that send to it are refused from now on.</p>
          <label><span>Type <b>{project.project_name}</b> to delete it</span><input autoFocus value={typed} disabled={gone} spellCheck={false} autoComplete="off" aria-describedby={help} onChange={(event) => setTyped(event.target.value)} /></label>
          {last && (
            <label className={styles.also}><input type="checkbox" checked={both} disabled={gone} onChange={(event) => setBoth(event.target.checked)} />Delete the organisation {org}, too, which has no other project</label>
          )}
          {end.error && <ErrorBox error={end.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} onClick={close}>{gone ? 'Keep the organisation' : 'Keep it'}</button>
            <button type="submit" className={styles.danger} disabled={typed !== project.project_name || end.isPending || end.isSuccess}>Delete it</button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
