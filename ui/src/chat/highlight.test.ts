import { expect, test } from 'vitest'
import { highlight, type Token } from './highlight'

const plain = (token: Token | string): string => (typeof token === 'string' ? token : token.children.map(plain).join(''))
const scopes = (token: Token | string): string[] => (typeof token === 'string' ? [] : [...(token.scope ? [token.scope] : []), ...token.children.flatMap(scopes)])

test('tokens keep every character of the code', () => {
  const codes: [string, string][] = [['python', 'def f(x):\n    return f"<b>{x}</b>"  # &amp;'], ['html', '<script>alert("1")</script><p title="a">b</p>'], ['sql', 'SELECT 1; -- </pre>'], ['ts', 'const a = `x${1}`'], ['json', '{"a": [1, null]}']]
  for (const [language, code] of codes) expect(plain(highlight(code, language)!)).toBe(code)
})

test('common languages are known by their names', () => {
  expect(scopes(highlight('def f(): pass', 'py')!)).toContain('keyword')
  expect(['python', 'sh', 'yml', 'golang', 'rs', 'js', 'jsx', 'tsx', 'diff', 'java'].filter((name) => !highlight('x', name))).toEqual([])
  expect(highlight('x', 'cobol')).toBeUndefined()
  expect(highlight('x'.repeat(60_000), 'python')).toBeUndefined()
})
