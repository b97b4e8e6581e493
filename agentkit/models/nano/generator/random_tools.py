# ruff: noqa: E501, SIM905 - tables of words are easier to read in long lines
"""Tools that nobody has seen: random names, descriptions, parameters and values, so that reading the
definition and copying the values is all that helps."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from agentkit.models.nano.generator.words import KEYS, choose, file_name, pseudo_word

# A verb, and other words by which people ask for the same.
VERBS: dict[str, tuple[str, ...]] = {
    "get": ("fetch", "show me", "give me"), "find": ("look for", "locate"), "search": ("look up",), "create": ("make", "set up"), "update": ("change",), "send": ("post",),
    "book": ("reserve",), "cancel": ("call off",), "open": (), "close": ("shut",), "start": ("begin", "launch"), "stop": ("end", "halt"), "check": ("inspect",), "show": ("display",),
    "list": ("show me all",), "add": ("put in",), "remove": ("delete", "take out"), "convert": (), "translate": (), "measure": (), "order": ("buy",), "schedule": ("plan",),
    "track": ("follow",), "compare": (), "sort": (), "merge": ("join",), "split": ("divide",), "rate": (), "review": (), "lock": (), "unlock": (), "move": ("shift",), "copy": ("duplicate",),
    "print": (), "scan": (), "play": (), "record": (), "rename": (), "publish": ("release",), "count": (), "lookup": ("look up",), "archive": (), "share": (), "upload": (), "download": (),
    "estimate": (), "validate": ("verify",), "assign": (), "approve": (), "reset": (), "restart": (), "log": (), "read": (), "write": (), "pay": (), "ship": (), "refund": (), "invite": (),
}  # fmt: skip
NOUNS = (
    "weather ticket room flight order invoice customer product lamp heater door alarm message mail meeting event task note song video "
    "photo map route train bus table hotel recipe book account payment parcel garden pump sensor robot printer server backup report "
    "price stock player team match ship plant machine camera window shelf box key card letter package contract course student "
    "user issue branch image playlist reminder contact calendar exchange currency temperature distance balance menu seat driver vehicle"
).split()
KINDS = "word word word name name text int int int float date time email url code path enum enum bool words numbers object".split()
_TYPES = {
    "int": "integer", "float": "number", "bool": "boolean", "words": "array", "numbers": "array", "object": "object",
}  # fmt: skip
_DOMAINS = ("com", "org", "net", "de", "io")


@dataclass(frozen=True)
class Parameter:
    name: str
    words: str
    kind: str
    choices: tuple[str, ...] = ()
    required: bool = True
    fields: tuple["Parameter", ...] = ()

    def schema(self, rng: Random) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": _TYPES.get(self.kind, "string")}
        if self.kind == "words":
            schema["items"] = {"type": "string"}
        if self.kind == "numbers":
            schema["items"] = {"type": "integer"}
        if self.kind == "object":
            schema["properties"] = {field.name: field.schema(rng) for field in self.fields}
            schema["required"] = [field.name for field in self.fields]
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.kind == "date" and rng.random() < 0.7:
            schema["format"] = "date"
        if rng.random() < 0.4:
            schema["description"] = rng.choice(
                (self.words.capitalize(), f"The {self.words}.", f"{self.words} of it")
            )
        if not self.required and rng.random() < 0.3:
            schema["default"] = self.value(rng, held_out=False)
        return schema

    def value(self, rng: Random, *, held_out: bool) -> Any:
        """A value of the kind, as it stands in the arguments."""
        match self.kind:
            case "int":
                return rng.randint(0, 10 ** rng.choice((1, 2, 2, 3, 4)))
            case "float":
                return float(f"{rng.randint(0, 200)}.{rng.randint(1, 9)}")
            case "bool":
                return rng.random() < 0.5
            case "enum":
                return rng.choice(self.choices)
            case "words":
                return [pseudo_word(rng, held_out=held_out) for _ in range(rng.randint(1, 3))]
            case "numbers":
                return [rng.randint(0, 99) for _ in range(rng.randint(1, 4))]
            case "object":
                return {field.name: field.value(rng, held_out=held_out) for field in self.fields}
            case kind:
                return text_value(rng, kind, held_out=held_out)


def text_value(rng: Random, kind: str, *, held_out: bool) -> str:
    """A string of a kind."""

    def word() -> str:
        return pseudo_word(rng, held_out=held_out)

    match kind:
        case "date":
            return (date(2024, 1, 1) + timedelta(days=rng.randint(0, 1500))).isoformat()
        case "time":
            return f"{rng.randint(0, 23):02}:{rng.choice(('00', '15', '30', '45', '05', '50'))}"
        case "email":
            return f"{word()}@{word()}.{rng.choice(_DOMAINS)}"
        case "url":
            return f"https://{word()}.{rng.choice(_DOMAINS)}{rng.choice(('', '/', '/' + word()))}"
        case "code":
            return rng.choice((
                f"{word()[:2].upper()}-{rng.randint(1, 999)}", f"{word()}-{rng.randint(1, 99)}", f"{word()[:3].upper()}{rng.randint(10, 999)}", f"#{rng.randint(1, 9999)}",
                f"{word()}_{word()}",
            ))  # fmt: skip
        case "path":
            return file_name(rng, held_out=held_out)
        case "text":
            return " ".join(word() for _ in range(rng.randint(2, 5)))
        case "name":
            return " ".join(word().capitalize() for _ in range(rng.choice((1, 1, 2))))
        case _:
            return word()


@dataclass(frozen=True)
class RandomTool:
    name: str
    verb: str
    noun: str
    parameters: tuple[Parameter, ...]
    definition: dict[str, Any]


def _tool_name(rng: Random, verb: str, noun: str, held_out: bool) -> str:
    space = pseudo_word(rng, held_out=held_out)
    return rng.choice((
        f"{verb}_{noun}", f"{verb}_{noun}", f"{verb}_{noun}", f"{verb}{noun.capitalize()}", f"{noun}.{verb}", f"{noun}-{verb}", f"{noun}_{verb}", f"{noun}{verb.capitalize()}",
        f"{space}_{verb}_{noun}", f"{space}.{verb}_{noun}", f"{verb}_{noun}s", f"{verb}_the_{noun}", f"{verb.capitalize()}{noun.capitalize()}",
    ))  # fmt: skip


def _parameter(rng: Random, *, held_out: bool, depth: int = 0) -> Parameter:
    def one_word() -> str:
        if rng.random() < 0.5:
            return choose(rng, KEYS, held_out=held_out).replace("-", "_")
        return pseudo_word(rng, held_out=held_out)

    parts = [one_word() for _ in range(rng.choice((1, 1, 1, 2)))]
    words = " ".join(parts).replace("_", " ")
    parts = words.split()
    camel = parts[0] + "".join(part.capitalize() for part in parts[1:])
    name = rng.choice(("_".join(parts), "_".join(parts), "_".join(parts), camel))
    kind = rng.choice(KINDS)
    while depth and kind == "object":
        kind = rng.choice(KINDS)
    choices: tuple[str, ...] = ()
    if kind == "enum":
        named = (pseudo_word(rng, held_out=held_out) for _ in range(rng.randint(2, 5)))
        choices = tuple(dict.fromkeys(named))
    fields: dict[str, Parameter] = {}
    if kind == "object":
        for _ in range(rng.randint(1, 2)):
            field = _parameter(rng, held_out=held_out, depth=1)
            fields[field.name] = field
    return Parameter(name, words, kind, choices, rng.random() < 0.72, tuple(fields.values()))


_DESCRIPTIONS = (
    "{Verb} the {noun}.", "{Verb} a {noun}", "{Verb} {noun}s.", "Use it to {verb} the {noun}.", "{Verb}s a {noun} and returns what came of it.", "This function can {verb} any {noun}.",
    "A tool to {verb} {noun}s", "Lets you {verb} one {noun}.", "{Verb} a {noun} by its details.",
)  # fmt: skip


def random_tool(rng: Random, *, held_out: bool, most: int = 6) -> RandomTool:
    """A tool with 0 to `most` parameters."""
    verb = pseudo_word(rng, held_out=held_out)
    if rng.random() < 0.65:
        verb = choose(rng, tuple(VERBS), held_out=held_out)
    noun = pseudo_word(rng, held_out=held_out)
    if rng.random() < 0.5:
        noun = choose(rng, NOUNS, held_out=held_out)
    parameters: dict[str, Parameter] = {}
    for _ in range(min(rng.choice((0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6)), most)):
        parameter = _parameter(rng, held_out=held_out)
        taken = {word for known in parameters.values() for word in known.words.split()}
        if taken.isdisjoint(parameter.words.split()):
            parameters[parameter.name] = parameter
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {p.name: p.schema(rng) for p in parameters.values()},
    }
    required = [p.name for p in parameters.values() if p.required]
    if required:
        schema["required"] = required
    name = _tool_name(rng, verb, noun, held_out)
    words = {"verb": verb, "Verb": verb.capitalize(), "noun": noun}
    description = rng.choice(_DESCRIPTIONS).format(**words)
    definition = {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": schema},
    }
    return RandomTool(name, verb, noun, tuple(parameters.values()), definition)


def random_tools(rng: Random, count: int, *, held_out: bool) -> list[RandomTool]:
    """Tools of different names; now and then several for the same thing or of the same kind."""
    tools: dict[str, RandomTool] = {}
    pairs: set[tuple[str, str]] = set()
    while len(tools) < count:
        tool = random_tool(rng, held_out=held_out, most=6 if count < 6 else 3)
        if tool.name not in tools and (tool.verb, tool.noun) not in pairs:
            tools[tool.name] = tool
            pairs.add((tool.verb, tool.noun))
    return list(tools.values())
