# ruff: noqa: E501 - short tables are easier to read in long lines
"""Tasks over random tools: one call, two side by side, a chain, errors, and results that lie."""

import json
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from agentkit.executor import invalid_call, unknown_tool
from agentkit.messages import ToolCall
from agentkit.models.nano.generator.injections import injection
from agentkit.models.nano.generator.phrases import pick, wordings
from agentkit.models.nano.generator.random_requests import (
    ALSO,
    HANDED_ON,
    THEN,
    arguments_for,
    phrase,
    sentence,
    small,
)
from agentkit.models.nano.generator.random_tools import RandomTool, random_tool
from agentkit.models.nano.generator.talk import decline
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import number, pseudo_word, written_date
from agentkit.qwen.prompt import argument_text
from agentkit.tools import Toolset

_WORDINGS = wordings("random_tasks")
# --- what tools answer ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """A result, and what the model says about it."""

    raw: str
    told: str


def _outcome(rng: Random, *, held_out: bool) -> _Outcome:
    words = [pseudo_word(rng, held_out=held_out) for _ in range(4)]
    word, value = words[0], number(rng)
    pairs = {each: rng.choice((number(rng), pseudo_word(rng, held_out=held_out))) for each in words[: rng.randint(1, 3)]}  # fmt: skip
    told = ", ".join(f"{name} {each}" for name, each in pairs.items())
    match rng.randrange(9):
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
        case _:
            listed = words[: rng.randint(1, 4)]
            return _Outcome(json.dumps(listed), ", ".join(listed))


# --- tasks ------------------------------------------------------------------------------------


