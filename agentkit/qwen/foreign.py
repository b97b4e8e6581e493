"""Replies that were meant as calls, in a form that can't be read: they are asked for again.

Models drift into the formats of others, and servers swallow the beginning of a call. None of it
is run, because nothing says where such a call ends; and none of it is an answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from agentkit.json_text import UNREADABLE, read_json

LONGEST = 20_000
"""Characters of a reply that are looked through; a longer one is an answer."""

_BEFORE = r"^[ \t]*(?:(?:[-*+>]|[0-9]{1,3}[.)])[ \t]+)*"
_CODE = re.compile(
    rf"(?ms){_BEFORE}(```+|~~~+).*?(?:{_BEFORE}\1[`~]*[ \t]*$|\Z)"
    r"|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)"
)
_REMAINS = re.compile(r"</function>\s*</tool_call>\s*\Z")
_MARKED = re.compile(
    r"(?im)^[ \t]*(?:\[tool_calls?\]|</?(?:tool_calls?|function_calls?|tool_code|tool)>|✿function✿)"
)
_REACT = re.compile(r"(?m)^Action:[ \t]*(\w[\w.-]*)[ \t]*\n[ \t]*Action Input:")
_LAST_TAG = re.compile(r"</([A-Za-z_][\w.-]*)>\s*\Z")
_JSON_LINE = re.compile(r"(?m)^[ \t]*(?=[{\[])")


def looks_foreign(text: str, tools: Collection[str]) -> bool:
    """Whether a reply without a readable call ends with one in another form, outside of code."""
    if len(text) > LONGEST:
        return False
    text = _CODE.sub(" ", text).strip()
    if _REMAINS.search(text):
        return True
    if (marked := _MARKED.search(text)) and _names_one(text[marked.end() :], tools):
        return True
    if (action := _REACT.search(text)) and action[1] in tools:
        return True
    if (last := _LAST_TAG.search(text)) and last[1] in tools and f"\n<{last[1]}>" in f"\n{text}":
        return True
    first = _JSON_LINE.search(text)
    return first is not None and _is_call(read_json(text[first.end() :].strip()), tools)


def _names_one(text: str, tools: Collection[str]) -> bool:
    words = set(re.findall(r"[\w.-]+", text))
    return any(name in words for name in tools)


def _is_call(value: Any, tools: Collection[str]) -> bool:
    """Whether JSON has the shape of a call, or of a list of calls, of a known tool."""
    if value is UNREADABLE:
        return False
    if isinstance(value, list):
        return bool(value) and all(_is_call(item, tools) for item in value)
    if not isinstance(value, dict):
        return False
    call = value["function"] if isinstance(value.get("function"), dict) else value
    given = {"arguments", "parameters", "args", "input"} & set(call)
    return bool(given) and isinstance(call.get("name"), str) and call["name"] in tools
