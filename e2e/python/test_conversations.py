"""The same conversations, held by PydanticAI and by Hearth's Go agents (e2e/conversations), are told the same: row by row,
attribute by attribute, in each format that the installed PydanticAI speaks. What may differ is listed in `forgiven`, with
the reason."""

import json
import os
import re
import subprocess
from importlib.metadata import version

import pytest

from compare import MISSING, differences, flat, tell
from hearth import LOCAL_TOKEN, PATIENCE, ROOT, clean_env, run_app

MAJOR = int(version('pydantic-ai-slim').split('.')[0])
FORMATS = [(1, 'attributes'), (1, 'logs'), (2, ''), (5, '')] if MAJOR == 1 else [(5, ''), (6, '')]

# The spans of all conversations, and what logs mode has besides: a record for each message of each request.
SPANS, LOGS = 40, 67


@pytest.fixture(scope='module')
def go_program(tmp_path_factory):
    path = tmp_path_factory.mktemp('go') / 'conversations'
    subprocess.run(['go', 'build', '-C', str(ROOT / 'e2e'), '-o', str(path), './conversations'], check=True)
    return str(path)


@pytest.mark.parametrize('form,mode', FORMATS)
def test_agents_in_python_and_go_tell_the_same(hearth, logfire_env, go_program, form, mode):
    how = {'FORMAT': str(form)} | ({'EVENT_MODE': mode} if mode else {})
    python, go = f'compare-py-{form}{mode}', f'compare-go-{form}{mode}'
    run_app('conversations', SERVICE=python, **how, **logfire_env)
    usage = {'STANDARD_USAGE': '1'} if MAJOR == 1 else {}
    env = clean_env(SERVICE=go, HEARTH_BASE_URL=hearth.url, HEARTH_TOKEN=LOCAL_TOKEN, **how, **usage)
    done = subprocess.run([go_program], env=env, capture_output=True, text=True, timeout=PATIENCE * 2)
    assert done.returncode == 0, done.stderr

    records = SPANS + LOGS * (mode == 'logs')
    want, got = tell(hearth, python, records), tell(hearth, go, records)
    assert sorted(want) == sorted(got)
    found = []
    for agent in sorted(want):
        assert len(want[agent]) == len(got[agent]), agent
        for a, b in zip(want[agent], got[agent]):
            found += differences(flat(a, agent), flat(b, agent), forgiven)
            found += differences(chat(hearth, a, agent), chat(hearth, b, agent), forgiven_in_chat)
    assert not found, '\n'.join(found)


def forgiven(where: str, want, got) -> bool:
    """Whether a difference has a good reason. where ends with the column or the attribute, such as 'host/agent run: attributes[events]'."""
    what = where.rsplit(': ', 1)[1]
    if key := re.fullmatch(r'attributes\[(.*)\]', what):
        return forgiven_attribute(where, key[1], want, got)
    # Each language names its errors and their stacks in its own way; Go's errors have a stack only after a panic.
    if re.fullmatch(r'(otel_events\[\d+\]\[exception\.(type|stacktrace)\]|exception_(type|stacktrace))', what):
        return True
    # What was wrong is said by both; Python puts the class before it, Go the tool or the model.
    if re.fullmatch(r'(otel_events\[\d+\]\[exception\.message\]|exception_message|otel_status_message)', what):
        return same_failure(want, got)
    return False


def same_failure(want, got) -> bool:
    return want is not MISSING and got is not MISSING and want.split(': ')[-1] in got


