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
    "Error: permission to use {w} was revoked",
    "Error: {w} has been blocked by the administrator",
    "Error: your account is suspended",
    "Error: the subscription for {w} has ended",
    "Error: payment for the {n} is overdue",
    "Error: {w} is unreachable",
    "Error: network down",
    "Error: DNS lookup of {w} failed",
    "Error: the certificate of {w} is invalid",
    "Error: handshake with {w} aborted",
    "Error: broken pipe",
    "Error: the {n} was deleted last week",
    "Error: the {n} has been archived",
    "Error: the {n} is damaged",
    "Error: {w} is corrupt and cannot be opened",
    "Error: checksum mismatch in {w}",
    "Error: the {n} is empty",
    "Error: hardware fault in the {n}",
    "Error: the battery of the {n} is dead",
    "Error: {w} overheated and was shut down",
    "Error: the {n} refused to cooperate",
    "Error: another user holds the {n}",
    "Error: {w} is reserved for staff only",
    "Error: your role does not include {w}",
    "Error: unauthorized",
    "Error: {w} was cancelled by its owner",
    "Error: operation aborted",
    "Error: the {n} is frozen until further notice",
    "Error: no such {n}",
    "Error: nothing happened, {w} is unresponsive",
    "Error: deadlock while waiting for {w}",
    "Error: the queue for the {n} is full",
    "Error: rate limit reached",
    "Error: out of storage",
    "Error: {w} is deprecated and was removed",
    "Error: this feature is disabled for your {n}",
    "Error: the {n} is not ready",
    "Error: {w} not implemented",
    "Error: {w} cannot be changed anymore",
    "Error: the {n} is protected",
    "Error: the backend of {w} rejected the call",
    "Error: unexpected end of data",
    "Error: the {n} got stuck",
    "Error: {w} is missing a driver",
    "Error: the {n} is sold out",
    "Error: the {n} was stolen",
    "Error: region not served",
    "Error: token revoked",
    "Error 405: method not allowed",
    "Error 408: the request for the {n} timed out",
    "Error 409: conflict with another {n}",
    "Error 410: the {n} is gone",
    "Error 423: {w} is locked",
    "Error 451: {w} unavailable for legal reasons",
    "Error 504: gateway timeout",
    "Error 507: insufficient storage",
    "HTTP 500 from {w}",
    "Exception: null pointer in {w}",
    "Exception: division by zero",
    "Exception: stack overflow",
    "Exception: permission denied: {w}",
    "Exception: connection reset by peer",
    "Traceback: RuntimeError in {w}",
    "Fatal: segmentation fault",
    "Fatal: cannot start {w}",
    "Fatal: the {n} has been destroyed",
    "Panic: {w} stopped",
    "Failed: the {n} hung up",
    "Failed: nobody picked up",
    "Failed: {w} is on strike",
    "Failed: the {n} is under repair",
    "Failed: {w} gave up after three attempts",
    "Failed: could not lock the {n}",
    "Failed: power cut",
    "Denied: you lack the rights for this {n}",
    "Denied: {w}",
    "Aborted: {w} is shutting down",
    "Unavailable: {w}",
    "Warning: {w} did nothing",
    "Unfortunately the {n} is gone for good.",
    "Unable to complete {w}.",
    "Oops, something went wrong with the {n}.",
    "We are closed, {w} is back next month.",
    "The {n} has reached its limit for this month.",
    "No answer from {w}, giving up.",
    "Cannot do this: the {n} is missing.",
    "It was impossible to load the {n}.",
    "{{\"error\": \"{w} unavailable\"}}",
    "{{\"result\": null, \"error\": \"timeout\"}}",
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
    told = json.loads(raw)["error"] if raw.startswith("{") else raw.partition(": ")[2] or raw
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
    "Error: {x} does not exist. Available: {y}.",
    "Error: we have no {x}; what we offer is {y}.",
    "Error: {x} has been renamed to {y}.",
    "Error: {x} is obsolete, switch to {y}.",
    "Error: {x} is deprecated in favour of {y}.",
    "Error: {x} was discontinued. Its successor is {y}.",
    "Error: {x} is gone, {y} took its place.",
    "Error: {x} was removed, go with {y}.",
    "Error: {x} is closed, please choose {y}.",
    "Error: {x} is sold out, but {y} is in stock.",
    "Error: {x} is taken, {y} is still available.",
    "Error: {x} is occupied; {y} is vacant.",
    "Error: {x} is blocked. Switch the {w} to {y}.",
    "Error: {x} looks like a typo for {y}.",
    "Error: typo in {w}? \"{x}\" looks like \"{y}\".",
    "Error: \"{x}\" rejected, closest match \"{y}\".",
    "Error: best match for {w} \"{x}\": \"{y}\"",
    "Error: {w} {x} unrecognised, candidates: {y}",
    "Error: {w} {x} unsupported, supported: {y}",
    "Error: {w} \"{x}\" is outdated. The current one is \"{y}\".",
    "Error: {w} {x} is invalid. Valid: {y}.",
    "Error: {w} {x} is incorrect; the correct {w} is {y}.",
    "Error: {w} {x} is not accepted, whereas {y} is.",
    "Error: {w} {x} is not permitted. Permitted is {y}.",
    "Error: {w} {x} is no longer valid, change it to {y}.",
    "Error: {w} {x} is unavailable. Alternative: {y}.",
    "Error: {w} {x} belongs to someone else, yours is {y}.",
    "Error: {w} {x} makes no sense. Surely you mean {y}.",
    "Error: {w} {x} could not be resolved; retry with {y}.",
    "Error: {w} {x} never existed. There is just {y}.",
    "Error: {w}: found {x}, wanted {y}",
    "Error: {w}: {x} -> {y}?",
    "Error: {w} should read {y} rather than {x}.",
    "Error: {w} ought to be {y}, and you sent {x}.",
    "Error: {w} is required to be {y}; {x} was supplied.",
    "Error: {w} was entered as {x}. Correct it to {y}.",
    "Error: {w} accepts {y} only, not {x}.",
    "Error: {w} cannot take the value {x}; pass {y}.",
    "Error: replace {x} with {y} and call again.",
    "Error: correct the {w} from {x} to {y}.",
    "Error: repeat the call with {w} \"{y}\"; \"{x}\" is faulty.",
    "Error: set {w} to {y}, since {x} is rejected.",
    "Error: write {y}, not {x}.",
    "Error: you wrote {x}. That {w} is spelled {y}.",
    "Error: you probably wanted {y}, because {x} is nowhere to be found.",
    "Error: you passed {x} for {w}, but this tool wants {y}.",
    "Error: I can't find {x} anywhere. I do have {y}.",
    "Error: I can't accept {x} as {w}, though I would accept {y}.",
    "Error: instead of {x}, the {w} has to be {y}.",
    "Error: since yesterday {x} is called {y}.",
    "Error: in our records {x} is listed as {y}.",
    "Error: what you call {x} is {y} in this system.",
    "Error: unlike {y}, {x} is not a legal {w}.",
    "Error: as {w} we take {y} and never {x}.",
    "Error: did not expect {x}. Expected was {y}.",
    "Error: among the known names of {w}, {y} comes closest to {x}.",
    "Error 302: {x} relocated, new {w}: {y}",
    "Error 410: {x} is gone. Replacement: {y}",
    "Error 422: {w} \"{x}\" unprocessable, should equal \"{y}\"",
    "Error 409: {w} {x} already exists, {y} is free",
    "KeyError: '{x}'. Known keys: '{y}'",
    "ValueError: {w} must equal '{y}' (received '{x}')",
    "ValueError: '{x}' is not one of ['{y}']",
    "Exception: {w} {x} unknown; perhaps you were thinking of {y}",
    "Failed: no {w} goes by {x}. One goes by {y}.",
    "Failed: {x} was declined. Please resend with {y}.",
    "Failed: {x} has a mistake in it, correct is {y}.",
    "Failed: assertion {w} == {y}, actual {x}",
    "Denied: {w} {x}. You are only entitled to {y}.",
    "Unsupported {w} '{x}'. Choose from: {y}.",
    "Unrecognised option {x} for {w} (options: {y})",
    "Illegal {w}: {x}. Legal: {y}.",
    "Wrong {w}. Given: {x}. Needed: {y}.",
    "Mismatch in {w}: you {x}, we {y}.",
    "Moved: {x}. New place: {y}.",
    "Nothing found for \"{x}\". Showing the nearest hit: \"{y}\".",
    "Zero results for {x}. Did you perhaps look for {y}?",
    "Hm, {x}? The only {w} around here is {y}.",
    "Sorry, we don't have {x}. Would {y} do?",
    "Unfortunately {x} has left; {y} is responsible now.",
    "Please correct {w}: {y} rather than {x}.",
    "Try again with {y}, as {x} is not a {w}.",
    "Only {y} can be selected, {x} cannot.",
    "{x}: no such {w}. Hint: {y}",
    "{x} isn't valid. Hint: the {w} is {y}.",
    "{x} is not recognised; {y} is.",
    "{x} was merged into {y}. Use the latter.",
    "{{\"error\": \"{w} must be {y}\", \"received\": \"{x}\"}}",
    "{{\"error\": \"{x} is deprecated\", \"use\": \"{y}\"}}",
    "{{\"error\": \"no such {w}\", \"value\": \"{x}\", \"available\": [\"{y}\"]}}",
    "{{\"ok\": false, \"wrong\": \"{x}\", \"right\": \"{y}\"}}",
    "{{\"status\": 404, \"missing\": \"{x}\", \"closest\": \"{y}\"}}",
    "{{\"message\": \"{w} {x} was renamed\", \"new_name\": \"{y}\"}}",
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
    "Error: {w} capped at {y}",
    "Error: {w} has a ceiling of {y}.",
    "Error: {w} is restricted to {y} or fewer.",
    "Error: {w} is bounded by {y}, you gave {x}.",
    "Error: {w} is out of bounds: {x} > {y}",
    "Error: {w} overflow: {x}, capacity {y}",
    "Error: {w} exceeded, quota is {y}.",
    "Error: {w} {x} goes beyond {y}.",
    "Error: {w} {x} surpasses the cap of {y}.",
    "Error: {w} {x} cannot be granted, {y} is the most you can get.",
    "Error: {w} {x} does not fit, there is room for {y}.",
    "Error: {w} {x} is excessive. Reduce it to {y}.",
    "Error: {w} must be lowered to {y} or below.",
    "Error: {w} must stay below or at {y}.",
    "Error: {w} must not be greater than {y}.",
    "Error: {w} must not be higher than {y}, received {x}.",
    "Error: {w} may be anything up to {y}.",
    "Error: {w} should not go over {y}.",
    "Error: {w} never goes past {y}.",
    "Error: {w} ranges from 1 to {y}, but {x} was given.",
    "Error: {w} not in 1..{y}",
    "Error: {w} needs to be between 1 and {y}.",
    "Error: {w} has to be less than or equal to {y}.",
    "Error: {x} is beyond the permitted {w} ({y}).",
    "Error: {x} is outside the range of {w}, which ends at {y}.",
    "Error: {x} for {w}? We stop at {y}.",
    "Error: we can only handle a {w} of {y} or less.",
    "Error: the {w} you want is {x}, all we have is {y}.",
    "Error: the cap on {w} is {y}.",
    "Error: the greatest {w} we accept is {y}.",
    "Error: the allowed maximum of {y} for {w} was exceeded by {x}.",
    "Error: the top value for {w} is {y}, please lower {x}.",
    "Error: choose a smaller {w}, {y} at the very most.",
    "Error: decrease {w} to at most {y}.",
    "Error: a {w} above {y} is impossible.",
    "Error: any {w} over {y} is refused.",
    "Error: your plan allows a {w} of {y}, not {x}.",
    "Error: not more than {y} per request for {w}.",
    "Error: just {y} left, so {w} can't be {x}.",
    "Error 413: {w} too large ({x}), cap {y}",
    "Error 422: ensure {w} is less than or equal to {y}",
    "Error 416: {w} {x} outside 0-{y}",
    "ValueError: {w} must be <= {y}, not {x}",
    "ValueError: {w}={x} exceeds {y}",
    "OverflowError: {w} {x}, ceiling {y}",
    "AssertionError: {w} <= {y}",
    "Failed: {w} {x} is above the threshold {y}.",
    "Failed: only {y} can be processed, lower the {w}.",
    "Failed: {w} went over {y}.",
    "Denied: {w} {x}. You may have {y} at most.",
    "Rejected: {w} {x}. Anything up to {y} is fine.",
    "Limit of {w}: {y}. Requested: {x}.",
    "Limit exceeded: {w} ({x} of {y})",
    "Too many: {w} {x}. Not more than {y}, please.",
    "Too high a {w}. Try {y} or lower.",
    "Sorry, with {w} we can't go higher than {y}.",
    "Please reduce {w} from {x} to {y} or less.",
    "You can't have a {w} of {x}; {y} is the limit.",
    "{w}: value {x} larger than {y}",
    "{w} <= {y} required, {x} found",
    '{{"error": "{w} exceeds cap", "cap": {y}, "given": "{x}"}}',
    '{{"error": "reduce {w}", "at_most": {y}}}',
    '{{"field": "{w}", "rule": "<= {y}", "got": "{x}"}}',
    '{{"ok": false, "message": "{w} can be no greater than {y}"}}',
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
    "Error: {w} must follow ISO 8601, e.g. 2025-04-17.",
    "Error: {w} requires the pattern YYYY-MM-DD.",
    "Error: {w} is in the wrong format, please convert {x} to YYYY-MM-DD.",
    "Error: {w} is malformed. Correct style: 2026-08-05.",
    "Error: {w} is ambiguous; put the year first, as in 2026-05-04.",
    "Error: {w} should start with the year: YYYY-MM-DD.",
    "Error: {w} should look like 2025-10-23.",
    "Error: {w} was rejected by the calendar, it reads only YYYY-MM-DD.",
    "Error: {w} accepts nothing but dates of the type 2024-11-08.",
    "Error: {w}: regex \\d\\d\\d\\d-\\d\\d-\\d\\d not matched",
    'Error: {w} "{x}" -> YYYY-MM-DD needed',
    "Error: {w} {x} contains something other than digits and hyphens (YYYY-MM-DD).",
    "Error: {w} has to consist of four digits, two digits, two digits, with hyphens between.",
    "Error: {x} can't be converted to a date. Supply YYYY-MM-DD.",
    "Error: {x} is not a machine-readable date; enter {w} like 2027-02-14.",
    "Error: {x} is ill-formed, rewrite it as YYYY-MM-DD.",
    "Error: day names and words don't work for {w}, type YYYY-MM-DD.",
    "Error: spell {w} in numbers, in this manner: 2026-09-19.",
    "Error: please reformat {w} to YYYY-MM-DD.",
    "Error: use hyphens and the order year, month, day for {w}: YYYY-MM-DD.",
    "Error: the layout of {w} has to be YYYY-MM-DD, yours was {x}.",
    "Error: the date in {w} is not normalised (want YYYY-MM-DD).",
    "Error: this tool speaks ISO only: {w} as YYYY-MM-DD.",
    'Error: no date recognised in "{x}". Sample of a good one: 2025-05-30.',
    "Error: I was given {x} as {w}, but I can process just YYYY-MM-DD.",
    "Error 422: {w} {x} is not an ISO 8601 date",
    "Error 400: date syntax in {w}, see RFC 3339 (YYYY-MM-DD)",
    "ValueError: Invalid isoformat string: '{x}'",
    "ValueError: {w} '{x}' is not of the form YYYY-MM-DD",
    "DateTimeParseException: Text '{x}' could not be parsed, use yyyy-mm-dd",
    "Exception: date parser choked on {x}; feed it YYYY-MM-DD",
    "Failed: {w} in an unsupported notation. Supported notation: YYYY-MM-DD.",
    "Failed: the database stores {w} as YYYY-MM-DD and cannot take {x}.",
    "Failed: {w} unreadable. Example of a readable one: 2026-12-01.",
    "Rejected: {w} {x}. Template: YYYY-MM-DD.",
    "Wrong date style in {w}. Right: 2025-08-27.",
    "Unparseable {w}: {x} (want yyyy-mm-dd)",
    "Sorry, dates like {x} are beyond me. Send {w} as YYYY-MM-DD.",
    "Which day is {x}? State {w} as YYYY-MM-DD.",
    '{w} "{x}": format YYYY-MM-DD required',
    "{w} must be a full ISO date, for instance 2028-01-09.",
    '{{"error": "{w} {x} unparseable", "pattern": "YYYY-MM-DD"}}',
    '{{"field": "{w}", "problem": "wrong date format", "example": "2026-04-22"}}',
    '{{"ok": false, "message": "{w} should be formatted YYYY-MM-DD"}}',
    '{{"status": 400, "detail": "{w}: use ISO 8601"}}',
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
