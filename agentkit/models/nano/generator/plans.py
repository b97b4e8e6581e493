"""What is thought before a call: which tool, and which of its parameters.

    update mail: update_mails? yes: day yes, author yes, footer no.
    update mail: list_mail? no, update_mails? yes: day yes, author yes, footer no.
    update mail: none.

A tool is named and then looked at, and each parameter of the right one is. So every step is a small
one: whether a name is wanted can be told once it is written. A wrong guess is never learned, only
what becomes of it. To name the next parameter that the request gives, a tiny model would have to
search several places in a single step.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from random import Random

from agentkit.models.nano.generator.random_tools import RandomTool

# How likely one more wrong tool is looked at first, up to two.
GUESSED, GUESSED_OF_NONE = 0.5, 0.6


@dataclass(frozen=True)
class Offer:
    """The strangers' tools of a group, and the names of all its tools."""

    tools: Sequence[RandomTool]
    names: Sequence[str]

    @classmethod
    def only(cls, tools: Sequence[RandomTool]) -> "Offer":
        """Where there are no other tools."""
        return cls(tools, [tool.name for tool in tools])


def opening(text: str) -> str:
    """How a request begins: three words to know it by."""
    return " ".join(small(text).split()[:3]).rstrip(",.;:?!")


def small(text: str) -> str:
    return text[:1].lower() + text[1:]


def chosen(rng: Random, offer: Offer, tool: RandomTool, about: str) -> str:
    """The right tool, now and then after wrong ones; `about` says which request it is for."""
    return f"{_guessed(rng, offer, tool, about)}{tool.name}? yes."


def plan(rng: Random, offer: Offer, tool: RandomTool, arguments: Container[str], about: str) -> str:
    """The right tool, and its parameters."""
    return _guessed(rng, offer, tool, about) + given(tool, arguments)


def given(tool: RandomTool, arguments: Container[str]) -> str:
    """Every parameter of a tool, and whether the request gives it."""
    pairs = (f"{each.name} {'yes' if each.name in arguments else 'no'}" for each in tool.parameters)
    return f"{tool.name}? yes: {', '.join(pairs) or 'nothing'}."


def none(rng: Random, offer: Offer, about: str) -> str:
    """No tool on offer fits."""
    return f"{_guessed(rng, offer, None, about)}none."


def _guessed(rng: Random, offer: Offer, right: RandomTool | None, about: str) -> str:
    """What it is about, then up to two wrong guesses, mostly of tools that share a word."""
    wrong = [name for name in offer.names if right is None or name != right.name]
    alike = [
        tool.name
        for tool in offer.tools
        if right and tool.name != right.name and {tool.verb, tool.noun} & {right.verb, right.noun}
    ]
    guesses: list[str] = []
    while wrong and len(guesses) < 2 and rng.random() < (GUESSED if right else GUESSED_OF_NONE):
        guesses.append(rng.choice(alike if alike and rng.random() < 0.8 else wrong))
    return f"{about}: " + "".join(f"{name}? no, " for name in dict.fromkeys(guesses))
