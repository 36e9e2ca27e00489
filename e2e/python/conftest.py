from importlib.util import find_spec

import pytest

from hearth import LOCAL_TOKEN, Hearth

# What it needs is in one environment alone: requirements-logfire-4.txt.
collect_ignore = [] if find_spec('logfire_mcp') else ['test_logfire_mcp.py']


@pytest.fixture(scope='session')
def hearth(tmp_path_factory):
    """One Hearth for all tests: each test sends under a service name of its own."""
    server = Hearth(tmp_path_factory.mktemp('hearth'))
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture(scope='session')
def logfire_env(hearth):
    """What points a Logfire SDK at Hearth."""
    return {'LOGFIRE_BASE_URL': hearth.url, 'LOGFIRE_TOKEN': LOCAL_TOKEN, 'LOGFIRE_CONSOLE': 'false'}
