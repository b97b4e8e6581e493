"""Read JSON values from a model's text: strict about meaning, lenient about spelling."""

from __future__ import annotations

import ast
import io
import json
import math
import re
import tokenize
from collections.abc import Callable, Iterator
from typing import Any

MAXIMUM_DEPTH = 100
"""Deepest nesting of a JSON value that is read from a model; a deeper one stays text."""

UNREADABLE: Any = object()
"""Returned instead of a value when a text can't be read in the wanted form."""

EXACT = 2**53
"""From this number on, a float no longer tells which integer was meant."""

JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,4})?")
_MAXIMUM_LITERAL = 100_000  # characters; `ast.literal_eval` needs much memory for long texts
_WHOLE_NUMBER = re.compile(r"(-?[0-9]+)\.0+")
_FOREIGN_ESCAPE = re.compile(r"""\\(?!["'nrtxuU])""")  # Python writes these, and `\\`


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float | int:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    if not value and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise ValueError(f"{text} is too small to be told from 0")
    if abs(value) >= EXACT and (whole := _WHOLE_NUMBER.fullmatch(text)):
        return int(whole[1])  # 9007199254740993.0: a float would be another number
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        for name, value in pairs:  # a repeated key is harmless only if its values agree
            if not same(result[name], value):
                raise ValueError(f"the key {name!r} stands twice with different values")
    return result


def _finite_or_text(text: str) -> float | int | str:
    try:
        return _finite(text)
    except ValueError:
        return text


def _decoder(constant: Callable[[str], Any], number: Callable[[str], Any]) -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_constant=constant,
        parse_float=number,
        object_pairs_hook=_unique,
        strict=False,  # a model writes line breaks into strings as they are
    )


DECODER = _decoder(_refuse_constant, _finite)
"""Strict about what JSON means: no NaN, no infinity, no key with two different values."""

CALL_DECODER = _decoder(str, _finite_or_text)
"""Like DECODER, but for a whole call: a number it refuses stays text, as one wrong argument."""


def read_json(text: str) -> Any:
    """Return the value of a JSON text, or UNREADABLE. Nesting is bounded by MAXIMUM_DEPTH."""
    if depth(text) > MAXIMUM_DEPTH:
        return UNREADABLE
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError):
        return UNREADABLE


_AROUND = 20  # characters quoted on each side of an error


def why_unreadable(text: str) -> str:
    """What is wrong with a text that should be JSON, and where; empty if it can be read."""
    if depth(text) > MAXIMUM_DEPTH:
        return f"its brackets are nested more than {MAXIMUM_DEPTH} deep"
    try:
        DECODER.decode(text)
    except json.JSONDecodeError as fault:
        around = text[max(fault.pos - _AROUND, 0) : fault.pos + _AROUND]
        near = f", near `{around}`" if len(text) > 2 * _AROUND else ""
        return f"{fault.msg[:1].lower()}{fault.msg[1:]} at character {fault.pos}{near}"
    except (ValueError, RecursionError) as fault:
        return str(fault)
    return ""


# A string that is never closed matches up to the end of the text, so it is scanned only once.
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}()]', re.DOTALL)


def depth(text: str) -> int:
    """The deepest nesting of brackets outside of JSON strings."""
    deepest = level = 0
    for match in _BRACKET.finditer(text):
        bracket = match[0]
        if bracket in "[{(":
            level += 1
            deepest = max(deepest, level)
        elif bracket in ")}]":
            level -= 1
    return deepest


def read_literal(text: str) -> Any:
    """Read a Python literal as JSON, else UNREADABLE: models write lists as Python prints them.

    Only the spelling may be Python's. What JSON refuses for its meaning is refused here as well: a
    lost comma would join two strings, and `1,000` would become a tuple.
    """
    text = text.strip()
    if len(text) > _MAXIMUM_LITERAL or depth(text) > MAXIMUM_DEPTH:
        return UNREADABLE
    try:
        if not _is_spelled_plainly(text):
            return UNREADABLE
        tree = ast.parse(text, mode="eval")
        if isinstance(tree.body, ast.Tuple) and tree.body.elts and not tree.body.elts[0].col_offset:
            return UNREADABLE  # a tuple without parentheses
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                keys = [ast.dump(key) for key in node.keys if key]
                if len(set(keys)) < len(keys):  # Python would silently keep the last
                    return UNREADABLE
        return DECODER.decode(json.dumps(ast.literal_eval(tree), allow_nan=False))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError):
        return UNREADABLE


_QUOTED = re.compile(r"""'(?:[^'\\\n]|\\.)*+'|"(?:[^"\\\n]|\\.)*+"|['"]""")


def _is_spelled_plainly(text: str) -> bool:
    """Whether strings and numbers are as Python prints them, and no two strings are adjacent."""
    # First, because `tokenize` searches again and again for the end of an unclosed string.
    if any(len(found[0]) == 1 for found in _QUOTED.finditer(text)):
        return False
    before, end = 0, (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        match token.type:
            case tokenize.STRING:
                if before == tokenize.STRING or token.string[0] not in "'\"":
                    return False
                if _FOREIGN_ESCAPE.search(token.string.replace("\\\\", "")):
                    return False
            case tokenize.NUMBER:
                if not JSON_NUMBER.fullmatch(token.string):
                    return False
            case tokenize.COMMENT:
                return False
            case tokenize.NAME if before == tokenize.NUMBER and token.start == end:
                return False  # such as `5in`, for which Python warns
            case tokenize.NL | tokenize.NEWLINE:
                continue
            case _:
                pass
        before, end = token.type, token.end
    return True


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON: True is not 1, but 1.0 is 1."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case _:
            return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value in which every text is changed, names included."""
    match value:
        case str():
            return change(value)
        case dict():
            return {
                change(name) if isinstance(name, str) else name: with_texts(item, change)
                for name, item in value.items()
            }
        case list():
            return [with_texts(item, change) for item in value]
        case tuple():
            return tuple(with_texts(item, change) for item in value)
        case _:
            return value


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, names included."""
    match value:
        case str():
            yield value
        case dict():
            for name, item in value.items():
                yield name
                yield from texts_in(item)
        case list():
            for item in value:
                yield from texts_in(item)
