import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** The folders of the app from the bottom up: each imports from those before it. docs/architecture.md says what they are. */
const layers = ['lib', 'api', 'place', 'ui', 'sql', 'charts', 'explore', 'saved', 'live', 'chat', 'trace', 'boards', 'metrics', 'shell', 'alerts', 'pages', 'routes']

/** What stands beside the folders belongs to one of them. */
const alias: Record<string, string> = { search: 'place', main: 'routes' }

function layerOf(path: string): number {
  const name = path.split('/')[0]!.replace(/\.tsx?$/, '')
  return layers.indexOf(alias[name] ?? name)
}

test('the folders of the app are layers', () => {
  const wrong: string[] = []
  for (const file of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(file) || file.includes('.test.')) continue
    const own = layerOf(file)
    if (own < 0) wrong.push(`${file} is in no layer`)
    for (const [, path] of readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/(?:from |import\()'(\.[^']*)'/g)) {
      const target = join(file, '..', path!)
      if (layerOf(target) > own) wrong.push(`${file} imports ${target}`)
    }
  }
  expect(wrong).toEqual([])
})
