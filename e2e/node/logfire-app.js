// A small program under Logfire's Node SDK, which finds where to send as in any program of its users: in the environment
// or in the folder .logfire. It prints its trace and waits for a line on stdin while its outermost span is open.

import { metrics } from '@opentelemetry/api'
import { logs, SeverityNumber } from '@opentelemetry/api-logs'
import * as logfire from '@pydantic/logfire-node'
import { once } from 'node:events'

logfire.configure()

const pour = logfire.instrument((cups) => ({ cups }), { message: 'pour {cups}', extractArgs: ['cups'], recordReturn: true })

await logfire.span('serve table {table}', { table: 7, order: { tea: 'oolong', cups: 2 } }, { tags: ['evening'] }, async (span) => {
  await logfire.forceFlush()
  console.log(JSON.stringify({ traceId: span.spanContext().traceId }))
  await once(process.stdin, 'data')

  for (const level of ['trace', 'debug', 'info', 'notice', 'warning', 'error', 'fatal']) logfire[level]('{level} of the kitchen', { level })
  pour(2)
  try {
    logfire.span('boil', {
      callback() {
        throw new RangeError('kettle is dry')
      },
    })
  } catch (error) {
    logfire.reportError('no tea today', error, { jar: 'oolong' })
  }
  logs.getLogger('kitchen').emit({ severityNumber: SeverityNumber.WARN, body: 'sugar is low' })
  const response = await fetch(process.env.ASKED)
  await response.text()
})
metrics.getMeter('kitchen').createCounter('cups').add(2, { tea: 'oolong' })

await logfire.shutdown()
process.stdin.destroy()
