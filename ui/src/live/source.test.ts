import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../api/client'
import type { Row, WireRow } from '../api/record'
import { formatUTC } from '../lib/time'
import { running, type Direction, type Read } from './pages'
import { busyMs, gatherMs, lateMs, LiveSource, mostHeld, recountMs, settleMs, type Server } from './source'
import { LiveStore, type Counted, type Page, type Placed, type Position } from './store'
import { firstWordMs, hiddenMs, pollPauseMs, silentMs } from './tail'
import { row } from './testing'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const noPage: Read = { rows: [], context: [], counts: [], outlines: new Map(), full: false }

function counted(trace: string, changes: Partial<Counted> = {}): Counted {
  return { trace, start: 1000, seen: 3000, records: 1, matches: 1, running: 0, level: 9, usage: { input: 0, output: 0, cost: 0, calls: 0 }, ...changes }
}

function wire(one: Row): WireRow {
  return {
    created_at: formatUTC(one.created), start_timestamp: formatUTC(one.start), end_timestamp: formatUTC(one.end), duration: 0, trace_id: one.trace, span_id: one.span,
    parent_span_id: one.parent ?? null, kind: one.pending ? 'pending_span' : one.kind, level: one.level, span_name: one.name, message: one.message, service_name: one.service, tags: [],
    is_exception: false, exception_type: null, otel_scope_name: null, otel_status_code: null, http_response_status_code: null, deployment_environment: null, gen_ai_operation_name: null,
    gen_ai_request_model: null, gen_ai_response_model: null, gen_ai_usage_input_tokens: null, gen_ai_usage_output_tokens: null, operation_cost: null, service_instance_id: null, process_pid: null,
  }
}

/** A server whose tail the test writes, and whose pages it chooses. */
class Fake implements Server {
  asked: string[] = []
  opened: { filter: string; cursor: string; poll: boolean }[] = []
  page: (from: Position | undefined, direction: Direction) => Promise<Read> = () => Promise.resolve(noPage)
  changedPage: Read = noPage
  ofTraces: (ids: readonly string[]) => Page = () => noPage
  refuse: ApiError | undefined
  /** What the tail says is held back on its way. */
  silent = false
  private stream: ReadableStreamDefaultController<Uint8Array> | undefined
  private ids = 0

  pages: Server['pages'] = {
    read: (from, direction) => {
      this.asked.push(`${direction} ${from?.id ?? ''}`)
      return this.page(from, direction)
    },
    changed: (since) => {
      this.asked.push(`changed ${since}`)
      return Promise.resolve(this.changedPage)
    },
    traces: (ids) => {
      this.asked.push(`traces ${ids.join(',')}`)
      return Promise.resolve(this.ofTraces(ids))
    },
    whole: (trace) => {
      this.asked.push(`whole ${trace}`)
      return Promise.resolve([row({ span: 'root' }), row({ span: 'child', parent: 'root' })])
    },
    children: (_trace, parent) => {
      this.asked.push(`children ${parent}`)
      return Promise.resolve([row({ span: 'child', parent })])
    },
    outlines: () => Promise.resolve(new Map()),
  }

  openTail(filter: string, cursor: string, signal: AbortSignal, poll: boolean): Promise<ReadableStream<Uint8Array>> {
    this.opened.push({ filter, cursor, poll })
    if (this.refuse) return Promise.reject(this.refuse)
    return Promise.resolve(new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.stream = controller
        signal.addEventListener('abort', () => controller.error(new Error('aborted')))
      },
    }))
  }

  write(text: string): void {
    this.stream!.enqueue(new TextEncoder().encode(text))
  }

  records(rows: Row[], of?: number): void {
    this.write(`id: ${++this.ids}\nevent: records\ndata: ${JSON.stringify({ rows: rows.map(wire), ...(of === undefined ? {} : { of }) })}\n\n`)
  }

  cut(): void {
    this.stream!.close()
  }
}

interface Setting {
  fake: Fake
  store: LiveStore
  source: LiveSource
  placed: Placed[]
  weights: number[]
  annotated: string[]
}

