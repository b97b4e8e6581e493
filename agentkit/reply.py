"""Fold a model's events into one Assistant message: what was shown is what is stored."""

from __future__ import annotations

import json
import re

from pydantic import ValidationError

from agentkit.errors import ConfigError
from agentkit.events import CallRead, Finish, ModelEvent, TextDelta, ThinkingDelta
from agentkit.messages import Assistant, Problem, ToolCall
from agentkit.qwen.plans import announces

NUMBERED = re.compile(r"call_([0-9]{1,9})_[0-9]+")  # a call's id: reply number, place in it
_PLAN = Problem(
    kind="plan",
    message="You said what you are going to do and ended your turn before you did it. Call the "
    "tool now; or, if there is nothing left to do, give the final answer.",
)


class Reply:
    """One reply while it is being written.

    `number` is its place in the conversation, from which its calls get their ids. With
    `calls_allowed` False, as when a run is being concluded, calls are noted but never run.
    `can_act` says that there are tools: then a text that only announces an action is no answer.
    """

    def __init__(
        self, number: int, model: str, *, calls_allowed: bool = True, can_act: bool = False
    ) -> None:
        self._number = number
        self._model = model
        self._calls_allowed = calls_allowed
        self._can_act = can_act
        self._thought: list[str] = []
        self._text: list[str] = []
        self._calls: list[CallRead] = []
        self._problems: list[Problem] = []
        self._finish: Finish | None = None

    def add(self, event: ModelEvent) -> None:
        """Add one event to the reply."""
        match event:
            case ThinkingDelta():
                self._thought.append(event.text)
            case TextDelta():
                self._text.append(event.text)
            case CallRead():
                self._calls.append(event)
            case Problem():
                self._problems.append(event)
            case Finish():
                self._finish = event
            case _:
                raise ConfigError(
                    f"Expected {self._model} to stream ThinkingDelta, TextDelta, CallRead, Problem "
                    f"and at last Finish, found {event!r:.80}. Yield those."
                )

    def message(self) -> Assistant:
        """Return the reply so far. Without a `Finish` it was cut, and a cut reply calls nothing."""
        finish = self._finish.reason if self._finish else "cut"
        problems = list(self._problems)
        calls: list[ToolCall] = []
        for read in self._calls:
            if finish != "stop" or not self._calls_allowed:
                problems.append(self._dropped(read))
            elif (call := self._call(len(calls) + 1, read)) is not None:
                calls.append(call)
            else:
                problems.append(_unstorable(read))
        text = "".join(self._text)
        is_answer = finish == "stop" and not calls and not problems
        if is_answer and self._can_act and self._calls_allowed and announces(text):
            problems.append(_PLAN)
        message = Assistant(
            content=text,
            reasoning="".join(self._thought),
            tool_calls=tuple(calls),
            problems=tuple(problems),
            finish=finish,
            model=self._model,
        )
        if self._finish:
            update: dict[str, object] = {"usage": self._finish.usage}
            if ids := self._finish.token_ids:
                update |= {"token_ids": ids, "tokens_say": message.fingerprint}
            message = message.model_copy(update=update)
        return message

    def _call(self, place: int, read: CallRead) -> ToolCall | None:
        """Return the call with an id; None if its arguments can't be stored unchanged."""
        try:
            call = ToolCall(
                id=f"call_{self._number}_{place}",
                name=read.name,
                arguments=read.arguments,
                dialect=read.dialect,
            )
        except ValidationError:
            return None
        return call if call.arguments == read.arguments else None  # a lone surrogate changed

    def _dropped(self, call: CallRead) -> Problem:
        if not self._calls_allowed:
            return Problem(
                kind="unwanted_call",
                message=f"The call of {call.name} was not run: this was to be the answer.",
                raw=_written(call),
            )
        return Problem(
            kind="cut_call",
            message=f"The reply was cut off after the call of {call.name}, so it was not run. "
            f"Write the whole reply again, more briefly.",
            raw=_written(call),
        )


def _unstorable(call: CallRead) -> Problem:
    return Problem(
        kind="unreadable_call",
        message=f"The arguments of the call of {call.name} are nested too deeply, or hold what "
        f"JSON can't say, so it was not run. Write the call again, flatter.",
        raw=_written(call),
    )


def _written(call: CallRead) -> str:
    """A call that was not run, as the model is shown it in place of the call."""
    try:
        return f"{call.name} {json.dumps(call.arguments, ensure_ascii=False)}"
    except (TypeError, ValueError, RecursionError):
        return call.name
