"""Decides which tags of a text are structure and which are data.

Values are raw text, so `</parameter>` inside a value looks like the end of it. No rule that looks
only at the next tag can tell. All tags of the text are therefore read together: each reading of
them as structure or data has a cost, and the cheapest wins; among equal ones, the one that closes
earliest. A well-formed reading costs nothing. The costs say which fault is the more likely:

    1   a surplus closing tag right after a call (1/4 for each that follows; 3 after other text)
    1   a drifted closing tag, `</parameter_function>` or `</parameter=path>`; none if the tag
        before it opens as `<param=path>`, which is read only where a parameter may stand
    2   invented closing tags, as of another format, before the end of a function or call
    1/4 each further `</function>` right after one
    1.5 a misspelt closing tag of a parameter, where nothing else may have ended its value
    1   a `<tool_call>` as data inside a value
    1/2 an unreadable block right after a call
    1   the same parameter opened twice with nothing between (2 as data); there is no telling which
        of the two was meant, so the block is reported
    2   a missing closing tag (4 if a value and its call end with the block, or a parameter opens
        in the middle of a line)
        (2 more where it would be missing right after a `</parameter>` that is data)
    3   the opening of a declared parameter or a known tool as data; of a parameter that was given
        before, or is not declared, only right after a `</parameter>`, where the next would stand
    ~0  a whole `<parameter=…>…</parameter>`, or a whole call, with or without its `<tool_call>`, as
        data inside a value; twice as much, an undeclared parameter read as structure. Less than
        any of the others, so it only decides between readings that are otherwise equal

A block is also reported, not run, if one of its values would end at a closing tag of a whole call
inside it, since half a call before a whole one looks the same; if a value holds a call without
`<tool_call>` and has no end of its own; if a value without its own end stops at the end of a
function or call, and a later `</tool_call>` closes what is open there; if a value holds its own end
and that of its call, directly followed by what opens and closes like a call but is not well-formed
(costs 4 as data): that is rather a second call whose values mention tags; or if anything else opens
right after such ends without being read as a call of its own.

The costs of all suffixes are computed from the right in one pass, so time is linear in the text.
"""

from __future__ import annotations

import enum
import operator
from collections.abc import Iterator
from typing import NamedTuple

from agentkit.qwen.blocks import json_block
from agentkit.qwen.layout import Layout
from agentkit.qwen.tagged_text import CLOSING
from agentkit.qwen.tags import Kind


class State(enum.IntEnum):
    """Where a reading stands just before a tag."""

    VALUE = 0  # inside a parameter's value
    PARAMETERS = 1  # inside a function, between its parameters
    AFTER_FUNCTION = 2  # inside a call, after its function
    TEXT = 3  # outside of any call
    BLOCK = 4  # at the tag that opens a call
    FUNCTION = 5  # at the tag that opens a function
    AFTER_BODY = 6  # inside a function, after arguments written as one JSON object
    LONG_VALUE = 7  # inside a value that contains what may have been its end


class Action(enum.Flag):
    """What reading a tag as structure does, in this order."""

    NOTHING = 0
    CLOSE_VALUE = enum.auto()
    END_CALL = enum.auto()
    OPEN_CALL = enum.auto()
    OPEN_VALUE = enum.auto()
    DOUBT = enum.auto()  # nothing of this block may be run


class Step(NamedTuple):
    """The cheapest step from a state: its cost to the end of the text, and where it leads."""

    cost: float
    action: Action
    state: State
    place: int


_IMPOSSIBLE = 1e9
_WHOLE = 2.0**-20  # a million of them count like one fault; sums are exact
_BROKEN = 0.5
_MISSPELT = 1.5
_NO_STEP = Step(_IMPOSSIBLE, Action.NOTHING, State.TEXT, 0)
_cost = operator.itemgetter(0)  # of a step; a Python function would take most of the time


_ENDS_CALL = Action.CLOSE_VALUE | Action.END_CALL
_ENDS_VALUE = Action.CLOSE_VALUE | Action.OPEN_VALUE
# Ends of a value without its own closing tag: one that contains such a tag may have ended there.
_EARLY = {
    State.VALUE: (_ENDS_CALL, _ENDS_VALUE),
    State.LONG_VALUE: (_ENDS_CALL | Action.DOUBT, _ENDS_VALUE | Action.DOUBT),
}