async function begin(condition = '', prepare: (fake: Fake) => void = () => undefined): Promise<Setting> {
  const fake = new Fake()
  prepare(fake)
  const store = new LiveStore({ flat: false, filtered: condition !== '', newestFirst: false })
  const placed: Placed[] = []
  const weights: number[] = []
  const annotated: string[] = []
  const source = new LiveSource(store, { condition, live: true }, fake, (some, _, weight) => {
    placed.push(...some)
    weights.push(weight)
  }, (keys) => annotated.push(...keys))
  source.start()
  await vi.advanceTimersByTimeAsync(0)
  if (!fake.refuse && !fake.silent) fake.write(': here\n\n')
  await vi.advanceTimersByTimeAsync(settleMs + gatherMs)
  fake.asked.splice(0)
  return { fake, store, source, placed, weights, annotated }
}

const spans = (store: LiveStore) => store.list().map((item) => (item.kind === 'record' ? item.row.span : item.kind))

test('what the tail brings is gathered and told', async () => {
  const { fake, store, placed } = await begin()
  fake.records([row({ span: 'a' })])
  fake.records([row({ trace: 'u', span: 'b', start: 5000, level: 17 })])
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(spans(store)).toEqual(['a', 'b'])
  expect(placed.map((one) => one.error)).toEqual([false, true])
})

test('annotations are no lines, unless they are asked for; of what they are about is told', async () => {
  const said = row({ span: 'said', parent: 'a', kind: 'annotation' })
  const { fake, store, annotated } = await begin()
  fake.records([row({ span: 'a' }), said])
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(spans(store)).toEqual(['a'])
  expect(store.list()[0]).toMatchObject({ below: 0 })
  expect(annotated).toEqual([])
  await vi.advanceTimersByTimeAsync(settleMs)
  expect(annotated).toEqual(['t/a'])

  const asking = await begin("kind = 'annotation'")
  asking.fake.records([said])
  await vi.advanceTimersByTimeAsync(gatherMs + settleMs)
  expect(asking.store.list()[0]).toMatchObject({ row: { span: 'said' } })
  expect(asking.annotated).toEqual([])
})

test('while much arrives it is drawn less often', async () => {
  const { fake, store } = await begin()
  const some = (name: string) => fake.records(Array.from({ length: 40 }, (_, i) => row({ trace: `${name}${i}`, span: `${name}${i}` })))
  some('a')
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(store.list().length).toBe(40)
  some('b')
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(store.list().length).toBe(40)
  await vi.advanceTimersByTimeAsync(busyMs - gatherMs)
  expect(store.list().length).toBe(80)
  fake.records([row({ trace: 'c', span: 'c' })])
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(store.list().length).toBe(81)
})

test('what was on its way to the tables when the page was read is read again', async () => {
  const fake = new Fake()
  fake.page = () => Promise.resolve({ ...noPage, rows: [row({ span: 'a', created: 9_000_000 })], counts: [counted('t', { seen: 9_000_000 })] })
  fake.changedPage = { ...noPage, rows: [row({ trace: 'u', span: 'b', start: 2000 })], counts: [counted('u', { start: 2000 })] }
  const store = new LiveStore()
  const source = new LiveSource(store, { condition: '', live: true }, fake, () => undefined)
  source.start()
  await vi.advanceTimersByTimeAsync(settleMs + gatherMs)
  expect(fake.asked).toEqual(['older ', 'changed 4000000'])
  expect(spans(store)).toEqual(['a', 'b'])
})

test('what was on its way is read once more later, and never from the beginning of time', async () => {
  const fake = new Fake()
  let answer: (page: Read) => void = () => undefined
  fake.page = () => new Promise((resolve) => (answer = resolve))
  const source = new LiveSource(new LiveStore(), { condition: '', live: true }, fake, () => undefined)
  source.start()
  await vi.advanceTimersByTimeAsync(settleMs) // the tail is there before the page
  answer({ ...noPage, rows: [row({ span: 'a', created: 9_000_000 })], counts: [counted('t', { seen: 9_000_000 })] })
  await vi.advanceTimersByTimeAsync(settleMs)
  expect(fake.asked).toEqual(['older ', 'changed 4000000'])
  await vi.advanceTimersByTimeAsync(lateMs)
  expect(fake.asked).toEqual(['older ', 'changed 4000000', 'changed 4000000'])
})

