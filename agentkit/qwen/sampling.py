"""Sampling values from the model cards, by size and mode, and the tokens that end a turn.

The checkpoints ship no generation config: `generate()` with its defaults is greedy and never stops
at the end of a turn (verl-project/verl#5649). So every value is set here. The cards have no row for
tool use; the one for precise coding is used where there is one, because a presence penalty punishes
exactly the tags and names that a call must repeat.
"""

from __future__ import annotations

from typing import NamedTuple

from agentkit.model import Sampling

END_TOKENS = ("<|im_end|>", "<|endoftext|>", "<|im_start|>", "<tool_response>")
"""Tokens that end a reply: the turn's end, and what only another speaker could write."""

_LARGE = 2_560  # hidden size of the 4B, the smallest that thinks by default
_SMALL = 1_024  # hidden size of the 0.8B, the smallest that Qwen publishes

SIZES = {"nano": 256, "0.8B": 1_024, "2B": 2_048, "4B": _LARGE, "9B": 4_096}
"""Hidden sizes, by which a model's size is recognised."""


class Values(NamedTuple):
    """A complete row of sampling values in a model card."""

    temperature: float
    top_p: float
    top_k: int
    min_p: float
    presence_penalty: float


_PRECISE = Values(0.6, 0.95, 20, 0.0, 0.0)
_GREEDY = Values(0.0, 1.0, 0, 0.0, 0.0)
_LARGE_THINKING = Values(1.0, 0.95, 20, 0.0, 1.5)
_LARGE_INSTRUCT = Values(0.7, 0.8, 20, 0.0, 1.5)
_SMALL_THINKING = Values(1.0, 0.95, 20, 0.0, 1.5)
_SMALL_INSTRUCT = Values(1.0, 1.0, 20, 0.0, 2.0)


def thinks_by_default(hidden_size: int) -> bool:
    """Whether a model thinks unless told not to: 4B, 9B and, for show, nano; not 0.8B and 2B."""
    return hidden_size >= _LARGE or hidden_size < _SMALL


def sampling_values(
    hidden_size: int, *, thinking: bool, tools: bool, chosen: Sampling, pictures: bool = False
) -> Values:
    """Return the card's row for a size and mode, overridden by the values that the caller chose.

    `pictures`: whether the conversation has any; small models' cards have other rows for them.
    """
    is_large = hidden_size >= _LARGE
    if hidden_size < _SMALL:
        row = _GREEDY
    elif thinking and (tools or (pictures and not is_large)):
        row = _PRECISE
    elif is_large or pictures:
        row = _LARGE_THINKING if thinking else _LARGE_INSTRUCT
    else:
        row = _SMALL_THINKING if thinking else _SMALL_INSTRUCT
    given = {name: getattr(chosen, name) for name in Values._fields}
    return row._replace(**{name: value for name, value in given.items() if value is not None})
