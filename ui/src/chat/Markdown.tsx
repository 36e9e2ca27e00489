import Compiled, { type MarkdownToJSX } from 'markdown-to-jsx'
import { createElement, memo, type ReactNode } from 'react'
import { Code } from './Code'
import { safeUrl } from './link'
import { Remote } from './Remote'
import styles from './Text.module.css'

/** What Markdown may become, with the attributes that are kept. Whatever else an author thinks of stays text. */
const allowed: Record<string, readonly string[]> = {
  p: [], br: [], hr: [], h1: [], h2: [], h3: [], h4: [], h5: [], h6: [], ul: [], ol: ['start'], li: [], blockquote: [], pre: [], code: ['className'],
  strong: [], em: [], del: [], sub: [], sup: [], mark: [], table: [], thead: [], tbody: [], tr: [], th: ['style'], td: ['style'], div: [], span: [],
  footer: [], input: ['type', 'checked', 'readOnly', 'disabled'],
}

type Attributes = Record<string, unknown> & { children?: ReactNode }

/** Children go on as they come, one by one: as an array, React would ask for their keys. */
function element(tag: unknown, attributes: Attributes | null, ...children: ReactNode[]): ReactNode {
  const given = attributes ?? {}
  const key = given['key'] as string | undefined
  if (tag === 'a') return createElement(Link, { key, href: given['href'] }, ...children)
  if (tag === 'img') return <Remote key={key} type="image" url={String(given['src'] ?? '')} label={String(given['alt'] ?? '')} />
  if (tag === 'pre') return createElement(Block, { key }, ...children)
  const kept = typeof tag === 'string' ? allowed[tag] : undefined
  if (typeof tag !== 'string' || !kept) return createElement('span', { key }, ...children)
  return createElement(tag, { key, ...Object.fromEntries(kept.filter((name) => name in given).map((name) => [name, given[name]])) }, ...children)
}

/** A link says where it leads, whatever its text promises; what leads nowhere safe is text. */
function Link({ href, children }: { href: unknown; children?: ReactNode }) {
  const url = typeof href === 'string' ? safeUrl(href) : undefined
  if (!url) return <>{children}</>
  const parts = [children].flat(3)
  const text = parts.every((child) => typeof child === 'string') ? parts.join('') : ''
  const told = [url.href, url.href.replace('mailto:', ''), String(href)].some((target) => target.replace(/\/$/, '') === text.replace(/\/$/, ''))
  return (
    <a href={url.href} target="_blank" rel="noopener noreferrer">
      {children}{!told && <span className={styles.target}> ({url.href})</span>}
    </a>
  )
}

/** The text of children of a block of code, and its language. */
function Block({ children }: { children?: ReactNode }) {
  const code = Array.isArray(children) ? (children as ReactNode[])[0] : children
  if (isCode(code)) return <Code code={code.props.children} language={/(?:^|\s)lang(?:uage)?-([\w+#-]+)/.exec(code.props.className ?? '')?.[1] ?? ''} />
  return <pre>{children}</pre>
}

type CodeElement = { props: { className?: string; children: string } }

function isCode(node: ReactNode): node is ReactNode & CodeElement {
  return typeof node === 'object' && node !== null && 'props' in node && typeof (node as CodeElement).props.children === 'string'
}

const options: MarkdownToJSX.Options = {
  disableParsingRawHTML: true,
  disableFrontmatter: true,
  forceBlock: true,
  wrapper: 'div',
  createElement: element as NonNullable<MarkdownToJSX.Options['createElement']>,
  sanitizer: (value) => value, // Link and Remote decide what may be opened
}

/** Markdown as React elements: no HTML of the author's, nothing loaded, every link with its target. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return <div className={styles.markdown}><Compiled options={options}>{text}</Compiled></div>
})
