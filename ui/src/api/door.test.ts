import { expect, test } from 'vitest'
import { entered, entrances, onDoubt, onEntered, refused } from './door'

test('refusals say what they can, and those of before the last entrance nothing', () => {
  const heard: string[] = []
  onDoubt(() => heard.push('doubt'))
  onEntered(() => heard.push('in'))
  const before = entrances()
  refused(403, '/v1/read-token-info', before) // asks who is there
  refused(403, '/api/v1/projects/', before)
  refused(404, '/api/v1/projects/1/alerts/2/', before)
  refused(404, '/v2/query', before)
  refused(401, '/v2/query', before)
  entered()
  refused(403, '/api/v1/projects/', before)
  expect(heard).toEqual(['doubt', 'doubt', 'in'])
})
