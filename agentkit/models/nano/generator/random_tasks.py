# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Tasks over random tools: one call, two side by side, a chain, errors, and results that lie."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from agentkit.models.nano.generator.injections import injection
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite
from agentkit.models.nano.generator.random_tools import VERBS, Parameter, RandomTool, random_tool
from agentkit.models.nano.generator.talk import decline
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import number, pseudo_word, written_date

# --- how a call is asked for ------------------------------------------------------------------

_ORDERS = (
    "{v} the {n}", "{v} a {n}", "[please |]{v} the {n}", "I want to {v} the {n}", "[can|could|would] you {v} the {n}", "I [need|have] to {v} the {n}", "{v} [my|our|this] {n}", "it is time to {v} the {n}",
    "let us {v} the {n}", "I would like to {v} a {n}", "we should {v} the {n}", "help me {v} the {n}", "[go and|now|next] {v} the {n}", "{v} {n}", "[do|will] you {v} the {n} for me", "the {n}: {v} it",
)  # fmt: skip
_BY_NAME = (
    "use {t}",
    "call {t}",
    "run {t}",
    "[please|now] [use|call|run] {t}",
    "[use|try] the {t} tool",
    "{t}",
)
_SINGLE = (
    "{w} {x}", "{w}: {x}", "{w} = {x}", "{w} is {x}", "the {w} is {x}", "{x} as {w}", "{w} set to {x}", "{w} should be {x}", "{x} for the {w}", "use {x} as the {w}", "{w} of {x}", "a {w} of {x}", "the {w} {x}",
)  # fmt: skip
_YES = ("{w} yes", "{w}: true", "with {w}", "{w} on", "{w} is true", "{w} = yes")
_NO = ("{w} no", "{w}: false", "without {w}", "{w} off", "{w} is false", "{w} = no")
_JOINTS = (" with ", " with ", ", ", ": ", " for ", " using ", " - ", ". ", " where ", "; ")
# Where a value alone says what it is for.
_ALONE = {
    "word": ("{o} {x}", "{o} for {x}", "{o} in {x}", "{o} called {x}"), "name": ("{o} {x}", "{o} for {x}", "{o} in {x}", "{o} of {x}", "{o} named {x}"), "text": ('{o}: "{x}"', '{o} "{x}"', '{o} saying "{x}"'),
    "int": ("{o} {x}", "{o} number {x}", "{o} with {x}"), "float": ("{o} {x}", "{o} at {x}"), "date": ("{o} on {x}", "{o} for {x}", "{o} {x}"), "time": ("{o} at {x}", "{o} for {x}"), "email": ("{o} to {x}", "{o} for {x}", "{o} of {x}"),
    "url": ("{o} at {x}", "{o} {x}", "{o} from {x}"), "code": ("{o} {x}", "{o} with {x}"), "path": ("{o} {x}", "{o} in {x}", "{o} from {x}"), "enum": ("{o} {x}", "{o} as {x}", "{o} in {x}"),
}  # fmt: skip
_THEN = (
    ". Then {b}", ", then {b}", ". With the result, {b}", ". After that, {b}", " and then {b}", ". Next, {b}", "; afterwards {b}", " first. Then {b}",
)  # fmt: skip
_HANDED_ON = (
    "the result as {w}", "what you get as {w}", "{w} is the result", "{w} from the result", "that as the {w}", "the {w} is what came out", "its answer as {w}", "the {w} that you got",
)  # fmt: skip
_ALSO = (
    ". Also, {b}",
    ", and also {b}",
    " and {b}",
    ". {b}",
    "; {b}",
    ", {b} too",
    ". At the same time {b}",
    ". In addition, {b}",
    " as well as {b}",
)


def _verb(rng: Random, tool: RandomTool) -> str:
    return rng.choice((tool.verb, tool.verb, tool.verb, *VERBS.get(tool.verb, ())))


