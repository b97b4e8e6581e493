# ruff: noqa: E501, SIM905 - short tables are easier to read in long lines
"""Which words of a request stand in what a tool says of itself."""

import re
from functools import lru_cache

from agentkit.models.nano.generator.random_tools import DrawnTool

# Words of requests that show nothing, though they may stand in a description.
_COMMON = frozenset(
    """
    a about above after all also am an and any are around as ask at be been before below between but by call can could do does
    every find for from get give given had has have help her here his how i if in into is it its just keep let like look make me mine more my name
    need no not now number of off on one or our out over please put run see set should show so some take tell that the their them then there
    these they this to under until up us use used want was we were what when where which while who whole whose will with without would
    you your
    """.split()
)
_WORD = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _stem(word: str) -> str:
    return re.sub(r"(s|ing|ed)$", "", word.lower())[:6]


@lru_cache(4096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in _WORD.findall(_HUMP.sub(" ", text)))


def _known(tool: DrawnTool) -> frozenset[str]:
    return _stems(tool.name) | _stems(tool.definition["function"]["description"])


def has_word(tool: DrawnTool, text: str) -> bool:
    """Whether every word of the text stands in the tool's name or description."""
    return _stems(text) <= _known(tool)


def is_named_after(tool: DrawnTool, word: str) -> bool:
    """Whether the word stands in the tool's name."""
    return _stems(word) <= _stems(tool.name)


def shared_words(tool: DrawnTool, text: str) -> list[str]:
    """The words of the text that say something and stand in the tool's name or description."""
    known = _known(tool)
    words = [word for word in _WORD.findall(text) if word.lower() not in _COMMON]
    return list(dict.fromkeys(word for word in words if _stem(word) in known))


def shares_a_word(tool: DrawnTool, text: str) -> bool:
    return bool(shared_words(tool, text))
