"""The tools of a group that nobody has seen: made of random words, and of daily life."""

import math
from collections.abc import Callable, Hashable, Sequence
from random import Random
from typing import TypeVar

from agentkit.models.nano.generator.everyday_tools import everyday_tool
from agentkit.models.nano.generator.random_tools import (
    DrawnTool,
    kind_and_words,
    random_noun,
    random_tool,
    random_verb,
)

_T = TypeVar("_T", bound=Hashable)

_MANY = 6  # of so many tools those made of random words have at most three parameters
# How often the tools of a set share verbs and nouns. Held-out words are so few that they often do.
ALIKE = 0.6
# How often they share parameters, as those of one program do (`path`, `limit`): which tool is meant
# then tells what comes behind `path`, and not the name alone.
ALIKE_PARAMETERS = 0.5


def stranger(
    rng: Random,
    *,
    held_out: bool,
    everyday: float,
    most: int,
    verbs: Sequence[str] = (),
    nouns: Sequence[str] = (),
    shared: Sequence[tuple[str, str]] = (),
) -> DrawnTool:
    """One tool: `everyday` is the share of those of daily life; the rest applies to the others."""
    if rng.random() < everyday:
        return everyday_tool(rng, held_out=held_out)
    return random_tool(rng, held_out=held_out, most=most, verbs=verbs, nouns=nouns, shared=shared)


def _different(rng: Random, draw: Callable[[], _T], count: int) -> tuple[_T, ...]:
    """So many different ones, or up to two more."""
    drawn: dict[_T, None] = {}
    wanted = rng.randint(count, count + 2)
    while len(drawn) < wanted:
        drawn[draw()] = None
    return tuple(drawn)


def strangers(
    rng: Random, count: int, *, held_out: bool, everyday: float | None = None
) -> list[DrawnTool]:
    """Tools of different names, often several with the same verb or noun.

    Without a share most sets are of one sort.
    """
    if everyday is None:
        everyday = rng.choice((*(0.0,) * 12, 0.5, 1.0))
    verbs: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    shared: tuple[tuple[str, str], ...] = ()
    few = math.isqrt(count) + 1  # which make more pairs than there are tools
    if not held_out and rng.random() < ALIKE:
        verbs = _different(rng, lambda: random_verb(rng, held_out=False), few)
        nouns = _different(rng, lambda: random_noun(rng, held_out=False), few)
    if not held_out and count > 1 and rng.random() < ALIKE_PARAMETERS:
        shared = _different(rng, lambda: kind_and_words(rng, held_out=False), count)
    tools: dict[str, DrawnTool] = {}
    known: set[tuple[str, ...]] = set()
    while len(tools) < count:
        most = 6 if count < _MANY else 3
        tool = stranger(
            rng,
            held_out=held_out,
            everyday=everyday,
            most=most,
            verbs=verbs,
            nouns=nouns,
            shared=shared,
        )
        same = tool.orders or (tool.verb, tool.noun)
        if tool.name not in tools and same not in known:
            tools[tool.name] = tool
            known.add(same)
    return list(tools.values())
