"""Everything that the Logfire SDK can say about a piece of work."""

import json

import logfire

logfire.configure(service_name='py-spans', service_version='4.5.6', environment='staging')

with logfire.span('serving {customer}', customer='Ada', _tags=['tea', 'vip'], table={'number': 7, 'seats': [1, 2]}) as outer:
    trace_id = format(outer.get_span_context().trace_id, '032x')
    outer_id = format(outer.get_span_context().span_id, '016x')
    with logfire.span('boil {litres}l', litres=0.5, _level='debug') as inner:
        inner.set_attribute('celsius', 96.5)
        inner.set_attribute('done', True)
        inner.add_event('bubbles', {'size': 3})
    for level in ('trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal'):
        getattr(logfire, level)('{level} says hello', level=level, nothing=None, big=2**70)
    outer.message = 'served Ada'

try:
    with logfire.span('pour'):
        raise ValueError('cup is full')
except ValueError:
    pass

try:
    {}['saucer']
except KeyError:
    logfire.exception('no saucer')

with logfire.span('mended') as span:
    try:
        1 / 0
    except ZeroDivisionError as error:
        span.record_exception(error)

logfire.with_tags('washing').with_settings(custom_scope_suffix='sink').info('dishes', password='hunter2')

print(json.dumps({'trace_id': trace_id, 'outer_id': outer_id}))
