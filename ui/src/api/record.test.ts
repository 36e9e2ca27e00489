import { describe, expect, it } from 'vitest'
import { isMessage } from './record'

describe('isMessage', () => {
  it('knows the logs that a model call was told in', () => {
    expect(isMessage({ kind: 'log', name: 'gen_ai.user.message', parent: 'a1' })).toBe(true)
    expect(isMessage({ kind: 'log', name: 'gen_ai.choice', parent: 'a1' })).toBe(true)
  })

  it('leaves other logs, spans of that name and messages without a call alone', () => {
    expect(isMessage({ kind: 'log', name: 'order placed', parent: 'a1' })).toBe(false)
    expect(isMessage({ kind: 'log', name: 'gen_ai.evaluation.result', parent: 'a1' })).toBe(false)
    expect(isMessage({ kind: 'span', name: 'gen_ai.choice', parent: 'a1' })).toBe(false)
    expect(isMessage({ kind: 'log', name: 'gen_ai.choice', parent: undefined })).toBe(false)
  })
})
