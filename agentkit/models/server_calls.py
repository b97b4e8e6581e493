"""Assembles the calls that a server split off from the pieces in which they arrive."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from agentkit.events import CallRead
from agentkit.json_text import UNREADABLE, read_json
from agentkit.messages import Problem
from agentkit.models.server_characters import HALF, joined
from agentkit.models.server_delta import CallDelta

_NO_ARGUMENTS = re.compile(r"\s*(?:null|\{\s*\})?\s*")


class StructuredCalls:
    """The calls of one reply that the server split off, while their pieces arrive."""

    def __init__(self) -> None:
        self._calls: list[_Fragments] = []
        self._at: dict[tuple[bool, int], _Fragments] = {}
        self._is_mixed_up = False  # arguments may have been added to the wrong call

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, piece: CallDelta) -> None:
        """Add a piece to the call at its index, unless its id or name says otherwise.

        Some servers repeat index 0, some repeat the name in every piece, some send neither again,
        and some continue a call at an index that is not its own (sgl-project/sglang#6310).
        """
        current = self._current(piece)
        if piece.is_unreadable and current is not None:
            current.has_more = True  # it may hold arguments of this call
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
        """Return the call that a piece may continue, found by id or index, or the last one."""
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
        """Whether calls have arrived, but none with arguments."""
        return bool(self._calls) and not any(call.arguments for call in self._calls)

    def read(
        self, takes_arguments: Callable[[str], bool], *, is_whole: bool
    ) -> list[CallRead | Problem]:
        """Return every call, or the problem with it, in the server's order.

        The same call under the same id was sent twice and counts once; if one copy lacks arguments,
        the other counts (mudler/LocalAI#9722). A call without arguments is a problem where it may
        have lost them: it has unknown fields, any call is unreadable, arguments belong to no call
        or may be in the wrong one, or the reply is not known to be whole. Tools without parameters
        are exempt.
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
    """The pieces of one call; `repeats`: its name is that of the call before it at its index."""

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
        """Whether another piece or call has the same id, and no different name."""
        return bool(self.id) and self.id == other.id and other.name in ("", self.name)

    def may_not_own(self, piece: CallDelta) -> bool:
        """Whether a piece begins this call's arguments with nothing but its index to say so."""
        is_alone = not (piece.name or self.is_known_as(piece))
        return is_alone and bool(piece.arguments) and not self.arguments

    def is_beginning_of(self, other: _Fragments) -> bool:
        """Whether this is a copy of another call, under the same id, without its arguments."""
        is_same = self.is_known_as(other)
        return is_same and self.has_none and not other.has_none

    def is_followed_by(self, piece: CallDelta) -> bool:
        """Whether a piece at the same index begins another call.

        A new id alone proves nothing, since some servers invent one for each piece. The same id
        means the same call, unless another name follows arguments.
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
        """Whether its arguments are a complete JSON object."""
        value = read_json(self.arguments) if self.arguments.strip().endswith("}") else UNREADABLE
        return isinstance(value, dict)

    @property
    def has_none(self) -> bool:
        """Whether its arguments are empty, `null` or `{}`."""
        return _NO_ARGUMENTS.fullmatch(self.arguments) is not None

    def read(self) -> CallRead | Problem:
        """Return the call. Missing or `null` arguments count as `{}`, unreadable ones never do."""
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
    """Whether the call holds half a character, whose other half was lost."""
    written = json.dumps([call.name, call.arguments], ensure_ascii=False)
    return HALF.search(written) is not None


def half_call(name: str, raw: str = "") -> Problem:
    return Problem(
        kind="unreadable_call",
        message=f"The call of {name} holds half a character, so it was not run. Write the whole "
        f"call again.",
        raw=raw,
    )
