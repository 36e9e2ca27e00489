/** What is folded: all at once, and then what was touched by itself. */
export interface Folds {
  all: 'default' | 'folded' | 'open'
  own: ReadonlyMap<string, boolean>
}

export const unfolded: Folds = { all: 'default', own: new Map() }

export function isOpen(folds: Folds, key: string, byDefault: boolean): boolean {
  return folds.own.get(key) ?? (folds.all === 'default' ? byDefault : folds.all === 'open')
}

/** Whether something is on that folding everything does not touch. */
export function isOn(folds: Folds, key: string, byDefault: boolean): boolean {
  return folds.own.get(key) ?? byDefault
}

export function setOpen(folds: Folds, keys: readonly string[], open: boolean): Folds {
  const own = new Map(folds.own)
  for (const key of keys) own.set(key, open)
  return { all: folds.all, own }
}

/** Folds everything, or opens everything when it is folded. */
export function foldAll(folds: Folds): Folds {
  return { all: folds.all === 'folded' ? 'open' : 'folded', own: new Map() }
}
