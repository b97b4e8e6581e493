"""The rule of the loop: the end of the transcript decides what comes next.

    Progress.add(message)            folds each message once
    next_step(progress, limits)      pure: AskModel | RunTools | Correct | Conclude | Stop

Nothing else decides, so a stored transcript continues exactly where its run had stopped.
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
    """The last reply can't be used: say why and let the model try again."""

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
    """The state of a run since the last task, folded message by message."""

    def __init__(self) -> None:
        self.last: Message | None = None
        self.is_asked = False
        self.cut_results: dict[str, str] = {}  # of all tasks: their notes stay valid
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
        """Take in one more message."""
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
            case _:  # instructions; earlier calls without a result were abandoned
                self.pending = {}
        self.last = message

    def _add_reply(self, message: Assistant) -> None:
        self.turns += 1
        self.is_charged = False
        self.output_tokens += message.usage.output_tokens
        self.reply = message
        self.text = message.content
        # A stored reply that was cut may have calls; they never run, like those of a new one.
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
    """Return what has to happen now; `elapsed` is the run's age in seconds.

    Raises ConfigError for a transcript without a task, or with two calls of one id in the last
    reply, whose results can't be told apart.
    """
    last = progress.last
    if last is None or not progress.is_asked:  # a chat template refuses it, too
        raise ConfigError("Expected a transcript with a user's task, found none. Add a User.")
    if progress.has_twins and isinstance(last, Assistant | ToolResult):
        raise ConfigError(
            "Expected each call of a reply to have its own id, found one id twice. Number them."
        )
    if isinstance(last, Assistant) and progress.concluding:
        return Stop(progress.concluding)
    if isinstance(last, Assistant) and not progress.pending and _fault(last) is None:
        return Stop("done")  # even after the time limit
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
    # Thinking that led nowhere is not repeated for ever: the last repair is asked for without it.
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
    """Whether the model ended its turn, or ran out of tokens, without saying anything of use.

    A broken stream does not count, as it says nothing about the model.
    """
    said = _words(reply) or reply.tool_calls or reply.problems
    return reply.finish != "cut" and not said


def _words(reply: Assistant) -> str:
    """The text of a reply; empty if it is nothing but stray tags."""
    return "" if _ONLY_TAGS.fullmatch(reply.content) else reply.content


def _as_written(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return arguments in a form that is equal for the same call in XML and in JSON.

    In XML each is a text: it is read as JSON where it can be, Python's three words included.
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
