// What binary content is, by its first bytes: what a sender claims is not believed.

export type MediaKind = 'image' | 'audio' | 'video' | 'file'

export interface Sniffed {
  kind: MediaKind
  mime: string
}

type Signature = [mime: string, kind: MediaKind, offset: number, bytes: string]

const signatures: Signature[] = [
  ['image/png', 'image', 0, '\x89PNG\r\n'],
  ['image/jpeg', 'image', 0, '\xff\xd8\xff'],
  ['image/gif', 'image', 0, 'GIF8'],
  ['image/bmp', 'image', 0, 'BM'],
  ['image/webp', 'image', 8, 'WEBP'],
  ['image/avif', 'image', 4, 'ftypavif'],
  ['audio/wav', 'audio', 8, 'WAVE'],
  ['audio/mpeg', 'audio', 0, 'ID3'],
  ['audio/mpeg', 'audio', 0, '\xff\xfb'],
  ['audio/mpeg', 'audio', 0, '\xff\xf3'],
  ['audio/aac', 'audio', 0, '\xff\xf1'],
  ['audio/flac', 'audio', 0, 'fLaC'],
  ['audio/ogg', 'audio', 0, 'OggS'],
  ['audio/mp4', 'audio', 4, 'ftypM4A'],
  ['video/mp4', 'video', 4, 'ftyp'],
  ['video/webm', 'video', 0, '\x1a\x45\xdf\xa3'],
  ['application/pdf', 'file', 0, '%PDF-'],
]

/** A type that a browser will never run or draw as a page. */
const unknown: Sniffed = { kind: 'file', mime: 'application/octet-stream' }

export function sniff(bytes: Uint8Array): Sniffed {
  const head = String.fromCharCode(...bytes.subarray(0, 512))
  for (const [mime, kind, offset, sign] of signatures) if (head.startsWith(sign, offset)) return { kind, mime }
  return /^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<svg[\s>]/i.test(head) ? { kind: 'image', mime: 'image/svg+xml' } : unknown
}

/** Reads base64 in either alphabet, with or without padding; undefined when it is none. */
export function decode(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(base64.replace(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(binary, (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** The content of a data: URL in base64. */
export function dataOf(url: string): string | undefined {
  return /^data:[^,]*;base64,(.*)$/is.exec(url)?.[1]
}

/** 3.2 kB */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const unit = bytes < 1e6 ? 'kB' : 'MB'
  const n = bytes / (bytes < 1e6 ? 1e3 : 1e6)
  return `${n < 10 ? n.toFixed(1) : n.toFixed(0)} ${unit}`
}
