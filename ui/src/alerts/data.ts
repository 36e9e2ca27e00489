// Alerts and channels, asked for and changed.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { alert, alertRuns, alerts, alertTemplates, changeAlert, createAlert, deleteAlert, previewAlert, snoozeAlert, type Alert, type AlertDraft, type AlertRun, type AlertTemplate, type Preview } from '../api/alerts'
import { changeChannel, channels, createChannel, deleteChannel, type Channel, type ChannelConfig } from '../api/channels'
import type { ApiError } from '../api/client'
import { useMay, useProjectId } from '../place'

/** How often states are read again while a page shows them. */
const againMs = 15_000
const runsOfPage = 50

export function useAlerts(enabled = true, everyMs = againMs) {
  const project = useProjectId()
  return useQuery<Alert[], ApiError>({ queryKey: ['alerts', project, 'list'], queryFn: ({ signal }) => alerts(project, signal), refetchInterval: everyMs, enabled, retry: false })
}

export function useAlert(id: string) {
  const project = useProjectId()
  return useQuery<Alert, ApiError>({ queryKey: ['alerts', project, 'one', id], queryFn: ({ signal }) => alert(project, id, signal), refetchInterval: againMs, retry: false })
}

/** The runs of an alert, page by page. */
export function useRuns(id: string) {
  const project = useProjectId()
  return useInfiniteQuery({
    queryKey: ['alerts', project, 'runs', id], refetchInterval: againMs, retry: false, initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }): Promise<AlertRun[]> => alertRuns(project, id, runsOfPage, pageParam, signal),
    getNextPageParam: (page) => (page.length < runsOfPage ? undefined : page.at(-1)!.scheduled_at),
  })
}

export function useTemplates() {
  return useQuery<AlertTemplate[], ApiError>({ queryKey: ['alert templates'], queryFn: ({ signal }) => alertTemplates(signal), staleTime: Infinity, retry: false })
}

/** What can be done to alerts. */
export type Deed =
  | { do: 'create'; draft: AlertDraft }
  | { do: 'change'; id: string; changes: Partial<AlertDraft> }
  | { do: 'snooze'; id: string; until: string | undefined }
  | { do: 'delete'; id: string }

function done(project: string, deed: Deed): Promise<Alert | void> {
  if (deed.do === 'create') return createAlert(project, deed.draft)
  if (deed.do === 'change') return changeAlert(project, deed.id, deed.changes)
  return deed.do === 'snooze' ? snoozeAlert(project, deed.id, deed.until) : deleteAlert(project, deed.id)
}

/** Does deeds, one after the other, and reads the alerts again. */
export function useDo() {
  const project = useProjectId()
  const queries = useQueryClient()
  return useMutation<Alert | void, ApiError, Deed[]>({
    mutationFn: async (deeds) => {
      let last: Alert | void = undefined
      for (const deed of deeds) last = await done(project, deed)
      return last
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['alerts', project] }),
  })
}

export function usePreview() {
  const project = useProjectId()
  return useMutation<Preview, ApiError, { draft: AlertDraft; id: string | undefined }>({ mutationFn: ({ draft, id }) => previewAlert(project, draft, id) })
}

/** All channels, for whom they are shown. */
export function useChannels() {
  const may = useMay('member')
  return useQuery<Channel[], ApiError>({ queryKey: ['channels', may], queryFn: ({ signal }) => channels(signal), enabled: may, retry: false })
}

export type ChannelDeed =
  | { do: 'create'; label: string; config: ChannelConfig }
  | { do: 'change'; id: string; changes: { label?: string; active?: boolean; config?: ChannelConfig; rotate_secret?: boolean } }
  | { do: 'delete'; id: string }

export function useDoToChannel() {
  const queries = useQueryClient()
  return useMutation<Channel | void, ApiError, ChannelDeed>({
    mutationFn: (deed): Promise<Channel | void> => (deed.do === 'create' ? createChannel(deed.label, deed.config) : deed.do === 'change' ? changeChannel(deed.id, deed.changes) : deleteChannel(deed.id)),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['channels'] }), queries.invalidateQueries({ queryKey: ['alerts'] })]),
  })
}
