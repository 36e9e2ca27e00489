import type { ReactNode } from 'react'
import { levelName } from '../api/record'
import { usePlace } from '../place'
import { stringifySearch } from '../search'
import { ago, clock, duration, now, offset, rfc3339 } from '../lib/time'
import { Copy } from '../ui/Copy'
import { LevelGlyph } from '../ui/Level'
import { Go } from '../ui/Go'
import { Annotations } from './Annotations'
import { Arguments } from './Arguments'
import { Entries, Entry, Fact, Fold, useEntryFilter } from './Attributes'
import { codePlace, groupAttributes, httpOf, objectOf, statementOf, type Attributes, type Section } from './attributes'
import type { FullRecord } from './data'
import { linksOf, type Link as SpanLink } from './export'
import { HttpExchange } from './Http'
import { selfTime, sum, type Model } from './model'
import type { Life } from './signs'
import { isPoint, type Span } from './span'
import { StatementText } from './Statement'
import { parsed } from './texts'
import { eventsOf, thrownOf } from './thrown'
import { useSource } from './useSource'
import styles from './Details.module.css'

interface Props {
  project: string
  record: FullRecord
  span: Span
  model: Model
  life: Life | undefined
  zone: string
}

/** Everything that a record says. */
export function Details({ project, record, span, model, life, zone }: Props) {
  const attributes = objectOf(record['attributes'])
  const schema = objectOf(objectOf(record['attributes_json_schema'])['properties'])
  const named = Object.keys(schema).filter((key) => Object.hasOwn(attributes, key) && isArgument(key))
  // What has a strip of its own at the top is not repeated.
  const { sections, rest } = groupAttributes(attributes, new Set([...named, 'logfire.scrubbed', 'logfire.truncated']))
  const filter = useEntryFilter()
  const http = httpOf(attributes)
  const statement = statementOf(attributes)
  const resource = Object.entries(objectOf(record['otel_resource_attributes'])).filter(filter.fits)
  const count = rest.length + sections.reduce((total, section) => total + section.entries.length, 0)
  const told = String(record['telemetry_sdk_language'] ?? '')
  const language = told !== 'go' && String(record['attributes_json_schema']).includes('x-python-datatype') ? 'python' : told
  return (
    <>
      <Strips record={record} attributes={attributes} life={life} zone={zone} />
      <Annotations project={project} span={span} come={model.annotations.get(span.span)?.length ?? 0} zone={zone} />
      <Facts span={span} model={model} record={record} life={life} zone={zone} />
      <Code attributes={attributes} resource={objectOf(record['otel_resource_attributes'])} />
      {record['log_body'] != null && String(record['log_body']) !== span.message && <Fold title="Body" open><Entry name="body" value={parsed(record['log_body'])} /></Fold>}
      <Arguments entries={named.map((key) => [key, attributes[key]])} schema={schema} language={language} />
      {count > 0 && (
        <section className={styles.attributes} aria-label="Attributes">
          <h3>{span.pending ? 'Attributes so far' : 'Attributes'} <span>{count}</span>{count > 8 && filter.box}</h3>
          {sections.map((section) => (
            <Group key={section.title} section={section} filtered={filter.text !== ''} fits={filter.fits}>
              {section.title === 'HTTP' && http && (http.request.headers.length > 0 || http.response.headers.length > 0 || http.request.body !== undefined || http.response.body !== undefined) ? <HttpExchange http={http} /> : undefined}
              {section.title === 'Database' && statement ? <StatementText statement={statement} /> : undefined}
            </Group>
          ))}
          <Entries entries={rest.filter(filter.fits)} within="attributes" />
        </section>
      )}
      {resource.length > 0 && <Fold title="Resource" summary={resource.length} open={filter.text !== ''}><Entries entries={resource} within="otel_resource_attributes" /></Fold>}
      <Scope record={record} />
      <Events record={record} span={span} zone={zone} />
      <Links links={linksOf(record)} />
    </>
  )
}

