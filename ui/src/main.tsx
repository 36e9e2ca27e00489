import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './tokens.css'
import './base.css'
import { listenForKeys } from './lib/keys'
import { router } from './routes'
import { ApiError } from './api/client'
import { onDoubt } from './api/door'
import { watchServer } from './api/watch'
import { reloadForMissingChunks } from './lib/chunks'

const queries = new QueryClient({
  defaultOptions: {
    // Hearth may run on this very machine: it answers without a network, too.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      refetchOnWindowFocus: false,
      staleTime: 30_000,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
    },
  },
})

listenForKeys()
reloadForMissingChunks()
onDoubt(() => {
  // The page asks anew who is there, and offers what they may now. One that is being opened, or that nobody may see, has just asked.
  const { status, matches } = router.state
  if (status === 'idle' && matches.every((match) => match.status !== 'error')) void router.invalidate()
})
watchServer(() => void queries.invalidateQueries())
createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
