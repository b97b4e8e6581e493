"""Calls that stand in the data of a conversation: a model that writes one out again quotes it.

In process a quote has no real control token and is told by that. Behind a server only the text is
left: a call that stands word for word in a tool's result or in what a person wrote is not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agentkit.arguments import type_arguments
from agentkit.events import CallRead
from agentkit.messages import Message, Problem, ToolResult, User, plain_text
from agentkit.qwen.parser import Parser
from agentkit.tools import Toolset

_OPENINGS = ("<tool_call>", "<function", "<invoke")
_LONGEST = 200_000  # characters of one text that are looked at


class Quotes:
    """The calls quoted in a transcript, read when the first question about them comes."""

    def __init__(self, transcript: Sequence[Message], tools: Toolset) -> None:
        self._transcript = transcript
        self._tools = tools
        self._found: list[tuple[str, dict[str, Any]]] | None = None

    def problem(self, call: CallRead) -> Problem | None:
        """Why a call found in text is not run; None if it is the model's own."""
        if self._found is None:
            self._found = list(self._calls())
        if typed(call, self._tools) not in self._found:
            return None
        return Problem(
            kind="unwanted_call",
            message=f"The call of {call.name} stands in a text that you were given, so it was "
            f"taken for a quotation and not run. Go on with your task.",
            raw=call.name,
        )

    def _calls(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for message in self._transcript:
            if not isinstance(message, User | ToolResult):
                continue
            text = plain_text(message.content)[:_LONGEST]
            starts = [place for opening in _OPENINGS if (place := text.find(opening)) >= 0]
            if not starts:
                continue
            parser = Parser(self._tools.parameters, thinking=False)
            for event in [*parser.feed(text[min(starts) :]), *parser.close()]:
                if isinstance(event, CallRead):
                    yield typed(event, self._tools)


def typed(call: CallRead, tools: Toolset) -> tuple[str, dict[str, Any]]:
    """What a call asks for, however it was written."""
    tool = tools.get(call.name)
    schema = tool.parameters if tool is not None else {}
    return call.name, type_arguments(call.arguments, schema, call.dialect)[0]
