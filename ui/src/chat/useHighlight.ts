import { useEffect, type RefObject } from 'react'

const name = 'hearth-found'
/** More marks than this are a blur. */
const most = 2000

/** Marks words in what is drawn, where the browser can do so without changing the page. */
export function useHighlight(root: RefObject<HTMLElement | null>, words: string): void {
  useEffect(() => {
    const element = root.current
    if (!element || words.trim() === '' || !('highlights' in CSS)) return
    const mark = () => CSS.highlights.set(name, new Highlight(...rangesOf(element, words.toLowerCase())))
    const observer = new MutationObserver(mark)
    observer.observe(element, { childList: true, subtree: true, characterData: true })
    mark()
    return () => {
      observer.disconnect()
      CSS.highlights.delete(name)
    }
  }, [root, words])
}

function rangesOf(element: HTMLElement, words: string): Range[] {
  const ranges: Range[] = []
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  for (let node = texts.nextNode(); node && ranges.length < most; node = texts.nextNode()) {
    const text = (node.nodeValue ?? '').toLowerCase()
    if (text.length !== node.nodeValue?.length) continue
    for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) {
      const range = document.createRange()
      range.setStart(node, at)
      range.setEnd(node, at + words.length)
      ranges.push(range)
    }
  }
  return ranges
}