def forgiven_attribute(where: str, key: str, want, got) -> bool:
    # Logfire's Python SDK adds these to every application's spans.
    if key.startswith('baggage_conflict.') or key in ('logfire.metrics', 'logfire.exception.fingerprint'):
        return True
    if key == 'gen_ai.response.model' and where.startswith('failing_model/'):
        return got is MISSING  # copied from the request by that SDK where there was no response
    # OpenTelemetry's conventions have it; PydanticAI leaves it to the exception.
    if key == 'error.type':
        return want is MISSING
    # PydanticAI's own: settings that Go's agents do not have, and who judges how well the provider's cache works.
    if key == 'model_request_parameters':
        return within(schemas(got), schemas(want))
    if key.startswith('pydantic_ai.cache.'):
        return got is MISSING
    if key == 'gen_ai.tool.definitions':
        return schemas(got) == schemas(want)
    # A run that fails tells all its messages here, there only those of its last request.
    if key in ('all_messages_events', 'pydantic_ai.all_messages') and where.startswith('failing_tool/'):
        return got[: len(want)] == want
    # Times.
    if key == 'gen_ai.client.operation.time_to_first_chunk':
        return got >= 0 and (want is MISSING if MAJOR == 1 else want >= 0)
    if MAJOR == 1:
        return forgiven_of_1(where, key, want, got)
    return reworded(want) == reworded(got)


def forgiven_of_1(where: str, key: str, want, got) -> bool:
    """What PydanticAI 2 does otherwise than 1, and Go's agents as 2."""
    if '.usage.details.' in key:
        return want is MISSING and got == 0  # a provider's zero is kept
    if key.startswith('gen_ai.usage.') and where.startswith('host/'):
        return want == 2 * got  # a run inside of another counts its own requests, not those of the other too
    return key.startswith('pydantic_ai.tool.retry.') and want is MISSING


def schemas(value):
    """JSON Schemas without what says nothing: titles, and properties that there are none of."""
    if isinstance(value, list):
        return [schemas(v) for v in value]
    if not isinstance(value, dict):
        return value
    drop = {'title'} if value.get('type') == 'object' else set()
    if value.get('type') == 'object':
        drop |= {key for key in ('properties', 'additionalProperties') if not value.get(key)}
    return {key: schemas(v) for key, v in value.items() if key not in drop}


def within(part, whole) -> bool:
    """Whether all that part says is said by whole too."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and within(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(within(a, b) for a, b in zip(part, whole))
    return part == whole and type(part) is type(whole)


FENCED = re.compile(r'\d+ validation errors?:\n```json\n(.*)\n```', re.DOTALL)


def reworded(value):
    """PydanticAI 2 tells the model why to try again, and no longer to do so; Go's agents do as 1."""
    if isinstance(value, list):
        return [reworded(v) for v in value]
    if isinstance(value, dict):
        return {key: reworded(v) for key, v in value.items()}
    if isinstance(value, str):
        value = value.removesuffix('\n\nFix the errors and try again.')
        if fenced := FENCED.fullmatch(value):
            return json.loads(fenced[1])
    return value


# Of a chat: ids, times, and how many records there were, which pending spans are counted among for a while.
NOT_SAID = re.compile(r'(.*_)?(span_id|trace_id|ids?|at|start|end|since|duration|seconds|ms|timestamp)|records')


def chat(hearth, node, agent: str) -> dict[str, object]:
    """The conversation of a run as the web app draws it, by where each value stands."""
    said: dict[str, object] = {}

    def walk(path: str, value) -> None:
        if isinstance(value, dict):
            for key, v in value.items():
                if not NOT_SAID.fullmatch(key):
                    walk(f'{path}.{key}', len(v) if path.endswith('.execution') and key == 'agents' else v)
        elif isinstance(value, list):
            for i, v in enumerate(value):
                walk(f'{path}[{i}]', v)
        else:
            said[path] = value

    walk(f'{agent}: chat', schemas(reworded(hearth.conversation(node.row['trace_id'], node.row['span_id']))))
    return said


def forgiven_in_chat(where: str, want, got) -> bool:
    """The same reasons, where they are seen in the chat."""
    what = where.rsplit(': ', 1)[1]
    if re.search(r'(errors?(\[\d+\])?\.type|\.error_type)$', what):
        return want is not MISSING and got is not MISSING
    if re.search(r'errors?(\[\d+\])?\.message$|\.error(_message)?$', what):
        return same_failure(want, got)
    if what.endswith('.response_model') and where.startswith('failing_model: '):
        return got is MISSING
    return MAJOR == 1 and what.endswith('usage.reasoning') and want is MISSING and got == 0
