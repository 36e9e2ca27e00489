"""Writes conversations as PydanticAI stores them, and reads those that Go wrote.

    python messages.py dump > messages-2.json      (each version of PydanticAI writes its own file)
    python messages.py load < go.json              (fails when PydanticAI cannot read it)
"""

import sys
from datetime import datetime, timezone

from pydantic_ai.messages import (
    AudioUrl,
    BinaryContent,
    DocumentUrl,
    FilePart,
    ImageUrl,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
    VideoUrl,
)
from pydantic_ai.messages import NativeToolCallPart, NativeToolReturnPart
from pydantic_ai.usage import RequestUsage

at = datetime(2026, 11, 26, 12, 0, 0, 250000, tzinfo=timezone.utc)
run = dict(run_id='019abc', conversation_id='019abd')


def conversation():
    return [
        ModelRequest(
            parts=[
                SystemPromptPart('Be brief.', timestamp=at),
                UserPromptPart('Weather?', timestamp=at),
                UserPromptPart(
                    [
                        'See',
                        ImageUrl('https://example.com/a.png', identifier='a'),
                        AudioUrl('https://example.com/a.mp3', identifier='b'),
                        VideoUrl('https://example.com/a.mp4', identifier='c'),
                        DocumentUrl('https://example.com/a.pdf', identifier='d'),
                        BinaryContent(b'\x89PNG\xff', media_type='image/png', identifier='e'),
                    ],
                    timestamp=at,
                ),
            ],
            instructions='Use tools.',
            timestamp=at,
            **run,
        ),
        ModelResponse(
            parts=[
                ThinkingPart('Hm.', id='t1', signature='sig', provider_name='openai'),
                TextPart('Let me look.', id='m1', provider_name='openai'),
                ToolCallPart('weather', '{"city": "Paris"}', tool_call_id='1'),
                ToolCallPart('place', {'name': 'Pont Neuf'}, tool_call_id='2'),
                ToolCallPart('now', None, tool_call_id='3'),
                NativeToolCallPart('web_search', {'query': 'Paris'}, tool_call_id='4', provider_name='openai'),
                NativeToolReturnPart('web_search', {'hits': 3}, tool_call_id='4', provider_name='openai', timestamp=at),
                FilePart(BinaryContent(b'\x89PNG', media_type='image/png', identifier='f')),
            ],
            usage=RequestUsage(
                input_tokens=100,
                cache_read_tokens=10,
                cache_write_tokens=5,
                output_tokens=20,
                input_audio_tokens=3,
                cache_audio_read_tokens=2,
                output_audio_tokens=1,
                details={'reasoning_tokens': 7},
            ),
            model_name='gpt-4o-2026',
            provider_name='openai',
            provider_url='https://api.openai.com/v1',
            provider_details={'finish_reason': 'tool_calls'},
            provider_response_id='resp_1',
            finish_reason='tool_call',
            timestamp=at,
            **run,
        ),
        ModelRequest(
            parts=[
                ToolReturnPart('weather', {'temp': 21}, tool_call_id='1', timestamp=at),
                ToolReturnPart('place', 'a bridge', tool_call_id='2', timestamp=at),
                RetryPromptPart('Say when.', tool_name='now', tool_call_id='3', timestamp=at),
                RetryPromptPart(
                    [{'type': 'missing', 'loc': ('city', 0), 'msg': 'Field required', 'input': {'a': 1}}],
                    tool_name='weather',
                    tool_call_id='5',
                    timestamp=at,
                ),
                RetryPromptPart('Please return text.', tool_call_id='6', timestamp=at),
            ],
            timestamp=at,
            **run,
        ),
        ModelResponse(parts=[TextPart('21 °C <&>')], finish_reason='stop', timestamp=at),
    ]


if sys.argv[1] == 'dump':
    sys.stdout.write(ModelMessagesTypeAdapter.dump_json(conversation(), indent=1).decode() + '\n')
else:
    for message in ModelMessagesTypeAdapter.validate_json(sys.stdin.read()):
        print(type(message).__name__, *(type(part).__name__ for part in message.parts))
