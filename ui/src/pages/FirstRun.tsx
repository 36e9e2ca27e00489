import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import type { ApiError } from '../api/client'
import { createToken } from '../api/manage'
import { firstOrganization } from '../api/organizations'
import { clock, parseTimestamp } from '../lib/time'
import { useMay, usePageHref, usePlace, useZone } from '../place'
import { arrivals, fault, useIngest } from '../shell/arrivals'
import { Gate } from '../shell/Gate'
import { useProject } from '../shell/projects'
import { Go } from '../ui/Go'
import { ErrorBox } from '../ui/State'
import { Snippets } from './Snippets'
import { localToken, sending } from './snippets'
import styles from './FirstRun.module.css'

const route = getRouteApi('/$org/$project')

/** The project that the server itself writes to, when it may. */
const serversOwn = 'hearth'

/** What stands where no record has ever been: how to send the first one. The page turns into the list by itself. */
export function FirstRun({ project }: { project: string }) {
  const { org } = usePlace()
  return project === serversOwn && org === firstOrganization ? <ServersOwn /> : <Waiting project={project} />
}

/** The project of what the server tells of itself has metrics and no records. */
function ServersOwn() {
  const pageHref = usePageHref()
  return (
    <section className={styles.page} aria-label="First record">
      <h2>What this server tells of itself</h2>
      <p className={styles.dim}>This project holds metrics, and no records: what arrives, how long it takes, disk and memory.</p>
      <p><Go href={pageHref('/dashboards/hearth')}>Hearth itself</Go> shows them, <Go href={pageHref('/metrics')}>Metrics</Go> lists them.</p>
    </section>
  )
}

function Waiting({ project }: { project: string }) {
  const me = route.useLoaderData()
  const { org } = usePlace()
  const [token, setToken] = useState<string>()
  const needed = !me.local || project !== 'default' || org !== firstOrganization
  const use = `hearth projects use ${project}${org === firstOrganization ? '' : ` --org ${org}`} --base-url ${location.origin}`
  return (
    <section className={styles.page} aria-label="First record">
      <h2><i className={styles.pulse} />Waiting for the first record</h2>
      <p className={styles.dim}>Listening on <code>{location.origin}</code>. This page changes by itself.</p>
      {needed && <Token token={token} onToken={setToken} />}
      <Snippets label="How to send" snippets={sending} token={token ?? (needed ? '<a write token>' : localToken)} />
      <p className={styles.dim}>Or connect the folder of your program, and it need not be told: <code>{use}</code>{!me.local && <>, after <code>hearth auth --base-url {location.origin}</code></>}.</p>
      {!needed && <p className={styles.dim}>Or see how it looks: <code>hearth demo --base-url {location.origin}</code> sends the traffic of a web shop with agents.</p>}
      <Arriving project={project} />
    </section>
  )
}

const everyMs = 2000

/** What has come so far, and what was wrong with it: the fastest way to see why nothing arrives. */
function Arriving({ project }: { project: string }) {
  const { data } = useIngest(project, everyMs)
  const zone = useZone()
  const pageHref = usePageHref()
  if (!data) return null
  return (
    <p className={styles.arriving} aria-label="Requests so far">
      <b>Not arriving?</b> Requests so far:
      {arrivals(data).map(({ status, count, newest }) => (
        <span key={status}>
          {status}: {count}{newest && ` (last ${clock(parseTimestamp(newest.at), zone).slice(0, 5)}, ${fault(newest)})`}
        </span>
      ))}
      <Go href={pageHref('/settings/ingest')}>All of ingest</Go>
    </p>
  )
}

/** To send to this project takes a token, which is made here and goes into the snippets. */
function Token({ token, onToken }: { token: string | undefined; onToken: (token: string) => void }) {
  const may = useMay('member')
  const [wanted, setWanted] = useState(false)
  if (token) return <p className={styles.token} role="status">The token is in the snippets below. It is shown this once; Settings › Write tokens lists it.</p>
  return (
    <div className={styles.token}>
      <p>Sending to this project takes a write token.</p>
      {may || wanted ? <Gate><Make onToken={onToken} /></Gate> : <button type="button" onClick={() => setWanted(true)}>Make a write token …</button>}
    </div>
  )
}

function Make({ onToken }: { onToken: (token: string) => void }) {
  const queries = useQueryClient()
  const { list, project } = useProject()
  const make = useMutation<{ token: string }, ApiError, string>({
    mutationFn: (id) => createToken(id, 'write', 'first project token', undefined),
    onSuccess: async ({ token }) => {
      onToken(token)
      await queries.invalidateQueries({ queryKey: ['tokens'] })
    },
  })
  const error = list.error ?? make.error
  return (
    <>
      {error && <ErrorBox error={error} />}
      <button type="button" disabled={!project || make.isPending} onClick={() => project && make.mutate(project.id)}>Make a write token</button>
    </>
  )
}
