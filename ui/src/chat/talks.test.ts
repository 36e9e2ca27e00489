import { expect, test } from 'vitest'
import { row } from '../live/testing'
import { talking } from './talks'

test('a conversation is offered for model calls and what they lie below, also in circles', () => {
  const rows = [
    row({ span: 'root' }), row({ span: 'sql', parent: 'root' }), row({ span: 'agent', parent: 'root' }),
    row({ span: 'chat', parent: 'agent', operation: 'chat' }), row({ span: 'x', parent: 'y', operation: 'chat' }), row({ span: 'y', parent: 'x' }),
  ]
  expect([...talking(rows)].sort()).toEqual(['agent', 'chat', 'root', 'x', 'y'])
})
