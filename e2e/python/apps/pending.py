"""Starts a span and says so. With NEVER_ENDS it is then killed: an exit would end the span."""

import json
import os
import signal
import sys

import logfire

logfire.configure(service_name='py-pending')

with logfire.span('finished parent'):
    with logfire.span('long {job}', job='brew') as span:
        context = span.get_span_context()
        logfire.force_flush()
        print(json.dumps({'trace_id': format(context.trace_id, '032x'), 'span_id': format(context.span_id, '016x')}))
        sys.stdout.flush()
        if os.environ.get('NEVER_ENDS'):
            os.kill(os.getpid(), signal.SIGKILL)
