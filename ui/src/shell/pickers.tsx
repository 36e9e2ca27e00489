// The project and the environment in the bar.

import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { ChevronDown } from 'lucide-react'
import { query, type ApiError } from '../api/client'
import { now, parseSpan } from '../lib/time'
import { useChange, useMay, usePlace } from '../place'
import { Action, Choice, Popover } from '../ui/Menu'
import { useProjects } from './projects'
import styles from './Shell.module.css'

const route = getRouteApi('/$org/$project')

export function ProjectPicker() {
  const { org, project } = usePlace()
  const list = useProjects()
  const may = useMay('member')
  const label = <><span className={styles.dim}>{org}</span><span className={styles.slash}>/</span><b>{project}</b><ChevronDown size={13} /></>
  return (
    <Popover label={label} title="Project" className={`${styles.picker} ${styles.project}`}>
      {(close) => (
        <>
          {(list.data ?? [{ id: '', organization_name: org, project_name: project }]).map((p) => (
            <Choice key={p.id} checked={p.project_name === project} onChoose={() => { close(); location.assign(`/${p.organization_name}/${p.project_name}`) }}>
              {p.project_name}
            </Choice>
          ))}
          {may && <Action href={`/${org}/${project}/settings/general`} onChoose={close}>New project …</Action>}
        </>
      )}
    </Popover>
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
