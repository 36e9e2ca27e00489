"""logfire-mcp, unchanged, as a program that talks over stdio to a client of the MCP SDK.

It runs in the environment of requirements-logfire-4.txt; conftest.py leaves it out of the others.
"""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

import pytest
from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.types import CallToolResult

from hearth import clean_env, eventually, run_app

PROJECT = 'mcp'


@pytest.fixture(scope='module')
def project(hearth):
    """A project in which an exception is, its tokens, and the exception's trace."""
    hearth.run('projects', 'new', PROJECT)
    write, read = (hearth.new_token(PROJECT, kind) for kind in ('write', 'read'))
    trace_id = run_app('broken', LOGFIRE_BASE_URL=hearth.url, LOGFIRE_TOKEN=write).output['trace_id']
    arrived = eventually(lambda: hearth.ask(f"select 1 from records where trace_id = '{trace_id}'", read)[1]['data'], bool)
    assert arrived
    return {'read': read, 'trace_id': trace_id}


@pytest.fixture
def call(hearth, project):
    """Start logfire-mcp as its users do, and call one of its tools."""
    server = StdioServerParameters(
        command=str(Path(sys.executable).parent / 'logfire-mcp'),
        env=clean_env(LOGFIRE_READ_TOKEN=project['read'], LOGFIRE_BASE_URL=hearth.url),
    )

    async def ask(tool: str, arguments: dict) -> CallToolResult:
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            assert (await session.initialize()).serverInfo.name == 'Logfire'
            tools = {tool.name for tool in (await session.list_tools()).tools}
            assert tools == {'arbitrary_query', 'find_exceptions_in_file', 'logfire_link', 'schema_reference'}
            return await session.call_tool(tool, arguments)

    def call(tool: str, **arguments: object) -> CallToolResult:
        return asyncio.run(ask(tool, arguments))

    return call


def rows_of(result: CallToolResult) -> list[dict]:
    assert not result.isError, result.content
    assert [json.loads(content.text) for content in result.content] == result.structuredContent['result']
    return result.structuredContent['result']


def test_a_query(call, project):
    sql = "select kind, message, service_name, is_exception, tags, attributes->>'what' as what from records"
    assert rows_of(call('arbitrary_query', query=sql, age=60)) == [
        {'kind': 'span', 'message': 'brew tea', 'service_name': 'broken', 'is_exception': True, 'tags': [], 'what': 'tea'},
    ]
    assert rows_of(call('arbitrary_query', query='select 1 as one from records', age=0)) == []


def test_a_statement_that_is_wrong(call):
    result = call('arbitrary_query', query='select tea from records', age=60)
    assert result.isError
    assert 'column "tea" does not exist' in result.content[0].text


def test_exceptions_of_a_file(call):
    found = rows_of(call('find_exceptions_in_file', filepath='apps/broken.py', age=60))
    assert len(found) == 1
    assert list(found[0]) == ['created_at', 'message', 'exception_type', 'exception_message', 'exception_stacktrace']
    assert (found[0]['message'], found[0]['exception_type'], found[0]['exception_message']) == ('brew tea', 'ValueError', 'no tea is left')
    assert 'apps/broken.py", line' in found[0]['exception_stacktrace']
    assert datetime.fromisoformat(found[0]['created_at']).tzinfo
    assert rows_of(call('find_exceptions_in_file', filepath='apps/whole.py', age=60)) == []


def test_the_schema(call):
    result = call('schema_reference')
    assert not result.isError, result.content
    text = result.content[0].text
    for table in ('records', 'metrics'):
        assert f'CREATE TABLE {table} (\n' in text
    assert '\n    start_timestamp TIMESTAMP WITH TIME ZONE NOT NULL -- ' in text
    assert '\n    exception_stacktrace TEXT -- ' in text


def test_a_link_to_a_trace(call, hearth, project):
    trace_id = project['trace_id']
    result = call('logfire_link', trace_id=trace_id)
    assert result.content[0].text == f'{hearth.url}/local/{PROJECT}?q=trace_id%3D%27{trace_id}%27'
