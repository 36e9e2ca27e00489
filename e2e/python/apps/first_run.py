"""An application that is told nothing: it finds its project in the folder that it runs in, or asks for one."""

import json

import logfire

logfire.configure(service_name='first-run', console=False)
with logfire.span('brew {what}', what='tea'):
    logfire.info('tea is ready')
    logfire.metric_counter('cups').add(2)
logfire.shutdown()
print(json.dumps({'done': True}))
