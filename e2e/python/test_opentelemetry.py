"""OpenTelemetry's Python SDK, which has never heard of Logfire or of Hearth."""

from importlib.util import find_spec

import pytest

from hearth import run_app


@pytest.mark.parametrize('protocol', ['http', 'grpc'])
def test_a_plain_sdk(hearth, protocol):
    if protocol == 'grpc' and find_spec('opentelemetry.exporter.otlp.proto.grpc') is None:
        pytest.skip('this venv has no gRPC exporter; the other one has')
    service = f'py-otel-{protocol}'
    endpoint = f'http://{hearth.grpc}' if protocol == 'grpc' else hearth.url
    sent = run_app('otel', PROTOCOL=protocol, OTEL_SERVICE_NAME=service, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint)
    assert 'Failed' not in sent.stderr, sent.stderr

    rows = hearth.rows(f"""
        select kind, span_name, message, level_name(level) as level, span_id, parent_span_id, trace_id, http_method, http_route,
               url_path, url_query, http_response_status_code as status, is_exception, exception_type, otel_status_message,
               attributes, otel_scope_version
        from records where service_name = '{service}' order by start_timestamp""", at_least=4)  # fmt: skip
    assert len(rows) == 4
    assert {row['trace_id'] for row in rows} == {sent.output['trace_id']}
    server, event, log, query = rows
    assert (server['kind'], server['span_name'], server['level'], server['parent_span_id']) == ('span', 'GET /tea/{kind}', 'info', None)
    # A Logfire SDK would have written a readable message itself; for others Hearth does.
    assert server['message'] == "GET /tea/green ? cups='2'"
    assert (server['http_method'], server['http_route'], server['url_path'], server['url_query'], server['status']) == (
        'GET', '/tea/{kind}', '/tea/green', 'cups=2', 200)  # fmt: skip
    assert server['attributes']['sizes'] == [1, 2]
    assert server['otel_scope_version'] == '1.0'
    assert (event['kind'], event['span_name'], event['attributes']) == ('span_event', 'steeped', {'seconds': 180})
    assert (log['kind'], log['message'], log['level'], log['parent_span_id']) == ('log', 'out of sugar', 'warn', server['span_id'])
    assert log['attributes']['jar'] == 'left'
    assert (query['kind'], query['level'], query['is_exception'], query['exception_type']) == ('span', 'error', True, 'TimeoutError')
    assert query['otel_status_message'] == 'slow'
    assert query['parent_span_id'] == server['span_id']

    metrics = hearth.rows(f"""
        select metric_name, metric_type, scalar_value, histogram_count, histogram_sum, attributes->>'kind' as kind, aggregation_temporality
        from metrics where service_name = '{service}' and metric_name in ('orders', 'latency') order by metric_name""", at_least=2)  # fmt: skip
    latency, orders = metrics
    assert (latency['metric_type'], latency['histogram_count'], latency['histogram_sum']) == ('histogram', 1, 12.5)
    assert (orders['metric_type'], orders['scalar_value'], orders['kind']) == ('sum', 4, 'green')
    assert orders['aggregation_temporality'] == 'cumulative'
