"""Logfire's own query clients. The newest asks POST /v2/query; the one of the other venv (4.34) GET /v1/query."""

import asyncio
import csv
import io
import json
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

import httpx
import pytest

from hearth import MIN_TIMESTAMP, eventually, run_app

SDK = tuple(int(part) for part in version('logfire').split('.')[:2])
if SDK >= (4, 35):
    from logfire.query_client import AsyncLogfireQueryClient, LogfireQueryClient, QueryExecutionError, QueryRequestError
else:
    from logfire.experimental.query_client import AsyncLogfireQueryClient, LogfireQueryClient, QueryExecutionError, QueryRequestError

SINCE = datetime.fromisoformat(MIN_TIMESTAMP)
SQL = "select kind, message, level, tags, is_exception, attributes->>'celsius' as celsius from records where service_name = 'py-spans' order by start_timestamp, span_name"
COLUMNS = ['kind', 'message', 'level', 'tags', 'is_exception', 'celsius']


@pytest.fixture(scope='module')
def tokens(hearth):
    """A project of its own, with what spans.py sends in it, and its tokens."""
    project = f'queries-{SDK[0]}'
    hearth.run('projects', 'new', project)
    write, read = (hearth.new_token(project, kind) for kind in ('write', 'read'))
    run_app('spans', LOGFIRE_BASE_URL=hearth.url, LOGFIRE_TOKEN=write, LOGFIRE_CONSOLE='false')
    eventually(lambda: hearth.ask(SQL, read)[1].get('data', []), lambda rows: len(rows) >= 14)
    return {'project': project, 'write': write, 'read': read}


@pytest.fixture
def client(hearth, tokens):
    with LogfireQueryClient(tokens['read'], base_url=hearth.url) as client:
        yield client


def test_info(client, tokens):
    assert client.info() == {'organization_name': 'local', 'project_name': tokens['project']}


def test_json_rows(client):
    answer = client.query_json_rows(SQL, min_timestamp=SINCE)
    assert [column['name'] for column in answer['columns']] == COLUMNS
    types = {column['name']: (column['datatype'], column['nullable']) for column in answer['columns']}
    assert types['kind'] == ('Utf8', False)
    assert types['is_exception'] == ('Boolean', True)
    assert types['celsius'] == ('Utf8', True)
    assert types['tags'][0]['List']['name'] == 'item'
    assert types['tags'][0]['List']['datatype'] == 'Utf8'
    rows = answer['rows']
    assert len(rows) == 14
    assert all(list(row) == COLUMNS for row in rows), 'each row holds every column, null or not'
    first = rows[0]
    assert (first['message'], first['tags'], first['celsius'], first['is_exception']) == ('served Ada', ['tea', 'vip'], None, False)
    assert {row['celsius'] for row in rows} == {None, '96.5'}


@pytest.mark.skipif(not hasattr(LogfireQueryClient, 'query_json'), reason='column orientation is gone from 5.x')
def test_json_columns(client):
    answer = client.query_json(SQL, min_timestamp=SINCE)
    assert [column['name'] for column in answer['columns']] == COLUMNS
    assert answer['columns'][1]['values'][0] == 'served Ada'


def test_csv(client):
    text = client.query_csv(SQL, min_timestamp=SINCE)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert text.splitlines()[0] == ','.join(COLUMNS)
    assert text.endswith('\n') and '\r' not in text
    assert len(rows) == 14
    assert (rows[0]['tags'], rows[0]['is_exception'], rows[0]['celsius']) == ('["tea","vip"]', 'false', '')
    empty = client.query_csv('select kind, message from records where false', min_timestamp=SINCE)
    assert empty == 'kind,message\n'


def test_arrow(client):
    pyarrow = pytest.importorskip('pyarrow')
    table = client.query_arrow(SQL, min_timestamp=SINCE)
    assert table.column_names == COLUMNS
    assert table.num_rows == 14
    assert pyarrow.types.is_list(table.schema.field('tags').type)
    assert pyarrow.types.is_boolean(table.schema.field('is_exception').type)
    assert table.to_pylist()[0]['tags'] == ['tea', 'vip']
    empty = client.query_arrow('select start_timestamp, duration from records where false', min_timestamp=SINCE)
    assert empty.num_rows == 0
    assert empty.schema.field('start_timestamp').type == pyarrow.timestamp('us', tz='UTC')
    assert empty.schema.field('duration').type == pyarrow.float64()


