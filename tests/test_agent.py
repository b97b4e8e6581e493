"""A run is pulled: nothing happens early, nothing is left behind, and nothing is shared."""

import asyncio
import gc
import json
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit import (
    Agent,
    AgentkitError,
    Assistant,
    ConfigError,
    ContextOverflow,
    Image,
    Limits,
    Model,
    ModelError,
    ModelUnavailable,
    Result,
    Sampling,
    ScriptedModel,
    StoreError,
    System,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolResult,
    Toolset,
    Usage,
    User,
    dump_transcript,
    load_transcript,
    tool,
)
from agentkit.events import Event, Finish, ModelEvent
from agentkit.messages import FinishReason, Message
from agentkit.models.scripted import ScriptedReply


def written(name: str, /, **arguments: Any) -> str:
    body = json.dumps({"name": name, "arguments": arguments})
    return f"<tool_call>\n{body}\n</tool_call>\n"


async def finished(agent: Agent, task: Any = "Go.") -> Result:
    async with asyncio.timeout(5):
        return await agent.run(task)


async def events_of(agent: Agent, task: Any = "Go.") -> list[Event]:
    async with asyncio.timeout(5), aclosing(agent.stream(task)) as events:
        return [event async for event in events]


def other_tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]


@tool(effect="read")
def price(item: str) -> float:
    """The price of an item."""
    return {"apples": 1.2, "pears": 2.5}[item]


NOTES: list[str] = []


@tool
async def note(word: str) -> None:
    """Write a word down."""
    NOTES.append(word)


SHOPPING = [
    f"<think>\nTwo prices.\n</think>\n\nLet me look.\n\n"
    f"{written('price', item='apples')}{written('price', item='pears')}",
    "<think>\nAdd.\n</think>\n\nBoth are 3.70.",
]


# --- what a run yields --------------------------------------------------------------------------


async def test_a_run_yields_everything_in_the_order_in_which_it_happens() -> None:
    agent = Agent(ScriptedModel(SHOPPING, piece=1_000), instructions="Be brief.", tools=[price])
    events = await events_of(agent, "How much?")

    assert [type(event).__name__ for event in events] == [
        "System",
        "User",
        "ThinkingDelta",
        "TextDelta",
        "Assistant",
        "ToolCall",
        "ToolCall",
        "ToolResult",
        "ToolResult",
        "ThinkingDelta",
        "TextDelta",
        "Assistant",
        "Result",
    ]
    result = events[-1]
    assert isinstance(result, Result)
    assert result.text == "Both are 3.70."
    assert result.outcome == "done"
    assert result.transcript == tuple(
        event for event in events if isinstance(event, System | User | Assistant | ToolResult)
    )


@pytest.mark.parametrize("piece", [1, 3, 1_000])
async def test_the_deltas_of_a_reply_add_up_to_its_message(piece: int) -> None:
    thought = text = ""
    for event in await events_of(Agent(ScriptedModel(SHOPPING, piece=piece), tools=[price])):
        match event:
            case ThinkingDelta():
                thought += event.text
            case TextDelta():
                text += event.text
            case Assistant():
                assert (thought, text) == (event.reasoning, event.content)
                thought = text = ""


async def test_the_result_adds_up_what_all_replies_cost() -> None:
    result = await finished(Agent(ScriptedModel(SHOPPING), tools=[price]))
    replies = [message for message in result.transcript if isinstance(message, Assistant)]

    assert result.usage == replies[0].usage + replies[1].usage
    assert result.usage.output_tokens > 0


async def test_the_result_counts_its_calls_by_what_became_of_them() -> None:
    wrong = "".join(
        written("price", **arguments) for arguments in ({"item": "plums"}, {"kind": "apples"}, {})
    )
    agent = Agent(
        ScriptedModel([SHOPPING[0], wrong, written("note", word="plums"), "Two prices."]),
        tools=[price, note],
        approve=lambda call: "not now" if call.name == "note" else None,
    )
    result = await finished(agent)

    assert result.calls == {"ok": 2, "error": 1, "invalid": 2, "refused": 1}
    assert result.calls["timeout"] == 0


async def test_a_task_may_consist_of_parts() -> None:
    parts = [Text(text="What is this?"), Image(url="https://example.com/a.png")]
    result = await finished(Agent(ScriptedModel(["A cat."])), parts)

    assert result.transcript[0] == User(content=tuple(parts))


# --- the author's mistakes ----------------------------------------------------------------------


@pytest.mark.parametrize("task", ["", "  \n", [], (), [1], [None], [{"role": "user"}]])
async def test_what_is_no_task_is_refused(task: Any) -> None:
    with pytest.raises(ConfigError, match="Expected"):
        await finished(Agent(ScriptedModel(["Hm?"])), task)


