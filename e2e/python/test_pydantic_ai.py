"""PydanticAI agents with tools: the newest release, and in its own venv the last 1.x with both event modes."""

import json
from importlib.metadata import version

import pytest

from hearth import run_app

MAJOR = int(version('pydantic-ai-slim').split('.')[0])
ANSWER = '21 °C in Paris — “très bien”'


def loads(value):
    """A JSON attribute as a value, whether the answer has it as text or already parsed."""
    return json.loads(value) if isinstance(value, str) else value


def run_agents(hearth, logfire_env, service: str, **env: str) -> list[dict]:
    output = run_app('agent', SERVICE=service, **logfire_env, **env).output
    assert output == {'structured': {'tea': 'Assam', 'cups': 2}, 'text': ANSWER}
    # Two runs, two and three model requests, one and two tool calls.
    return hearth.rows(f"""
        select trace_id, span_id, parent_span_id, span_name, message, level, attributes, is_exception, exception_type
        from records where service_name = '{service}' and kind = 'span' and otel_scope_name = 'pydantic-ai'
        order by start_timestamp""", at_least=10)  # fmt: skip


def of(spans: list[dict], operation: str, agent: str) -> list[dict]:
    return [span for span in spans if span['attributes'].get('gen_ai.operation.name') == operation and span['attributes'].get('gen_ai.agent.name') == agent]


def check_tree(spans: list[dict]) -> None:
    for agent in ('waiter', 'forecaster'):
        (run,) = of(spans, 'invoke_agent', agent)
        assert run['parent_span_id'] is None
        assert run['message'] == f'{agent} run'
        below = {run['span_id']} | {span['span_id'] for span in spans if span['span_name'] == 'running tools'}
        for span in of(spans, 'chat', agent) + of(spans, 'execute_tool', agent):
            assert span['trace_id'] == run['trace_id']
            assert span['parent_span_id'] in below
    assert [span['level'] for span in of(spans, 'execute_tool', 'forecaster')] == [17, 9]
    refused, done = of(spans, 'execute_tool', 'forecaster')
    assert refused['is_exception'] is True and 'Retry' in refused['exception_type']
    assert refused['attributes']['gen_ai.tool.call.id'] == 'call_1'
    assert done['message'] == 'running tool: weather'


def said(messages: list[dict]) -> list[tuple]:
    """What messages say: text, calls with their arguments, results."""
    keys = {'text': 'text', 'tool_call': 'args', 'tool_result': 'result'}
    return [(message['role'], part.get('name'), part[keys[part['type']]]) for message in messages for part in message['parts']]


def check_conversations(hearth, spans: list[dict]) -> None:
    """The same two runs are the same two conversations, whichever release and event mode told of them."""
    runs = {agent: of(spans, 'invoke_agent', agent)[0] for agent in ('waiter', 'forecaster')}
    cooked = hearth.conversation(runs['forecaster']['trace_id'])
    assert cooked['span_id'] == runs['forecaster']['span_id']
    assert (cooked['kind'], cooked['agent']['name'], cooked['models']) == ('agent', 'forecaster', ['function:cook:'])
    assert cooked['system'] == [{'type': 'text', 'text': 'Use the tool.'}]
    chats = of(spans, 'chat', 'forecaster')
    assert [turn['span_id'] for turn in cooked['turns']] == [span['span_id'] for span in chats]
    retry = 'no such city' if MAJOR >= 2 else 'no such city\n\nFix the errors and try again.'  # what the model is told
    assert [(said(turn['input']), said(turn['output'])) for turn in cooked['turns']] == [
        ([('user', None, 'Weather in Paris?')], [('assistant', 'weather', {'city': 'Atlantis'})]),
        ([('tool', 'weather', retry)], [('assistant', 'weather', {'city': 'Paris'})]),
        ([('tool', 'weather', {'celsius': 21})], [('assistant', None, ANSWER)]),
    ]
    calls = [turn['output'][0]['parts'][0]['execution'] for turn in cooked['turns'][:2]]
    tools = of(spans, 'execute_tool', 'forecaster')
    assert [(call['span_id'], call['result'], call.get('is_error', False)) for call in calls] == [
        (tools[0]['span_id'], retry, True), (tools[1]['span_id'], {'celsius': 21}, False),
    ]  # fmt: skip
    tokens = [sum(int(span['attributes'][f'gen_ai.usage.{side}_tokens']) for span in chats) for side in ('input', 'output')]
    assert (cooked['calls'], cooked['usage']['input'], cooked['usage']['output']) == (3, *tokens)
    assert [(tool['name'], tool['offered'], tool['calls'], tool['errors']) for tool in cooked['tools']] == [('weather', True, 2, 1)]
    assert [error['span_id'] for error in cooked['errors']] == [tools[0]['span_id']]
    assert (cooked['truncated'], cooked['content_missing'], cooked['records_truncated']) == (False, False, False)
    assert all('break' not in turn for turn in cooked['turns'])

    served = hearth.conversation(runs['waiter']['trace_id'], runs['waiter']['span_id'])
    assert served['system'] == [{'type': 'text', 'text': 'Be brief.'}]
    assert [part for turn in served['turns'] for part in said(turn['input']) + said(turn['output'])] == [
        ('user', None, 'Is the tea hot?'), ('assistant', 'kettle_temperature', {}), ('tool', 'kettle_temperature', 96.5),
        ('assistant', 'final_result', {'tea': 'Assam', 'cups': 2}), ('tool', 'final_result', 'Final result processed.'),
    ]  # fmt: skip

    (last,) = hearth.conversation(chats[-1]['trace_id'], chats[-1]['span_id'])['turns']
    assert len(said(last['input'])) == 5 and said(last['output']) == [('assistant', None, ANSWER)]


