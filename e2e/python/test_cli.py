"""The official CLI, unchanged, and Hearth's own: logging in, projects, tokens, and the file that both leave for SDKs.

It runs in all environments: with the newest release, with the newest 4.x, with 4.34, with 4.3, and with 3.8 of March 2025: the last two ask
other endpoints.
"""

import json
import os
import re
import stat
import urllib.error
import urllib.request

import pytest

from developer import MACHINE, MAJOR, MINOR, PASSWORD, TOKEN, Developer, manage, the_four_keys
from hearth import PATIENCE, Hearth, eventually, program


@pytest.fixture(scope='module')
def guarded(tmp_path_factory):
    """A Hearth with a password."""
    server = Hearth(tmp_path_factory.mktemp('guarded'), '--password', PASSWORD)
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture
def developer(tmp_path, guarded):
    return Developer(tmp_path, guarded)


def test_logging_in_and_a_new_project(developer):
    said = developer.log_in_with_logfire()
    assert 'Successfully authenticated!' in said
    assert f'[tokens."{developer.server.url}"]' in developer.logins.read_text()
    assert 'You are already logged in' in developer.logfire('auth').stderr
    # There is no project here yet, about which whoami complains.
    assert 'Logged in as: admin' in developer.logfire('whoami', status=1).stderr

    name = f'tea-{os.getpid()}'
    made = developer.logfire('projects', 'new', name, '--org', 'local')
    assert f'{developer.server.url}/local/{name}' in made.stderr
    credentials = the_four_keys(developer.credentials)
    assert credentials['project_name'] == name
    assert credentials['logfire_api_url'] == developer.server.url
    whoami = developer.logfire('whoami').stderr
    assert 'Logged in as: admin' in whoami and f'/local/{name}' in whoami

    ran = developer.first_run()
    assert 'Logfire API' not in ran.stderr, ran.stderr  # how the SDK complains of a token or a server
    developer.arrived(name)

    listed = developer.logfire('projects', 'list').stderr
    assert re.search(rf'local +\| +{name}', listed), listed
    # A name that is taken, a bad one, and one that is neither.
    other = f'{name}-2'
    asked = developer.logfire('projects', 'new', name, '--org', 'local', answers=f'x\n{other}\n')
    assert 'already exists' in asked.stdout + asked.stderr
    assert 'must have at least 2 characters' in asked.stdout + asked.stderr
    assert the_four_keys(developer.credentials)['project_name'] == other


def test_a_project_that_exists(developer):
    developer.log_in_with_logfire()
    developer.logfire('projects', 'use', 'default')
    first = the_four_keys(developer.credentials)
    developer.logfire('projects', 'use', 'default', '--org', 'local')
    assert the_four_keys(developer.credentials)['token'] != first['token']
    tokens = manage(developer.server, 'GET', f'/api/v1/projects/{project_id(developer.server, "default")}/write-tokens/')
    assert {token['description'] for token in tokens} == {f'Created from {MACHINE}'}


def test_several_organizations(tmp_path):
    """The CLI asks which one a new project shall belong to, and tells projects of the same name apart."""
    server = Hearth(tmp_path / 'data', '--password', PASSWORD)
    developer = Developer(tmp_path, server)
    developer.log_in_with_logfire()
    developer.hearth('orgs', 'new', 'acme')

    asked = developer.logfire('projects', 'new', 'shop', answers='acme\n')
    assert 'Select the organization' in asked.stdout + asked.stderr
    assert 'acme/local' in asked.stdout + asked.stderr  # the choices
    assert the_four_keys(developer.credentials)['project_url'] == f'{server.url}/acme/shop'
    by_default = developer.logfire('projects', 'new', 'till', answers='\n')
    assert '(local)' in by_default.stdout + by_default.stderr
    assert the_four_keys(developer.credentials)['project_url'] == f'{server.url}/local/till'
    developer.logfire('projects', 'new', 'shop', '--default-org')
    assert the_four_keys(developer.credentials)['project_url'] == f'{server.url}/local/shop'

    listed = developer.logfire('projects', 'list').stderr
    for organization, name in (('acme', 'shop'), ('local', 'shop'), ('local', 'till'), ('local', 'default')):
        assert re.search(rf'{organization} +\| +{name}', listed), listed
    developer.logfire('projects', 'use', 'shop', '--org', 'acme')
    assert the_four_keys(developer.credentials)['project_url'] == f'{server.url}/acme/shop'
    assert f'{server.url}/acme/shop' in developer.logfire('whoami').stderr
    developer.first_run()
    token = developer.hearth('tokens', 'create', '--project', 'acme/shop', '--kind', 'read').stdout.strip()
    sql = "select message from records where service_name = 'first-run' order by message"
    assert eventually(lambda: server.ask(sql, token)[1]['data'], lambda rows: len(rows) == 2)
    elsewhere = developer.hearth('tokens', 'create', '--project', 'local/shop', '--kind', 'read').stdout.strip()
    assert server.ask(sql, elsewhere)[1]['data'] == []
    assert server.stop() == 0, server.log.read_text()


