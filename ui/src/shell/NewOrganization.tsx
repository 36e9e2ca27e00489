import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import type { ApiError } from '../api/client'
import { createProject, type FullProject } from '../api/manage'
import { createOrganization } from '../api/organizations'
import { Dialog } from '../ui/Dialog'
import { ErrorBox } from '../ui/State'
import styles from './NewOrganization.module.css'

/** Makes an organisation with its first project, and goes there. */
export function NewOrganization({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [project, setProject] = useState('default')
  const [made, setMade] = useState('') // when its project has a wrong name, the organisation is there all the same
  const make = useMutation<FullProject, ApiError>({
    mutationFn: async () => {
      const organization = made || (await createOrganization(name.trim())).organization_name
      setMade(organization)
      return createProject(organization, project.trim(), '')
    },
    onSuccess: (first) => location.assign(`/${first.organization_name}/${first.project_name}`),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <Dialog label="New organisation" onClose={onClose}>
      {(close) => (
        <form className={styles.form} onSubmit={submit}>
          <h2>New organisation</h2>
          <p>It has projects, members and channels of its own. Who is not in it does not see that it is there.</p>
          <label><span>Name</span><input autoFocus value={made || name} disabled={made !== ''} required maxLength={50} spellCheck={false} autoComplete="off" placeholder="acme" onChange={(event) => setName(event.target.value)} /></label>
          <label><span>First project</span><input value={project} required maxLength={50} spellCheck={false} autoComplete="off" onChange={(event) => setProject(event.target.value)} /></label>
          {make.error && <ErrorBox error={make.error} />}
          <div className={styles.row}>
            <button type="button" className={styles.plain} onClick={close}>Cancel</button>
            <button type="submit" className={styles.primary} disabled={make.isPending || make.isSuccess || (made || name.trim()) === '' || project.trim() === ''}>Make the organisation</button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
