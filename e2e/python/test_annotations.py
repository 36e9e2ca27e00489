"""logfire.experimental.annotations: what people and programs say of spans afterwards."""

from hearth import run_app


def test_feedback_is_an_annotation_of_its_span(hearth, logfire_env):
    span = run_app('annotated', **logfire_env).output
    of = f"trace_id = '{span['trace_id']}'"
    rows = hearth.rows(f"""
        select parent_span_id, span_name, message, duration, otel_scope_name, attributes from records
        where kind = 'annotation' and {of} order by start_timestamp""", at_least=4)  # fmt: skip
    assert {row['parent_span_id'] for row in rows} == {span['span_id']}
    assert {row['duration'] for row in rows} == {None}, 'an annotation is a moment'
    assert [row['message'] for row in rows] == ['feedback: thumbs = 1', 'feedback: warm = False', "feedback: taste = 'smoky'", 'a cup was broken']
    assert {row['otel_scope_name'] for row in rows} == {'logfire.feedback'}
    thumbs, warm, taste, seen = (row['attributes'] for row in rows)
    assert thumbs['logfire.feedback.name'] == 'thumbs' and thumbs['thumbs'] == 1
    assert (thumbs['logfire.feedback.comment'], thumbs['user.id']) == ('just right', 'ada')
    assert (warm['warm'], taste['taste'], seen['cups']) == (False, 'smoky', 1)
    assert 'logfire.span_type' not in thumbs

    # The way to use them: beside the spans that they are about.
    judged = hearth.row(f"""
        select r.message, (a.attributes->>'thumbs')::int as thumbs from records a
        join records r on r.trace_id = a.trace_id and r.span_id = a.parent_span_id
        where a.kind = 'annotation' and a.attributes->>'logfire.feedback.name' = 'thumbs' and a.{of}""")  # fmt: skip
    assert judged == {'message': 'brew tea', 'thumbs': 1}
