// What has arrived out of view.

import { useCallback, useState } from 'react'
import { compare, type Item, type Placed, type Position } from '../../live/store'

/** How many traces arrived above and below, the last of those above, and whether those below hold errors. */
export interface Unread {
  older: number
  newer: number
  errors: boolean
  lastOlder: Position | undefined
}

export const nothingUnread: Unread = { older: 0, newer: 0, errors: false, lastOlder: undefined }

function positionOf(item: Item): Position {
  return { at: item.kind === 'record' ? item.traceStart : item.kind === 'missing' ? item.first.start : item.parent.start, id: item.trace }
}

/** Sorts what was placed into older and newer than what is in view. At the end of the list, what is newer is seen. */
export function unreadAfter(old: Unread, placed: Placed[], top: Item | undefined, atEnd: boolean): Unread {
  const next = { ...old }
  for (const one of placed) {
    const older = one.where === 'before' || (one.where === 'here' && top !== undefined && compare(one.position, positionOf(top)) < 0)
    if (older) {
      next.older++
      next.lastOlder = one.position
    } else if (!atEnd) {
      next.newer++
      next.errors ||= one.error
    }
  }
  return next
}

/** Keeps count while the reader is elsewhere, and forgets what he has gone to. */
export function useUnread() {
  const [unread, setUnread] = useState(nothingUnread)
  return {
    unread,
    arrived: (placed: Placed[], top: Item | undefined, atEnd: boolean) => {
      if (placed.length > 0) setUnread((old) => unreadAfter(old, placed, top, atEnd))
    },
    newerSeen: useCallback(() => setUnread((old) => ({ ...old, newer: 0, errors: false })), []),
    olderSeen: useCallback(() => setUnread((old) => ({ ...old, older: 0, lastOlder: undefined })), []),
  }
}
