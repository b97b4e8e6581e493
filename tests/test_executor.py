"""Calls run side by side, and each has exactly one result, in the order of the calls."""

import asyncio
import dataclasses
import sqlite3
import threading
import time
from collections import UserString
from collections.abc import Iterator, Sequence
from contextlib import aclosing, suppress
from datetime import date
from itertools import count, repeat
from types import MappingProxyType
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, Field, RootModel

from agentkit import (
    ConfigError,
    Image,
    Limits,
    Text,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
    Toolset,
    tool,
)
from agentkit.executor import Approve, run_calls
from agentkit.messages import plain_text
from agentkit.returned import at_rest


def call(name: str, number: int = 1, /, **arguments: Any) -> ToolCall:
    return ToolCall(id=f"call_1_{number}", name=name, arguments=arguments)


async def results_of(
    calls: Sequence[ToolCall],
    tools: Sequence[Tool],
    *,
    approve: Approve | None = None,
    cut_results: dict[str, str] | None = None,
    seconds_left: float | None = None,
    **limits: Any,
) -> list[ToolResult]:
    running = run_calls(
        calls,
        Toolset(tools),
        Limits(**limits),
        approve=approve,
        cut_results=cut_results,
        seconds_left=seconds_left,
    )
    async with asyncio.timeout(5), aclosing(running):
        return [result async for result in running]


async def result_of(to: Tool, arguments: dict[str, Any] | None = None, **more: Any) -> ToolResult:
    (result,) = await results_of([call(to.name, **(arguments or {}))], [to], **more)
    return result


def other_tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]


@tool
def shout(text: str, times: int = 1) -> str:
    """Say it louder."""
    return text.upper() * times


@tool
async def forever() -> None:
    """Never end."""
    await asyncio.Event().wait()


@tool(timeout=0.01)
async def hang() -> None:
    """Never end, and be given up soon."""
    await asyncio.Event().wait()


# --- side by side, in order ---------------------------------------------------------------------


async def test_async_calls_of_one_reply_run_side_by_side() -> None:
    everybody = asyncio.Barrier(3)

    @tool
    async def meet() -> str:
        """Wait for the others."""
        await everybody.wait()
        return "met"

    results = await results_of([call("meet", number) for number in (1, 2, 3)], [meet])

    assert [result.content for result in results] == ["met"] * 3


async def test_sync_and_async_calls_run_side_by_side() -> None:
    loop, async_is_here, sync_is_here = (
        asyncio.get_running_loop(),
        threading.Event(),
        asyncio.Event(),
    )

    @tool
    def sync() -> str:
        """Wait for the async one."""
        loop.call_soon_threadsafe(sync_is_here.set)
        return "met" if async_is_here.wait(timeout=5) else "alone"

    @tool
    async def asynchronous() -> str:
        """Wait for the sync one."""
        async_is_here.set()
        await sync_is_here.wait()
        return "met"

    results = await results_of([call("sync", 1), call("asynchronous", 2)], [sync, asynchronous])

    assert [result.content for result in results] == ["met", "met"]


async def test_results_come_in_the_order_of_the_calls_whichever_ends_first() -> None:
    last_is_done, ended = asyncio.Event(), list[int]()

    @tool
    async def work(number: int) -> int:
        """Let the last one be the first."""
        if number < 3:
            await last_is_done.wait()
        ended.append(number)
        last_is_done.set()
        return number

    calls = [call("work", number, number=number) for number in (1, 2, 3)]
    results = await results_of(calls, [work])

    assert ended[0] == 3
    assert [result.content for result in results] == ["1", "2", "3"]
    assert [result.call_id for result in results] == ["call_1_1", "call_1_2", "call_1_3"]


async def test_a_result_is_there_before_the_calls_after_it_have_ended() -> None:
    running = run_calls([call("shout", 1, text="a"), call("forever", 2)], TOOLS, Limits())

    async with asyncio.timeout(5), aclosing(running):
        first = await anext(running)

    assert first.content == "A"
    assert not other_tasks()


async def test_nothing_runs_before_the_first_result_is_asked_for() -> None:
    ran = []

    @tool
    async def note() -> None:
        """Take a note."""
        ran.append(1)

    running = run_calls([call("note")], Toolset([note]), Limits())
    await asyncio.sleep(0)
    await running.aclose()

    assert ran == []


# --- one result, whatever happens ---------------------------------------------------------------


@tool
def refuse_politely() -> None:
    """Fail with words for the model."""
    raise ToolError("Ask again tomorrow.")


@tool
def fail_without_words() -> None:
    """Fail without words."""
    raise ToolError


@tool
def crash() -> None:
    """Crash."""
    raise KeyError("sku")


@tool
async def crash_async() -> None:
    """Crash."""
    raise ZeroDivisionError


