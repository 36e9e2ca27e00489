"""An agent's run that people and programs judge afterwards."""

import json

import logfire
from logfire.experimental.annotations import get_traceparent, raw_annotate_span, record_feedback

logfire.configure(service_name='annotated', console=False)
with logfire.span('brew {what}', what='tea') as span:
    with logfire.span('pour'):
        pass
    traceparent = get_traceparent(span)
    trace_id = f'{span.context.trace_id:032x}'
    span_id = f'{span.context.span_id:016x}'

record_feedback(traceparent, 'thumbs', 1, 'just right', extra={'user.id': 'ada'})
record_feedback(traceparent, 'warm', False)
record_feedback(traceparent, 'taste', 'smoky')
raw_annotate_span(traceparent, 'seen', 'a cup was broken', {'cups': 1})
logfire.shutdown()
print(json.dumps({'trace_id': trace_id, 'span_id': span_id}))
