import { Download } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import type { Part } from '../api/conversation'
import { Remote } from './Remote'
import { dataOf, decode, size, sniff, type Sniffed } from './sniff'
import styles from './Media.module.css'

/** A picture, a sound, a film or a file. What came with the message is shown; what lies elsewhere is not fetched. */
export function Media({ part }: { part: Part }) {
  const data = part.data ?? (part.uri === undefined ? undefined : dataOf(part.uri))
  return (
    <div className={styles.media}>
      {data !== undefined ? <Inline data={data} type={part.type} /> : part.uri !== undefined ? <Remote type={part.type} url={part.uri} /> : <Absent part={part} />}
      {part.transcript && <p className={styles.transcript}>{part.transcript}</p>}
    </div>
  )
}

function Absent({ part }: { part: Part }) {
  if (part.redacted) return <span className={styles.remote}>{part.type}: withheld</span>
  return <span className={styles.remote}>{part.file_id ? `${part.type} with the id ${part.file_id}, which only its provider has` : `${part.type}: not recorded`}</span>
}

function Inline({ data, type }: { data: string; type: string }) {
  const bytes = useMemo(() => decode(data), [data])
  if (!bytes) return <span className={styles.remote}>{type}: its content is not base64</span>
  return <Shown bytes={bytes} what={sniff(bytes)} />
}

/** The type is what the bytes are, never what was claimed: a page that calls itself a picture stays a file to download. */
function Shown({ bytes, what }: { bytes: Uint8Array<ArrayBuffer>; what: Sniffed }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type: what.mime }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes, what.mime])
  const caption = `${what.mime} · ${size(bytes.length)}`
  return (
    <figure className={styles.inline}>
      {url && what.kind === 'image' && <img src={url} alt={caption} />}
      {url && what.kind === 'audio' && <audio src={url} controls />}
      {url && what.kind === 'video' && <video src={url} controls />}
      <figcaption>{caption}{url && <a href={url} download={`content.${what.mime.split(/[/+]/)[1]}`}><Download size={12} /> download</a>}</figcaption>
    </figure>
  )
}