@tool
def time_out_itself() -> None:
    """Fail with a timeout of its own."""
    raise TimeoutError("the shop does not answer")


@tool
async def cancel_itself() -> None:
    """Wait for something that is cancelled."""
    raise asyncio.CancelledError


@tool
def cancel_itself_in_a_thread() -> None:
    """Raise what only a loop should."""
    raise asyncio.CancelledError("gone")


@tool
def stop_iteration() -> None:
    """Raise what futures refuse."""
    next(iter(()))


@tool
def give_circle() -> list[Any]:
    """Return what has no JSON form."""
    circle: list[Any] = []
    circle.append(circle)
    return circle


def explode(value: int) -> int:
    raise RuntimeError("the validator is broken")


@tool
def validate_badly(number: Annotated[int, AfterValidator(explode)]) -> int:
    """Never gets that far."""
    return number


TOOLS = Toolset(
    [
        shout,
        forever,
        hang,
        refuse_politely,
        fail_without_words,
        crash,
        crash_async,
        time_out_itself,
        cancel_itself,
        cancel_itself_in_a_thread,
        stop_iteration,
        give_circle,
        validate_badly,
    ]
)
FATES = [
    (call("shout", text="a"), "ok", "A"),
    (call("refuse_politely"), "error", "Ask again tomorrow."),
    (call("fail_without_words"), "error", "The tool failed without a reason."),
    (call("crash"), "error", "KeyError: 'sku'"),
    (call("crash_async"), "error", "ZeroDivisionError"),
    (call("time_out_itself"), "error", "TimeoutError: the shop does not answer"),
    (call("cancel_itself"), "error", "CancelledError"),
    (call("cancel_itself_in_a_thread"), "error", "CancelledError: gone"),
    (call("stop_iteration"), "error", "RuntimeError: StopIteration: None"),
    (call("give_circle"), "ok", "contains itself"),
    (call("validate_badly", number=1), "error", "RuntimeError: the validator is broken"),
    (call("hang"), "timeout", "hang did not finish within 0.01 seconds and was given up."),
    (call("shuot", text="a"), "invalid", "no tool called 'shuot'"),
    (call("shout"), "invalid", "text: required, but missing"),
    (call("shout", text="secret"), "refused", "The call was refused: it is a secret"),
]


async def keep_secrets(asked: ToolCall) -> str | None:
    return "it is a secret" if asked.arguments.get("text") == "secret" else None


@pytest.mark.parametrize(("made", "status", "words"), FATES, ids=lambda value: str(value)[:40])
async def test_every_fate_of_a_call_is_a_result(made: ToolCall, status: str, words: str) -> None:
    results = await results_of([made], list(TOOLS.values()), approve=keep_secrets)

    assert [result.status for result in results] == [status]
    assert words in str(results[0].content)
    assert (results[0].call_id, results[0].name) == (made.id, made.name)


async def test_calls_of_every_fate_together_have_one_result_each_in_order() -> None:
    calls = [
        made.model_copy(update={"id": f"call_1_{number}"})
        for number, (made, _, _) in enumerate(FATES)
    ]
    results = await results_of(calls, list(TOOLS.values()), approve=keep_secrets)

    assert [result.call_id for result in results] == [made.id for made in calls]
    assert [result.status for result in results] == [status for _, status, _ in FATES]


