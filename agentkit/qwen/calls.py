"""Tool calls in a text that is complete: which tags are structure, and which are data.

Values are raw text, so `</parameter>` inside a value looks like the end of it. No rule that looks
only at the next tag can tell. All tags of the text are therefore read together: each reading of
them as structure or data has a cost, and the cheapest wins; of equal ones, that which closes
earliest. A well-formed reading costs nothing. The costs say which fault is the more likely:

    1   a closing tag too many right after a call (3 after other text)
    1   a drifted closing tag, `</parameter_function>`
    1   a `<tool_call>` as data inside a value
    1/2 a block that can't be read, right behind a call
    1   the opening of a parameter twice, with nothing between (2 as data); which of the two was
        meant nobody knows, so the block is reported
    2   a missing closing tag (4 if a value and its call end with the block, or a parameter opens
        in the middle of a line)
        (2 more where it would be missing right behind a `</parameter>` that is data)
    3   the opening of a declared parameter or a known tool as data; of a parameter that was given
        before only right behind a `</parameter>`, where the next one would stand
    ~0  a whole `<parameter=…>…</parameter>`, or a whole call, as data inside a value: less than
        any of these, so that it only decides between readings that are equal otherwise

A value that would end at a closing tag of a whole call inside it is reported, too: half a call
before a whole one looks the same.

The costs of all suffixes are computed from the right in one pass, so time is linear in the text.
"""

from __future__ import annotations

import bisect
import enum
import operator
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from agentkit.events import CallRead
from agentkit.json_text import UNREADABLE, read_literal
from agentkit.messages import Problem, ProblemKind
from agentkit.qwen.json_calls import calls_from, decode_json, json_values
from agentkit.qwen.tags import Kind, Tag, find_tags, registered

Tools: TypeAlias = Mapping[str, Collection[str]]
"""The names of the registered tools, and of each one's parameters."""


class State(enum.IntEnum):
    """Where a reading stands just before a tag."""

    VALUE = 0  # inside a parameter's value
    PARAMETERS = 1  # inside a function, between its parameters
    AFTER_FUNCTION = 2  # inside a call, after its function
    TEXT = 3  # outside of any call
    BLOCK = 4  # at the tag that opens a call
    FUNCTION = 5  # at the tag that opens a function
    AFTER_BODY = 6  # inside a function, after arguments written as one JSON object
    LONG_VALUE = 7  # inside a value that holds what may have been its end


class Action(enum.Flag):
    """What reading a tag as structure does, in this order."""

    NOTHING = 0
    CLOSE_VALUE = enum.auto()
    END_CALL = enum.auto()
    OPEN_CALL = enum.auto()
    OPEN_VALUE = enum.auto()
    DOUBT = enum.auto()  # nothing of this block may be run


class Step(NamedTuple):
    """The cheapest way on from a state: its cost to the end of the text, and where it leads."""

    cost: float
    action: Action
    state: State
    place: int


class Block(NamedTuple):
    """What stands at an opening tag: calls, or a problem; the text goes on at `end`."""

    calls: tuple[CallRead, ...]
    problems: tuple[Problem, ...]
    end: int


_IMPOSSIBLE = 1e9
_WHOLE = 2.0**-20  # a million of them count like one fault; sums are exact
_BROKEN = 0.5
_NO_STEP = Step(_IMPOSSIBLE, Action.NOTHING, State.TEXT, 0)
_cost = operator.itemgetter(0)  # of a step; a function of our own would take most of the time