test('a trace that began before the list is not placed where its late record is', async () => {
  const { fake, store, placed } = await begin('', (fake) => {
    fake.page = () => Promise.resolve({ ...noPage, full: true, rows: [row({ trace: 'first', span: 'f', start: 500_000 })], counts: [counted('first', { start: 500_000 })] })
    fake.ofTraces = (ids) => ({ ...noPage, counts: ids.includes('old') ? [counted('old', { start: 100 })] : [] })
  })
  fake.records([row({ trace: 'old', span: 'late', parent: 'x', start: 900_000 }), row({ trace: 'new', span: 'early', parent: 'y', start: 900_000 })])
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(fake.asked).toEqual(['traces old,new'])
  expect(spans(store)).toEqual(['f', 'early'])
  expect(placed.map((one) => [one.position.id, one.where])).toEqual([['old', 'before'], ['new', 'here']])
})

test('a trace of which only the root is here is counted again when the tail brings more of it', async () => {
  const { fake, store } = await begin('', (fake) => {
    fake.page = () => Promise.resolve({ ...noPage, rows: [row({ span: 'root' })], counts: [counted('t', { records: 3 })] })
  })
  fake.ofTraces = () => ({ ...noPage, counts: [counted('t', { records: 4, seen: 5000 })] })
  fake.records([row({ span: 'deep', parent: 'x' })])
  await vi.advanceTimersByTimeAsync(gatherMs + settleMs)
  expect(fake.asked).toEqual(['traces t'])
  expect(store.list().map((item) => item.kind === 'record' && item.below)).toEqual([3])
})

test('a paused list holds back what arrives, and goes on where it stopped', async () => {
  const { fake, store, source } = await begin()
  source.pause('key', true)
  source.pause('menu', true)
  fake.records([row({ span: 'a' })])
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(store.size).toBe(0)
  expect(source.snapshot().held).toBe(1)
  source.pause('menu', false)
  expect(store.size).toBe(0)
  source.pause('key', false)
  expect(spans(store)).toEqual(['a'])
  expect(source.snapshot().held).toBe(0)
})

test('too much to read again does not take the list away from who looks at older records', async () => {
  const { fake, store } = await begin('', (fake) => {
    fake.page = () => Promise.resolve({ ...noPage, rows: [row({ span: 'read' })], counts: [counted('t')] })
  })
  store.readsEnd = false
  fake.changedPage = { ...noPage, full: true, rows: [row({ trace: 'u', span: 'b', start: 90_000_000 })], counts: [counted('u', { start: 90_000_000 })] }
  fake.write('id: 9\nevent: gap\ndata: {"from":1,"to":2,"records":7000,"reason":"slow"}\n\n')
  await vi.advanceTimersByTimeAsync(settleMs)
  expect(spans(store)).toEqual(['read'])
  expect(store.edges.end).toBe(false)
})

test('of more than a paused list holds only the number is kept; going on reads them', async () => {
  const { fake, store, source } = await begin('', (fake) => {
    fake.page = () => Promise.resolve({ ...noPage, rows: [row({ span: 'first', created: 70_000_000 })], counts: [counted('t')] })
  })
  source.pause('key', true)
  for (let i = 0; i < 6; i++) fake.records(Array.from({ length: 1000 }, (_, j) => row({ trace: `${i}-${j}`, span: `${i}-${j}`, start: 2000 + i, created: 80_000_000 + i })))
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(source.snapshot().held).toBe(6000)
  source.pause('key', false)
  expect(store.size).toBe(mostHeld + 1)
  await vi.advanceTimersByTimeAsync(0)
  expect(fake.asked).toEqual(['changed 75000004'])
})