class Readings:
    """The cheapest step from each tag in each state."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._tags = layout.tags
        count = len(self._tags)
        self._first_long = count  # the steps inside a long value are known from this tag on
        self._steps = [[_NO_STEP] * len(State) for _ in range(count + 1)]
        self._steps[count][State.AFTER_FUNCTION] = Step(2, Action.NOTHING, State.TEXT, count)
        self._steps[count][State.TEXT] = Step(0, Action.NOTHING, State.TEXT, count)
        for index in range(count - 1, -1, -1):
            here = self._steps[index]
            # The order matters: TEXT uses the two before it, and states after it use TEXT.
            here[State.FUNCTION] = self._at_function(index)
            here[State.BLOCK] = self._at_opening(index)
            here[State.TEXT] = min(self._in_text(index), key=_cost)
            here[State.VALUE] = min(self._in_value(index, State.VALUE), key=_cost)
            here[State.PARAMETERS] = min(self._between_parameters(index), key=_cost)
            here[State.AFTER_BODY] = min(self._after_body(index), key=_cost)
            here[State.AFTER_FUNCTION] = min(self._after_function(index), key=_cost)

    def path(self, index: int, state: State) -> Iterator[tuple[int, Step]]:
        """Yield the steps of the cheapest reading of a block, each with the tag where it is taken.

        Yields nothing if no reading leads to the end of the text.
        """
        step = self._steps[index][state]
        while step.cost < _IMPOSSIBLE:
            yield index, step
            if step.state is State.TEXT:
                return
            index = step.place
            step = self._steps[index][step.state]

    def _step(self, cost: float, action: Action, state: State, index: int) -> Step:
        return Step(cost + self._steps[index][state].cost, action, state, index)

    def _close(self, cost: float, action: Action, index: int) -> Step:
        """A step that ends the block, just before the tag at `index`."""
        return Step(cost + self._steps[index][State.TEXT].cost, action, State.TEXT, index)

    def _find_long_values(self, index: int) -> None:
        """Compute the steps inside a long value down to `index`; a well-formed reply needs none."""
        for place in range(self._first_long - 1, index - 1, -1):
            steps = self._in_value(place, State.LONG_VALUE)
            self._steps[place][State.LONG_VALUE] = min(steps, key=_cost)
            self._first_long = place

    def _in_value(self, index: int, state: State) -> Iterator[Step]:
        layout, following = self._layout, index + 1
        ends_call, ends_value = _EARLY[state]
        then = state
        # What ends at a closing tag of a call inside it may also be half a call before a whole one.
        doubt = Action.DOUBT if index in layout.inner_closes else Action.NOTHING
        match self._tags[index].kind:
            case Kind.PARAMETER_CLOSE:
                end = self._step(0, Action.CLOSE_VALUE | doubt, State.PARAMETERS, following)
                yield end
                if not end.cost:
                    return  # nothing is cheaper
                self._find_long_values(following)
                then = State.LONG_VALUE
            case Kind.DRIFTED_CLOSE:
                cost = 0 if layout.ends_drifted(index) else 1
                yield self._step(cost, Action.CLOSE_VALUE, State.PARAMETERS, following)
            case Kind.MISSPELT_CLOSE if state is State.VALUE:
                yield self._step(_MISSPELT, Action.CLOSE_VALUE, State.PARAMETERS, following)
            case Kind.FUNCTION_CLOSE:
                cost = 4 if self._follows_a_parameter(index) else 2
                action = ends_call | doubt | self._if_it_goes_on(index)
                yield self._step(cost, action, State.AFTER_FUNCTION, following)
            case Kind.CALL_CLOSE:
                yield self._close(4, ends_call | doubt | self._if_it_goes_on(index), following)
            case Kind.PARAMETER_OPEN if (opens := self._cost_as_next_parameter(index)) is not None:
                yield self._step(opens, ends_value, State.VALUE, following)
            case _:
                pass
        yield from self._on_in_value(index, state, then)

    def _on_in_value(self, index: int, state: State, then: State) -> Iterator[Step]:
        """The steps past what the tag at `index` may quote, or past the tag itself as data."""
        layout, tag, following = self._layout, self._tags[index], index + 1
        if (whole := layout.end_of_whole_function(index)) is not None:
            # The function is quoted if the value has an end of its own.
            self._find_long_values(whole + 1)
            yield self._step(_WHOLE, Action.NOTHING, State.LONG_VALUE, whole + 1)
        # What opens after the end of this call is more likely a malformed second one.
        is_long = state is State.LONG_VALUE
        passes_end = is_long and layout.ends_a_call_before_another(index)
        passes_end |= layout.ends_right_before_a_call(index)
        is_torn = tag.kind is Kind.PARAMETER_CLOSE and layout.half_opens(index)
        passes = Action.DOUBT if passes_end or is_torn else Action.NOTHING
        if index in layout.partners:
            last = layout.partners[index]
            at_end = state is State.LONG_VALUE and layout.follows(index, Kind.CALL_CLOSE)
            if at_end and layout.end_of_whole_call(index) != last:
                yield self._step(4, Action.DOUBT, state, last + 1)
            else:
                yield self._step(_WHOLE, Action.NOTHING, state, last + 1)
        cost = self._cost_as_data(index) + (_BROKEN if passes_end else 0)
        yield self._step(cost, passes, then, following)

    def _cost_as_next_parameter(self, index: int) -> int | None:
        """What it costs that an opening in a value begins the next parameter; None if it can't."""
        layout = self._layout
        if layout.is_drifted(index):
            return None
        repeats = 2 if self._follows_a_parameter(index) else 0
        if layout.declared.get(index):
            starts = layout.starts_line(self._tags[index].start) or layout.is_compact(index)
            return repeats + (2 if starts else 4)
        return repeats + 2 if layout.begins_again(index) else None

    def _cost_as_data(self, index: int) -> float:
        """What it costs that a tag in a value is a part of it."""
        layout = self._layout
        match self._tags[index].kind:
            case Kind.PARAMETER_OPEN if layout.is_drifted(index):
                return 3 if self._follows_a_parameter(index) else 0
            case Kind.PARAMETER_OPEN if layout.declared.get(index) or layout.begins_again(index):
                return 3
            case Kind.PARAMETER_OPEN if layout.opens_again(index):
                return 2  # more likely the opening before it is the surplus one
            case Kind.PARAMETER_OPEN if self._stands_for_the_next(index):
                return 3
            case Kind.FUNCTION_OPEN if layout.may_be_opened(index):
                return 3
            case Kind.CALL_OPEN:
                return 1
            case _:
                return 0

    def _if_it_goes_on(self, index: int) -> Action:
        """DOUBT if a value that ends with its function or call may go on.

        Its line may go on, or a later `</tool_call>` may close what is open there.
        """
        goes_on = self._layout.is_closed_later(index) or not self._layout.ends_line(index)
        return Action.DOUBT if goes_on else Action.NOTHING

    def _cost_of_gap(self, index: int) -> int | None:
        """What the text between a tag and the one before costs where only closing tags may stand.

        None if there is anything else.
        """
        if not index:
            return None
        if self._layout.gap_is_space(index):
            return 0
        is_close = self._tags[index].kind in (Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE)
        return 2 if is_close and self._layout.gap_is_closers(index) else None

    def _end_of_call(self, index: int) -> Action:
        """End a call, with DOUBT if more of its parameters follow: then the end came too early."""
        is_early = self._layout.has_parameters_behind(index)
        return Action.END_CALL | (Action.DOUBT if is_early else Action.NOTHING)

    def _stands_for_the_next(self, index: int) -> bool:
        """Whether a parameter opens where the next one of its function would."""
        of_function = index in self._layout.declared or index in self._layout.undeclared
        return of_function and self._follows_a_parameter(index)

    def _follows_a_parameter(self, index: int) -> bool:
        return self._layout.follows(index, Kind.PARAMETER_CLOSE)

    def _between_parameters(self, index: int) -> Iterator[Step]:
        layout = self._layout
        yield _NO_STEP
        if (gap := self._cost_of_gap(index)) is None:
            return
        following = index + 1
        match self._tags[index].kind:
            case Kind.PARAMETER_OPEN:
                cost = 2 * _WHOLE if index in layout.undeclared else 0
                yield self._step(cost, Action.OPEN_VALUE, State.VALUE, following)
                if following < len(self._tags) and layout.opens_again(following):
                    yield self._step(1, Action.DOUBT, State.PARAMETERS, following)
            case Kind.FUNCTION_CLOSE:
                action = self._end_of_call(index)
                yield self._step(gap, action, State.AFTER_FUNCTION, following)
            case Kind.CALL_CLOSE:
                yield self._close(2 + gap, self._end_of_call(index), following)
            case Kind.PARAMETER_CLOSE | Kind.DRIFTED_CLOSE:
                yield self._step(2, Action.NOTHING, State.PARAMETERS, following)
            case Kind.FUNCTION_OPEN | Kind.CALL_OPEN if layout.begins_a_call(index):
                yield self._close(2, Action.DOUBT, index)
            case _:
                pass

    def _after_function(self, index: int) -> Iterator[Step]:
        yield self._close(2, Action.NOTHING, index)
        if (gap := self._cost_of_gap(index)) is None:
            return
        following = index + 1
        match self._tags[index].kind:
            case Kind.CALL_CLOSE:
                goes_on = self._layout.goes_on_behind_its_turn(index)
                yield self._close(gap, Action.DOUBT if goes_on else Action.NOTHING, following)
            case Kind.FUNCTION_CLOSE if self._layout.follows(index, Kind.FUNCTION_CLOSE):
                yield self._step(1 / 4, Action.NOTHING, State.AFTER_FUNCTION, following)
            case Kind.FUNCTION_CLOSE | Kind.PARAMETER_CLOSE | Kind.DRIFTED_CLOSE:
                yield self._step(2 + gap, Action.NOTHING, State.AFTER_FUNCTION, following)
            case Kind.FUNCTION_OPEN:
                # In process, a function tag is no control token, so it may be quoted from data:
                # neither running it nor taking it for a value is safe.
                action = Action.NOTHING if self._layout.real is None else Action.DOUBT
                yield self._step(1, action, State.FUNCTION, index)
            case _:
                pass

    def _after_body(self, index: int) -> Iterator[Step]:
        yield _NO_STEP
        match self._tags[index].kind:
            case Kind.FUNCTION_CLOSE:
                yield self._step(0, self._end_of_call(index), State.AFTER_FUNCTION, index + 1)
            case Kind.CALL_CLOSE:
                yield self._close(2, self._end_of_call(index), index + 1)
            case _:
                pass

    def _at_function(self, index: int) -> Step:
        if self._tags[index].kind is not Kind.FUNCTION_OPEN:
            return _NO_STEP
        if index in self._layout.bodies:
            return self._step(0, Action.OPEN_CALL, State.AFTER_BODY, self._layout.bodies[index][1])
        return self._step(0, Action.OPEN_CALL, State.PARAMETERS, index + 1)

    def _at_opening(self, index: int) -> Step:
        following = index + 1
        is_opening = self._tags[index].kind is Kind.CALL_OPEN
        if (
            not is_opening
            or following == len(self._tags)
            or not self._layout.gap_is_space(following)
        ):
            return _NO_STEP
        if self._tags[following].kind is Kind.CALL_OPEN:
            return self._step(1, Action.NOTHING, State.BLOCK, following)
        return self._step(0, Action.NOTHING, State.FUNCTION, following)

    def _in_text(self, index: int) -> Iterator[Step]:
        layout, tag = self._layout, self._tags[index]
        as_data: float = 0
        if tag.kind is Kind.TURN_END:
            yield Step(0, Action.NOTHING, State.TEXT, index)
        elif tag.kind in CLOSING:
            as_data = self._cost_of_stray(index)
        elif tag.kind is Kind.PARAMETER_OPEN:
            as_data = 0 if layout.is_drifted(index) else 6
        elif tag.kind is Kind.CALL_OPEN:
            if layout.holds_json(index):
                after = layout.index_from(json_block(layout, index).end)
                cost = self._closings_too_many(index, after) + self._steps[after][State.TEXT].cost
                yield Step(cost, Action.NOTHING, State.TEXT, index)
                return
            block = self._steps[index][State.BLOCK]
            yield block
            if block.cost >= _IMPOSSIBLE and layout.follows(index, Kind.CALL_CLOSE):
                # More likely a malformed second call than a value that holds two calls.
                yield self._close(_BROKEN, Action.NOTHING, layout.after_block(index))
                return
        elif layout.may_be_bare(tag.start, tag.name):
            yield self._steps[index][State.FUNCTION]
        elif layout.real is not None and (whole := layout.end_of_whole_function(index)) is not None:
            yield self._close(0, Action.NOTHING, whole + 1)  # it is text, and so are its tags
        yield self._close(as_data, Action.NOTHING, index + 1)

    def _cost_of_stray(self, index: int) -> float:
        if not index or not self._layout.gap_is_space(index):
            return 3
        second = index > 1 and self._layout.gap_is_space(index - 1)
        is_chain = second and self._tags[index - 2].kind in CLOSING
        # After the end of a call, only the first surplus tag counts in full.
        return 0.25 if is_chain and self._tags[index - 1].kind is not Kind.CALL_CLOSE else 1

    def _closings_too_many(self, index: int, after: int) -> int:
        """Count the closing tags before the `</tool_call>` of a JSON call, which needs none."""
        close = after - 1
        if self._tags[close].kind is not Kind.CALL_CLOSE:
            return 0
        first = close
        while self._tags[first - 1].kind in CLOSING and self._layout.gap_is_space(first):
            first -= 1
        return close - max(first, index + 1)
