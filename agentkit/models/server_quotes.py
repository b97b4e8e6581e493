"""Calls that stand in the data of a conversation: a model that writes one out again quotes it.

In process a quote has no real control token and is told by that. Behind a server only the text is
left: a call that stands word for word in a tool's result or in what a person wrote is not run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from agentkit.arguments import type_arguments
from agentkit.events import CallRead
from agentkit.messages import Message, Problem, ToolResult, User, plain_text
from agentkit.qwen.parser import Parser
from agentkit.tools import Toolset

_OPENING = re.compile(r"<tool_call>|<function[=\s]|<invoke\s")
_ESCAPE = re.compile(r'\\["\\/bfnrt]|(?:\\u[0-9a-fA-F]{4})+')
_MOST_LEVELS = 3  # plain text, JSON, and JSON inside JSON
_CLOSING = "</tool_call>"
_LONGEST_CALL = 10_000  # characters
_MOST_READ = 100_000  # characters, over and over from each opening; what is left is not trusted


class Quotes:
    """The calls quoted in a transcript, read when the first question about them comes."""

    def __init__(self, transcript: Sequence[Message], tools: Toolset) -> None:
        self._transcript = transcript
        self._tools = tools
        self._found: list[tuple[str, dict[str, Any]]] | None = None
        self._left = _MOST_READ
        self._unread: list[str] = []

    def problem(self, call: CallRead) -> Problem | None:
        """Why a call found in text is not run; None if it is the model's own."""
        if self._found is None:
            self._found = list(self._calls())
        names = (f"={call.name}>", f'"{call.name}"')
        is_unread = any(name in text for text in self._unread for name in names)
        if not is_unread and typed(call, self._tools) not in self._found:
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
            text = plain_text(message.content)
            for _ in range(_MOST_LEVELS):
                yield from self._calls_in(text)
                if (written := _unescaped(text)) == text:
                    break
                text = written

    def _calls_in(self, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What could be read as a call from any opening on, whatever stands before it."""
        for opening in _OPENING.finditer(text):
            start = opening.start()
            bound = start + _LONGEST_CALL
            ends = {bound}
            if (closing := text.find(_CLOSING, start, bound)) >= 0:
                ends.add(closing + len(_CLOSING))  # what follows a call may change it
            elif len(text) > bound:
                self._unread.append(text[start:bound])
            for end in ends:
                if self._left <= 0:
                    self._unread.append(text[start:])
                    return
                piece = text[start:end]
                self._left -= len(piece)
                parser = Parser(self._tools.parameters, thinking=False)
                for event in [*parser.feed(piece), *parser.close()]:
                    if isinstance(event, CallRead):
                        yield typed(event, self._tools)


def _unescaped(text: str) -> str:
    """The text as if it stood in a JSON string, as a call in a result that holds JSON does."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda escape: str(json.loads(f'"{escape[0]}"')), text)


def typed(call: CallRead, tools: Toolset) -> tuple[str, dict[str, Any]]:
    """What a call asks for, however it was written."""
    tool = tools.get(call.name)
    schema = tool.plain_parameters if tool is not None else {}
    return call.name, type_arguments(call.arguments, schema, call.dialect)[0]
