// Addresses in what was said are hostile until they are one of the kinds that a reader may open.

/** The address behind a link, when it leads to a page or a mailbox elsewhere. */
export function safeUrl(text: string): URL | undefined {
  let url: URL
  try {
    url = new URL(text.trim())
  } catch {
    return undefined // what is relative would be one of Hearth's own pages
  }
  return url.protocol === 'https:' || url.protocol === 'http:' || url.protocol === 'mailto:' ? url : undefined
}

/** The address of something that a browser can fetch. */
export function remoteUrl(text: string): URL | undefined {
  const url = safeUrl(text)
  return url && url.protocol !== 'mailto:' ? url : undefined
}