test('after a gap the list is read again; when that is too much, it begins anew at its end', async () => {
  const { fake, store, source } = await begin()
  fake.records([row({ span: 'a', created: 50_000_000 })])
  await vi.advanceTimersByTimeAsync(gatherMs)
  fake.write('id: 9\nevent: gap\ndata: {"from":1,"to":2,"records":70,"reason":"slow"}\n\n')
  await vi.advanceTimersByTimeAsync(0)
  expect(source.snapshot().missed).toBe(70)
  expect(store.isComplete('t')).toBe(false)
  fake.changedPage = { ...noPage, full: true, rows: [row({ trace: 'u', span: 'b', start: 90_000_000 })], counts: [counted('u', { start: 90_000_000 })] }
  fake.page = () => Promise.resolve({ ...noPage, rows: [row({ trace: 'newest', span: 'n' })], counts: [counted('newest')] })
  await vi.advanceTimersByTimeAsync(settleMs)
  expect(fake.asked).toContain('changed 45000000')
  expect(spans(store)).toEqual(['n'])
})

test('a connection that was cut is taken up after its cursor, with the lag while it catches up', async () => {
  const { fake, source } = await begin()
  fake.records([row({ span: 'a' })])
  fake.cut()
  await vi.advanceTimersByTimeAsync(0)
  expect(source.snapshot().connection).toBe('lost')
  source.reconnect()
  await vi.advanceTimersByTimeAsync(0)
  expect(fake.opened.map((one) => one.cursor)).toEqual(['', '1'])
  expect(source.snapshot().connection).toBe('catching up')
  fake.records([row({ span: 'b', created: (Date.now() - 8000) * 1000 })])
  await vi.advanceTimersByTimeAsync(0)
  expect(source.snapshot().lag).toBe(8_000_000)
  fake.write('id: 5\n: here\n\n')
  await vi.advanceTimersByTimeAsync(0)
  expect(source.snapshot()).toMatchObject({ connection: 'live', lag: 0 })
})

test('a hidden page gives its connection back after a minute, and goes on from its cursor', async () => {
  const { fake, source } = await begin()
  fake.records([row({ span: 'a' })])
  source.hide(true)
  await vi.advanceTimersByTimeAsync(hiddenMs - 1)
  source.hide(false)
  source.hide(true)
  for (let ms = 0; ms < hiddenMs - 1; ms += 10_000) {
    fake.write(': heartbeat\n\n')
    await vi.advanceTimersByTimeAsync(Math.min(10_000, hiddenMs - 1 - ms))
  }
  expect(source.snapshot().connection).toBe('live')
  await vi.advanceTimersByTimeAsync(1)
  expect(source.snapshot().connection).toBe('off')
  source.hide(false)
  await vi.advanceTimersByTimeAsync(0)
  expect(fake.opened.at(-1)?.cursor).toBe('1')
})

test('where nothing of a stream comes through, the tail polls', async () => {
  const { fake, store, source } = await begin('', (fake) => {
    fake.silent = true
  })
  await vi.advanceTimersByTimeAsync(firstWordMs)
  expect(fake.opened.map((one) => one.poll)).toEqual([false, true])
  expect(source.snapshot().connection).toBe('live')
  fake.records([row({ span: 'a' })])
  fake.cut()
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(spans(store)).toEqual(['a'])
  expect(source.snapshot().connection).toBe('live')
  await vi.advanceTimersByTimeAsync(pollPauseMs)
  expect(fake.opened.slice(2)).toEqual([{ filter: '', cursor: '1', poll: true }])
})

test('a connection that falls silent is opened anew', async () => {
  const { fake } = await begin()
  await vi.advanceTimersByTimeAsync(silentMs)
  await vi.advanceTimersByTimeAsync(500)
  expect(fake.opened.map((one) => one.poll)).toEqual([false, false])
})

test('a filter that the server refuses is said, and not tried again', async () => {
  const { fake, source } = await begin('lvl = 1', (fake) => {
    fake.refuse = new ApiError(400, 'no such column')
  })
  expect(source.snapshot()).toMatchObject({ connection: 'off', error: { message: 'no such column' } })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(fake.opened).toHaveLength(1)
})

