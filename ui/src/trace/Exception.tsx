import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { Copy } from '../ui/Copy'
import type { Attributes } from './attributes'
import { fold, parseStack, type Thrown } from './exception'
import { useSource } from './useSource'
import styles from './Details.module.css'

type Source = ReturnType<typeof useSource>

interface Props {
  type: string
  message: string
  stack: string
  /** Of the application that threw it: it may tell where its code can be read. */
  resource: Attributes
}

/** An exception with its causes: the application's frames open, those of libraries folded. */
export function Exception({ type, message, stack, resource }: Props) {
  const [reversed, setReversed] = useState(false)
  const source = useSource(resource)
  const { chain, newestLast } = parseStack(stack)
  // Newest at the bottom, whichever way the language writes it, unless one wants it the other way.
  const ordered = newestLast === reversed ? chain.toReversed() : chain
  return (
    <>
      <div className={styles.stackHead}>
        <b>{type || 'exception'}</b>
        <button type="button" className={styles.small} aria-pressed={reversed} onClick={() => setReversed(!reversed)}>{reversed ? 'Newest first' : 'Newest last'}</button>
        <Copy text={stack} title="Copy the stack trace" label="Copy" />
      </div>
      {message && <p className={styles.thrownMessage}>{message}</p>}
      {ordered.map((thrown, i) => <ThrownView key={i} thrown={thrown} source={source} reversed={newestLast === reversed} link={linkBefore(ordered, i, newestLast === reversed)} />)}
    </>
  )
}

/** A link to the code of a frame, where its repository is known. */
function SourceLink({ place, source }: { place: string; source: Source }) {
  const [, file = '', line] = /^(.*?)(?::(\d+))?$/.exec(place) ?? []
  const href = source(file, line)
  return href && <a href={href} target="_blank" rel="noopener noreferrer" title={href} className={styles.source}><ExternalLink size={13} aria-label="Open the code" /></a>
}

/** What stands between two exceptions: the words belong to the later one in the text. */
function linkBefore(ordered: Thrown[], i: number, turned: boolean): string {
  if (i === 0) return ''
  return turned ? ordered[i - 1]!.link : ordered[i]!.link
}

function ThrownView({ thrown, source, reversed, link }: { thrown: Thrown; source: Source; reversed: boolean; link: string }) {
  const groups = fold(reversed ? thrown.frames.toReversed() : thrown.frames)
  return (
    <section className={styles.thrown}>
      {link && <p className={styles.link}>{link}</p>}
      {reversed && thrown.title && <pre className={styles.thrownTitle}>{thrown.title}</pre>}
      {groups.map((group, i) => group.library ? (
        <details key={i} className={styles.library}>
          <summary>{group.frames.length} library frame{group.frames.length !== 1 && 's'}</summary>
          {group.frames.map((frame, j) => <pre key={j}>{frame.text}</pre>)}
        </details>
      ) : (
        group.frames.map((frame, j) => (
          <div key={`${i}/${j}`} className={styles.ownFrame}>
            <pre>{frame.text}</pre>
            {frame.place && <span className={styles.tools}><SourceLink place={frame.place} source={source} /><Copy text={frame.place} title="Copy the place in the code" /></span>}
          </div>
        ))
      ))}
      {!reversed && thrown.title && <pre className={styles.thrownTitle}>{thrown.title}</pre>}
    </section>
  )
}
