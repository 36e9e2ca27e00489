import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query'
import type { ApiError } from '../api/client'
import { changeSearch, createSearch, deleteSearch, searches, type SavedSearch, type SearchDraft } from '../api/searches'
import { useProjectId } from '../place'

const keyOf = (project: string) => ['searches', project]

/** The saved searches of the project: one's own and the shared ones. */
export function useSaved(): UseQueryResult<SavedSearch[], ApiError> {
  const project = useProjectId()
  return useQuery<SavedSearch[], ApiError>({ queryKey: keyOf(project), queryFn: ({ signal }) => searches(project, signal), retry: false })
}

/** What can be done to them. */
export type Deed = { do: 'create'; draft: SearchDraft } | { do: 'change'; id: string; changes: Partial<SearchDraft> } | { do: 'delete'; id: string }

export function useKeep(): UseMutationResult<unknown, ApiError, Deed> {
  const project = useProjectId()
  const queries = useQueryClient()
  return useMutation<unknown, ApiError, Deed>({
    mutationFn: (deed) => (deed.do === 'create' ? createSearch(project, deed.draft) : deed.do === 'change' ? changeSearch(project, deed.id, deed.changes) : deleteSearch(project, deed.id)),
    onSuccess: () => queries.invalidateQueries({ queryKey: keyOf(project) }),
  })
}
