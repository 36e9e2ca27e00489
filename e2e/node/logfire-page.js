// A web page under Logfire's browser SDK. Who opens it has said where to send: window.hearth has the server and a token.

import * as logfire from '@pydantic/logfire-browser'

const { server, token } = window.hearth
const headers = () => ({ Authorization: token })

// What the SDK records by itself, each when the browser comes to it.
const awaited = new Set(['documentLoad', 'web_vital.fcp', 'web_vital.ttfb'])
const { promise: loaded, resolve } = Promise.withResolvers()
const watch = {
  onStart() {},
  onEnd(span) {
    awaited.delete(span.name)
    if (awaited.size === 0) resolve()
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}

const cleanup = logfire.configure({
  traceUrl: `${server}/v1/traces`,
  traceExporterHeaders: headers,
  metrics: { metricUrl: `${server}/v1/metrics`, metricExporterHeaders: headers },
  serviceName: 'js-page',
  serviceVersion: '1.2.3',
  environment: 'staging',
  rum: { session: true, webVitals: { metrics: true } },
  autoInstrumentations: true,
  spanProcessors: [watch],
})

/** Orders tea as a click would, sends all there is, and returns the order's trace. */
window.order = async () => {
  let traceId
  logfire.span('order {tea}', {
    attributes: { tea: 'sencha', order: { cups: 2 } },
    tags: ['evening'],
    callback: (span) => {
      traceId = span.spanContext().traceId
      logfire.warning('only {left} left', { left: 1 })
      logfire.reportError('spilled', new RangeError('cup is full'))
    },
  })
  await loaded
  await cleanup()
  return traceId
}
