"""The whole way of a newcomer, by the official clients against a Hearth with a password, and every request on it.

A recorder stands between the clients and Hearth, so that what is checked is what they really sent and were answered: the
transcript that a server must serve, from the login to the first query, and what it must refuse.
"""

import csv
import gzip
import io
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from importlib.metadata import version

import pytest

from developer import MACHINE, PASSWORD, TOKEN, Developer, manage
from hearth import MIN_TIMESTAMP, PATIENCE, Hearth
from recorder import Recorder

if tuple(int(part) for part in version('logfire').split('.')[:2]) >= (4, 35):
    from logfire.query_client import LogfireQueryClient, QueryExecutionError

    QUERIES = 'POST /v2/query 200'
else:
    from logfire.experimental.query_client import LogfireQueryClient, QueryExecutionError

    QUERIES = 'GET /v1/query 200'

PROJECT = f'transcript-{os.getpid()}'
SINCE = datetime.fromisoformat(MIN_TIMESTAMP)
SQL = "select kind, message from records where service_name = 'first-run' order by message"
ROWS = [{'kind': 'span', 'message': 'brew tea'}, {'kind': 'log', 'message': 'tea is ready'}]


@pytest.fixture(scope='module')
def guarded(tmp_path_factory):
    server = Hearth(tmp_path_factory.mktemp('transcript'), '--password', PASSWORD)
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture(scope='module')
def recorder(guarded):
    recorder = Recorder(guarded.url)
    yield recorder
    recorder.stop()


@pytest.fixture(scope='module')
def newcomer(tmp_path_factory, guarded, recorder):
    return Developer(tmp_path_factory.mktemp('newcomer'), guarded, recorder.url)


def test_the_transcript(newcomer, recorder):
    """Steps 1 to 4: each goes on with what the one before has left, as it is with people."""
    logs_in(newcomer, recorder)
    credentials = makes_a_project(newcomer, recorder)
    sends(newcomer, recorder, credentials)
    read = makes_a_read_token(newcomer, recorder)
    asks(recorder, read)
    refuses_mistakes(recorder, read)


def logs_in(newcomer: Developer, recorder: Recorder) -> None:
    # Nobody decides before the first long poll came back: its answer is the JSON null.
    said = newcomer.log_in_with_logfire(after=lambda: recorder.wait(lambda one: one.answer == b'null'))
    assert 'Successfully authenticated!' in said
    opened, *polls = recorder.take()
    assert opened.line == 'POST /v1/device-auth/new/ 200'
    assert opened.path.endswith(f'?machine_name={MACHINE}') and opened.body == b''
    assert 'authorization' not in opened.headers
    code = opened.json['device_code']
    assert opened.json['frontend_auth_url'].startswith(f'{recorder.url}/auth/device?code=')
    assert {poll.line for poll in polls} == {f'GET /v1/device-auth/wait/{code} 200'}
    assert [poll.answer for poll in polls[:-1]] == [b'null'] * (len(polls) - 1)
    assert polls[-1].json.keys() == {'token', 'expiration'}
    assert TOKEN.fullmatch(polls[-1].json['token'])
    assert datetime.fromisoformat(polls[-1].json['expiration'].rstrip('Z'))  # as the client reads it


def makes_a_project(newcomer: Developer, recorder: Recorder) -> dict:
    newcomer.logfire('projects', 'new', PROJECT, '--org', 'local')
    organizations, made = [one for one in recorder.take() if 'authorization' in one.headers]
    assert organizations.line == 'GET /v1/organizations/available-for-projects/ 200'
    assert [one['organization_name'] for one in organizations.json] == ['local']
    assert made.line == 'POST /v1/organizations/local/projects 200'
    assert json.loads(made.body) == {'project_name': PROJECT}
    assert made.json == {'project_name': PROJECT, 'token': made.json['token'], 'project_url': f'{recorder.url}/local/{PROJECT}'}
    credentials = json.loads(newcomer.credentials.read_text())
    assert credentials == made.json | {'logfire_api_url': recorder.url}
    return credentials


def sends(newcomer: Developer, recorder: Recorder, credentials: dict) -> None:
    ran = newcomer.first_run()
    assert 'Logfire API' not in ran.stderr, ran.stderr  # how the SDK complains of a token or a server
    sent = recorder.take()
    assert {one.line for one in sent} == {'GET /v1/info 200', 'POST /v1/traces 200', 'POST /v1/metrics 200'}, [one.line for one in sent]
    for one in sent:
        assert one.headers['authorization'] == credentials['token']
        if one.method == 'GET':
            assert (one.json['project_name'], one.json['project_url']) == (PROJECT, credentials['project_url'])
        else:
            assert (one.headers['content-type'], one.headers['content-encoding']) == ('application/x-protobuf', 'gzip')
    newcomer.arrived(PROJECT)
    recorder.take()

    # A client that hears no answer sends the same again.
    for one in sent * 2:
        if one.method == 'POST':
            assert fetch(recorder.url + one.path, credentials['token'], one.body, {name: one.headers[name] for name in ('content-type', 'content-encoding')})[0] == 200
    recorder.take()


def makes_a_read_token(newcomer: Developer, recorder: Recorder) -> str:
    read = newcomer.logfire('read-tokens', '--project', f'local/{PROJECT}', 'create').stdout.strip()
    [made] = [one for one in recorder.take() if 'authorization' in one.headers]
    assert made.line == f'POST /v1/organizations/local/projects/{PROJECT}/read-tokens 200'
    assert json.loads(made.body) == {'description': 'Created by Logfire CLI'}
    assert made.json['token'] == read
    return read


