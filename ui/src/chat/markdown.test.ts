import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test, vi } from 'vitest'
import { Markdown } from './Markdown'

const drawn = (text: string) => renderToStaticMarkup(createElement(Markdown, { text }))
const tags = (html: string) => [...html.matchAll(/<([a-z0-9]+)/g)].map((tag) => tag[1]!)

const attacks = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg/onload=alert(1)>', '<iframe srcdoc="<script>alert(1)</script>"></iframe>', '<style>*{display:none}</style>',
  '<a href="javascript:alert(1)">x</a>', '<div style="position:fixed;inset:0">x</div>', '<form action="/v1/tokens"><button>x</button></form>', '<!-- --><b onmouseover=alert(1)>x</b>',
  '<Component onClick={() => alert(1)} />', '<details open ontoggle=alert(1)>', '<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>', '<input autofocus onfocus=alert(1)>',
  '[x](javascript:alert(1))', '[x](JaVaScRiPt:alert(1))', '[x](java\tscript:alert(1))', '[x](javascript&#58;alert(1))', '[x](&#x6A;avascript:alert(1))', '[x](vbscript:msgbox(1))', '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x]: javascript:alert(1)\n\n[x]', '<javascript:alert(1)>', '[x](//evil.example)', '[x](/v1/tokens "title")', '![x](javascript:alert(1))', '![x](data:text/html,<script>)', '[![x](x)](javascript:alert(1))',
  '[x](<javascript:alert(1)>)', '[x](\u0001javascript:alert(1))', '[^1]\n\n[^1]: <script>alert(1)</script> [x](javascript:alert(1))', '| a |\n|---|\n| <script>alert(1)</script> |', '---\na: <script>\n---',
]

test('attacks become text', () => {
  for (const attack of attacks) {
    const html = drawn(attack)
    expect(tags(html).filter((tag) => /^(script|img|svg|iframe|style|form|button|object|embed|base|link|meta|math|details|video|audio)$/.test(tag)), attack).toEqual([])
    expect(html, attack).not.toMatch(/<[^>]*\s(on\w+|srcdoc|id|action)=/i)
    expect(html, attack).not.toMatch(/<[^>]*\shref=/i)
  }
})

test('links say where they lead', () => {
  expect(drawn('[shop](https://shop.example/tea)')).toContain('<a href="https://shop.example/tea" target="_blank" rel="noopener noreferrer">shop<span')
  expect(drawn('[https://bank.example](https://evil.example)')).toContain('(https://evil.example/)')
  expect(drawn('https://plain.example/x')).not.toContain('(https://')
  expect(drawn('Write to ana@shop.example')).not.toContain('(mailto:')
})

test('pictures from elsewhere are a box with a link', () => {
  const html = drawn('![a cat](https://tracker.example/cat.gif?who=me)')
  expect(html).toContain('image at <b>tracker.example</b> “a cat”')
  expect(html).toContain('<a href="https://tracker.example/cat.gif?who=me" target="_blank" rel="noopener noreferrer"')
  expect(tags(html)).not.toContain('img')
})

test('React finds a key wherever it looks for one', () => {
  const complaint = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  drawn('[**bold**](https://a.example) [a `b` c](https://b.example) [![cat](https://c.example/cat.gif)](https://c.example) <https://d.example> [x](javascript:*y*)\n\n```js\n1\n```\n\n```\n2\n```\n\n[r *s*][1]\n\n[1]: https://e.example\n\nd[^1]\n\n[^1]: *f*')
  expect(complaint.mock.calls).toEqual([])
  complaint.mockRestore()
})

test('what people write is drawn', () => {
  const html = drawn('# Title\n\n1. one\n2. **two**\n\n- [x] done\n\n> said\n\n| a | b |\n|--:|---|\n| 1 | `2` |\n\nline\nbreak ~~old~~')
  for (const tag of ['h1', 'ol', 'strong', 'input', 'blockquote', 'table', 'th', 'code', 'del']) expect(tags(html), tag).toContain(tag)
  expect(html).toContain('line\nbreak')
})
