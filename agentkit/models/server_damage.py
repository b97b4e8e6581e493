"""Tells whether a call is a copy of another, damaged by the server's parser."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from agentkit.json_text import same

_CLOSER = re.compile(r"\s*</?(?:parameter|function|tool_call)")
_NOTHING = ("null", "none")


def is_damaged(given: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Whether a parser may have made the given arguments from the whole ones."""
    return bool(whole) and all(_is_worn(given[name], whole.get(name)) for name in given)


def _is_worn(value: Any, whole: Any) -> bool:
    """Whether a value may be the whole one stripped, unescaped, cut, or turned into null."""
    if isinstance(value, str) and isinstance(whole, str):
        kept = value.strip()
        return any(
            # A parser cuts at the first of several closing tags.
            text == kept or (text.startswith(kept) and _CLOSER.match(text, len(kept)))
            for text in (whole.strip(), html.unescape(whole).strip())
        )
    if value is None and isinstance(whole, str):
        return whole.strip().lower() in _NOTHING
    return same(value, whole)  # one missing in `whole` counts as None
