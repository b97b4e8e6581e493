"""Draws the next id of a reply from its logits, by a model card's values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import torch

from agentkit.qwen.sampling import Values
from agentkit.tools import Toolset

_GREEDY = 1e-4  # a temperature below which logits would overflow, and nothing else be drawn


class Guide(Protocol):
    """Has a say in what is drawn: sees each id of a reply, and masks the logits of the next."""

    def mask(self, logits: torch.Tensor) -> torch.Tensor: ...

    def accept(self, number: int) -> None: ...


Guides: TypeAlias = Callable[[Toolset, bool], Guide]
"""Makes the guide of one reply, of its tools and whether it begins inside a thought."""


class _Unguided:
    """Lets the model write what it likes."""

    def mask(self, logits: torch.Tensor) -> torch.Tensor:
        return logits

    def accept(self, number: int) -> None:
        pass


UNGUIDED = _Unguided()


class Sampler:
    """Draws ids by a card's values. The penalty counts generated tokens, never the prompt's."""

    def __init__(
        self, values: Values, size: int, seed: int | None, guide: Guide = UNGUIDED
    ) -> None:
        self._guide = guide
        self._values = values
        self._size = size
        self._seen: set[int] = set()
        self._generator: torch.Generator | None = None
        self._seed = seed

    def note(self, number: int) -> None:
        """Count an id as generated."""
        self._seen.add(number)
        self._guide.accept(number)

    def draw(self, logits: torch.Tensor) -> int:
        """The next id."""
        values = self._values
        logits = logits[: self._size].float()  # above are ids the tokenizer does not have
        if values.presence_penalty and self._seen:
            seen = torch.tensor(sorted(self._seen), device=logits.device)
            logits = logits.index_add(
                0, seen, torch.full_like(seen, -values.presence_penalty, dtype=logits.dtype)
            )
        logits = self._guide.mask(logits)
        if values.temperature < _GREEDY:
            return int(logits.argmax())
        count = min(values.top_k or len(logits), len(logits))
        best, ids = torch.topk(logits / values.temperature, count)
        weights = torch.softmax(best, dim=-1)
        if values.top_p < 1:
            weights = weights * ((weights.cumsum(-1) - weights) < values.top_p)
        if values.min_p > 0:
            weights = weights * (weights >= values.min_p * weights[0])
        chosen = torch.multinomial(weights, 1, generator=self._generator_on(weights.device))
        return int(ids[chosen])

    def _generator_on(self, device: torch.device) -> torch.Generator:
        if self._generator is None:
            self._generator = torch.Generator(device)
            if self._seed is None:
                self._generator.seed()
            else:
                self._generator.manual_seed(self._seed)
        return self._generator
