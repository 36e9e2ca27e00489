import { expect, test } from 'vitest'
import { LiveStore, type Placed } from '../../live/store'
import { row } from '../../live/testing'
import { nothingUnread, unreadAfter } from './unread'

const store = new LiveStore()
store.edges = { start: true, end: true }
store.merge([row({ span: 'top', start: 5000 })], true)
const top = store.list()[0]
const placed = (at: number, where: Placed['where'] = 'here', error = false): Placed => ({ position: { at, id: 'x' }, where, error })

test('what is older than the top of the view, or before what is here, has arrived above', () => {
  expect(unreadAfter(nothingUnread, [placed(4000), placed(9000, 'before')], top, false)).toEqual({ older: 2, newer: 0, errors: false, lastOlder: { at: 9000, id: 'x' } })
})

test('what is newer counts for who is not at the end, and says whether it failed', () => {
  const some = [placed(6000), placed(7000, 'after', true)]
  expect(unreadAfter(nothingUnread, some, top, false)).toMatchObject({ newer: 2, errors: true })
  expect(unreadAfter(nothingUnread, some, top, true)).toEqual(nothingUnread)
})