async def test_messages_and_parts_can_not_be_mixed() -> None:
    with pytest.raises(ConfigError, match="a mix of both"):
        await finished(Agent(ScriptedModel(["Hm?"])), [User(content="Go."), Text(text="Now.")])


@pytest.mark.parametrize(
    "transcript",
    [
        [System(content="Be brief.")],
        [User(content="Correct that.", purpose="correction")],
        [Assistant(content="Hm."), User(content="Correct that.", purpose="correction")],
        [
            Assistant(tool_calls=(ToolCall(id="1", name="add", arguments={}),)),
            ToolResult(call_id="1", name="add", content="3"),
        ],
    ],
)
async def test_a_transcript_without_a_task_is_refused(transcript: list[Message]) -> None:
    with pytest.raises(ConfigError, match="Add a User"):
        await finished(Agent(ScriptedModel(["Hm?"])), transcript)


@pytest.mark.parametrize("model", [None, 3, object(), ""])
def test_what_is_no_model_is_refused(model: Any) -> None:
    with pytest.raises(ConfigError, match="Expected"):
        Agent(model)


@pytest.mark.parametrize("wrong", [{"limits": 10}, {"sampling": 0.7}, {"approve": "yes"}])
def test_what_can_not_be_used_in_a_run_is_refused_before_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"Expected .*found {next(iter(wrong.values()))!r}"):
        Agent(ScriptedModel([]), **wrong)


@pytest.mark.parametrize("tools", [[price, price], [print], price])
def test_what_are_no_tools_is_refused(tools: Any) -> None:
    with pytest.raises(ConfigError):
        Agent(ScriptedModel([]), tools=tools)


def test_an_agent_takes_tools_as_a_list_or_as_a_toolset() -> None:
    assert list(Agent(ScriptedModel([]), tools=[price]).tools) == ["price"]
    assert list(Agent(ScriptedModel([]), tools=Toolset([price])).tools) == ["price"]


# --- nothing happens until it is pulled ---------------------------------------------------------


async def test_a_run_that_is_not_pulled_asks_no_model() -> None:
    asked = []

    def reply(transcript: Sequence[Message]) -> str:
        asked.append(len(transcript))
        return "Done."

    events = Agent(ScriptedModel(reply)).stream("Go.")
    async with asyncio.timeout(5), aclosing(events):
        await asyncio.sleep(0)
        assert asked == []
        assert isinstance(await anext(events), User)
        await asyncio.sleep(0)
        assert asked == []
        assert isinstance(await anext(events), TextDelta)
        assert asked == [1]


async def test_no_tool_runs_before_every_call_of_its_reply_was_taken() -> None:
    NOTES.clear()
    model = ScriptedModel([written("note", word="a") + written("note", word="b"), "Done."])
    taken = 0
    async with asyncio.timeout(5), aclosing(Agent(model, tools=[note]).stream("Go.")) as events:
        async for event in events:
            await asyncio.sleep(0)
            if isinstance(event, ToolCall):
                taken += 1
            if taken < 2 or isinstance(event, ToolCall):
                assert NOTES == []

    assert NOTES == ["a", "b"]


async def test_calls_of_one_reply_really_run_side_by_side() -> None:
    everybody = asyncio.Barrier(8)

    @tool
    async def meet() -> str:
        """Wait for the others."""
        await everybody.wait()
        return "met"

    model = ScriptedModel([written("meet") * 8, "All met."])
    result = await finished(Agent(model, tools=[meet]))

    assert [m.content for m in result.transcript if isinstance(m, ToolResult)] == ["met"] * 8


# --- leaving ------------------------------------------------------------------------------------


class Workshop:
    """Tools that wait until they are stopped, and say whether any is still at work."""

    def __init__(self) -> None:
        self.at_work = 0
        self.begun = asyncio.Event()
        self.tools = [
            tool(name="wait")(self._wait),
            tool(name="quick")(self._quick),
        ]

    async def _wait(self) -> None:
        """Wait for ever."""
        await self._work(asyncio.Event().wait)

    async def _quick(self) -> str:
        """Be done after a moment."""
        await self._work(lambda: asyncio.sleep(0))
        return "done"

    async def _work(self, waiting: Callable[[], Any]) -> None:
        self.at_work += 1
        self.begun.set()
        try:
            await waiting()
        finally:
            self.at_work -= 1


class OpenModel:
    """A scripted model that says whether any of its streams is still open."""

    name = "open"

    def __init__(self, replies: Sequence[str]) -> None:
        self.streams = 0
        self._script = ScriptedModel(replies)

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        self.streams += 1
        try:
            async with aclosing(self._script.stream(transcript, tools, sampling)) as events:
                async for event in events:
                    await asyncio.sleep(0)
                    yield event
        finally:
            self.streams -= 1


