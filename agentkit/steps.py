"""The rule of the loop: what comes next is read off the end of the transcript.

    Progress.add(message)            folds each message once
    next_step(progress, limits)      pure: AskModel | RunTools | Correct | Conclude | Stop

Nothing else decides, so a stored transcript goes on exactly where the run that wrote it stood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from agentkit.errors import ConfigError
from agentkit.messages import (
    Assistant,
    Message,
    Outcome,
    ResultStatus,
    ToolCall,
    ToolResult,
    User,
)
from agentkit.model import Limits

_WORDS_OF_PYTHON = {"True": "true", "False": "false", "None": "null"}
_ONLY_TAGS = re.compile(r"(?:\s*</?[a-z_]{1,20}>)*\s*")


@dataclass(frozen=True)
class AskModel:
    """The model's turn. `thinking` False asks for an answer without a thought."""

    thinking: bool | None = None


@dataclass(frozen=True)
class RunTools:
    """Calls that have no result yet, in the order they were written."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True)
class Correct:
    """The last reply can't stand: say why and let the model try again."""

    reason: str


@dataclass(frozen=True)
class Conclude:
    """A limit is reached: one last reply, without tools."""

    outcome: Outcome


@dataclass(frozen=True)
class Stop:
    """The run is over."""

    outcome: Outcome


Step: TypeAlias = AskModel | RunTools | Correct | Conclude | Stop


class Progress:
    """What a run has come to since the last task, folded message by message."""

    def __init__(self) -> None:
        self.last: Message | None = None
        self.is_asked = False
        self.cut_results: dict[str, str] = {}  # of all tasks, as the notes in them still stand
        self._start()

    def _start(self) -> None:
        self.text = ""
        self.turns = 0
        self.output_tokens = 0
        self.repairs = 0
        self.is_charged = False
        self.pending: dict[str, ToolCall] = {}
        self.has_twins = False
        self.reply: Assistant | None = None
        self.concluding: Outcome | None = None
        self.repeated: ToolResult | None = None
        self.most_repeats = 0
        self._calls: dict[str, ToolCall] = {}
        self._seen: dict[tuple[str, str, str], int] = {}
        self._seen_this_turn: set[tuple[str, str, str]] = set()

    @classmethod
    def of(cls, transcript: Iterable[Message]) -> Self:
        """The progress of a whole transcript."""
        progress = cls()
        for message in transcript:
            progress.add(message)
        return progress

    def add(self, message: Message) -> None:
        """Go on by one message."""
        match message:
            case User(purpose="task"):
                self.is_asked = True
                self._start()
            case User(purpose="correction"):
                self._charge()
                self.repeated = None
            case User():
                self.concluding = message.outcome
            case Assistant():
                self._add_reply(message)
            case ToolResult():
                self._add_result(message)
            case _:  # instructions; calls without a result in front of them were given up
                self.pending = {}
        self.last = message

    def _add_reply(self, message: Assistant) -> None:
        self.turns += 1
        self.is_charged = False
        self.output_tokens += message.usage.output_tokens
        self.reply = message
        self.text = message.content
        # A stored reply that was cut may have calls; they are no more run than those of a new one.
        calls = message.tool_calls if message.finish == "stop" else ()
        self.pending = {call.id: call for call in calls}
        self.has_twins = len(self.pending) < len(calls)
        self._calls = dict(self.pending)
        self._seen_this_turn = set()

    def _charge(self) -> None:
        """Count a reply that had to be corrected, once, whatever was wrong with it."""
        self.repairs += not self.is_charged
        self.is_charged = True

    def _add_result(self, message: ToolResult) -> None:
        self.pending.pop(message.call_id, None)
        if message.status == "invalid":
            self._charge()
        if message.full is not None:
            self.cut_results[message.call_id] = message.full
        call = self._calls.get(message.call_id)
        if call is None:
            return
        arguments = json.dumps(_as_written(call.arguments), sort_keys=True)
        signature = (call.name, arguments, message.full or repr(message.content))
        if signature in self._seen_this_turn:
            return
        self._seen_this_turn.add(signature)
        self._seen[signature] = self._seen.get(signature, 0) + 1
        if self._seen[signature] > 1:
            self.repeated = message
            self.most_repeats = max(self.most_repeats, self._seen[signature])


