"""Somebody who works with the official CLI, and with Hearth's own, at a Hearth that has a password."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import logfire

from hearth import HERE, PATIENCE, Hearth, clean_env, eventually, program

PASSWORD = 'correct horse battery'
MACHINE = os.uname().nodename
PAGE = re.compile(r'(http://\S+/auth/device\?code=[A-Z]{4}-[A-Z]{4})')
TOKEN = re.compile(r'pylf_v1_local_[A-Za-z0-9]{44}')

MAJOR, MINOR = (int(part) for part in logfire.VERSION.split('.')[:2])
LOGFIRE = str(Path(sys.executable).parent / 'logfire')
SERVER_FLAG = '--base-url' if (MAJOR, MINOR) > (4, 3) else '--logfire-url'


def manage(server: Hearth, method: str, path: str) -> dict | list:
    """What the page of the web app asks the server, after its user has given the password."""
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, server.url, 'person', PASSWORD)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    with opener.open(urllib.request.Request(server.url + path, method=method), timeout=PATIENCE) as response:
        return json.load(response)


class Developer:
    """Somebody with a home folder and a folder that they work in, who knows no password.

    url is where they believe the server to be, when that is not the server itself.
    """

    def __init__(self, folder: Path, server: Hearth, url: str = ''):
        self.server = server
        self.url = url or server.url
        self.home, self.work = folder / 'home', folder / 'work'
        self.home.mkdir()
        self.work.mkdir()
        self.logins = self.home / '.logfire' / 'default.toml'
        self.credentials = self.work / '.logfire' / 'logfire_credentials.json'
        # The browser is somebody else: `true` opens nothing, and says that it has.
        self.env = clean_env(HOME=str(self.home), BROWSER='true', COLUMNS='200')
        if MAJOR < 4:  # SDKs up to 3.9 take no address from the file of credentials
            self.env['LOGFIRE_BASE_URL'] = self.url

    def logfire(self, *args: str, answers: str = '', status: int = 0) -> subprocess.CompletedProcess:
        return self._run([LOGFIRE, SERVER_FLAG, self.url, *args], answers, status)

    def hearth(self, *args: str, status: int = 0) -> subprocess.CompletedProcess:
        return self._run([program(), *args], '', status)

    def _run(self, command: list[str], answers: str, status: int) -> subprocess.CompletedProcess:
        env = self.env | {'HEARTH_BASE_URL': self.url}
        done = subprocess.run(command, env=env, cwd=self.work, input=answers, capture_output=True, text=True, timeout=PATIENCE * 2)
        assert done.returncode == status, f'{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}'
        return done

    def log_in(self, command: list[str], decision: str = 'approve', after: Callable[[], object] = lambda: None) -> tuple[int, str]:
        """Run a command that logs in, and decide as the page does once it says where that is, and after something else."""
        env = self.env | {'HEARTH_BASE_URL': self.url}
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
                    after()
                    manage(self.server, 'POST', f'/api/v1/device-logins/{code}/{decision}/')
            return process.wait(PATIENCE), ''.join(said)
        finally:
            process.kill()
            process.wait()

    def log_in_with_logfire(self, after: Callable[[], object] = lambda: None) -> str:
        status, said = self.log_in([LOGFIRE, SERVER_FLAG, self.url, 'auth'], after=after)
        assert status == 0, said
        return said

    def first_run(self, answers: str = '') -> subprocess.CompletedProcess:
        return self._run([sys.executable, str(HERE / 'apps' / 'first_run.py')], answers, 0)

    def first_run_in_a_terminal(self, *talk: tuple[str, str]) -> str:
        """Run apps/first_run.py in a terminal: after each text of talk that appears, its answer is typed. Returns what was shown."""
        ours, theirs = pty.openpty()
        command = [sys.executable, str(HERE / 'apps' / 'first_run.py')]
        process = subprocess.Popen(command, env=self.env | {'TERM': 'dumb'}, cwd=self.work, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        shown = ''
        try:
            for question, answer in talk:
                shown += until(ours, question)
                os.write(ours, f'{answer}\n'.encode())
            shown += until(ours, None)
            assert process.wait(PATIENCE) == 0, shown
            return shown
        finally:
            process.kill()
            process.wait()
            os.close(ours)

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


def until(terminal: int, text: str | None) -> str:
    """What a terminal shows until a text is in it; without one, until its program has ended."""
    shown = b''
    while text is None or text.encode() not in shown:
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        assert ready, f'{text!r} does not appear after:\n{shown.decode()}'
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # how Linux says that the other side is closed
            assert text is None, f'the program ended before {text!r}:\n{shown.decode()}'
            break
    return shown.decode()


def the_four_keys(path: Path) -> dict:
    credentials = json.loads(path.read_text())
    assert list(credentials) == ['token', 'project_name', 'project_url', 'logfire_api_url']
    return credentials