LONG_RUN = [
    f"<think>\nLet me begin with this one.\n</think>\n\n{written('quick')}{written('quick')}",
    "",
    f"Now three more of them.\n\n{written('quick')}{written('nothing')}{written('quick')}",
    "That is all there was.",
]


async def run_length() -> int:
    return len(await events_of(Agent(OpenModel(LONG_RUN), tools=Workshop().tools)))


async def test_leaving_at_any_event_leaves_nothing_behind() -> None:
    for place in range(await run_length()):
        workshop, model = Workshop(), OpenModel(LONG_RUN)
        events = Agent(model, tools=workshop.tools).stream("Go.")
        async with asyncio.timeout(5):
            for _ in range(place):
                await anext(events)
            await events.aclose()
        await asyncio.sleep(0)

        assert (workshop.at_work, model.streams, other_tasks()) == (0, 0, set())


async def test_breaking_out_of_a_loop_leaves_nothing_behind_either() -> None:
    workshop, model = Workshop(), OpenModel(LONG_RUN)
    async with asyncio.timeout(5):
        async for event in Agent(model, tools=workshop.tools).stream("Go."):
            if isinstance(event, ToolResult):
                break
        while other_tasks() or model.streams or workshop.at_work:
            gc.collect()
            await asyncio.sleep(0)


async def wait_at(agent: Agent, place: int, reached: asyncio.Event) -> None:
    async with aclosing(agent.stream("Go.")) as events:
        for _ in range(place + 1):
            await anext(events)
        reached.set()
        await asyncio.Event().wait()


async def test_cancelling_at_any_event_leaves_nothing_behind() -> None:
    for place in range(await run_length()):
        workshop, model, reached = Workshop(), OpenModel(LONG_RUN), asyncio.Event()
        agent = Agent(model, tools=workshop.tools)
        task = asyncio.create_task(wait_at(agent, place, reached))
        async with asyncio.timeout(5):
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        assert (workshop.at_work, model.streams, other_tasks()) == (0, 0, set())


async def test_cancelling_at_any_moment_leaves_nothing_behind() -> None:
    moments = 0
    while True:
        workshop, model = Workshop(), OpenModel(LONG_RUN)
        task = asyncio.create_task(Agent(model, tools=workshop.tools).run("Go."))
        for _ in range(moments):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (workshop.at_work, model.streams, other_tasks()) == (0, 0, set())
        moments += 1

    assert moments > 20


@pytest.mark.parametrize("calls", [written("wait"), written("quick") + written("wait") * 2])
async def test_cancelling_while_tools_run_stops_them(calls: str) -> None:
    workshop = Workshop()
    task = asyncio.create_task(Agent(ScriptedModel([calls]), tools=workshop.tools).run("Go."))
    async with asyncio.timeout(5):
        await workshop.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert (workshop.at_work, other_tasks()) == (0, set())


async def test_leaving_between_two_results_stops_the_calls_that_still_run() -> None:
    workshop = Workshop()
    model = ScriptedModel([written("quick") + written("wait") * 2])
    events = Agent(model, tools=workshop.tools).stream("Go.")
    async with asyncio.timeout(5):
        while not isinstance(await anext(events), ToolResult):
            pass
        assert workshop.at_work == 2
        await events.aclose()

    assert (workshop.at_work, other_tasks()) == (0, set())


# --- limits -------------------------------------------------------------------------------------


class SilentModel:
    """Says a few words and then nothing more, for ever."""

    name = "silent"

    def __init__(self, words: str = "") -> None:
        self.open = False
        self._words = words

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        self.open = True
        try:
            if self._words:
                yield TextDelta(self._words)
            await asyncio.Event().wait()
        finally:
            self.open = False


@pytest.mark.parametrize("words", ["", "The answer"])
async def test_a_model_that_hangs_is_ended_by_the_time_limit(words: str) -> None:
    model = SilentModel(words)
    result = await finished(Agent(model, limits=Limits(seconds=0.02)))

    assert result.outcome == "time_limit"
    assert result.text == words
    assert result.transcript[-1] == Assistant(content=words, finish="cut", model="silent")
    assert not model.open


async def test_a_tool_that_hangs_is_ended_by_the_time_limit_of_the_run() -> None:
    workshop = Workshop()
    model = ScriptedModel([written("wait"), "Too late."])
    result = await finished(Agent(model, tools=workshop.tools, limits=Limits(seconds=0.05)))

    assert result.outcome == "time_limit"
    assert [m.status for m in result.transcript if isinstance(m, ToolResult)] == ["timeout"]
    assert workshop.at_work == 0


