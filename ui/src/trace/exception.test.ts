import { expect, test } from 'vitest'
import { fold, frames } from './exception'

const python = `Traceback (most recent call last):
  File "/srv/app/main.py", line 9, in pay
    charge(card)
    ~~~~~~^^^^^^
  File "/usr/lib/python3.11/site-packages/httpx/_client.py", line 1, in post
    raise error
  File "/usr/lib/python3.11/site-packages/httpx/_transport.py", line 2, in send
    raise error

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app/main.py", line 12, in pay
    raise ValueError('no')
ValueError: no`

test('nothing of a stack trace is lost', () => {
  expect(frames(python).map((frame) => frame.text).join('\n')).toBe(python)
})

test('frames of libraries are told apart and folded together', () => {
  const groups = fold(frames(python))
  expect(groups.filter((group) => group.library).map((group) => group.frames.length)).toEqual([2])
  expect(frames('Error: x\n    at pay (/srv/app.js:1:2)\n    at run (node:internal/process:3:4)').map((f) => f.library)).toEqual([false, false, true])
})
