# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""A tiny grammar for wording: `[a|b|]` picks one alternative, `<give>` stands for the many ways to
begin, `{slot}` is filled in.

expand(rng, "<give> the number of lines [of|in] {path}.", path="README.md")
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

_BEGINNINGS = {
    "<tell>": "[tell me|find out|let me know|I want to know|I'd like to know|can you tell me|could you find out|please tell me|check|do you know|figure out|I wonder|say|please check|I need to know|help me find out|see|show me|could you say|would you tell me|look up|what I want to know is]",
    "<give>": "[give me|I need|I want|get me|get|show me|tell me|find|determine|find out|please give me|can you give me|could you find|let me have|I'd like|I would like to have|return|report|please find|help me find|what I need is|state|name]",
    "<work>": "[calculate|compute|work out|find|determine|figure out|get|please calculate|can you compute|could you work out|I need you to work out|help me calculate|would you calculate|tell me]",
    "<read>": "[read|open|look into|look at|check|go through|have a look at|take|use|see|please read|please open|go to|have a look into]",
    "<total>": "[in total|together|altogether|combined|in all|all in all|in sum|overall|all together|taken together]",
    "<more>": "[more|additional|extra]",
}  # fmt: skip
_INNERMOST = re.compile(r"\[([^\[\]]*)\]")


def wordings(family: str) -> dict[str, Any]:
    """The tables of a family, from `wordings/FAMILY.toml`, with tuples for lists."""

    def frozen(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: frozen(each) for name, each in value.items()}
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    text = Path(__file__).with_name("wordings").joinpath(f"{family}.toml").read_text("utf-8")
    tables: dict[str, Any] = frozen(tomllib.loads(text))
    return tables


def expand(rng: Random, template: str, /, **slots: object) -> str:
    """One wording of the template; nested alternatives are resolved from the inside out."""
    text = template
    for name, choices in _BEGINNINGS.items():
        text = text.replace(name, choices)
    while (found := _INNERMOST.search(text)) is not None:
        choice = rng.choice(found.group(1).split("|"))
        text = text[: found.start()] + choice + text[found.end() :]
    text = text.replace("  ", " ")  # around an empty alternative
    for name, value in slots.items():
        text = text.replace("{" + name + "}", str(value))
    return text[:1].upper() + text[1:] if rng.random() < 0.8 and "{" not in template[:1] else text


def pick(rng: Random, templates: Sequence[str], *, held_out: bool) -> str:
    """A template of the wanted half: those marked with `~` are never trained on.

    A table without marks is shared by both.
    """
    shared = not any(template.startswith("~") for template in templates)
    half = [each for each in templates if shared or each.startswith("~") == held_out]
    return rng.choice(half).removeprefix("~")


_BEFORE = (
    "", "", "", "", "", "", "", "", "", "", "", "please ", "hi, ", "hello! ", "can you tell me: ", "quick question: ", "I'd like to know: ",
    "hey, ", "tell me, ", "good morning. ", "one question: ", "I need this: ", "hello, ", "hi nano, ", "so ", "ok, ", "well, ", "now ", "and ",
    "next question: ", "one more thing: ", "I have a question. ", "my question: ", "good evening. ", "hi! ", "a small task: ", "task: ",
    "here is what I need: ", "could you help me? ", "I need your help. ", "for my report: ", "question: ",
)  # fmt: skip
_AFTER = (
    "", "", "", "", "", "", "", "", "", "", "", "", "", "", " Thanks.", " thx", " ok?", " Thank you!", " Please.", " Just the answer, please.", " Be brief.",
    " Thanks a lot!", " Many thanks.", " I need it now.", " It is urgent.", " Keep it short.", " Cheers.", " That would help me.", " Thanks in advance.",
    " I can't do it myself.", " Take your time.", " please", " pls",
)  # fmt: skip


def polite(rng: Random, text: str) -> str:
    """Now and then adds the words around a request that people add."""
    before, after = rng.choice(_BEFORE), rng.choice(_AFTER)
    draw = rng.random()
    first = text.split(maxsplit=1)[0]
    is_name = not first.strip(".,:?!").isalpha()
    if draw < 0.08 and not is_name:
        text = text[0].lower() + text[1:]
    if 0.05 < draw < 0.15 and text[-1] in ".?":
        text = text[:-1]
    if before and not is_name and text[1:2].islower() and before[-2] not in ".!":
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