def test_async_client(hearth, tokens, client):
    async def ask():
        async with AsyncLogfireQueryClient(tokens['read'], base_url=hearth.url) as asking:
            return await asyncio.gather(
                asking.info(),
                asking.query_json_rows(SQL, min_timestamp=SINCE),
                asking.query_csv(SQL, min_timestamp=SINCE),
                asking.query_arrow(SQL, min_timestamp=SINCE),
            )

    info, rows, text, table = asyncio.run(ask())
    assert info['project_name'] == tokens['project']
    assert rows == client.query_json_rows(SQL, min_timestamp=SINCE)
    assert text == client.query_csv(SQL, min_timestamp=SINCE)
    assert table.equals(client.query_arrow(SQL, min_timestamp=SINCE))


def test_limits_and_time_bounds(client):
    def count(**bounds):
        return len(client.query_json_rows('select span_id from records', **{'min_timestamp': SINCE} | bounds)['rows'])

    assert count(limit=3) == 3
    assert count(limit=10_000) == 14
    now = datetime.now(timezone.utc)
    assert count(min_timestamp=now + timedelta(hours=1)) == 0
    assert count(max_timestamp=now - timedelta(days=1)) == 0
    assert count(min_timestamp=now - timedelta(hours=1), max_timestamp=now) == 14


def test_mistakes_are_the_clients_own_errors(client):
    with pytest.raises(QueryExecutionError) as bad_sql:
        client.query_json_rows('select mesage from records', min_timestamp=SINCE)
    assert 'mesage' in str(bad_sql.value)
    with pytest.raises((QueryExecutionError, QueryRequestError)):
        client.query_json_rows('selec 1', min_timestamp=SINCE)
    with pytest.raises(QueryRequestError):
        client.query_json_rows('select 1', min_timestamp=SINCE, limit=10_001)


@pytest.mark.skipif(SDK < (4, 35), reason='time zone and environment come with v2')
def test_timezone_and_environment(client):
    hour = "select extract(hour from timestamptz '2026-01-01T00:00:00Z') as hour"
    assert client.query_json_rows(hour, min_timestamp=SINCE)['rows'] == [{'hour': 0}]
    assert client.query_json_rows(hour, min_timestamp=SINCE, timezone='Asia/Tokyo')['rows'] == [{'hour': 9}]
    everything = 'select count(*) as n from records'
    assert client.query_json_rows(everything, min_timestamp=SINCE, environment='staging')['rows'][0]['n'] == 14
    assert client.query_json_rows(everything, min_timestamp=SINCE, environment=['production', ''])['rows'][0]['n'] == 0


@pytest.mark.filterwarnings('ignore:pandas only supports SQLAlchemy')
def test_db_api(hearth, tokens):
    db_api = pytest.importorskip('logfire.db_api')
    with db_api.connect(tokens['read'], base_url=hearth.url) as connection, connection.cursor() as cursor:
        cursor.execute("select message, level, tags from records where level >= %(level)s and kind = 'log' order by level", {'level': 'error'})
        assert [column[0] for column in cursor.description] == ['message', 'level', 'tags']
        assert cursor.rowcount == 3
        assert cursor.fetchone() is not None
        assert cursor.fetchall()[-1] == ('fatal says hello', 21, [])
        cursor.execute('select * from records')
        assert cursor.rowcount == 14
        with pytest.raises(QueryExecutionError):
            cursor.execute('select nothing_such from records')
    pandas = pytest.importorskip('pandas')
    with db_api.connect(tokens['read'], base_url=hearth.url) as connection:
        frame = pandas.read_sql('select kind, count(*) as n from records group by kind order by kind', connection)
    assert dict(zip(frame['kind'], frame['n'])) == {'log': 9, 'span': 4, 'span_event': 1}


# --- GET /v1/query as other clients ask it (Rust, logfire-mcp, curl)


