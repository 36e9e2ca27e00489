import { useRouter, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { readToken, type ApiError } from '../api/client'
import { Door } from '../shell/Door'
import { Login } from '../shell/Login'
import { ErrorBox } from '../ui/State'

/** Stands in the place of a page that opens for who is logged in, and goes on to it. */
export function SignIn({ error }: { error: ApiError }) {
  const router = useRouter()
  const [given] = useState(readToken)
  const asking = useRouterState({ select: ({ isLoading }) => isLoading }) // error is that of the attempt before
  return (
    <Door>
      <h1>Log in</h1>
      {given && !asking && <ErrorBox error={error} title="The token that was given does not open this page." />}
      <Login onIn={() => void router.invalidate()} />
    </Door>
  )
}
