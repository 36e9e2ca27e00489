import { expect, test } from 'vitest'
import { byOrganization, landing } from './projects'

const project = (organization: string, name: string) => ({ id: `${organization}/${name}`, organization_name: organization, project_name: name })

test('projects stand under their organisations, that of the page first', () => {
  const list = [project('acme', 'shop'), project('acme', 'till'), project('local', 'default'), project('club', 'bar')]
  const names = (here: string) => byOrganization(list, here).map(([name, projects]) => `${name}: ${projects.map((p) => p.project_name).join(' ')}`)
  expect(names('local')).toEqual(['local: default', 'acme: shop till', 'club: bar'])
  expect(names('elsewhere')).toEqual(['acme: shop till', 'club: bar', 'local: default'])
  expect(byOrganization([], 'local')).toEqual([])
})

test('who names no project lands where they were last, else in the one of every server, else in the first', () => {
  const list = [project('acme', 'default'), project('acme', 'shop'), project('local', 'default'), project('local', 'shop')]
  const at = (last: string, org?: string, of = list) => landing(of, last, org)?.id
  expect(at('')).toBe('local/default')
  expect(at('acme/shop')).toBe('acme/shop')
  expect(at('acme/gone')).toBe('local/default')
  expect(at('', undefined, list.slice(0, 2))).toBe('acme/default')
  expect(at('', 'acme')).toBe('acme/default')
  expect(at('acme/shop', 'acme')).toBe('acme/shop')
  expect(at('acme/shop', 'local')).toBe('local/default')
  expect(at('local/shop', 'club')).toBeUndefined()
  expect(at('', undefined, [])).toBeUndefined()
})
