"""Writes what the package genai-prices itself says that calls cost. Half of the calls are of models that have something
special (tiers, dates, service tiers, sound); the others are drawn from all. The draw is always the same."""

import random
import sys
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from genai_prices import Usage, calc_price, types
from genai_prices.data import providers
from data import COUNTED, clause
from written import write

draw = random.Random(4318)
UNITS = sorted(key.replace('_mtok', '_tokens').replace('_kcount', '') for key in COUNTED - {'requests_kcount'})
TIMES = ['2025-03-01T12:00:00', '2026-01-01T00:00:00', '2026-08-15T16:45:00', '2026-11-23T03:00:00', '2027-02-01T23:59:59']


def zeros(**usage: int) -> dict[str, int]:
    return {unit: 0 for unit in UNITS} | usage


def usages() -> list[dict[str, int]]:
    n = draw.randrange
    small, large = n(1, 5000), n(130_000, 1_500_000)
    return [
        zeros(input_tokens=small, output_tokens=n(1, 3000)),
        zeros(input_tokens=large, output_tokens=n(1, 9000), cache_read_tokens=n(0, large)),
        zeros(input_tokens=large, output_tokens=50, cache_read_tokens=large // 3, cache_write_tokens=large // 4, cache_write_1h_tokens=large // 5),
        zeros(input_tokens=200_000, output_tokens=7, output_reasoning_tokens=3, web_searches=2),
        zeros(input_tokens=200_001, output_tokens=1),
        zeros(input_tokens=9000, output_tokens=900, input_audio_tokens=4000, output_audio_tokens=800, cache_read_tokens=3000, cache_audio_read_tokens=1000),
        zeros(input_tokens=9000, output_tokens=900, input_image_tokens=700, output_image_tokens=100, cache_read_tokens=500, cache_image_read_tokens=100, input_video_tokens=30),
        zeros(input_tokens=10, output_tokens=1, cache_read_tokens=11),
        zeros(),
    ]  # fmt: skip


def names(match: dict) -> list[str]:
    ((op, value),) = match.items()
    if op in ('or', 'and'):
        return [name for part in value for name in names(part)]
    if not isinstance(value, str):
        return []
    return {'equals': [value], 'starts_with': [value, value + '-20251211'], 'ends_with': ['x-' + value], 'contains': [f'us.{value}-v1:0']}.get(op, [])


def price_sets(model: types.ModelInfo) -> list[types.ModelPrice]:
    return [model.prices] if isinstance(model.prices, types.ModelPrice) else [p.prices for p in model.prices]


def special(model: types.ModelInfo) -> bool:
    keys = {key for prices in price_sets(model) for key, value in prices.__dict__.items() if value is not None}
    tiered = any(isinstance(value, types.TieredPrices) for prices in price_sets(model) for value in prices.__dict__.values())
    return tiered or bool(model.price_variants) or not isinstance(model.prices, types.ModelPrice) or len(keys) > 4


def calls():
    plain, rare = [], []
    for provider in providers:
        for model in provider.models:
            if all({'input_mtok', 'output_mtok'} & price.__dict__.keys() or not price.__dict__ for price in price_sets(model)):
                (rare if special(model) else plain).append((provider, model))
    for provider, model in draw.sample(rare, 200) + draw.sample(plain, 200):
        for name in draw.sample(names(clause(model.match)), 1) if names(clause(model.match)) else [model.id]:
            for usage in draw.sample(usages(), 2):
                tiers = ['', '', *sorted({v.when.get('service_tier', '') for v in model.price_variants or ()})]
                yield {'provider': provider.id, 'model': name, 'tier': draw.choice(tiers), 'time': draw.choice(TIMES), 'usage': usage}
    for name in ['gpt-4o', 'GPT-4o-mini', 'claude-sonnet-4-5-20250929', 'gemini-2.5-pro', 'o3', 'mistral-large-latest', 'grok-4', 'ft:gpt-4o:org::id', 'llama3', 'mistral/x']:
        yield {'model': name, 'tier': '', 'time': TIMES[3], 'usage': usages()[0]}
    for provider, name in [('google-vertex', 'claude-sonnet-4-5@20250929'), ('google-gla', 'gemini-2.5-flash'), ('bedrock', 'us.anthropic.claude-3-5-sonnet-20240620-v1:0'), ('azure', 'gpt-4o'),
                           ('azure', 'gpt-5.2-20251211'), ('ollama', 'gpt-oss:20b'), ('litellm', 'openai/gpt-4o'), ('litellm', 'nobody/gpt-4o'), ('OpenAI', 'gpt-4.1'), ('mistralai', 'mistral-small-latest')]:  # fmt: skip
        yield {'provider': provider, 'model': name, 'tier': '', 'time': TIMES[3], 'usage': usages()[0]}
    for url, name in [('https://api.openai.com/v1', 'gpt-4o'), ('https://api.x.ai', 'grok-4'), ('https://me.openai.azure.com', 'gpt-4o'), ('https://llm.example.com', 'gpt-4o')]:
        yield {'url': url, 'model': name, 'tier': '', 'time': TIMES[3], 'usage': usages()[0]}


def golden(call: dict) -> dict:
    try:
        answer = calc_price(
            Usage(**call['usage']),
            call['model'],
            provider_id=call.get('provider'),
            provider_api_url=call.get('url'),
            genai_request_timestamp=datetime.fromisoformat(call['time']).replace(tzinfo=UTC),
            price_context={'service_tier': call['tier']} if call['tier'] else None,
        )
        nano = int((answer.total_price * Decimal(10**9)).to_integral_value(ROUND_HALF_UP))
        price = {'nano_usd': nano, 'price_of': answer.provider.id + '/' + answer.model.id}
    except (LookupError, ValueError):
        price = {'nano_usd': None}
    return call | {'usage': {unit: n for unit, n in call['usage'].items() if n}} | price


if __name__ == '__main__':
    write(sys.argv[1], [golden(call) for call in calls()])
