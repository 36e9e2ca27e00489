// A dashboard that is being edited: each change is a step that can be taken back.

import type { Definition } from './definition'

export interface Draft {
  /** What the server had when editing began, and which version that was: what it has by now may be another one. */
  saved: Definition
  version: number
  past: readonly Definition[]
  present: Definition
  future: readonly Definition[]
}

const mostSteps = 200

export function draftOf(saved: Definition, version: number): Draft {
  return { saved, version, past: [], present: saved, future: [] }
}

export function changed(draft: Draft, present: Definition): Draft {
  if (JSON.stringify(present) === JSON.stringify(draft.present)) return draft
  return { ...draft, past: [...draft.past, draft.present].slice(-mostSteps), present, future: [] }
}

export function undone(draft: Draft): Draft {
  const before = draft.past.at(-1)
  return before ? { ...draft, past: draft.past.slice(0, -1), present: before, future: [draft.present, ...draft.future] } : draft
}

export function redone(draft: Draft): Draft {
  const [next, ...future] = draft.future
  return next ? { ...draft, past: [...draft.past, draft.present], present: next, future } : draft
}

export function isDirty(draft: Draft): boolean {
  return draft.present !== draft.saved && JSON.stringify(draft.present) !== JSON.stringify(draft.saved)
}
