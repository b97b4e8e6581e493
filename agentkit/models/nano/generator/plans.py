"""What is thought before a call: which tool, and which of its parameters.

    update mail: list_mails no, update_mail yes: day yes, author yes, footer no.

Each tool on offer is named in turn until one fits, then each parameter of that one. So every step
is a small one: the next name stands in the definitions behind the last one, and whether it is
wanted can be told once it is written. To name the right tool at once, or the next parameter that
the request gives, a tiny model would have to search several places in a single step.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from agentkit.models.nano.generator.random_tools import RandomTool


@dataclass(frozen=True)
class Offer:
    """The strangers' tools of a group, and the names of all tools in the order of the prompt."""

    tools: Sequence[RandomTool]
    names: Sequence[str]

    @classmethod
    def only(cls, tools: Sequence[RandomTool]) -> "Offer":
        """Where no others are on offer."""
        return cls(tools, [tool.name for tool in tools])


def opening(text: str) -> str:
    """How a request begins that has no verb and noun of its own: three words to know it by."""
    return " ".join(small(text).split()[:3]).rstrip(",.;:?!")


def small(text: str) -> str:
    return text[:1].lower() + text[1:]


def chosen(offer: Offer, tool: RandomTool, about: str) -> str:
    """Every tool on offer until the right one; `about` says which request it is for."""
    return f"{_before(offer, tool, about)}{tool.name} yes."


def plan(offer: Offer, tool: RandomTool, arguments: Container[str], about: str) -> str:
    """Every tool until the right one, and its parameters."""
    return _before(offer, tool, about) + given(tool, arguments)


def given(tool: RandomTool, arguments: Container[str]) -> str:
    """Every parameter of a tool, and whether the request gives it."""
    pairs = (f"{each.name} {'yes' if each.name in arguments else 'no'}" for each in tool.parameters)
    return f"{tool.name} yes: {', '.join(pairs) or 'nothing'}."


def none(offer: Offer, about: str) -> str:
    """No tool on offer fits."""
    return f"{about}: {', '.join(f'{name} no' for name in offer.names)}."


def _before(offer: Offer, tool: RandomTool, about: str) -> str:
    others = offer.names[: list(offer.names).index(tool.name)]
    return f"{about}: " + "".join(f"{name} no, " for name in others)