async def test_a_run_at_a_limit_asks_for_an_answer_and_runs_no_more_calls() -> None:
    NOTES.clear()
    replies = [written("note", word="a"), "About 3.\n\n" + written("note", word="b")]
    agent = Agent(ScriptedModel(replies), tools=[note], limits=Limits(turns=1))
    result = await finished(agent)

    assert (result.outcome, result.text) == ("turn_limit", "About 3.")
    assert NOTES == ["a"]
    conclusion = result.transcript[-2]
    assert isinstance(conclusion, User)
    assert (conclusion.purpose, conclusion.outcome) == ("conclude", "turn_limit")


class NotingModel(ScriptedModel):
    """Notes the sampling it was asked for."""

    def __init__(self, replies: Sequence[str]) -> None:
        super().__init__(replies)
        self.asked: list[Sampling] = []

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        self.asked.append(sampling)
        async with aclosing(super().stream(transcript, tools, sampling)) as events:
            async for event in events:
                yield event


async def test_a_reply_may_be_no_longer_than_what_the_run_has_left() -> None:
    model = NotingModel([written("price", item="apples"), "It is 1.20."])
    limits = Limits(output_tokens=100, thinking_tokens=50)
    await finished(Agent(model, tools=[price], limits=limits))

    assert [sampling.output_tokens for sampling in model.asked] == [100, 93]
    assert [sampling.thinking_tokens for sampling in model.asked] == [50, 46]


async def test_a_smaller_wish_of_the_author_counts() -> None:
    model = NotingModel(["It is 1.20."])
    wish = Sampling(output_tokens=10, thinking_tokens=5, temperature=0, thinking=True)
    await finished(Agent(model, sampling=wish))

    assert model.asked == [wish]


async def test_no_thought_at_all_is_a_wish_too() -> None:
    model = NotingModel(["It is 1.20."])
    await finished(Agent(model, sampling=Sampling(thinking_tokens=0)))

    assert model.asked[0].thinking_tokens == 0


async def test_after_an_empty_reply_the_model_is_asked_without_a_thought() -> None:
    model = NotingModel(["<think>\nHm\n</think>\n\n", "It is 1.20."])
    await finished(Agent(model, sampling=Sampling(thinking=True)))

    assert [sampling.thinking for sampling in model.asked] == [True, False]


async def test_a_concluding_answer_has_tokens_even_when_none_are_left() -> None:
    model = NotingModel([written("price", item="apples"), "It is 1.20."])
    result = await finished(Agent(model, tools=[price], limits=Limits(output_tokens=1)))

    assert (result.outcome, result.text) == ("token_limit", "It is 1.20.")
    assert model.asked[-1].output_tokens == 1_024


# --- a cut reply runs nothing -------------------------------------------------------------------


IN_XML = (
    "<think>\nTwo notes.\n</think>\n\nI write them down.\n\n"
    "<tool_call>\n<function=note>\n<parameter=word>\na\n</parameter>\n</function>\n</tool_call>\n"
    "<tool_call>\n<function=note>\n<parameter=word>\nb\n</parameter>\n</function>\n</tool_call>"
)
IN_JSON = "I write them down.\n\n" + written("note", word="a") + written("note", word="b")
WHOLE = {"xml": IN_XML, "json": IN_JSON}


async def calls_run_by(text: str, finish: FinishReason, piece: int = 12) -> list[str]:
    NOTES.clear()
    script = ScriptedModel([ScriptedReply(text, finish), "I give up."], piece=piece)
    result = await finished(Agent(script, tools=[note]))

    assert result.text == "I give up."
    assert not any(isinstance(message, ToolResult) for message in result.transcript)
    return NOTES


@pytest.mark.parametrize("dialect", ["xml", "json"])
async def test_the_replies_that_are_cut_below_would_run_two_calls_if_they_were_whole(
    dialect: str,
) -> None:
    NOTES.clear()
    await finished(Agent(ScriptedModel([WHOLE[dialect], "Done."]), tools=[note]))

    assert NOTES == ["a", "b"]


@pytest.mark.parametrize("finish", ["length", "cut"])
@pytest.mark.parametrize("dialect", ["xml", "json"])
def test_a_reply_cut_at_any_character_runs_no_call(dialect: str, finish: FinishReason) -> None:
    async def cut_everywhere() -> None:
        text = WHOLE[dialect]
        for end in range(len(text) + 1):
            assert not await calls_run_by(text[:end], finish)

    asyncio.run(cut_everywhere())


WORDS = st.text(alphabet=st.sampled_from('ab{}<>/"=\n `') | st.characters(), max_size=12)