def get(hearth, token, accept='application/json', **params):
    return httpx.get(hearth.url + '/v1/query', params={'sql': SQL} | params, headers={'Authorization': f'Bearer {token}', 'Accept': accept})


def test_v1_orientations(hearth, tokens):
    columns = get(hearth, tokens['read']).raise_for_status().json()
    assert columns.keys() == {'columns'}
    assert [column['name'] for column in columns['columns']] == COLUMNS
    assert columns['columns'][0]['datatype'] == 'Utf8'
    assert columns['columns'][3]['datatype'] == {'List': {'name': 'item', 'nullable': True, 'datatype': 'Utf8'}}
    assert all(len(column['values']) == 14 for column in columns['columns'])
    for flag in ('json_rows', 'row_oriented'):
        rows = get(hearth, tokens['read'], **{flag: 'true'}).raise_for_status().json()
        assert rows.keys() == {'columns', 'rows'}
        assert [row['message'] for row in rows['rows']] == columns['columns'][1]['values']
        assert 'values' not in rows['columns'][0]


def test_v1_formats_and_bounds(hearth, tokens):
    answer = get(hearth, tokens['read'], 'text/csv').raise_for_status()
    assert answer.headers['content-type'].startswith('text/csv')
    assert len(answer.text.splitlines()) == 15
    arrow = get(hearth, tokens['read'], 'application/vnd.apache.arrow.stream').raise_for_status()
    assert arrow.content.endswith(b'\xff\xff\xff\xff\x00\x00\x00\x00')
    assert len(get(hearth, tokens['read'], json_rows='true', limit=2).json()['rows']) == 2
    later = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    assert get(hearth, tokens['read'], json_rows='true', min_timestamp=later).json()['rows'] == []


def test_v1_mistakes(hearth, tokens):
    for params, statuses in (({'sql': 'select mesage from records'}, {400}), ({'sql': ''}, {400, 422}), ({'limit': 'many'}, {422}), ({'min_timestamp': 'yesterday-ish'}, {422})):
        answer = get(hearth, tokens['read'], **params)
        assert answer.status_code in statuses, (params, answer.text)
        assert answer.headers['content-type'].startswith('application/json')
        assert answer.json()['detail']
    assert get(hearth, tokens['write']).status_code == 401


def test_ndjson_and_explain(hearth, tokens):
    headers = {'Authorization': tokens['read'], 'Accept': 'application/x-ndjson'}
    body = {'sql': SQL, 'min_timestamp': MIN_TIMESTAMP}
    lines = [json.loads(line) for line in httpx.post(hearth.url + '/v2/query', json=body, headers=headers).raise_for_status().text.splitlines()]
    assert [line['type'] for line in (lines[0], lines[-1])] == ['schema', 'end']
    assert [field['name'] for field in lines[0]['schema']['fields']] == COLUMNS
    rows = [row for line in lines if line['type'] == 'data' for row in line['rows']]
    assert len(rows) == lines[-1]['row_count'] == 14
    explained = httpx.post(hearth.url + '/v2/query', json=body | {'explain': True}, headers={'Authorization': tokens['read']}).raise_for_status().json()
    assert {'logical_plan', 'physical_plan', 'physical_plan_with_metrics'} <= explained.keys()
    assert explained['logical_plan'] and explained['physical_plan']


def test_v2_needs_a_lower_bound(hearth, tokens):
    answer = httpx.post(hearth.url + '/v2/query', json={'sql': 'select 1'}, headers={'Authorization': tokens['read']})
    assert answer.status_code == 422
    assert answer.json()['detail']


def test_schemas(hearth, tokens):
    tables = httpx.get(hearth.url + '/v1/schemas', headers={'Authorization': tokens['read']}).raise_for_status().json()['tables']
    by_name = {table['name']: table['schema'] for table in tables}
    assert {'records', 'metrics'} <= by_name.keys()
    records = by_name['records']
    assert {key: records['attributes'][key] for key in ('data_type', 'nullable', 'is_json')} == {'data_type': 'TEXT', 'nullable': True, 'is_json': True}
    assert records['tags']['data_type'] == 'TEXT[]'
    assert records['start_timestamp']['data_type'] == 'TIMESTAMP WITH TIME ZONE'
    assert records['start_timestamp']['nullable'] is False