async def test_the_traceback_of_a_tool_is_logged_for_its_author(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def divide(number: int) -> float:
        """Divide."""
        return 1 / number

    with caplog.at_level("INFO", logger="agentkit"):
        [result] = await results_of([call("divide", number=0)], [tool(divide)])

    assert result.content == "ZeroDivisionError: division by zero"
    [record] = caplog.records
    assert record.levelname == "INFO"
    assert record.getMessage().startswith("divide raised\n    Traceback")
    assert "return 1 / number" in record.getMessage()


async def test_the_words_of_an_error_begin_no_line_of_a_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def forge() -> None:
        """Forge."""
        raise ValueError("x\n2026-11-30 INFO agentkit: all is well\r\ny")

    with caplog.at_level("INFO", logger="agentkit"):
        await results_of([call("forge")], [tool(forge)])

    [record] = caplog.records
    assert all(line.startswith("    ") for line in record.getMessage().splitlines()[1:])


async def test_a_log_is_controlled_by_no_address_and_shows_no_login(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fetch(url: str) -> str:
        """Fetch a page."""
        raise RuntimeError(f"cannot fetch {url}")

    with caplog.at_level("INFO", logger="agentkit"):
        url = "http://u:secret@h/\x1b]0;x\x07\rINFO: all is well"
        await results_of([call("fetch", url=url)], [tool(fetch)])

    assert not set("\x1b\x07\r") & set(caplog.records[0].getMessage())
    assert "secret" not in caplog.text


class Slow(Exception):
    def __str__(self) -> str:
        time.sleep(30)
        return ""


class Leaving(Exception):
    def __str__(self) -> str:
        raise SystemExit(0)


@pytest.mark.parametrize(("error", "status"), [(Slow, "timeout"), (Leaving, "error")])
async def test_the_words_of_an_error_are_read_within_the_time_of_the_call(
    error: type[Exception], status: str
) -> None:
    @tool(timeout=0.2)
    def leave() -> None:
        """Leave."""
        raise error

    [result] = await results_of([call("leave")], [leave])
    assert result.status == status


def leaving(error: BaseException, *, in_a_thread: bool) -> Tool:
    def leave() -> None:
        """Leave."""
        raise error

    async def leave_async() -> None:
        """Leave."""
        raise error

    return tool(name="leave")(leave if in_a_thread else leave_async)


@pytest.mark.parametrize("in_a_thread", [True, False])
def test_what_must_end_the_program_is_not_caught(in_a_thread: bool) -> None:
    leave = leaving(KeyboardInterrupt(), in_a_thread=in_a_thread)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(results_of([call("leave", 1), call("forever", 2)], [leave, forever]))


class Silent(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even words")


@pytest.mark.parametrize("in_a_thread", [True, False])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SystemExit(0), "SystemExit: 0"),
        (GeneratorExit(), "GeneratorExit"),
        (BaseExceptionGroup("both", [SystemExit(1)]), "SystemExit: 1"),
        (Silent(), "Silent"),
    ],
)
async def test_what_would_end_only_the_tool_is_told_to_the_model(
    error: BaseException, words: str, in_a_thread: bool
) -> None:
    [result] = await results_of([call("leave", 1)], [leaving(error, in_a_thread=in_a_thread)])

    assert result.status == "error"
    assert words in result.content


async def test_a_tool_that_will_not_be_cancelled_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agentkit.executor._GRACE", 0.05)
    ends = asyncio.Event()

    @tool(timeout=0.05)
    async def stubborn() -> None:
        """Stay."""
        while not ends.is_set():
            with suppress(asyncio.CancelledError):
                await ends.wait()

    [result] = await results_of([call("stubborn", 1)], [stubborn])

    assert result.status == "timeout"
    ends.set()


async def test_a_panic_in_rust_loses_nothing_that_others_have_done() -> None:
    class PanicException(BaseException):
        pass

    paid = []

    @tool
    async def split() -> None:
        """Split."""
        raise PanicException("chunk size must be non-zero")

    @tool
    async def pay() -> None:
        """Pay."""
        paid.append(1)

    results = await results_of([call("split", 1), call("pay", 2)], [split, pay])

    assert [(each.status, each.content) for each in results] == [
        ("error", "PanicException: chunk size must be non-zero"),
        ("ok", "Done."),
    ]
    assert paid == [1]


async def test_all_are_put_to_approve_one_by_one_before_the_first_call_starts() -> None:
    happened = list[str]()

    @tool
    async def send(text: str) -> None:
        """Send a text."""
        happened.append(f"sent {text}")

    async def approve(asked: ToolCall) -> None:
        happened.append(f"asked {asked.arguments['text']}")
        await asyncio.sleep(0.01)
        happened.append(f"answered {asked.arguments['text']}")

    await results_of(
        [call("send", 1, text="a"), call("send", 2, text="b")], [send], approve=approve
    )

    assert happened == ["asked a", "answered a", "asked b", "answered b", "sent a", "sent b"]


async def test_nothing_has_run_when_approve_raises() -> None:
    sent = []

    @tool
    async def send(text: str) -> None:
        """Send a text."""
        sent.append(text)

    def approve(asked: ToolCall) -> None:
        if asked.arguments["text"] == "b":
            raise ConnectionError("nobody is there to ask")

    calls = [call("send", 1, text="a"), call("send", 2, text="b")]
    with pytest.raises(ConnectionError):
        await results_of(calls, [send], approve=approve)

    assert sent == []


async def test_a_question_that_was_called_off_is_a_refusal() -> None:
    async def approve(asked: ToolCall) -> None:
        raise asyncio.CancelledError

    (result,) = await results_of([call("shout", text="a")], [shout], approve=approve)

    assert (result.status, result.content) == (
        "refused",
        "The call was refused: the question was called off.",
    )


async def test_a_run_that_is_cancelled_while_it_asks_is_cancelled() -> None:
    asking = asyncio.Event()

    async def approve(asked: ToolCall) -> None:
        asking.set()
        await asyncio.Event().wait()

    run = asyncio.ensure_future(results_of([call("shout", text="a")], [shout], approve=approve))
    await asking.wait()
    run.cancel()

    with pytest.raises(asyncio.CancelledError):
        await run


