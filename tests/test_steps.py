"""What comes next is read off the end of a transcript, and off nothing else."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from agentkit import Agent, ConfigError, Limits, Result, ScriptedModel, ToolError, tool
from agentkit.messages import Assistant, Message, Problem, System, ToolCall, ToolResult, Usage, User
from agentkit.models.scripted import ScriptedReply
from agentkit.steps import AskModel, Conclude, Correct, Progress, RunTools, Step, Stop, next_step
from agentkit.transcripts import dump_transcript, load_transcript

A = ToolCall(id="a", name="look", arguments={"place": "here"})
B = ToolCall(id="b", name="look", arguments={"place": "there"})
TASK = User(content="Where is it?")
UNREADABLE = Problem(kind="unreadable_call", message="That could not be read.")
CORRECTION = User(content="Again.", purpose="correction")
EMPTY = Assistant()


def concluding(outcome: str) -> User:
    return User.model_validate({"content": "Answer.", "purpose": "conclude", "outcome": outcome})


def calling(*calls: ToolCall, tokens: int = 0) -> Assistant:
    return Assistant(tool_calls=calls, usage=Usage(output_tokens=tokens))


def result_of(call: ToolCall, content: str = "nothing", status: str = "ok") -> ToolResult:
    return ToolResult.model_validate(
        {"call_id": call.id, "name": call.name, "content": content, "status": status}
    )


def step_after(*transcript: Message, elapsed: float = 0, **limits: Any) -> Step:
    return next_step(Progress.of(transcript), Limits(**limits), elapsed)


@pytest.mark.parametrize(
    ("transcript", "step"),
    [
        pytest.param([TASK], AskModel(), id="a task"),
        pytest.param([System(content="Be brief."), TASK], AskModel(), id="instructions and a task"),
        pytest.param([TASK, System(content="Be brief.")], AskModel(), id="late instructions"),
        pytest.param([TASK, Assistant(content="Here.")], Stop("done"), id="an answer"),
        pytest.param(
            [TASK, Assistant(content="Here.", reasoning="So…")], Stop("done"), id="a thought too"
        ),
        pytest.param([TASK, calling(A)], RunTools((A,)), id="a call"),
        pytest.param([TASK, calling(A, B)], RunTools((A, B)), id="two calls"),
        pytest.param([TASK, calling(A, B), result_of(A)], RunTools((B,)), id="one of two results"),
        pytest.param([TASK, calling(A, B), result_of(B)], RunTools((A,)), id="the other of two"),
        pytest.param([TASK, calling(A), result_of(A)], AskModel(), id="a result"),
        pytest.param([TASK, calling(A, B), result_of(A), result_of(B)], AskModel(), id="results"),
        pytest.param(
            [TASK, calling(A), result_of(A, "no such place", "error")], AskModel(), id="an error"
        ),
        pytest.param(
            [TASK, calling(A), result_of(A, "wrong", "invalid")], AskModel(), id="a wrong call"
        ),
        pytest.param([TASK, EMPTY, CORRECTION], AskModel(thinking=False), id="after silence"),
        pytest.param(
            [TASK, Assistant(reasoning="Hm, hm.", finish="length"), CORRECTION],
            AskModel(thinking=False),
            id="after a thought that took all the room",
        ),
        pytest.param(
            [TASK, Assistant(reasoning="Hm", finish="cut"), CORRECTION],
            AskModel(),
            id="after a thought that was cut",
        ),
        pytest.param(
            [TASK, Assistant(content="Hm", finish="cut"), CORRECTION],
            AskModel(),
            id="after a cut reply",
        ),
        pytest.param(
            [TASK, Assistant(content="Here."), User(content="And there?")],
            AskModel(),
            id="a second task",
        ),
        pytest.param(
            [TASK, concluding("turn_limit")], AskModel(thinking=False), id="asked to conclude"
        ),
        pytest.param(
            [TASK, concluding("turn_limit"), Assistant(content="Perhaps here.")],
            Stop("turn_limit"),
            id="a concluding answer",
        ),
        pytest.param(
            [TASK, concluding("repeated_calls"), EMPTY],
            Stop("repeated_calls"),
            id="no concluding answer",
        ),
        pytest.param(
            [TASK, concluding("turn_limit"), Assistant(content="Here."), User(content="Why?")],
            AskModel(),
            id="a task after a concluded one",
        ),
    ],
)
def test_the_end_of_a_transcript_decides_what_is_next(
    transcript: list[Message], step: Step
) -> None:
    assert step_after(*transcript) == step


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (EMPTY, "empty"),
        (Assistant(content="</tool_call>\n"), "empty"),
        (Assistant(reasoning="I should…"), "did not end in an answer"),
        (Assistant(content="It is h", finish="length"), "cut off"),
        (Assistant(content="It is h", finish="cut"), "cut off"),
        (Assistant(content="Let me look.", problems=(UNREADABLE,)), "could not be read"),
        (Assistant(problems=(UNREADABLE,), finish="cut"), "could not be read"),
        (Assistant(problems=(UNREADABLE,), finish="length"), "cut off"),
    ],
)
def test_a_reply_that_is_no_answer_is_corrected_and_says_why(reply: Assistant, words: str) -> None:
    step = step_after(TASK, reply)

    assert isinstance(step, Correct)
    assert words in step.reason


def test_a_problem_beside_calls_is_told_after_their_results() -> None:
    reply = Assistant(tool_calls=(A,), problems=(UNREADABLE,))

    assert step_after(TASK, reply) == RunTools((A,))
    assert step_after(TASK, reply, result_of(A)) == Correct(UNREADABLE.message)


@pytest.mark.parametrize("transcript", [[], [System(content="Be brief.")]])
def test_a_transcript_without_a_task_is_refused(transcript: list[Message]) -> None:
    with pytest.raises(ConfigError, match="task"):
        step_after(*transcript)


@pytest.mark.parametrize(
    ("transcript", "limits", "step"),
    [
        pytest.param(
            [TASK, calling(A), result_of(A)], {"turns": 1}, Conclude("turn_limit"), id="turns"
        ),
        pytest.param(
            [TASK, calling(A, tokens=9), result_of(A)],
            {"output_tokens": 9},
            Conclude("token_limit"),
            id="tokens",
        ),
        pytest.param(
            [TASK, Assistant(content="It", finish="length", usage=Usage(output_tokens=9))],
            {"output_tokens": 9},
            Stop("token_limit"),
            id="tokens in mid sentence",
        ),
        pytest.param(
            [TASK, Assistant(content="Here.", usage=Usage(output_tokens=9))],
            {"output_tokens": 9},
            Stop("done"),
            id="an answer with the last token",
        ),
        pytest.param(
            [TASK, Assistant(content="Here.")], {"turns": 1}, Stop("done"), id="the last turn"
        ),
        pytest.param([TASK, EMPTY], {"repairs": 0}, Conclude("repair_limit"), id="no repairs"),
        pytest.param(
            [TASK, calling(A), result_of(A, "wrong", "invalid")],
            {"repairs": 0},
            Conclude("repair_limit"),
            id="no wrong calls",
        ),
        pytest.param(
            [TASK, Assistant(tool_calls=(A,), problems=(UNREADABLE,)), result_of(A)],
            {"repairs": 0},
            Conclude("repair_limit"),
            id="no problems",
        ),
        pytest.param(
            [TASK, EMPTY, CORRECTION], {"turns": 1}, Conclude("turn_limit"), id="no turn to repair"
        ),
    ],
)
def test_a_limit_ends_the_run_with_an_answer_where_it_can(
    transcript: list[Message], limits: dict[str, Any], step: Step
) -> None:
    assert step_after(*transcript, **limits) == step


@pytest.mark.parametrize("end", [[], [calling(A)], [calling(A), result_of(A)], [EMPTY]])
def test_the_time_limit_ends_a_run_wherever_it_stands(end: list[Message]) -> None:
    assert step_after(TASK, *end, elapsed=5, seconds=5) == Stop("time_limit")


def test_an_answer_counts_however_late_it_was_taken() -> None:
    assert step_after(TASK, Assistant(content="Here."), elapsed=5, seconds=5) == Stop("done")


def test_a_concluding_answer_counts_even_when_the_time_is_up() -> None:
    transcript = [TASK, concluding("turn_limit"), Assistant(content="Here.")]

    assert step_after(*transcript, elapsed=5, seconds=5) == Stop("turn_limit")


def test_a_new_task_has_fresh_limits() -> None:
    first = [TASK, calling(A, tokens=9), result_of(A), Assistant(content="Here.")]

    step = step_after(*first, User(content="And?"), turns=1, output_tokens=9, repairs=0)

    assert step == AskModel()


def test_all_repairs_share_one_allowance() -> None:
    silence, unreadable = [EMPTY, CORRECTION], [Assistant(problems=(UNREADABLE,)), CORRECTION]
    wrong = [calling(A), result_of(A, "wrong", "invalid")]
    spent = [TASK, *silence, *unreadable, *wrong]

    assert step_after(*spent, repairs=4) == AskModel()
    assert step_after(*spent, repairs=3) == AskModel(thinking=False)
    assert step_after(*spent, EMPTY, repairs=3) == Conclude("repair_limit")
    assert step_after(*spent, repairs=2) == Conclude("repair_limit")


def test_a_reply_with_several_wrong_calls_is_one_repair() -> None:
    wrong = [result_of(A, "wrong", "invalid"), result_of(B, "wrong", "invalid")]
    reply = Assistant(tool_calls=(A, B), problems=(UNREADABLE,))

    assert step_after(TASK, calling(A, B), *wrong, repairs=2) == AskModel()
    assert step_after(TASK, reply, *wrong, repairs=1) == Correct(UNREADABLE.message)
    assert step_after(TASK, reply, *wrong, CORRECTION, repairs=2) == AskModel()


def once_more(number: int, content: str = "nothing", **changes: Any) -> list[Message]:
    call = A.model_copy(update={"id": f"call_{number}", **changes})
    return [calling(call), result_of(call, content)]


def test_the_same_call_with_the_same_result_is_told_once_and_then_ends_the_run() -> None:
    once, twice = [TASK, *once_more(1)], [TASK, *once_more(1), *once_more(2)]
    told = [*twice, CORRECTION]
    step = step_after(*twice)

    assert step_after(*once) == AskModel()
    assert isinstance(step, Correct)
    assert "look" in step.reason
    assert step_after(*told) == AskModel()
    assert step_after(*told, *once_more(3)) == Conclude("repeated_calls")


def test_the_same_call_in_the_other_dialect_is_the_same_call() -> None:
    written: dict[str, Any] = {"dialect": "json", "arguments": {"n": 1, "of": ["a"]}}
    in_xml: dict[str, Any] = {"dialect": "xml", "arguments": {"n": "1", "of": '["a"]'}}
    transcript = [TASK, *once_more(1, **written), *once_more(2, **in_xml)]
    assert isinstance(step_after(*transcript), Correct)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("ok", "Use that result"),
        ("invalid", "the same mistake"),
        ("refused", "was refused before"),
    ],
)
def test_a_call_that_did_not_run_has_no_result_to_be_used(status: str, says: str) -> None:
    made = [[calling(call), result_of(call, "so", status)] for call in (A, A)]

    step = step_after(TASK, *made[0], *made[1], repairs=3)

    assert isinstance(step, Correct)
    assert says in step.reason
    assert ("Use that result" in step.reason) == (status == "ok")


def test_a_repeat_is_noticed_however_much_stands_between() -> None:
    between = once_more(2, "elsewhere", arguments={"place": "there"})

    assert isinstance(step_after(TASK, *once_more(1), *between, *once_more(3)), Correct)


@pytest.mark.parametrize(
    "other",
    [
        once_more(2, "something"),
        once_more(2, arguments={"place": "there"}),
        once_more(2, name="listen"),
    ],
)
def test_another_result_argument_or_tool_is_no_repeat(other: list[Message]) -> None:
    assert step_after(TASK, *once_more(1), *other) == AskModel()


@pytest.mark.parametrize(
    ("written", "again"),
    [
        ({"on": True}, {"on": "True"}),
        ({"on": "true "}, {"on": "True"}),
        ({"days": [1, 2]}, {"days": "[1,2]"}),
        ({"days": "[1, 2]"}, {"days": "[ 1,2 ]\n"}),
    ],
)
def test_a_repeat_may_be_written_in_another_way(
    written: dict[str, Any], again: dict[str, Any]
) -> None:
    first = ToolCall(id="1", name="look", arguments=written)
    second = ToolCall(id="2", name="look", arguments=again, dialect="xml")
    transcript = [TASK, calling(first), result_of(first), calling(second), result_of(second)]

    assert isinstance(step_after(*transcript), Correct)


def test_calls_of_one_id_are_refused_while_it_matters() -> None:
    twins = [TASK, calling(A, A.model_copy(update={"arguments": {}}))]

    for transcript in (twins, [*twins, result_of(A)]):
        with pytest.raises(ConfigError, match="its own id"):
            step_after(*transcript)
    assert step_after(*twins, result_of(A), result_of(A), User(content="And?")) == AskModel()


def test_the_same_call_twice_in_one_reply_is_no_repeat() -> None:
    twin = A.model_copy(update={"id": "twin"})

    assert step_after(TASK, calling(A, twin), result_of(A), result_of(twin)) == AskModel()


def test_long_results_are_compared_whole() -> None:
    def long(number: int, full: str) -> list[Message]:
        call, result = once_more(number, "nothing … nothing")
        return [call, result.model_copy(update={"full": full})]

    assert step_after(TASK, *long(1, "nothing at all"), *long(2, "nothing much")) == AskModel()
    assert isinstance(step_after(TASK, *long(1, "nothing"), *long(2, "nothing")), Correct)


def test_the_order_of_arguments_makes_no_difference() -> None:
    one = once_more(1, arguments={"x": 1, "y": 2})
    other = once_more(2, arguments={"y": 2, "x": 1})

    assert isinstance(step_after(TASK, *one, *other), Correct)


# --- the law: from every prefix to the same end -------------------------------------------------


@tool(effect="read")
def price(item: str) -> float:
    """The price of an item."""
    if item == "gold":
        raise ToolError("Gold is not for sale.")
    return {"apples": 1.2, "pears": 2.5}[item]


@tool(effect="read")
async def times(amount: float, by: int) -> float:
    """Multiply."""
    await asyncio.sleep(0)
    return amount * by


@tool(effect="read")
def encyclopedia(letter: str) -> str:
    """A whole volume."""
    return letter * 1_000


@tool(effect="read", timeout=0.01)
async def forever() -> None:
    """Never ends."""
    await asyncio.Event().wait()


TOOLS = (price, times, encyclopedia, forever)


def written(name: str, **arguments: Any) -> str:
    body = json.dumps({"name": name, "arguments": arguments})
    return f"<tool_call>\n{body}\n</tool_call>\n"


def in_xml(name: str, **arguments: str) -> str:
    parameters = "".join(f"<parameter={k}>\n{v}\n</parameter>\n" for k, v in arguments.items())
    return f"<tool_call>\n<function={name}>\n{parameters}</function>\n</tool_call>"


DEFAULT = Limits()


@dataclass(frozen=True)
class Story:
    """A script, and how a run over it ends."""

    name: str
    outcome: str
    replies: Sequence[str | ScriptedReply]
    limits: Limits = DEFAULT
    refused: str = ""
    instructions: str = ""


FINE = written("price", item="apples")
PEARS = written("price", item="pears")
STORIES = (
    Story("an answer at once", "done", ["<think>\nEasy.\n</think>\n\nFour."]),
    Story("instructions", "done", ["Four."], instructions="Be brief."),
    Story("one call", "done", [f"<think>\nLook.\n</think>\n\n{FINE}", "They cost 1.20."]),
    Story("a call in XML", "done", [in_xml("times", amount="1.5", by="4"), "6"]),
    Story("calls in sequence", "done", [FINE, written("times", amount=1.2, by=3), "3.60"]),
    Story("calls side by side", "done", [FINE + PEARS + written("times", amount=1, by=2), "Done."]),
    Story("an error", "done", [written("price", item="gold"), PEARS, "Pears then."]),
    Story("a crash", "done", [written("price", item="plums"), "No plums."]),
    Story("an unknown tool", "done", [written("cost", item="pears"), PEARS, "2.50"]),
    Story("a wrong argument", "done", [written("price", article="pears"), PEARS, "2.50"]),
    Story("a refusal", "done", [FINE + PEARS, "May not."], refused="times price"),
    Story("a timeout", "done", [written("forever") + FINE, "Gave up."]),
    Story("a long result", "done", [written("encyclopedia", letter="a"), "Long."]),
    Story(
        "reading on",
        "done",
        [
            written("encyclopedia", letter="a"),
            written("read_more", call_id="call_1_1", start=66),
            written("read_more", call_id="call_1_1", start=166),
            "All of it is a.",
        ],
        Limits(result_characters=200),
    ),
    Story("silence", "done", ["", "Four."]),
    Story("a thought only", "done", ["<think>\nHm.\n</think>\n\n", "Four."]),
    Story("an unreadable call", "done", ["<tool_call>\n{nonsense\n</tool_call>", FINE, "1.20"]),
    Story("a cut call", "done", ["<tool_call>\n<function=price>\n<para", FINE, "1.20"]),
    Story("a cut reply", "done", [ScriptedReply(f"Now {FINE}", "length"), FINE, "1.20"]),
    Story("a broken stream", "done", [ScriptedReply("The answ", "cut"), "The answer is 4."]),
    Story("a repeat", "done", [FINE, FINE, "1.20"]),
    Story("repeats", "repeated_calls", [FINE, FINE, PEARS, FINE, "1.20"]),
    Story("repeats without an answer", "repeated_calls", [FINE, FINE, FINE, ""]),
    Story("too many turns", "turn_limit", [FINE, PEARS, "About 2."], Limits(turns=2)),
    Story("a call for an answer", "turn_limit", [FINE, PEARS, PEARS], Limits(turns=2)),
    Story("too much silence", "repair_limit", ["", "", "", "", "Four."]),
    Story("repairs of all kinds", "repair_limit", ["", written("cost"), "<tool_call>{", "", "Oh."]),
    Story("no repairs", "repair_limit", ["", ""], Limits(repairs=0)),
    Story("too many tokens", "token_limit", [FINE, "1.20"], Limits(output_tokens=3)),
    Story(
        "tokens used up in mid sentence",
        "token_limit",
        [ScriptedReply("one two three", "length")],
        Limits(output_tokens=3),
    ),
)


def run(story: Story, task: str | Sequence[Message]) -> Result:
    async def approve(call: ToolCall) -> str | None:
        return "not today" if call.name in story.refused.split() else None

    async def bounded() -> Result:
        model = ScriptedModel(story.replies)
        agent = Agent(
            model,
            instructions=story.instructions,
            tools=TOOLS,
            limits=story.limits,
            approve=approve,
        )
        async with asyncio.timeout(5):
            return await agent.run(task)

    return asyncio.run(bounded())


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_from_every_prefix_of_a_run_the_same_end_is_reached(story: Story) -> None:
    whole = run(story, "What do they cost?")
    first = 2 if story.instructions else 1

    assert whole.outcome == story.outcome
    for length in range(first, len(whole.transcript) + 1):
        stored = dump_transcript(whole.transcript[:length])
        resumed = run(story, load_transcript(stored))

        assert resumed.outcome == whole.outcome
        assert resumed.text == whole.text
        assert resumed.transcript == whole.transcript


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_every_call_of_a_run_has_one_result_right_after_its_reply(story: Story) -> None:
    transcript = run(story, "What do they cost?").transcript

    for place, message in enumerate(transcript):
        if isinstance(message, Assistant):
            expected = [call.id for call in message.tool_calls]
            following = transcript[place + 1 : place + 1 + len(expected)]
            assert [getattr(result, "call_id", None) for result in following] == expected
    results = [message for message in transcript if isinstance(message, ToolResult)]
    assert len({result.call_id for result in results}) == len(results)


def test_the_stories_reach_every_outcome_but_the_clock() -> None:
    assert {story.outcome for story in STORIES} == {
        "done",
        "turn_limit",
        "token_limit",
        "repair_limit",
        "repeated_calls",
    }
