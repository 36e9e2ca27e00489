"""The official Logfire SDK, unchanged, told only where Hearth is."""

import json
import signal

import pytest

from hearth import run_app


@pytest.fixture(scope='module')
def spans(hearth, logfire_env):
    sent = run_app('spans', **logfire_env)
    # Nothing about Hearth may look wrong to the SDK: it checks the token and warns in words.
    assert 'Logfire API' not in sent.stderr, sent.stderr
    hearth.rows("select 1 from records where service_name = 'py-spans'", at_least=14)
    return sent.output


def test_nested_spans(hearth, spans):
    outer = hearth.row(f"select * from records where trace_id = '{spans['trace_id']}' and span_name = 'serving {{customer}}'")
    assert outer['span_id'] == spans['outer_id']
    assert outer['parent_span_id'] is None
    assert outer['kind'] == 'span'
    assert outer['message'] == 'served Ada'
    assert outer['level'] == 9
    assert outer['tags'] == ['tea', 'vip']
    assert outer['duration'] > 0
    assert outer['service_version'] == '4.5.6'
    assert outer['deployment_environment'] == 'staging'
    assert outer['otel_scope_name'] == 'logfire'
    assert outer['telemetry_sdk_language'] == 'python'
    assert outer['is_exception'] is False
    assert outer['otel_status_code'] == 'UNSET'
    assert outer['process_pid'] > 0
    assert not [key for key in outer['attributes'] if key in ('logfire.msg', 'logfire.span_type', 'logfire.tags', 'logfire.json_schema')]
    assert outer['attributes']['customer'] == 'Ada'

    inner = hearth.row(f"select * from records where trace_id = '{spans['trace_id']}' and span_name = 'boil {{litres}}l'")
    assert inner['parent_span_id'] == spans['outer_id']
    assert inner['message'] == 'boil 0.5l'
    assert inner['level'] == 5
    assert inner['attributes']['celsius'] == 96.5
    assert inner['attributes']['done'] is True
    assert inner['duration'] <= outer['duration']


def test_arguments_are_read_by_path(hearth, spans):
    row = hearth.row("""
        select attributes->'table'->>'number' as number, attributes->'table'->'seats'->>1 as seat,
               attributes->>'code.filepath' as file, attributes_json_schema as schema
        from records where service_name = 'py-spans' and span_name = 'serving {customer}'""")
    assert (row['number'], row['seat']) == ('7', '2')
    assert row['file'].endswith('spans.py')
    assert json.loads(row['schema'])['properties']['table'] == {'type': 'object'}


def test_span_events_are_rows(hearth, spans):
    event = hearth.row("select * from records where service_name = 'py-spans' and kind = 'span_event'")
    assert event['span_name'] == event['message'] == 'bubbles'
    assert event['attributes'] == {'size': 3}
    assert event['duration'] is None
    parent = hearth.row("select span_id, otel_events from records where service_name = 'py-spans' and span_name = 'boil {litres}l'")
    assert event['parent_span_id'] == parent['span_id']
    assert [e['event_name'] for e in parent['otel_events']] == ['bubbles']


def test_a_log_of_each_level(hearth, spans):
    rows = hearth.rows(f"""
        select level, level_name(level) as name, message, kind, duration, parent_span_id from records
        where trace_id = '{spans['trace_id']}' and span_name = '{{level}} says hello' order by level""")
    assert [(row['level'], row['name']) for row in rows] == [
        (1, 'trace'), (5, 'debug'), (9, 'info'), (10, 'notice'), (13, 'warn'), (17, 'error'), (21, 'fatal'),
    ]  # fmt: skip
    for row in rows:
        assert row['message'] == row['name'] + ' says hello'
        assert (row['kind'], row['duration'], row['parent_span_id']) == ('log', None, spans['outer_id'])
    names = hearth.rows("select message from records where service_name = 'py-spans' and kind = 'log' and level >= 'error' and parent_span_id is not null order by level")
    assert [row['message'] for row in names] == ['error says hello', 'fatal says hello']


def test_exceptions(hearth, spans):
    columns = 'kind, level, is_exception, exception_type, exception_message, exception_stacktrace, otel_status_code, otel_status_message'

    poured = hearth.row(f"select {columns} from records where service_name = 'py-spans' and span_name = 'pour'")
    assert poured['is_exception'] is True
    assert (poured['kind'], poured['level'], poured['otel_status_code']) == ('span', 17, 'ERROR')
    assert (poured['exception_type'], poured['exception_message']) == ('ValueError', 'cup is full')
    assert poured['otel_status_message'] == 'ValueError: cup is full'
    assert 'Traceback' in poured['exception_stacktrace'] and 'spans.py' in poured['exception_stacktrace']

    logged = hearth.row(f"select {columns} from records where service_name = 'py-spans' and span_name = 'no saucer'")
    assert (logged['kind'], logged['level'], logged['exception_type']) == ('log', 17, 'KeyError')

    recorded = hearth.row(f"select {columns} from records where service_name = 'py-spans' and span_name = 'mended'")
    assert recorded['is_exception'] is True
    assert (recorded['level'], recorded['exception_type'], recorded['otel_status_code']) == (9, 'ZeroDivisionError', 'UNSET')


