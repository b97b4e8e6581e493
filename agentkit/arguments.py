"""Raw text or JSON to typed arguments, by a tool's JSON Schema, and faults in words to act on.

A model that writes XML writes every value as text, so the schema decides what the text meant:

    "5"     integer -> 5            string -> "5"         no schema -> "5"
    "None"  null allowed -> None    plain string -> "None"
    "maybe" boolean -> stays "maybe" and is reported; never False

Nothing is guessed and nothing is defaulted: what can't be typed stays as it was written. Values
from JSON are already typed and only validated.
"""

from __future__ import annotations

import ast
import difflib
import functools
import importlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from agentkit.messages import Dialect

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

Schema: TypeAlias = Mapping[str, Any]

MAXIMUM_DEPTH = 100
"""Nesting of a JSON value from a model; deeper ones stay text."""

_MAXIMUM_DIGITS = 4_000  # Python refuses to convert more than 4,300
_MAXIMUM_LITERAL = 100_000  # characters given to `ast.literal_eval`, whose memory use is steep
_MAXIMUM_SHOWN = 80  # characters of a wrong value quoted back to the model

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,4})?")
UNREADABLE: Any = object()
"""What reading a text gives when it is not of the wanted form."""


def type_arguments(
    arguments: Mapping[str, Any], schema: Schema, dialect: Dialect
) -> tuple[dict[str, Any], list[str]]:
    """The arguments typed by an object schema, and a sentence for each that could not be typed."""
    if dialect == "json":
        return dict(arguments), []
    properties = schema.get("properties")
    typed, faults = {}, []
    for name, value in arguments.items():
        declared = properties.get(name) if isinstance(properties, Mapping) else None
        if not isinstance(value, str) or not isinstance(declared, Mapping):
            typed[name] = value
            continue
        typed[name], fault = type_text(value, declared, schema)
        if fault:
            faults.append(f"{name}: {fault}")
    return typed, faults


def type_text(text: str, schema: Schema, root: Schema) -> tuple[Any, str | None]:
    """One raw value typed by its schema, or the text itself and what was expected.

    References are resolved within `root`. In a union the order is: a member of an enumeration,
    null, the JSON types, and string last; the first that also satisfies the schema is taken.
    """
    branches = list(_branches(schema, root))
    if not branches:
        return text, None
    candidates = list(_candidates(text, branches))
    if not candidates:
        return text, f"expected {_expectation(branches)}, found {_shown(text)}"
    if len(candidates) > 1:
        validator = _validator_for_part(schema, root)
        for candidate in candidates:
            if validator is not None and _is_valid(validator, candidate):
                return candidate, None
    return candidates[0], None


def _candidates(text: str, branches: Sequence[Schema]) -> Iterator[Any]:
    allowed = [value for branch in branches for value in members(branch) or ()]
    free = [branch for branch in branches if members(branch) is None]
    types = {name for branch in free for name in declared_types(branch)}
    mixed = "string" in types or any(isinstance(value, str) for value in allowed)
    if text in [value for value in allowed if isinstance(value, str)]:
        yield text
    others = {_type_name(value) for value in allowed if not isinstance(value, str)}
    for name in ("null", "boolean", "integer", "number", "array", "object"):
        if name not in types and name not in others:
            continue
        value = _read(text, name, mixed)
        if value is UNREADABLE:
            continue
        if name in types or any(_same(value, member) for member in allowed):
            yield value
    if "string" in types:
        yield text


def _read(text: str, name: str, mixed: bool) -> Any:
    """The text as a JSON type, or `UNREADABLE`. `mixed`: a string is allowed too, so be strict."""
    stripped = text.strip()
    match name:
        case "null":
            return None if stripped.lower() in ("null", "none") else UNREADABLE
        case "boolean":
            return {"true": True, "false": False}.get(stripped.lower(), UNREADABLE)
        case "integer" | "number":
            return _read_number(stripped, name, mixed)
        case _:
            return _read_container(stripped, list if name == "array" else dict)


def _read_number(text: str, name: str, mixed: bool) -> Any:
    # "007" next to an allowed string is an id; where only a number can stand it is seven.
    if len(text) > _MAXIMUM_DIGITS or not (_JSON_NUMBER if mixed else _NUMBER).fullmatch(text):
        return UNREADABLE
    if _INTEGER.fullmatch(text):
        return int(text)
    value = float(text)
    if not math.isfinite(value):
        return UNREADABLE
    if mixed and Decimal(repr(value)) != Decimal(text):
        return UNREADABLE  # a float would lose digits that the string keeps
    if name == "integer":
        # 3.0 is an integer in JSON Schema; beyond 2^53 a float no longer says which one was meant.
        return int(value) if value.is_integer() and abs(value) < 2**53 else UNREADABLE
    return value


def _read_container(text: str, kind: type) -> Any:
    value = read_json(text)
    if isinstance(value, str):  # written as JSON inside a JSON string
        value = read_json(value)
    if value is UNREADABLE:
        value = read_literal(text)
    return value if isinstance(value, kind) else UNREADABLE


