"""Lets Logfire's own SDK make spans and logs, and writes them as spans.json: what spans_test.go compares with.

    .venv/newest/bin/python sdk/testdata/spans.py

from the repository's root, in the environment that `make test-python` installs. What depends on the language, such as
stacks and type names, is written as "...".
"""

import json
import warnings
from pathlib import Path

import logfire
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

warnings.simplefilter('ignore')
exporter = InMemorySpanExporter()
logfire.configure(
    send_to_logfire=False,
    console=False,
    inspect_arguments=False,
    additional_span_processors=[SimpleSpanProcessor(exporter)],
)
cases = {}


def case(name):
    def run(make):
        make()
        cases[name] = [written(span) for span in exporter.get_finished_spans()]
        exporter.clear()

    return run


other = {'code.filepath', 'code.lineno', 'code.function', 'exception.type', 'exception.stacktrace', 'logfire.exception.fingerprint'}


def plain(attributes):
    return {
        key: '...' if key in other else list(value) if isinstance(value, tuple)
        else json.loads(value) if key == 'logfire.scrubbed' else value
        for key, value in (attributes or {}).items()
        if not key.startswith('code.')
    }


def written(span):
    names = {s.context.span_id: s.name for s in exporter.get_finished_spans()}
    return {
        'name': span.name,
        'parent': names.get(span.parent.span_id, '?') if span.parent else '',
        'kind': span.kind.name.lower(),
        'status': span.status.status_code.name.lower(),
        'described': bool(span.status.description),
        'point': span.start_time == span.end_time,
        'located': {'code.filepath', 'code.lineno', 'code.function'} <= span.attributes.keys(),
        'attributes': plain(span.attributes),
        'events': [{'name': e.name, 'attributes': plain(e.attributes)} for e in span.events],
    }


@case('a span')
def _():
    with logfire.span('bake {loaves} loaves', loaves=12, oven='left', _tags=['a', 'b', 'a'], _level='notice'):
        pass


@case('a span without attributes')
def _():
    with logfire.span('bake'):
        pass


@case('a span with another name')
def _():
    with logfire.span('bake {loaves}', _span_name='bake', loaves=12):
        pass


@case('what is set later')
def _():
    with logfire.span('bake {loaves}', loaves=12) as span:
        span.set_attribute('loaves', 13)
        span.set_attribute('burnt', [1, 2])
        span.message = 'baked'
        span.tags = ['late']
        span.set_level('warn')


@case('logs of every level')
def _():
    with logfire.span('bake'):
        logfire.trace('trace {n}', n=1)
        logfire.debug('debug')
        logfire.info('info', _tags=['t'])
        logfire.notice('notice')
        logfire.warn('warn')
        logfire.error('error')
        logfire.fatal('fatal')
        logfire.log(11, 'eleven')


@case('tags of a context')
def _():
    tagged = logfire.with_tags('outer', 'b')
    with tagged.span('bake', _tags=['b', 'c']):
        tagged.info('baked')


@case('templates')
def _():
    for template in (
        '{name}', '{name=}', 'a {name=} b', '{price:.2f}', '{n:03d}', '{n:x}', '{{{name}}}', '{{}}', 'none', '{a.b}', '{name:}',
        '{long}', '{wide}', '{name', 'name}', '{}', '{missing}', '{name} {missing}', '{none=}{{',
    ):
        logfire.info(template, **{
            'name': 'tea', 'price': 1.239, 'n': 42, 'a.b': 'dotted', 'long': 'x' * 64 + 'y' * 65, 'wide': '茶' * 128, 'none': 'x',
        })


@case('what should not go out')
def _():
    with logfire.span('{a} {password} {auth} {url.full}', **{
        'a': 'my password=123', 'password': 'hunter2', 'auth': 'x', 'url.full': 'http://x/?password=1',
    }):
        logfire.info('{text}', text='cookie: abc')


@case('an error that escapes')
def _():
    try:
        with logfire.span('outer'), logfire.span('inner'):
            raise ValueError('too hot')
    except ValueError:
        pass


@case('an error that is recorded')
def _():
    with logfire.span('outer'), logfire.span('inner') as span:
        span.record_exception(ValueError('too hot'))
    with logfire.span('alone') as span:
        span.record_exception(ValueError('too hot'))
    with logfire.span('at a level', _level='warn') as span:
        span.record_exception(ValueError('too hot'))
    with logfire.span('at an error', _level='error') as span:
        span.record_exception(ValueError('too hot'))


@case('an exception that is logged')
def _():
    try:
        raise ValueError('too hot')
    except ValueError:
        logfire.exception('baking failed', oven='left')
        with logfire.span('outer'):
            logfire.exception('baking failed')


out = Path(__file__).with_name('spans.json')
out.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + '\n')