async def test_reading_on_is_not_put_to_approve() -> None:
    asked = list[ToolCall]()

    results = await results_of(
        [call("read_more", call_id="call_1_1")],
        [shout],
        approve=asked.append,
        cut_results={"call_1_1": "text"},
    )

    assert [result.content for result in results] == ["text"]
    assert asked == []


async def test_a_call_that_ended_while_the_loop_was_held_up_is_no_timeout() -> None:
    charged_at = threading.Event()

    @tool(timeout=0.2)
    def charge() -> str:
        """Charge."""
        charged_at.set()
        return "charged"

    @tool
    async def block() -> None:
        """Hold up the loop."""
        charged_at.wait(5)
        time.sleep(0.3)  # noqa: ASYNC251

    charged, _ = await results_of([call("charge", 1), call("block", 2)], [charge, block])

    assert (charged.status, charged.content) == ("ok", "charged")


async def test_a_result_is_not_lost_where_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @tool
    async def send() -> dict[str, str]:
        """Send."""
        return {"sent": "yes"}

    @tool
    async def fail() -> None:
        """Fail."""
        raise ToolError("out of paper")

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    calls = [call("send", 1), call("fail", 2), call("shout", 3, text="a")]
    sent, failed, not_run = await results_of(calls, [send, fail, shout])

    assert (sent.status, sent.content) == ("ok", '{"sent":"yes"}')
    assert (failed.status, failed.content) == ("error", "out of paper")
    assert (not_run.status, "shout was not run" in not_run.content) == ("error", True)


async def test_a_tool_that_yields_has_failed() -> None:
    async def pages() -> Any:
        yield 1

    made = Tool.from_schema(
        lambda: pages(), name="pages", description="Give pages.", parameters={"type": "object"}
    )

    result = await result_of(made)

    assert result.status == "error"
    assert "was not read" in str(result.content)


async def test_the_words_of_errors_in_a_group_are_for_the_model() -> None:
    deep: Exception = ToolError("no article Z")
    for _ in range(3_000):
        deep = ExceptionGroup("more", [deep])

    @tool
    async def look() -> None:
        """Look."""
        raise ExceptionGroup("unhandled errors in a TaskGroup", [deep, ValueError("bad")])

    result = await result_of(look)

    assert (result.status, result.content) == ("error", "no article Z; ValueError: bad")


async def test_what_approve_raises_is_the_operators_and_comes_out() -> None:
    async def approve(asked: ToolCall) -> str | None:
        raise ConnectionError("nobody is there to ask")

    with pytest.raises(ConnectionError):
        await results_of([call("shout", text="a")], [shout], approve=approve)


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_run_that_is_cancelled_while_approve_thinks_starts_no_call(is_late: bool) -> None:
    runs: list[str] = []
    this = asyncio.current_task()
    assert this is not None

    @tool
    def pay(to: str) -> str:
        """Pay."""
        runs.append(to)
        return "paid"

    def approve(asked: ToolCall) -> None:
        if is_late:
            asyncio.get_running_loop().call_soon(this.cancel)
        else:
            this.cancel()

    with pytest.raises(asyncio.CancelledError):
        await results_of([call("pay", to="Ben")], [pay], approve=approve)
    this.uncancel()
    assert runs == []


async def test_approve_may_be_a_plain_function() -> None:
    refuse = await results_of(
        [call("shout", text="a")], [shout], approve=lambda asked: f"no {asked.name}"
    )
    allow = await results_of([call("shout", text="a")], [shout], approve=lambda _: None)

    assert [result.status for result in (*refuse, *allow)] == ["refused", "ok"]


@pytest.mark.parametrize("answer", [True, False, 1])
async def test_an_answer_that_approve_may_not_give_runs_nothing(answer: object) -> None:
    with pytest.raises(ConfigError, match="Expected approve to return None"):
        await results_of([call("shout", text="a")], [shout], approve=lambda _: answer)  # type: ignore[arg-type,return-value]


async def test_only_calls_that_could_run_are_put_to_approve() -> None:
    asked = []

    async def approve(made: ToolCall) -> str | None:
        asked.append(made.id)
        return None

    calls = [call("shuot", 1), call("shout", 2, txt="a"), call("shout", 3, text="a")]
    await results_of(calls, [shout], approve=approve)

    assert asked == ["call_1_3"]


async def test_approve_sees_the_values_that_the_tool_will_get() -> None:
    @tool
    def order(units: int, urgent: bool = False) -> str:
        """Order some."""
        return f"ordered {units}"

    written = ToolCall(
        id="1", name="order", arguments={"units": "12", "urgent": "true"}, dialect="xml"
    )
    asked = []

    (result,) = await results_of([written], [order], approve=asked.append)

    assert result.content == "ordered 12"
    assert [each.arguments for each in asked] == [{"units": 12, "urgent": True}]
    assert written.arguments == {"units": "12", "urgent": "true"}


