"""The tags of one text and how they relate: facts that hold for every reading of them."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

from agentkit.qwen.json_calls import decode_json
from agentkit.qwen.tags import Kind, Tag, find_tags, registered

Tools: TypeAlias = Mapping[str, Collection[str]]
"""Maps the name of each registered tool to the names of its parameters."""

ENDS_OF_VALUES = (Kind.PARAMETER_CLOSE, Kind.DRIFTED_CLOSE, Kind.MISSPELT_CLOSE)
CLOSING = (Kind.PARAMETER_CLOSE, Kind.DRIFTED_CLOSE, Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE)
_END_OF_CALL = (Kind.PARAMETER_CLOSE, Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE)
_OPENING = (Kind.CALL_OPEN, Kind.FUNCTION_OPEN, Kind.PARAMETER_OPEN)
ENDS_OF_BLOCKS = (Kind.CALL_CLOSE, Kind.CALL_OPEN, Kind.TURN_END)
# The kinds of tag that may follow each kind in a well-formed call.
_AFTER = {
    Kind.FUNCTION_OPEN: (Kind.PARAMETER_OPEN, Kind.FUNCTION_CLOSE),
    Kind.PARAMETER_OPEN: (Kind.PARAMETER_CLOSE,),
    Kind.PARAMETER_CLOSE: (Kind.PARAMETER_OPEN, Kind.FUNCTION_CLOSE),
    Kind.FUNCTION_CLOSE: (Kind.CALL_CLOSE,),
}
_HALF_OPENERS = ("<parameter=", "<parameter ", "<parameter:")
_SPACE = re.compile(r"\s*")
_MOST_ENDS = 200  # of blocks that are examined to find the end of one
_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_END_OF_LINE = re.compile(r"[ \t\r]*(?:\n|\Z|</)")


class Layout:
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

    def opens_again(self, index: int) -> bool:
        """Whether this tag only repeats the opening tag of a declared parameter before it."""
        if not index or index not in self.declared or not self.gap_is_space(index):
            return False
        tag, before = self.tags[index], self.tags[index - 1]
        return (before.kind, before.name) == (tag.kind, tag.name)

    def begins_again(self, index: int) -> bool:
        """Whether the open parameter is opened once more, at the start of a line."""
        if not index or self.declared.get(index, True) or self.opens_again(index):
            return False
        tag, before = self.tags[index], self.tags[index - 1]
        return (before.kind, before.name) == (tag.kind, tag.name) and self.starts_line(tag.start)

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

    def half_opens(self, index: int) -> bool:
        """Whether the text right after a tag begins like a parameter's tag but is not one."""
        place = self.after_space(self.tags[index].end)
        is_tag = index + 1 < len(self.tags) and self.tags[index + 1].start == place
        return not is_tag and self.text.startswith(_HALF_OPENERS, place)

    @functools.cached_property
    def _behind_closers(self) -> list[int]:
        """For each tag, the first tag after it and after the closing tags that directly follow."""
        found = list(range(1, len(self.tags) + 1))
        for index in range(len(self.tags) - 2, -1, -1):
            if self.tags[index + 1].kind in CLOSING and self.gap_is_space(index + 1):
                found[index] = found[index + 1]
        return found

    def goes_on_behind_its_turn(self, index: int) -> bool:
        """Whether the turn ends after the closing tags here, but an open call ends only later."""
        after = self._behind_closers[index]
        is_end = after < len(self.tags) and self.tags[after].kind is Kind.TURN_END
        return is_end and self.unmatched[Kind.CALL_CLOSE][after] > 0

    def is_closed_later(self, index: int) -> bool:
        """Whether an open call ends only after other things than the closing tags here."""
        return self.unmatched[Kind.CALL_CLOSE][self._behind_closers[index]] > 0

    def has_parameters_behind(self, index: int) -> bool:
        """Whether a parameter opens right after the closing tags that begin here."""
        after = self._behind_closers[index]
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

    # --- what belongs together ------------------------------------------------------------------

    @functools.cached_property
    def bodies(self) -> dict[int, tuple[dict[str, Any], int]]:
        """Functions whose arguments are one JSON object, with that object and the next tag."""
        return dict(self._bodies())

    def _bodies(self) -> Iterator[tuple[int, tuple[dict[str, Any], int]]]:
        for index, tag in enumerate(self.tags):
            inside = self.after_space(tag.end)
            if tag.kind is not Kind.FUNCTION_OPEN or self.text[inside : inside + 1] != "{":
                continue
            value, end = decode_json(self.text, inside)
            following = self.index_from(end)
            if not isinstance(value, dict) or following == len(self.tags):
                continue
            if self.after_space(end) == self.tags[following].start:
                yield index, (value, following)

    @property
    def declared(self) -> dict[int, bool]:
        """Tags that open declared parameters, each with whether it is the first of its name."""
        return self._parameters[0]

    @property
    def undeclared(self) -> set[int]:
        """Tags that open parameters not declared by their function, which declares others."""
        return self._parameters[1]

    @functools.cached_property
    def _parameters(self) -> tuple[dict[int, bool], set[int]]:
        fresh: dict[int, bool] = {}
        unknown: set[int] = set()
        names: Collection[str] = ()
        seen: set[str] = set()
        is_inside = was_whole = False
        for index, tag in enumerate(self.tags):
            if tag.kind in (Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE):
                if is_inside:
                    was_whole = self._ends_a_whole_function(index)
                is_inside = False
            elif tag.kind is Kind.FUNCTION_OPEN:
                # Inside a function, or in a line of text after half a function, it may be data.
                is_new = not is_inside and (was_whole or self._stands_apart(index))
                if is_new or self.follows(index, Kind.PARAMETER_CLOSE):
                    names, seen = self.tools.get(tag.name, ()), set()
                is_inside = True
            elif tag.kind is Kind.PARAMETER_OPEN:
                if tag.name in names:
                    fresh[index] = tag.name not in seen
                elif names:
                    unknown.add(index)
                seen.add(tag.name)
        return fresh, unknown

    def _ends_a_whole_function(self, index: int) -> bool:
        return self.follows(index, Kind.PARAMETER_CLOSE) or self.follows(index, Kind.FUNCTION_OPEN)

    def _stands_apart(self, index: int) -> bool:
        """Whether a tag begins its line or follows another tag, not other text."""
        after_tag = index > 0 and self.gap_is_space(index)
        return after_tag or self.starts_line(self.tags[index].start)

    @functools.cached_property
    def partners(self) -> dict[int, int]:
        """For each opening tag that begins a balanced piece, the tag that ends it."""
        partners: dict[int, int] = {}
        open_calls: list[tuple[int, tuple[int, int]]] = []
        before = None
        parameters = functions = 0  # number opened so far, less those closed
        for index, tag in enumerate(self.tags):
            parameters += _change(tag.kind, Kind.PARAMETER_OPEN, Kind.PARAMETER_CLOSE)
            functions += _change(tag.kind, Kind.FUNCTION_OPEN, Kind.FUNCTION_CLOSE)
            if tag.kind is Kind.CALL_OPEN:
                open_calls.append((index, (parameters, functions)))
            elif tag.kind is Kind.CALL_CLOSE and open_calls:
                opening, then = open_calls.pop()
                if then == (parameters, functions) and self._opens_a_call(opening):
                    partners[opening] = index
            elif tag.kind is Kind.PARAMETER_CLOSE and before is Kind.PARAMETER_OPEN:
                partners[index - 1] = index
            before = tag.kind
        return partners

    def _opens_a_call(self, index: int) -> bool:
        """Whether a call follows this `<tool_call>`; in prose it may stand alone."""
        if self.holds_json(index):
            return True
        following = self.tags[index + 1]  # there is one: a `</tool_call>`, if nothing else
        is_opening = following.kind in (Kind.FUNCTION_OPEN, Kind.CALL_OPEN)
        return is_opening and self.gap_is_space(index + 1)

    @functools.cached_property
    def inner_calls(self) -> dict[int, int]:
        """Whole calls that begin inside a value: maps their first tag to their last."""
        calls: dict[int, int] = {}
        index, is_in_function, is_in_value = 0, False, False
        while index < len(self.tags):
            kind = self.tags[index].kind
            end = self.end_of_inner_call(index) if is_in_value else None
            if end is not None:
                calls[index] = end
                index = end
            elif kind is Kind.FUNCTION_OPEN:
                is_in_function = True
            elif kind is Kind.PARAMETER_OPEN:
                is_in_value = is_in_function  # between calls it is only mentioned
            elif kind in CLOSING:
                is_in_value = False
                is_in_function &= kind not in (Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE)
            index += 1
        return calls

    def end_of_inner_call(self, index: int) -> int | None:
        """The last tag of a whole call that begins here, with or without `<tool_call>`."""
        whole = self.end_of_whole_call(index)
        return self.end_of_whole_function(index) if whole is None else whole

    @functools.cached_property
    def inner_closes(self) -> set[int]:
        """The closing tags of all inner calls."""
        return {
            place
            for start, end in self.inner_calls.items()
            for place in range(start, end + 1)
            if self.tags[place].kind in CLOSING
        }

    def end_of_whole_call(self, index: int) -> int | None:
        """The last tag of a well-formed call that begins here; its end may be cut off."""
        if self.tags[index].kind is not Kind.CALL_OPEN:
            return None
        first = Kind.CALL_CLOSE if self.holds_json(index) else Kind.FUNCTION_OPEN
        return self._end_of_whole(index, first, last=Kind.CALL_CLOSE)

    def end_of_whole_function(self, index: int) -> int | None:
        """The last tag of a whole function that starts a line and has no `<tool_call>`."""
        tag = self.tags[index]
        if tag.kind is not Kind.FUNCTION_OPEN:
            return None
        if not self.starts_line(tag.start) or self.follows(index, Kind.CALL_OPEN):
            return None
        return self._end_of_whole(index, *_AFTER[Kind.FUNCTION_OPEN], last=Kind.FUNCTION_CLOSE)

    def _end_of_whole(self, index: int, *wanted: Kind, last: Kind) -> int | None:
        """Return the next tag of kind `last` if the tags up to it form a well-formed sequence.

        The final `</tool_call>` may be missing at the end of the text.
        """
        for place in range(index + 1, len(self.tags)):
            kind = self.tags[place].kind
            if kind not in wanted:
                return None
            if kind is Kind.CALL_CLOSE:
                return place
            if kind is not Kind.PARAMETER_CLOSE and not self.gap_is_space(place):
                return None
            if kind is last:
                return place
            wanted = _AFTER[kind]
        return len(self.tags) - 1 if wanted == (Kind.CALL_CLOSE,) else None

    @functools.cached_property
    def unmatched(self) -> dict[Kind, list[int]]:
        """For each tag, how many closing tags from it on close something opened before it.

        Counted separately for calls and for functions.
        """
        return {
            closing: self._unmatched(opening, closing)
            for opening, closing in (
                (Kind.CALL_OPEN, Kind.CALL_CLOSE),
                (Kind.FUNCTION_OPEN, Kind.FUNCTION_CLOSE),
            )
        }

    def _unmatched(self, opening: Kind, closing: Kind) -> list[int]:
        counts = [0] * (len(self.tags) + 1)
        for index in range(len(self.tags) - 1, -1, -1):
            change = _change(self.tags[index].kind, closing, opening)
            counts[index] = max(counts[index + 1] + change, 0)
        return counts

    # --- where a block ends ---------------------------------------------------------------------

    @functools.cached_property
    def last_function_close(self) -> int:
        """The index of the last tag that closes a function, or -1."""
        places = (index for index, tag in enumerate(self.tags) if tag.kind is Kind.FUNCTION_CLOSE)
        return max(places, default=-1)

    @functools.cached_property
    def next_ends(self) -> list[int]:
        """For each tag, the first tag from it on at which a block may end."""
        count = len(self.tags)
        ends = [count] * (count + 1)
        for index in range(count - 1, -1, -1):
            is_end = self.tags[index].kind in ENDS_OF_BLOCKS
            ends[index] = index if is_end else ends[index + 1]
        return ends

    def after_block(self, index: int) -> int:
        """The tag after an unreadable block that begins at a `<tool_call>`."""
        end = self.next_ends[index + 1]
        is_close = end < len(self.tags) and self.tags[end].kind is Kind.CALL_CLOSE
        return end + 1 if is_close else end

    def boundary_after_json(self, index: int) -> Tag | None:
        """The tag at which a block with unreadable JSON must have ended.

        A call inside the block counts as quoted if it begins in a JSON string or in mid-line, or
        if a closing tag for the block is left after it.
        """
        level, following, first = 0, self.next_ends[index + 1], None
        for _ in range(_MOST_ENDS):
            if following >= len(self.tags):
                break
            tag, closes_more = self.tags[following], self.unmatched[Kind.CALL_CLOSE]
            is_quoted = self._quotes[following] != self._quotes[index]
            begins_line = self.starts_line(tag.start)
            if following in self.inner_calls:
                following = self.inner_calls[following]  # it is inside a value
            elif tag.kind is Kind.CALL_OPEN:
                if not (is_quoted or not begins_line or closes_more[following]):
                    return tag
                level += 1
            elif tag.kind is Kind.CALL_CLOSE:
                first = first or (None if level else tag)
                is_end = self.ends_line(following) and not closes_more[following + 1]
                if not level and (begins_line or not is_quoted or is_end):
                    return tag
                level = max(level - 1, 0)
            else:
                return tag
            following = self.next_ends[following + 1]
        return first

    @functools.cached_property
    def _quotes(self) -> list[bool]:
        """For each tag, whether an odd number of quotation marks stands before it in the text."""
        odd: list[bool] = []
        is_odd, place = False, 0
        for tag in self.tags:
            for found in _QUOTE.finditer(self.text, place, tag.start):
                is_odd ^= found[0] == '"'
            odd.append(is_odd)
            place = tag.start
        return odd

    def boundary_after(self, index: int) -> Tag | None:
        """The tag at which an unreadable block that begins at `index` must have ended."""
        kinds = {*ENDS_OF_BLOCKS}
        if self.tags[index].kind is Kind.FUNCTION_OPEN:  # so that no text is scanned twice
            kinds.add(Kind.FUNCTION_OPEN)
        closes_more = self.unmatched[Kind.CALL_CLOSE]
        level, following = 0, index + 1
        while following < len(self.tags):
            kind = self.tags[following].kind
            if following in self.inner_calls:
                following = self.inner_calls[following]  # it is inside a value
            elif self.tags[index].kind is kind is Kind.CALL_OPEN and closes_more[following]:
                level += 1  # a closing tag is left after it for the block around it
            elif level and kind is Kind.CALL_CLOSE:
                level -= 1
            elif not level and kind in kinds:
                return self.tags[following]
            following += 1
        return None


def _change(kind: Kind, opening: Kind, closing: Kind) -> int:
    return (kind is opening) - (kind is closing)
