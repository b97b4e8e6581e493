"""Regular expressions of schemas, by an engine that takes linear time wherever it can read them."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable
from typing import Any, cast

import pydantic_core

# `[\w-.]` is fine in JavaScript, for which most schemas are written: the hyphen is one of the
# characters. The engines here take it for the middle of a range.
_HYPHEN_AFTER_CLASS = re.compile(r"((?<!\\)(?:\\\\)*\\[dDwWsS])-")
# In JavaScript they are ASCII anyway; with all letters of Unicode they are large.
_CLASS = re.compile(r"((?<!\\)(?:\\\\)*)\\([dsw])")
_ASCII = {"d": "[0-9]", "s": r"[ \t\r\n\f\v]", "w": "[0-9A-Za-z_]"}
_PART = re.compile(
    r"\\[uxpP]\{[^{}]{0,40}\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*+(?:\]|\Z)|\(\?#[^)]*+"
    r"|\{(?P<least>[0-9]{0,9}),?(?P<most>[0-9]{0,9})\}|.",
    re.DOTALL,
)
_MOST_REPEATS = 600_000  # of one inside the other; what is built of more takes too much memory
# What JavaScript reads as it stands and Rust as something else, and all that stands around it.
_TOKEN = re.compile(r"\\.|&&|~~|--|\[:[a-z]+:\]|.", re.DOTALL)
_MEANT = {r"\<": "<", r"\>": ">"}
_MEANT_IN_CLASS = {"&&": r"&\&", "~~": r"~\~", "--": r"-\-", "[": r"\["}
_SECONDS = 0.5  # for what only a backtracking engine can read; nothing else runs meanwhile


@functools.lru_cache(maxsize=512)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text has a place that matches.

    By the engine that Pydantic uses: with Python's a text of fifty characters can take years. What
    that can't read, such as what looks ahead, is left to the package `regex`, which gives up in
    time: what is returned then raises TimeoutError, and from then on sooner.
    Raises re.error, OverflowError or RecursionError for a pattern that neither reads.
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
    """How often at most something stands in what is built of a pattern."""
    groups, last = [1], 1  # the most in each group that is open, and in the last part
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
    """The pattern with what only Rust has, borders of words and sets of sets, as plain signs."""
    written, is_in_class = "", False
    for token in _TOKEN.findall(pattern):
        if is_in_class and token in _MEANT_IN_CLASS:
            written += _MEANT_IN_CLASS[token]
            continue
        is_in_class = token != "]" and (is_in_class or token == "[")
        written += _MEANT.get(token, token)
    return written


def _for_regex(pattern: str) -> str:
    """The pattern with the end of the text for `$`, which would match before a last line break."""
    written, is_in_class = "", False
    for token in _TOKEN.findall(pattern):
        is_in_class = token != "]" and (is_in_class or token == "[")
        written += r"\Z" if token == "$" and not is_in_class else token
    return written


def _fast_matcher(pattern: str) -> Callable[[str], bool]:
    rule = pydantic_core.core_schema.str_schema(pattern=pattern)
    return pydantic_core.SchemaValidator(rule).isinstance_python


def _slow_matcher(pattern: str) -> Callable[[str], bool]:
    # By name, because most schemas do without it.
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
            seconds = _SECONDS / 10  # one such text may be one of many
            raise TimeoutError(f"a text can't be held against {pattern!r} in time") from error

    return matches