async def test_a_refused_call_does_not_run() -> None:
    ran = []

    @tool
    def note() -> None:
        """Take a note."""
        ran.append(1)

    async def approve(made: ToolCall) -> str | None:
        return ""

    result = await result_of(note, approve=approve)

    assert result.status == "refused"
    assert ran == []


# --- words for the model ------------------------------------------------------------------------


async def test_an_unknown_tool_is_answered_with_the_nearest_and_all_names() -> None:
    (result,) = await results_of([call("Shout_")], [shout, forever])

    assert result.content == (
        "There is no tool called 'Shout_', so nothing was run. Did you mean shout? "
        "Tools: shout, forever."
    )


async def test_without_any_tool_the_model_is_told_to_answer() -> None:
    (result,) = await results_of([call("shout")], [])

    assert "Answer without tools" in str(result.content)


async def test_an_invalid_call_is_answered_with_every_fault_and_the_parameters() -> None:
    (result,) = await results_of([call("shout", txt="a", times="x")], [shout])

    lines = str(result.content).splitlines()
    assert lines[0] == "The call of shout was not run:"
    assert sorted(lines[1:-1]) == [
        "- text: required, but missing",
        '- times: expected an integer, found "x"',
        "- txt: no such parameter; did you mean text?",
    ]
    assert lines[-1] == (
        "Parameters of shout: text (a string, required), times (an integer). Call it again, "
        "corrected."
    )


class Point(BaseModel):
    x: int
    y: float


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        ("", ""),
        (None, "Done."),
        (3, "3"),
        (True, "true"),
        (10**30, "1" + "0" * 30),
        (float("nan"), "NaN"),
        ([1, "a", None], '[1,"a",null]'),
        ({"größe": "ü"}, '{"größe":"ü"}'),
        (Point(x=1, y=2.5), '{"x":1,"y":2.5}'),
        ([Point(x=1, y=2.5)], '[{"x":1,"y":2.5}]'),
        ("half a pair \ud83d", "half a pair ?"),
        ("\x00", "\x00"),
    ],
    ids=repr,
)
async def test_what_a_tool_returns_is_text_for_the_model(value: Any, text: str) -> None:
    @tool
    def give() -> Any:
        """Give."""
        return value

    result = await result_of(give)

    assert (result.status, result.content, result.full) == ("ok", text, None)


async def test_a_value_with_half_a_surrogate_pair_in_it_is_no_failure() -> None:
    @tool
    def give() -> Any:
        """Give."""
        return {"name": "half a pair \ud83d"}

    result = await result_of(give)

    assert (result.status, result.content) == ("ok", '{"name":"half a pair ?"}')


# --- time ---------------------------------------------------------------------------------------


async def test_a_tools_own_timeout_comes_before_the_limit() -> None:
    result = await result_of(hang, tool_seconds=1_000)

    assert result.status == "timeout"
    assert "within 0.01 seconds" in str(result.content)


async def test_a_call_gets_no_more_time_than_the_run_has_left() -> None:
    result = await result_of(forever, seconds_left=0.01)

    assert result.status == "timeout"


async def test_a_sync_tool_that_hangs_is_given_up() -> None:
    release = threading.Event()

    @tool
    def block() -> None:
        """Hang."""
        release.wait(timeout=5)

    result = await result_of(block, tool_seconds=0.01)
    release.set()

    assert result.status == "timeout"


async def test_a_tool_that_hangs_does_not_hold_up_the_others() -> None:
    results = await results_of([call("hang", 1), call("shout", 2, text="a")], [hang, shout])

    assert [result.status for result in results] == ["timeout", "ok"]


async def test_a_tool_given_up_is_stopped() -> None:
    stopped = asyncio.Event()

    @tool
    async def wait() -> None:
        """Wait."""
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    await result_of(wait, tool_seconds=0.01)

    assert stopped.is_set()


# --- long results -------------------------------------------------------------------------------


