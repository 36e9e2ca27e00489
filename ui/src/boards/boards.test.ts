import { expect, test } from 'vitest'
import { boardSearch, choosing, variablesIn } from './address'
import { added, duplicated, emptyBoard, groupMoved, keyOf, panelTitle, panelsOf, readDefinition, renamed, slugOf, sqlOf, titleOf, withGroup, withoutGroup, withoutPanel } from './definition'
import { changed, draftOf, isDirty, redone, undone } from './draft'
import { readAt, withAt } from './fields'
import { panelOfResult } from './fromExplore'
import { panelOf, readNewPanel } from './newPanel'
import { Pool } from './pool'
import { durationMs, lastOf, lengthOf, resolutionOf } from './resolution'
import { formatted, onAxis } from './units'

const exported = {
  kind: 'Dashboard', metadata: { name: 'Web', createdAt: '2026-01-01', version: 3 },
  spec: {
    display: { name: 'Web server' }, datasources: {}, annotations: [1],
    panels: { 'a/b': { kind: 'Panel', spec: { display: { name: 'Rate' }, plugin: { kind: 'Unknown3D', spec: { twist: 1 } }, queries: [{ kind: 'TimeSeriesQuery', spec: { plugin: { kind: 'LogfireTimeSeriesQuery', spec: { query: 'SELECT 1' } } } }] } } },
    layouts: [{ kind: 'Grid', spec: { display: { title: 'Top', collapse: { open: false } }, items: [{ x: 0, y: 0, width: 12, height: 6, content: { $ref: '#/spec/panels/a~1b' }, note: 'kept' }] } }],
  },
}

test('what nobody knows stays in a definition, whatever is changed', () => {
  const board = renamed(readDefinition({ dashboard: exported }), 'Shop')
  expect(board.metadata).toEqual({ name: 'Shop', createdAt: '2026-01-01', version: 3 })
  expect(board.spec).toMatchObject({ datasources: {}, annotations: [1], display: { name: 'Shop' } })
  expect(board.spec.layouts[0]!.spec.items[0]).toEqual(exported.spec.layouts[0]!.spec.items[0])
  expect(panelsOf(board)['a/b']!.spec.plugin).toEqual({ kind: 'Unknown3D', spec: { twist: 1 } })
  expect(keyOf(board.spec.layouts[0]!.spec.items[0]!)).toBe('a/b')
  expect(sqlOf(panelsOf(board)['a/b']!)).toBe('SELECT 1')
})

test('what is no dashboard says why', () => {
  expect(() => readDefinition([])).toThrow('it has no "spec"')
  expect(() => readDefinition({ kind: 'Folder', spec: {} })).toThrow('but a Folder')
  expect(titleOf(readDefinition({ spec: { panels: { x: null }, layouts: [null, { spec: { items: [null, {}] } }], variables: [7] } }))).toBe('Dashboard')
})

test('panels are added beside or below, copied and taken away', () => {
  const one = added(emptyBoard('B'), panelOf({ name: 'p95 by route', kind: 'Values', sql: 'SELECT 1' }))
  expect(one.key).toBe('P95ByRoute')
  const two = added(one.board, panelOf({ name: 'p95 by route', kind: 'Values' }))
  expect(two.key).toBe('P95ByRoute2')
  const copied = duplicated(two.board, two.key)
  expect(copied.spec.layouts[0]!.spec.items.map(({ x, y }) => [x, y])).toEqual([[0, 0], [6, 0], [12, 0]])
  expect(panelTitle(Object.values(panelsOf(copied))[2]!)).toBe('p95 by route copy')
  const full = added(copied, panelOf({ name: 'wide', kind: 'Table' }))
  expect(full.board.spec.layouts[0]!.spec.items.at(-1)).toMatchObject({ x: 0, y: 4 })
  const less = withoutPanel(full.board, one.key)
  expect(Object.keys(panelsOf(less))).toEqual(['P95ByRoute2', 'P95ByRouteCopy', 'Wide'])
})

