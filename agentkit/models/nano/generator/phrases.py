# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""A tiny grammar for wording: `[a|b|]` picks one alternative, `{slot}` is filled in.

expand(rng, "[Please |]count the lines [of|in] {path}.", path="README.md")
"""

import re
import zlib
from collections.abc import Sequence
from functools import cache
from random import Random

_INNERMOST = re.compile(r"\[([^\[\]]*)\]")


def expand(rng: Random, template: str, /, **slots: object) -> str:
    """One wording of the template; nested alternatives are resolved from the inside out."""
    text = template
    while (found := _INNERMOST.search(text)) is not None:
        choice = rng.choice(found.group(1).split("|"))
        text = text[: found.start()] + choice + text[found.end() :]
    for name, value in slots.items():
        text = text.replace("{" + name + "}", str(value))
    return text[:1].upper() + text[1:] if rng.random() < 0.8 and "{" not in template[:1] else text


@cache
def kept_back(templates: tuple[str, ...]) -> frozenset[str]:
    """The phrasings never trained on: about one in seven by a checksum, at least one of four."""
    sums = {template: zlib.crc32(template.encode()) for template in templates}
    chosen = frozenset(template for template, number in sums.items() if number % 7 == 0)
    if chosen or len(templates) < 4:
        return chosen
    return frozenset({min(sums, key=sums.__getitem__)})


def pick(rng: Random, templates: Sequence[str], *, held_out: bool) -> str:
    """A template of the wanted half."""
    kept = kept_back(tuple(templates))
    half = [template for template in templates if (template in kept) == held_out]
    return rng.choice(half or list(templates))


_BEFORE = ("", "", "", "", "", "", "", "please ", "hi, ", "hello! ", "can you tell me: ", "quick question: ", "I'd like to know: ",
           "hey, ", "tell me, ", "good morning. ", "one question: ", "I need this: ")  # fmt: skip
_AFTER = (
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    " Thanks.",
    " thx",
    " ok?",
    " Thank you!",
    " Please.",
    " Just the answer, please.",
    " Be brief.",
)


def polite(rng: Random, text: str) -> str:
    """Now and then adds the words around a request that people add."""
    before, after = rng.choice(_BEFORE), rng.choice(_AFTER)
    draw = rng.random()
    if draw < 0.08:
        text = text[0].lower() + text[1:]
    if 0.05 < draw < 0.15 and text[-1] in ".?":
        text = text[:-1]
    if before and text[1:2].islower() and before[-2] not in ".!":
        text = text[0].lower() + text[1:]
    return (
        (before[:1].upper() + before[1:] if before and rng.random() < 0.8 else before)
        + text
        + after
    )


def listing(words: Sequence[str], *, word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" {word} {words[-1]}"


def quoted(rng: Random, name: str) -> str:
    """A name as people set it in a sentence."""
    return rng.choice(("{}", "{}", "{}", "{}", "`{}`", '"{}"', "'{}'", "the file {}")).format(name)