def recited(length: int) -> str:
    return "".join(f"{number:07} " for number in range(length // 8 + 1))[:length]


@tool
def recite(length: int) -> str:
    """Recite numbers."""
    return recited(length)


@tool
def fail_at_length(length: int) -> str:
    """Fail with many words."""
    raise ToolError(recited(length))


@pytest.mark.parametrize("limit", [200, 1_000, 16_000])
async def test_a_result_at_the_limit_is_shown_whole(limit: int) -> None:
    result = await result_of(recite, {"length": limit}, result_characters=limit)

    assert result.content == recited(limit)
    assert result.full is None


@pytest.mark.parametrize("limit", [200, 1_000, 16_000])
@pytest.mark.parametrize("wordy", [recite, fail_at_length])
async def test_a_longer_one_is_cut_between_its_head_and_its_tail(wordy: Tool, limit: int) -> None:
    text = recited(limit * 3)
    result = await result_of(wordy, {"length": limit * 3}, result_characters=limit)
    head, _, rest = str(result.content).partition("\n[")
    note, _, tail = rest.partition("]\n")

    assert result.full == text
    assert text.startswith(head)
    assert text.endswith(tail)
    assert note == (
        f"characters {len(head)} to {len(text) - len(tail)} of {len(text)} are left out; to read "
        f"on, call the function read_more with call_id=call_1_1 and start={len(head)}"
    )
    assert len(head) > len(tail) > limit // 10


@pytest.mark.parametrize("limit", [400, 1_000, 16_000])
async def test_a_cut_result_is_no_longer_than_the_limit(limit: int) -> None:
    result = await result_of(recite, {"length": limit * 30}, result_characters=limit)

    assert len(str(result.content)) <= limit


@pytest.mark.parametrize("limit", [200, 300, 1_000])
async def test_read_more_leads_through_the_whole_text(limit: int) -> None:
    text, read, start = recited(2_000), "", 0
    while start < len(text):
        (result,) = await results_of(
            [call("read_more", call_id="x", start=start)],
            [recite],
            cut_results={"x": text},
            result_characters=limit,
        )
        piece, _, more = str(result.content).partition("\n[go on with start=")
        assert result.full is None
        assert len(str(result.content)) <= limit
        read += piece
        start = int(more.partition(";")[0]) if more else len(text)

    assert read == text


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ({"call_id": "y"}, "error", "No cut result has the call_id 'y'; there are x."),
        ({"call_id": "x", "start": 5}, "error", "start must be from 0 to 4, found 5."),
        ({"call_id": "x", "start": -1}, "error", "start must be from 0 to 4, found -1."),
        ({"start": 1}, "invalid", "call_id: required, but missing"),
    ],
)
async def test_read_more_says_what_was_wrong(
    arguments: dict[str, Any], status: str, words: str
) -> None:
    (result,) = await results_of([call("read_more", **arguments)], [], cut_results={"x": "12345"})

    assert result.status == status
    assert words in str(result.content)


async def test_without_a_cut_result_there_is_no_read_more() -> None:
    (result,) = await results_of([call("read_more", call_id="x")], [shout])

    assert result.status == "invalid"


async def test_an_authors_own_read_more_is_the_one_that_runs() -> None:
    @tool
    def read_more(call_id: str) -> str:
        """Read on in a book."""
        return "mine"

    (result,) = await results_of(
        [call("read_more", call_id="x")], [read_more], cut_results={"x": "12345"}
    )

    assert result.content == "mine"


# --- leaving ------------------------------------------------------------------------------------


async def test_closing_early_stops_every_call() -> None:
    started, stopped = asyncio.Barrier(3), list[int]()

    @tool
    async def wait(number: int) -> None:
        """Wait."""
        try:
            await started.wait()
            await asyncio.Event().wait()
        finally:
            stopped.append(number)

    @tool
    async def go() -> None:
        """Let the others begin."""
        await started.wait()

    calls = [call("go", 1), call("wait", 2, number=2), call("wait", 3, number=3)]
    running = run_calls(calls, Toolset([go, wait]), Limits())
    async with asyncio.timeout(5):
        await anext(running)
        await running.aclose()

    assert sorted(stopped) == [2, 3]
    assert not other_tasks()


async def test_cancelling_stops_every_call_and_is_not_a_result() -> None:
    started = asyncio.Barrier(3)

    @tool
    async def wait() -> None:
        """Wait."""
        await started.wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(results_of([call("wait", 1), call("wait", 2)], [wait]))
    async with asyncio.timeout(5):
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert not other_tasks()


# --- tools that return and raise what nobody expects ---------------------------------------------


class MuteError(ToolError):
    """Its words fail."""

    def __str__(self) -> str:
        raise ValueError


@tool
def fail_mutely() -> None:
    """Fail without words."""
    raise MuteError


@tool(timeout=1)
def go_on(forever: bool) -> Any:
    """Yield slowly or fast, without an end."""
    return map(time.sleep, repeat(0.05)) if forever else repeat("x")


@tool
def too_large() -> int:
    """Return a number that Python does not write."""
    return 10**5000


@tool
def overwrite(options: dict[str, Any]) -> str:
    """Change what was given."""
    options["in"]["path"] = "/etc"
    return "done"


async def test_an_error_whose_words_fail_is_an_error_without_words() -> None:
    result = await result_of(fail_mutely)

    assert (result.status, result.content) == ("error", "The tool failed without a reason.")


@tool
def shoot(kind: str) -> Any:
    """Take a picture."""
    picture = Image(url="data:image/png;base64,AA==")
    mixed = ["Before:", picture, Text(text="After:"), picture]
    return {
        "one": picture,
        "with words": mixed,
        "among others": [picture, 1],
        "words": [Text(text="No picture.")],
        "yielded": iter([picture, "After:"]),
        "yielded among others": iter([{"picture": picture}]),
    }[kind]


