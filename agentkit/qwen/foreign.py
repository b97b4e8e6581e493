"""Detects replies meant as calls but written in another format, so the model is asked again.

Models drift into the formats of other models, and servers swallow the beginning of a call. Such
text is never run, because nothing says where the call ends, and never taken for an answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from agentkit.json_text import UNREADABLE, read_json

LONGEST = 20_000
"""Longest reply that is examined, in characters; a longer one counts as an answer."""

_BEFORE = r"^[ \t]*(?:(?:[-*+>]|[0-9]{1,3}[.)])[ \t]+)*"
_CODE = re.compile(
    rf"(?ms){_BEFORE}(```+|~~~+).*?(?:{_BEFORE}\1[`~]*[ \t]*$|\Z)"
    r"|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)"
)
_REMAINS = re.compile(r"</parameter>\s*</function>\s*</tool_call>\s*\Z")
_MARKED = re.compile(
    r"(?im)^[ \t]*(?:\[tool_(?:calls?|request)\]|<(?:tool_calls?|function_calls?|tool_code)>"
    r"|<(?:tool_call|function) (?=[^<>\n]{0,200}>)|<\|tool_calls?(?:_begin|_start)?\|>|✿function✿)"
)
_NEAR = 200  # characters after such a marker in which the tool's name is looked for
_REACT = re.compile(r"(?m)^Action:[ \t]*(\w[\w.-]*)[ \t]*\n[ \t]*Action Input:")
_LAST_TAG = re.compile(r"</([A-Za-z_][\w.-]*)>\s*\Z")
_JSON_LINE = re.compile(r"(?m)^[ \t]*(?=[{\[])")
_MOST_LINES = 20
_CLOSER = re.compile(r"</[A-Za-z_]\w{0,40}>\Z")
_MOST_WRAPPERS = 3


def looks_foreign(text: str, tools: Mapping[str, Collection[str]]) -> bool:
    """Whether a reply without a readable call was meant as one; code in the reply is ignored.

    `tools` maps each tool's name to its parameters' names. An answer in XML is taken for a call if
    its root element is named like a tool, and its first child like a parameter of that tool.
    """
    text = _CODE.sub(" ", text).strip()
    if _REMAINS.search(text):
        return True
    if (mark := _MARKED.search(text)) and _names_one(text[mark.end() : mark.end() + _NEAR], tools):
        return True
    if (action := _REACT.search(text)) and action[1] in tools:
        return True
    if (last := _LAST_TAG.search(text)) and last[1] in tools:
        first = re.search(rf"(?m)^<{re.escape(last[1])}>\s*<(\w+)>", text)
        if first and first[1] in tools[last[1]]:
            return True
    text = _unwrapped(text)
    lines = islice(_JSON_LINE.finditer(text), _MOST_LINES)
    return any(_is_call(read_json(text[line.end() :].strip()), tools) for line in lines)


def _unwrapped(text: str) -> str:
    """Strip closing tags, whatever their names, from the end of the text: they may wrap JSON."""
    for _ in range(_MOST_WRAPPERS):
        text = text.rstrip()
        if (closer := _CLOSER.search(text, max(len(text) - 50, 0))) is None:
            break
        text = text[: closer.start()]
    return text


def _names_one(text: str, tools: Collection[str]) -> bool:
    words = {word.strip(".-") for word in re.findall(r"[\w.-]+", text)}
    return any(name in words for name in tools)


def _is_call(value: Any, tools: Collection[str]) -> bool:
    """Whether a JSON value looks like a call of a known tool, or a list of such calls."""
    if value is UNREADABLE:
        return False
    if isinstance(value, list):
        return bool(value) and all(_is_call(item, tools) for item in value)
    if not isinstance(value, dict):
        return False
    call = value["function"] if isinstance(value.get("function"), dict) else value
    given = [call[key] for key in ("arguments", "parameters", "args", "input") if key in call]
    if not given or "description" in call or _is_schema(given[0]):  # a tool's definition
        return False
    return isinstance(call.get("name"), str) and call["name"] in tools


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict) and (value.get("type") == "object" or "properties" in value)