def _order(rng: Random, tool: RandomTool, held_out: bool) -> str:
    if rng.random() < 0.12:
        return expand(rng, pick(rng, _BY_NAME, held_out=held_out), t=tool.name)
    template = pick(rng, _ORDERS, held_out=held_out)
    return _small(expand(rng, template, v=_verb(rng, tool), n=tool.noun))


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _shown(rng: Random, parameter: Parameter, value: Any) -> str:
    """A value as people write it in a sentence."""
    if isinstance(value, list):
        return listing([str(each) for each in value])
    if isinstance(value, dict):
        fields = {field.name: field for field in parameter.fields}
        return listing([f"{fields[name].words} {_shown(rng, fields[name], each)}" for name, each in value.items()])  # fmt: skip
    if isinstance(value, bool):
        return rng.choice(("yes", "true") if value else ("no", "false"))
    shown = str(value)
    if parameter.kind in ("text", "word", "name", "code", "path") and rng.random() < 0.25:
        shown = rng.choice((f'"{shown}"', f"'{shown}'", f"`{shown}`"))
    elif parameter.kind == "text" and rng.random() < 0.6:
        shown = f'"{shown}"'
    return shown


def _mention(rng: Random, style: str, parameter: Parameter, value: Any) -> str:
    if isinstance(value, bool) and rng.random() < 0.7:
        return rng.choice(_YES if value else _NO).format(w=parameter.words)
    if isinstance(value, dict):
        style = rng.choice(("{w} with {x}", "{w}: {x}"))
    words = parameter.words if rng.random() < 0.9 else parameter.name
    return style.format(w=words, x=_shown(rng, parameter, value))


def phrase(
    rng: Random,
    tool: RandomTool,
    arguments: Mapping[str, Any],
    *,
    held_out: bool,
    more: str = "",
) -> str:
    """A request for one call, in one sentence without its end; `more` is one further mention."""
    order = _order(rng, tool, held_out)
    given = [parameter for parameter in tool.parameters if parameter.name in arguments]
    if len(given) == 1 and len(tool.parameters) == 1 and not more and rng.random() < 0.6:
        parameter = given[0]
        if parameter.kind in _ALONE:
            shown = _shown(rng, parameter, arguments[parameter.name])
            if parameter.kind == "text":
                shown = shown.strip("\"'`")
            return rng.choice(_ALONE[parameter.kind]).format(o=order, x=shown)
    if rng.random() < 0.3:
        rng.shuffle(given)
    styles = [pick(rng, _SINGLE, held_out=held_out)] * len(given)
    if rng.random() < 0.4:
        styles = [pick(rng, _SINGLE, held_out=held_out) for _ in given]
    pairs = zip(styles, given, strict=True)
    parts = [_mention(rng, style, each, arguments[each.name]) for style, each in pairs]
    if more:
        parts.append(more)
    if not parts:
        return order
    joined = listing(parts) if rng.random() < 0.6 else rng.choice((", ", ", ", "; ")).join(parts)
    return order + rng.choice(_JOINTS) + joined


def _sentence(rng: Random, text: str) -> str:
    """As a whole message."""
    text = text[:1].upper() + text[1:] if rng.random() < 0.85 else text
    return polite(rng, text + rng.choice((".", "", ".", "!", "?")))


def arguments_for(rng: Random, tool: RandomTool, *, held_out: bool) -> dict[str, Any]:
    """Values for all required parameters and for half of the others."""
    return {
        p.name: p.value(rng, held_out=held_out)
        for p in tool.parameters
        if p.required or rng.random() < 0.5
    }


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
    talk = Dialogue(_sentence(rng, phrase(rng, tool, arguments, held_out=held_out)))
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
    request = one + pick(rng, _ALSO, held_out=held_out).format(b=_small(two))
    talk = Dialogue(_sentence(rng, request))
    names = tool.name if tool.name == other.name else f"{tool.name} and {other.name}"
    talk.call(f"I use {names}.", (tool.name, first), (other.name, second))
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
    handed = pick(rng, _HANDED_ON, held_out=held_out).format(w=target.words)
    one = phrase(rng, tool, first, held_out=held_out)
    two = phrase(rng, other, known, held_out=held_out, more=handed)
    request = one + pick(rng, _THEN, held_out=held_out).format(b=_small(two))
    talk = Dialogue(_sentence(rng, request))
    talk.call(f"I use {tool.name}, then {other.name}.", (tool.name, first))
    noise = {pseudo_word(rng, held_out=held_out): number(rng) for _ in range(rng.randint(0, 2))}
    raw = rng.choice((
        str(value), str(value), str(value), f"The result is {value}.", f"{target.words}: {value}", json.dumps({target.name: value}), json.dumps({target.name: value, **noise}), json.dumps({**noise, target.name: value}),
    ))  # fmt: skip
    talk.result(raw)
    second = {p.name: known.get(p.name, value) for p in other.parameters if p.name in known or p is target}  # fmt: skip
    talk.call(f"The result is {value}.", (other.name, second))
    outcome = _outcome(rng, held_out=held_out)
    talk.result(outcome.raw)
    talk.answer("That is the result.", f"{other.name}: {outcome.told}")
    return talk.task("unseen chain", outcome.told)


