"""Make requests for any tool from its schema, with the arguments of the right call.

    make_requests(tool, 8, seed=0) -> ToolRequest("Order units of an article: sku B-41 ...",
                                                  {"sku": "B-41", ...})

They are made by rules, so they are plain, and the same seed gives the same ones. Each spells out
every value it wants, so that a call by a model that reads the definition is clearly right or wrong.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from agentkit.errors import ConfigError
from agentkit.messages import ToolCall
from agentkit.schemas import parameter_schemas, required_names, resolve
from agentkit.tools import Tool
from agentkit.validation import find_faults, validator_for_part

_STEPS = (0.5, 0.1, 0.01, 0.001)  # between the numbers of a range
_ATTEMPTS = 40  # values that are tried against a schema before giving up
_MOST_OPTIONAL = 2  # optional parameters that one request mentions
_MOST_ITEMS = 20  # longest list; a person asks for no more
_LONGEST_ORDER = 110  # characters of a description that are quoted


@dataclass(frozen=True)
class ToolRequest:
    """What a person might write, and the tool and the arguments that it asks for."""

    text: str
    tool: str
    arguments: Mapping[str, Any]


def make_requests(tool: Tool, count: int = 5, *, seed: int = 0) -> tuple[ToolRequest, ...]:
    """Make requests for a tool with all required parameters and sometimes some of the others.

    Raises ConfigError that names the parameter for which no valid value could be made.
    """
    found: dict[str, ToolRequest] = {}
    fault = ""
    for number in range(count * 4):
        if len(found) == count:
            break
        try:
            request = _request(Random(f"{tool.name} {seed} {number}"), tool)
        except (ArithmeticError, TypeError, ValueError, RecursionError) as error:
            raise ConfigError(
                f"No value could be made for a parameter of tool {tool.name!r}: {error}. Give its "
                f'parameters examples: {{"examples": ["..."]}}.'
            ) from error
        if refusal := _refusal(tool, request):
            fault = refusal
        else:
            found.setdefault(request.text, request)
    if fault and not found:
        raise ConfigError(
            f"No arguments could be made that tool {tool.name!r} itself accepts: {fault}. Give the "
            f'parameter an example: Field(examples=["..."]).'
        )
    return tuple(found.values())


def _refusal(tool: Tool, request: ToolRequest) -> str:
    """Why the tool itself would refuse the request's arguments; empty if it accepts them."""
    arguments = dict(request.arguments)
    try:
        call = ToolCall(id="request", name=tool.name, arguments=arguments, dialect="json")
        return "; ".join(tool.bind(call).faults)
    except Exception as error:  # from a validator of the tool's author
        return f"{type(error).__name__}: {error}"


def _request(rng: Random, tool: Tool) -> ToolRequest:
    properties = parameter_schemas(tool.plain_parameters)
    required = set(required_names(tool.plain_parameters))
    optional = [name for name in properties if name not in required and rng.random() < 0.4]
    chosen = [name for name in properties if name in required or name in optional[:_MOST_OPTIONAL]]
    values = _Values(rng, tool)
    arguments = {name: values.valid(name, properties[name]) for name in chosen}
    return ToolRequest(_text(rng, tool, arguments), tool.name, arguments)


# --- values -------------------------------------------------------------------------------------

