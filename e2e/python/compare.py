"""What an agent run emitted, in a shape in which two tellings of it can be compared.

`tell` asks Hearth for the spans and logs of a service and returns one tree for each run that stands by itself, by the name
of the agent and in the order of the runs. Ids are replaced by what they point to, times by order.
"""

import json
import re
from dataclasses import dataclass, field

# Columns that say when, where and by which program something was recorded, and not what.
NOT_TOLD = {
    'trace_id', 'span_id', 'parent_span_id', 'start_timestamp', 'end_timestamp', 'duration', 'created_at', 'day', 'project_id',
    'service_name', 'service_version', 'service_instance_id', 'process_pid',
    'otel_resource_attributes', 'otel_scope_name', 'otel_scope_version', 'otel_scope_attributes',
    'telemetry_sdk_name', 'telemetry_sdk_language', 'telemetry_sdk_version',
    'otel_events', 'attributes',  # compared by themselves
}  # fmt: skip

# Attributes that hold ids, and what they must look like.
UUID7 = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')
IDS = {'gen_ai.agent.call.id', 'gen_ai.conversation.id'}


@dataclass
class Node:
    row: dict
    children: list['Node'] = field(default_factory=list)

    @property
    def attributes(self) -> dict:
        return self.row['attributes'] or {}


def tell(hearth, service: str, at_least: int) -> dict[str, list[Node]]:
    rows = hearth.rows(f"select * from records where service_name = '{service}' order by start_timestamp, span_id", at_least)
    nodes = {row['span_id']: Node(row) for row in rows}
    roots: dict[str, list[Node]] = {}
    for node in nodes.values():
        if parent := nodes.get(node.row['parent_span_id']):
            parent.children.append(node)
        else:
            roots.setdefault(node.attributes['gen_ai.agent.name'], []).append(node)
    for node in nodes.values():
        node.children.sort(key=lambda child: place(node, child))
    return roots


def place(parent: Node, child: Node) -> tuple:
    """Where a span stands among its siblings: by time, but tools that run at the same time by their calls."""
    asked = [n.row['start_timestamp'] for n in parent.children if n.attributes.get('gen_ai.operation.name') == 'chat']
    before = sum(1 for at in asked if at <= child.row['start_timestamp'])
    is_tool = child.attributes.get('gen_ai.operation.name') == 'execute_tool'
    return (before, is_tool, child.attributes.get('gen_ai.tool.call.id', ''), child.row['start_timestamp'])


def flat(node: Node, path: str) -> dict[str, object]:
    """Everything told of a span and below it, by where it stands: 'host/agent run/1/chat gpt-4o: attributes[gen_ai.system]'."""
    path = f'{path}/{node.row["span_name"]}'
    told = {f'{path}: {column}': value for column, value in node.row.items() if column not in NOT_TOLD and not empty(value)}
    for key, value in node.attributes.items():
        told[f'{path}: attributes[{key}]'] = the_same_id(key, value)
    for i, event in enumerate(node.row['otel_events'] or []):
        told[f'{path}: otel_events[{i}]'] = event['event_name']
        for key, value in event['attributes'].items():
            told[f'{path}: otel_events[{i}][{key}]'] = value
    for i, child in enumerate(node.children):
        told |= flat(child, f'{path}/{i}')
    return {where: parsed(value) for where, value in told.items()}


def empty(value) -> bool:
    return value is None or value == [] or value == {}


def the_same_id(key: str, value):
    return 'a UUIDv7' if key in IDS and UUID7.fullmatch(str(value)) else value


def parsed(value):
    """JSON text as its value: neither white space nor the order of keys tells anything."""
    if isinstance(value, str) and value[:1] in '{[':
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def differences(want: dict[str, object], got: dict[str, object], may_differ) -> list[str]:
    """What one side tells and the other does not, or tells otherwise. may_differ(where, want, got) forgives."""
    found = []
    for where in sorted(want.keys() | got.keys()):
        a, b = want.get(where, MISSING), got.get(where, MISSING)
        if (a != b or type(a) is not type(b)) and not may_differ(where, a, b):
            found.append(f'{where}\n    PydanticAI: {short(a)}\n    Hearth:     {short(b)}')
    return found


MISSING = type('Missing', (), {'__repr__': lambda self: 'nothing'})()


def short(value) -> str:
    text = value if value is MISSING else json.dumps(value, ensure_ascii=False)
    return str(text)[:1500]