def project_id(server: Hearth, name: str) -> str:
    return next(project['id'] for project in manage(server, 'GET', '/api/v1/projects/') if project['project_name'] == name)


def test_the_first_run_asks_for_a_project(developer):
    developer.log_in_with_logfire()
    name = f'first-{os.getpid()}'
    # Not an existing one; yes, in that organisation; the name; go on.
    developer.first_run(answers=f'n\ny\n{name}\n\n')
    assert the_four_keys(developer.credentials)['project_name'] == name
    developer.arrived(name)


def test_the_first_run_in_a_terminal(developer):
    developer.log_in_with_logfire()
    name = f'terminal-{os.getpid()}'
    shown = developer.first_run_in_a_terminal(
        ('existing projects?', 'maybe'),  # neither yes nor no: it asks again
        ('Please enter Y or N', 'n'),
        ('in the organization "local"', 'y') if MAJOR >= 4 else ('organization "local"', 'y'),
        ('Enter the project name', 'No Tea!'),
        ('Enter the project name', name),
        ('Press Enter to continue', ''),
    )
    assert f'{developer.server.url}/local/{name}' in shown
    assert the_four_keys(developer.credentials)['project_name'] == name
    developer.arrived(name)
    # Nobody is asked again, and the next run goes to the same project.
    assert 'existing projects' not in developer.first_run().stdout


@pytest.mark.skipif((MAJOR, MINOR) <= (4, 34), reason='logfire 4.34 has no `projects status`')
def test_the_status_of_a_project(developer):
    developer.log_in_with_logfire()
    name = f'status-{os.getpid()}'
    developer.logfire('projects', 'new', name, '--org', 'local')
    saved = developer.logfire('read-tokens', 'create', '--save')
    assert 'projects status' in saved.stderr

    def status() -> dict:
        return json.loads(developer.logfire('projects', 'status', '--json').stdout)

    assert status() | {'services': []} == status() == {
        'organization': 'local', 'project_name': name, 'project_url': f'{developer.server.url}/local/{name}', 'lookback_hours': 1.0, 'services': [],
    }  # fmt: skip
    developer.first_run()
    services = eventually(status, lambda answer: answer['services'] and answer['services'][0]['records'] == 2)['services']
    assert [(service['service_name'], service['records']) for service in services] == [('first-run', 2)]
    assert services[0]['last_seen']
    listed = json.loads(developer.logfire('projects', 'list', '--json').stdout)
    assert {'organization_name': 'local', 'project_name': name} in listed
    # Nobody is asked, and nothing waits for an answer.
    assert 'Several projects are available' in developer.logfire('--non-interactive', 'projects', 'use', status=1).stderr


@pytest.mark.skipif(MAJOR < 4, reason='logfire 3.8 has no `prompt`')
def test_a_prompt_to_fix_an_exception(developer):
    developer.log_in_with_logfire()
    name = f'broken-{os.getpid()}'
    developer.logfire('projects', 'new', name, '--org', 'local')
    trace_id = developer.broken()
    token = developer.read_token(name)
    sql = f"select 1 from records where is_exception and trace_id = '{trace_id}'"
    assert eventually(lambda: developer.server.ask(sql, token)[1]['data'], bool)
    prompt = developer.logfire('prompt', '--project', f'local/{name}', f'fix-span-issue:{trace_id}').stdout
    assert re.search(r'^exception +ValueError: no tea is left$', prompt, re.M), prompt
    assert 'broken.py", line' in prompt
    assert f'{developer.server.url}/local/{name}/trace/{trace_id}' in prompt
    assert developer.logfire('prompt', '--project', f'local/{name}').stdout == prompt