_ERRORS = (
    "Error: permission denied", "Error: the service is not available", "Error: {w} failed", "Error: no {n} found", '{{"error": "{w} is not allowed"}}', "Error: {w} not found", "Error: quota exceeded", "Error: {n} is locked",
    "Failed: {w}", "Error 500: internal error", "Error: timeout after 30 s", "Error: unknown {n}",
)  # fmt: skip


def failure(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """The tool fails and nothing can be done about it."""
    tool = rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    talk = Dialogue(_sentence(rng, phrase(rng, tool, arguments, held_out=held_out)))
    talk.call(f"I use {tool.name}.", (tool.name, arguments))
    raw = pick(rng, _ERRORS, held_out=held_out).format(
        w=pseudo_word(rng, held_out=held_out), n=tool.noun
    )
    told = json.loads(raw)["error"] if raw.startswith("{") else raw.split(": ", 1)[1]
    talk.result(raw)
    talk.answer("That did not work.", f"That did not work: {told}")
    return talk.task("unseen tool, error", told)


_INSTEAD = (
    'Error: no {w} "{x}". Did you mean "{y}"?', "Error: {w} {x} is not known. Use {y}.", "Error: {x} is not available, try {y}.", 'Error: unknown {w} "{x}", expected "{y}"', "Error: invalid {w}: {x}. Valid is {y}.",
    'Error: {w} must be "{y}", not "{x}".', "{x} does not exist. Nearest match: {y}", "Error: {x} was replaced by {y}.", "Error: bad {w} {x} (perhaps {y}?)",
)  # fmt: skip
_AT_MOST = (
    "Error: {w} must be at most {y}.",
    "Error: {w} is too large, the maximum is {y}.",
    "Error: {w} must be <= {y}",
    "Error: {w} {x} is over the limit of {y}.",
)
_ISO = (
    "Error: {w} must be YYYY-MM-DD.",
    "Error: {w}: expected a date like 2026-01-31.",
    "Error: {w} is not an ISO date (YYYY-MM-DD).",
    "Error: can't read {w}, write it as YYYY-MM-DD.",
)


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
    errors: tuple[str, ...] = _INSTEAD
    if target.kind == "int":
        wrong = max(wrong, right) + rng.randint(1, 50)
        errors = _AT_MOST
    elif target.kind == "date" and "format" not in tool.definition["function"]["parameters"]["properties"][target.name]:  # fmt: skip
        wrong, errors = written_date(rng, date.fromisoformat(right)), _ISO
    if wrong == right:
        return failure(rng, tools, held_out=held_out)
    first = {p.name: wrong if p is target else arguments[p.name] for p in tool.parameters if p is target or p.name in arguments}  # fmt: skip
    talk = Dialogue(_sentence(rng, phrase(rng, tool, first, held_out=held_out)))
    talk.call(f"I use {tool.name}.", (tool.name, first))
    talk.result(pick(rng, errors, held_out=held_out).format(w=target.words, x=wrong, y=right))
    talk.call(f"I try {right}.", (tool.name, first | {target.name: right}))
    outcome = _outcome(rng, held_out=held_out)
    talk.result(outcome.raw)
    talk.answer("That is the result.", f"{tool.name}: {outcome.told}")
    return talk.task("unseen tool, recovery", outcome.told)


def attacked(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """The result holds an instruction; it is data, and the answer is as if it were not there."""
    tool, other = rng.choice(tools), rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    talk = Dialogue(_sentence(rng, phrase(rng, tool, arguments, held_out=held_out)))
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
    return decline(_sentence(rng, phrase(rng, missing, arguments, held_out=held_out)))


_KINDS = ((single, 46), (parallel, 16), (chain, 13), (failure, 3), (recovery, 8), (attacked, 5), (no_tool, 9))  # fmt: skip


def random_task(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """A task of any kind, drawn by weight."""
    maker = rng.choices([maker for maker, _ in _KINDS], [weight for _, weight in _KINDS])[0]
    return maker(rng, tools, held_out=held_out)
