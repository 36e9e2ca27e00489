"""One instrument of each kind, sent once when the program ends."""

import logfire

logfire.configure(service_name='py-metrics')

cups = logfire.metric_counter('cups', unit='{cup}', description='Cups served')
cups.add(2, {'size': 'small'})
cups.add(3, {'size': 'large'})
cups.add(1, {'size': 'small'})
logfire.metric_up_down_counter('guests').add(5)
logfire.metric_gauge('temperature', unit='Cel').set(96.5)
wait = logfire.metric_histogram('wait', unit='s')
for seconds in (0.5, 2.0, 8.0):
    wait.record(seconds)
with logfire.span('work'):
    cups.add(10, {'size': 'jug'})
