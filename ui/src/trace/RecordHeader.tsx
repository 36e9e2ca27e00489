import type { ReactNode } from 'react'
import { clock, day, duration, offset, rfc3339 } from '../lib/time'
import { Copy } from '../ui/Copy'
import { LevelGlyph } from '../ui/Level'
import { serviceColor } from '../ui/service'
import { Fact } from './Attributes'
import type { Life } from './signs'
import { isPoint, type Span } from './span'
import { StateGlyph } from './StateGlyph'
import styles from './Panel.module.css'

/** What the selected record is: its message, whose it is, when. */
export function RecordHeader({ span, life, zone, children }: { span: Span; life: Life | undefined; zone: string; children?: ReactNode }) {
  return (
    <header className={styles.header}>
      <div className={styles.title}>
        {life ? <StateGlyph state={life.state} /> : <LevelGlyph level={span.level} />}
        <h2>{span.message}</h2>
        <span className={styles.buttons}>
          <Copy text={span.message} title="Copy the message" />
          {children}
        </span>
      </div>
      <div className={styles.facts}>
        <Fact name="service_name" value={span.service}><span className={styles.service}><i style={{ background: serviceColor(span.service) }} />{span.service}</span></Fact>
        <span title={rfc3339(span.start, zone)}>{day(span.start, zone)} <b>{clock(span.start, zone)}</b> {offset(span.start, zone)}</span>
        {life ? <span>{life.state === 'unfinished' ? 'never finished' : life.state}</span> : !isPoint(span) && <span><b>{duration(span.end - span.start)}</b></span>}
        {span.name !== span.message && <Fact name="span_name" value={span.name}><span className={styles.mono}>{span.name}</span></Fact>}
        {span.tags.map((tag) => <Fact key={tag} name="tags" value={tag}><span className={styles.tag}>{tag}</span></Fact>)}
      </div>
    </header>
  )
}
