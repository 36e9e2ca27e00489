import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useBlocker, useNavigate } from '@tanstack/react-router'
import { useCallback, useRef, useState } from 'react'
import { ApiError } from '../../api/client'
import { saveDashboard, type Dashboard } from '../../api/dashboards'
import { renamed, titleOf, type Definition } from '../../boards/definition'
import { changed, draftOf, isDirty, redone, undone, type Draft } from '../../boards/draft'
import { dashboardQuery, useProjectId, type Opened } from '../../boards/queries'
import { create } from '../../boards/store'
import { usePlace } from '../../place'
import { notify } from '../../ui/notices'

/** A dashboard that is looked at, or edited until it is saved or discarded. isNew: the server has none of it yet. */
export function useEditing(opened: Opened, isNew: boolean) {
  const id = useProjectId()
  const place = usePlace()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [draft, setDraft] = useState<Draft | undefined>(() => (isNew ? draftOf(opened.definition, opened.version) : undefined))
  const dirty = draft !== undefined && (isDirty(draft) || (isNew && draft.past.length > 0))
  const leaving = useRef(false)
  const board = draft?.present ?? opened.definition

  const open = useCallback((one: Dashboard) => {
    leaving.current = true
    void navigate({ to: '/$org/$project/dashboards/$slug', params: { ...place, slug: one.dashboard_slug }, search: true, replace: isNew }).then(() => { leaving.current = false })
  }, [navigate, place.org, place.project, isNew])

  const save = useMutation<Dashboard, ApiError, { over?: boolean; copy?: boolean }>({
    mutationFn: ({ over, copy }) => {
      if (copy) return create(id, `${titleOf(board)} copy`, board)
      if (isNew) return create(id, titleOf(board), board)
      return saveDashboard(id, opened.dashboard_slug, { name: titleOf(board), definition: renamed(board, titleOf(board)), ...(over ? {} : { version: draft?.version ?? opened.version }) })
    },
    onSuccess: async (saved, { copy }) => {
      queries.setQueryData<Opened>(dashboardQuery(place.project, id, saved.dashboard_slug).queryKey, { ...saved, definition: copy ? renamed(board, saved.dashboard_name) : board })
      void queries.invalidateQueries({ queryKey: ['dashboards', place.project] })
      setDraft(undefined)
      notify('Saved')
      if (isNew || copy) open(saved)
    },
  })
  const conflict = save.error?.status === 409 && !isNew

  const guard = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && !leaving.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty && !leaving.current,
    withResolver: true,
  })
  return {
    board, dirty, save, conflict, guard,
    editing: draft !== undefined,
    canUndo: (draft?.past.length ?? 0) > 0,
    canRedo: (draft?.future.length ?? 0) > 0,
    start: () => setDraft((old) => old ?? draftOf(opened.definition, opened.version)),
    /** Each change is a step that can be taken back. */
    change: (present: Definition) => setDraft((old) => changed(old ?? draftOf(opened.definition, opened.version), present)),
    undo: () => setDraft((old) => old && undone(old)),
    redo: () => setDraft((old) => old && redone(old)),
    discard: () => {
      save.reset()
      setDraft(undefined)
    },
    /** Forgets the draft for what the server has now. */
    reload: async () => {
      await queries.invalidateQueries({ queryKey: dashboardQuery(place.project, id, opened.dashboard_slug).queryKey })
      save.reset()
      setDraft(undefined)
    },
    /** The draft is given up: whoever calls leads elsewhere. */
    leave: () => { leaving.current = true },
  }
}

export type Editing = ReturnType<typeof useEditing>
