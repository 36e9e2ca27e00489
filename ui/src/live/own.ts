// Which records are lines of the list by themselves.

/** Annotations stand with what they are about; as records of their own only where the condition speaks of them. */
export function asksForAnnotations(condition: string): boolean {
  return condition.includes('annotation')
}

/** Leaves them out where nobody asks for them: a condition, or none. */
export function ownRecords(condition: string): string {
  return asksForAnnotations(condition) ? '' : `kind <> 'annotation'`
}

/** Conditions that all hold; those that are empty say nothing. */
export function allOf(...conditions: string[]): string {
  return conditions.filter((one) => one !== '').join(' AND ')
}