def read_literal(text: str) -> Any:
    """A Python literal as JSON, or UNREADABLE: models write dicts as Python prints them."""
    if len(text) > _MAXIMUM_LITERAL or depth(text) > MAXIMUM_DEPTH:
        return UNREADABLE
    try:
        tree = ast.parse(text.strip(), mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                keys = [ast.dump(key) for key in node.keys if key]
                if len(set(keys)) < len(keys):  # Python would take the last and forget the first
                    return UNREADABLE
        return DECODER.decode(json.dumps(ast.literal_eval(tree), allow_nan=False))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNREADABLE


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        for name, value in pairs:  # the same key twice is harmless only if it says the same twice
            if not _same(result[name], value):
                raise ValueError(f"the key {name!r} stands twice with different values")
    return result


DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant,
    parse_float=_finite,
    object_pairs_hook=_unique,
    strict=False,  # a model writes line breaks into strings as they are
)
"""Strict about what JSON means: no NaN, no infinity, no contradicting keys."""


def read_json(text: str) -> Any:
    """The value of a JSON text, or UNREADABLE. Nesting is bounded by MAXIMUM_DEPTH."""
    if depth(text) > MAXIMUM_DEPTH:
        return UNREADABLE
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError):
        return UNREADABLE


_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}()]', re.DOTALL)


def depth(text: str) -> int:
    """The deepest nesting of brackets outside of JSON strings."""
    deepest = level = 0
    for match in _BRACKET.finditer(text):
        bracket = match[0]
        if bracket in "[{(":
            level += 1
            deepest = max(deepest, level)
        elif bracket in ")}]":
            level -= 1
    return deepest


def _branches(schema: Any, root: Schema, seen: tuple[str, ...] = ()) -> Iterator[Schema]:
    """The alternatives of a schema that say something about type, with unions flattened."""
    if not isinstance(schema, Mapping):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference not in seen:
            yield from _branches(resolve(reference, root), root, (*seen, reference))
        return
    if isinstance(schema.get("allOf"), Sequence) and not declared_types(schema):
        own = {key: value for key, value in schema.items() if key != "allOf"}
        parts = [branch for part in schema["allOf"] for branch in _branches(part, root, seen)]
        yield from parts or _branches(own, root, seen)
        return
    for union in ("anyOf", "oneOf"):
        if isinstance(schema.get(union), Sequence):
            parts = [branch for part in schema[union] for branch in _branches(part, root, seen)]
            if parts:
                yield from parts
                return
    if declared_types(schema) or members(schema) is not None:
        yield schema


def members(schema: Schema) -> Sequence[Any] | None:
    """The only values a schema allows, or None if it does not list them."""
    if "const" in schema:
        return [schema["const"]]
    listed = schema.get("enum")
    return listed if isinstance(listed, Sequence) else None


def declared_types(schema: Schema) -> tuple[str, ...]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return (declared,)
    if isinstance(declared, Sequence):
        return tuple(name for name in declared if isinstance(name, str))
    if "properties" in schema:
        return ("object",)
    return ("array",) if "items" in schema else ()


def resolve(reference: str, root: Schema) -> Any:
    if not reference.startswith("#"):
        return None
    place: Any = root
    for step in reference[1:].split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(place, Mapping):
            place = place.get(step)
        elif isinstance(place, Sequence) and step.isdecimal() and int(step) < len(place):
            place = place[int(step)]
        else:
            return None
    return place


def _type_name(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: True is not 1, but 1.0 is 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


# --- validation ---------------------------------------------------------------------------------


def schema_fault(schema: Schema) -> str | None:
    """What is wrong with a schema itself, or None."""
    if not isinstance(schema, Mapping):
        return "it is not a mapping"
    try:
        _kind_of_validator(schema).check_schema(dict(schema))
    except _jsonschema().SchemaError as error:
        place = ".".join(str(step) for step in error.absolute_path)
        return f"{place + ': ' if place else ''}{error.message}"
    except RecursionError:
        return "it is nested too deeply"
    return None


def schema_validator(schema: Schema) -> Validator:
    """A validator for the dialect the schema names, 2020-12 by default, that never fetches."""
    validator: Validator = _kind_of_validator(schema)(schema, registry=_referencing().Registry())
    return validator


def _kind_of_validator(schema: Schema) -> Any:
    library = _jsonschema()
    return library.validators.validator_for(schema, default=library.Draft202012Validator)


# The two take as long to import as all of agentkit, so the first schema to be checked does it.


@functools.cache
def _jsonschema() -> Any:
    return importlib.import_module("jsonschema")


@functools.cache
def _referencing() -> Any:
    return importlib.import_module("referencing")


def find_faults(arguments: Mapping[str, Any], validator: Validator) -> list[str]:
    """One line per fault: where, what was expected, what was found."""
    try:
        errors = sorted(validator.iter_errors(arguments), key=_order)
    except RecursionError:
        return ["the arguments are nested too deeply"]
    except OverflowError:
        return ["a number is too large for the tool's schema"]
    except _referencing().exceptions.Unresolvable as missing:
        return [f"the tool's schema refers to something it does not contain: {missing.ref}"]
    except re.error as fault:
        return [f"the tool's schema has a pattern that can't be read: {fault}"]
    lines: list[str] = []
    for error in errors:
        lines += [line for line in _describe(error) if line not in lines]
    return lines


def _order(error: ValidationError) -> list[str]:
    return [str(step) for step in error.absolute_path]


def _describe(error: ValidationError) -> Iterable[str]:
    wanted: Any = error.validator_value
    match error.validator:
        case "anyOf" | "oneOf":
            return [_located(error, _union_fault(error))]
        case "required":
            return [_required_fault(error)]
        case "additionalProperties" | "unevaluatedProperties":
            return _unknown_faults(error)
        case "type":
            names = [wanted] if isinstance(wanted, str) else list(wanted)
            text = " or ".join(_ARTICLES.get(name, name) for name in names)
            return [_located(error, f"expected {text}, found {_shown(error.instance)}")]
        case "enum" | "const":
            values = wanted if error.validator == "enum" else [wanted]
            text = ", ".join(_shown(value) for value in values[:20])
            more = ", …" if len(values) > 20 else ""
            choice = f"one of {text}{more}" if len(values) > 1 else text
            return [_located(error, f"expected {choice}, found {_shown(error.instance)}")]
        case _:
            rule = f"{error.validator} {_shown(wanted)}"
            return [_located(error, f"expected {rule}, found {_shown(error.instance)}")]


_ARTICLES = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "string": "a string",
    "array": "a JSON array",
    "object": "a JSON object",
    "null": "null",
}


