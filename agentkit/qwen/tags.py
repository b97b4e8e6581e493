"""The tags of a call, found in text. `readings.py` says what they mean there."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

# Patterns of tags stand without their `<`: with it in front of all of them, a search skips to it.
END_OF_TURN = r"\|(?:im_end|im_start|endoftext)\|>|tool_response>"
"""What ends a reply wherever it stands: nothing after it was meant for the reader."""


_QUOTES = ("'", '"')


class Kind(enum.Enum):
    """What a tag is."""

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
    """A tag that carries a name, as `<function=f>`, `<function="f">` or `<function name="f">`.

    Quotes belong to the group in the first form only, because a tool may be called that way.
    """
    gap = r"[ \t]{0,9}"
    name = r"""(?:[^<>"'\n]|(?<=\w)["'](?=\w)){0,200}+"""  # driver's name
    return (
        rf"""(?:{words})(?:={gap}(?P<{group}>["']?{name}["']?)"""
        rf"""|[ \t]{gap}name{gap}={gap}["']?(?P<{group}_attribute>{name})["']?){gap}>"""
    )


FUNCTION_OPEN = _opening("function|invoke", "function_name")
"""The pattern of a function's opening tag. Its lengths are bounded, so that a stream can wait."""

SPECIAL = re.compile(
    rf"<(?:(?P<call>tool_call>)|(?P<think>think>)|(?P<close>/think>)"
    rf"|(?P<end>{END_OF_TURN})|(?P<function>{FUNCTION_OPEN}))"
)
"""What may open a call, or begin or end a thought or the turn."""


def _misspelt(word: str) -> str:
    """The pattern of a word with one letter wrong, missing, too many or exchanged with the next."""
    places = range(len(word))
    forms = {word[:at] + "[a-z]?" + word[at:] for at in range(len(word) + 1)}
    forms |= {word[:at] + "[a-z]?" + word[at + 1 :] for at in places}
    forms |= {word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :] for at in places}
    return f"(?i:{'|'.join(sorted(forms))})"


_BEFORE_NEXT = r"(?=\s{0,20}<(?:/function>|/tool_call>|param(?:eter)?=))"
# With the name once more, a space, another ending, or no `>` before the tag that follows.
_DRIFTED_CLOSE = (
    r"/(?:param|parameter\w+|param(?:eter)?(?:=[^<>\n]{0,200}|[ \t]{1,9}))>"
    rf"|/parameter{_BEFORE_NEXT}"
)
# On a line of its own, as the template has them; in the middle of one it is data.
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
    """All tags of a text, in their order."""
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
    """The name in a match of `FUNCTION_OPEN`, as `registered` gives it."""
    name = match["function_name"] or match["function_name_attribute"] or ""
    return registered(name.strip(), known)


def registered(name: str, known: Collection[str]) -> str:
    """A name as it is known: quotes around it are dropped if only that makes it a known one."""
    bare = name.strip("\"' \t")
    return bare if name not in known and bare in known else name