test('who is refused because nobody is logged in goes on after somebody has', async () => {
  const { fake, source } = await begin('', (fake) => {
    fake.refuse = new ApiError(401, 'You are logged out.')
  })
  expect(source.snapshot()).toMatchObject({ connection: 'off', error: { status: 401 } })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(fake.opened).toHaveLength(1)
  fake.refuse = undefined
  source.admitted()
  await vi.advanceTimersByTimeAsync(0)
  expect(fake.opened).toHaveLength(2)
  expect(source.snapshot()).toMatchObject({ connection: 'live', error: undefined })
})

test('a sample says how many records each stands for, and the figure goes when all come again', async () => {
  const { fake, source, weights } = await begin()
  fake.records([row({ span: 'a' }), row({ span: 'b', parent: 'a' })], 24)
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(source.snapshot().oneOf).toBe(12)
  expect(weights).toEqual([12])
  await vi.advanceTimersByTimeAsync(3000)
  expect(source.snapshot().oneOf).toBe(1)
  expect(fake.asked).toContain('changed -5000000')
})

test('a list of what runs follows the ends of its spans, and of no others', async () => {
  const { fake, store } = await begin(`service_name = 'shop' AND ${running}`)
  expect(fake.opened[0]?.filter).toBe("service_name = 'shop' AND kind IN ('span', 'pending_span')")
  fake.records([row({ span: 'a', pending: true }), row({ trace: 'u', span: 'other' })])
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(spans(store)).toEqual(['a'])
  fake.records([row({ span: 'a' })])
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(spans(store)).toEqual(['a'])
  await vi.advanceTimersByTimeAsync(2000)
  expect(spans(store)).toEqual([])
})

test('a filtered list asks how its newest traces have grown: the tail brings matches alone', async () => {
  const { fake } = await begin('level > 3')
  fake.records([row({ span: 'a', created: 100_000_000 })])
  await vi.advanceTimersByTimeAsync(gatherMs)
  fake.asked.splice(0)
  await vi.advanceTimersByTimeAsync(recountMs)
  expect(fake.asked).toContain('traces t')
})

test('pages are read on in both directions, once at a time, until the range ends', async () => {
  const at = (start: number) => ({ rows: [row({ trace: `${start}`, span: `${start}`, start })], counts: [counted(`${start}`, { start })] })
  const { fake, store, source } = await begin('', (fake) => {
    fake.page = () => Promise.resolve({ ...noPage, ...at(500), full: true })
  })
  fake.page = () => Promise.resolve({ ...noPage, ...at(400), full: false })
  await Promise.all([source.more('older'), source.more('older'), source.more('newer')])
  expect(fake.asked).toEqual(['older 500'])
  await source.more('older')
  expect(fake.asked).toHaveLength(1)
  expect(store.edges).toEqual({ start: true, end: true })
  fake.page = () => Promise.resolve({ ...noPage, ...at(200), full: true })
  await source.jump(150)
  expect(store.edges).toEqual({ start: false, end: false })
  fake.page = () => Promise.resolve({ ...noPage, ...at(600), full: false })
  await source.more('newer')
  expect(spans(store)).toEqual(['200', '600'])
  expect(store.edges.end).toBe(true)
})

test('a small trace is opened whole, a large one level by level', async () => {
  const { fake, store, source } = await begin('', (fake) => {
    fake.page = () => Promise.resolve({ ...noPage, rows: [row({ span: 'root' }), row({ trace: 'big', span: 'top' })], counts: [counted('t', { records: 2 }), counted('big', { records: 9000 })] })
  })
  await source.open(store.list().find((item) => item.trace === 't')!)
  await source.open(store.list().find((item) => item.trace === 'big')!)
  expect(fake.asked).toEqual(['whole t', 'children top'])
  expect(store.isComplete('t')).toBe(true)
  expect(store.isComplete('big')).toBe(false)
})

test('a page that cannot be read is said', async () => {
  const { source } = await begin('', (fake) => {
    fake.page = () => Promise.reject(new ApiError(503, 'busy'))
  })
  expect(source.snapshot()).toMatchObject({ loading: false, error: { status: 503 } })
})