/** The schema lists texts that hold JSON too; what a semantic convention names is no argument of the call. */
function isArgument(key: string): boolean {
  return !/^(?:gen_ai|http|db|pydantic_ai|llm|logfire)\.|^(?:all_messages_events|model_request_parameters|final_result|request_data|response_data|events)$/.test(key)
}

function Group({ section, filtered, fits, children }: { section: Section; filtered: boolean; fits: (entry: [string, unknown]) => boolean; children?: ReactNode[] | ReactNode }) {
  const entries = section.entries.filter(fits)
  if (entries.length === 0) return null
  const drawn = Array.isArray(children) && children.some((child) => child !== undefined)
  return (
    <Fold key={String(filtered)} title={section.title} summary={section.summary} open={filtered || drawn}>
      {!filtered && children}
      {drawn && !filtered ? <Fold title="All" summary={entries.length} open={false}><Entries entries={entries} within="attributes" /></Fold> : <Entries entries={entries} within="attributes" />}
    </Fold>
  )
}

/** What one should know first: that it failed, that it goes on, that something of it is not here. */
function Strips({ record, attributes, life, zone }: { record: FullRecord; attributes: Attributes; life: Life | undefined; zone: string }) {
  const thrown = thrownOf(record)
  const status = record['otel_status_code'] === 'ERROR' ? String(record['otel_status_message'] ?? '') : ''
  const cut = pathsOf(attributes['logfire.truncated'])
  const scrubbed = pathsOf(attributes['logfire.scrubbed'])
  return (
    <>
      {thrown ? <div className={styles.strip} role="note"><b>{thrown.type}</b> {thrown.message}</div>
        : status && <div className={styles.strip} role="note"><b>Failed</b> {status}</div>}
      {life && <div className={styles.waiting} role="note">{words(life, zone)}</div>}
      {cut.length > 0 && <div className={styles.waiting} role="note">Values cut: {cut.join(', ')}</div>}
      {scrubbed.length > 0 && <div className={styles.waiting} role="note">Scrubbed: {scrubbed.join(', ')}</div>}
    </>
  )
}

function words(life: Life, zone: string): string {
  switch (life.state) {
    case 'running': return 'Still running. What follows is what is known so far.'
    case 'quiet': return `Not ended, and no news of its process since ${clock(life.lastSign, zone).slice(0, 8)}. What follows is what is known so far.`
    case 'unfinished': return `Never finished: last seen ${clock(life.lastSign, zone).slice(0, 8)}. What follows was known by then.`
    case 'done': return ''
  }
}

/** The attributes that a note of the SDK or of the server is about. */
function pathsOf(note: unknown): string[] {
  const list = parsed(note)
  if (!Array.isArray(list)) return []
  return [...new Set(list.map((item: unknown) => {
    const path = objectOf(item)['path']
    return Array.isArray(path) ? path.filter((part, i) => !(i === 0 && part === 'attributes')).join('.') : String(typeof item === 'object' ? JSON.stringify(item) : item)
  }))]
}

function Facts({ span, model, record, life, zone }: Omit<Props, 'project'>) {
  const point = isPoint(span)
  const ended = !span.pending && !point
  const node = model.nodes.get(span.span)
  const took = span.end - span.start
  return (
    <dl className={styles.facts}>
      <div><dt>Kind</dt><dd><Fact name="kind" value={record['kind']}>{span.pending ? 'span, not ended' : span.kind.replace('_', ' ')}</Fact></dd></div>
      <div><dt>Level</dt><dd><Fact name="level" value={span.level}><LevelGlyph level={span.level} /> {levelName(span.level)}</Fact></dd></div>
      <div><dt>{point ? 'At' : 'Start'}</dt><dd title={moment(span.start, model, zone)}>{clock(span.start, zone)} <small>{offset(span.start, zone)}</small></dd><dd className={styles.copying}><Copy text={rfc3339(span.start, zone)} title="Copy the start" /></dd></div>
      {ended && <div><dt>End</dt><dd title={moment(span.end, model, zone)}>{clock(span.end, zone)}</dd></div>}
      {ended && <div><dt>Duration</dt><dd title={`${(took * 1000).toLocaleString('en')} ns`}>{duration(took)}</dd><dd className={styles.copying}><Copy text={String(took * 1000)} title="Copy the duration in nanoseconds" /></dd></div>}
      {ended && node && <div><dt>Self</dt><dd>{duration(sum(selfTime(node)))}</dd></div>}
      {ended && <div><dt>Of the trace</dt><dd>{percent(took, model.end - model.start)}</dd></div>}
      {point && <div><dt>From the start</dt><dd>+{duration(span.start - model.start)}</dd></div>}
      {life && <div><dt>Last sign</dt><dd>{clock(life.lastSign, zone).slice(0, 8)}</dd></div>}
    </dl>
  )
}

