"""Runs the calls of one reply side by side, under limits; each gets exactly one result.

Whatever goes wrong inside a tool, `sys.exit` included, becomes a result the model can read. Tools
are third-party code, so every exception is caught but KeyboardInterrupt and the cancellation of
the run itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import inspect
import logging
import math
import time
import traceback
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from agentkit.errors import ConfigError, ToolError
from agentkit.long_results import READ_MORE, cut, read_more
from agentkit.masking import without_secrets
from agentkit.messages import (
    Content,
    ResultStatus,
    Text,
    ToolCall,
    ToolResult,
    pictures_in,
    plain_text,
)
from agentkit.model import Limits
from agentkit.returned import MOST_CHARACTERS, as_text, at_rest, reason_of, with_pictures
from agentkit.schemas import small_schema
from agentkit.terminal import in_lines
from agentkit.threads import ThreadsExhausted, in_thread
from agentkit.tools import Binding, Tool, Toolset

Approve: TypeAlias = Callable[[ToolCall], Awaitable[str | None] | str | None]
"""Asked before each valid call runs: None allows it, a text refuses it and is shown to the model.

It is asked about one call after the other, before any call of the reply starts. The arguments have
the types of the tool's schema, whatever the model wrote, and no defaults filled in. Validators in
the tool's annotations have already run. Sync or async; a sync one blocks the event loop.
"""

_log = logging.getLogger(__name__)

_GRACE = 0.2  # seconds that a cancelled call gets to clean up
_LATE = 0.05  # extra seconds for a blocked event loop to notice that a call has ended
_MOST_AT_ONCE = 64  # calls that run side by side


async def run_calls(
    calls: Sequence[ToolCall],
    tools: Toolset,
    limits: Limits,
    *,
    approve: Approve | None = None,
    cut_results: Mapping[str, str] | None = None,
    seconds_left: float | None = None,
) -> AsyncGenerator[ToolResult, None]:
    """Run calls and yield their results in call order, each once those before it are there.

    `cut_results` maps call ids to the whole text of earlier results that were too long to show.
    Closing the generator, or cancelling it, stops every call that is still running.
    """
    executor = _Executor(tools, limits, approve, dict(cut_results or {}), seconds_left)
    # All approvals come before the first call: no running call is lost when an approval fails, or
    # kept waiting while a person decides about the next.
    prepared = [await executor.prepare(call) for call in calls]
    # A run that was cancelled meanwhile must start none of them. asyncio delivers a cancellation at
    # the next await, and that of a timer which is due one await later.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks = [asyncio.create_task(executor.run(each)) for each in prepared]
    try:
        for task in tasks:
            await asyncio.wait({task})  # not `await task`, which would cancel this one first
            yield task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True)
class _Ready:
    """A call that is valid and approved."""

    call: ToolCall
    tool: Tool
    binding: Binding


class _Executor:
    def __init__(
        self,
        tools: Toolset,
        limits: Limits,
        approve: Approve | None,
        cut_results: Mapping[str, str],
        seconds_left: float | None,
    ) -> None:
        self._tools = tools
        self._limits = limits
        self._approve = approve
        self._cut_results = cut_results
        self._deadline = None if seconds_left is None else time.monotonic() + seconds_left
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)

    async def prepare(self, call: ToolCall) -> ToolResult | _Ready:
        """Check a call and have it approved; return a result if it may not run."""
        found = self._tools.get(call.name)
        is_own = found is None and call.name == READ_MORE and bool(self._cut_results)
        if is_own:
            found = read_more(self._cut_results, self._limits.result_characters)
        if found is None:
            return self._result(call, "invalid", unknown_tool(call.name, self._tools))
        try:
            # A copy: a tool may change what it is given, but not what was approved and is stored.
            own = call.model_copy(update={"arguments": copy.deepcopy(call.arguments)})
            binding = found.bind(own)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # from a validator of the tool's author
            return self._result(call, "error", _told(call.name, error))
        if binding.faults:
            return self._result(call, "invalid", invalid_call(found, binding.faults))
        # Approval is asked about a copy with the schema's types, for the same reason.
        typed = call.model_copy(update={"arguments": copy.deepcopy(binding.arguments)})
        # `read_more` only shows more of a result that the model may read: it needs no approval.
        if not is_own and (reason := await self._refusal(typed)) is not None:
            return self._result(call, "refused", f"The call was refused: {reason}")
        return _Ready(call, found, binding)

    async def run(self, prepared: ToolResult | _Ready) -> ToolResult:
        """Run a prepared call and return its result."""
        if isinstance(prepared, ToolResult):
            return prepared
        call, found, binding = prepared.call, prepared.tool, prepared.binding
        async with self._room:
            seconds = min(found.timeout or self._limits.tool_seconds, self._time_left())
            if seconds <= 0:
                text = "The run's time was over before the call began."
                return self._result(call, "timeout", text)
            ended = await _within(seconds, _outcome(found, binding), found.name)
        if ended is None:
            text = f"{call.name} did not finish within {seconds:.3g} seconds and was given up."
            if found.effect != "read":
                text += " It may have taken effect."
            return self._result(call, "timeout", text)
        status, told = ended
        return self._result(call, status, told, binding.notes if status == "ok" else ())

    async def _refusal(self, call: ToolCall) -> str | None:
        """Why a call may not run, or None. An approval after the run's deadline does not count."""
        if self._approve is None:
            return None
        try:
            async with asyncio.timeout(None if self._deadline is None else self._time_left()):
                answer = self._approve(call)
                refusal = await answer if inspect.isawaitable(answer) else answer
        except TimeoutError:
            if self._time_left() > 0:
                raise  # raised by approve itself, not by the run's deadline
            return "nobody approved it in time."
        except asyncio.CancelledError:
            if is_cancelled():
                raise
            return "the question was called off."  # by the dialog that asks, for example
        if refusal is None or isinstance(refusal, str):
            return "no reason was given." if refusal == "" else refusal
        raise ConfigError(
            f"Expected approve to return None, which lets the call run, or a text that says why "
            f"not; found {refusal!r} for {call.name}. No call of the reply was run."
        )

    def _time_left(self) -> float:
        """Seconds until the run must end."""
        return math.inf if self._deadline is None else self._deadline - time.monotonic()

    def _result(
        self, call: ToolCall, status: ResultStatus, told: Content, notes: tuple[str, ...] = ()
    ) -> ToolResult:
        text, pictures = plain_text(told), pictures_in(told)
        if (more := len(text) - MOST_CHARACTERS) > 0:
            text = told = f"{text[:MOST_CHARACTERS]}\n[{more} more characters were not kept]"
        limit = self._limits.result_characters
        is_long = len(text) > limit
        content: Content = cut(text, limit, call.id) if is_long else told
        if isinstance(content, str) and pictures:
            content = (Text(text=content), *pictures)
        return ToolResult(
            call_id=call.id,
            name=call.name,
            content=content,
            status=status,
            full=text if is_long else None,
            notes=notes,
        )