@pytest.mark.skipif(MAJOR < 2, reason='messages in the newest form come from 2.x')
def test_agents_with_tools(hearth, logfire_env):
    spans = run_agents(hearth, logfire_env, 'py-agent-newest')
    assert {span['span_name'] for span in spans} == {
        'invoke_agent waiter', 'invoke_agent forecaster', 'chat test', 'chat function:cook:',
        'execute_tool kettle_temperature', 'execute_tool weather',
    }  # fmt: skip
    check_tree(spans)
    check_conversations(hearth, spans)

    last = of(spans, 'chat', 'forecaster')[-1]['attributes']
    messages = loads(last['gen_ai.input.messages'])
    assert messages[0] == {'role': 'user', 'parts': [{'type': 'text', 'content': 'Weather in Paris?'}]}
    assert [part['type'] for message in messages for part in message['parts']] == [
        'text', 'tool_call', 'tool_call_response', 'tool_call', 'tool_call_response',
    ]  # fmt: skip
    assert loads(last['gen_ai.output.messages'])[0]['parts'] == [{'type': 'text', 'content': ANSWER}]
    assert loads(last['gen_ai.system_instructions']) == [{'type': 'text', 'content': 'Use the tool.'}]
    (run,) = of(spans, 'invoke_agent', 'forecaster')
    assert run['attributes']['final_result'] == ANSWER
    tool = of(spans, 'execute_tool', 'forecaster')[1]['attributes']
    assert loads(tool['gen_ai.tool.call.arguments']) == {'city': 'Paris'}
    assert loads(tool['gen_ai.tool.call.result']) == {'celsius': 21}


