"""The calls that a server split off, put together from the pieces in which they come."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from agentkit.events import CallRead
from agentkit.json_text import UNREADABLE, read_json
from agentkit.messages import Problem
from agentkit.models.server_characters import HALF, joined
from agentkit.models.server_wire import CallDelta

_NO_ARGUMENTS = re.compile(r"\s*(?:null|\{\s*\})?\s*")


class StructuredCalls:
    """The calls a server split off, while their pieces arrive."""

    def __init__(self) -> None:
        self._calls: list[_Fragments] = []
        self._at: dict[tuple[bool, int], _Fragments] = {}
        self._is_mixed_up = False  # arguments came to a call that may not be theirs

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, piece: CallDelta) -> None:
        """A piece belongs to the call of its index, unless its id or name says otherwise.

        Some servers repeat index 0, some repeat the name in every piece, some send neither again,
        and some go on with a call at another index than its own (sgl-project/sglang#6310).
        """
        current = self._current(piece)
        if piece.is_unreadable and current is not None:
            current.has_more = True  # a remark about a call that is there, or its arguments
            return
        if current is None or current.is_followed_by(piece):
            current = _Fragments(
                piece.index,
                is_legacy=piece.is_legacy,
                repeats=current is not None and current.name == piece.name,
            )
            self._calls.append(current)
            self._at[piece.is_legacy, piece.index] = current
        self._is_mixed_up |= current is not self._calls[-1] and current.may_not_own(piece)
        current.add(piece)

    def _current(self, piece: CallDelta) -> _Fragments | None:
        """The call that a piece goes on with, if it begins none: by id, by place, or the last."""
        there = self._at.get((piece.is_legacy, piece.index))
        last = self._calls[-1] if self._calls else None
        known = [call for call in self._calls if call.is_known_as(piece)]
        if known and there not in known and not (there is None and piece.name):
            return known[-1]
        if there is last or piece.is_legacy or piece.is_unreadable:
            return there
        if piece.is_placed and (piece.name or (there is not None and not there.is_whole)):
            return there
        return there if piece.name or last is None or last.is_whole else last

    @property
    def are_bare(self) -> bool:
        """Whether nothing but names has come of them."""
        return bool(self._calls) and not any(call.arguments for call in self._calls)

    def read(
        self, takes_arguments: Callable[[str], bool], *, is_whole: bool
    ) -> list[CallRead | Problem]:
        """Every call, or what was wrong with it, in the order that the server gave them.

        The same call under the same id is one that was sent twice, and so is one without arguments
        beside one with some (mudler/LocalAI#9722). What belongs to no call, or may belong to
        another, or makes one unreadable, may be the arguments of one that has none: none of these
        is run, nor one whose arguments may still have been to come, as the reply is not said to be
        whole.
        """
        calls = [call for call in self._calls if not call.is_legacy] or self._calls
        others = [call for call in self._calls if call not in calls]
        calls = [call for call in calls if call.arguments or not call.repeats]
        calls = [call for call in calls if not any(map(call.is_beginning_of, calls))]
        found = {(call.id or id(call), call.name, call.arguments): call for call in calls}
        ordered = sorted(found.values(), key=lambda call: call.index)
        read = [call.read() for call in ordered]
        is_whole &= not any(isinstance(each, Problem) for each in read)
        is_whole &= not (self._is_mixed_up or any(call.arguments for call in others))
        return [
            each
            if call.arguments
            or (is_whole and not call.has_more)
            or (call.name and not takes_arguments(call.name))
            else without_arguments(call.name)
            for call, each in zip(ordered, read, strict=True)
        ]


class _Fragments:
    """One call; `repeats` says that it only began as the one before it at the same place did."""

    def __init__(self, index: int, *, is_legacy: bool, repeats: bool) -> None:
        self.index = index
        self.is_legacy = is_legacy
        self.repeats = repeats
        self.has_more = False
        self.id = ""
        self.name = ""
        self.arguments = ""

    def add(self, piece: CallDelta) -> None:
        self.id = self.id or piece.id
        self.has_more |= piece.has_more
        if not self.name or (piece.name != self.name and not self.arguments):
            self.name += piece.name  # a name may come in pieces, too
        self.arguments += piece.arguments

    def is_known_as(self, other: CallDelta | _Fragments) -> bool:
        """Whether its id says that something belongs here, and its name nothing else."""
        return bool(self.id) and self.id == other.id and other.name in ("", self.name)

    def may_not_own(self, piece: CallDelta) -> bool:
        """Whether a piece that came here begins arguments, and only its place says whose."""
        is_alone = not (piece.name or self.is_known_as(piece))
        return is_alone and bool(piece.arguments) and not self.arguments

    def is_beginning_of(self, other: _Fragments) -> bool:
        """Whether this is the same call, under the same id, before its arguments came."""
        is_same = self.is_known_as(other)
        return is_same and self.has_none and not other.has_none

    def is_followed_by(self, piece: CallDelta) -> bool:
        """Whether a piece at the same place begins another call.

        A new id alone says nothing: some servers make one up for each piece. The same id says
        that it is the same call.
        """
        if not piece.name or not self.name:
            return False
        if piece.id and piece.id == self.id:
            return piece.name != self.name and bool(self.arguments)
        if piece.name != self.name:
            return bool(piece.id or not self.id or self.arguments)
        says_more = bool(piece.arguments) or (piece.id and piece.id != self.id)
        return bool(says_more) and self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether nothing can be missing of its arguments."""
        value = read_json(self.arguments) if self.arguments.strip().endswith("}") else UNREADABLE
        return isinstance(value, dict)

    @property
    def has_none(self) -> bool:
        """Whether it has no arguments, or says so."""
        return _NO_ARGUMENTS.fullmatch(self.arguments) is not None

    def read(self) -> CallRead | Problem:
        """No arguments at all, or `null`, is `{}`; unreadable ones never are."""
        arguments = {} if self.has_none else read_json(joined(self.arguments.strip()))
        if isinstance(arguments, str):  # JSON inside JSON
            arguments = read_json(arguments)
        if not self.name or arguments is UNREADABLE or not isinstance(arguments, dict):
            return _unreadable(self.name, self.arguments)
        call = CallRead(self.name, arguments, "json")
        return half_call(self.name, self.arguments) if has_half(call) else call


def _unreadable(name: str, raw: str) -> Problem:
    return Problem(
        kind="unreadable_call",
        message=f"The call of {name or 'a tool'} had arguments that are no JSON object, so it was "
        f"not run. Write the whole call again.",
        raw=raw,
    )


def without_arguments(name: str) -> Problem:
    return Problem(
        kind="unreadable_call",
        message=f"The call of {name or 'a tool'} may have lost its arguments on the way, so it was "
        f"not run. Write the whole call again, with all of them.",
        raw=name,
    )


def has_half(call: CallRead) -> bool:
    """Whether a part of a character got lost in it, on the way or before."""
    written = json.dumps([call.name, call.arguments], ensure_ascii=False)
    return HALF.search(written) is not None


def half_call(name: str, raw: str = "") -> Problem:
    return Problem(
        kind="unreadable_call",
        message=f"The call of {name} holds half a character, so it was not run. Write the whole "
        f"call again.",
        raw=raw,
    )