_abandoned: set[asyncio.Future[Any]] = set()


Ended: TypeAlias = tuple[ResultStatus, Content]


async def _outcome(found: Tool, binding: Binding) -> Ended:
    """Run a tool; return its value as text and pictures, or its error in words for the model."""
    try:
        value = await found.call(binding, finish=at_rest)
        if isinstance(value, str):
            return "ok", value
        if (parts := with_pictures(value)) is not None:
            return "ok", parts
        if isinstance(value, AsyncIterator):
            raise TypeError("a call has one result, and what this tool yields was not read.")
        # In a thread: a returned value, or an error's text, may be slow to read or have no end.
        return "ok", await _apart(as_text, {"value": value}, name=f"result of {found.name}")
    except KeyboardInterrupt:
        raise
    # A tool's `sys.exit(0)` must not end an unattended run as if all were well, and a panic in
    # Rust, which is no Exception either, must not lose what other calls have done.
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError) and is_cancelled():
            raise  # the run was cancelled, not something inside the tool
        raised = error
    words = {"name": found.name, "error": raised}
    return "error", await _apart(_told, words, name=f"error of {found.name}")


def is_cancelled() -> bool:
    """Whether the current task itself was cancelled, not only something that it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _apart(function: Callable[..., str], keywords: Mapping[str, Any], *, name: str) -> str:
    """Call a function in a thread, or right here if the system has no more threads."""
    try:
        return cast(str, await in_thread(function, keywords, name=name))
    except ThreadsExhausted:
        return function(**keywords)


async def _within(seconds: float, work: Coroutine[Any, Any, Ended], name: str) -> Ended | None:
    """Return what a tool's work ends with, or None if it takes too long.

    Work that does not stop soon after being cancelled is abandoned, so that it can't block the run.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            await asyncio.wait({task}, timeout=_LATE)
        if task.cancelled():
            return "error", _told(name, asyncio.CancelledError())
        return task.result() if task.done() else None
    finally:
        if not task.done():
            task.cancel()
            _abandoned.add(task)  # the event loop itself keeps no strong reference
            task.add_done_callback(_abandoned.discard)
            await asyncio.wait({task}, timeout=_GRACE)
            if not task.done():
                _log.warning("%s ignores cancellation and keeps the event loop alive", name)


def unknown_tool(name: str, tools: Toolset) -> str:
    """What the model is told about a tool that is not offered."""
    if not tools:
        return f"There is no tool called {name!r}, and no other. Answer without tools."
    near = tools.nearest(name)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no tool called {name!r}, so nothing was run.{hint} Tools: {', '.join(tools)}."


def invalid_call(found: Tool, faults: Sequence[str]) -> str:
    """What the model is told about invalid arguments: each fault, and the parameters in short."""
    lines = "\n".join(f"- {fault}" for fault in faults)
    return (
        f"The call of {found.name} was not run:\n{lines}\n"
        f"Parameters of {found.name}: {small_schema(found.plain_parameters)}. "
        f"Call it again, corrected."
    )


def _told(name: str, error: BaseException) -> str:
    """Return an error in words for the model, and log its traceback for the tool's author."""
    level = logging.DEBUG if isinstance(error, ToolError) else logging.INFO  # ToolError: no bug
    if _log.isEnabledFor(level):
        with contextlib.suppress(Exception):  # it runs the exception's own code
            lines = "".join(traceback.format_exception(error))
            _log.log(level, "%s", in_lines(f"{name} raised\n{without_secrets(lines)}"))
    return reason_of(error)
