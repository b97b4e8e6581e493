"""Conversations without a call: small talk, and requests outside the reach of the tools offered."""

from collections.abc import Sequence
from random import Random

from agentkit.models.nano.generator.phrases import expand, pick, polite, quoted, wordings
from agentkit.models.nano.generator.plans import Request, none
from agentkit.models.nano.generator.random_tools import DrawnTool
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import ITEMS, choose, file_name, pseudo_word

_WORDINGS = wordings("talk")

REFUSAL = "I can't do that: I have no tool for it."
_NONE = "None of my tools can do this."


def small_talk(rng: Random, *, held_out: bool) -> Task:
    kind = rng.choice(_WORDINGS["small_talk"])
    talk = Dialogue(expand(rng, pick(rng, kind["phrases"], held_out=held_out)))
    talk.answer("No tool is needed.", kind["answer"])
    return talk.task("small talk", kind["answer"])


def out_of_reach(rng: Random, *, held_out: bool, tools: Sequence[DrawnTool] = ()) -> Task:
    """Nothing can do this; with `tools` it is thought as a plan."""
    word = rng.choice(
        (
            pseudo_word(rng, held_out=held_out),
            rng.choice(("Paris", "Anna", "London", "Tom", "Mars", "Bach", "Peru", "Rome", "Maria")),
        )
    )
    template = pick(rng, _WORDINGS["out_of_reach"], held_out=held_out)
    slots = {"w": word, "W": word.capitalize(), "t": choose(rng, ITEMS, held_out=held_out)}
    if "{p}" in template:
        slots["p"] = quoted(rng, file_name(rng, held_out=held_out))
    request = expand(rng, template, **slots)
    talk = Dialogue(polite(rng, request))
    talk.answer(none(rng, tools, Request(request, request)) if tools else _NONE, REFUSAL)
    return talk.task("out of reach", REFUSAL)


def decline(request: str, thought: str = _NONE) -> Task:
    """The same words as a task, when its tools are not on offer."""
    talk = Dialogue(request)
    talk.answer(thought, REFUSAL)
    return talk.task("no suitable tool", REFUSAL)