/** A moment in all the ways in which one may need it. */
function moment(at: number, model: Model, zone: string): string {
  return `${rfc3339(at, zone)}\n${rfc3339(at, 'UTC')}\n${ago(at, now())}\n+${duration(Math.max(0, at - model.start))} from the start of the trace`
}

function percent(part: number, whole: number): string {
  const share = (part / whole) * 100
  return `${share < 9.95 ? share.toFixed(1) : Math.round(share)} %`
}

function Code({ attributes, resource }: { attributes: Attributes; resource: Attributes }) {
  const source = useSource(resource)
  const code = codePlace(attributes)
  if (!code) return null
  const place = `${code.file}${code.line === undefined ? '' : `:${code.line}`}`
  const href = source(code.file, code.line)
  return (
    <div className={styles.where}>
      <code>{href ? <a href={href} target="_blank" rel="noopener noreferrer" title={href}>{place}</a> : place}{code.fn && <span> in {code.fn}</span>}</code>
      <Copy text={place} title="Copy the place in the code" />
    </div>
  )
}

function Scope({ record }: { record: FullRecord }) {
  const name = record['otel_scope_name']
  if (name == null || name === '') return null
  const version = record['otel_scope_version']
  const attributes = Object.entries(objectOf(record['otel_scope_attributes']))
  return (
    <Fold title="Scope" summary={`${String(name)}${version ? ` ${String(version)}` : ''}`} open={false}>
      <Entry name="name" value={name} field={{ name: 'otel_scope_name', expression: 'otel_scope_name' }} />
      {version != null && version !== '' && <Entry name="version" value={version} field={{ name: 'otel_scope_version', expression: 'otel_scope_version' }} />}
      <Entries entries={attributes} within="otel_scope_attributes" />
    </Fold>
  )
}

function Events({ record, span, zone }: { record: FullRecord; span: Span; zone: string }) {
  const events = eventsOf(record)
  if (events.length === 0) return null
  return (
    <Fold title="Events" summary={events.length} open>
      {events.map((event, i) => (
        <details key={i} className={styles.event} open={events.length < 4 && event.name !== 'exception'}>
          <summary><b>{event.name}</b><span title={Number.isNaN(event.at) ? '' : rfc3339(event.at, zone)}>+{duration(event.at - span.start)}</span></summary>
          <Entries entries={Object.entries(event.attributes)} />
        </details>
      ))}
    </Fold>
  )
}

function Links({ links }: { links: SpanLink[] }) {
  const { org, project } = usePlace()
  if (links.length === 0) return null
  return (
    <Fold title="Links" summary={links.length} open>
      {links.map((link, i) => (
        <div key={i} className={styles.entry}>
          <span className={styles.value}>
            <Go href={`/${org}/${project}/trace/${link.trace}${stringifySearch({ spanId: link.span })}`} title="Open the linked trace">{link.trace.slice(0, 8)}… / {link.span}</Go>
            <Entries entries={Object.entries(link.attributes)} />
          </span>
          <span className={styles.tools}><Copy text={link.trace} title="Copy the trace's id" /></span>
        </div>
      ))}
    </Fold>
  )
}
