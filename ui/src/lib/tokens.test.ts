import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('../tokens.css', import.meta.url), 'utf8')
const tokens = new Map([...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map((m) => [m[1]!, [m[2]!, m[3]!] as const]))

/** Red, green and blue in linear light. */
function channels(hex: string): [number, number, number] {
  return [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
}

function luminance(hex: string): number {
  const [r, g, b] = channels(hex)
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

/** Oklab, in which distances are about as the eye sees them. */
function oklab(hex: string): [number, number, number] {
  const [r, g, b] = channels(hex)
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

function distance(a: string, b: string): number {
  const [x, y] = [oklab(a), oklab(b)]
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2])
}

test('no two series look alike, and those that follow each other least of all', () => {
  for (const theme of [0, 1] as const) {
    const colors = Array.from({ length: 20 }, (_, i) => tokens.get(`series-${i + 1}`)![theme])
    for (const [i, color] of colors.entries()) {
      expect(distance(color, colors[(i + 1) % 20]!), `series ${i + 1} and its neighbour`).toBeGreaterThan(0.1)
      for (let j = 0; j < i; j++) expect(distance(color, colors[j]!), `series ${i + 1} and ${j + 1}`).toBeGreaterThan(0.04)
    }
  }
})
