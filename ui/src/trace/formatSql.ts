import { formatDialect, mysql, postgresql, sql, sqlite, type DialectOptions } from 'sql-formatter'

/** The dialects whose ways of quoting differ; the others read well enough as the standard. */
const dialects: Record<string, DialectOptions> = { postgresql, mysql, mariadb: mysql, sqlite }

/** Lays SQL out. Text that the formatter does not understand stays as it is. */
export function formatSql(text: string, dialect: string): string {
  try {
    return formatDialect(text, { dialect: dialects[dialect] ?? sql, keywordCase: 'upper', tabWidth: 2, expressionWidth: 60 })
  } catch {
    return text
  }
}