@given(
    words=st.lists(WORDS, min_size=1, max_size=3),
    place=st.floats(0, 1),
    finish=st.sampled_from(["length", "cut"]),
    in_xml=st.booleans(),
    piece=st.integers(1, 40),
)
def test_any_reply_cut_anywhere_runs_no_call(
    words: list[str], place: float, finish: FinishReason, in_xml: bool, piece: int
) -> None:
    text = "".join(as_xml(word) if in_xml else written("note", word=word) for word in words)

    assert not asyncio.run(calls_run_by(text[: round(place * len(text))], finish, piece))


def as_xml(word: str) -> str:
    return (
        f"<tool_call>\n<function=note>\n<parameter=word>\n{word}\n</parameter>\n"
        f"</function>\n</tool_call>\n"
    )


@pytest.mark.slow
@settings(max_examples=10_000)
@given(
    words=st.lists(WORDS, min_size=1, max_size=3),
    place=st.floats(0, 1),
    finish=st.sampled_from(["length", "cut"]),
    in_xml=st.booleans(),
)
def test_ten_thousand_cut_replies_run_no_call(
    words: list[str], place: float, finish: FinishReason, in_xml: bool
) -> None:
    text = "".join(as_xml(word) if in_xml else written("note", word=word) for word in words)

    assert not asyncio.run(calls_run_by(text[: round(place * len(text))], finish))


class BreakingModel:
    """Ends its stream without a finish, as a broken connection does."""

    name = "breaking"

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        async with aclosing(ScriptedModel([IN_JSON]).stream([], tools, sampling)) as events:
            async for event in events:
                if not isinstance(event, Finish):
                    yield event


async def test_a_stream_that_ends_without_a_finish_runs_no_call() -> None:
    NOTES.clear()
    result = await finished(Agent(BreakingModel(), tools=[note], limits=Limits(repairs=1)))

    assert result.outcome == "repair_limit"
    assert NOTES == []


class OddModel:
    """Calls a tool, and then does what it was made for."""

    name = "odd"
    session = "no function"  # an attribute of its own, not an offer to open one

    def __init__(self, then: Callable[[], Any]) -> None:
        self._then = then

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        if len(transcript) > 1:
            yield await self._then()
        async with aclosing(ScriptedModel([IN_JSON]).stream([], tools, sampling)) as events:
            async for event in events:
                yield event


async def break_off() -> None:
    raise RuntimeError("the socket is gone")


async def wait_for_what_was_cancelled() -> None:
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


async def say_words() -> str:
    return "words"


