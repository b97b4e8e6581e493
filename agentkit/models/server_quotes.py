"""Calls that stand in the data of a conversation: a model that writes one out again quotes it.

In process a quote has no real control token and is told by that. Behind a server only the text is
left: a call that stands in a result, a definition or what a person wrote is not run, be it
word for word or behind escapes, entities and the like that a model undoes when it shows it.
"""

from __future__ import annotations

import functools
import html
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from agentkit.arguments import type_arguments
from agentkit.events import CallRead
from agentkit.messages import Message, Problem, ToolResult, User, plain_text
from agentkit.qwen.parser import Parser
from agentkit.qwen.prompt import argument_text
from agentkit.tools import Toolset

_OPENING = re.compile(r"<tool_call>|<function[=\s]|<invoke\s")
_ESCAPE = re.compile(r'\\["\\/bfnrt]|(?:\\u[0-9a-fA-F]{4})+')
_CODE_POINT = re.compile(r"\\x([0-9a-fA-F]{2})|\\u\{([0-9a-fA-F]{1,5})\}|=([2-7][0-9A-F])")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e01ef]"
)
# Before each line: of a search (`file:12: `), of numbered lines, of a quotation, a comment, a list,
# or of what was added or taken away.
_LINE_START = re.compile(
    r"(?m)^[ \t]*(?:(?:[^\s:<>]*[:-])?\d+[ ]?[:|\t)\u2192.-]|[>#|*+;-]+|//)[ \t]?"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")  # of a terminal
_INDENTATION = re.compile(r"(?m)^[ \t]+")
_MOST_LEVELS = 3  # of one inside the other, such as JSON inside JSON
_MOST_READINGS = 24
_CLOSING = "</tool_call>"
_WORD = re.compile(r"\w+")
_SIGNS = re.compile(r"</?(?:parameter|function|tool_call)|[\"']arguments[\"']")
_MOST_JOINED = 100_000  # characters of results that are looked through for words in order
_MOST_WORDS = 40  # of a value that are looked for
_NO_GAP = r"\W{0,12}?"
_GAP = r"\W{0,40}?(?:\b\w{1,40}\b\W{1,40}?){0,12}?"  # numbers of lines, times, cells, tags
_LONGEST_CALL = 10_000  # characters
_MOST_READ = 500_000  # characters, over and over from each opening; what is left is not trusted


class Quotes:
    """The calls quoted in a transcript, read when the first question about them comes."""

    def __init__(self, transcript: Sequence[Message], tools: Toolset) -> None:
        self._transcript = transcript
        self._tools = tools
        self._found: dict[str, tuple[list[dict[str, Any]], bool]] = {}

    def problem(self, call: CallRead) -> Problem | None:
        """Why a call found in text is not run; None if it is the model's own."""
        if call.name not in self._found:
            self._found[call.name] = self._quoted(call.name)
        quoted, is_whole = self._found[call.name]
        is_quoted = not is_whole or typed(call, self._tools)[1] in quoted
        if not is_quoted and not self._is_spelled_out(call):
            return None
        return Problem(
            kind="unwanted_call",
            message=f"The call of {call.name} stands in a text that you were given, so it was "
            f"taken for a quotation and not run. Go on with your task.",
            raw=call.name,
        )

    def _quoted(self, name: str) -> tuple[list[dict[str, Any]], bool]:
        """The arguments of all calls of a tool in the data, and whether all could be read."""
        left, seen, found = _MOST_READ, set[str](), list[dict[str, Any]]()
        for piece, is_cut in self._pieces(name):
            if piece in seen:
                continue
            if is_cut or (left := left - len(piece)) < 0:
                return found, False
            seen.add(piece)
            parser = Parser(self._tools.parameters, thinking=False)
            for event in [*parser.feed(piece), *parser.close()]:
                if isinstance(event, CallRead) and event.name == name:
                    found.append(typed(event, self._tools)[1])
        return found, True

    def _is_spelled_out(self, call: CallRead) -> bool:
        """Whether the words of a call stand in the data in their order, with little between them.

        So it is on both sides of two pages, between the numbers of lines or in cells of a table,
        from where a model that tidies up puts it together.
        """
        spelled = _spelled(call)
        return any(_occurs(words, text) for text in self._plain_data for words in spelled)

    @functools.cached_property
    def _plain_data(self) -> list[str]:
        """The results of tools in one, in each reading, in small letters, without what is not seen.

        The newest ones, as far as they are worth the time. What a person wrote counts where it has
        tags or JSON: in plain words a call is asked for.
        """
        results, asked = (
            _readings("\n".join(self._texts(of=kind))[-_MOST_JOINED:])
            for kind in (ToolResult, User)
        )
        asked = [each for each in asked if _SIGNS.search(each)]
        return list(dict.fromkeys(map(_plain, (*results, *asked))))

    def _texts(self, of: Any = User | ToolResult) -> Iterator[str]:
        for message in self._transcript:
            if isinstance(message, of):
                # Of a result that was cut its call may stand on both sides of the cut.
                for text in (plain_text(message.content), getattr(message, "full", None)):
                    if text:
                        yield text

    def _words_of_tools(self, name: str) -> Iterator[str]:
        """What is said of other tools, which may come from strangers; its own may be an example."""
        for other in self._tools:
            said = json.dumps(self._tools[other].definition, ensure_ascii=False)
            if other != name and _OPENING.search(said):
                yield said

    def _pieces(self, name: str) -> Iterator[tuple[str, bool]]:
        """What could be read as a call of a tool from any opening on, whatever stands before it.

        With each, whether it is too long to be looked at whole.
        """
        # Where a call says it, as in `<function='f'>`, `name= f` and `"name": "f"`.
        named = re.compile(rf"[=>\"'][ \t]{{0,9}}{re.escape(name)}(?![\w.-])")
        for whole in (*self._texts(), *self._words_of_tools(name)):
            for number, text in enumerate(_readings(whole)):
                for opening in _OPENING.finditer(text) if name in text else ():
                    start = opening.start()
                    longest = text[start : start + _LONGEST_CALL]
                    if not named.search(longest):
                        continue
                    closing = longest.find(_CLOSING)
                    if closing >= 0:
                        yield longest[: closing + len(_CLOSING)], False
                    if closing < 0 or not number:  # what follows a call may change it
                        yield longest, closing < 0 and len(text) > start + _LONGEST_CALL


def _plain(text: str) -> str:
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _COLOUR.sub("", text).casefold()


def _spelled(call: CallRead) -> tuple[list[str], ...]:
    """The words of a call in both dialects; `=` stands before one that follows at once."""
    xml, hermes = ["function", f"={call.name}"], ["name", f"={call.name}"]
    if not call.arguments:  # so few words are also those of a sentence
        return (["tool_call", *xml, "function", "tool_call"], ["tool_call", *hermes])
    if not any(_WORD.search(argument_text(value)) for value in call.arguments.values()):
        return ()
    hermes.append("arguments")
    for name, value in call.arguments.items():
        words = _WORD.findall(argument_text(value))[:_MOST_WORDS]
        xml += ["parameter", f"={name}", *words, "parameter"]
        hermes += [name, *words]
    return [*xml, "function"], hermes


def _occurs(words: list[str], text: str) -> bool:
    """Whether words stand in a text in their order, each within a few of the one before."""
    first, second, *others = [word for part in words for word in _words_of(part)]
    begins = rf"\b{re.escape(first)}\b{_NO_GAP}\b{re.escape(second.lstrip('='))}\b"
    for start in re.finditer(begins if second.startswith("=") else rf"\b{first}\b", text):
        place = start.end()
        for word in others if second.startswith("=") else (second, *others):
            near = _GAP if not word.startswith("=") else _NO_GAP
            found = re.compile(near + rf"\b{re.escape(word.lstrip('='))}\b").match(text, place)
            if found is None:
                break
            place = found.end()
        else:
            return True
    return False


def _words_of(part: str) -> list[str]:
    """The words of a piece, which as a name may have several."""
    mark = "=" if part.startswith("=") else ""
    return [mark + word for word in _WORD.findall(_plain(part))]


def _readings(text: str) -> list[str]:
    """The text, and what it says to who undoes what may hide a call in it."""
    found = dict.fromkeys([text])
    last = [text]
    for _ in range(_MOST_LEVELS):
        new = dict.fromkeys(undo(each) for each in last for undo in _UNDONE)
        last = [each for each in new if each not in found][: _MOST_READINGS - len(found)]
        found.update(dict.fromkeys(last))
    return list(found)


def _unescaped(text: str) -> str:
    """The text as if it stood in a JSON string, as a call in a result that holds JSON does."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda escape: str(json.loads(f'"{escape[0]}"')), text)


_UNDONE: tuple[Callable[[str], str], ...] = (
    _unescaped,
    lambda text: _CODE_POINT.sub(lambda code: chr(int(code[1] or code[2] or code[3], 16)), text),
    html.unescape,
    lambda text: _INVISIBLE.sub("", text),
    lambda text: _LINE_START.sub("", text),
    lambda text: _INDENTATION.sub("", text),
    urllib.parse.unquote,
    lambda text: unicodedata.normalize("NFKC", text),
)


def typed(call: CallRead, tools: Toolset) -> tuple[str, dict[str, Any]]:
    """What a call asks for, however it was written."""
    tool = tools.get(call.name)
    schema = tool.plain_parameters if tool is not None else {}
    return call.name, type_arguments(call.arguments, schema, call.dialect)[0]
