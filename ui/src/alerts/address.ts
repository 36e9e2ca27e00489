// What the addresses of alerts hold.

/** Of a new one: the statement and the name that somebody brings along, a template, or the alert that is copied. */
export interface NewAlertSearch {
  sql?: string | undefined
  name?: string | undefined
  template?: string | undefined
  from?: string | undefined
}

/** Of one: the run whose rows are open, and whether it is being changed. */
export interface AlertSearch {
  run?: string | undefined
  edit?: string | undefined
}

function texts<K extends string>(raw: Record<string, unknown>, names: readonly K[]): Partial<Record<K, string>> {
  return Object.fromEntries(names.flatMap((name) => (typeof raw[name] === 'string' ? [[name, raw[name]]] : []))) as Partial<Record<K, string>>
}

export function newAlertSearch(raw: Record<string, unknown>): NewAlertSearch {
  return texts(raw, ['sql', 'name', 'template', 'from'])
}

export function alertSearch(raw: Record<string, unknown>): AlertSearch {
  return texts(raw, ['run', 'edit'])
}
