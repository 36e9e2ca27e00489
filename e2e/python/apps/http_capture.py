"""HTTP traffic with headers and bodies, to a server of its own on this machine."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import logfire


class Kitchen(BaseHTTPRequestHandler):
    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        answer = json.dumps({'served': order['dish'], 'note': 'with milk'}).encode()
        self.send_response(201 if order['dish'] == 'tea' else 404)
        self.send_header('Content-Type', 'application/json')
        self.send_header('X-Kitchen', 'north')
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


logfire.configure(service_name='py-httpx')
logfire.instrument_httpx(capture_all=True)

kitchen = ThreadingHTTPServer(('127.0.0.1', 0), Kitchen)
threading.Thread(target=kitchen.serve_forever, daemon=True).start()
url = f'http://127.0.0.1:{kitchen.server_port}/orders?table=7'

with httpx.Client() as client:
    client.post(url, json={'dish': 'tea'}, headers={'X-Guest': 'Ada'})


async def again():
    async with httpx.AsyncClient() as client:
        await client.post(url, json={'dish': 'soup'})


asyncio.run(again())
kitchen.shutdown()
print(json.dumps({'url': url}))
