"""The official CLI, unchanged, and Hearth's own: logging in, projects, tokens, and the file that both leave for SDKs.

It runs in all environments: with the newest release, with the newest 4.x, with 4.34, and with 3.8 of March 2025, which asks
other endpoints.
"""

import json
import os
import re
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import logfire
import pytest

from hearth import HERE, PATIENCE, Hearth, clean_env, eventually, program

PASSWORD = 'correct horse battery'
MACHINE = os.uname().nodename
PAGE = re.compile(r'(http://\S+/auth/device\?code=[A-Z]{4}-[A-Z]{4})')
TOKEN = re.compile(r'pylf_v1_local_[A-Za-z0-9]{44}')

MAJOR, MINOR = (int(part) for part in logfire.VERSION.split('.')[:2])
LOGFIRE = str(Path(sys.executable).parent / 'logfire')
SERVER_FLAG = '--base-url' if MAJOR >= 4 else '--logfire-url'


@pytest.fixture(scope='module')
def guarded(tmp_path_factory):
    """A Hearth with a password."""
    server = Hearth(tmp_path_factory.mktemp('guarded'), '--password', PASSWORD)
    yield server
    assert server.stop() == 0, server.log.read_text()


def manage(server: Hearth, method: str, path: str) -> dict | list:
    """What the page of the web app asks the server, after its user has given the password."""
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, server.url, 'person', PASSWORD)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    with opener.open(urllib.request.Request(server.url + path, method=method), timeout=PATIENCE) as response:
        return json.load(response)


class Developer:
    """Somebody with a home folder and a folder that they work in, who knows no password."""

    def __init__(self, folder: Path, server: Hearth):
        self.server = server
        self.home, self.work = folder / 'home', folder / 'work'
        self.home.mkdir()
        self.work.mkdir()
        self.logins = self.home / '.logfire' / 'default.toml'
        self.credentials = self.work / '.logfire' / 'logfire_credentials.json'
        # The browser is somebody else: `true` opens nothing, and says that it has.
        self.env = clean_env(HOME=str(self.home), BROWSER='true', COLUMNS='200')
        if MAJOR < 4:  # SDKs up to 3.9 take no address from the file of credentials
            self.env['LOGFIRE_BASE_URL'] = server.url

    def logfire(self, *args: str, answers: str = '', status: int = 0) -> subprocess.CompletedProcess:
        return self._run([LOGFIRE, SERVER_FLAG, self.server.url, *args], answers, status)

    def hearth(self, *args: str, status: int = 0) -> subprocess.CompletedProcess:
        return self._run([program(), *args], '', status)

    def _run(self, command: list[str], answers: str, status: int) -> subprocess.CompletedProcess:
        env = self.env | {'HEARTH_BASE_URL': self.server.url}
        done = subprocess.run(command, env=env, cwd=self.work, input=answers, capture_output=True, text=True, timeout=PATIENCE * 2)
        assert done.returncode == status, f'{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}'
        return done

    def log_in(self, command: list[str], decision: str = 'approve') -> tuple[int, str]:
        """Run a command that logs in, and decide as the page does once it says where that is."""
        env = self.env | {'HEARTH_BASE_URL': self.server.url}
        process = subprocess.Popen(command, env=env, cwd=self.work, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said: list[str] = []
        decided = threading.Event()
        try:
            process.stdin.write('\n')  # "Press Enter to open … in your browser"
            process.stdin.close()
            for line in process.stderr:
                said.append(line)
                page = PAGE.search(line)
                if page and not decided.is_set():
                    decided.set()
                    code = page[1].split('=')[1]
                    login = manage(self.server, 'GET', f'/api/v1/device-logins/{code}/')
                    assert (login['machine_name'], login['state'], login['address']) == (MACHINE, 'pending', '127.0.0.1')
                    manage(self.server, 'POST', f'/api/v1/device-logins/{code}/{decision}/')
            return process.wait(PATIENCE), ''.join(said)
        finally:
            process.kill()
            process.wait()

    def log_in_with_logfire(self) -> str:
        status, said = self.log_in([LOGFIRE, SERVER_FLAG, self.server.url, 'auth'])
        assert status == 0, said
        return said

    def first_run(self, answers: str = '') -> subprocess.CompletedProcess:
        return self._run([sys.executable, str(HERE / 'apps' / 'first_run.py')], answers, 0)

    def broken(self) -> str:
        """Run apps/broken.py and return the trace of its exception."""
        return json.loads(self._run([sys.executable, str(HERE / 'apps' / 'broken.py')], '', 0).stdout)['trace_id']

    def read_token(self, project: str) -> str:
        if MAJOR >= 4:
            out = self.logfire('read-tokens', '--project', f'local/{project}', 'create').stdout.strip()
        else:
            out = self.hearth('tokens', 'create', '--project', project, '--kind', 'read').stdout.strip()
        assert TOKEN.fullmatch(out), out
        return out

    def arrived(self, project: str) -> None:
        """What apps/first_run.py sent is in the project."""
        token = self.read_token(project)
        sql = "select message from records where service_name = 'first-run' order by message"

        def ask() -> list[str]:
            status, answer = self.server.ask(sql, token)
            assert status == 200, answer
            return [row['message'] for row in answer['data']]

        assert eventually(ask, lambda messages: len(messages) >= 2) == ['brew tea', 'tea is ready']


@pytest.fixture
def developer(tmp_path, guarded):
    return Developer(tmp_path, guarded)


def the_four_keys(path: Path) -> dict:
    credentials = json.loads(path.read_text())
    assert list(credentials) == ['token', 'project_name', 'project_url', 'logfire_api_url']
    return credentials


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


def project_id(server: Hearth, name: str) -> str:
    return next(project['id'] for project in manage(server, 'GET', '/api/v1/projects/') if project['project_name'] == name)


def test_the_first_run_asks_for_a_project(developer):
    developer.log_in_with_logfire()
    name = f'first-{os.getpid()}'
    # Not an existing one; yes, in that organisation; the name; go on.
    developer.first_run(answers=f'n\ny\n{name}\n\n')
    assert the_four_keys(developer.credentials)['project_name'] == name
    developer.arrived(name)


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


@pytest.mark.skipif(MAJOR < 4, reason='logfire 3.8 has no `prompt`')
def test_what_a_prompt_configures_for_coding_agents_answers(developer):
    developer.log_in_with_logfire()
    name = f'agents-{os.getpid()}'
    developer.logfire('projects', 'new', name, '--org', 'local')
    programs, codex = developer.home / 'bin', developer.home / '.codex' / 'config.toml'
    for folder in (programs, codex.parent):
        folder.mkdir()
    (programs / 'codex').touch(0o755)  # it need only be there
    codex.touch()
    developer.env['PATH'] = f'{programs}{os.pathsep}{developer.env["PATH"]}'
    developer.logfire('prompt', '--codex')
    address = re.search(r'^\[mcp_servers.logfire\]\nurl = "(.*)"$', codex.read_text(), re.M)[1]
    assert address == f'{developer.server.url}/mcp'

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

    if MAJOR >= 4:
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