@pytest.mark.skipif(MAJOR < 2, reason='aggregated usage comes from 2.x')
def test_questions_about_tokens_models_and_tools(hearth, logfire_env):
    """Hot keys, bulky keys and JSON paths read the same, wherever they are stored."""
    service = 'py-agent-sql'
    run_agents(hearth, logfire_env, service)
    usage = hearth.rows(f"""
        select attributes->>'gen_ai.request.model' as model, attributes->>'gen_ai.agent.name' as agent, count(*) as requests,
               sum((attributes->>'gen_ai.usage.input_tokens')::int) as input,
               sum(cast(attributes->>'gen_ai.usage.output_tokens' as int)) as output
        from records where service_name = '{service}' and attributes->>'gen_ai.operation.name' = 'chat'
        group by 1, 2 order by model""", at_least=2)  # fmt: skip
    assert [(row['model'], row['agent'], row['requests']) for row in usage] == [('function:cook:', 'forecaster', 3), ('test', 'waiter', 2)]
    totals = hearth.rows(f"""
        select (attributes->>'gen_ai.aggregated_usage.input_tokens')::bigint as input,
               (attributes->>'gen_ai.aggregated_usage.output_tokens')::bigint as output
        from records where service_name = '{service}' and attributes->>'gen_ai.operation.name' = 'invoke_agent'
        order by attributes->>'gen_ai.agent.name'""", at_least=2)  # fmt: skip
    assert [(row['input'], row['output']) for row in usage] == [(row['input'], row['output']) for row in totals]

    said = hearth.row(f"""
        select attributes->'gen_ai.output.messages'->0->'parts'->0->>'content' as text,
               attributes ? 'gen_ai.output.messages' as has, attributes ? 'nonsense' as has_not,
               attributes->>'gen_ai.input.messages' like '%Atlantis%' as asked
        from records where service_name = '{service}' and attributes->>'gen_ai.output.messages' like '%très bien%'""")
    assert said == {'text': ANSWER, 'has': True, 'has_not': False, 'asked': True}

    tools = hearth.rows(f"""
        select attributes->>'gen_ai.tool.name' as tool, attributes->>'gen_ai.tool.call.arguments' as arguments,
               attributes->>'gen_ai.tool.call.result' as result
        from records where service_name = '{service}' and attributes ? 'gen_ai.tool.name' order by start_timestamp""", at_least=3)  # fmt: skip
    assert [(row['tool'], json.loads(row['arguments']), row['result']) for row in tools] == [
        ('kettle_temperature', {}, '96.5'), ('weather', {'city': 'Atlantis'}, 'no such city'), ('weather', {'city': 'Paris'}, '{"celsius":21}'),
    ]  # fmt: skip

    tokens = hearth.rows(f"""
        select attributes->>'gen_ai.token.type' as type, sum(histogram_sum) as tokens from metrics
        where service_name = '{service}' and metric_name = 'gen_ai.client.token.usage' group by 1 order by 1""", at_least=2)  # fmt: skip
    assert [(row['type'], row['tokens']) for row in tokens] == [
        ('input', sum(row['input'] for row in totals)), ('output', sum(row['output'] for row in totals)),
    ]  # fmt: skip


@pytest.mark.skipif(MAJOR >= 2, reason='event modes are gone from 2.x')
@pytest.mark.parametrize('mode', ['attributes', 'logs'])
def test_event_modes(hearth, logfire_env, mode):
    service = f'py-agent-{mode}'
    spans = run_agents(hearth, logfire_env, service, EVENT_MODE=mode)
    assert {'agent run', 'chat test', 'chat function:cook:', 'running tool'} <= {span['span_name'] for span in spans}
    check_tree(spans)
    check_conversations(hearth, spans)
    (run,) = of(spans, 'invoke_agent', 'forecaster')
    history = loads(run['attributes']['all_messages_events'])
    assert history[-1]['content'] == ANSWER
    tool = of(spans, 'execute_tool', 'forecaster')[1]['attributes']
    assert loads(tool['tool_arguments']) == {'city': 'Paris'}

    chats = of(spans, 'chat', 'forecaster')
    if mode == 'attributes':
        events = loads(chats[0]['attributes']['events'])
        assert [event['event.name'] for event in events] == ['gen_ai.system.message', 'gen_ai.user.message', 'gen_ai.choice']
        return

    # One log record a message, inside the request's span; the body is the message.
    assert 'events' not in chats[0]['attributes']
    logs = hearth.rows(f"""
        select trace_id, parent_span_id, span_id, kind, level, log_body, log_body->>'content' as content, attributes, message
        from records where service_name = '{service}' and kind = 'log' and parent_span_id = '{chats[0]['span_id']}'
        """, at_least=3)  # fmt: skip
    by_name = {row['attributes']['event.name']: row for row in logs}
    assert len(logs) == 3 and by_name.keys() == {'gen_ai.system.message', 'gen_ai.user.message', 'gen_ai.choice'}
    asked = by_name['gen_ai.user.message']
    assert asked['content'] == 'Weather in Paris?'
    assert (asked['level'], asked['trace_id']) == (9, chats[0]['trace_id'])
    choice = loads(by_name['gen_ai.choice']['log_body'])
    assert choice['message']['tool_calls'][0]['function']['name'] == 'weather'
    assert len({row['span_id'] for row in logs}) == 3
