# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Tasks over random tools: one call, two side by side, a chain, errors, and results that lie."""

import json
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from agentkit.executor import invalid_call, unknown_tool
from agentkit.messages import ToolCall
from agentkit.models.nano.generator.injections import injection
from agentkit.models.nano.generator.phrases import pick
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


_ERRORS = (
    "~Error: permission denied", "Error: the service is not available", "Error: {w} failed", "Error: no {n} found", '{{"error": "{w} is not allowed"}}', "Error: {w} not found", "Error: quota exceeded", "Error: {n} is locked",
    "Failed: {w}", "Error 500: internal error", "~Error: timeout after 30 s", "Error: unknown {n}",
    "Error: the {n} is closed",
    "Error: access to {n} refused",
    "Error: connection to {w} lost",
    "Error: {w} is not supported",
    "Error: not enough memory for {n}",
    "Error 404: {n} not found",
    "Error 403: forbidden",
    "Failed: {n} does not answer",
    "~Failed: no connection to {w}",
    "Error: too many requests, try later",
    "Error: {w} is read only",
    "Error: {w} is not installed",
    "Error: the {n} is busy",
    "Error: the {n} does not exist",
    "Error: the {n} could not be reached",
    "Error: {w} is out of order",
    "Error: you may not touch this {n}",
    "Error: login for {w} has expired",
    "Error: the password for {w} is wrong",
    "Error: disk full, {w} was not saved",
    "Error: {w} crashed while the {n} was in use",
    "Error: host {w} is down",
    "Error: no way to reach {w}",
    "Error: {w} took too long to answer",
    "Error: timeout of {w}",
    "Error: the license of {w} has run out",
    "Error: this {n} is already in use",
    "Error: {n} has no permission for {w}",
    "Error 401: {w} is not logged in",
    "Error 429: too many calls of {w}",
    "Error 502: bad gateway",
    "Error 503: {w} is under maintenance",
    "Exception: {w} returned nothing",
    "Exception: lost the {n}",
    "Fatal: {w} is broken",
    "Failed: the {n} was denied",
    "Failed: out of credit for {w}",
    "Sorry: the {n} is not working today",
    '{{"error": "the {n} is offline"}}',
    '{{"error": "{w} denied", "code": 7}}',
    '{{"error": "no access to {n}", "status": "failed"}}',
    "~Error: {w} is offline",
    "~Error: could not reach the {n}",
    '~{{"error": "{w} does not answer"}}',
    "~Error 503: the {n} is down",
)  # fmt: skip


