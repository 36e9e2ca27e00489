"""The conversations of e2e/conversations, held by PydanticAI: the Go program beside it says the same with Hearth's agents.
FORMAT is the version of the data format, EVENT_MODE (format 1 only) 'attributes' or 'logs'."""

import asyncio
import os

import logfire
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, ImageUrl, ModelHTTPError, ModelRetry, RunContext
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, DeltaThinkingPart, DeltaToolCall, FunctionModel
from pydantic_ai.usage import RequestUsage

logfire.configure(service_name=os.environ['SERVICE'])
mode = os.environ.get('EVENT_MODE')
logfire.instrument_pydantic_ai(version=int(os.environ['FORMAT']), **({'event_mode': mode} if mode else {}))

PIXEL = bytes.fromhex('89504e470d0a1a0a')


def scripted(*answers, usage: RequestUsage | None = None, name: str = 'script', provider: str | None = None) -> FunctionModel:
    """A model that says its answers one after the other. An exception is raised."""
    left = list(answers)

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        parts = left.pop(0)
        if isinstance(parts, Exception):
            raise parts
        return ModelResponse(parts=parts, usage=usage or RequestUsage(input_tokens=100, output_tokens=10), provider_name=provider)

    return FunctionModel(answer, model_name=name)


def call(name: str, id: str, **args) -> ToolCallPart:
    return ToolCallPart(name, args, tool_call_id=id)


# The weather agent of PydanticAI's documentation, whose two tools are called twice each, at the same time.
weather_agent = Agent(
    scripted(
        [call('get_lat_lng', 'call_1', location='London'), call('get_lat_lng', 'call_2', location='Wiltshire')],
        [call('get_weather', 'call_3', lat=51.5, lng=-0.25), call('get_weather', 'call_4', lat=51.25, lng=-2.25)],
        [TextPart('London: 21 °C, sunny. Wiltshire: 18 °C, “rain”.')],
        name='gpt-4o', provider='openai',
        usage=RequestUsage(input_tokens=200, cache_read_tokens=50, output_tokens=40, details={'reasoning_tokens': 0, 'accepted_prediction_tokens': 7}),
    ),
    name='weather_agent',
    instructions='Be concise, reply with one sentence.',
    model_settings={'temperature': 0.5, 'max_tokens': 1000, 'seed': 7},
)


@weather_agent.tool_plain
def get_lat_lng(location: str) -> dict[str, float]:
    """Get the latitude and longitude of a location."""
    return {'London': {'lat': 51.5, 'lng': -0.25}, 'Wiltshire': {'lat': 51.25, 'lng': -2.25}}[location]


@weather_agent.tool_plain
def get_weather(lat: float, lng: float) -> str:
    """Get the weather at a location."""
    return '21 °C, sunny' if lat == 51.5 else '18 °C, <rain>'


async def weather():
    result = await weather_agent.run('What is the weather like in London and in Wiltshire?', conversation_id='weather-1', metadata={'customer': 'Ada', 'seats': [1, 2]})
    assert result.output.startswith('London')


# Structured output. The first answer misses a field and is sent back.


class Tea(BaseModel):
    tea: str
    cups: int


async def structured():
    waiter = Agent(
        scripted([call('final_result', 'call_1', tea='Assam')], [call('final_result', 'call_2', tea='Assam', cups=2)]),
        name='waiter', output_type=Tea, system_prompt='Be brief.', retries=2,
    )  # fmt: skip
    result = await waiter.run('Tea for two.')
    assert result.output.cups == 2


# A tool that asks the model to try again, and one that fails.


def city_agent(name: str, *answers) -> Agent:
    agent = Agent(scripted(*answers), name=name, retries=2)

    @agent.tool_plain
    def weather_of(city: str) -> str:
        if city == 'Atlantis':
            raise ModelRetry('no such city')
        if city == 'Nowhere':
            raise ValueError('the service is down')
        return 'fine'

    return agent


async def retrying():
    agent = city_agent('retrying', [call('weather_of', 'call_1', city='Atlantis')], [call('weather_of', 'call_2', city='Paris')], [TextPart('It is fine.')])
    await agent.run('How is the weather?')


async def failing_tool():
    agent = city_agent('failing_tool', [TextPart('I look.'), call('weather_of', 'call_1', city='Nowhere')])
    try:
        await agent.run('How is the weather?')
    except ValueError:
        return
    raise AssertionError('the run did not fail')


async def failing_model():
    agent = Agent(scripted(ModelHTTPError(503, 'script', 'overloaded')), name='failing_model')
    try:
        await agent.run('Anybody there?')
    except ModelHTTPError:
        return
    raise AssertionError('the run did not fail')


# An agent whose tool is another agent.


async def nested():
    inner = Agent(scripted([TextPart('Why did the tea cross the road?')]), name='joker', instructions='Tell jokes.')
    outer = Agent(scripted([call('joke', 'call_1', topic='tea')], [TextPart('Here is one.')]), name='host')

    @outer.tool
    async def joke(ctx: RunContext[None], topic: str) -> str:
        result = await inner.run(f'A joke about {topic}.', usage=ctx.usage, conversation_id='nested-inner')
        return result.output

    await outer.run('Amuse me.')


async def picture():
    agent = Agent(scripted([TextPart('A cup.')]), name='picture')
    await agent.run(['What is this?', ImageUrl(url='https://example.com/cup.png'), 'And this?', BinaryContent(PIXEL, media_type='image/png')])


async def history():
    agent = Agent(scripted([TextPart('Ada.')], [TextPart('You said Ada.')]), name='history', system_prompt='Remember names.')
    first = await agent.run('My name is Ada.')
    await agent.run('What is my name?', message_history=first.all_messages())


async def thinking():
    agent = Agent(scripted([ThinkingPart('Hm, 17 × 3.'), TextPart('51')]), name='thinking')
    await agent.run('17 × 3?')


async def streamed():
    async def answer(messages: list[ModelMessage], info: AgentInfo):
        if len(messages) == 1:
            yield {0: DeltaThinkingPart(content='Let me ')}
            yield {0: DeltaThinkingPart(content='look.')}
            yield {1: DeltaToolCall(name='now', json_args='{}', tool_call_id='call_1')}
        else:
            yield 'It is '
            yield 'noon.'

    agent = Agent(FunctionModel(stream_function=answer, model_name='script'), name='streamed')

    @agent.tool_plain
    def now() -> str:
        return '12:00'

    async with agent.run_stream('What time is it?') as result:
        async for _ in result.stream_text(debounce_by=None):
            pass


async def main():
    for conversation in (weather, structured, retrying, failing_tool, failing_model, nested, picture, history, thinking, streamed):
        await conversation()


asyncio.run(main())
print('{}')
