"""A text, the tags in it that count, and how each of them relates to those next to it."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Collection

from agentkit.qwen.tags import Kind, Tag, Tools, find_tags, registered

CLOSING = (Kind.PARAMETER_CLOSE, Kind.DRIFTED_CLOSE, Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE)
_END_OF_CALL = (Kind.PARAMETER_CLOSE, Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE)
_OPENING = (Kind.CALL_OPEN, Kind.FUNCTION_OPEN, Kind.PARAMETER_OPEN)
_HALF_OPENERS = ("<parameter=", "<parameter ", "<parameter:")
_INVENTED = re.compile(
    r"(?:\s*</(?:func|functions?|function_[a-z_]+|tools?|tool_[a-z_]+|invocation|invoke_[a-z]+)>)+\s*"
)
_SPACE = re.compile(r"\s*")
_END_OF_LINE = re.compile(r"[ \t\r]*(?:\n|\Z|</)")


class TaggedText:
    """A text and the tags in it that count. `real` holds the offsets of true control tokens.

    If `real` is given (in process), a `<tool_call>` spelled out in ordinary tokens is text, and
    so is a function without one: what a model only quotes from data can't be a call.
    """

    def __init__(self, text: str, tools: Tools, real: Collection[int] | None) -> None:
        self.text = text
        self.tools = tools
        self.real = real
        parameters = {name for names in tools.values() for name in names}
        known = {Kind.FUNCTION_OPEN: tools.keys(), Kind.PARAMETER_OPEN: parameters}
        self.tags = [
            tag._replace(name=registered(tag.name, known[tag.kind])) if tag.is_quoted else tag
            for tag in find_tags(text)
            if self._counts(tag)
        ]
        self._starts = [tag.start for tag in self.tags]

    def _counts(self, tag: Tag) -> bool:
        control = tag.kind in (Kind.CALL_OPEN, Kind.CALL_CLOSE, Kind.TURN_END)
        return self.real is None or not control or tag.start in self.real

    def index_from(self, offset: int) -> int:
        """The index of the first tag at or after an offset."""
        return bisect.bisect_left(self._starts, offset)

    def after_space(self, offset: int) -> int:
        match = _SPACE.match(self.text, offset)
        return match.end() if match else offset

    # --- one tag and its neighbours -------------------------------------------------------------

    def gap_is_space(self, index: int) -> bool:
        """Whether only white space separates a tag from the one before."""
        return self.after_space(self.tags[index - 1].end) == self.tags[index].start

    def is_drifted(self, index: int) -> bool:
        """Whether a tag opens a parameter as `<param=…>`, which inside a value is mostly data."""
        tag = self.tags[index]
        is_opening = tag.kind is Kind.PARAMETER_OPEN
        return is_opening and not self.text.startswith("<parameter", tag.start)

    def ends_drifted(self, index: int) -> bool:
        """Whether a closing tag comes after a `<param=…>` that stands where one may open."""
        opening = index - 1
        before = (Kind.FUNCTION_OPEN, Kind.PARAMETER_CLOSE, Kind.DRIFTED_CLOSE)
        return (
            opening > 0
            and self.is_drifted(opening)
            and any(self.follows(opening, kind) for kind in before)
        )

    def follows(self, index: int, kind: Kind) -> bool:
        """Whether a tag comes right after one of this kind."""
        before = self.tags[index - 1].kind if index else None
        return before is kind and self.gap_is_space(index)

    def ends_a_call_before_another(self, index: int) -> bool:
        """Whether a value, its function and its call end at a tag, and the next tag opens XML.

        One or two of the three closing tags may be missing if a call opens next at a line's start.
        """
        following = index + 1
        if not index or following == len(self.tags) or self.tags[following].kind not in _OPENING:
            return False
        if self.holds_json(following) or self.tags[index].kind not in CLOSING:
            return False
        kinds = tuple(tag.kind for tag in self.tags[max(index - 2, 0) : following])
        if kinds == _END_OF_CALL and self.gap_is_space(index) and self.gap_is_space(index - 1):
            return True
        is_end = kinds[-1] is Kind.CALL_CLOSE
        if kinds[-1] is Kind.FUNCTION_CLOSE:
            is_end = kinds[-2] in CLOSING and self.gap_is_space(index)
        opens = self.begins_a_call(following) and self.starts_line(self.tags[following].start)
        return is_end and opens

    def ends_right_before_a_call(self, index: int) -> bool:
        """Whether a function or call ends here, and a known tool's function opens right after it.

        Only a function without `<tool_call>`: one that has it is recognised by its position.
        """
        following = index + 1
        if self.tags[index].kind not in (Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE):
            return False
        if following == len(self.tags) or not self.gap_is_space(following):
            return False
        tag = self.tags[following]
        return tag.kind is Kind.FUNCTION_OPEN and tag.name in self.tools

    def starts_line(self, offset: int) -> bool:
        while offset and self.text[offset - 1] in " \t":
            offset -= 1
        return offset == 0 or self.text[offset - 1] == "\n"

    def ends_line(self, index: int) -> bool:
        """Whether a closing tag begins its line, or nothing but more tags follows it there."""
        if self.starts_line(self.tags[index].start):
            return True
        following = index + 1
        if following < len(self.tags) and self.gap_is_space(following):
            return True
        return _END_OF_LINE.match(self.text, self.tags[index].end) is not None

    def is_compact(self, index: int) -> bool:
        """Whether the parameter opened right before this tag has its value on the same line."""
        before = self.tags[index - 1] if index else None
        if before is None or before.kind is not Kind.PARAMETER_OPEN:
            return False
        return self.text[before.end : before.end + 1] != "\n"

    def begins_a_call(self, index: int) -> bool:
        """Whether a tag begins a call: of a known tool, or of any in a block that starts a line."""
        tag = self.tags[index]
        if tag.kind is Kind.CALL_OPEN and index + 1 < len(self.tags):
            if self.opens_a_function(index + 1) and self.starts_line(tag.start):
                return True
            tag = self.tags[index + 1]
        return tag.kind is Kind.FUNCTION_OPEN and tag.name in self.tools

    def may_be_opened(self, index: int) -> bool:
        """Whether a function opens after `<tool_call>`, or is a known one at a line's start."""
        tag = self.tags[index]
        is_bare = tag.name in self.tools and self.starts_line(tag.start)
        return is_bare or self.opens_a_function(index)

    def gap_is_closers(self, index: int) -> bool:
        """Whether only invented closing tags, as of another call format, separate two tags."""
        return (
            _INVENTED.fullmatch(self.text, self.tags[index - 1].end, self.tags[index].start)
            is not None
        )

    def half_opens(self, index: int) -> bool:
        """Whether the text right after a tag begins like a parameter's tag but is not one."""
        place = self.after_space(self.tags[index].end)
        is_tag = index + 1 < len(self.tags) and self.tags[index + 1].start == place
        return not is_tag and self.text.startswith(_HALF_OPENERS, place)

    @functools.cached_property
    def behind_closers(self) -> list[int]:
        """For each tag, the first tag after it and after the closing tags that directly follow."""
        found = list(range(1, len(self.tags) + 1))
        for index in range(len(self.tags) - 2, -1, -1):
            if self.tags[index + 1].kind in CLOSING and self.gap_is_space(index + 1):
                found[index] = found[index + 1]
        return found

    def has_parameters_behind(self, index: int) -> bool:
        """Whether a parameter opens right after the closing tags that begin here."""
        after = self.behind_closers[index]
        opens = after < len(self.tags) and self.tags[after].kind is Kind.PARAMETER_OPEN
        return opens and self.gap_is_space(after)

    def opens_a_function(self, index: int) -> bool:
        """Whether a function opens right after a `<tool_call>`."""
        return self.tags[index].kind is Kind.FUNCTION_OPEN and self.follows(index, Kind.CALL_OPEN)

    def may_be_bare(self, start: int, name: str) -> bool:
        """Whether a function tag without `<tool_call>` may open a call here."""
        return self.real is None and name in self.tools and self.starts_line(start)

    def holds_json(self, index: int) -> bool:
        """Whether JSON begins after a tag."""
        inside = self.after_space(self.tags[index].end)
        return self.text[inside : inside + 1] in ("{", "[")

    def last_opening(self, index: int) -> int:
        """Return the last of several adjacent `<tool_call>` before JSON, or the tag itself."""
        last = self._last_openings.get(index, index)
        return last if self.holds_json(last) else index

    @functools.cached_property
    def _last_openings(self) -> dict[int, int]:
        """For each `<tool_call>`, the last of the adjacent ones that start with it."""
        last: dict[int, int] = {}
        for index in range(len(self.tags) - 1, -1, -1):
            if self.tags[index].kind is Kind.CALL_OPEN:
                is_followed = index + 1 in last and self.gap_is_space(index + 1)
                last[index] = last[index + 1] if is_followed else index
        return last

    def stands_apart(self, index: int) -> bool:
        """Whether a tag begins its line or follows another tag, not other text."""
        after_tag = index > 0 and self.gap_is_space(index)
        return after_tag or self.starts_line(self.tags[index].start)
