# ruff: noqa: E501 - short tables are easier to read in long lines
"""Tasks over strangers' tools: one call, two side by side, a chain, errors, and results that lie.

What is thought before a call is a plan (`plans.py`), which has the values that the call takes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from agentkit.models.nano.generator.corrections import corrected
from agentkit.models.nano.generator.injections import injection
from agentkit.models.nano.generator.phrases import pick, wordings
from agentkit.models.nano.generator.plans import (
    given,
    has_all,
    listed,
    none,
    plan,
    small,
)
from agentkit.models.nano.generator.random_requests import (
    ALSO,
    HANDED_ON,
    THEN,
    arguments_for,
    is_iso,
    phrase,
    sentence,
)
from agentkit.models.nano.generator.random_tools import DrawnTool, random_tool
from agentkit.models.nano.generator.shared_words import shares_a_word
from agentkit.models.nano.generator.strangers import stranger
from agentkit.models.nano.generator.talk import decline
from agentkit.models.nano.generator.task import Dialogue, Task, Until
from agentkit.models.nano.generator.words import number, pseudo_word, written_date

_WORDINGS = wordings("random_tasks")
# --- what tools answer ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """A result, and what the model says about it."""

    raw: str
    told: str


# What tools say that have nothing to say.
_DONE = ("ok", "ok", "OK", "Ok.", "done", "Done", "Done.", "success", "Success", "true", "True", "null", "None", "yes", "[]", "{}")  # fmt: skip


def _outcome(rng: Random, *, held_out: bool) -> _Outcome:
    words = [pseudo_word(rng, held_out=held_out) for _ in range(4)]
    word, value = words[0], number(rng)
    pairs = {each: rng.choice((number(rng), pseudo_word(rng, held_out=held_out))) for each in words[: rng.randint(1, 3)]}  # fmt: skip
    told = ", ".join(f"{name} {each}" for name, each in pairs.items())
    match rng.randrange(10):
        case 0:
            return _Outcome(value, value)
        case 1:
            return _Outcome(word, word)
        case 2:
            return _Outcome(json.dumps(pairs), told)
        case 3:
            return _Outcome(json.dumps(pairs, separators=(",", ":")), told)
        case 4:
            return _Outcome("\n".join(f"{name}: {each}" for name, each in pairs.items()), told)
        case 5:
            return _Outcome("\n".join(f"{name} | {each}" for name, each in pairs.items()), told)
        case 6:
            said = rng.choice(("Done. {}", "OK: {}", "Result: {}", "The result is {}."))
            return _Outcome(said.format(word), word)
        case 7:
            return _Outcome(f"{value} {word}", f"{value} {word}")
        case 8:
            said = rng.choice(_DONE)
            return _Outcome(said, said)
        case _:
            listed = words[: rng.randint(1, 4)]
            return _Outcome(json.dumps(listed), ", ".join(listed))


# --- tasks ------------------------------------------------------------------------------------


def _one_call(
    rng: Random,
    tools: Sequence[DrawnTool],
    tool: DrawnTool,
    arguments: dict[str, Any],
    *,
    held_out: bool,
) -> Dialogue:
    """The request for one call, and the call."""
    asked = phrase(rng, tool, arguments, held_out=held_out)
    talk = Dialogue(sentence(rng, asked.text))
    thought = plan(rng, tools, tool, arguments, asked)
    talk.call(thought, (tool.name, arguments))
    return talk


def _ended(talk: Dialogue, rng: Random, tool: DrawnTool, family: str, *, held_out: bool) -> Task:
    """The last result, and what is said about it."""
    outcome = _outcome(rng, held_out=held_out)
    talk.result(outcome.raw)
    talk.answer("That is the result.", f"{tool.name}: {outcome.told}")
    return talk.task(family, outcome.told)


def single(rng: Random, tools: Sequence[DrawnTool], *, held_out: bool) -> Task:
    tool = rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    talk = _one_call(rng, tools, tool, arguments, held_out=held_out)
    return _ended(talk, rng, tool, "unseen tool", held_out=held_out)


def parallel(rng: Random, tools: Sequence[DrawnTool], *, held_out: bool) -> Task:
    tool, other = rng.choice(tools), rng.choice(tools)
    first, second = (arguments_for(rng, each, held_out=held_out) for each in (tool, other))
    if (tool.name, first) == (other.name, second):
        return single(rng, tools, held_out=held_out)
    one = phrase(rng, tool, first, held_out=held_out)
    two = phrase(rng, other, second, held_out=held_out)
    request = one.text + pick(rng, ALSO, held_out=held_out).format(b=small(two.text))
    talk = Dialogue(sentence(rng, request))
    thought = f"{plan(rng, tools, tool, first, one)} Also {plan(rng, tools, other, second, two)}"
    calls = (tool.name, first), (other.name, second)
    talk.call(thought, *calls)
    outcomes = [_outcome(rng, held_out=held_out) for _ in range(2)]
    talk.result(*(each.raw for each in outcomes))
    told = f"{tool.name}: {outcomes[0].told}, {other.name}: {outcomes[1].told}"
    talk.answer("These are the results.", told)
    return talk.task("two unseen tools", *(each.told for each in outcomes))


def chain(rng: Random, tools: Sequence[DrawnTool], *, held_out: bool) -> Task:
    """The second call takes an argument from the first one's result."""
    tool = rng.choice(tools)
    able = [
        (other, parameter)
        for other in tools
        for parameter in other.parameters
        if parameter.kind in ("word", "name", "int", "float", "code", "email", "date")
        and not (other.name == tool.name and len(tools) > 1)
    ]
    if not able:
        return single(rng, tools, held_out=held_out)
    other, target = rng.choice(able)
    first = arguments_for(rng, tool, held_out=held_out)
    value = target.value(rng, held_out=held_out)
    known = arguments_for(rng, other, held_out=held_out)
    known.pop(target.name, None)
    handed = pick(rng, HANDED_ON, held_out=held_out).format(w=target.words)
    one = phrase(rng, tool, first, held_out=held_out)
    two = phrase(rng, other, known, held_out=held_out, more=handed)
    request = one.text + pick(rng, THEN, held_out=held_out).format(b=small(two.text))
    talk = Dialogue(sentence(rng, request))
    # With all its arguments, so that the second call has them at hand.
    then = plan(rng, tools, other, known | {target.name: "the result"}, two)
    thought = f"{plan(rng, tools, tool, first, one)} Then {then}"
    talk.call(thought, (tool.name, first))
    noise = {pseudo_word(rng, held_out=held_out): number(rng) for _ in range(rng.randint(0, 2))}
    raw = rng.choice((
        str(value), str(value), str(value), f"The result is {value}.", f"{target.words}: {value}", *(json.dumps(each, ensure_ascii=False) for each in ({target.name: value}, {target.name: value, **noise}, {**noise, target.name: value})),
    ))  # fmt: skip
    talk.result(raw)
    second = known | {target.name: value}
    then = f"The result is {value}. {given(other.name, second, two.named_first)}"
    talk.call(then, (other.name, second))
    return _ended(talk, rng, other, "unseen chain", held_out=held_out)