def failure(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """The tool fails and nothing can be done about it."""
    tool = rng.choice(tools)
    arguments = arguments_for(rng, tool, held_out=held_out)
    talk = Dialogue(sentence(rng, phrase(rng, tool, arguments, held_out=held_out)))
    talk.call(f"I use {tool.name}.", (tool.name, arguments))
    raw = pick(rng, _ERRORS, held_out=held_out).format(
        w=pseudo_word(rng, held_out=held_out), n=tool.noun
    )
    told = json.loads(raw)["error"] if raw.startswith("{") else raw.split(": ", 1)[1]
    talk.result(raw)
    talk.answer("That did not work.", f"That did not work: {told}")
    return talk.task("unseen tool, error", told)


_INSTEAD = (
    'Error: no {w} "{x}". Did you mean "{y}"?', "Error: {w} {x} is not known. Use {y}.", "Error: {x} is not available, try {y}.", 'Error: unknown {w} "{x}", expected "{y}"', "~Error: invalid {w}: {x}. Valid is {y}.",
    'Error: {w} must be "{y}", not "{x}".', "~{x} does not exist. Nearest match: {y}", "Error: {x} was replaced by {y}.", "Error: bad {w} {x} (perhaps {y}?)",
    "Error: {w} \"{x}\" was not found, but \"{y}\" was.",
    "~Error: there is no {x}. The right {w} is {y}.",
    "Error: please use {y} instead of {x}.",
    "Error: {x} is wrong for {w}. It has to be {y}.",
    "Error: {w} {x} has moved to {y}.",
    "Not found: {x}. Similar: {y}.",
    "Error: {w} can't be {x}. Try {y}.",
    "Error: expected {w} {y}, got {x}.",
    "Invalid {w} \"{x}\"; allowed: \"{y}\".",
    "Error: I know no {x}, only {y}.",
    'Error: wrong {w} "{x}", it should be "{y}".',
    "Error: {x} is no {w} that I know. Did you want {y}?",
    "Error: {w} {x} has expired, the new one is {y}.",
    "Error: {w} {x} is full. Only {y} is free.",
    "Error: the name of this {w} is now {y}, no longer {x}.",
    "Error: could not find {x}. The closest {w} is {y}.",
    "Error: {x} is out of service. Take {y} instead.",
    'Error: {w} "{x}" is misspelt, the right spelling is "{y}".',
    "Error: the nearest thing to {x} is {y}.",
    "Error: nobody knows {x}. If you meant the {w} {y}, say so.",
    'Error: only "{y}" is allowed as {w}. You gave "{x}".',
    "Error: {w}={x} refused, {w}={y} would work",
    "Error 404: {w} {x}. See {y} instead.",
    "Error 400: {w} was {x}, but needs to be {y}",
    "Error 301: {x} is now {y}",
    "Failed: {x} does not work here, but {y} does.",
    'Failed: {w} has to match "{y}" (given: "{x}").',
    "Failed: got {x} where {y} was expected.",
    "Rejected: {w} {x}. Accepted: {w} {y}.",
    "Unknown {w}: {x}. Suggestion: {y}.",
    "No match for {x}. Maybe you mean {y}.",
    "There is nothing under {x}. Look under {y}.",
    "Cannot use {x} for {w}; use {y}.",
    "Sorry, {x} is not possible. {y} is.",
    "{x} is not in the list. The list has only {y}.",
    '{{"error": "unknown {w} {x}", "did_you_mean": "{y}"}}',
    '{{"error": "{w} {x} not found", "suggestion": "{y}"}}',
    '{{"status": "failed", "{w}": "{x}", "expected": "{y}"}}',
    "~Error: {w} {x} is not allowed, but {y} is.",
    '~Error: "{x}" is unknown. Perhaps you meant "{y}".',
    '~{{"error": "invalid {w} {x}", "valid": "{y}"}}',
    "~Failed: no {w} called {x}, the nearest is {y}.",
)  # fmt: skip
_AT_MOST = (
    "~Error: {w} must be at most {y}.",
    "Error: {w} is too large, the maximum is {y}.",
    "Error: {w} must be <= {y}",
    "Error: {w} {x} is over the limit of {y}.",
    "Error: {w} can be {y} at most.",
    "Error: {x} is too much for {w}. The limit is {y}.",
    "Error: {w} must not be more than {y}, got {x}.",
    "Error: no more than {y} allowed for {w}.",
    "Error: {w} out of range, the largest is {y}.",
    "Error: the highest {w} is {y}.",
    "Error: {w} {x} > {y}",
    "Error: {w} {x} is too high, use {y} or less.",
    "Error: {x} exceeds the maximum {w} of {y}.",
    "Error: {w} may not exceed {y} (got {x}).",
    "Error: the upper limit of {w} is {y}.",
    "Error: {w} is limited to {y}.",
    "Error: {w} must lie between 0 and {y}.",
    "Error: there are only {y} for {w}, you asked for {x}.",
    "Error: max {w}: {y}",
    "Error: {w} = {x}, max = {y}",
    "Error 400: {w} {x}, maximum {y}",
    "Failed: {w} goes up to {y}, not to {x}.",
    "Failed: {x} is more than allowed. Allowed for {w}: up to {y}.",
    "Invalid {w} {x}: must be {y} or smaller",
    "Too big: {w} {x}. The biggest possible value is {y}.",
    '{{"error": "{w} too large", "max": {y}}}',
    '{{"error": "{w} {x} is above the limit", "limit": {y}}}',
    "~Error: {x} is above the maximum of {y} for {w}.",
    "~Error: {w} must be {y} or less, not {x}.",
    "~Error: the limit for {w} is {y}, you gave {x}.",
    '~{{"error": "{w} is too high", "maximum": {y}}}',
)
_ISO = (
    "Error: {w} must be YYYY-MM-DD.",
    "Error: {w}: expected a date like 2026-01-31.",
    "Error: {w} is not an ISO date (YYYY-MM-DD).",
    "Error: can't read {w}, write it as YYYY-MM-DD.",
    "Error: {w} must be written as YYYY-MM-DD.",
    "~Error: wrong format of {w}, expected YYYY-MM-DD.",
    "Error: {w} does not match YYYY-MM-DD.",
    "Error: please give {w} as year-month-day, like 2025-12-24.",
    "Error: unknown date format for {w}. Use YYYY-MM-DD.",
    "Error: {w} has to be a date such as 2026-03-09.",
    'Error: could not parse {w} "{x}", the form is YYYY-MM-DD.',
    "Error: {x} is no valid {w}. Valid are dates like 2024-06-15.",
    "Error: {w} needs year, month and day in the form YYYY-MM-DD.",
    "Error: only ISO dates are allowed for {w}, got {x}.",
    "Error: bad {w}: {x}. Format: YYYY-MM-DD",
    "Error: {w} does not look like a date. Use the ISO format, for example 2025-07-01.",
    "Error: write the date {x} with digits only: YYYY-MM-DD.",
    "Error 400: {w} is not YYYY-MM-DD",
    "Failed: {w} could not be read as a date (YYYY-MM-DD).",
    'Failed: time data "{x}" does not match the format "%Y-%m-%d".',
    'Invalid date "{x}" in {w}: ISO 8601 required',
    "I don't understand {x}. Please send {w} in the form 2027-11-30.",
    '{{"error": "{w} is invalid", "format": "YYYY-MM-DD"}}',
    '{{"error": "cannot parse {w}", "expected": "ISO date"}}',
    '~Error: invalid {w} "{x}". Dates look like 2025-10-08.',
    "~Error: {x} could not be parsed, use YYYY-MM-DD for {w}.",
    "~Failed: {w} is required in ISO format (YYYY-MM-DD).",
    '~{{"error": "{w} must be a date", "form": "YYYY-MM-DD"}}',
    "Error: {w} was parsed as text, not as a date like 2024-02-29.",
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
