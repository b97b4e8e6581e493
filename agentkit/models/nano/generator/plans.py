"""What is thought before a call: which tool, and which of its parameters.

    update mail: update_mails? yes: day yes, author yes, footer no.
    update mail: list_mail? no, update_mails? yes: day yes, author yes, footer no.
    how far is: none.

First come the words that the request shares with a definition, most telling ones; a request that
shares none is known by its opening.

A tool is named and then looked at, and each parameter of the right one is. So every step is a small
one: whether a name is wanted can be told once it is written. A wrong guess is never learned, only
what becomes of it. To name the next parameter that the request gives, a tiny model would have to
search several places in a single step.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from random import Random

from agentkit.models.nano.generator.random_tools import DrawnTool
from agentkit.models.nano.generator.shared_words import shared_words, shares_a_word

# How likely one more wrong tool is looked at first, up to two.
GUESSED, GUESSED_OF_NONE = 0.5, 0.6


@dataclass(frozen=True)
class Offer:
    """The strangers' tools of a group, and the names of all its tools."""

    tools: Sequence[DrawnTool]
    names: Sequence[str]

    @classmethod
    def only(cls, tools: Sequence[DrawnTool]) -> "Offer":
        """Where there are no other tools."""
        return cls(tools, [tool.name for tool in tools])


@dataclass(frozen=True)
class Request:
    """What is asked, also without its values."""

    text: str
    bare: str


def opening(text: str) -> str:
    """How a request begins: three words to know it by."""
    return " ".join(small(text).split()[:3]).rstrip(",.;:?!")


def known_by(offer: Offer, tool: DrawnTool, request: Request) -> str:
    """The tool's name if the request says it, else two words that few others have, in order."""
    if tool.name in request.bare:
        return tool.name
    words = shared_words(tool, request.bare)
    if not words:
        return opening(request.text)
    others = [other for other in offer.tools if other.name != tool.name]
    rivals = {word: sum(shares_a_word(other, word) for other in others) for word in words}
    telling = sorted(words, key=lambda word: rivals[word])[:2]
    return " ".join(small(word) for word in words if word in telling)


def small(text: str) -> str:
    return text[:1].lower() + text[1:]


def chosen(rng: Random, offer: Offer, tool: DrawnTool, request: Request) -> str:
    """The right tool, now and then after wrong ones."""
    about = known_by(offer, tool, request)
    return f"{_guessed(rng, offer, tool, about)}{tool.name}? yes."


def plan(
    rng: Random, offer: Offer, tool: DrawnTool, arguments: Container[str], request: Request
) -> str:
    """The right tool, and its parameters."""
    about = known_by(offer, tool, request)
    return _guessed(rng, offer, tool, about) + given(tool, arguments)


def given(tool: DrawnTool, arguments: Container[str]) -> str:
    """Every parameter of a tool, and whether the request gives it."""
    pairs = (f"{each.name} {'yes' if each.name in arguments else 'no'}" for each in tool.parameters)
    return f"{tool.name}? yes: {', '.join(pairs) or 'nothing'}."


def none(rng: Random, offer: Offer, request: str) -> str:
    """No tool on offer fits."""
    return f"{_guessed(rng, offer, None, opening(request))}none."


def _guessed(rng: Random, offer: Offer, right: DrawnTool | None, about: str) -> str:
    """What it is about, then up to two wrong guesses, mostly of tools that share a word."""
    wrong = [name for name in offer.names if right is None or name != right.name]
    alike = [tool.name for tool in offer.tools if tool.name in wrong and shares_a_word(tool, about)]
    guesses: list[str] = []
    while wrong and len(guesses) < 2 and rng.random() < (GUESSED if right else GUESSED_OF_NONE):
        guesses.append(rng.choice(alike if alike and rng.random() < 0.8 else wrong))
    return f"{about}: " + "".join(f"{name}? no, " for name in dict.fromkeys(guesses))
