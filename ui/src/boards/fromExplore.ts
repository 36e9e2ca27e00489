// A statement of Explore as a panel: it is drawn as it is shown there.

import type { Answer } from '../api/client'
import { guess, readForm, type ChartForm } from '../charts/form'
import type { View } from '../explore/address'
import type { NewPanel } from './newPanel'
import { namesIn } from './variables'

interface Shown {
  asked?: { text: string; from: number; to: number; values: Readonly<Record<string, string>> } | undefined
  answer?: Answer
}

/** The panel of what a tab shows: its chart where a chart is shown, else its table. What parameters had as values are variables of the panel. */
export function panelOfResult(tab: string, { asked, answer }: Shown, view: View, chart: string): NewPanel {
  const sql = asked ? asked.text.slice(asked.from, asked.to).trim().replace(/;$/, '') : ''
  const form = view === 'chart' && answer ? (readForm(chart, answer) ?? guess(answer)) : undefined
  const variables = Object.fromEntries([...namesIn(sql)].flatMap((name) => (name.startsWith('__') || asked?.values[name] === undefined ? [] : [[name, asked.values[name]]])))
  const given = { sql, ...(Object.keys(variables).length > 0 ? { variables } : {}) }
  return form ? { name: nameOf(form), ...given, ...drawnAs(form) } : { name: tab, kind: 'Table', ...given }
}

function nameOf(form: ChartForm): string {
  const by = form.by ?? (form.type === 'ranking' || form.type === 'pie' ? form.x : undefined)
  return `${form.y.join(', ')}${by === undefined ? '' : ` by ${by}`}`
}

function drawnAs({ type, x, y, by, stack }: ChartForm): Pick<NewPanel, 'kind' | 'groupBy' | 'metrics' | 'look'> {
  if (type === 'ranking') return { kind: 'BarChart', groupBy: x, metrics: y }
  if (type === 'pie') return { kind: 'PieChart', groupBy: x, metrics: y }
  const visual = { ...(type === 'bars' ? { display: 'bar', stack: 'all' } : stack ? { stack: 'all' } : {}), ...(type === 'area' ? { areaOpacity: stack ? 0.7 : 0.18 } : {}) }
  return { kind: 'TimeSeriesChart', groupBy: by, metrics: y, ...(Object.keys(visual).length > 0 ? { look: { visual } } : {}) }
}
