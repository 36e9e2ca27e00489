"""Lets Logfire's own SDK encode values, and writes what it sent as golden.json: what golden_test.go compares with.

    .venv/newest/bin/python sdk/internal/govalue/testdata/golden.py

from the repository's root, in the environment that `make test-python` installs.
"""

import datetime as dt
import ipaddress
import json
import re
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import Path

import logfire
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@dataclass
class Line:
    tea: str
    grams: int


@dataclass
class Order:
    number: str
    lines: list
    placed: dt.datetime
    total: Decimal
    note: object = None


@dataclass
class Empty:
    pass


@dataclass
class Tree:
    name: str
    kids: list = field(default_factory=list)


class PathError(Exception):
    pass


class Header(dict):
    pass


class Month(Enum):
    January = 'January'
    March = 'March'


utc = dt.timezone.utc
noon = dt.datetime(2026, 11, 26, 12, 0, tzinfo=utc)
order = Order('T-1', [Line('sencha', 50), Line('oolong', 100)], noon, Decimal('4.20'))
loop: dict = {'name': 'loop'}
loop['self'] = loop
circle = Tree('root')
circle.kids.append(circle)

cases = {
    'nil': None,
    'true': True,
    'int': 42,
    'negative': -7,
    'int64': 2**63 - 1,
    'uint64': 2**64 - 1,
    'float': 1.5,
    'whole float': 3.0,
    'small float': 1e-7,
    'large float': 1e300,
    'nan': float('nan'),
    'inf': float('inf'),
    '-inf': float('-inf'),
    'text': 'tea',
    'empty text': '',
    'quotes': '"x" \\ \n\t\u0001 é 茶 🍵',
    'bytes': b'tea\x00\xff\n',
    'bytes with quotes': b'it\'s "so"',
    'bytes with apostrophe': b"it's",
    'time': noon,
    'time with fraction': noon.replace(microsecond=250000),
    'time in zone': noon.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))),
    'duration': dt.timedelta(seconds=90, milliseconds=500),
    'negative duration': dt.timedelta(seconds=-1),
    'decimal': Decimal('1.10'),
    'uuid': uuid.UUID('3f2b1c1e-0000-4000-8000-000000000000'),
    'ipv4': ipaddress.ip_address('10.0.0.1'),
    'ipv6': ipaddress.ip_address('::1'),
    'ipv4 network': ipaddress.ip_network('10.0.0.0/8'),
    'ipv6 network': ipaddress.ip_network('2001:db8::/32'),
    'regexp': re.compile('a+'),
    'error': PathError('open menu: no such file'),
    'empty list': [],
    'ints': [1, 2, 3],
    'texts': ['a', 'b'],
    'times': [noon, noon],
    'mixed': [1, 'a', None, noon],
    'nested lists': [[1], [2, 3]],
    'lists of durations': [[dt.timedelta(seconds=1)], [dt.timedelta(seconds=2)]],
    'floats in a list': [1.5, float('nan'), float('inf')],
    'map': {'a': 1, 'b': 'x'},
    'map of times': {'a': noon, 'b': 1},
    'empty map': {},
    'map with numbers as keys': {1: 'a', 2: 'b'},
    'large map of times': {f'k{i:02}': noon for i in range(12)},
    'large map of ints': {f'k{i:02}': i for i in range(12)},
    'large mixed map': {f'k{i:02}': noon if i % 2 else i for i in range(12)},
    'huge mixed map': {f'k{i:03}': noon if i % 2 else i for i in range(101)},
    'map with a long key': {'k' * 101: noon},
    'map with a long key, mixed': {'k' * 101: noon, 'l': 1},
    'named map': Header({'Accept': ['text/html']}),
    'struct': Line('sencha', 50),
    'empty struct': Empty(),
    'nested struct': order,
    'structs': [Line('sencha', 50), Line('oolong', 100)],
    'map of structs': {'first': Line('sencha', 50)},
    'circular map': loop,
    'circular struct': circle,
    'enum': Month.March,
    'struct with enum': {'month': Month.March, 'raw': b'\x00'},
}

exporter = InMemorySpanExporter()
logfire.configure(
    send_to_logfire=False,
    console=False,
    scrubbing=False,
    additional_span_processors=[SimpleSpanProcessor(exporter)],
)
for name, value in cases.items():
    logfire.info('{value}', value=value)

golden = {}
for (name, _), span in zip(cases.items(), exporter.get_finished_spans(), strict=True):
    schema = json.loads(span.attributes['logfire.json_schema'])['properties']['value']
    golden[name] = {
        'value': span.attributes['value'],
        'schema': json.dumps(schema, separators=(',', ':'), ensure_ascii=False),
    }
out = Path(__file__).with_name('golden.json')
out.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + '\n')
