"""Writes records.json: how Logfire's Python SDK exports spans of plain OpenTelemetry tracers. Run with logfire 5.4:

    python testdata/records.py > testdata/records.json

The same spans are made in records_test.go.
"""

import json

import logfire
from logfire._internal.exporters.test import TestExporter
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

exporter = TestExporter()
logfire.configure(send_to_logfire=False, console=False, metrics=False, additional_span_processors=[SimpleSpanProcessor(exporter)])
tracer = trace.get_tracer('shop')

with tracer.start_as_current_span('checkout', attributes={'cart': 3, 'password': 'hunter2'}) as span:
    with tracer.start_as_current_span('pay') as child:
        child.set_attribute('provider', 'bank')
        child.add_event('asked', {'note': 'api_key=abc'})
    span.set_attribute('late', True)

for kind, attributes, status in [
    (SpanKind.INTERNAL, {}, StatusCode.ERROR),
    (SpanKind.INTERNAL, {'logfire.level_num': 13}, StatusCode.ERROR),
    (SpanKind.INTERNAL, {'logfire.level_num': 17}, None),
    (SpanKind.INTERNAL, {'logfire.level_num': 13}, None),
    (SpanKind.SERVER, {'http.response.status_code': 500}, None),
    (SpanKind.SERVER, {'http.response.status_code': 404}, None),
    (SpanKind.SERVER, {'http.status_code': 503}, None),
    (SpanKind.SERVER, {'http.response.status_code': 200}, None),
    (SpanKind.CLIENT, {'http.response.status_code': 404}, None),
    (SpanKind.CLIENT, {'http.response.status_code': 302}, None),
    (SpanKind.INTERNAL, {'http.response.status_code': 500}, None),
    (SpanKind.SERVER, {'http.response.status_code': 500}, StatusCode.OK),
]:
    with tracer.start_as_current_span('case', kind=kind, attributes=attributes) as span:
        if status:
            span.set_status(Status(status))

names = {0: ''}
records = []
for span in exporter.exported_spans:
    names[span.context.span_id] = span.name + ('?' if span.attributes['logfire.span_type'] == 'pending_span' else '')
for span in exporter.exported_spans:
    attributes = {k: v for k, v in span.attributes.items() if k != 'logfire.msg'}
    if 'logfire.pending_parent_id' in attributes:
        attributes['logfire.pending_parent_id'] = names[int(attributes['logfire.pending_parent_id'], 16)]
    records.append(
        {
            'name': names[span.context.span_id],
            'parent': names[span.parent.span_id] if span.parent else '',
            'point': span.start_time == span.end_time,
            'kind': span.kind.name.lower(),
            'status': span.status.status_code.name.lower(),
            'attributes': attributes,
            'events': [{'name': e.name, 'attributes': dict(e.attributes)} for e in span.events],
        }
    )
print(json.dumps(records, indent=1))
