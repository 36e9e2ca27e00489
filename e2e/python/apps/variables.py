"""An application with a managed variable."""

import json

import logfire

logfire.configure(service_name='variables', console=False, variables=logfire.VariablesOptions())
theme = logfire.var('theme', type=str, default='light')
with theme.get() as resolved:
    print(json.dumps({'theme': resolved.value}))
logfire.shutdown()
