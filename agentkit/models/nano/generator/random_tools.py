# ruff: noqa: E501, SIM905 - tables of words are easier to read in long lines
"""Tools that nobody has seen: random names, parameters and values, so that copying has to be learned."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from agentkit.models.nano.generator.phrases import listing, polite
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import KEYS, choose, file_name, number, pseudo_word

VERBS = (
    "get find search create update send book cancel open close start stop check show list add remove convert translate measure "
    "order reserve schedule track plan compare sort merge split rate review lock unlock move copy print scan play record rename publish"
).split()
NOUNS = (
    "weather ticket room flight order invoice customer product lamp heater door alarm message mail meeting event task note song video "
    "photo map route train bus table hotel recipe book account payment parcel garden pump sensor robot printer server backup report "
    "price stock player team match ship plant machine camera window shelf box key card letter package contract course student"
).split()


@dataclass(frozen=True)
class Parameter:
    name: str
    words: str
    kind: str
    choices: tuple[str, ...] = ()
    required: bool = True

    def schema(self, rng: Random) -> dict[str, Any]:
        types = {
            "text": "string",
            "word": "string",
            "path": "string",
            "date": "string",
            "enum": "string",
            "int": "integer",
            "float": "number",
            "bool": "boolean",
        }
        schema: dict[str, Any] = {"type": types[self.kind]}
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.kind == "date":
            schema["format"] = "date"
        if rng.random() < 0.4:
            schema["description"] = self.words.capitalize()
        return schema

    def value(self, rng: Random, held_out: bool) -> Any:
        match self.kind:
            case "int":
                return rng.randint(1, 10 ** rng.choice((1, 2, 3, 4)))
            case "float":
                return float(f"{rng.randint(0, 200)}.{rng.randint(1, 9)}")
            case "bool":
                return rng.random() < 0.5
            case "enum":
                return rng.choice(self.choices)
            case "date":
                return (date(2024, 1, 1) + timedelta(days=rng.randint(0, 1500))).isoformat()
            case "path":
                return file_name(rng, held_out=held_out)
            case "text":
                return " ".join(
                    pseudo_word(rng, held_out=held_out) for _ in range(rng.randint(1, 3))
                )
            case _:
                word = pseudo_word(rng, held_out=held_out)
                return rng.choice(
                    (
                        word,
                        word.capitalize(),
                        f"{word}-{rng.randint(1, 99)}",
                        f"{word[:2].upper()}-{rng.randint(1, 999)}",
                    )
                )


@dataclass(frozen=True)
class RandomTool:
    name: str
    verb: str
    noun: str
    parameters: tuple[Parameter, ...]
    definition: dict[str, Any]


def random_tool(rng: Random, *, held_out: bool) -> RandomTool:
    verb = (
        choose(rng, VERBS, held_out=held_out)
        if rng.random() < 0.6
        else pseudo_word(rng, held_out=held_out)
    )
    noun = (
        choose(rng, NOUNS, held_out=held_out)
        if rng.random() < 0.5
        else pseudo_word(rng, held_out=held_out)
    )
    name = rng.choice(
        (
            f"{verb}_{noun}",
            f"{verb}_{noun}",
            f"{verb}{noun.capitalize()}",
            f"{noun}.{verb}",
            f"{noun}-{verb}",
            f"{verb}",
            f"{pseudo_word(rng, held_out=held_out)}_{verb}_{noun}",
        )
    )
    parameters: list[Parameter] = []
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4))):
        words = (
            choose(rng, KEYS, held_out=held_out)
            if rng.random() < 0.4
            else pseudo_word(rng, held_out=held_out)
        )
        key = words.replace("-", "_")
        if any(parameter.name == key for parameter in parameters):
            continue
        kind = rng.choice(
            ("word", "word", "text", "int", "int", "float", "date", "enum", "bool", "path")
        )
        choices = (
            tuple({pseudo_word(rng, held_out=held_out): None for _ in range(rng.randint(2, 4))})
            if kind == "enum"
            else ()
        )
        parameters.append(
            Parameter(key, key.replace("_", " "), kind, choices, required=rng.random() < 0.75)
        )
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {p.name: p.schema(rng) for p in parameters},
    }
    required = [p.name for p in parameters if p.required]
    if required:
        schema["required"] = required
    description = rng.choice(
        (
            f"{verb} the {noun}.",
            f"{verb} a {noun}",
            f"{verb} {noun}s.",
            f"Use it to {verb} the {noun}.",
        )
    )
    description = description[0].upper() + description[1:]
    definition = {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": schema},
    }
    return RandomTool(name, verb, noun, tuple(parameters), definition)


def _phrase(rng: Random, tool: RandomTool, arguments: dict[str, Any]) -> str:
    parts = []
    style = rng.randrange(4)
    for parameter in tool.parameters:
        if parameter.name not in arguments:
            continue
        value = arguments[parameter.name]
        shown = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        if parameter.kind in ("text", "word") and rng.random() < 0.25:
            shown = f'"{shown}"'
        parts.append(
            (
                f"{parameter.words} {shown}",
                f"{parameter.words}: {shown}",
                f"{parameter.words} = {shown}",
                f"{parameter.words} is {shown}",
            )[style]
        )
    start = rng.choice(
        (
            f"{tool.verb} the {tool.noun}",
            f"{tool.verb} a {tool.noun}",
            f"please {tool.verb} the {tool.noun}",
            f"I want to {tool.verb} the {tool.noun}",
            f"can you {tool.verb} the {tool.noun}",
            f"use {tool.name}",
        )
    )
    start = start[0].upper() + start[1:]
    if not parts:
        return start + rng.choice((".", "", "?"))
    joint = rng.choice((" with ", " with ", ", ", ": ", " for "))
    return (
        start
        + joint
        + (listing(parts) if rng.random() < 0.7 else ", ".join(parts))
        + rng.choice((".", "", "."))
    )


def _answer(rng: Random, held_out: bool) -> tuple[str, str]:
    """A result and what to say about it."""
    word, value = pseudo_word(rng, held_out=held_out), number(rng)
    compact = json.dumps({word: value, "status": "ok"}, separators=(",", ":"))
    return rng.choice((
        (value, value), (word, word), (json.dumps({word: value}), f"{word} {value}"), (compact, f"{word} {value}"), (f"{word}: {value}", f"{word} {value}"), (f"{word} {value}", f"{word} {value}"),
        (json.dumps({"status": word}), f"status {word}"), (f"Done. {word}", word), (f"{value} {word}", f"{value} {word}"),
    ))  # fmt: skip


def _arguments(rng: Random, tool: RandomTool, held_out: bool) -> dict[str, Any]:
    return {
        p.name: p.value(rng, held_out) for p in tool.parameters if p.required or rng.random() < 0.5
    }


def random_task(rng: Random, tools: list[RandomTool], *, held_out: bool) -> Task:
    """One call, two calls side by side, or a call whose argument comes from another's result."""
    draw = rng.random()
    tool = rng.choice(tools)
    first = _arguments(rng, tool, held_out)
    if draw < 0.7:
        talk = Dialogue(polite(rng, _phrase(rng, tool, first)))
        talk.call(f"I use {tool.name}.", (tool.name, first))
        raw, told = _answer(rng, held_out)
        if rng.random() < 0.08:
            raw = f"Error: {pseudo_word(rng, held_out=held_out)} failed"
            talk.result(raw)
            talk.answer("That did not work.", f"That did not work: {raw.removeprefix('Error: ')}")
            return talk.task("random tool, error", raw.removeprefix("Error: "))
        talk.result(raw)
        talk.answer("That is the result.", f"{tool.name}: {told}")
        return talk.task("random tool", told)
    other = rng.choice(tools)
    if draw < 0.9 or not other.parameters:
        second = _arguments(rng, other, held_out)
        one, two = _phrase(rng, tool, first).rstrip(".?"), _phrase(rng, other, second)
        request = (
            one
            + rng.choice((". Also, ", ", and also ", "; then ", " and ", ". "))
            + two[0].lower()
            + two[1:]
        )
        talk = Dialogue(polite(rng, request))
        names = tool.name if tool.name == other.name else f"{tool.name} and {other.name}"
        talk.call(f"I use {names}.", (tool.name, first), (other.name, second))
        (raw, told), (raw_two, told_two) = _answer(rng, held_out), _answer(rng, held_out)
        talk.result(raw, raw_two)
        talk.answer("These are the results.", f"{tool.name}: {told}, {other.name}: {told_two}")
        return talk.task("two random tools", told, told_two)
    second = _arguments(rng, other, held_out)
    target = rng.choice(other.parameters)
    if target.kind not in ("word", "int", "text") or target.name not in second:
        return random_task(rng, tools, held_out=held_out)
    value = second[target.name]
    known = {key: value for key, value in second.items() if key != target.name}
    rest = _phrase(rng, other, known).rstrip(".?")
    request = (
        _phrase(rng, tool, first).rstrip(".?")
        + rng.choice((". Then ", ", then ", ". With the result, "))
        + rest[0].lower()
        + rest[1:]
        + f"{', and ' if known else ' with '}the result as {target.words}."
    )
    talk = Dialogue(polite(rng, request))
    talk.call(f"I use {tool.name}, then {other.name}.", (tool.name, first))
    talk.result(str(value))
    talk.call(f"The result is {value}.", (other.name, second))
    raw, told = _answer(rng, held_out)
    talk.result(raw)
    talk.answer("That is the result.", f"{other.name}: {told}")
    return talk.task("random chain", told)
