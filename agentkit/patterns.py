"""Regular expressions of schemas, by an engine that takes linear time wherever it can read them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import pydantic_core

# `[\w-.]` is fine in JavaScript, for which most schemas are written: the hyphen is one of the
# characters. The engines here take it for the middle of a range.
_HYPHEN_AFTER_CLASS = re.compile(r"((?<!\\)(?:\\\\)*\\[dDwWsS])-")
# In JavaScript they are ASCII anyway; with all letters of Unicode they are large.
_CLASS = re.compile(r"((?<!\\)(?:\\\\)*)\\([dsw])")
_ASCII = {"d": "[0-9]", "s": r"[ \t\r\n\f\v]", "w": "[0-9A-Za-z_]"}
# With it a pattern can take Python's engine a time that doubles with each character.
_REPEATED_GROUP = re.compile(r"(?<!\\)\)[*+{]")


@functools.lru_cache(maxsize=512)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text has a place that matches.

    By the engine that Pydantic uses: with Python's a text of fifty characters can take years, and
    nothing else runs meanwhile. That is left for what only it can read, as references to groups.
    Raises re.error, OverflowError or RecursionError for a pattern that neither reads.
    """
    try:
        return _matcher(pattern)
    except re.error:
        if (written := _HYPHEN_AFTER_CLASS.sub(r"\1\\-", pattern)) == pattern:
            raise
        return _matcher(written)


def _matcher(pattern: str) -> Callable[[str], bool]:
    try:
        return _fast_matcher(pattern)
    except pydantic_core.SchemaError as error:
        if "size limit" not in str(error):
            return _slow_matcher(pattern)
    try:
        return _fast_matcher(_CLASS.sub(lambda found: found[1] + _ASCII[found[2]], pattern))
    except pydantic_core.SchemaError:
        if _REPEATED_GROUP.search(pattern):
            raise re.error("it is too large to be read in a bounded time", pattern) from None
        return _slow_matcher(pattern)


def _fast_matcher(pattern: str) -> Callable[[str], bool]:
    rule = pydantic_core.core_schema.str_schema(pattern=pattern)
    return pydantic_core.SchemaValidator(rule).isinstance_python


def _slow_matcher(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.search(text) is not None