async def test_a_picture_that_a_tool_returns_stays_one() -> None:
    picture = Image(url="data:image/png;base64,AA==")

    assert (await result_of(shoot, {"kind": "one"})).content == (picture,)
    words = await result_of(shoot, {"kind": "with words"})
    assert words.content == (Text(text="Before:"), picture, Text(text="After:"), picture)
    assert (await result_of(shoot, {"kind": "words"})).content == (Text(text="No picture."),)
    assert (await result_of(shoot, {"kind": "yielded"})).content == (picture, Text(text="After:"))


@pytest.mark.parametrize("kind", ["among others", "yielded among others"])
async def test_a_picture_inside_of_something_else_is_not_shown_as_letters(kind: str) -> None:
    hidden = await result_of(shoot, {"kind": kind})
    assert hidden.status == "ok"
    assert "Return it alone, or in a list of texts and pictures" in hidden.content


async def test_what_has_no_end_is_cut_and_what_is_slow_to_read_given_up() -> None:
    fast = await result_of(go_on, {"forever": False})
    slow = await result_of(go_on, {"forever": True})

    assert fast.status == "ok"
    assert fast.full is not None
    assert len(fast.full) < 1_000_000
    assert slow.status == "timeout"


async def test_a_call_that_ran_is_no_error_because_its_result_cant_be_shown() -> None:
    result = await result_of(too_large)

    assert result.status == "ok"
    assert result.content.startswith("Done, but what was returned can't be shown: ValueError")


async def test_an_address_in_memory_is_no_result() -> None:
    class Words:
        def __str__(self) -> str:
            return "in words"

    @tool
    def opaque() -> list[object]:
        """Return something without a text."""
        return [object()]

    @tool
    def wordy() -> list[object]:
        """Return something that has one."""
        return [Words()]

    mute, said = await result_of(opaque), await result_of(wordy)

    assert (mute.content, said.content) == ('["<object object>"]', '["in words"]')


async def test_of_a_huge_result_only_so_much_is_kept() -> None:
    result = await result_of(shout, {"text": "ab" * 600_000})

    assert result.full is not None
    assert result.full.endswith("AB\n[200000 more characters were not kept]")


async def test_a_tool_that_changes_its_arguments_changes_neither_the_call_nor_the_approval() -> (
    None
):
    made = call("overwrite", options={"in": {"path": "/tmp"}})
    (result,) = await results_of([made], [overwrite])

    assert result.content == "done"
    assert made.arguments == {"options": {"in": {"path": "/tmp"}}}


async def test_what_was_approved_is_what_runs() -> None:
    made = call("shout_all", texts=[["a"]])

    @tool
    def shout_all(texts: list[Any]) -> str:
        """Say it all louder."""
        return " ".join(texts[0]).upper()

    def approve(asked: ToolCall) -> None:
        asked.arguments["texts"][0].append("b")

    (result,) = await results_of([made], [shout_all], approve=approve)

    assert result.content == "A"


async def test_a_call_with_effects_that_was_given_up_may_have_taken_effect() -> None:
    reading = dataclasses.replace(forever, effect="read")

    once = await result_of(forever, tool_seconds=0.01)
    read = await result_of(reading, tool_seconds=0.01)

    assert once.content.endswith("was given up. It may have taken effect.")
    assert read.content.endswith("was given up.")


async def test_a_pattern_that_python_takes_years_for_holds_up_nobody() -> None:
    @tool
    def name_it(name: Annotated[str, Field(pattern=r"^(\w+\s?)*$")]) -> str:
        """Give a name."""
        return name

    wrong = await result_of(name_it, {"name": "a" * 50 + "!"})
    right = await result_of(name_it, {"name": "a" * 50})

    assert wrong.status == "invalid"
    assert "pattern" in wrong.content
    assert right.status == "ok"


async def test_hundreds_of_calls_run_some_at_a_time() -> None:
    running = most = 0

    @tool
    async def count() -> None:
        """Count those that run at once."""
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    results = await results_of([call("count", number) for number in range(300)], [count])

    assert [result.status for result in results] == ["ok"] * 300
    assert most <= 64


async def test_a_forgotten_await_is_made_up_for() -> None:
    async def send() -> str:
        return "sent"

    @tool
    async def forgetful() -> Any:
        """Send it."""
        return send()

    assert (await result_of(forgetful)).content == "sent"


class Ready:
    """A client that is ready when it was waited for."""

    def __await__(self) -> Any:
        return self
        yield

    def __str__(self) -> str:
        return "ready"


