import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('../tokens.css', import.meta.url), 'utf8')
const tokens = new Map([...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map((m) => [m[1]!, [m[2]!, m[3]!] as const]))

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number]
  return (x + 0.05) / (y + 0.05)
}

function check(names: string[], backgrounds: string[], least: number): void {
  for (const name of names) {
    for (const background of backgrounds) {
      for (const theme of [0, 1] as const) {
        const ratio = contrast(tokens.get(name)![theme], tokens.get(background)![theme])
        expect(ratio, `${name} on ${background}, ${theme ? 'dark' : 'light'}`).toBeGreaterThanOrEqual(least)
      }
    }
  }
}

test('text can be read on every background', () => {
  check(['text', 'text-dim'], ['bg', 'bg-raised', 'bg-sunken', 'bg-hover', 'bg-selected', 'error-row', 'error-bg'], 4.5)
  check(['text-faint', 'accent', 'syntax-key', 'syntax-string', 'syntax-number', 'syntax-word'], ['bg', 'bg-raised'], 4.5)
})

test('glyphs and bars can be told from the background', () => {
  const levels = ['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal'].map((level) => `level-${level}`)
  const series = [...tokens.keys()].filter((name) => name.startsWith('series-'))
  expect(series).toHaveLength(20)
  check([...levels, ...series, 'state-live', 'state-wait', 'state-lost', 'focus', 'brand'], ['bg', 'bg-raised'], 3)
})
