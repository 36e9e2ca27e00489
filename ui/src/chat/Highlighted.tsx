import { useMemo, type ReactNode } from 'react'
import { highlight, type Token } from './highlight'
import styles from './Text.module.css'

/** What is coloured alike, in highlight.js' words. */
const classes: Record<string, string | undefined> = {
  keyword: styles.word, literal: styles.word, built_in: styles.word, 'meta keyword': styles.word, operator: undefined,
  string: styles.string, regexp: styles.string, symbol: styles.string, addition: styles.string,
  number: styles.number, type: styles.number, 'title.class': styles.number,
  attr: styles.key, attribute: styles.key, name: styles.key, property: styles.key, 'title.function': styles.key, title: styles.key,
  comment: styles.comment, meta: styles.comment, deletion: styles.deleted,
}

export function Highlighted({ code, language }: { code: string; language: string }) {
  const tokens = useMemo(() => highlight(code, language), [code, language])
  return <>{tokens ? nodes(tokens) : code}</>
}

function nodes({ children }: Token): ReactNode[] {
  return children.map((child, i) => {
    if (typeof child === 'string') return child
    const scope = child.scope ?? ''
    return <span key={i} className={classes[scope] ?? classes[scope.split('.')[0]!]}>{nodes(child)}</span>
  })
}