test('groups are added, moved and taken away with their panels', () => {
  const board = added(withGroup(emptyBoard('B'), 'Second'), panelOf({ name: 'x', kind: 'Table' })).board
  expect(groupMoved(board, 1, -1).spec.layouts.map((grid) => grid.spec.display?.title)).toEqual(['Second', undefined])
  expect(groupMoved(board, 1, 1)).toEqual(board)
  const without = withoutGroup(board, 1)
  expect([without.spec.layouts.length, panelsOf(without)]).toEqual([1, {}])
})

test('names become parts of addresses', () => {
  expect(['Web server', 'Größe & Maß!', '***', 'new'].map(slugOf)).toEqual(['web-server', 'gro-e-ma', 'dashboard', 'new-dashboard'])
})

test('each change is a step back and forth', () => {
  const start = draftOf(emptyBoard('A'), 3)
  const two = changed(changed(start, renamed(start.present, 'B')), renamed(start.present, 'C'))
  expect(changed(two, structuredClone(two.present))).toBe(two)
  expect(titleOf(undone(two).present)).toBe('B')
  expect(titleOf(redone(undone(two)).present)).toBe('C')
  expect([isDirty(start), isDirty(two), isDirty(undone(undone(two)))]).toEqual([false, true, false])
  expect(undone(start)).toBe(start)
  expect(redone(undone(two)).version).toBe(3)
  expect(changed(undone(two), start.present).future).toEqual([])
})

test('the address keeps variables, and leaves out what cannot be meant', () => {
  const search = boardSearch({ last: '1h', refresh: 'often', res: '7 minutes', 'var.env': 'prod', nonsense: '1' })
  expect(search).toEqual({ last: '1h', 'var.env': 'prod' })
  expect(variablesIn({ ...search, ...choosing('service', 'api') })).toEqual([['env', 'prod'], ['service', 'api']])
})

test('a bucket is about four pixels wide, from a ladder of lengths', () => {
  const hour = 3600e6
  expect([resolutionOf(hour, 1200), resolutionOf(hour, 300), resolutionOf(24 * hour, 800), resolutionOf(60e6, 2000), resolutionOf(400 * 24 * hour, 300)]).toEqual(['15 seconds', '1 minute', '10 minutes', '1 second', '7 days'])
  expect([lengthOf('5 minutes'), lengthOf('7 minutes')]).toEqual([300e6, undefined])
})

test('durations of definitions', () => {
  expect([durationMs('1h30m'), durationMs('500ms'), durationMs('0s'), durationMs(undefined)]).toEqual([5_400_000, 500, 0, 0])
  expect(['1h', '1h30m', '2d', '90s', '0s', undefined].map(lastOf)).toEqual(['1h', '90m', '2d', '90s', undefined, undefined])
})

test('numbers have their units', () => {
  const said = (n: number, unit?: string) => formatted(n, unit === undefined ? {} : { unit })
  expect([said(12_345), said(0.35, 'seconds'), said(1500, 'milliseconds'), said(12e6, 'bytes'), said(2048, 'bytes/sec'), said(0.034, 'percent-decimal'), said(99.95, 'percent'), said(1.5, 'requests/sec'), said(0.0042, 'usd'), said(3, 'cups')])
    .toEqual(['12,345', '350ms', '1.50s', '12 MB', '2.05 kB/s', '3.4 %', '100 %', '1.5 req/s', '$0.0042', '3 cups'])
  expect([said(7771.4), said(0.2828), said(1.5e6), said(123.44), said(0)]).toEqual(['7,771', '0.283', '1.5M', '123.4', '0'])
  expect([onAxis({ unit: 'requests/sec' }), onAxis({ unit: 'tokens', decimals: 1 }), onAxis({ unit: 'seconds' })]).toEqual([{}, { decimals: 1 }, { unit: 'seconds' }])
  expect([formatted(1234.5, { decimals: 2 }), formatted(1_234_567, { short: false })]).toEqual(['1,234.50', '1,234,567'])
})

