"""The tools of a group that nobody has seen: made of random words, and of daily life."""

from random import Random

from agentkit.models.nano.generator.everyday_tools import everyday_tool
from agentkit.models.nano.generator.random_tools import DrawnTool, random_tool

_MANY = 6  # of so many tools those made of random words have at most three parameters


def stranger(rng: Random, *, held_out: bool, everyday: float, most: int) -> DrawnTool:
    """One tool: `everyday` is the share of those of daily life, others have `most` parameters."""
    if rng.random() < everyday:
        return everyday_tool(rng, held_out=held_out)
    return random_tool(rng, held_out=held_out, most=most)


def strangers(
    rng: Random, count: int, *, held_out: bool, everyday: float | None = None
) -> list[DrawnTool]:
    """Tools of different names, now and then several with the same verb or noun.

    Without a share most sets are of one sort.
    """
    if everyday is None:
        everyday = rng.choice((0.0, 0.0, 0.0, 0.5, 1.0))
    tools: dict[str, DrawnTool] = {}
    known: set[tuple[str, ...]] = set()
    while len(tools) < count:
        most = 6 if count < _MANY else 3
        tool = stranger(rng, held_out=held_out, everyday=everyday, most=most)
        same = tool.orders or (tool.verb, tool.noun)
        if tool.name not in tools and same not in known:
            tools[tool.name] = tool
            known.add(same)
    return list(tools.values())
