import { expect, test } from 'vitest'
import { conditionOf, inverted, isBucket, namesGroups } from './invert'

const chart = `SELECT time_bucket(INTERVAL '1 minute', start_timestamp) AS x, service_name, attributes->>'http.route' AS "the route",
  count(*) AS n, count(*) FILTER (WHERE level >= 'error') AS errors
FROM records -- all of them
WHERE kind = 'span' /* no logs */ AND (duration > 1 OR is_exception)
GROUP BY 1, 2 HAVING count(*) > 3 ORDER BY x LIMIT 10;`

test('the condition of a point: that of the statement, of its group, and of the number', () => {
  const of = inverted(chart)!
  expect(of.condition).toBe("kind = 'span' AND (duration > 1 OR is_exception)")
  expect(isBucket(of, 'x')).toBe(true)
  expect(conditionOf(of, [{ column: 'service_name', value: "o'api" }], 'n')).toBe("(kind = 'span' AND (duration > 1 OR is_exception)) AND service_name = 'o''api'")
  expect(conditionOf(of, [{ column: 'the route', value: '/pay' }], 'errors')).toBe("(kind = 'span' AND (duration > 1 OR is_exception)) AND attributes->>'http.route' = '/pay' AND level >= 'error'")
  expect(conditionOf(inverted('SELECT service_name, count(*) FROM records GROUP BY 1')!, [{ column: 'service_name', value: null }])).toBe('service_name IS NULL')
  expect(conditionOf(inverted("SELECT coalesce(a, 'x') AS a, count(*) AS n FROM records")!, [{ column: 'a', value: 'x' }])).toBe("coalesce(a, 'x') = 'x'")
  expect(conditionOf(inverted("SELECT a || b AS c, count(*) AS n FROM records")!, [{ column: 'c', value: 'x' }])).toBe("(a || b) = 'x'")
})

test('numbers are no groups', () => {
  const of = inverted(chart)!
  expect([namesGroups(of, 'service_name'), namesGroups(of, 'n'), namesGroups(of, 'nothing')]).toEqual([true, false, false])
  expect(conditionOf(of, [{ column: 'n', value: 7 }])).toBeUndefined()
  expect(conditionOf(of, [{ column: 'gone', value: 7 }])).toBeUndefined()
})

test('FROM within a call or after DISTINCT is no clause', () => {
  const of = inverted("SELECT extract(epoch FROM start_timestamp) AS s, a IS DISTINCT FROM b AS d FROM records_all WHERE a IS DISTINCT FROM 'x'")!
  expect(of.condition).toBe("a IS DISTINCT FROM 'x'")
  expect(namesGroups(of, 'd')).toBe(true)
})

test('where a statement says more than a condition over records, nothing is said', () => {
  for (const sql of [
    'WITH r AS (SELECT * FROM records) SELECT * FROM r', 'SELECT * FROM records r WHERE r.level > 9', 'SELECT * FROM records JOIN metrics ON true', 'SELECT a FROM records UNION SELECT b FROM records',
    'SELECT * FROM metrics', "SELECT * FROM records WHERE span_id IN (SELECT span_id FROM records)", 'SELECT * FROM (SELECT * FROM records)', 'SELECT 1', '', 'SELECT * FROM records, metrics', 'SELECT a FROM records WHERE b = $x',
  ]) expect(inverted(sql), sql).toBeUndefined()
})