@pytest.mark.skipif((MAJOR, MINOR) <= (4, 3), reason='logfire 4.3 configures agents only together with a prompt')
def test_what_a_prompt_configures_for_coding_agents_answers(developer):
    developer.log_in_with_logfire()
    name = f'agents-{os.getpid()}'
    developer.logfire('projects', 'new', name, '--org', 'local')
    programs, codex = developer.home / 'bin', developer.home / '.codex' / 'config.toml'
    for folder in (programs, codex.parent):
        folder.mkdir()
    # Codex and OpenCode need only be there, and Claude Code is told.
    for name_of_program in ('codex', 'opencode'):
        (programs / name_of_program).touch(0o755)
    claude, told = programs / 'claude', developer.home / 'told-to-claude'
    claude.write_text(f'#!/bin/sh\necho "$@" >> {told}\n')
    claude.chmod(0o755)
    codex.touch()
    developer.env['PATH'] = f'{programs}{os.pathsep}{developer.env["PATH"]}'
    for flag in ('--codex', '--opencode', '--claude'):
        developer.logfire('prompt', flag)
    address = f'{developer.server.url}/mcp'
    assert re.search(r'^\[mcp_servers.logfire\]\nurl = "(.*)"$', codex.read_text(), re.M)[1] == address
    assert json.loads((developer.work / 'opencode.jsonc').read_text())['mcp']['logfire-mcp'] == {'type': 'remote', 'url': address}
    assert told.read_text().splitlines() == ['mcp list', f'mcp add --transport http logfire {address}']

    def call(tool: str, token: str, **arguments: str) -> str:
        message = {'jsonrpc': '2.0', 'id': 1, 'method': 'tools/call', 'params': {'name': tool, 'arguments': arguments}}
        headers = {'Content-Type': 'application/json', 'Accept': 'application/json, text/event-stream', 'Authorization': f'Bearer {token}'}
        request = urllib.request.Request(address, json.dumps(message).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)['result']['content'][0]['text']

    token = developer.read_token(name)
    assert f'"project_name":"{name}"' in call('project_list', token)
    assert '{"n":0}' in call('query_run', token, query='SELECT count(*) AS n FROM records LIMIT 1', project=f'local/{name}')
    with pytest.raises(urllib.error.HTTPError) as refused:  # the configuration holds no token, and this server has a password
        call('project_list', '')
    assert refused.value.code == 401 and refused.value.headers['WWW-Authenticate'] == 'Bearer'


def test_a_refused_login_ends_the_command(developer):
    status, said = developer.log_in([program(), 'auth'], decision='refuse')
    assert status == 1 and 'The login was refused.' in said
    assert not developer.logins.exists()


def test_either_login_serves_both(developer):
    status, said = developer.log_in([program(), 'auth'])
    assert status == 0 and 'You are logged in at' in said, said
    assert stat.S_IMODE(developer.logins.stat().st_mode) == 0o600
    assert 'You are already logged in' in developer.logfire('auth').stderr
    assert 'Logged in as: admin' in developer.logfire('whoami', status=1).stderr

    name = f'hearth-{os.getpid()}'
    developer.hearth('projects', 'new', name, '--no-credentials')
    developer.hearth('projects', 'use', name)
    the_four_keys(developer.credentials)
    assert f'/local/{name}' in developer.logfire('whoami').stderr
    developer.first_run()
    developer.arrived(name)

    if (MAJOR, MINOR) > (4, 3):
        developer.logfire('auth', 'logout')
    else:
        developer.logins.unlink()
    assert 'you are not logged in' in developer.hearth('projects', 'list', status=1).stderr
    developer.log_in_with_logfire()
    assert name in developer.hearth('projects', 'list').stdout
    assert f'local/{name}' in developer.hearth('whoami').stdout
    # Hearth's log-out ends the login at the server, too.
    token = TOKEN.search(developer.logins.read_text())[0]
    developer.hearth('auth', 'logout')
    with pytest.raises(urllib.error.HTTPError, match='401'):
        urllib.request.urlopen(urllib.request.Request(developer.server.url + '/v1/account/me', headers={'Authorization': token}))
    assert re.search('No user token was found|You are not authenticated', developer.logfire('projects', 'list', status=1).stderr)


def test_local_mode_takes_a_login_that_the_official_cli_insists_on(tmp_path, hearth):
    developer = Developer(tmp_path, hearth)
    developer.log_in_with_logfire()
    assert 'Logged in as: local' in developer.logfire('whoami', status=1).stderr
    name = f'local-{os.getpid()}'
    developer.logfire('projects', 'new', name, '--default-org', answers='y\n')
    developer.first_run()
    developer.arrived(name)
