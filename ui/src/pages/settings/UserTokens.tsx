import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ApiError } from '../../api/client'
import { revokeUserToken, userTokens, type UserToken } from '../../api/logins'
import { Gate } from '../../shell/Gate'
import { ErrorBox, Loading } from '../../ui/State'
import { Revoke } from './Revoke'
import { Past, TokenTable } from './TokenTable'
import styles from './settings.module.css'

const queryKey = ['user-tokens']

/** The logins of programs: those of the whole server, not only of this project. */
export function UserTokens() {
  return (
    <>
      <p className={styles.lead}>
        Who runs <code>hearth auth</code>, or <code>logfire auth</code> of Logfire&rsquo;s Python SDK, gets a user token: it makes projects, and tokens of
        theirs. Those go on working when the user token is revoked.
      </p>
      <Gate role="read-only"><List /></Gate>
    </>
  )
}

function List() {
  const [revoking, setRevoking] = useState<UserToken>()
  const [past, setPast] = useState(false)
  const list = useQuery<UserToken[], ApiError>({ queryKey, queryFn: ({ signal }) => userTokens(signal), staleTime: 0, retry: false })
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Loading />
  const active = list.data.filter((token) => token.active)
  return (
    <>
      <div className={styles.bar}><Past count={list.data.length - active.length} shown={past} onShow={setPast} /></div>
      <TokenTable tokens={past ? list.data : active} none="Nobody is logged in from a terminal." onRevoke={setRevoking} />
      {revoking && <Revoke token={revoking} revoke={() => revokeUserToken(revoking.id)} queryKey={queryKey} onClose={() => setRevoking(undefined)} />}
    </>
  )
}
