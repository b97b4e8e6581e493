"""Keys and values grow in place: the same numbers, fewer moves, and copies stand alone."""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from transformers import DynamicCache

from agentkit.models.local_cache import GrowingLayer, growing_cache
from agentkit.models.local_engine import Engine
from agentkit.models.local_states import State


def some(tokens: int, start: int = 0) -> torch.Tensor:
    """Keys of so many tokens, all different, as a model makes them: heads are not outermost."""
    numbers = torch.arange(start * 6, (start + tokens) * 6, dtype=torch.float32)
    return numbers.view(1, tokens, 2, 3).transpose(1, 2)


def layer_of(*pieces: int) -> GrowingLayer:
    layer, length = GrowingLayer(), 0
    for tokens in pieces:
        layer.update(some(tokens, length), -some(tokens, length))
        length += tokens
    return layer


def test_what_was_added_in_pieces_is_what_was_added() -> None:
    pieces = (1, 1, 300, 1, 512, *[1] * 400)

    layer = layer_of(*pieces)

    assert layer.get_seq_length() == sum(pieces)
    assert torch.equal(layer.keys, some(sum(pieces)))
    assert torch.equal(layer.values, -some(sum(pieces)))


def test_tokens_are_moved_a_few_times_only() -> None:
    layer, places = layer_of(1), set()

    for length in range(1, 20_000):
        layer.update(some(1, length), some(1, length))
        places.add(layer.keys.data_ptr())

    assert len(places) < 30


def test_a_copy_and_what_it_was_copied_from_go_on_apart() -> None:
    layer = layer_of(5)
    other = copy.deepcopy(layer)

    layer.update(some(1, 5), some(1, 5))
    other.update(some(1, 100), some(1, 100))

    assert torch.equal(layer.keys, some(6))
    assert torch.equal(other.keys[..., :5, :], some(5))
    assert torch.equal(other.keys[..., 5:, :], some(1, 100))


def test_a_copy_of_a_single_head_goes_on_as_well() -> None:
    def of(tokens: int) -> torch.Tensor:
        return torch.arange(tokens * 3, dtype=torch.float32).view(1, 1, tokens, 3)

    layer = GrowingLayer()
    layer.update(of(10), of(10))
    other = copy.deepcopy(layer)
    other.update(of(700), of(700))

    assert torch.equal(other.keys, torch.cat([of(10), of(700)], dim=-2))
    assert torch.equal(layer.keys, of(10))


def test_a_copy_takes_no_more_memory_than_it_holds() -> None:
    layer = layer_of(5)

    other = copy.deepcopy(layer)

    assert other.keys.untyped_storage().nbytes() == other.keys.numel() * 4
    assert layer.keys.untyped_storage().nbytes() > other.keys.untyped_storage().nbytes()


def test_a_layer_that_was_cut_goes_on_from_there() -> None:
    layer = layer_of(5)

    layer.crop(-2)
    layer.update(some(2, 50), some(2, 50))

    assert torch.equal(layer.keys, torch.cat([some(3), some(2, 50)], dim=-2))


@torch.no_grad()
def test_a_model_computes_the_same_with_it(random_model: Path) -> None:
    engine = Engine.load(str(random_model), "cpu", 2**30)
    pieces = [list(range(200)), [*range(300), *range(200)], [7], [8], [9, 10]]

    def logits(cache: DynamicCache) -> torch.Tensor:
        state = State([], cache, snapshot=False)
        return torch.stack([engine.forward(state, piece) for piece in pieces])

    assert torch.equal(
        logits(growing_cache(engine._config)), logits(DynamicCache(config=engine._config))
    )


def test_an_engine_lets_every_layer_with_attention_grow(random_model: Path) -> None:
    engine = Engine.load(str(random_model), "cpu", 2**30)

    kinds = [type(layer) is GrowingLayer for layer in engine._empty().cache.layers]

    assert kinds == [kind == "full_attention" for kind in engine._config.layer_types]
    assert any(kinds)
