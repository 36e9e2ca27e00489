"""A running Hearth, and what to ask it."""

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# The token that Hearth accepts from everybody on a loopback address: Logfire's SDKs insist on having one.
LOCAL_TOKEN = 'pylf_v1_local_' + '0' * 44

# How long anything that must happen may take before a test gives up on it. No measurement.
PATIENCE = 30.0

MIN_TIMESTAMP = '2020-01-01T00:00:00+00:00'


def clean_env(**extra: str) -> dict[str, str]:
    """The environment without settings that would reach Hearth or the clients. (Under pytest Logfire's SDK sends nothing, and
    a CA bundle of the environment wins over what OpenTelemetry's SDK is told.)"""
    mine = ('HEARTH_', 'OTEL_', 'LOGFIRE_', 'PYTEST', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_')
    return {key: value for key, value in os.environ.items() if not key.startswith(mine)} | extra


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def program() -> str:
    path = Path(os.environ.get('HEARTH_BIN') or ROOT / 'bin' / 'hearth')
    if not path.exists():
        raise FileNotFoundError(f'{path}: run `make build` first')
    return str(path)


def eventually(ask, done, patience: float = PATIENCE):
    """Ask until done says yes to the answer, and return the last answer whatever it is."""
    deadline = time.monotonic() + patience
    while True:
        answer = ask()
        if done(answer) or time.monotonic() > deadline:
            return answer
        time.sleep(0.05)


class Hearth:
    """One process of `hearth serve` on free ports. With ca, it is one that speaks TLS with a certificate from that file."""

    def __init__(self, data_dir: Path, *args: str, ca: Path | None = None):
        http, grpc = free_port(), free_port()
        self.ca = ca
        self.trust = ssl.create_default_context(cafile=ca) if ca else None
        self.url = f'{"https" if ca else "http"}://127.0.0.1:{http}'
        self.grpc = f'127.0.0.1:{grpc}'
        self.log = data_dir / 'e2e.log'
        data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open('wb') as log:
            self.process = subprocess.Popen(
                [program(), 'serve', '--listen', f'127.0.0.1:{http}', '--grpc-listen', self.grpc,
                 '--data-dir', str(data_dir / 'data'), *args],
                env=clean_env(), stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._wait_ready()

    def _wait_ready(self) -> None:
        def ready() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(f'hearth ended with {self.process.returncode}:\n{self.log.read_text()}')
            try:
                with urllib.request.urlopen(self.url + '/readyz', timeout=5, context=self.trust) as response:
                    return response.status == 200
            except OSError:
                return False

        if not eventually(ready, bool):
            self.stop()
            raise RuntimeError(f'hearth is not ready:\n{self.log.read_text()}')

    def stop(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def run(self, *args: str) -> str:
        """Run a command of the CLI against this server, in the server's folder: some write files where they run."""
        env = clean_env(HEARTH_BASE_URL=self.url, **({'SSL_CERT_FILE': str(self.ca)} if self.ca else {}))
        done = subprocess.run([program(), *args], env=env, cwd=self.log.parent, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, f'hearth {args}: {done.stdout}{done.stderr}'
        return done.stdout

    def new_token(self, project: str, kind: str) -> str:
        out = self.run('tokens', 'create', '--project', project, '--kind', kind)
        tokens = re.findall(r'pylf_v1_local_[A-Za-z0-9]{44}', out)
        assert len(tokens) == 1, out
        return tokens[0]

    def ask(self, sql: str, token: str = '') -> tuple[int, dict]:
        """The status and the JSON of POST /v2/query."""
        body = json.dumps({'sql': sql, 'min_timestamp': MIN_TIMESTAMP, 'limit': 10_000}).encode()
        headers = {'Content-Type': 'application/json'} | ({'Authorization': token} if token else {})
        request = urllib.request.Request(self.url + '/v2/query', body, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=self.trust) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def rows(self, sql: str, at_least: int = 1) -> list[dict]:
        """The rows of a statement, asked again until there are as many as must be."""

        def ask() -> list[dict]:
            status, answer = self.ask(sql)
            assert status == 200, f'{sql}\nHTTP {status}: {answer}'
            return answer['data']

        rows = eventually(ask, lambda rows: len(rows) >= at_least)
        assert len(rows) >= at_least, f'{sql}\n{len(rows)} rows, want {at_least}: {rows}'
        return rows

    def conversation(self, trace_id: str, span_id: str = '') -> dict:
        url = f'{self.url}/v1/traces/{trace_id}/conversation' + (f'?span_id={span_id}' if span_id else '')
        with urllib.request.urlopen(url, timeout=PATIENCE, context=self.trust) as response:
            return json.load(response)

    def row(self, sql: str) -> dict:
        rows = self.rows(sql)
        assert len(rows) == 1, f'{sql}\nwant one row, got {rows}'
        return rows[0]


@dataclass
class Ran:
    """What a program of the folder apps printed."""

    output: dict = field(default_factory=dict)
    stderr: str = ''


def run_app(name: str, ends_with: int = 0, **env: str) -> Ran:
    """Run apps/NAME.py as a user would, to its end. Its last line on stdout is JSON."""
    done = subprocess.run(
        [sys.executable, str(HERE / 'apps' / f'{name}.py')],
        env=clean_env(**env), capture_output=True, text=True, timeout=PATIENCE * 2,
    )  # fmt: skip
    assert done.returncode == ends_with, f'{name}.py ended with {done.returncode}\n{done.stdout}\n{done.stderr}'
    lines = done.stdout.strip().splitlines()
    return Ran(json.loads(lines[-1]) if lines else {}, done.stderr)