def failure(rng: Random, tools: Sequence[DrawnTool], *, held_out: bool) -> Task:
    """The tool fails and nothing can be done about it."""
    tool = rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    talk = _one_call(rng, tools, tool, arguments, held_out=held_out)
    raw = pick(rng, _WORDINGS["errors"], held_out=held_out).format(
        w=pseudo_word(rng, held_out=held_out), n=tool.noun
    )
    told = json.loads(raw)["error"] if raw.startswith("{") else raw.partition(": ")[2] or raw
    talk.result(raw)
    talk.answer("That did not work.", f"That did not work: {told}")
    return talk.task("unseen tool, error", told)


def recovery(rng: Random, tools: Sequence[DrawnTool], *, held_out: bool) -> Task:
    """The error says what would be right, and the second call does it."""
    able = [
        (tool, parameter)
        for tool in tools
        for parameter in tool.parameters
        if parameter.kind in ("word", "name", "code", "int", "date", "enum")
    ]
    if not able:
        return failure(rng, tools, held_out=held_out)
    tool, target = rng.choice(able)
    arguments = arguments_for(rng, tool, held_out=held_out)
    right: Any = target.value(rng, held_out=held_out)
    wrong: Any = target.value(rng, held_out=held_out)
    errors: tuple[str, ...] = _WORDINGS["instead"]
    if target.kind == "int":
        wrong = max(wrong, right) + rng.randint(1, 50)
        errors = _WORDINGS["at_most"]
    elif target.kind == "date" and not is_iso(tool, target.name):
        wrong, errors = written_date(rng, date.fromisoformat(right)), _WORDINGS["iso"]
    if wrong == right:
        return failure(rng, tools, held_out=held_out)
    first = arguments | {target.name: wrong}
    talk = _one_call(rng, tools, tool, first, held_out=held_out)
    talk.result(pick(rng, errors, held_out=held_out).format(w=target.words, x=wrong, y=right))
    second = first | {target.name: right}
    # Every name first: it is copied from the failed call, but for the one value just said.
    then = f"Now {listed({target.name: right}, second)}. {given(tool.name, second, second)}"
    talk.call(then, (tool.name, second))
    return _ended(talk, rng, tool, "unseen tool, recovery", held_out=held_out)


