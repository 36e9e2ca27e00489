"""A proxy that writes down what passes between a client and Hearth."""

import gzip
import http.client
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from hearth import PATIENCE


@dataclass
class Exchange:
    """A request that a client sent, and what it was answered."""

    method: str
    path: str
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes
    status: int
    answer: bytes

    @property
    def line(self) -> str:
        """The request without its parameters, and the status of its answer."""
        return f'{self.method} {urlsplit(self.path).path} {self.status}'

    @property
    def json(self) -> Any:
        """What was answered."""
        return json.loads(self.answer)


class Recorder:
    """Passes requests on to a server as they are, and keeps them in the order of their answers."""

    def __init__(self, to: str):
        self.exchanges: list[Exchange] = []
        self._arrived = threading.Condition()
        recorder, target = self, urlsplit(to).netloc

        class Handler(BaseHTTPRequestHandler):
            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                server = http.client.HTTPConnection(target, timeout=PATIENCE)
                try:
                    server.request(self.command, self.path, body, {name: value for name, value in self.headers.items() if name != 'Connection'})
                    response = server.getresponse()
                    answer = response.read()
                finally:
                    server.close()
                # It is written down before the client has any of it: who hears from the client finds it here. Of an empty
                # answer, the headers are all.
                plain = gzip.decompress(answer) if response.headers.get('Content-Encoding') == 'gzip' else answer
                recorder._add(Exchange(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body, response.status, plain))
                self.send_response(response.status)
                for name, value in response.getheaders():
                    if name.lower() not in ('connection', 'transfer-encoding', 'content-length', 'date'):
                        self.send_header(name, value)
                self.send_header('Content-Length', str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = pass_on

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self._server.server_address[1]}'
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _add(self, exchange: Exchange) -> None:
        with self._arrived:
            self.exchanges.append(exchange)
            self._arrived.notify_all()

    def find(self, line: str) -> list[Exchange]:
        """All exchanges with this line."""
        with self._arrived:
            return [exchange for exchange in self.exchanges if exchange.line == line]

    def take(self) -> list[Exchange]:
        """All exchanges so far, which are forgotten."""
        with self._arrived:
            taken, self.exchanges = self.exchanges, []
            return taken

    def wait(self, answered) -> None:
        """Wait until an exchange is what is waited for."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: any(map(answered, self.exchanges)), PATIENCE), [one.line for one in self.exchanges]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
