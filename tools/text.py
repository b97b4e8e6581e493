"""Counting in a text, which a language model can't do by looking at tokens."""

from typing import Annotated

from agentkit.tools import Tool, tool

_ENDINGS = (".", "!", "?", "…", "।", "؟")
_CLOSING = "\"'”’“»«›‹」』)]}*_"
_ENDINGS_WITHOUT_SPACE = str.maketrans({"。": ". ", "！": "! ", "？": "? "})


def _sentences(text: str) -> int:
    words = (word.rstrip(_CLOSING) for word in text.translate(_ENDINGS_WITHOUT_SPACE).split())
    ends = [word.endswith(_ENDINGS) for word in words if word]
    unfinished = bool(ends) and not ends[-1]
    return sum(ends) + unfinished


@tool(effect="read")
def text_statistics(text: Annotated[str, "the text itself"]) -> dict[str, int]:
    """Count the characters, words, lines and sentences of a text."""
    return {
        "characters": len(text),
        "words": len(text.split()),
        "lines": text.count("\n") + (bool(text) and not text.endswith("\n")),
        "sentences": _sentences(text),
    }


tools: tuple[Tool, ...] = (text_statistics,)