def _place(path: Iterable[Any]) -> str:
    text = ""
    for step in path:
        name = _shown(step).strip('"')
        text += f"[{step}]" if isinstance(step, int) else f".{name}" if text else name
    return text


def _located(error: ValidationError, sentence: str) -> str:
    place = _place(error.absolute_path)
    return f"{place}: {sentence}" if place else sentence


def _required_fault(error: ValidationError) -> str:
    required: Any = error.validator_value
    given: Any = error.instance
    missing = [name for name in required if name not in given]
    place = _place([*error.absolute_path, missing[0]]) if len(missing) == 1 else ""
    if place:
        return f"{place}: required, but missing"
    return _located(error, f"required, but missing: {', '.join(missing)}")


def _unknown_faults(error: ValidationError) -> list[str]:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    known = list(schema.get("properties") or ())
    patterns = schema.get("patternProperties") or ()
    given: Any = error.instance
    lines = []
    for name in given:
        if name in known or any(re.search(pattern, name) for pattern in patterns):
            continue
        close = difflib.get_close_matches(str(name), known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known) or 'none'}"
        lines.append(f"{_place([*error.absolute_path, name])}: no such parameter; {hint}")
    return lines


def _union_fault(error: ValidationError) -> str:
    parts: Any = error.validator_value
    wanted = [_expectation([part]) for part in parts if isinstance(part, Mapping)]
    options = " or ".join(dict.fromkeys(wanted))
    deeper = [sub for sub in error.context or () if len(sub.path) > 0]
    if deeper:  # the nearest branch failed inside: say where
        inner = max(deeper, key=lambda sub: len(sub.absolute_path))
        return f"expected {options}; nearest: {next(iter(_describe(inner)))}"
    return f"expected {options}, found {_shown(error.instance)}"


def _expectation(branches: Sequence[Schema]) -> str:
    words = []
    for branch in branches:
        if "const" in branch:
            words.append(_shown(branch["const"]))
        elif isinstance(branch.get("enum"), Sequence):
            words.append("one of " + ", ".join(_shown(value) for value in branch["enum"][:20]))
        elif declared_types(branch):
            words += [_ARTICLES.get(name, name) for name in declared_types(branch)]
        else:
            words.append("anything")
    return " or ".join(dict.fromkeys(words))


def small_schema(schema: Schema) -> str:
    """The parameters in one line: `sku (a string, required), count (an integer)`."""
    required = schema.get("required") or ()
    return (
        ", ".join(
            f"{name} ({_expectation(list(_branches(part, schema))) or 'anything'}"
            f"{', required' if name in required else ''})"
            for name, part in (schema.get("properties") or {}).items()
        )
        or "none"
    )


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = str(value)
    return text if len(text) <= _MAXIMUM_SHOWN else text[:_MAXIMUM_SHOWN] + "…"


def _is_valid(validator: Validator, value: Any) -> bool:
    try:
        return bool(validator.is_valid(value))
    except (RecursionError, OverflowError, re.error, _referencing().exceptions.Unresolvable):
        return False


def _validator_for_part(schema: Schema, root: Schema) -> Validator | None:
    """A validator for one property whose references still point into the whole."""
    definitions = {key: root[key] for key in ("$defs", "definitions") if key in root}
    try:
        return _cached_validator(json.dumps({**definitions, **schema}, sort_keys=True))
    except (TypeError, ValueError, RecursionError):
        return None


@functools.lru_cache(maxsize=256)
def _cached_validator(schema_text: str) -> Validator:
    return schema_validator(json.loads(schema_text))
