"""Endless repetition is noticed, ordinary repetition is not."""

import pytest

from agentkit.qwen.loops import repeats_itself


@pytest.mark.parametrize("length", [1, 2, 7, 60, 128])
def test_a_piece_said_again_and_again_is_noticed(length: int) -> None:
    ids = list(range(1_000, 1_040)) + list(range(length)) * (1_200 // length)

    assert any(repeats_itself(ids[:end]) for end in range(len(ids)))


@pytest.mark.parametrize(
    "ids",
    [
        [],
        [5] * 100,
        list(range(3_000)),
        [number // 2 for number in range(3_000)],
        [token for row in range(300) for token in (1, 2, row, 3)],
    ],
    ids=["nothing", "a short run", "no repetition", "pairs", "a table whose rows differ"],
)
def test_ordinary_text_is_left_alone(ids: list[int]) -> None:
    assert not any(repeats_itself(ids[:end]) for end in range(len(ids)))
