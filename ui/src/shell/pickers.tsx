// The project and the environment in the bar.

import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { query, type ApiError, type Project } from '../api/client'
import { now, parseSpan } from '../lib/time'
import { useChange, useManagesServer, useMay, usePlace } from '../place'
import { Action, Choice, Group, Popover } from '../ui/Menu'
import { NewOrganization } from './NewOrganization'
import { byOrganization, useProjects } from './projects'
import styles from './Shell.module.css'

const route = getRouteApi('/$org/$project')

export function ProjectPicker() {
  const { org, project } = usePlace()
  const list = useProjects()
  const may = useMay('member')
  const manages = useManagesServer()
  const [making, setMaking] = useState(false)
  const label = <><span className={styles.dim}>{org}</span><span className={styles.slash}>/</span><b>{project}</b><ChevronDown size={13} /></>
  return (
    <>
      <Popover label={label} title="Project" className={`${styles.picker} ${styles.project}`}>
        {(close) => (
          <>
            {byOrganization<Project>(list.data ?? [{ id: '', organization_name: org, project_name: project }], org).map(([name, projects]) => (
              <Group key={name} label={name}>
                {projects.map((p) => (
                  <Choice key={p.id} checked={name === org && p.project_name === project} onChoose={() => { close(); location.assign(`/${name}/${p.project_name}`) }}>
                    {p.project_name}
                  </Choice>
                ))}
              </Group>
            ))}
            {(may || manages) && (
              <Group label="New">
                {may && <Action href={`/${org}/${project}/settings/general`} onChoose={close}>Project in {org} …</Action>}
                {manages && <Action onChoose={() => { close(); setMaking(true) }}>Organisation …</Action>}
              </Group>
            )}
          </>
        )}
      </Popover>
      {making && <NewOrganization onClose={() => setMaking(false)} />}
    </>
  )
}

/** The environments that sent something in the past week. */
export function useEnvironments(): string[] {
  const { project } = usePlace()
  const list = useQuery<string[], ApiError>({
    queryKey: ['environments', project],
    queryFn: async ({ signal }) => {
      const rows = await query<{ name: string }>({
        project, signal, since: now() - parseSpan('7d')!, limit: 100,
        sql: 'SELECT DISTINCT deployment_environment AS name FROM records WHERE deployment_environment IS NOT NULL ORDER BY name LIMIT 100',
      })
      return rows.map((row) => row.name)
    },
  })
  return list.data ?? []
}

export function EnvironmentPicker() {
  const { env } = route.useSearch()
  const change = useChange()
  const names = [...new Set([...useEnvironments(), ...(env ? [env] : [])])]
  return (
    <Popover label={<>{env ?? <span className={styles.dim}>all envs</span>}<ChevronDown size={13} /></>} title="Environment" className={styles.picker}>
      {(close) => (
        <>
          <Choice checked={env === undefined} onChoose={() => { close(); change({ env: undefined }) }}>All environments</Choice>
          {names.map((name) => <Choice key={name} checked={env === name} onChoose={() => { close(); change({ env: name }) }}>{name}</Choice>)}
        </>
      )}
    </Popover>
  )
}
