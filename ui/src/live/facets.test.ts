import { expect, test } from 'vitest'
import { column } from '../sql/condition'
import { asks, errorsOnly, exclude, facetSQL, onlyThis, runningSQL, switched, toggle } from './facets'
import { running } from './pages'

const service = column('service_name')

test('clicks on values write them into the box, beside what stands there', () => {
  let q = toggle('pay', service, 'api')
  expect(q).toBe("message ILIKE '%pay%' AND service_name = 'api'")
  q = toggle(q, service, 'web')
  expect(q).toBe("message ILIKE '%pay%' AND service_name IN ('api', 'web')")
  q = exclude(q, service, 'web')
  expect(q).toBe("message ILIKE '%pay%' AND service_name = 'api' AND service_name IS DISTINCT FROM 'web'")
  q = toggle(q, service, 'api')
  expect(q).toBe("message ILIKE '%pay%' AND service_name IS DISTINCT FROM 'web'")
  expect(onlyThis(q, service, null)).toBe("message ILIKE '%pay%' AND service_name IS NULL")
  expect(exclude(q, service, 'web')).toBe("message ILIKE '%pay%'")
})

test('a facet counts without its own part', () => {
  expect(facetSQL("service_name = 'a' AND level > 3", service, 9)).toContain("FROM records WHERE (level > 3\n) AND kind <> 'annotation' GROUP BY 1")
  expect(facetSQL("service_name = 'a'", service, 9)).toContain("FROM records WHERE kind <> 'annotation' GROUP BY 1")
  // Annotations are found by their kind.
  expect(facetSQL('', column('kind'), 9)).toContain('FROM records  GROUP BY 1')
  expect(facetSQL('', column('tags'), 9)).toContain('unnest(tags) AS value')
  expect(facetSQL(running, service, 9)).toContain('FROM records_all WHERE')
})

test('errors only and running only are switched on and off', () => {
  expect(switched('pay', errorsOnly)).toBe("message ILIKE '%pay%' AND level >= 'error'")
  expect(switched(switched('pay', errorsOnly), errorsOnly)).toBe("message ILIKE '%pay%'")
  const both = switched(switched('', errorsOnly), running)
  expect(asks(both, running)).toBe(true)
  expect(asks(both, errorsOnly)).toBe(true)
  expect(switched(both, running)).toBe(errorsOnly)
  expect(runningSQL(both)).toContain(`WHERE ${running} AND (${errorsOnly}\n)`)
})
