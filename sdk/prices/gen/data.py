"""Writes the prices of the package genai-prices as package prices reads them: without what is for people, and without
what no span can tell. It fails when the package has something new that would change a price unseen."""

import dataclasses
import re
import sys
from datetime import date, time
from importlib.metadata import version

from genai_prices import types
from genai_prices.data import providers
from genai_prices.data_units import unit_data
from written import write

# The units that package prices counts (units.go).
COUNTED = {
    'input_mtok', 'output_mtok', 'cache_read_mtok', 'cache_write_mtok', 'cache_write_1h_mtok',
    'input_audio_mtok', 'output_audio_mtok', 'cache_audio_read_mtok',
    'input_image_mtok', 'output_image_mtok', 'cache_image_read_mtok', 'input_video_mtok', 'output_video_mtok',
    'output_reasoning_mtok', 'output_citation_mtok',
    'web_searches_kcount', 'requests_kcount',
}  # fmt: skip
# Other units are of things that spans do not count: hours, pages, characters, searches in a store.
TOKENS = {unit['price_key'] for unit in unit_data.values() if unit['dimensions']['family'] == 'tokens'}


def clause(match) -> dict:
    (field,) = dataclasses.fields(match)
    value = getattr(match, field.name)
    name = field.name.rstrip('_')
    if isinstance(value, list):
        return {name: [clause(part) for part in value]}
    if name == 'regex':
        return without_lookahead(value)
    return {name: value.lower()}


def without_lookahead(regex: str) -> dict:
    """Go's regular expressions have no lookahead. Where it stands at the anchored start it is a condition of its own."""
    if regex.startswith('^(?!'):
        depth, end = 1, len('^(?!')
        while depth:
            depth += {'(': 1, ')': -1}.get(regex[end], 0) if regex[end - 1] != '\\' else 0
            end += 1
        forbidden, rest = regex[len('^(?!') : end - 1], regex[end:]
        unless = {'not': {'regex': '^(?:' + forbidden + ')'}}
        return {'and': [unless, without_lookahead('^' + rest)]} if rest else unless
    if re.search(r'\(\?[^:]', regex):
        raise SystemExit(f'the regular expression {regex!r} is not one of Go')
    return {'regex': regex}


def number(value) -> float | int:
    if isinstance(value, types.TieredPrices):
        return {'base': number(value.base), 'tiers': [{'start': tier.start, 'price': number(tier.price)} for tier in value.tiers]}
    value = float(value)
    return int(value) if value.is_integer() else value


def price(prices: types.ModelPrice) -> dict:
    written = {}
    for key, value in prices.__dict__.items():
        if value is None:
            continue
        if key in COUNTED:
            written[key] = number(value)
        elif key in TOKENS:
            raise SystemExit(f'package prices does not count {key}')
        else:
            written['other_units'] = True
    return written


def constraint(c) -> dict:
    if c is None:
        return {}
    written = {}
    for field in dataclasses.fields(c):
        value = getattr(c, field.name)
        assert isinstance(value, (date, time)), value
        if isinstance(value, time):
            assert value.tzinfo is None or not value.utcoffset(), value
            value = value.replace(tzinfo=None)
        written[field.name] = value.isoformat()
    return {'constraint': written}


def model(m: types.ModelInfo) -> dict:
    written = {'id': m.id, 'match': clause(m.match)}
    if isinstance(m.prices, types.ModelPrice):
        written['prices'] = price(m.prices)
    else:
        written['prices'] = [constraint(p.constraint) | {'prices': price(p.prices)} for p in m.prices]
    # Of the conditions for other prices a span tells the service tier alone.
    variants = [
        {'service_tier': v.when['service_tier']} | constraint(v.constraint) | {'prices': price(v.prices)}
        for v in m.price_variants or ()
        if set(v.when) == {'service_tier'}
    ]
    return written | ({'variants': variants} if variants else {})


def provider(p: types.Provider) -> dict:
    written = {'id': p.id, 'url': p.api_pattern}
    if p.provider_match:
        written['provider_match'] = clause(p.provider_match)
    if p.model_match:
        written['model_match'] = clause(p.model_match)
    if p.fallback_model_providers:
        written['fallback'] = p.fallback_model_providers
    return written | {'models': [model(m) for m in p.models]}


if __name__ == '__main__':
    write(sys.argv[1], {'version': 'genai-prices ' + version('genai-prices'), 'providers': [provider(p) for p in providers]})