_ENDS_CALL = Action.CLOSE_VALUE | Action.END_CALL
_ENDS_VALUE = Action.CLOSE_VALUE | Action.OPEN_VALUE
# Without a close of its own: a value that already held one may have ended there.
_EARLY = {
    State.VALUE: (_ENDS_CALL, _ENDS_VALUE),
    State.LONG_VALUE: (_ENDS_CALL | Action.DOUBT, _ENDS_VALUE | Action.DOUBT),
}
# What follows a tag in a call that is written as it should be.
_AFTER = {
    Kind.FUNCTION_OPEN: (Kind.PARAMETER_OPEN, Kind.FUNCTION_CLOSE),
    Kind.PARAMETER_OPEN: (Kind.PARAMETER_CLOSE,),
    Kind.PARAMETER_CLOSE: (Kind.PARAMETER_OPEN, Kind.FUNCTION_CLOSE),
    Kind.FUNCTION_CLOSE: (Kind.CALL_CLOSE,),
}
_SPACE = re.compile(r"\s*")
_EXTRA_BRACES = re.compile(r"[\s}]*")
_ENDS_OF_BLOCKS = (Kind.CALL_CLOSE, Kind.CALL_OPEN, Kind.TURN_END)
_CLOSING = (Kind.PARAMETER_CLOSE, Kind.DRIFTED_CLOSE, Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE)