async def test_what_gives_itself_when_it_is_waited_for_is_waited_for_once() -> None:
    @tool
    async def connect() -> Any:
        """Connect."""
        return Ready()

    assert (await result_of(connect)).content == '"ready"'


async def test_a_cursor_is_read_in_the_thread_that_made_it() -> None:
    @tool
    def rows(number: int) -> Any:
        """Read the rows."""
        connection = sqlite3.connect(":memory:")
        return connection.execute("select ? union select ?", (number, number + 1))

    calls = [call("rows", number, number=number) for number in range(12)]
    results = await results_of(calls, [rows])
    assert [result.content for result in results] == [f"[[{n}],[{n + 1}]]" for n in range(12)]


class Pets(RootModel[list[str]]):
    def __iter__(self) -> Iterator[str]:  # type: ignore[override] - as Pydantic's documentation has it
        return iter(self.root)


class Account(BaseModel):
    name: str = Field(serialization_alias="Name")
    password: str = Field("hunter2", exclude=True)


class Array:
    """As one of NumPy."""

    size = 2

    def tolist(self) -> list[int]:
        return [1, 2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Pets(["cat", "dog"]), '["cat","dog"]'),
        ([Account(name="a")], '[{"Name":"a"}]'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
        ({"a": 1}.keys(), '["a"]'),
        (range(3), "[0,1,2]"),
        ({"array": Array()}, '{"array":[1,2]}'),
        (UserString("hello"), '"hello"'),
        (Text(text=""), ""),
    ],
)
async def test_what_a_container_holds_is_shown(value: Any, text: str) -> None:
    @tool
    def give() -> Any:
        """Give it."""
        return value

    assert plain_text((await result_of(give)).content) == text


async def test_a_range_is_taken_as_far_as_it_is_kept() -> None:
    @tool
    def numbers() -> Any:
        """List the numbers."""
        return range(10**12)

    assert ((await result_of(numbers)).full or "").startswith("[0,1,2,")


async def test_what_an_author_excludes_is_not_shown_in_a_large_result_either() -> None:
    @tool
    def accounts() -> Any:
        """List the accounts."""
        return [Account(name="a" * 100)] * 20_000

    result = await result_of(accounts)
    assert result.full is not None
    assert result.full.startswith('[{"Name":"aaa')
    assert "hunter2" not in result.full


def shared(level: int) -> list[Any]:
    """A list that holds one list ten times, and so on: small in memory, endless when written."""
    return [shared(level - 1)] * 10 if level else ["laughs"] * 10


@dataclasses.dataclass
class Box:
    rows: Any


@pytest.mark.parametrize(
    ("value", "beginning"),
    [
        (shared(30), "[" * 31 + '"laughs","laughs"'),
        ({"numbers": count()}, '{"numbers":[0,1,2,'),
        (("x" * 100_000 for _ in range(10_000)), '["xxx'),
        ([{"a": "b" * 100}] * 100_000, '[{"a":"bbb'),
        (Box(shared(30)), '{"rows":[[['),
        ({date(2020, 1, 1): count()}, '{"2020-01-01":[0,1,2,'),
    ],
    ids=["shared", "endless inside", "pieces", "long", "in an object", "under a date"],
)
async def test_a_result_without_end_is_kept_as_far_as_it_can_be_shown(
    value: Any, beginning: str
) -> None:
    @tool
    def give() -> Any:
        """Give it."""
        return value

    result = await result_of(give)

    assert result.status == "ok"
    assert (result.full or "").startswith(beginning)
    assert len(result.full or "") < 1_100_000


async def test_a_result_that_contains_itself_is_told() -> None:
    @tool
    def give() -> Any:
        """Give it."""
        value: list[Any] = []
        value.append(value)
        return value

    assert "can't be shown" in str((await result_of(give)).content)


@tool
def rows(size: int) -> Any:
    """Yield rows without an end."""
    return ({"text": "x" * size} for _ in repeat(None))


async def test_rows_are_taken_as_far_as_they_are_kept() -> None:
    taken = at_rest(iter({"text": "x" * 10_000} for _ in range(40_000)))
    assert len(taken) < 200
    result = await result_of(rows, {"size": 10_000})
    assert result.status == "ok"


async def test_all_calls_are_cancelled_at_once() -> None:
    cancelled: list[int] = []
    seen: list[int] = []  # by each call at the end of its cleaning up: how many were cancelled

    @tool
    async def linger(key: int) -> str:
        """Take long to clean up."""
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.append(key)
            await asyncio.sleep(0.05)
            seen.append(len(cancelled))
            raise
        return "late"

    calls = [ToolCall(id=str(n), name="linger", arguments={"key": n}) for n in range(4)]
    running = run_calls(calls, Toolset([linger]), Limits())
    task = asyncio.ensure_future(anext(running))
    await asyncio.sleep(0.05)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await running.aclose()
    assert seen == [4, 4, 4, 4]
