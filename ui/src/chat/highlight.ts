// Code in colours. highlight.js makes HTML; its tokens are taken here instead, so that code stays text.

import hljs from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import diff from 'highlight.js/lib/languages/diff'
import go from 'highlight.js/lib/languages/go'
import java from 'highlight.js/lib/languages/java'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import rust from 'highlight.js/lib/languages/rust'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'
import type { Emitter } from 'highlight.js'

export interface Token {
  /** What it is in highlight.js' words, such as keyword or string; missing for plain text and groups. */
  scope?: string
  children: (Token | string)[]
}

/** Collects tokens as a tree. */
class Tokens implements Emitter {
  readonly root: Token = { children: [] }
  private readonly open = [this.root]

  addText(text: string): void {
    if (text) this.open.at(-1)!.children.push(text)
  }

  startScope(scope: string): void {
    const token: Token = { scope, children: [] }
    this.open.at(-1)!.children.push(token)
    this.open.push(token)
  }

  endScope(): void {
    if (this.open.length > 1) this.open.pop()
  }

  /** The names that highlight.js calls in some places still. */
  openNode(scope: string): void {
    this.startScope(scope)
  }

  closeNode(): void {
    this.endScope()
  }

  __addSublanguage(emitter: Emitter): void {
    this.open.at(-1)!.children.push((emitter as Tokens).root)
  }

  finalize(): void {
    this.open.length = 1
  }

  toHTML(): string {
    return ''
  }
}

const languages = { bash, diff, go, java, javascript, json, python, rust, sql, typescript, xml, yaml }
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language)
hljs.configure({ __emitter: Tokens })

/** Highlighting is not worth a wait. */
const longest = 50_000

/** The tokens of code; undefined when the language is not known. */
export function highlight(code: string, language: string): Token | undefined {
  if (code.length > longest || !hljs.getLanguage(language)) return undefined
  return (hljs.highlight(code, { language, ignoreIllegals: true })._emitter as Tokens).root
}