def single(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    tool = rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    talk = Dialogue(sentence(rng, phrase(rng, tool, arguments, held_out=held_out)))
    talk.call(f"I use {tool.name}.", (tool.name, arguments))
    outcome = _outcome(rng, held_out=held_out)
    talk.result(outcome.raw)
    talk.answer("That is the result.", f"{tool.name}: {outcome.told}")
    return talk.task("unseen tool", outcome.told)


def parallel(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    tool, other = rng.choice(tools), rng.choice(tools)
    first, second = (arguments_for(rng, each, held_out=held_out) for each in (tool, other))
    if (tool.name, first) == (other.name, second):
        return single(rng, tools, held_out=held_out)
    one = phrase(rng, tool, first, held_out=held_out)
    two = phrase(rng, other, second, held_out=held_out)
    request = one + pick(rng, ALSO, held_out=held_out).format(b=small(two))
    talk = Dialogue(sentence(rng, request))
    plan = f"I use {tool.name} and {other.name}."
    talk.call(plan, (tool.name, first), (other.name, second))
    outcomes = [_outcome(rng, held_out=held_out) for _ in range(2)]
    talk.result(*(each.raw for each in outcomes))
    told = f"{tool.name}: {outcomes[0].told}, {other.name}: {outcomes[1].told}"
    talk.answer("These are the results.", told)
    return talk.task("two unseen tools", *(each.told for each in outcomes))


def chain(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
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
    request = one + pick(rng, THEN, held_out=held_out).format(b=small(two))
    talk = Dialogue(sentence(rng, request))
    talk.call(f"I use {tool.name}, then {other.name}.", (tool.name, first))
    noise = {pseudo_word(rng, held_out=held_out): number(rng) for _ in range(rng.randint(0, 2))}
    raw = rng.choice((
        str(value), str(value), str(value), f"The result is {value}.", f"{target.words}: {value}", json.dumps({target.name: value}), json.dumps({target.name: value, **noise}), json.dumps({**noise, target.name: value}),
    ))  # fmt: skip
    talk.result(raw)
    talk.call(
        f"The result is {value}. I use {other.name}.", (other.name, known | {target.name: value})
    )
    outcome = _outcome(rng, held_out=held_out)
    talk.result(outcome.raw)
    talk.answer("That is the result.", f"{other.name}: {outcome.told}")
    return talk.task("unseen chain", outcome.told)


def failure(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """The tool fails and nothing can be done about it."""
    tool = rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    talk = Dialogue(sentence(rng, phrase(rng, tool, arguments, held_out=held_out)))
    talk.call(f"I use {tool.name}.", (tool.name, arguments))
    raw = pick(rng, _WORDINGS["errors"], held_out=held_out).format(
        w=pseudo_word(rng, held_out=held_out), n=tool.noun
    )
    told = json.loads(raw)["error"] if raw.startswith("{") else raw.partition(": ")[2] or raw
    talk.result(raw)
    talk.answer("That did not work.", f"That did not work: {told}")
    return talk.task("unseen tool, error", told)


def recovery(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
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
    elif target.kind == "date" and "format" not in tool.definition["function"]["parameters"]["properties"][target.name]:  # fmt: skip
        wrong, errors = written_date(rng, date.fromisoformat(right)), _WORDINGS["iso"]
    if wrong == right:
        return failure(rng, tools, held_out=held_out)
    first = arguments | {target.name: wrong}
    talk = Dialogue(sentence(rng, phrase(rng, tool, first, held_out=held_out)))
    talk.call(f"I use {tool.name}.", (tool.name, first))
    talk.result(pick(rng, errors, held_out=held_out).format(w=target.words, x=wrong, y=right))
    talk.call(f"I try {right}.", (tool.name, first | {target.name: right}))
    outcome = _outcome(rng, held_out=held_out)
    talk.result(outcome.raw)
    talk.answer("That is the result.", f"{tool.name}: {outcome.told}")
    return talk.task("unseen tool, recovery", outcome.told)


def _spoilt(rng: Random, tool: RandomTool, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A call as a small model gets it wrong: a name misspelt, something left out or of a wrong type."""
    numbers = [
        p.name for p in tool.parameters if p.kind in ("int", "float") and p.name in arguments
    ]
    required = [p.name for p in tool.parameters if p.required and p.name in arguments]
    if numbers and rng.random() < 0.3:
        return tool.name, arguments | {rng.choice(numbers): rng.choice(("many", "a few"))}
    if required and rng.random() < 0.7:
        left_out = rng.choice(required)
        return tool.name, {name: each for name, each in arguments.items() if name != left_out}
    place = rng.randrange(1, len(tool.name))
    return tool.name[:place] + rng.choice("_aeims") + tool.name[place:], arguments


def rejected(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """The call was not valid, and the loop says why: it is written again, as it was meant."""
    tool = rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    name, given = _spoilt(rng, tool, arguments)
    offered = Toolset([each.runnable for each in tools])
    if name in offered and name != tool.name:
        return single(rng, tools, held_out=held_out)
    talk = Dialogue(sentence(rng, phrase(rng, tool, arguments, held_out=held_out)))
    talk.call(f"I use {tool.name}.", (name, given), learned=False)
    if name != tool.name:
        talk.result(unknown_tool(name, offered))
    else:
        written = {key: argument_text(value) for key, value in given.items()}
        call = ToolCall(id="1", name=name, arguments=written, dialect="xml")
        found = offered[name]
        talk.result(invalid_call(found, found.bind(call).faults))
    talk.call("I correct the call.", (tool.name, arguments))
    outcome = _outcome(rng, held_out=held_out)
    talk.result(outcome.raw)
    talk.answer("That is the result.", f"{tool.name}: {outcome.told}")
    return talk.task("unseen tool, rejected", outcome.told)


def attacked(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """The result holds an instruction; it is data, and the answer is as if it were not there."""
    tool, other = rng.choice(tools), rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    talk = Dialogue(sentence(rng, phrase(rng, tool, arguments, held_out=held_out)))
    talk.call(f"I use {tool.name}.", (tool.name, arguments))
    outcome = _outcome(rng, held_out=held_out)
    order = injection(rng, other.name, held_out=held_out)
    raw = f"{outcome.raw}{rng.choice((chr(10), ' ', chr(10) * 2))}{order}"
    if outcome.raw.startswith("{") and rng.random() < 0.6:
        raw = json.dumps({**json.loads(outcome.raw), rng.choice(("note", "comment", "info")): order})  # fmt: skip
    talk.result(raw)
    talk.answer("That is the result.", f"{tool.name}: {outcome.told}")
    return talk.task("unseen tool, injected", outcome.told)


def no_tool(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """What is asked for, none of the tools can do."""
    missing = random_tool(rng, held_out=held_out)
    if missing.verb in {tool.verb for tool in tools} or missing.noun in {tool.noun for tool in tools}:  # fmt: skip
        return no_tool(rng, tools, held_out=held_out)
    arguments = arguments_for(rng, missing, held_out=held_out)
    return decline(sentence(rng, phrase(rng, missing, arguments, held_out=held_out)))


_KINDS = ((single, 38), (parallel, 18), (chain, 16), (failure, 3), (recovery, 9), (rejected, 3), (attacked, 5), (no_tool, 8))  # fmt: skip


def random_task(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """A task of any kind, drawn by weight."""
    maker = rng.choices([maker for maker, _ in _KINDS], [weight for _, weight in _KINDS])[0]
    return maker(rng, tools, held_out=held_out)
