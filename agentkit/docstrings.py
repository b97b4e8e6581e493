"""Read from a docstring what a model is shown: first paragraph and parameter descriptions."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import docstring_parser

# A section that begins right below the first lines, without an empty line in between.
_SECTION = re.compile(
    r"\n[ \t]*(?:(?:args|arguments|params|parameters|keyword args|keyword arguments|returns|raises"
    r"|yields|examples?|notes?)[ \t]*(?::[ \t]*(?:\n|\Z)|\n[ \t]*-{3})"
    r"|[:@](?:param|type|arg|return|rtype|raise)\w*\b).*",
    re.DOTALL | re.IGNORECASE,
)


def first_paragraph(function: Callable[..., Any]) -> str:
    """Return a docstring's first paragraph as one line, or an empty text if there is none."""
    paragraph = (inspect.getdoc(function) or "").partition("\n\n")[0]
    return " ".join(_SECTION.sub("", f"\n{paragraph}").split())


def parameter_words(function: Callable[..., Any]) -> dict[str, str]:
    """Return each parameter's description from a Google, NumPy, Sphinx or Epydoc docstring."""
    try:
        read = docstring_parser.parse(inspect.getdoc(function) or "")
    except (docstring_parser.ParseError, IndexError, ValueError):  # for misplaced colons
        return {}
    found = (each for each in read.params if each.args[:1] != ["attribute"])
    words = {each.arg_name: " ".join((each.description or "").split()) for each in found}
    return {name: text for name, text in words.items() if text}
