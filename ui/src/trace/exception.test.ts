import { expect, test } from 'vitest'
import { fold, parseStack } from './exception'

const python = `Traceback (most recent call last):
  File "/srv/app/main.py", line 9, in pay
    charge(card)
    ~~~~~~^^^^^^
  File "/usr/lib/python3.11/site-packages/httpx/_client.py", line 1, in post
    raise error
  File "/usr/lib/python3.11/site-packages/httpx/_transport.py", line 2, in send
    raise error
httpx.ReadTimeout: timed out

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/main.py", line 12, in pay
    raise ValueError('no')
ValueError: no
  of two lines`

test('causes of Python are told apart, oldest first, with their frames', () => {
  const { chain, newestLast } = parseStack(python)
  expect(newestLast).toBe(true)
  expect(chain.map(({ title, link, frames }) => [title, link, frames.map((f) => f.place)])).toEqual([
    ['httpx.ReadTimeout: timed out', '', ['/srv/app/main.py:9', '/usr/lib/python3.11/site-packages/httpx/_client.py:1', '/usr/lib/python3.11/site-packages/httpx/_transport.py:2']],
    ['ValueError: no\n  of two lines', 'The above exception was the direct cause of the following exception', ['/srv/app/main.py:12']],
  ])
  expect(fold(chain[0]!.frames).map((group) => [group.library, group.frames.length])).toEqual([[false, 1], [true, 2]])
  expect(chain[0]!.frames[0]!.text).toContain('~~~~~~^^^^^^')
})

test('frames of JavaScript, with a cause', () => {
  const { chain, newestLast } = parseStack(`Error: no such card
    at pay (/srv/app/pay.js:10:5)
    at /srv/app/node_modules/express/router.js:2:3
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async Promise.all (index 0) {
  [cause]: TypeError: x is not a function
      at charge (file:///srv/app/charge.js:3:1)
}`)
  expect(newestLast).toBe(false)
  expect(chain.map((t) => [t.title, t.link])).toEqual([['Error: no such card', ''], ['TypeError: x is not a function', 'Caused by']])
  expect(chain[0]!.frames.map((f) => [f.place, f.library])).toEqual([
    ['/srv/app/pay.js:10', false], ['/srv/app/node_modules/express/router.js:2', true], ['node:internal/process/task_queues:95', true], ['', true],
  ])
  expect(chain[1]!.frames[0]!.place).toBe('file:///srv/app/charge.js:3')
})

test('frames of Java, with a cause', () => {
  const { chain } = parseStack(`com.shop.PaymentFailed: declined
\tat com.shop.Pay.charge(Pay.java:42)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)
\tat org.springframework.web.Filter.doFilter(Filter.java:1) ~[spring.jar:6]
Caused by: java.io.IOException: reset
\tat com.shop.Http.read(Http.java:7)
\t... 2 more`)
  expect(chain.map((t) => [t.title, t.link, t.frames.map((f) => f.library)])).toEqual([
    ['com.shop.PaymentFailed: declined', '', [false, true, true]],
    ['java.io.IOException: reset', 'Caused by', [false, true]],
  ])
  expect(chain[0]!.frames[0]!.place).toBe('Pay.java:42')
})

test('frames of Go are a function and its place', () => {
  const { chain } = parseStack(`goroutine 7 [running]:
main.pay(0xc000012345)
\t/srv/shop/pay.go:42 +0x1d
net/http.HandlerFunc.ServeHTTP(...)
\t/usr/local/go/src/net/http/server.go:2294 +0x29
github.com/x/y.Do()
\t/root/go/pkg/mod/github.com/x/y@v1.0.0/y.go:3 +0x1`)
  expect(chain[0]!.title).toBe('goroutine 7 [running]:')
  expect(chain[0]!.frames.map((f) => [f.place, f.library])).toEqual([
    ['/srv/shop/pay.go:42', false], ['/usr/local/go/src/net/http/server.go:2294', true], ['/root/go/pkg/mod/github.com/x/y@v1.0.0/y.go:3', true],
  ])
})

test('what is no stack trace is all title', () => {
  expect(parseStack('it broke\nbadly')).toEqual({ chain: [{ title: 'it broke\nbadly', frames: [], link: '' }], newestLast: false })
  expect(parseStack('').chain).toEqual([])
})