def next_step(progress: Progress, limits: Limits, elapsed: float = 0.0) -> Step:
    """What has to happen now; `elapsed` is the run's age in seconds.

    Raises ConfigError for a transcript in which nobody asked anything, or in which it can't be told
    which calls have a result.
    """
    last = progress.last
    if last is None or not progress.is_asked:  # a chat template refuses it, too
        raise ConfigError("Expected a transcript with a user's task, found none. Add a User.")
    if progress.has_twins and isinstance(last, Assistant | ToolResult):
        raise ConfigError(
            "Expected an id of its own for each call of a reply, found one twice. Number them."
        )
    if isinstance(last, Assistant) and progress.concluding:
        return Stop(progress.concluding)
    if isinstance(last, Assistant) and not progress.pending and _fault(last) is None:
        return Stop("done")  # whatever the clock says by now
    if elapsed >= limits.seconds:
        return Stop("time_limit")
    if progress.pending:
        return RunTools(tuple(progress.pending.values()))
    if progress.concluding:
        return AskModel(thinking=False)  # a thought would spend what is left for the answer
    if isinstance(last, Assistant):
        if progress.output_tokens >= limits.output_tokens:
            return Stop("token_limit")
        fault = _fault(last) or ""
        return Conclude("repair_limit") if progress.repairs >= limits.repairs else Correct(fault)
    return _after_results(progress, limits)


def _after_results(progress: Progress, limits: Limits) -> Step:
    """The step after a task, a correction, or the last result of a reply."""
    if progress.most_repeats > 2:
        return Conclude("repeated_calls")
    if progress.repairs > limits.repairs:
        return Conclude("repair_limit")
    if progress.turns >= limits.turns:
        return Conclude("turn_limit")
    if progress.output_tokens >= limits.output_tokens:
        return Conclude("token_limit")
    reply = progress.reply
    if isinstance(progress.last, ToolResult) and reply is not None:
        faults = [problem.message for problem in reply.problems]
        if again := progress.repeated:
            faults.append(called_before(again.name, again.status))
        if faults:
            left = progress.is_charged or progress.repairs < limits.repairs
            return Correct("\n".join(faults)) if left else Conclude("repair_limit")
    # A thought that led nowhere is not tried for ever: the last repair is asked for without one.
    is_last_repair = progress.is_charged and progress.repairs >= limits.repairs
    is_empty = reply is not None and _is_empty(reply)
    return AskModel(thinking=False if is_empty or is_last_repair else None)


def called_before(name: str, status: ResultStatus) -> str:
    """What the model is told when it repeats a call with the same result."""
    if status == "invalid":
        return (
            f"This is the same call of {name} as before, with the same mistake. "
            f"Change what is said to be wrong, or do something else."
        )
    if status == "refused":
        return f"This call of {name} was refused before. Do something else."
    return (
        f"You have called {name} with the same arguments before, and the result is the same. "
        f"Use that result, or do something else."
    )


def _is_empty(reply: Assistant) -> bool:
    """Whether the model had its turn, or all the room there was, and said nothing of use.

    A broken stream says nothing about the model.
    """
    said = _words(reply) or reply.tool_calls or reply.problems
    return reply.finish != "cut" and not said


def _words(reply: Assistant) -> str:
    """What the reply says beside tags that closed nothing."""
    return "" if _ONLY_TAGS.fullmatch(reply.content) else reply.content


def _as_written(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Arguments as in XML, where each is a text: a call in JSON may be the same call.

    A text that is JSON, or that of Python's three words, may be written in several ways.
    """
    return {name: json.dumps(_meant(value), sort_keys=True) for name, value in arguments.items()}


def _meant(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        read = json.loads(_WORDS_OF_PYTHON.get(text, text))
    except (ValueError, RecursionError):
        return value
    return value if isinstance(read, str) else read


def _fault(reply: Assistant) -> str | None:
    """Why a reply without calls is no answer, in words for the model; None if it is one."""
    if reply.finish == "length" or (reply.finish == "cut" and not reply.problems):
        return (
            "Your reply was cut off before it was complete, and nothing in it was run. "
            "Reply again, more briefly."
        )
    if reply.problems:
        return "\n".join(problem.message for problem in reply.problems)
    if not _words(reply):
        if reply.reasoning:
            return "Your thought did not end in an answer. Answer now, or call a tool."
        return "Your reply was empty. Answer the question, or call a tool."
    return None
