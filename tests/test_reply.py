"""A reply is a fold over the events that were shown, and calls something only if it is whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.events import CallRead, Finish, ModelEvent, TextDelta, ThinkingDelta
from agentkit.messages import Assistant, FinishReason, Problem, ToolCall, Usage
from agentkit.reply import Reply

LOOK = CallRead("look", {"place": "here"}, "xml")
LISTEN = CallRead("listen", {"seconds": 3}, "json")
PROBLEM = Problem(kind="unreadable_call", message="That could not be read.")
STOPPED = Finish("stop", Usage(prompt_tokens=9, output_tokens=4), (1, 2, 3))


def folded(*events: ModelEvent, calls_allowed: bool = True) -> Assistant:
    reply = Reply(7, "scripted", calls_allowed=calls_allowed)
    for event in events:
        reply.add(event)
    return reply.message()


def test_deltas_add_up_to_thought_and_text() -> None:
    message = folded(
        ThinkingDelta("So "), ThinkingDelta("then."), TextDelta("It is "), TextDelta("4."), STOPPED
    )

    assert message == Assistant(
        reasoning="So then.",
        content="It is 4.",
        usage=STOPPED.usage,
        token_ids=(1, 2, 3),
        tokens_say=message.fingerprint,
        model="scripted",
    )
    assert message.fingerprint != message.model_copy(update={"content": "It is 5."}).fingerprint


def test_calls_get_ids_from_the_place_of_the_reply_and_their_own() -> None:
    message = folded(LOOK, LISTEN, STOPPED)

    assert message.tool_calls == (
        ToolCall(id="call_7_1", name="look", arguments={"place": "here"}, dialect="xml"),
        ToolCall(id="call_7_2", name="listen", arguments={"seconds": 3}, dialect="json"),
    )
    assert message.problems == ()


def test_a_problem_stands_beside_the_calls_that_could_be_read() -> None:
    message = folded(LOOK, PROBLEM, STOPPED)

    assert [call.name for call in message.tool_calls] == ["look"]
    assert message.problems == (PROBLEM,)


@pytest.mark.parametrize("depth", [130, 1_000, 100_000])
def test_a_call_nested_too_deeply_to_be_stored_is_a_problem(depth: int) -> None:
    value: list[object] = []
    for _ in range(depth):
        value = [value]

    message = folded(LOOK, CallRead("plan", {"steps": value}, "json"), LISTEN, STOPPED)

    assert [call.id for call in message.tool_calls] == ["call_7_1", "call_7_2"]
    assert [problem.kind for problem in message.problems] == ["unreadable_call"]
    assert "nested too deeply" in message.problems[0].message


@pytest.mark.parametrize(("can_act", "kinds"), [(True, ["plan"]), (False, [])])
def test_a_plan_is_a_problem_only_where_there_are_tools(can_act: bool, kinds: list[str]) -> None:
    reply = Reply(7, "scripted", can_act=can_act)
    reply.add(TextDelta("Let me check the stock."))
    reply.add(STOPPED)

    assert [problem.kind for problem in reply.message().problems] == kinds


def test_a_plan_beside_a_call_is_none() -> None:
    reply = Reply(7, "scripted", can_act=True)
    for event in (TextDelta("Let me look."), LOOK, STOPPED):
        reply.add(event)

    assert reply.message().problems == ()


@pytest.mark.parametrize("reason", ["length", "cut"])
def test_a_reply_that_did_not_stop_by_itself_calls_nothing(reason: FinishReason) -> None:
    message = folded(TextDelta("Let me look."), LOOK, LISTEN, Finish(reason, Usage()))

    assert message.tool_calls == ()
    assert message.finish == reason
    assert message.content == "Let me look."
    assert [(problem.kind, problem.raw) for problem in message.problems] == [
        ("cut_call", 'look {"place": "here"}'),
        ("cut_call", 'listen {"seconds": 3}'),
    ]


def test_a_stream_that_ends_without_a_finish_was_cut() -> None:
    message = folded(TextDelta("Let me"), LOOK)

    assert message.finish == "cut"
    assert message.tool_calls == ()
    assert message.usage == Usage()


def test_nothing_at_all_is_a_cut_reply() -> None:
    assert folded() == Assistant(finish="cut", model="scripted")


def test_a_concluding_reply_calls_nothing_but_keeps_its_text() -> None:
    message = folded(TextDelta("About 4."), LOOK, STOPPED, calls_allowed=False)

    assert message.content == "About 4."
    assert message.finish == "stop"
    assert message.tool_calls == ()
    assert [problem.kind for problem in message.problems] == ["unwanted_call"]


EVENTS = st.lists(
    st.builds(ThinkingDelta, st.text())
    | st.builds(TextDelta, st.text())
    | st.sampled_from([LOOK, LISTEN, PROBLEM])
)


@given(EVENTS, st.sampled_from(["stop", "length", "cut", None]), st.booleans())
def test_what_was_shown_is_what_is_stored(
    events: list[ModelEvent], reason: FinishReason | None, allowed: bool
) -> None:
    finish = [Finish(reason, Usage())] if reason else []
    message = folded(*events, *finish, calls_allowed=allowed)
    calls = [event for event in events if isinstance(event, CallRead)]

    assert message.content == "".join(e.text for e in events if isinstance(e, TextDelta))
    assert message.reasoning == "".join(e.text for e in events if isinstance(e, ThinkingDelta))
    assert message.finish == (reason or "cut")
    if reason == "stop" and allowed:
        assert [call.name for call in message.tool_calls] == [call.name for call in calls]
    else:
        assert message.tool_calls == ()
        assert len(message.problems) == len(calls) + events.count(PROBLEM)
