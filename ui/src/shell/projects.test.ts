import { expect, test } from 'vitest'
import { byOrganization } from './projects'

const project = (organization: string, name: string) => ({ id: `${organization}/${name}`, organization_name: organization, project_name: name })

test('projects stand under their organisations, that of the page first', () => {
  const list = [project('acme', 'shop'), project('acme', 'till'), project('local', 'default'), project('club', 'bar')]
  const names = (here: string) => byOrganization(list, here).map(([name, projects]) => `${name}: ${projects.map((p) => p.project_name).join(' ')}`)
  expect(names('local')).toEqual(['local: default', 'acme: shop till', 'club: bar'])
  expect(names('elsewhere')).toEqual(['acme: shop till', 'club: bar', 'local: default'])
  expect(byOrganization([], 'local')).toEqual([])
})