@pytest.mark.parametrize(
    ("then", "error", "words"),
    [
        (break_off, RuntimeError, "the socket is gone"),
        (wait_for_what_was_cancelled, ModelError, "inside its own stream"),
        (say_words, ConfigError, "Expected odd to stream ThinkingDelta.*found 'words'"),
    ],
)
async def test_whatever_ends_a_run_has_what_it_came_to(
    then: Callable[[], Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as raised:
        await finished(Agent(OddModel(then), tools=[note]))  # type: ignore[arg-type]
    transcript = raised.value.transcript  # type: ignore[attr-defined]
    assert [message.role for message in transcript] == ["user", "assistant", "tool", "tool"]


async def test_what_approve_raises_has_the_transcript_too() -> None:
    def approve(asked: ToolCall) -> str | None:
        raise ConnectionError("nobody is there to ask")

    with pytest.raises(ConnectionError) as raised:
        await finished(Agent(ScriptedModel([IN_JSON]), tools=[note], approve=approve))
    assert len(raised.value.transcript) == 2  # type: ignore[attr-defined]


async def test_a_result_is_no_list_of_messages() -> None:
    result = await finished(Agent(ScriptedModel(["Yes."])))
    assert all(isinstance(message, Message) for message in result.transcript)
    with pytest.raises(ConfigError, match="Pass result"):
        dump_transcript(result)  # type: ignore[arg-type]


def test_the_class_of_a_model_is_no_model() -> None:
    with pytest.raises(ConfigError, match="Expected a model"):
        Agent(ScriptedModel)  # type: ignore[arg-type]


async def test_changing_an_event_changes_nothing_of_what_runs() -> None:
    NOTES.clear()
    agent = Agent(ScriptedModel([IN_JSON, "Done."]), tools=[note])
    async with aclosing(agent.stream("Go.")) as events:
        async for event in events:
            calls = event.tool_calls if isinstance(event, Assistant) else [event]
            for call in calls:
                if isinstance(call, ToolCall):
                    call.arguments["word"] = "***"
    assert isinstance(event, Result)
    assert "***" not in [*NOTES, *dump_transcript(event.transcript)]
    assert NOTES


async def test_calls_in_front_of_new_instructions_are_given_up() -> None:
    NOTES.clear()
    first = await finished(Agent(ScriptedModel([IN_JSON, "Done."]), tools=[note]))
    cut = [*first.transcript[:2], System(content="Be brief.")]
    NOTES.clear()
    await finished(Agent(ScriptedModel(["", "Yes."]), tools=[note]), cut)
    assert NOTES == []


# --- no state of a run in the agent -------------------------------------------------------------


def test_a_thousand_runs_of_one_agent_keep_their_states_apart() -> None:
    together = 0
    most = 0

    @tool
    async def double(number: int) -> int:
        """Double."""
        nonlocal together, most
        together += 1
        most = max(most, together)
        for _ in range(3):
            await asyncio.sleep(0)
        together -= 1
        return number * 2

    def reply(transcript: Sequence[Message]) -> str:
        task, last = transcript[0], transcript[-1]
        if isinstance(last, ToolResult):
            return f"{task.content} -> {last.content}"  # type: ignore[union-attr]
        return written("double", number=int(str(task.content)))  # type: ignore[union-attr]

    async def all_runs() -> list[Result]:
        agent = Agent(ScriptedModel(reply), tools=[double])
        return await asyncio.gather(*(agent.run(str(number)) for number in range(1_000)))

    results = asyncio.run(all_runs())

    assert [result.text for result in results] == [f"{n} -> {n * 2}" for n in range(1_000)]
    assert all(len(result.transcript) == 4 for result in results)
    assert most > 500


# --- going on -----------------------------------------------------------------------------------


async def test_a_conversation_goes_on_from_the_transcript_of_a_result() -> None:
    model = ScriptedModel([*SHOPPING, written("price", item="pears"), "The pears are 2.50."])
    agent = Agent(model, instructions="Be brief.", tools=[price])
    first = await finished(agent, "How much are both?")
    events = await events_of(agent, [*first.transcript, User(content="And the pears?")])
    second = events[-1]

    assert isinstance(second, Result)
    assert (first.outcome, second.outcome) == ("done", "done")
    assert second.text == "The pears are 2.50."
    assert second.transcript[: len(first.transcript)] == first.transcript
    assert not any(isinstance(event, User | System) for event in events)
    ids = [m.call_id for m in second.transcript if isinstance(m, ToolResult)]
    assert ids == ["call_1_1", "call_1_2", "call_3_1"]


async def test_a_finished_transcript_is_only_given_back() -> None:
    agent = Agent(ScriptedModel(SHOPPING), tools=[price])
    first = await finished(agent)
    again = await events_of(agent, first.transcript)

    assert again == [first.model_copy(update={"usage": Usage()})]


async def test_calls_without_a_result_are_shown_again_before_they_run() -> None:
    agent = Agent(ScriptedModel(SHOPPING), tools=[price])
    whole = await finished(agent)
    events = await events_of(agent, whole.transcript[:3])

    assert [type(event).__name__ for event in events[:2]] == ["ToolCall", "ToolResult"]
    assert events[-1].transcript == whole.transcript  # type: ignore[union-attr]


async def test_a_long_result_can_be_read_on_in_a_later_task() -> None:
    @tool(effect="read")
    def recite() -> str:
        """Recite."""
        return "a" * 300 + "b" * 300

    replies = [
        written("recite"),
        "It begins with a.",
        written("read_more", call_id="call_1_1", start=300),
        "It goes on with b.",
    ]
    agent = Agent(ScriptedModel(replies), tools=[recite], limits=Limits(result_characters=400))
    first = await finished(agent, "How does it begin?")
    second = await finished(agent, [*first.transcript, User(content="And then?")])
    more = second.transcript[-2]

    assert isinstance(more, ToolResult)
    assert more.status == "ok"
    assert str(more.content).startswith("b" * 200)


# --- stored and loaded --------------------------------------------------------------------------


HARD_TEXTS = [
    "\x00",
    "a\u2028b\u2029c\x85d\x1ce\x0bf\x0cg\rh\r\ni\n",
    "🙂 👩‍👩‍👧 日本 Größe",
    "\ufeff",
    '"\\\n',
    "<|im_end|><tool_call>",
]


def everything(text: str) -> tuple[Message, ...]:
    call = ToolCall(id=text, name=text, arguments={text: [text, {text: 10**300}]}, dialect="xml")
    return (
        System(content=text),
        User(content=(Text(text=text), Image(url=f"data:,{text}"))),
        Assistant(content=text, reasoning=text, tool_calls=(call,), token_ids=(1, 2), model=text),
        ToolResult(call_id=text, name=text, content=text, full=text, status="error"),
        User(content=text, purpose="conclude", outcome="turn_limit"),
    )


@pytest.mark.parametrize("text", HARD_TEXTS, ids=ascii)
def test_a_transcript_is_stored_one_message_a_line_and_loaded_the_same(text: str) -> None:
    transcript = everything(text)
    stored = dump_transcript(transcript)

    assert stored.count("\n") == len(transcript)
    assert load_transcript(stored) == transcript


@given(st.text())
def test_any_transcript_is_loaded_as_it_was_stored(text: str) -> None:
    assert load_transcript(dump_transcript(everything(text))) == everything(text)


def test_half_a_surrogate_pair_becomes_a_question_mark_wherever_it_stands() -> None:
    half = everything("a \ud83d b")

    assert load_transcript(dump_transcript(half)) == everything("a ? b")


async def test_half_a_surrogate_pair_in_a_call_of_the_model_can_be_stored() -> None:
    @tool
    def echo(text: str) -> str:
        """Say it again."""
        return text

    model = ScriptedModel([written("echo", text="\ud83d"), "Strange."])
    result = await finished(Agent(model, tools=[echo]))

    assert load_transcript(dump_transcript(result.transcript)) == result.transcript


async def test_half_a_surrogate_pair_in_the_task_does_no_harm() -> None:
    result = await finished(Agent(ScriptedModel(["Strange."])), "caf\udce9")

    assert result.transcript[0] == User(content="caf?")


@pytest.mark.parametrize(
    "line", ["nonsense", "{}", '{"role": "nobody"}', '{"role": "user"}', "[1]", "null"]
)
def test_a_line_that_is_no_message_is_named(line: str) -> None:
    good = dump_transcript([User(content="Go.")])

    with pytest.raises(StoreError, match="Line 3 "):
        load_transcript(f"{good}\n{line}\n{good}")


def test_a_line_that_says_two_things_is_refused() -> None:
    call = '{"id":"1","name":"pay","arguments":{"amount":5,"amount":5000}}'

    with pytest.raises(StoreError, match="the key 'amount' stands twice"):
        load_transcript(f'{{"role":"assistant","tool_calls":[{call}]}}\n')


def test_a_stored_count_of_tokens_is_no_debt() -> None:
    with pytest.raises(StoreError, match="greater than or equal to 0"):
        load_transcript('{"role":"assistant","usage":{"output_tokens":-5}}\n')


@pytest.mark.parametrize("finish", ["length", "cut"])
async def test_no_call_of_a_stored_reply_that_was_cut_is_run(finish: FinishReason) -> None:
    ran: list[float] = []

    @tool
    def pay(amount: float) -> str:
        """Pay."""
        ran.append(amount)
        return "Paid."

    call = ToolCall(id="1", name="pay", arguments={"amount": 5}, dialect="json")
    stored = [User(content="Pay."), Assistant(finish=finish, tool_calls=(call,))]

    result = await Agent(ScriptedModel(["", "Nothing was paid."]), tools=[pay]).run(stored)

    assert (ran, result.outcome) == ([], "done")


@pytest.mark.parametrize("arguments", ['{"amount": 1e-999}', '{"amount": 5, "to": "a\\ud800"}'])
async def test_a_value_that_would_be_another_one_is_not_run(arguments: str) -> None:
    ran: list[float] = []

    @tool
    def pay(amount: float, to: str = "") -> str:
        """Pay."""
        ran.append(amount)
        return "Paid."

    call = f'<tool_call>\n{{"name": "pay", "arguments": {arguments}}}\n</tool_call>'

    await Agent(ScriptedModel([call, "Nothing was paid."]), tools=[pay]).run("Pay.")

    assert ran == []


def test_what_can_not_work_is_told_when_it_is_put_together() -> None:
    with pytest.raises(ConfigError, match="Expected instructions as a text"):
        Agent(ScriptedModel([]), instructions=Path("a"))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="Expected a list of replies"):
        ScriptedModel("Hello.")


def test_a_line_that_was_being_written_when_the_program_died_is_left_out() -> None:
    first, second = dump_transcript(everything("a")).splitlines(keepends=True)[:2]
    for end in range(1, len(second) - 1):
        assert load_transcript(first + second[:end]) == load_transcript(first)
    assert len(load_transcript(first + second[:-1])) == 2
    assert load_transcript("{") == ()
    with pytest.raises(StoreError, match="Line 2"):
        load_transcript(first + second[:5] + "\n")


# --- the model's failures -----------------------------------------------------------------------


class FailingModel:
    """Fails, after a few words."""

    name = "failing"

    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        yield TextDelta("The ans")
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        ModelError("It broke."),
        ModelUnavailable("Not now."),
        ContextOverflow("Too long."),
        TimeoutError("of its own"),
        ZeroDivisionError(),
    ],
    ids=repr,
)
async def test_what_the_model_raises_comes_out_as_it_was_raised(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        await finished(Agent(FailingModel(error)))

    assert raised.value is error
    assert not other_tasks()


async def test_what_a_run_came_to_before_its_model_failed_can_be_gone_on_from() -> None:
    ran = []

    @tool
    def pay(euros: int) -> str:
        """Pay."""
        ran.append(euros)
        return "paid"

    with pytest.raises(ModelError) as raised:
        await finished(Agent(ScriptedModel([written("pay", euros=5)]), tools=[pay]))
    agent = Agent(ScriptedModel(["Never said.", "Paid."]), tools=[pay])
    result = await finished(agent, raised.value.transcript)

    assert (result.text, result.outcome, ran) == ("Paid.", "done", [5])


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), (1,), {1: 2}, {1}, b"a", object()], ids=repr
)
def test_arguments_that_could_not_be_stored_the_same_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON can't say"):
        ToolCall(id="1", name="f", arguments={"a": [value]})


