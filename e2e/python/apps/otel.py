"""OpenTelemetry's own SDK, told its service name and nothing else by us; the protocol and the address come from the
environment, as for any other back end."""

import json
import logging
import os

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.metrics import get_meter, set_meter_provider
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

if os.environ['PROTOCOL'] == 'grpc':
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

tracers = TracerProvider()
tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(tracers)
loggers = LoggerProvider()
loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
set_logger_provider(loggers)
meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
set_meter_provider(meters)
logging.getLogger().addHandler(LoggingHandler(logger_provider=loggers))

tracer = trace.get_tracer('kitchen', '1.0')
with tracer.start_as_current_span('GET /tea/{kind}', kind=SpanKind.SERVER) as span:
    trace_id = format(span.get_span_context().trace_id, '032x')
    span.set_attributes({'http.request.method': 'GET', 'http.route': '/tea/{kind}', 'url.path': '/tea/green', 'url.query': 'cups=2',
                         'http.response.status_code': 200, 'sizes': [1, 2]})  # fmt: skip
    span.add_event('steeped', {'seconds': 180})
    logging.getLogger('kitchen').warning('out of %s', 'sugar', extra={'jar': 'left'})
    with tracer.start_as_current_span('SELECT teas', kind=SpanKind.CLIENT) as child:
        child.set_attributes({'db.system': 'postgresql', 'db.statement': 'SELECT * FROM teas WHERE kind = $1'})
        try:
            raise TimeoutError('database is slow')
        except TimeoutError as error:
            child.record_exception(error)
            child.set_status(Status(StatusCode.ERROR, 'slow'))
meter = get_meter('kitchen')
meter.create_counter('orders').add(4, {'kind': 'green'})
meter.create_histogram('latency', unit='ms').record(12.5)

tracers.shutdown()
loggers.shutdown()
meters.shutdown()
print(json.dumps({'trace_id': trace_id}))
