import { useQuery } from '@tanstack/react-query'
import { about } from '../../api/client'
import { useReach } from '../../api/reach'
import styles from './settings.module.css'

/** What this is. Nothing here, or anywhere in Hearth, calls home. */
export function About() {
  const { version, newVersion } = useReach()
  const server = useQuery({ queryKey: ['about'], queryFn: about, staleTime: Infinity })
  return (
    <dl className={styles.facts}>
      <div><dt>Version</dt><dd>{newVersion ?? version}</dd></div>
      <div><dt>Prices of models</dt><dd>{server.data?.prices} (MIT), for calls that say no cost of their own, and before them those of <code>--prices</code></dd></div>
      <div><dt>Address</dt><dd><code>{location.origin}</code></dd></div>
      <div><dt>Licence</dt><dd>Apache 2.0</dd></div>
      <div><dt>API</dt><dd><a href="/api/openapi.yaml">OpenAPI description</a>. This page uses nothing else.</dd></div>
      <div><dt>Telemetry of Hearth</dt><dd>None is sent anywhere. Hearth asks nobody for updates.</dd></div>
    </dl>
  )
}