test('fields of a spec change at their place, and leave nothing empty behind', () => {
  const spec = { yAxis: { format: { unit: 'seconds' }, label: 'kept' }, other: 1 }
  expect(withAt(spec, ['yAxis', 'format', 'unit'], 'bytes')).toEqual({ yAxis: { format: { unit: 'bytes' }, label: 'kept' }, other: 1 })
  expect(withAt(spec, ['yAxis', 'format', 'unit'], undefined)).toEqual({ yAxis: { label: 'kept' }, other: 1 })
  expect(withAt({}, ['visual', 'display'], 'bar')).toEqual({ visual: { display: 'bar' } })
  expect([readAt(spec, ['yAxis', 'format', 'unit']), readAt(spec, ['no', 'where'])]).toEqual(['seconds', undefined])
})

test('what Explore shows becomes a panel', () => {
  const asked = { text: 'SELECT 1;  SELECT x, n FROM r;', from: 11, to: 30, values: {} }
  const answer = { fields: [{ name: 'x', data_type: { Timestamp: [] }, nullable: true }, { name: 's', data_type: 'Utf8', nullable: true }, { name: 'n', data_type: 'Int64', nullable: true }], rows: [] }
  expect(panelOfResult('Query 1', { asked, answer }, 'table', '')).toEqual({ name: 'Query 1', kind: 'Table', sql: 'SELECT x, n FROM r' })
  expect(panelOfResult('Query 1', { asked, answer }, 'chart', 'type=bars&x=x&y=n&by=s')).toEqual({ name: 'n by s', kind: 'TimeSeriesChart', sql: 'SELECT x, n FROM r', groupBy: 's', metrics: ['n'], look: { visual: { display: 'bar', stack: 'all' } } })
  expect(panelOfResult('Query 1', { asked, answer }, 'chart', 'type=pie&x=s&y=n')).toMatchObject({ kind: 'PieChart', groupBy: 's', metrics: ['n'], name: 'n by s' })
  const panel = panelOf(readNewPanel(JSON.stringify(panelOfResult('Q', { asked, answer }, 'chart', 'type=line&x=x&y=n')))!)
  expect(panel.spec.queries![0]!.spec.plugin).toEqual({ kind: 'LogfireTimeSeriesQuery', spec: { query: 'SELECT x, n FROM r', metrics: ['n'] } })
  const text = 'SELECT count(*) FROM r WHERE a = $a AND $__from > 0'
  const filled = panelOfResult('Q', { asked: { text, from: 0, to: text.length, values: { a: 'x', b: 'y', __from: '1' } } }, 'table', '')
  expect(panelOf(filled).spec.variables).toEqual([{ kind: 'TextVariable', spec: { name: 'a', value: 'x' } }])
  expect([readNewPanel(undefined), readNewPanel('{'), readNewPanel('{"name":"x","kind":"Hologram"}')]).toEqual([undefined, undefined, undefined])
})

test('so many requests run at a time; who leaves the line is not asked', async () => {
  const pool = new Pool(2)
  const ends: (() => void)[] = []
  const started: string[] = []
  const work = (name: string) => () => new Promise<string>((resolve) => {
    started.push(name)
    ends.push(() => resolve(name))
  })
  const signal = new AbortController().signal
  const gone = new AbortController()
  const [a, b, c, d] = [pool.run(signal, work('a')), pool.run(signal, work('b')), pool.run(gone.signal, work('c')), pool.run(signal, work('d'))]
  expect(started).toEqual(['a', 'b'])
  gone.abort()
  await expect(c).rejects.toThrow()
  ends[0]!()
  expect(await a).toBe('a')
  await Promise.resolve()
  expect(started).toEqual(['a', 'b', 'd'])
  const e = pool.run(signal, work('e'))
  ends[1]!()
  ends[2]!()
  expect([await b, await d]).toEqual(['b', 'd'])
  ends[3]!()
  expect(await e).toBe('e')
})
