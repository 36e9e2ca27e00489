import { formatDialect, postgresql } from 'sql-formatter'

/** A statement in lines and indents; undefined when it cannot be read. */
export function pretty(sql: string): string | undefined {
  try {
    return formatDialect(sql, { dialect: postgresql, tabWidth: 2, keywordCase: 'upper', paramTypes: { named: ['$'] } })
  } catch {
    return undefined
  }
}