_PHRASES = (
    "green window", "seven small boats", "meeting notes", "blue door", "winter garden",
    "late train", "old library", "fresh bread", "quiet street", "paper lantern",
)  # fmt: skip
_WORDS = ("maple", "harbor", "copper", "violet", "falcon", "meadow", "granite", "willow", "amber")
_CITIES = ("Oslo", "Lisbon", "Vienna", "Dublin", "Prague", "Geneva", "Turin", "Antwerp")
_PEOPLE = ("Anna Berg", "Tom Keller", "Maria Silva", "Ivan Petrov", "Lucy Chen", "Omar Haddad")
_KNOWN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("email mail", ("anna@example.org", "tom@example.com", "office@example.net")),
    ("url uri link website", ("https://example.org/plans", "https://example.com/a7")),
    ("timezone zone tz", ("Europe/Paris", "Asia/Tokyo", "America/Lima")),
    ("folder directory", ("docs", "reports", "archive/may")),
    ("path file filename", ("notes.txt", "docs/plan.md", "reports/may.csv")),
    ("city town location place destination origin", _CITIES),
    ("country", ("Norway", "Portugal", "Austria", "Kenya", "Chile")),
    ("language lang", ("French", "German", "Spanish", "Polish")),
    ("currency", ("EUR", "USD", "JPY", "NOK")),
    ("color colour", ("red", "green", "violet", "orange")),
    ("phone telephone", ("+47 2213 4455", "+351 21 555 0142")),
    ("time hour", ("09:30", "14:15", "18:45")),
    ("person author customer recipient user contact owner", _PEOPLE),
    ("expression formula", ("(12 + 30) * 4", "81 / 9 - 2", "17 * 23")),
    ("text message content body query title subject note comment question", _PHRASES),
)
_EXAMPLE = re.compile(
    r"(?:such as|for example|for instance|e\.g\.,?|like)\s+"
    r"(?:[\"'`](?P<quoted>[^\"'`]+)[\"'`]|(?P<bare>[^\s,;]*[^a-z\s,;][^,;]*))"
)


