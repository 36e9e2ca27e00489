"""Writes golden.json: what Logfire's Python SDK makes of the attributes below. Run with logfire 5.4 installed:

    python testdata/golden.py > testdata/golden.json
"""

import json
import re

from logfire._internal.scrubbing import Scrubber

TEXTS = [
    '', 'nothing to see', 'my password is hunter2', 'password', 'PASSWORD', 'Password123', ' password', 'passwd=x', 'mysql_pwd: x',
    'a secret', 'secrets', 'the author', 'authors', 'many authors wrote', 'authorship of', 'authorization: Bearer x', 'OAuth2', 'author auth',
    'authorsé', 'authors_', 'credential', 'credentials file', 'private key', 'private_key', 'private-key', 'privatekey', 'private  key',
    'passphrase x', 'signing key x', 'signing', 'hmac.key=1', 'hmac', 'api key', 'apiKey=1', 'api_key', 'API-KEY: 1', 'api', 'a session id',
    'cookie jar', 'social security number', 'social', 'credit card 4111', 'credit', 'logfire token x', 'logfire',
    'access_token=1', 'refresh token x', 'bearer token x', 'id token x', 'id_token', 'valid token', 'my_id_token=1', 'grid token', 'éid token',
    'input_tokens', 'max token count', 'pylf_v1_local_abc', 'pylf_v_local', 'pylf_v22_x', 'csrf', 'a csrf b', 'xcsrfx', '_csrf_', 'csrf_token', 'acsrf',
    'écsrf', 'csrfé', '—csrf—', 'xsrf-token', 'jwt=ey', 'base64jwtbase64', 'JWT', 'ssn 123', 'lessness', 'ssn_', '1ssn', 'ﬁne paſſword here', 'line\nsecret\nline',
    '{"password": "x", "user": "y"}', '{"a": {"b": [{"secret": 1}, "api_key=2"]}}', '["my session", "ok"]', '"a secret string"', '"secret"',
    '{"gen_ai.input.messages": "the secret", "x": 1}', '{"authors": ["a"], "author": 1}', '{"password": ["a", "b"], "cookie": {"k": 1}, "ssn": null, "jwt": true}',
    '{broken secret', '{"n": 1, "text": "é secret"}', '{"text": "é", "secret": "s"}', '[1, 2, "secret x"]', 'secret 12', '{"a": "{\\"password\\": 1}"}',
]

VALUES = [
    {'password': 'x', 'user': 'y'}, {'my_secret': 12}, {'auth': True}, {'session': [1, 2]}, {'cookies': ['a', 'b']}, {'api_key': {'a': 1}},
    {'logfire.msg': 'the password', 'db.statement': 'select secret from x', 'url.full': 'http://x/?password=1', 'exception.message': 'bad secret'},
    {'http.request.header.authorization': ['Bearer x'], 'http.request.header.accept': ['*/*']},
    {'gen_ai.usage.input_tokens': 3, 'token': 'abc', 'access_token': 'abc'}, {'list': ['ok', 'a secret', '{"password": 1}']},
    {'mixed': ['my secret', 1, None, True]}, {'map': {'password': 'x', 'inner': {'list': ['api key 1']}, 'ok': 1.5}},
    {'author': 'secret agent', 'authors': ['x']}, {'id': 1, 'id_token': 2, 'userid': 3}, {'n': 1, 'f': 1.5, 'b': False, 'l': [1, 2]},
    {'pydantic_ai.all_messages': '[{"content": "my password"}]', 'events': '[{"content": "my password", "role": "user"}]'},
]

CUSTOM = ['internal[-_]?id', r'\d{4}-\d{4}', 'authors', 'it\'s']
CUSTOM_TEXTS = ['internal_id 5', 'INTERNALID', 'call 1234-5678', 'the authors', 'nothing', "well, it's so", 'secret 1234-5678', '1234-5678 secret']


def scrub(scrubber, attributes):
    out, notes = scrubber.scrub_value(('attributes',), attributes)
    return {'in': attributes, 'out': out, 'notes': notes}


default, custom = Scrubber(None), Scrubber(CUSTOM)
cases = [scrub(default, {'x': text}) for text in TEXTS]
cases += [scrub(default, {text: 'value'}) for text in TEXTS if re.fullmatch(r'[\w .-]+', text)]
cases += [scrub(default, value) for value in VALUES]
print(
    json.dumps(
        {
            'default': cases,
            'extra_patterns': CUSTOM,
            'extra': [scrub(custom, {'x': text}) for text in CUSTOM_TEXTS],
        },
        indent=1,
        ensure_ascii=False,
    )
)
