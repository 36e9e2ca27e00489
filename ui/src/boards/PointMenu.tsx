import { useQuery } from '@tanstack/react-query'
import { rendered, type ApiError, type Question } from '../api/client'
import { clock, formatUTC, type Micros } from '../lib/time'
import { stringifySearch, type LiveSearch } from '../search'
import { copyAndSay } from '../ui/Copy'
import { Action } from '../ui/Menu'
import { MenuAt } from '../ui/MenuAt'
import type { Clicked } from './bodies'
import { useScope, type Asked, type Scope } from './data'
import { conditionOf, inverted, isBucket, namesGroups } from './invert'
import { lengthOf } from './resolution'
import { namesIn } from './variables'
import styles from './boards.module.css'

/** A statement with its values filled in; as it is where there is nothing to fill in. */
export function useRendered(question: Question, wanted: boolean) {
  const bare = namesIn(question.sql).size === 0
  const { project, sql, variables, since, until } = question
  const asked = useQuery<string, ApiError>({
    queryKey: ['rendered', project, sql, variables, since, until], enabled: wanted && !bare, staleTime: Infinity, retry: false,
    queryFn: ({ signal }) => rendered({ ...question, signal }),
  })
  return { sql: bare ? sql : asked.data, error: asked.error }
}

/** What one can do with a point of a chart, a bar or a cell. */
export function PointMenu(props: { clicked: Clicked; asked: Asked; onHide?: ((names: 'this' | 'others') => void) | undefined; onClose: () => void }) {
  const scope = useScope()
  const { clicked, asked } = props
  const { sql } = useRendered(asked.question, true)
  const live = sql === undefined ? undefined : liveOf(scope, clicked, asked, sql)
  const explore = sql === undefined ? undefined : `/${scope.org}/${scope.project}/explore${stringifySearch({ ...timeOf(scope, scope.since, scope.until), sql })}`
  return (
    <MenuAt x={clicked.clientX} y={clicked.clientY} label={`Menu of ${clicked.name}`} onClose={props.onClose}>
      {(close) => (
        <>
          <div className={styles.menuOf}><b>{clicked.name}</b>{clicked.value !== undefined && <span>{clicked.value}</span>}{clicked.bucket && <span>{clock(clicked.bucket.from * 1e6, scope.zone).slice(0, 8)}</span>}</div>
          {live && <Action href={live} onChoose={close}>Open in Live with this filter</Action>}
          {explore && <Action href={explore} onChoose={close}>Open in Explore</Action>}
          {props.onHide && clicked.series !== undefined && <Action onChoose={() => { close(); props.onHide!('others') }}>Only this</Action>}
          {props.onHide && clicked.series !== undefined && <Action onChoose={() => { close(); props.onHide!('this') }}>Hide</Action>}
          {clicked.value !== undefined && <Action onChoose={() => { close(); void copyAndSay(clicked.value!) }}>Copy the value</Action>}
          <Action onChoose={() => { close(); void copyAndSay(sql ?? asked.question.sql) }}>Copy SQL</Action>
        </>
      )}
    </MenuAt>
  )
}

function timeOf(scope: Scope, since: Micros, until: Micros): LiveSearch {
  return { since: formatUTC(since), until: formatUTC(until), env: scope.environment }
}

/** The live view of the records behind what was clicked; undefined where the statement does not say which they are. */
function liveOf(scope: Scope, clicked: Clicked, asked: Asked, sql: string): string | undefined {
  const of = inverted(sql)
  if (!of) return undefined
  const q = conditionOf(of, clicked.groups.filter(({ column }) => clicked.series !== undefined || namesGroups(of, column)), clicked.metric)
  if (q === undefined) return undefined
  const { bucket } = clicked
  const length = namesIn(asked.question.sql).has('resolution') ? lengthOf(asked.resolution) : bucket?.length === undefined ? undefined : bucket.length * 1e6
  const inBucket = bucket && length !== undefined && isBucket(of, bucket.column)
  const [since, until] = inBucket ? [bucket.from * 1e6, bucket.from * 1e6 + length] : [scope.since, scope.until]
  return `/${scope.org}/${scope.project}${stringifySearch({ ...timeOf(scope, Math.floor(since), Math.ceil(until)), q })}`
}
