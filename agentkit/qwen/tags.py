"""The tags of a call, found in text. `readings.py` says what they mean there."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, TypeAlias

Tools: TypeAlias = Mapping[str, Collection[str]]
"""Maps the name of each registered tool to the names of its parameters."""

# Patterns of tags lack their `<`: written once before all of them, it lets a search skip to it.
END_OF_TURN = r"\|(?:im_end|im_start|endoftext)\|>|tool_response>"
"""The pattern of what ends a reply anywhere: nothing after it was meant for the reader."""

_QUOTES = ("'", '"')


class Kind(enum.Enum):
    """The kinds of tags."""

    CALL_OPEN = enum.auto()
    CALL_CLOSE = enum.auto()
    FUNCTION_OPEN = enum.auto()
    FUNCTION_CLOSE = enum.auto()
    PARAMETER_OPEN = enum.auto()
    PARAMETER_CLOSE = enum.auto()
    DRIFTED_CLOSE = enum.auto()
    MISSPELT_CLOSE = enum.auto()
    TURN_END = enum.auto()


class Tag(NamedTuple):
    """A tag at `text[start:end]`; `name` is that of its function or parameter."""

    kind: Kind
    name: str
    start: int
    end: int

    @property
    def is_quoted(self) -> bool:
        """Whether quotes stand around the name, which may belong to it."""
        return self.name[:1] in _QUOTES or self.name[-1:] in _QUOTES


def _opening(words: str, group: str) -> str:
    """The pattern of a tag with a name: `<function=f>`, `<function="f">`, `<function name="f">`.

    Only after `=` do quotes belong to the group, because a tool may really be named that way.
    """
    gap = r"[ \t]{0,9}"
    name = r"""(?:[^<>"'\n]|(?<=\w)["'](?=\w)){0,200}+"""  # driver's name
    return (
        rf"""(?:{words})(?:={gap}(?P<{group}>["']?{name}["']?)"""
        rf"""|[ \t]{gap}name{gap}={gap}["']?(?P<{group}_attribute>{name})["']?){gap}>"""
    )


FUNCTION_OPEN = _opening("function|invoke", "function_name")
"""The pattern of a function's opening tag, of bounded length, so that a stream can wait for it."""

SPECIAL = re.compile(
    rf"<(?:(?P<call>tool_call>)|(?P<think>think>)|(?P<close>/think>)"
    rf"|(?P<end>{END_OF_TURN})|(?P<function>{FUNCTION_OPEN}))"
)
"""The pattern of what may open a call, begin or end a thought, or end the turn."""


def _misspelt(word: str) -> str:
    """The pattern of a word with one letter wrong, missing, added or swapped with the next."""
    places = range(len(word))
    forms = {word[:at] + "[a-z]?" + word[at:] for at in range(len(word) + 1)}
    forms |= {word[:at] + "[a-z]?" + word[at + 1 :] for at in places}
    forms |= {word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :] for at in places}
    return f"(?i:{'|'.join(sorted(forms))})"


_BEFORE_NEXT = r"(?=\s{0,20}<(?:/function>|/tool_call>|param(?:eter)?=))"
# `</parameter>` with the name repeated, a space, another ending, or no `>` before the next tag.
_DRIFTED_CLOSE = (
    r"/(?:param|parameter\w+|param(?:eter)?(?:=[^<>\n]{0,200}|[ \t]{1,9}))>"
    rf"|/parameter{_BEFORE_NEXT}"
)
# Only at the start of a line, as the template writes it; in the middle of a line it is data.
_MISSPELT_CLOSE = rf"(?<=\n<)/[ \t]?{_misspelt('parameter')}[ \t]?>{_BEFORE_NEXT}"
_TAG = re.compile(
    rf"<(?:(?P<CALL_OPEN>tool_call>)|(?P<CALL_CLOSE>/tool_call>)"
    rf"|(?P<FUNCTION_OPEN>{FUNCTION_OPEN})"
    rf"|(?P<FUNCTION_CLOSE>/(?:function|invoke)(?:=[^<>\n]{{0,200}})?>)"
    rf"|(?P<PARAMETER_OPEN>{_opening('parameter|param', 'parameter_name')})"
    rf"|(?P<PARAMETER_CLOSE>/parameter>)"
    rf"|(?P<DRIFTED_CLOSE>{_DRIFTED_CLOSE})"
    rf"|(?P<MISSPELT_CLOSE>{_MISSPELT_CLOSE})"
    rf"|(?P<TURN_END>{END_OF_TURN}))"
)


def find_tags(text: str) -> Iterator[Tag]:
    """Iterate over all tags of a text, in order."""
    return map(_tag, _TAG.finditer(text))


def _tag(match: re.Match[str]) -> Tag:
    kind = Kind[match.lastgroup or ""]
    name = ""
    if kind is Kind.FUNCTION_OPEN:
        name = match["function_name"] or match["function_name_attribute"] or ""
    elif kind is Kind.PARAMETER_OPEN:
        name = match["parameter_name"] or match["parameter_name_attribute"] or ""
    return Tag(kind, name.strip(), match.start(), match.end())


def function_name(match: re.Match[str], known: Collection[str]) -> str:
    """Return the name in a match of `FUNCTION_OPEN`, normalised by `registered`."""
    name = match["function_name"] or match["function_name_attribute"] or ""
    return registered(name.strip(), known)


def registered(name: str, known: Collection[str]) -> str:
    """Return a name as it is known: without quotes around it, if only that makes it known."""
    bare = name.strip("\"' \t")
    return bare if name not in known and bare in known else name
