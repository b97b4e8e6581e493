"""What is thought before a call: which tool, its parameters, and the arguments.

    update mail: update_mails? update yes, mail yes. update_mails(author string, day date) with
        day: 2026-05-01, Ben as author.
    update mail: list? update no, update_mails? update yes, mail yes. update_mails() with nothing.
    update mail: list_mail? update no, none.
    how far is: get_distance? yes. get_distance(origin string, destination string) with Paris as
        origin, Rome as destination.

First come verb and noun of the request, or the words that it shares with a definition; a request
that shares none is known by its opening. A tool is named and then looked at, word by word until one
is missing. So every step is a small one: whether a name is wanted can be told once it is written. A
wrong guess is never learned, only what becomes of it. The right tool is named once more, so that
the call finds it by the word behind it among all that were guessed.

Behind it stand its parameters with their types, so that the name for a value that comes without one
("order it on 2026-05-01") is looked for among these few and not in all definitions: the commonest
fault of plans without them.

The arguments follow the request from its first word to its last, each with value and name in the
order that they have there: `state 8 as the size, the day is Monday` is `8 as size, day: Monday`. In
daily life names are seldom said, and all is `VALUE as NAME`. To find the value that stands before a
name, a tiny model would have to search several places in a single step; here the next one is nearly
always a little further on. The call has the same order.

Before the second call of a chain the thought has its list once more, with the result, and after an
error (or a complaint of the loop, `corrections.py`) that of the failed call, all names first as the
call has them.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from random import Random
from typing import Any

from agentkit.models.nano.generator.random_tools import VERBS, DrawnTool
from agentkit.models.nano.generator.shared_words import has_word, is_named_after, shared_words
from agentkit.models.nano.generator.task import Arguments, pairs_of
from agentkit.qwen.prompt import argument_text

# How likely one more wrong tool is looked at first, up to three, and that it is one that was looked
# at before: a model that comes back to a tool has to find the same again.
GUESSED, GUESSED_OF_NONE, AGAIN = 0.5, 0.6, 0.3
# How often up to three wrong tools are looked at over and over instead, and how many times: what
# copies well goes on for ever with what stands there three times, unless it has learned how that
# ends.
STUCK, STUCK_ON, STUCK_FOR = 0.14, (1, 1, 1, 2, 3), (3, 10)


@dataclass(frozen=True)
class Request:
    """What is asked, also without its values; verb and noun, or the name, where it says them.

    Of the arguments in `named_first` the name stands before the value.
    """

    text: str
    bare: str
    words: tuple[str, ...] = ()
    name: str = ""
    named_first: frozenset[str] = frozenset()


@dataclass(frozen=True)
class About:
    """What a request is known by, and which words of it a tool must have."""

    text: str
    words: tuple[str, ...] = ()


def opening(text: str) -> About:
    """How a request begins: three words to know it by."""
    return About(" ".join(small(text).split()[:3]).rstrip(",.;:?!"))


def known_by(tools: Sequence[DrawnTool], tool: DrawnTool, request: Request) -> About:
    """The tool's name if the request says it, else two words that few others have, in order."""
    if request.name:
        return About(request.name)
    if request.words:
        return _of_words(request.words)
    words = shared_words(tool, request.bare)
    others = [other for other in tools if other.name != tool.name]
    rivals = {word: sum(_has(other, word) for other in others) for word in words}
    telling = sorted(words, key=lambda word: rivals[word])[:2]
    # A single word of a description is mostly there by accident.
    if not words or (len(words) == 1 and not is_named_after(tool, words[0])):
        return opening(request.text)
    return _of_words([word for word in words if word in telling])


def _of_words(words: Sequence[str]) -> About:
    return About(" ".join(words), tuple(words))


def has_all(tool: DrawnTool, words: Sequence[str]) -> bool:
    return all(_has(tool, word) for word in words)


def _has(tool: DrawnTool, word: str) -> bool:
    """Whether the definition has the word, or a verb that means the same."""
    return word in VERBS.get(tool.verb, ()) or has_word(tool, word)


def small(text: str) -> str:
    return text[:1].lower() + text[1:]