def rejected(rng: Random, tools: Sequence[DrawnTool], *, held_out: bool) -> Task:
    """The call could not be run, and the loop says why: it is written again, as it was meant."""
    tool = rng.choice(tools)
    talk = corrected(rng, tools, tool, held_out=held_out)
    return _ended(talk, rng, tool, "unseen tool, rejected", held_out=held_out)


def attacked(rng: Random, tools: Sequence[DrawnTool], *, held_out: bool) -> Task:
    """The result holds an instruction; it is data, and the answer is as if it were not there."""
    tool, other = rng.choice(tools), rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    talk = _one_call(rng, tools, tool, arguments, held_out=held_out)
    outcome = _outcome(rng, held_out=held_out)
    order = injection(rng, other.name, held_out=held_out)
    raw = f"{outcome.raw}{rng.choice((chr(10), ' ', chr(10) * 2))}{order}"
    if outcome.raw.startswith("{") and rng.random() < 0.6:
        raw = json.dumps({**json.loads(outcome.raw), rng.choice(("note", "comment", "info")): order})  # fmt: skip
    talk.result(raw)
    talk.answer("That is the result.", f"{tool.name}: {outcome.told}")
    return talk.task("unseen tool, injected", outcome.told)


def no_tool(rng: Random, tools: Sequence[DrawnTool], *, held_out: bool) -> Task:
    """What is asked for, none of the tools can do: none has a word of it."""
    for _ in range(40):
        everyday = float(bool(rng.choice(tools).orders))  # of the same sort as those
        missing = stranger(rng, held_out=held_out, everyday=everyday, most=6)
        arguments = arguments_for(rng, missing, held_out=held_out)
        asked = phrase(rng, missing, arguments, held_out=held_out)
        told = f"{asked.bare} {missing.name.replace('_', ' ')} {missing.verb} {missing.noun}"
        if not any(shares_a_word(tool, told) for tool in tools):
            return decline(sentence(rng, asked.text), none(rng, tools, asked))
    return single(rng, tools, held_out=held_out)


def near_miss(rng: Random, tools: Sequence[DrawnTool], *, held_out: bool) -> Task:
    """What is asked for has the verb or the noun of a tool, but no tool has both."""
    plain = [tool for tool in tools if not tool.orders]
    for _ in range(10 if plain else 0):
        like = rng.choice(plain)
        verbs, nouns = rng.choice((((like.verb,), ()), ((), (like.noun,))))
        missing = random_tool(rng, held_out=held_out, verbs=verbs, nouns=nouns)
        arguments = arguments_for(rng, missing, held_out=held_out)
        asked = phrase(rng, missing, arguments, held_out=held_out)
        if asked.words and not any(has_all(tool, asked.words) for tool in tools):
            return decline(sentence(rng, asked.text), none(rng, tools, asked))
    return no_tool(rng, tools, held_out=held_out)


# How often a kind of task is drawn where all of it is learned, its first reply or thought, and the
# choice of the tool: the later replies of a single call say little, and so do long requests there.
_DEPTHS: tuple[Until, ...] = ("answer", "reply", "thought", "tool")
_WEIGHTS = {
    single: (12, 36, 36, 78),
    parallel: (20, 30, 30, 0),
    chain: (26, 18, 18, 0),
    failure: (4, 1, 1, 0),
    recovery: (24, 8, 8, 0),
    rejected: (24, 0, 0, 0),
    attacked: (10, 0, 0, 0),
    no_tool: (4, 8, 8, 12),
    near_miss: (2, 5, 5, 10),
}


def random_task(
    rng: Random, tools: Sequence[DrawnTool], *, held_out: bool, until: Until = "answer"
) -> Task:
    """A task of any kind, drawn by weight."""
    shares = [weights[_DEPTHS.index(until)] for weights in _WEIGHTS.values()]
    (maker,) = rng.choices(list(_WEIGHTS), shares)
    return maker(rng, tools, held_out=held_out)