def test_a_transcript_may_begin_with_a_byte_order_mark() -> None:
    assert load_transcript("\ufeff" + dump_transcript([User(content="Hi")])) == (
        User(content="Hi"),
    )


async def test_instructions_come_before_a_transcript_that_has_none() -> None:
    agent = Agent(ScriptedModel(["Hi."]), instructions="Never delete anything.")
    alone, own = User(content="Hello"), System(content="Be brief.")

    events = await events_of(agent, [alone])
    begun = next(each for each in events if isinstance(each, Result))
    assert not [each for each in events if isinstance(each, System)]
    given = await finished(agent, [own, alone])

    assert begun.transcript[:2] == (System(content="Never delete anything."), alone)
    assert given.transcript[:2] == (own, alone)


async def test_calls_have_ids_of_their_own_after_a_part_was_left_out() -> None:
    @tool
    def page(number: int) -> str:
        """Read a page."""
        return f"page {number}"

    replies = [written("page", number=1), "One.", written("page", number=2), "Two."]
    agent = Agent(ScriptedModel(replies), tools=[page])
    first = await finished(agent, "Read.")
    second = await finished(agent, [*first.transcript, User(content="And?")])
    trimmed = second.transcript[len(first.transcript) :]

    agent = Agent(ScriptedModel(["", "", written("page", number=3), "Three."]), tools=[page])
    third = await finished(agent, [*trimmed, User(content="And?")])

    ids = [
        call.id
        for each in third.transcript
        if isinstance(each, Assistant)
        for call in each.tool_calls
    ]
    assert ids == ["call_3_1", "call_4_1"]


