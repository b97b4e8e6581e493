"""The states that an engine keeps, each found again by the ids it was computed for."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch


@dataclass
class State:
    """What the model has computed for `ids`. A snapshot is copied before use, never changed."""

    ids: list[int]
    cache: Any
    snapshot: bool

    def size(self) -> int:
        """Bytes of its tensors, recurrent states and the room behind keys and values among them."""
        parts = [part for layer in self.cache.layers for part in vars(layer).values()]
        parts += [one for part in parts if isinstance(part, dict) for one in part.values()]
        tensors = (part for part in parts if isinstance(part, torch.Tensor))
        return sum(tensor.untyped_storage().nbytes() for tensor in tensors)


class States:
    """States by their ids, least recently used first to go."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._states: OrderedDict[tuple[int, int], State] = OrderedDict()
        self._sizes: dict[tuple[int, int], int] = {}

    def take(self, ids: Sequence[int]) -> State | None:
        """The longest state whose ids begin `ids`, to be changed freely."""
        best = None
        for key, state in self._states.items():
            length = len(state.ids)
            longer = best is None or length > len(self._states[best].ids)
            if longer and length < len(ids) and ids[:length] == state.ids:
                best = key
        if best is None:
            return None
        self._states.move_to_end(best)
        state = self._states[best]
        if state.snapshot:
            return State(list(state.ids), copy.deepcopy(state.cache), False)
        del self._states[best], self._sizes[best]
        return state

    def clear(self) -> None:
        """Let all go."""
        self._states.clear()
        self._sizes.clear()

    def put(self, state: State) -> None:
        """Keep a state, and let old ones go."""
        key = (len(state.ids), hash(tuple(state.ids)))
        known = self._states.get(key)
        if known is None or not known.snapshot:
            self._states[key] = state
        self._states.move_to_end(key)
        self._sizes[key] = self._states[key].size()
        while sum(self._sizes.values()) > self._limit and len(self._states) > 1:
            oldest, _ = self._states.popitem(last=False)
            del self._sizes[oldest]
