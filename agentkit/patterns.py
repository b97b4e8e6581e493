"""Match the regular expressions of schemas, in linear time wherever that is possible."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable
from typing import Any, cast

import pydantic_core

# `[\w-.]` is fine in JavaScript, for which most schemas are written: the hyphen is a plain
# character. The engines here take it for a range.
_HYPHEN_AFTER_CLASS = re.compile(r"((?<!\\)(?:\\\\)*\\[dDwWsS])-")
# In JavaScript these are ASCII only; with all of Unicode they compile to something large.
_CLASS = re.compile(r"((?<!\\)(?:\\\\)*)\\([dsw])")
_ASCII = {"d": "[0-9]", "s": r"[ \t\r\n\f\v]", "w": "[0-9A-Za-z_]"}
_PART = re.compile(
    r"\\[uxpP]\{[^{}]{0,40}\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*+(?:\]|\Z)|\(\?#[^)]*+"
    r"|\{(?P<least>[0-9]{0,9}),?(?P<most>[0-9]{0,9})\}|.",
    re.DOTALL,
)
_MOST_REPEATS = 600_000  # nested ones multiplied; more take too much memory to compile
# Tokens that JavaScript reads literally and Rust as something else, and all other characters.
_TOKEN = re.compile(r"\\.|&&|~~|--|\[:[a-z]+:\]|.", re.DOTALL)
_MEANT = {r"\<": "<", r"\>": ">"}
_MEANT_IN_CLASS = {"&&": r"&\&", "~~": r"~\~", "--": r"-\-", "[": r"\["}
_SECONDS = 0.5  # limit of the backtracking engine, which blocks the whole program


@functools.lru_cache(maxsize=512)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Return a function that tells whether a text contains a match.

    It uses Pydantic's engine: with Python's, a text of fifty characters can take years. Patterns
    that it can't read, such as lookaheads, are left to the package `regex` with a time limit: the
    function then raises TimeoutError, and after the first time gives up sooner.
    Raises re.error, OverflowError or RecursionError for a pattern that neither can read.
    """
    if _repeats(pattern) > _MOST_REPEATS:
        raise re.error(f"it repeats something more than {_MOST_REPEATS:,} times", pattern)
    try:
        return _matcher(pattern)
    except re.error:
        if (written := _HYPHEN_AFTER_CLASS.sub(r"\1\\-", pattern)) == pattern:
            raise
        return _matcher(written)


def _repeats(pattern: str) -> int:
    """How often, at most, a part of a pattern is repeated, with nested repeats multiplied."""
    groups, last = [1], 1  # the most in each open group, and in the last part
    for part in _PART.finditer(pattern):
        bound = part["most"] or part["least"]
        if bound:
            last *= int(bound[:7])
            groups[-1] = max(groups[-1], last)
        elif part[0] == "(":
            groups.append(1)
        elif part[0] == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] = max(groups[-1], last)
        else:
            last = 1
    return max(groups)


def _matcher(pattern: str) -> Callable[[str], bool]:
    plain = _for_rust(pattern)
    try:
        return _fast_matcher(plain)
    except pydantic_core.SchemaError as error:
        if "size limit" not in str(error):
            return _slow_matcher(pattern)
    try:
        return _fast_matcher(_CLASS.sub(lambda found: found[1] + _ASCII[found[2]], plain))
    except pydantic_core.SchemaError:
        return _slow_matcher(pattern)


def _for_rust(pattern: str) -> str:
    """Escape what is special in Rust alone: borders of words and operators on sets."""
    written, is_in_class = "", False
    for token in _TOKEN.findall(pattern):
        if is_in_class and token in _MEANT_IN_CLASS:
            written += _MEANT_IN_CLASS[token]
            continue
        is_in_class = token != "]" and (is_in_class or token == "[")
        written += _MEANT.get(token, token)
    return written


def _for_regex(pattern: str) -> str:
    """Make `$` match only at the end of the text, and not before a last line break as well."""
    written, is_in_class = "", False
    for token in _TOKEN.findall(pattern):
        is_in_class = token != "]" and (is_in_class or token == "[")
        written += r"\Z" if token == "$" and not is_in_class else token
    return written


def _fast_matcher(pattern: str) -> Callable[[str], bool]:
    rule = pydantic_core.core_schema.str_schema(pattern=pattern)
    return pydantic_core.SchemaValidator(rule).isinstance_python


def _slow_matcher(pattern: str) -> Callable[[str], bool]:
    # Imported only when needed, because most schemas do without it.
    library = cast(Any, importlib.import_module("regex"))
    try:
        compiled = library.compile(_for_regex(pattern))
    except library.error as error:
        raise re.error(str(error), pattern) from error

    seconds = _SECONDS

    def matches(text: str) -> bool:
        nonlocal seconds
        try:
            return compiled.search(text, timeout=seconds) is not None
        except TimeoutError as error:
            seconds = _SECONDS / 10  # there may be many such texts
            raise TimeoutError(f"a text can't be held against {pattern!r} in time") from error

    return matches