async def test_a_script_with_too_few_lines_says_so() -> None:
    with pytest.raises(ModelError, match="has 1 replies"):
        await finished(Agent(ScriptedModel([written("price", item="pears")]), tools=[price]))


def test_the_doubles_of_these_tests_are_models() -> None:
    doubles = [SilentModel(), BreakingModel(), OpenModel([]), FailingModel(AgentkitError())]

    assert all(isinstance(double, Model) for double in doubles)


async def test_sync_tools_of_many_runs_do_not_wait_for_each_other() -> None:
    together = threading.Barrier(20)

    @tool
    def meet() -> int:
        """Wait for all others."""
        return together.wait(timeout=5)

    agent = Agent(ScriptedModel([written("meet"), "Met."]), tools=[meet])
    results = await asyncio.gather(*(finished(agent) for _ in range(20)))

    assert [result.outcome for result in results] == ["done"] * 20


@pytest.mark.parametrize("settings", [Limits, Sampling])
def test_a_setting_that_is_none_is_told_with_those_there_are(settings: Any) -> None:
    with pytest.raises(ConfigError, match="There are "):
        settings(tokens=3)


def test_a_value_that_a_setting_can_not_have_is_told() -> None:
    with pytest.raises(ConfigError, match=r"Limits\.turns: .* equal to 1, found 0\."):
        Limits(turns=0)
    with pytest.raises(ConfigError, match=r"Sampling\.temperature: .*, found -1\."):
        Sampling(temperature=-1)


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "http://169.254.169.254/", "/etc/passwd", "", "javascript:1"),
        *("https://", "https:///x.png", "https://a b.com/", "https://a.com\x00", "https://a\\b"),
        *("https://:443/", "https://@/x", "https://.", "https://a\x7f/", "https://[::1/"),
    ],
)
def test_a_picture_that_a_server_should_not_fetch_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="expected an https or data URL, found"):
        Image(url=url)


def test_what_is_no_text_is_no_transcript() -> None:
    with pytest.raises(StoreError, match="Read it first"):
        load_transcript(5)  # type: ignore[arg-type]