def chosen(rng: Random, tools: Sequence[DrawnTool], tool: DrawnTool, request: Request) -> str:
    """The right tool, now and then after wrong ones."""
    about = known_by(tools, tool, request)
    return f"{_guessed(rng, tools, tool, about)}{_looked_at(tool, about, right=True)}."


def at_once(tools: Sequence[DrawnTool], tool: DrawnTool, request: Request) -> str:
    """The right tool, without a guess before it."""
    about = known_by(tools, tool, request)
    return f"{about.text}: {_looked_at(tool, about, right=True)}."


def plan(
    rng: Random,
    tools: Sequence[DrawnTool],
    tool: DrawnTool,
    arguments: Mapping[str, Any],
    request: Request,
) -> str:
    """The right tool, its parameters, and its arguments."""
    told = listed(arguments, request.named_first)
    return f"{chosen(rng, tools, tool, request)} {signature(tool)} with {told}."


def signature(tool: DrawnTool) -> str:
    """Its name, and its parameters as defined: `book(day date, seat object(row integer))`."""
    return f"{tool.name}({_parameters(tool.definition['function']['parameters'])})"


def _parameters(schema: Mapping[str, Any]) -> str:
    """All names in the order in which they are defined, so that none has to be stepped over."""
    return ", ".join(f"{name} {_type_of(each)}" for name, each in schema["properties"].items())


def _type_of(schema: Mapping[str, Any]) -> str:
    if "properties" in schema:
        return f"object({_parameters(schema)})"
    return "enum" if "enum" in schema else str(schema.get("format", schema["type"]))


def given(name: str, arguments: Arguments, named_first: Container[str]) -> str:
    """A tool of which everything is known, and its arguments."""
    return f"{name} with {listed(arguments, named_first)}."


def listed(arguments: Arguments, named_first: Container[str]) -> str:
    texts = ((name, argument_text(value)) for name, value in pairs_of(arguments))
    told = (
        f"{name}: {text}" if name in named_first else f"{text} as {name}" for name, text in texts
    )
    return ", ".join(told) or "nothing"


def none(rng: Random, tools: Sequence[DrawnTool], request: Request) -> str:
    """No tool on offer fits."""
    about = opening(request.text)
    if request.name or request.words:
        about = About(request.name) if request.name else _of_words(request.words)
    return f"{_guessed(rng, tools, None, about)}none."


def _looked_at(tool: DrawnTool, about: About, *, right: bool) -> str:
    """A tool, and which words it has, until one is missing."""
    if right:
        said = [f"{word} yes" for word in about.words] or ["yes"]
    else:
        had = list(takewhile(lambda word: _has(tool, word), about.words))
        missing = about.words[len(had) : len(had) + 1]
        said = [*(f"{word} yes" for word in had), *(f"{word} no" for word in missing)] or ["no"]
    return f"{tool.name}? {', '.join(said)}"


def _guessed(rng: Random, tools: Sequence[DrawnTool], right: DrawnTool | None, about: About) -> str:
    """What it is about, then up to three wrong guesses, mostly of tools that share a word.

    Or some of them again and again.
    """
    wrong = {tool.name: tool for tool in tools if right is None or tool.name != right.name}
    # What has all the words looks right, though it is not: there is nothing to learn from it.
    wrong = {
        name: tool
        for name, tool in wrong.items()
        if not about.words or not has_all(tool, about.words)
    }
    alike = [name for name, tool in wrong.items() if any(_has(tool, w) for w in about.words)]
    guesses: list[str] = []
    if wrong and rng.random() < STUCK:
        some = [rng.choice(alike or list(wrong)) for _ in range(rng.choice(STUCK_ON))]
        guesses = [rng.choice(some) for _ in range(rng.randint(*STUCK_FOR))]
    while wrong and len(guesses) < 3 and rng.random() < (GUESSED if right else GUESSED_OF_NONE):
        among = guesses if guesses and rng.random() < AGAIN else alike
        guesses.append(rng.choice(among if among and rng.random() < 0.8 else list(wrong)))
    looked = (_looked_at(wrong[name], about, right=False) for name in guesses)
    return f"{about.text}: " + "".join(f"{each}, " for each in looked)
