"""Folds a model's events into one Assistant message: what was shown is what is stored."""

from __future__ import annotations

from agentkit.events import CallRead, Finish, ModelEvent, TextDelta, ThinkingDelta
from agentkit.messages import Assistant, Problem, ToolCall


class Reply:
    """One reply while it is being written.

    `number` is its place in the conversation, from which its calls get their ids. With
    `calls_allowed` False, as when a run is being concluded, calls are noted but never run.
    """

    def __init__(self, number: int, model: str, *, calls_allowed: bool = True) -> None:
        self._number = number
        self._model = model
        self._calls_allowed = calls_allowed
        self._thought: list[str] = []
        self._text: list[str] = []
        self._calls: list[CallRead] = []
        self._problems: list[Problem] = []
        self._finish: Finish | None = None

    def add(self, event: ModelEvent) -> None:
        """Take one event."""
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

    def message(self) -> Assistant:
        """The reply as it stands. Without a `Finish` it was cut, and a cut reply calls nothing."""
        finish = self._finish.reason if self._finish else "cut"
        calls, problems = self._calls, list(self._problems)
        if calls and (finish != "stop" or not self._calls_allowed):
            problems += [self._dropped(call) for call in calls]
            calls = []
        message = Assistant(
            content="".join(self._text),
            reasoning="".join(self._thought),
            tool_calls=tuple(
                ToolCall(
                    id=f"call_{self._number}_{index}",
                    name=call.name,
                    arguments=call.arguments,
                    dialect=call.dialect,
                )
                for index, call in enumerate(calls, start=1)
            ),
            problems=tuple(problems),
            finish=finish,
            model=self._model,
        )
        if self._finish:
            update = {"usage": self._finish.usage, "token_ids": self._finish.token_ids}
            message = message.model_copy(update=update)
        return message

    def _dropped(self, call: CallRead) -> Problem:
        if not self._calls_allowed:
            return Problem(
                kind="unwanted_call",
                message=f"The call of {call.name} was not run: this was to be the answer.",
                raw=call.name,
            )
        return Problem(
            kind="cut_call",
            message=f"The reply was cut off after the call of {call.name}, so it was not run. "
            f"Write the whole reply again, more briefly.",
            raw=call.name,
        )