class CallReader:
    """Reads the calls in one text. `real` are the offsets of tags that are true control tokens.

    Where `real` is given (in process), a `<tool_call>` spelled out in ordinary tokens is text, and
    so is a function without one: what a model only quotes from data can't be a call.
    """

    def __init__(self, text: str, tools: Tools, real: Collection[int] | None = None) -> None:
        self._text = text
        self._tools = tools
        self._real = real
        parameters = {name for names in tools.values() for name in names}
        known = {Kind.FUNCTION_OPEN: tools.keys(), Kind.PARAMETER_OPEN: parameters}
        self._tags = [
            tag._replace(name=registered(tag.name, known[tag.kind])) if tag.is_quoted else tag
            for tag in find_tags(text)
            if self._counts(tag)
        ]
        self._starts = [tag.start for tag in self._tags]
        self._bodies = dict(self._json_bodies())
        self._steps: list[list[Step]] = []
        self._declared: dict[int, bool] = {}
        self._partner: dict[int, int] = {}
        self._next_end: list[int] = []  # for each tag the next one at which a block may end
        self._inner_calls: dict[int, int] = {}
        self._inner_closes: set[int] = set()
        self._first_long = 0  # tag from which on the steps inside a long value are known

    def read(self, start: int) -> Block:
        """The block that opens at offset `start`, where a `<tool_call>` or function tag stands."""
        index = self._tag_from(start)
        tag = self._tags[index]
        inside = self._after_space(tag.end)
        if tag.kind is Kind.CALL_OPEN and self._text[inside : inside + 1] in ("{", "["):
            return self._read_json(index, inside)
        if not self._steps:
            self._find_steps()
        state = State.BLOCK if tag.kind is Kind.CALL_OPEN else State.FUNCTION
        step = self._steps[index][state]
        return self._follow(index, step) if step.cost < _IMPOSSIBLE else self._unreadable(index)

    def may_be_bare(self, start: int, name: str) -> bool:
        """Whether a function tag without `<tool_call>` may open a call here."""
        if self._real is not None or name not in self._tools:
            return False
        while start and self._text[start - 1] in " \t":
            start -= 1
        return start == 0 or self._text[start - 1] == "\n"

    def _counts(self, tag: Tag) -> bool:
        control = tag.kind in (Kind.CALL_OPEN, Kind.CALL_CLOSE, Kind.TURN_END)
        return self._real is None or not control or tag.start in self._real

    def _tag_from(self, offset: int) -> int:
        """The index of the first tag at or after an offset."""
        return bisect.bisect_left(self._starts, offset)

    def _after_space(self, offset: int) -> int:
        match = _SPACE.match(self._text, offset)
        return match.end() if match else offset

    # --- the XML dialect ------------------------------------------------------------------------

    def _follow(self, index: int, step: Step) -> Block:
        """Walk the cheapest reading from a block's opening tag to its end."""
        start = index
        calls: list[CallRead] = []
        problems: list[Problem] = []
        name, key, value_start = "", "", 0
        pairs: list[tuple[str, str]] = []
        body: dict[str, Any] | None = None
        while True:
            tag = self._tags[index] if index < len(self._tags) else None
            if tag and Action.CLOSE_VALUE in step.action:
                pairs.append((key, _value(self._text[value_start : tag.start])))
            if Action.END_CALL in step.action:
                call = _call(name, pairs, body)
                if isinstance(call, CallRead):
                    calls.append(call)
                else:
                    problems.append(call)
            if Action.DOUBT in step.action:
                return self._unreadable(start)
            if tag and Action.OPEN_CALL in step.action:
                name, pairs, body = tag.name, [], self._bodies.get(index, (None, 0))[0]
            if tag and Action.OPEN_VALUE in step.action:
                key, value_start = tag.name, tag.end
            index = step.place
            if step.state is State.TEXT:
                return Block(tuple(calls), tuple(problems), self._tags[index - 1].end)
            step = self._steps[index][step.state]

    def _find_steps(self) -> None:
        """For each tag and each state, the cheapest way to the end, from the last tag back."""
        count = len(self._tags)
        self._declared, self._partner = self._declared_parameters(), self._partners()
        self._next_end = [count] * (count + 1)
        self._inner_closes = self._closes_of_inner_calls()
        self._first_long = count
        self._steps = [[_NO_STEP] * len(State) for _ in range(count + 1)]
        self._steps[count][State.AFTER_FUNCTION] = Step(2, Action.NOTHING, State.TEXT, count)
        self._steps[count][State.TEXT] = Step(0, Action.NOTHING, State.TEXT, count)
        for index in range(count - 1, -1, -1):
            here = self._steps[index]
            ends = self._tags[index].kind in _ENDS_OF_BLOCKS
            self._next_end[index] = index if ends else self._next_end[index + 1]
            # In this order: text looks at the two before it, and what follows a function at both.
            here[State.FUNCTION] = self._at_function(index)
            here[State.BLOCK] = self._at_opening(index)
            here[State.TEXT] = min(self._in_text(index), key=_cost)
            here[State.VALUE] = min(self._in_value(index, State.VALUE), key=_cost)
            here[State.PARAMETERS] = min(self._between_parameters(index), key=_cost)
            here[State.AFTER_BODY] = min(self._after_body(index), key=_cost)
            here[State.AFTER_FUNCTION] = min(self._after_function(index), key=_cost)

    def _step(self, cost: float, action: Action, state: State, index: int) -> Step:
        return Step(cost + self._steps[index][state].cost, action, state, index)

    def _close(self, cost: float, action: Action, index: int) -> Step:
        """A step that ends the block, just before the tag at `index`."""
        return Step(cost + self._steps[index][State.TEXT].cost, action, State.TEXT, index)

    def _gap_is_space(self, index: int) -> bool:
        return self._after_space(self._tags[index - 1].end) == self._tags[index].start

    def _find_long_values(self, index: int) -> None:
        """The steps from inside a long value, down to `index`: a well-formed reply needs none."""
        for place in range(self._first_long - 1, index - 1, -1):
            steps = self._in_value(place, State.LONG_VALUE)
            self._steps[place][State.LONG_VALUE] = min(steps, key=_cost)
            self._first_long = place

    def _in_value(self, index: int, state: State) -> Iterator[Step]:
        tag, following = self._tags[index], index + 1
        ends_call, ends_value = _EARLY[state]
        as_data, then = 0, state
        # A value that ends with a call of its own may as well be half a call, and then a whole one.
        doubt = Action.DOUBT if index in self._inner_closes else Action.NOTHING
        match tag.kind:
            case Kind.PARAMETER_CLOSE:
                end = self._step(0, Action.CLOSE_VALUE | doubt, State.PARAMETERS, following)
                yield end
                if not end.cost:
                    return  # nothing is cheaper
                self._find_long_values(following)
                then = State.LONG_VALUE
            case Kind.DRIFTED_CLOSE:
                yield self._step(1, Action.CLOSE_VALUE, State.PARAMETERS, following)
            case Kind.FUNCTION_CLOSE:
                cost = 4 if self._follows_a_parameter(index) else 2
                yield self._step(cost, ends_call | doubt, State.AFTER_FUNCTION, following)
            case Kind.CALL_CLOSE:
                yield self._close(4, ends_call | doubt, following)
            case Kind.PARAMETER_OPEN if self._declared.get(index):
                as_data = 3
                cost = 2 if self._starts_line(tag) or self._is_compact(index) else 4
                cost += 2 if self._follows_a_parameter(index) else 0
                yield self._step(cost, ends_value, State.VALUE, following)
            case Kind.PARAMETER_OPEN if self._opens_again(index):
                as_data = 2  # more likely the one before is one too many
            case Kind.PARAMETER_OPEN if index in self._declared and self._follows_a_parameter(
                index
            ):
                as_data = 3  # it stands where the next parameter would
            case Kind.FUNCTION_OPEN if tag.name in self._tools:
                as_data = 3
            case Kind.CALL_OPEN:
                as_data = 1
            case _:
                pass
        if index in self._partner:
            yield self._step(_WHOLE, Action.NOTHING, state, self._partner[index] + 1)
        yield self._step(as_data, Action.NOTHING, then, following)

    def _opens_again(self, index: int) -> bool:
        """Whether a declared parameter was opened just before, by the same tag."""
        if not index or index not in self._declared or not self._gap_is_space(index):
            return False
        tag, before = self._tags[index], self._tags[index - 1]
        return (before.kind, before.name) == (tag.kind, tag.name)

    def _follows_a_parameter(self, index: int) -> bool:
        before = self._tags[index - 1].kind if index else None
        return before is Kind.PARAMETER_CLOSE and self._gap_is_space(index)

    def _between_parameters(self, index: int) -> Iterator[Step]:
        yield _NO_STEP
        if not index or not self._gap_is_space(index):
            return
        following = index + 1
        match self._tags[index].kind:
            case Kind.PARAMETER_OPEN:
                yield self._step(0, Action.OPEN_VALUE, State.VALUE, following)
                if following < len(self._tags) and self._opens_again(following):
                    yield self._step(1, Action.DOUBT, State.PARAMETERS, following)
            case Kind.FUNCTION_CLOSE:
                yield self._step(0, Action.END_CALL, State.AFTER_FUNCTION, following)
            case Kind.CALL_CLOSE:
                yield self._close(2, Action.END_CALL, following)
            case Kind.PARAMETER_CLOSE | Kind.DRIFTED_CLOSE:
                yield self._step(2, Action.NOTHING, State.PARAMETERS, following)
            case Kind.FUNCTION_OPEN | Kind.CALL_OPEN if self._begins_a_call(index):
                yield self._close(2, Action.DOUBT, index)
            case _:
                pass

    def _begins_a_call(self, index: int) -> bool:
        """Whether a tag begins a call of a known tool."""
        tag = self._tags[index]
        if tag.kind is Kind.CALL_OPEN and index + 1 < len(self._tags):
            tag = self._tags[index + 1]
        return tag.kind is Kind.FUNCTION_OPEN and tag.name in self._tools

    def _after_function(self, index: int) -> Iterator[Step]:
        yield self._close(2, Action.NOTHING, index)
        if not index or not self._gap_is_space(index):
            return
        following = index + 1
        match self._tags[index].kind:
            case Kind.CALL_CLOSE:
                yield self._close(0, Action.NOTHING, following)
            case Kind.FUNCTION_CLOSE | Kind.PARAMETER_CLOSE | Kind.DRIFTED_CLOSE:
                yield self._step(2, Action.NOTHING, State.AFTER_FUNCTION, following)
            case Kind.FUNCTION_OPEN:
                # In process it has no control token of its own: it may be quoted from data, and
                # neither running it nor taking it for a value is safe.
                action = Action.NOTHING if self._real is None else Action.DOUBT
                yield self._step(1, action, State.FUNCTION, index)
            case _:
                pass

    def _after_body(self, index: int) -> Iterator[Step]:
        yield _NO_STEP
        match self._tags[index].kind:
            case Kind.FUNCTION_CLOSE:
                yield self._step(0, Action.END_CALL, State.AFTER_FUNCTION, index + 1)
            case Kind.CALL_CLOSE:
                yield self._close(2, Action.END_CALL, index + 1)
            case _:
                pass

    def _at_function(self, index: int) -> Step:
        if self._tags[index].kind is not Kind.FUNCTION_OPEN:
            return _NO_STEP
        if index in self._bodies:
            return self._step(0, Action.OPEN_CALL, State.AFTER_BODY, self._bodies[index][1])
        return self._step(0, Action.OPEN_CALL, State.PARAMETERS, index + 1)

    def _at_opening(self, index: int) -> Step:
        following = index + 1
        is_opening = self._tags[index].kind is Kind.CALL_OPEN
        if not is_opening or following == len(self._tags) or not self._gap_is_space(following):
            return _NO_STEP
        if self._tags[following].kind is Kind.CALL_OPEN:
            return self._step(1, Action.NOTHING, State.BLOCK, following)
        return self._step(0, Action.NOTHING, State.FUNCTION, following)

    def _in_text(self, index: int) -> Iterator[Step]:
        tag = self._tags[index]
        as_data = 0
        if tag.kind is Kind.TURN_END:
            yield Step(0, Action.NOTHING, State.TEXT, index)
        elif tag.kind in _CLOSING:
            as_data = 1 if index and self._gap_is_space(index) else 3
        elif tag.kind is Kind.PARAMETER_OPEN:
            as_data = 6
        elif tag.kind is Kind.CALL_OPEN:
            inside = self._after_space(tag.end)
            if self._text[inside : inside + 1] in ("{", "["):
                after = self._tag_from(self._read_json(index, inside).end)
                cost = self._closings_too_many(index, after) + self._steps[after][State.TEXT].cost
                yield Step(cost, Action.NOTHING, State.TEXT, index)
                return
            block = self._steps[index][State.BLOCK]
            yield block
            if block.cost >= _IMPOSSIBLE and self._follows_a_call(index):
                # More likely a second call that went wrong than a value that holds two calls.
                yield self._close(_BROKEN, Action.NOTHING, self._after_block(index))
                return
        elif self.may_be_bare(tag.start, tag.name):
            yield self._steps[index][State.FUNCTION]
        yield self._close(as_data, Action.NOTHING, index + 1)

    def _follows_a_call(self, index: int) -> bool:
        before = self._tags[index - 1].kind if index else None
        return before is Kind.CALL_CLOSE and self._gap_is_space(index)

    def _after_block(self, index: int) -> int:
        """The tag behind a block that can't be read, as `_unreadable` ends it."""
        end = self._next_end[index + 1]
        is_close = end < len(self._tags) and self._tags[end].kind is Kind.CALL_CLOSE
        return end + 1 if is_close else end

    def _closings_too_many(self, index: int, after: int) -> int:
        """How many closing tags a JSON call has before its `</tool_call>`; it needs none."""
        close = after - 1
        if self._tags[close].kind is not Kind.CALL_CLOSE:
            return 0
        first = close
        while self._tags[first - 1].kind in _CLOSING and self._gap_is_space(first):
            first -= 1
        return close - max(first, index + 1)

    def _declared_parameters(self) -> dict[int, bool]:
        """Tags of parameters that their function declares: whether each was not given before."""
        fresh: dict[int, bool] = {}
        declared: Collection[str] = ()
        seen: set[str] = set()
        is_inside = False
        for index, tag in enumerate(self._tags):
            if tag.kind in (Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE):
                is_inside = False
            elif tag.kind is Kind.FUNCTION_OPEN:
                if not is_inside or self._follows_a_parameter(index):  # else it may be data
                    declared, seen = self._tools.get(tag.name, ()), set()
                is_inside = True
            elif tag.kind is Kind.PARAMETER_OPEN:
                if tag.name in declared:
                    fresh[index] = tag.name not in seen
                seen.add(tag.name)
        return fresh

    def _partners(self) -> dict[int, int]:
        """For each opening tag that begins a balanced piece, the tag that ends it."""
        partners: dict[int, int] = {}
        open_calls: list[int] = []
        after_opening = {
            index + 1 for index, tag in enumerate(self._tags) if tag.kind is Kind.PARAMETER_OPEN
        }
        for index, tag in enumerate(self._tags):
            if tag.kind is Kind.CALL_OPEN:
                open_calls.append(index)
            elif tag.kind is Kind.CALL_CLOSE and open_calls:
                opening = open_calls.pop()
                if self._opens_a_call(opening):
                    partners[opening] = index
            elif tag.kind is Kind.PARAMETER_CLOSE and index in after_opening:
                partners[index - 1] = index
        return partners

    def _closes_of_inner_calls(self) -> set[int]:
        """The closing tags of every whole call that begins inside a value."""
        closes: set[int] = set()
        index, is_in_function, is_in_value = 0, False, False
        while index < len(self._tags):
            kind = self._tags[index].kind
            end = self._end_of_whole_call(index) if is_in_value else None
            if end is not None:
                self._inner_calls[index] = end
                closes.update(
                    place for place in range(index, end + 1) if self._tags[place].kind in _CLOSING
                )
                index = end
            elif kind is Kind.FUNCTION_OPEN:
                is_in_function = True
            elif kind is Kind.PARAMETER_OPEN:
                is_in_value = is_in_function  # between calls it is only mentioned
            elif kind in _CLOSING:
                is_in_value = False
                is_in_function &= kind not in (Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE)
            index += 1
        return closes

    def _end_of_whole_call(self, index: int) -> int | None:
        """The last tag of a call that is written as it should be; its end may be cut."""
        if self._tags[index].kind is not Kind.CALL_OPEN:
            return None
        wanted: tuple[Kind, ...] = (Kind.FUNCTION_OPEN,)
        inside = self._after_space(self._tags[index].end)
        if self._text[inside : inside + 1] in ("{", "["):
            wanted = (Kind.CALL_CLOSE,)
        for place in range(index + 1, len(self._tags)):
            kind = self._tags[place].kind
            if kind not in wanted:
                return None
            if kind is Kind.CALL_CLOSE:
                return place
            if kind is not Kind.PARAMETER_CLOSE and not self._gap_is_space(place):
                return None
            wanted = _AFTER[kind]
        return len(self._tags) - 1 if wanted == (Kind.CALL_CLOSE,) else None

    def _opens_a_call(self, index: int) -> bool:
        """Whether a call follows this `<tool_call>`; in prose it may stand alone."""
        inside = self._after_space(self._tags[index].end)
        if self._text[inside : inside + 1] in ("{", "["):
            return True
        following = self._tags[index + 1]  # there is one: a `</tool_call>`, if nothing else
        return following.start == inside and following.kind in (Kind.FUNCTION_OPEN, Kind.CALL_OPEN)

    def _starts_line(self, tag: Tag) -> bool:
        start = tag.start
        while start and self._text[start - 1] in " \t":
            start -= 1
        return start == 0 or self._text[start - 1] == "\n"

    def _is_compact(self, index: int) -> bool:
        """Whether the parameter before this tag was begun on the same line as its value."""
        before = self._tags[index - 1] if index else None
        if before is None or before.kind is not Kind.PARAMETER_OPEN:
            return False
        return self._text[before.end : before.end + 1] != "\n"

    def _json_bodies(self) -> Iterator[tuple[int, tuple[dict[str, Any], int]]]:
        """Functions whose arguments are one JSON object: the object, and the tag that follows."""
        for index, tag in enumerate(self._tags):
            inside = self._after_space(tag.end)
            if tag.kind is not Kind.FUNCTION_OPEN or self._text[inside : inside + 1] != "{":
                continue
            value, end = decode_json(self._text, inside)
            following = self._tag_from(end)
            if not isinstance(value, dict) or following == len(self._tags):
                continue
            if self._after_space(end) == self._tags[following].start:
                yield index, (value, following)

    # --- the JSON dialect -----------------------------------------------------------------------

    def _read_json(self, index: int, inside: int) -> Block:
        close = self._closing_after(index)
        values, end = json_values(self._text, inside)
        if not values and close is not None:
            literal = read_literal(self._text[inside : close.start].strip())
            values, end = ([literal], close.start) if literal is not UNREADABLE else ([], end)
        found = calls_from(values)
        extra = _EXTRA_BRACES.match(self._text, end)
        rest = extra.end() if extra else end
        following = self._tag_from(end)
        while following < len(self._tags) and self._tags[following].start == rest:
            tag = self._tags[following]
            if tag.kind not in _CLOSING:
                break
            if tag.kind is Kind.CALL_CLOSE:
                return Block(found, (), tag.end) if found else self._unreadable(index)
            rest = self._after_space(tag.end)
            following += 1
        at_tag = following < len(self._tags) and self._tags[following].start == rest
        ended = at_tag or "</tool_call>".startswith(self._text[rest : rest + 20])
        return Block(found, (), rest) if found and ended else self._unreadable(index)

    # --- what can't be read ---------------------------------------------------------------------

    def _closing_after(self, index: int) -> Tag | None:
        """The `</tool_call>` that ends the block at `index`, if it stands before the next block."""
        boundary = self._boundary_after(index)
        return boundary if boundary and boundary.kind is Kind.CALL_CLOSE else None

    def _boundary_after(self, index: int) -> Tag | None:
        kinds = {Kind.CALL_CLOSE, Kind.CALL_OPEN, Kind.TURN_END}
        if self._tags[index].kind is Kind.FUNCTION_OPEN:  # so that no text is looked at twice
            kinds.add(Kind.FUNCTION_OPEN)
        following = index + 1
        while following < len(self._tags):
            if following in self._inner_calls:
                following = self._inner_calls[following]  # it stands in a value
            elif self._tags[following].kind in kinds:
                return self._tags[following]
            following += 1
        return None

    def _unreadable(self, index: int) -> Block:
        """A problem. Of a function without a `<tool_call>` only the tag is taken."""
        tag, boundary = self._tags[index], self._boundary_after(index)
        if boundary is None:
            end = len(self._text)
            ended = any(later.kind is Kind.FUNCTION_CLOSE for later in self._tags[index:])
        else:
            end = boundary.end if boundary.kind is Kind.CALL_CLOSE else boundary.start
            ended = True
        kind: ProblemKind = "unreadable_call" if ended else "cut_call"
        message = (
            "A tool call could not be read, so it was not run. Write the whole call again, with "
            "its function and every parameter closed."
            if ended
            else "The reply ended inside a tool call, so it was not run. Write the whole call "
            "again."
        )
        raw = self._text[tag.start : end]
        if tag.kind is Kind.FUNCTION_OPEN:
            end = tag.end
        return Block((), (Problem(kind=kind, message=message, raw=raw),), end)


def _value(text: str) -> str:
    """A raw value without the one line break that the format puts at each side."""
    decides = text if text.startswith(("\r", "\n")) else text[-2:]
    line_break = "\r\n" if decides.startswith("\r\n") else "\n"
    rest = text.removeprefix(line_break)
    return rest.removesuffix(line_break if rest.endswith(line_break) else "\n")


def _call(
    name: str, pairs: Sequence[tuple[str, str]], body: dict[str, Any] | None
) -> CallRead | Problem:
    if body is not None:
        return CallRead(name, body, "json")
    arguments: dict[str, Any] = {}
    for key, value in pairs:
        if arguments.setdefault(key, value) != value:
            return Problem(
                kind="repeated_parameter",
                message=f"The call of {name} gave the parameter {key} twice with different values, "
                f"so it was not run. Write the call again with one value.",
                raw="\n".join(f"{key}: {value}" for key, value in pairs),
            )
    if not name:
        return Problem(
            kind="unreadable_call",
            message="A tool call named no function, so it was not run. Write the whole call again.",
        )
    return CallRead(name, arguments, "xml")
