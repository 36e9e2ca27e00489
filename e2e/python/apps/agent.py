"""A PydanticAI agent with two tools, run with models that need no key. What is told of it depends on the release:
EVENT_MODE (1.x only) is 'attributes' or 'logs'."""

import json
import os

import logfire
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel

logfire.configure(service_name=os.environ['SERVICE'])
mode = os.environ.get('EVENT_MODE')
logfire.instrument_pydantic_ai(**({'event_mode': mode, 'version': 1} if mode else {}))


class Answer(BaseModel):
    tea: str
    cups: int


waiter = Agent(TestModel(custom_output_args={'tea': 'Assam', 'cups': 2}), name='waiter', output_type=Answer, system_prompt='Be brief.')


@waiter.tool_plain
def kettle_temperature() -> float:
    """How hot the water is."""
    return 96.5


def cook(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """Asks for a tool until it has an answer: the first call is wrong and is sent back."""
    results = [part for message in messages for part in message.parts if part.part_kind in ('tool-return', 'retry-prompt')]
    if not results:
        return ModelResponse(parts=[ToolCallPart('weather', {'city': 'Atlantis'}, tool_call_id='call_1')])
    if len(results) == 1:
        return ModelResponse(parts=[ToolCallPart('weather', {'city': 'Paris'}, tool_call_id='call_2')])
    return ModelResponse(parts=[TextPart('21 °C in Paris — “très bien”')])


forecaster = Agent(FunctionModel(cook), name='forecaster', instructions='Use the tool.', retries=2)


@forecaster.tool_plain
def weather(city: str) -> dict[str, int]:
    if city == 'Atlantis':
        raise ModelRetry('no such city')
    return {'celsius': 21}


structured = waiter.run_sync('Is the tea hot?')
text = forecaster.run_sync('Weather in Paris?')
print(json.dumps({'structured': structured.output.model_dump(), 'text': text.output}))
