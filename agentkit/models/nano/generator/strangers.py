"""The tools of a group that nobody has seen: made of random words, and of daily life."""

from random import Random

from agentkit.models.nano.generator.everyday_tools import everyday_tool
from agentkit.models.nano.generator.random_tools import RandomTool, random_tool

_FEW = 6  # from so many tools on none has more than three parameters


def stranger(rng: Random, *, held_out: bool, everyday: float = 0.5, most: int = 6) -> RandomTool:
    """One tool; `everyday` is the share of those of daily life."""
    if rng.random() < everyday:
        return everyday_tool(rng, held_out=held_out)
    return random_tool(rng, held_out=held_out, most=most)


def strangers(
    rng: Random, count: int, *, held_out: bool, everyday: float | None = None
) -> list[RandomTool]:
    """Tools of different names; now and then several for the same thing or of the same kind.

    Without a share most sets are of one sort.
    """
    if everyday is None:
        everyday = rng.choice((0.0, 0.0, 0.5, 1.0, 1.0))
    tools: dict[str, RandomTool] = {}
    known: set[tuple[str, ...]] = set()
    while len(tools) < count:
        most = 6 if count < _FEW else 3
        tool = stranger(rng, held_out=held_out, everyday=everyday, most=most)
        same = tool.orders or (tool.verb, tool.noun)
        if tool.name not in tools and same not in known:
            tools[tool.name] = tool
            known.add(same)
    return list(tools.values())