def test_scope_tags_and_scrubbing(hearth, spans):
    row = hearth.row("select tags, otel_scope_name, attributes from records where service_name = 'py-spans' and span_name = 'dishes'")
    assert row['tags'] == ['washing']
    assert row['otel_scope_name'] == 'logfire.sink'
    assert row['attributes']['password'] == "[Scrubbed due to 'password']"
    assert 'logfire.scrubbed' in row['attributes']


def test_nothing_comes_twice(hearth, spans):
    assert hearth.ask("select trace_id, span_id, kind from records_all where service_name = 'py-spans' group by 1, 2, 3 having count(*) > 1") == (
        200, hearth.ask("select trace_id, span_id, kind from records_all where false group by 1, 2, 3")[1])  # fmt: skip


def test_metrics(hearth, logfire_env):
    run_app('metrics', **logfire_env)
    rows = hearth.rows("""
        select metric_name, metric_type, unit, scalar_value, attributes->>'size' as size, aggregation_temporality,
               is_monotonic, histogram_count, histogram_sum, exp_histogram_scale
        from metrics where service_name = 'py-metrics' order by metric_name, size""", at_least=6)  # fmt: skip
    got = {(row['metric_name'], row['size']): row for row in rows}
    assert {key: row['scalar_value'] for key, row in got.items() if key[0] == 'cups'} == {
        ('cups', 'jug'): 10, ('cups', 'large'): 3, ('cups', 'small'): 3,
    }  # fmt: skip
    cups = got['cups', 'small']
    assert (cups['metric_type'], cups['unit'], cups['aggregation_temporality'], cups['is_monotonic']) == ('sum', '{cup}', 'delta', True)
    guests = got['guests', None]
    assert (guests['metric_type'], guests['scalar_value'], guests['aggregation_temporality'], guests['is_monotonic']) == ('sum', 5, 'cumulative', False)
    temperature = got['temperature', None]
    assert (temperature['metric_type'], temperature['scalar_value'], temperature['unit']) == ('gauge', 96.5, 'Cel')
    wait = got['wait', None]
    assert (wait['metric_type'], wait['histogram_count'], wait['histogram_sum']) == ('exponential_histogram', 3, 10.5)
    assert wait['exp_histogram_scale'] is not None


def test_a_span_that_never_ends_is_pending(hearth, logfire_env):
    span = run_app('pending', ends_with=-signal.SIGKILL, NEVER_ENDS='1', **logfire_env).output
    where = f"where trace_id = '{span['trace_id']}'"
    pending = hearth.rows(f'select span_id, parent_span_id, kind, message, duration, attributes from records_all {where} order by span_name desc', at_least=2)
    child, parent = pending
    assert [row['kind'] for row in pending] == ['pending_span', 'pending_span']
    # The pending span carries the id of the span that it stands for, and that span's parent.
    assert (child['span_id'], child['message'], child['attributes']['job']) == (span['span_id'], 'long brew', 'brew')
    assert child['parent_span_id'] == parent['span_id']
    assert parent['parent_span_id'] is None
    assert child['duration'] is None
    assert hearth.ask(f'select * from records {where}')[1]['data'] == []


def test_a_span_that_ends_is_no_longer_pending(hearth, logfire_env):
    span = run_app('pending', **logfire_env).output
    where = f"where trace_id = '{span['trace_id']}' and span_id = '{span['span_id']}'"
    final = hearth.row(f'select kind, message, duration from records {where}')
    assert (final['kind'], final['message']) == ('span', 'long brew')
    assert final['duration'] > 0
    kinds = [row['kind'] for row in hearth.rows(f'select kind from records_all {where} order by kind')]
    assert kinds == ['pending_span', 'span']


def test_http_headers_and_bodies(hearth, logfire_env):
    url = run_app('http_capture', **logfire_env).output['url']
    requests = hearth.rows("""
        select message, span_name, level, http_response_status_code as status, http_method, url_full, attributes, span_id, kind
        from records where service_name = 'py-httpx' and otel_scope_name = 'opentelemetry.instrumentation.httpx'
        order by start_timestamp""", at_least=2)  # fmt: skip
    tea, soup = requests
    assert (tea['status'], tea['http_method'], tea['url_full'], tea['level']) == (201, 'POST', url, 9)
    assert "/orders ? table='7'" in tea['message']
    assert tea['attributes']['http.request.header.x-guest'] == ['Ada']
    assert tea['attributes']['http.response.header.x-kitchen'] == ['north']
    # The SDK marks bodies as JSON, so that they come back as what they are.
    body = tea['attributes']['http.request.body.text']
    assert (json.loads(body) if isinstance(body, str) else body) == {'dish': 'tea'}
    assert (soup['status'], soup['level']) == (404, 17)

    read = hearth.rows("""
        select parent_span_id, attributes->>'http.response.body.text' as body from records
        where service_name = 'py-httpx' and span_name = 'Reading response body' order by start_timestamp""", at_least=2)  # fmt: skip
    assert [json.loads(row['body'])['served'] for row in read] == ['tea', 'soup']
    assert [row['parent_span_id'] for row in read] == [tea['span_id'], soup['span_id']]
