"""The loop: a run is an async generator, and nothing happens until the caller pulls.

    agent.stream(task) -> deltas, calls, messages, and at last the Result

`next_step` alone decides what to do next; this module only carries it out. The caller has taken,
and so can have stored, each event before the next thing happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from typing import TypeVar

from pydantic import ValidationError

from agentkit.alarm import Alarm
from agentkit.errors import ConfigError, ModelError
from agentkit.events import Event, TextDelta, ThinkingDelta
from agentkit.executor import Approve, is_cancelled, run_calls
from agentkit.messages import (
    Assistant,
    Image,
    Message,
    Outcome,
    Result,
    System,
    Text,
    ToolCall,
    ToolResult,
    Usage,
    User,
)
from agentkit.model import Limits, Model, Sampling, open_session
from agentkit.models import open_model
from agentkit.reply import NUMBERED, Reply
from agentkit.steps import AskModel, Conclude, Correct, Progress, RunTools, Stop, next_step
from agentkit.tools import Tool, Toolset

_T = TypeVar("_T")

_LAST_REPLY_TOKENS = 1_024
"""Tokens that a run that has reached a limit may still spend on its answer."""

_LIMIT_WORDS: dict[Outcome, str] = {
    "turn_limit": "You have used all your turns.",
    "token_limit": "You have used all your tokens.",
    "repair_limit": "Too many of your replies could not be used.",
    "repeated_calls": "You keep making the same call with the same result.",
}


class Agent:
    """A model with instructions, tools and limits. It holds no state of a run, so share it freely.

    `model` is a `Model`, or a name for `open_model`: "nano", "Qwen/Qwen3.5-4B", a folder.
    `approve` is asked before each valid call runs. Raises ConfigError for arguments that can't
    work.
    """

    def __init__(
        self,
        model: Model | str,
        *,
        instructions: str = "",
        tools: Iterable[Tool | Toolset] | Toolset = (),
        limits: Limits | None = None,
        sampling: Sampling | None = None,
        approve: Approve | None = None,
    ) -> None:
        self.model = open_model(model) if isinstance(model, str) else model
        if isinstance(self.model, type) or not isinstance(self.model, Model):
            raise ConfigError(f"Expected a model or the name of one, found {model!r}.")
        if not isinstance(instructions, str):
            raise ConfigError(
                f"Expected instructions as a text, found {instructions!r}. Read the file first."
            )
        self.instructions = instructions
        self.tools = Toolset(tools)
        self.limits = _one_of(Limits, limits)
        self.sampling = _one_of(Sampling, sampling)
        if approve is not None and not callable(approve):
            raise ConfigError(f"Expected approve to be a function, found {approve!r}.")
        self.approve = approve

    async def run(self, task: str | Sequence[Text | Image] | Sequence[Message]) -> Result:
        """Run to the end and return the result; see `stream`."""
        async with contextlib.aclosing(self.stream(task)) as events:
            async for event in events:
                if isinstance(event, Result):
                    return event
        raise AssertionError("a run ends with its result")

    async def stream(
        self, task: str | Sequence[Text | Image] | Sequence[Message]
    ) -> AsyncGenerator[Event, None]:
        """Run a task, or continue a transcript, and yield every event as it happens.

        A given transcript continues at its end, with the instructions in front if it has none;
        neither is yielded again. Closing the generator ends everything the run started. Raises
        ModelError when the model fails, and what `approve` raises; each error carries the
        transcript so far as `transcript`.
        """
        run = _Run(self, task)
        for message in run.opening:
            yield message
        async with run.kept_by_errors(), open_session(self.model, self.tools) as model:
            while True:
                step = next_step(run.progress, self.limits, run.elapsed())
                match step:
                    case AskModel():
                        async with contextlib.aclosing(run.ask(step, model)) as events:
                            async for event in events:
                                yield event
                    case RunTools():
                        for call in step.calls:
                            yield _own_copy(call)
                        async with contextlib.aclosing(run.execute(step)) as results:
                            async for result in results:
                                yield result
                    case Correct():
                        yield run.correct(step)
                    case Conclude():
                        yield run.add(_conclusion(step.outcome))
                    case Stop():
                        yield run.result(step.outcome)
                        return


class _Run:
    """The state of one run: its transcript, and what is derived from it."""

    def __init__(
        self, agent: Agent, task: str | Sequence[Text | Image] | Sequence[Message]
    ) -> None:
        self._agent = agent
        self._started = time.monotonic()
        self._usage = Usage()
        given = _messages(task)
        self.opening = _opening(agent.instructions, task) if given is None else []
        self.transcript: list[Message] = _instructed(agent.instructions, given or self.opening)
        self.progress = Progress.of(self.transcript)
        self._replies = _last_number(self.transcript)

    @contextlib.asynccontextmanager
    async def kept_by_errors(self) -> AsyncIterator[None]:
        """Give an error that ends the run its transcript, so that the work so far is not lost."""
        try:
            yield
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            lost = ModelError(
                f"{self._agent.model.name} was cancelled from inside its own stream, although the "
                f"run was not. Run the transcript again."
            )
            lost.transcript = tuple(self.transcript)
            raise lost from error
        except Exception as error:
            with contextlib.suppress(AttributeError):  # some take no new attributes
                error.transcript = tuple(self.transcript)  # type: ignore[attr-defined]
            raise

    def elapsed(self) -> float:
        return time.monotonic() - self._started

    def add(self, message: Message) -> Message:
        self.transcript.append(message)
        self.progress.add(message)
        return message

    async def ask(self, step: AskModel, model: Model) -> AsyncGenerator[Event, None]:
        """Yield one reply of the model: its deltas, then the message."""
        self._replies += 1
        allowed = self.progress.concluding is None
        can_act = bool(self._agent.tools)
        reply = Reply(self._replies, model.name, calls_allowed=allowed, can_act=can_act)
        stream = model.stream(self.transcript, self._agent.tools, self._sampling(step))
        deadline = self._started + self._agent.limits.seconds
        async with (
            contextlib.aclosing(stream),
            contextlib.aclosing(_until(stream, deadline)) as events,
        ):
            async for event in events:
                reply.add(event)
                if isinstance(event, ThinkingDelta | TextDelta):
                    yield event
        message = reply.message()
        self._usage += message.usage
        if step.thinking is False and not self.progress.concluding:
            self._usage += Usage(without_thinking=1)
        self.add(message)
        # Copies, so that a caller who changes an event can't change what runs and is stored.
        calls = tuple(map(_own_copy, message.tool_calls))
        yield message.model_copy(update={"tool_calls": calls})

    async def execute(self, step: RunTools) -> AsyncGenerator[ToolResult, None]:
        """Run the calls; add each result to the transcript, then yield it."""
        results = run_calls(
            step.calls,
            self._agent.tools,
            self._agent.limits,
            approve=self._agent.approve,
            cut_results=self.progress.cut_results,
            seconds_left=self._agent.limits.seconds - self.elapsed(),
        )
        async with contextlib.aclosing(results):
            async for result in results:
                self.add(result)
                self._usage += Usage(mended_arguments=len(result.notes))
                yield result

    def correct(self, step: Correct) -> Message:
        """Tell the model what was wrong with its last reply."""
        self._usage += Usage(corrections=1)
        return self.add(User(content=step.reason, purpose="correction"))

    def result(self, outcome: Outcome) -> Result:
        return Result(
            text=self.progress.text,
            outcome=outcome,
            usage=self._usage,
            transcript=tuple(self.transcript),
        )

    def _sampling(self, step: AskModel) -> Sampling:
        """The agent's sampling settings, capped by what the run may still spend."""
        chosen, limits = self._agent.sampling, self._agent.limits
        left = limits.output_tokens - self.progress.output_tokens
        if self.progress.concluding:
            left = _LAST_REPLY_TOKENS
        output = _least(left, chosen.output_tokens)
        thought = _least(limits.thinking_tokens, chosen.thinking_tokens)
        update: dict[str, object] = {
            "output_tokens": output,
            # At most half, so that something is left for the answer.
            "thinking_tokens": min(thought, max(output // 2, 1)),
        }
        if step.thinking is not None:
            update["thinking"] = step.thinking
        return chosen.model_copy(update=update)


def _own_copy(call: ToolCall) -> ToolCall:
    return call.model_copy(update={"arguments": copy.deepcopy(call.arguments)})


def _one_of(kind: type[_T], given: _T | None) -> _T:
    """Return the given settings, or the defaults if none were given."""
    if given is None:
        return kind()
    if not isinstance(given, kind):
        raise ConfigError(f"Expected {kind.__name__}(…), found {given!r}.")
    return given


def _least(limit: int, wish: int | None) -> int:
    return limit if wish is None else min(limit, wish)


async def _until(events: AsyncGenerator[_T, None], deadline: float) -> AsyncGenerator[_T, None]:
    """Pass events on until `deadline`, a `time.monotonic` value, then end without an error."""
    alarm = Alarm(asyncio.get_running_loop().time() + deadline - time.monotonic())
    try:
        while True:
            try:
                with alarm:
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if alarm.rang:
                    return
                raise
            yield event
    finally:
        alarm.close()


def _messages(
    task: str | Sequence[Text | Image] | Sequence[Message],
) -> list[Message] | None:
    """Return the task as a list of messages if it is a transcript, else None."""
    if isinstance(task, str):
        return None
    if not isinstance(task, Sequence):
        raise ConfigError(f"Expected a text, its parts or a transcript, found {task!r}.")
    messages = [item for item in task if isinstance(item, System | User | Assistant | ToolResult)]
    if messages and len(messages) < len(task):
        raise ConfigError(
            "Expected either a transcript or the parts of one task, found a mix of both. In a "
            "transcript, write a task as User(content=…)."
        )
    return messages or None


def _opening(
    instructions: str, task: str | Sequence[Text | Image] | Sequence[Message]
) -> list[Message]:
    if not task or (isinstance(task, str) and not task.strip()):
        raise ConfigError("Expected a task, found nothing. Say what the agent should do.")
    try:
        asked = User.model_validate({"content": task if isinstance(task, str) else tuple(task)})
    except ValidationError as error:
        raise ConfigError(f"Expected a text, its parts or a transcript, found {task!r}.") from error
    return _instructed(instructions, [asked])


def _instructed(instructions: str, messages: Sequence[Message]) -> list[Message]:
    """Put the instructions in front of messages that have none of their own."""
    is_instructed = any(isinstance(message, System) for message in messages)
    if is_instructed or not instructions:
        return list(messages)
    return [System(content=instructions), *messages]


def _last_number(transcript: Sequence[Message]) -> int:
    """The highest reply number, also by call ids: earlier replies may have been left out."""
    replies = [message for message in transcript if isinstance(message, Assistant)]
    ids = (call.id for reply in replies for call in reply.tool_calls)
    numbers = (int(found[1]) for each in ids if (found := NUMBERED.fullmatch(each)))
    return max([len(replies), *numbers])


def _conclusion(outcome: Outcome) -> User:
    words = f"{_LIMIT_WORDS[outcome]} Answer the question now with what you know, without a call."
    return User(content=words, purpose="conclude", outcome=outcome)
