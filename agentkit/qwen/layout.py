"""What belongs together in a text with tags, and where its blocks end: true in every reading."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator
from typing import Any

from agentkit.qwen.json_calls import decode_json
from agentkit.qwen.tagged_text import CLOSING, TaggedText
from agentkit.qwen.tags import Kind, Tag

ENDS_OF_VALUES = (Kind.PARAMETER_CLOSE, Kind.DRIFTED_CLOSE, Kind.MISSPELT_CLOSE)
ENDS_OF_BLOCKS = (Kind.CALL_CLOSE, Kind.CALL_OPEN, Kind.TURN_END)
# The kinds of tag that may follow each kind in a well-formed call.
_AFTER = {
    Kind.FUNCTION_OPEN: (Kind.PARAMETER_OPEN, Kind.FUNCTION_CLOSE),
    Kind.PARAMETER_OPEN: (Kind.PARAMETER_CLOSE,),
    Kind.PARAMETER_CLOSE: (Kind.PARAMETER_OPEN, Kind.FUNCTION_CLOSE),
    Kind.FUNCTION_CLOSE: (Kind.CALL_CLOSE,),
}
_MOST_ENDS = 200  # of blocks that are examined to find the end of one
_QUOTE = re.compile(r'\\.|"', re.DOTALL)


class Layout(TaggedText):
    """The structure of a text that follows from its tags alone, whichever of them are data."""

    # --- one tag and its neighbours -------------------------------------------------------------

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

    def goes_on_behind_its_turn(self, index: int) -> bool:
        """Whether the turn ends after the closing tags here, but an open call ends only later."""
        after = self.behind_closers[index]
        is_end = after < len(self.tags) and self.tags[after].kind is Kind.TURN_END
        return is_end and self.unmatched[Kind.CALL_CLOSE][after] > 0

    def is_closed_later(self, index: int) -> bool:
        """Whether an open call ends only after other things than the closing tags here."""
        return self.unmatched[Kind.CALL_CLOSE][self.behind_closers[index]] > 0

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
                is_new = not is_inside and (was_whole or self.stands_apart(index))
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
