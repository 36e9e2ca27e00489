"""An application that raises an exception, and is told nothing of where to send."""

import json

import logfire

logfire.configure(service_name='broken', console=False)
trace_id = ''
try:
    with logfire.span('brew {what}', what='tea') as span:
        trace_id = f'{span.context.trace_id:032x}'
        raise ValueError('no tea is left')
except ValueError:
    pass
logfire.shutdown()
print(json.dumps({'trace_id': trace_id}))
