"""Tells the model's own calls from quotes of calls that stand in the conversation's data.

In process, a quote is recognised because it lacks the real control token. Behind a server only the
text is left: a call that stands in a tool result, a definition or a user message is not run, even
if it is hidden there by escapes, entities and the like that a model undoes when it repeats it.
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
# Line prefixes: of search hits (`file:12: `), line numbers, quotations, comments, lists and diffs.
_LINE_START = re.compile(
    r"(?m)^[ \t]*(?:(?:[^\s:<>]*[:-])?\d+[ ]?[:|\t)\u2192.-]|[>#|*+;-]+|//)[ \t]?"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")  # of terminals
_INDENTATION = re.compile(r"(?m)^[ \t]+")
_MOST_LEVELS = 3  # of nesting, such as JSON inside JSON
_MOST_READINGS = 24
_CLOSING = "</tool_call>"
_WORD = re.compile(r"\w+")
_SIGNS = re.compile(r"</?(?:parameter|function|tool_call)|[\"']arguments[\"']")
_MOST_JOINED = 100_000  # characters of results that are searched for a call's words
_MOST_WORDS = 40  # of a value that are searched for
_NO_GAP = r"\W{0,12}?"
_GAP = r"\W{0,40}?(?:\b\w{1,40}\b\W{1,40}?){0,12}?"  # line numbers, times, cells, tags
_LONGEST_CALL = 10_000  # characters
_MOST_READ = 500_000  # characters parsed in all; beyond that, every call counts as a quote


class Quotes:
    """The calls quoted in a transcript, searched for on first use."""

    def __init__(self, transcript: Sequence[Message], tools: Toolset) -> None:
        self._transcript = transcript
        self._tools = tools
        self._found: dict[str, tuple[list[dict[str, Any]], bool]] = {}

    def problem(self, call: CallRead) -> Problem | None:
        """Return the problem with a quoted call found in text; None if it is the model's own."""
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
        """Return the arguments of all calls of a tool in the data, and whether all was read."""
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
        """Whether the words of a call stand in the data in order, with little between them.

        Such a call is split by pages, line numbers or table cells, and a model that tidies up puts
        it together again.
        """
        spelled = _spelled(call)
        return any(_occurs(words, text) for text in self._plain_data for words in spelled)

    @functools.cached_property
    def _plain_data(self) -> list[str]:
        """Tool results joined, in each reading, in lower case and without invisible characters.

        To save time only the newest are searched. User messages count only where they hold tags or
        JSON: in plain words they request a call.
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
                # In a shortened result a call may span the cut, so the full text is read too.
                for text in (plain_text(message.content), getattr(message, "full", None)):
                    if text:
                        yield text

    def _words_of_tools(self, name: str) -> Iterator[str]:
        """Yield definitions of other tools, maybe untrusted; the tool's own may hold an example."""
        for other in self._tools:
            said = json.dumps(self._tools[other].definition, ensure_ascii=False)
            if other != name and _OPENING.search(said):
                yield said

    def _pieces(self, name: str) -> Iterator[tuple[str, bool]]:
        """Yield the text from each opening tag on that could be read as a call of a tool.

        Each comes with whether it was cut because it is too long.
        """
        # The name as a call writes it, as in `<function='f'>`, `name= f` and `"name": "f"`.
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
                    if closing < 0 or not number:  # later text may change how it reads
                        yield longest, closing < 0 and len(text) > start + _LONGEST_CALL


def _plain(text: str) -> str:
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _COLOUR.sub("", text).casefold()


def _spelled(call: CallRead) -> tuple[list[str], ...]:
    """Return the words of a call in both dialects; `=` marks one that must follow directly."""
    xml, hermes = ["function", f"={call.name}"], ["name", f"={call.name}"]
    if not call.arguments:  # so few words may be a plain sentence: ask for tags too
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
    """Whether words stand in a text in order, each within a few words of the one before."""
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
    """Split a part into its words: a name may hold several."""
    mark = "=" if part.startswith("=") else ""
    return [mark + word for word in _WORD.findall(_plain(part))]


def _readings(text: str) -> list[str]:
    """Return the text, and versions of it with what may hide a call undone, such as escapes."""
    found = dict.fromkeys([text])
    last = [text]
    for _ in range(_MOST_LEVELS):
        new = dict.fromkeys(undo(each) for each in last for undo in _UNDONE)
        last = [each for each in new if each not in found][: _MOST_READINGS - len(found)]
        found.update(dict.fromkeys(last))
    return list(found)


def _unescaped(text: str) -> str:
    """Undo JSON string escapes, since a call may stand in a result that holds JSON."""
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
    """Return the name and the typed arguments of a call, whatever its dialect."""
    tool = tools.get(call.name)
    schema = tool.plain_parameters if tool is not None else {}
    return call.name, type_arguments(call.arguments, schema, call.dialect)[0]