def asks(recorder: Recorder, read: str) -> None:
    with LogfireQueryClient(read, base_url=recorder.url) as client:
        assert client.info() == {'organization_name': 'local', 'project_name': PROJECT}
        # What was sent three times is there once.
        everything = client.query_json_rows('select kind, message, trace_id, span_id from records', min_timestamp=SINCE)['rows']
        assert sorted(row['message'] for row in everything) == ['brew tea', 'tea is ready']
        cups = client.query_json_rows("select scalar_value from metrics where metric_name = 'cups'", min_timestamp=SINCE)
        assert cups['rows'] == [{'scalar_value': 2}]

        assert client.query_json_rows(SQL, min_timestamp=SINCE)['rows'] == ROWS
        assert list(csv.DictReader(io.StringIO(client.query_csv(SQL, min_timestamp=SINCE)))) == ROWS
        assert client.query_arrow(SQL, min_timestamp=SINCE).to_pylist() == ROWS
        with pytest.raises(QueryExecutionError, match='mesage'):
            client.query_json_rows('select mesage from records', min_timestamp=SINCE)
    lines = [one.line for one in recorder.take()]
    assert lines == ['GET /v1/read-token-info 200', *[QUERIES] * 5, QUERIES.replace('200', '400')]

    # What only other clients ask: SDKs up to 4.34, the one for Rust, logfire-mcp.
    status, rows = ask(recorder, f'/v1/query?json_rows=true&sql={urllib.parse.quote(SQL)}', read)
    assert (status, rows['rows']) == (200, ROWS)
    status, schemas = ask(recorder, '/v1/schemas', read)
    assert status == 200 and {table['name'] for table in schemas['tables']} >= {'records', 'metrics'}


def refuses_mistakes(recorder: Recorder, read: str) -> None:
    status, answer = ask(recorder, '/v2/query', read, {'sql': 'select mesage from records', 'min_timestamp': MIN_TIMESTAMP})
    assert status == 400 and 'mesage' in answer['detail']
    status, answer = ask(recorder, '/v2/query', read, {'sql': 'select 1'})
    assert status == 422 and [fault['loc'] for fault in answer['detail']] == [['body', 'min_timestamp']]
    status, answer = ask(recorder, '/v2/query', read, {'sql': 'select 1', 'min_timestamp': MIN_TIMESTAMP, 'limit': 10_001})
    assert status == 422 and [fault['loc'] for fault in answer['detail']] == [['body', 'limit']]


ENDPOINTS = [
    ('GET', '/v1/account/me'), ('GET', '/v1/organizations/available-for-projects/'), ('GET', '/v1/writable-projects/'),
    ('POST', '/v1/organizations/local/projects'), ('POST', '/v1/organizations/local/projects/default/write-tokens/'),
    ('POST', '/v1/organizations/local/projects/default/read-tokens'), ('GET', '/v1/organizations/local/projects/default/prompts'),
    ('GET', '/v1/info'), ('GET', '/v1/read-token-info'), ('GET', '/v1/query?sql=select+1'), ('POST', '/v2/query'), ('GET', '/v1/schemas'),
    ('POST', '/v1/traces'), ('POST', '/v1/metrics'), ('POST', '/v1/logs'), ('POST', '/mcp'),
    ('GET', '/v1/organizations/'), ('GET', '/v1/projects/'), ('POST', '/v1/projects/local'), ('GET', '/api/read-token-info'),
    ('GET', '/v1/organizations/local/projects/default/prompts/'),
]  # fmt: skip


@pytest.mark.parametrize('token', ['', 'pylf_v1_local_' + 'x' * 44, 'Bearer pylf_v2_us_' + 'y' * 44, 'nonsense'])
@pytest.mark.parametrize(('method', 'path'), ENDPOINTS)
def test_a_bad_token_opens_nothing(guarded, method, path, token):
    status, body = fetch(guarded.url + path, token, b'{}' if method == 'POST' else None, {'Content-Type': 'application/json'})
    assert status == 401, body
    if path in ('/v1/traces', '/v1/metrics', '/v1/logs'):
        assert body.decode().strip() in ('Unknown token', 'Missing or invalid authorization header')
    else:
        assert json.loads(body)['detail']


def test_a_request_that_is_too_large(guarded):
    token = manage(guarded, 'POST', '/v1/organizations/local/projects/default/write-tokens/')['token']
    headers = {'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'gzip'}
    status, answer = fetch(guarded.url + '/v1/traces', token, gzip.compress(bytes(101 << 20)), headers)
    assert (status, answer.decode().strip()) == (413, 'Failed to buffer the request body: length limit exceeded')


def fetch(url: str, token: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
    """The status and the body of an answer; a request with a body is a POST."""
    request = urllib.request.Request(url, body, headers | ({'Authorization': token} if token else {}))
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def ask(recorder: Recorder, path: str, token: str, question: dict | None = None) -> tuple[int, dict]:
    """The status and the JSON of an answer to who asks without a client."""
    body = None if question is None else json.dumps(question).encode()
    status, answer = fetch(recorder.url + path, token, body, {'Content-Type': 'application/json'})
    return status, json.loads(answer)
