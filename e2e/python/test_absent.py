"""What the official SDK's users are told of what Hearth does not have."""

from importlib.metadata import version

import pytest

from hearth import run_app

MAJOR = int(version('logfire').split('.')[0])
WORDS = 'docs/logfire-compatibility.md'


@pytest.mark.skipif(MAJOR > 4, reason='the newest SDK needs packages for variables that this environment does not have')
def test_managed_variables_fall_back_to_the_code(hearth, logfire_env):
    ran = run_app('variables', LOGFIRE_API_KEY='pylf_v2_local_' + 'x' * 44, **logfire_env)
    assert ran.output == {'theme': 'light'}
    # The SDK tells of it where it tells of everything.
    told = hearth.rows("select level_name(level) as level, exception_message from records where service_name = 'variables' and is_exception")[0]
    assert told['level'] == 'error'
    assert 'Unexpected response 501' in told['exception_message'] and 'Hearth does not have managed variables' in told['exception_message']


@pytest.mark.skipif(MAJOR < 5, reason='older clients of datasets need pydantic-evals')
def test_hosted_datasets_are_refused_in_words(hearth):
    from logfire.experimental.api_client import DatasetApiError, LogfireAPIClient

    with LogfireAPIClient(api_key='pylf_v2_local_' + 'x' * 44, base_url=hearth.url) as client:
        for ask in (client.list_datasets, lambda: client.get_dataset('teas'), lambda: client.list_cases('teas')):
            with pytest.raises(DatasetApiError) as refused:
                ask()
            assert refused.value.status_code == 501
            assert 'Hearth does not have hosted datasets' in str(refused.value) and WORDS in str(refused.value)