class _Values:
    """Values that a tool's schema allows."""

    def __init__(self, rng: Random, tool: Tool) -> None:
        self._rng = rng
        self._tool = tool

    def valid(self, name: str, schema: Any) -> Any:
        """A value for one parameter that its schema accepts."""
        part = {"type": "object", "properties": {name: schema}}
        validator = validator_for_part(part, self._tool.plain_parameters)
        for value in self._candidates(name, schema):
            if validator is not None and not find_faults({name: value}, validator):
                return value
        raise ConfigError(
            f"No value could be made for parameter {name!r} of tool {self._tool.name!r}. Expected "
            f'a schema without rare rules, or with examples: {{"examples": ["..."]}}.'
        )

    def _candidates(self, name: str, schema: Any) -> Iterator[Any]:
        for _ in range(_ATTEMPTS):
            yield self.value(name, schema)
        # For rare rules, such as a pattern: the author's default may satisfy them.
        plain = resolved(schema, self._tool.plain_parameters)
        if "default" in plain:
            yield plain["default"]

    def value(self, name: str, schema: Any, depth: int = 0) -> Any:
        """A value of the right type; rarer rules are left to the validator."""
        plain, rng = resolved(schema, self._tool.plain_parameters), self._rng
        if "const" in plain:
            return plain["const"]
        listed = [each for each in plain.get("enum") or () if each is not None]
        listed = listed or list(plain.get("examples") or ())
        if listed:
            return rng.choice(listed)
        match _kind(plain):
            case "boolean":
                return rng.random() < 0.5
            case "integer":
                return self._number(plain, 1)
            case "number":
                return self._number(plain, 0.5)
            case "array":
                return self._list(name, plain, depth)
            case "object":
                return self._object(plain, depth)
            case _:
                return self._text(name, plain)

    def _list(self, name: str, schema: Mapping[str, Any], depth: int) -> list[Any]:
        items = schema.get("items") or {}
        if places := schema.get("prefixItems") or (items if isinstance(items, list) else None):
            return [self.value(_singular(name), part, depth + 1) for part in places]
        least = min(int(schema.get("minItems", 1)), _MOST_ITEMS)
        most = int(schema.get("maxItems", 3))
        count = self._rng.randint(min(least, most), max(least, min(most, least + 2)))
        each = [self.value(_singular(name), items, depth + 1) for _ in range(count)]
        return [item for place, item in enumerate(each) if item not in each[:place]]

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = schema.get("required") or (list(properties)[:2] if depth < 3 else ())
        if depth > 6:  # a schema that contains itself
            return {}
        if not properties:
            rest = schema.get("additionalProperties")
            word = self._rng.choice(_WORDS)
            is_said = isinstance(rest, Mapping) and rest
            return {
                word: self.value(word, rest, depth + 1) if is_said else self._rng.choice(_WORDS)
            }
        wanted = [name for name in properties if name in required]
        return {name: self.value(name, properties[name], depth + 1) for name in wanted}

    def _number(self, schema: Mapping[str, Any], step: float) -> float:
        step = schema.get("multipleOf", step)
        low = schema.get("minimum", schema.get("exclusiveMinimum", None))
        high = schema.get("maximum", schema.get("exclusiveMaximum", None))
        low = (2 if high is None else high - 50 * step) if low is None else low
        high = low + 60 * step if high is None else high
        if "multipleOf" not in schema and step < 1:  # the range may be narrow
            step = next((each for each in _STEPS if high - low >= 4 * each), _STEPS[-1])
        first, last = int(-(-low // step)), int(high // step)
        number = self._rng.randint(first, max(first, last)) * step
        return int(number) if step == int(step) else round(float(number), 9)

    def _text(self, name: str, schema: Mapping[str, Any]) -> str:
        rng, form = self._rng, schema.get("format", "")
        names = set(words_of(name).lower().split())
        day = datetime.date(2026, 1, 1) + datetime.timedelta(days=rng.randint(0, 700))
        if form == "date-time":
            return f"{day.isoformat()}T{rng.randint(8, 20):02}:30:00Z"
        example = _EXAMPLE.search(str(schema.get("description", "")))
        if form == "date" or (not example and names & {"date", "day", "deadline", "birthday"}):
            return day.isoformat()
        if form.startswith("uuid"):
            return str(uuid.UUID(int=rng.getrandbits(128), version=4))
        if form == "duration":
            return f"PT{rng.randint(1, 12)}H"
        if form == "ipv4":
            return f"192.0.2.{rng.randint(1, 254)}"
        if example:
            return self._like((example["quoted"] or example["bare"]).strip().rstrip(".)"))
        for keys, values in _KNOWN:
            if names & set(keys.split()) or form in keys.split():
                return rng.choice(values)
        if names & {"id", "code", "sku", "number", "key", "reference"}:
            return f"{rng.choice('BCDKMR')}-{rng.randint(10, 990)}"
        return rng.choice(_PEOPLE if names == {"name"} else (*_WORDS, *_PHRASES[:3]))

    def _like(self, example: str) -> str:
        """The author's example with other digits, so that copying it is not enough."""
        if re.fullmatch(r"\d{4}-\d\d-\d\d", example):
            day = datetime.date(2026, 1, 1) + datetime.timedelta(days=self._rng.randint(0, 700))
            return day.isoformat()
        return re.sub(r"\d", lambda _: str(self._rng.randint(1, 9)), example)


def resolved(schema: Any, root: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any]:
    """A schema without its outermost references and unions: the first branch that is not null."""
    if not isinstance(schema, Mapping) or depth > 20:
        return {}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        return resolved(resolve(reference, root), root, depth + 1)
    for union in ("anyOf", "oneOf", "allOf"):
        branches = schema.get(union)
        if isinstance(branches, Sequence):
            plain = [resolved(branch, root, depth + 1) for branch in branches]
            able = [branch for branch in plain if branch and _kind(branch) != "null"]
            own = {key: schema[key] for key in schema if key != union}
            return {**able[0], **own} if able else own
    return schema


def _kind(schema: Mapping[str, Any]) -> str:
    declared = schema.get("type")
    if isinstance(declared, Sequence) and not isinstance(declared, str):
        declared = next((name for name in declared if name != "null"), None)
    if declared is None:
        return "object" if "properties" in schema else "array" if "items" in schema else "string"
    return str(declared)


# --- wording ------------------------------------------------------------------------------------

_VERBS = frozenset(
    """
    add analyze append apply approve archive ask assign attach book build calculate call
    cancel change check clear close compare compile compute connect convert copy count create
    delete deploy describe detach determine disable display do download draw edit enable
    encode estimate evaluate execute explain export extract fetch filter find format generate
    get give identify import initialize insert install invite launch list load locate lock
    look make manage measure merge modify monitor move obtain open order parse pause pay
    perform place play post predict print process provide publish query rate read record
    register reject release remove rename rent replace reply report reserve reset resolve
    restart retrieve return review run save say scan schedule search select send set share
    show solve sort split start stop store submit subscribe summarize switch take tell toggle
    track transfer transform translate turn unlock update upgrade upload use validate verify
    view visit write
    """.split()  # noqa: SIM905
)
_ORDERS = ("{o}", "Please {o}", "Can you {o}", "I need you to {o}", "{o} for me")
_QUESTIONS = ("Tell me this: {o}", "I would like to know: {o}", "What I need: {o}")
_BY_NAME = ("Use {t}", "Call the {t} tool", "Please run {t}")
_MENTIONS = ("{w} {x}", "{w}: {x}", "{w} = {x}", "the {w} is {x}", "{x} as {w}", "{w} set to {x}")
_JOINTS = (": ", " with ", ", ")


def _text(rng: Random, tool: Tool, arguments: Mapping[str, Any]) -> str:
    """One or two sentences that ask for the call."""
    order = _order(rng, tool)
    style = rng.choice(_MENTIONS)
    styles = [style if rng.random() < 0.7 else rng.choice(_MENTIONS) for _ in arguments]
    mentions = [
        style.format(w=words_of(name), x=shown(value))
        for style, (name, value) in zip(styles, arguments.items(), strict=True)
    ]
    text = order + rng.choice(_JOINTS) + _listing(mentions) if mentions else order
    end = "?" if text.startswith("Can you") else "."
    return text[:1].upper() + text[1:] + end


def _order(rng: Random, tool: Tool) -> str:
    """What is to be done, in the words of the description or of the name."""
    if rng.random() < 0.15:
        return rng.choice(_BY_NAME).format(t=tool.name)
    name, described = words_of(tool.name), _first_sentence(tool.description)
    options = [each for each in (described, name) if _as_order(each)]
    if options:
        chosen = _as_order(options[0] if len(options) == 1 or rng.random() < 0.7 else options[1])
        return rng.choice(_ORDERS).format(o=chosen)
    return rng.choice(_QUESTIONS).format(o=_small(described or name))


def _as_order(text: str) -> str:
    """The text as an order: `Returns the price` is `return the price`; empty without a verb."""
    first, space, rest = text.partition(" ")
    verb = first.lower()
    for plain in (verb, verb.removesuffix("s"), verb.removesuffix("es")):
        if plain in _VERBS:
            return plain + space + rest
    return ""


def _first_sentence(description: str) -> str:
    text = re.sub(r"\s*\([^()]*\)", "", " ".join(description.split()))
    sentence = re.split(r"(?<=[a-z0-9])[.:;!?](?:\s|$)", text)[0].strip()
    return sentence if len(sentence) <= _LONGEST_ORDER else ""


def _small(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def words_of(name: str) -> str:
    """`maxResults`, `max_results` and `max-results` as words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.split(r"[\W_]+", spaced)
    return " ".join(word if word.isupper() else word.lower() for word in words if word) or name


def _singular(name: str) -> str:
    return name.removesuffix("s")


def shown(value: Any) -> str:
    """A value as a person writes it in a sentence."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return f'"{value}"' if " " in value or not value else value
        case None | [] | {} if not value:
            return "nothing"
        case Mapping():
            return _listing([f"{words_of(name)} {shown(each)}" for name, each in value.items()])
        case Sequence():
            return _listing([shown(each) for each in value])
        case _:
            return str(value)


def _listing(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + f" and {parts[-1]}"
