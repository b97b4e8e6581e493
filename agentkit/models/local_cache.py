"""What attention remembers, with room behind it for what comes.

transformers puts all keys and values into a new tensor with every token, so that a token costs the
more, the longer the conversation. Here they are moved only when the room is used up, which is then
made a quarter larger: over a conversation each is moved a few times, not once for each token.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

_LEAST_ROOM = 256  # tokens


def growing_cache(config: Any) -> DynamicCache:
    """An empty cache for a model of this configuration."""
    cache = DynamicCache(config=config)
    for place, layer in enumerate(cache.layers):
        if type(layer) is DynamicLayer:  # others, as recurrent states, keep their own way
            cache.layers[place] = GrowingLayer()  # type: ignore[no-untyped-call]
    return cache


class GrowingLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """Keys and values of one layer, each [batch, heads, tokens, width]."""

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the keys and values of further tokens, and return all."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self.keys = _extended(self.keys, key_states)
        self.values = _extended(self.values, value_states)
        return self.keys, self.values

    def __deepcopy__(self, memo: dict[int, Any]) -> GrowingLayer:
        """A copy without the room: most copies are kept and never written to."""
        other = GrowingLayer()  # type: ignore[no-untyped-call]
        vars(other).update(copy.copy(vars(self)))
        if self.keys is not None and self.values is not None:
            # Contiguous: of a dimension of one, strides would tell of room that is not there.
            keep = torch.contiguous_format
            other.keys = self.keys.clone(memory_format=keep)
            other.values = self.values.clone(memory_format=keep)
        return other


def _extended(held: torch.Tensor | None, more: torch.Tensor) -> torch.Tensor:
    """`held` and, behind it, `more`: in the same memory, if there is room."""
    length = held.shape[-2] if held is not None and held.numel() else 0
    needed = length + more.shape[-2]
    if held is None or not length or needed > _room(held):
        room = needed + max(_LEAST_ROOM, needed // 4)
        larger = more.new_empty((*more.shape[:-2], room, more.shape[-1]))
        if held is not None and length:
            larger[..., :length, :] = held
        held = larger
    whole = held.as_strided((*more.shape[:-2], needed, more.shape[-1]), held.stride())
    whole[..., length:, :] = more
    return whole


def _room(held: torch.Tensor) -> int:
    """How many tokens fit into the memory of a head; `held` begins where that memory does."""
    return held.stride(-3) // held.stride(-2)
