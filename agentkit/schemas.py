"""Read JSON Schemas: their alternatives, types and references; and describe them in short."""

from __future__ import annotations

import contextlib
import json
import re
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from agentkit.patterns import matcher

Schema: TypeAlias = Mapping[str, Any]

_MAXIMUM_SHOWN = 80  # characters of a wrong value quoted back to the model
_MAXIMUM_LISTED = 20  # choices of an enumeration shown


def alternatives(schema: Any, root: Schema, seen: set[str] | None = None) -> Iterator[Schema]:
    """Yield the parts of a schema that say something about type, with unions flattened.

    Each reference is followed once, however often it occurs: `seen` holds those followed.
    """
    if not isinstance(schema, Mapping):
        return
    found = list(_alternatives(schema, root, set() if seen is None else seen))
    yield from found
    says_null = schema in found and members(schema) is None  # `declared_types` has seen to it
    if schema.get("nullable") is True and found and not says_null:
        yield {"type": "null"}  # how OpenAPI 3.0 allows null


def _alternatives(schema: Schema, root: Schema, seen: set[str]) -> Iterator[Schema]:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        found: list[Schema] = []
        if reference not in seen:
            seen.add(reference)
            found = list(alternatives(resolve(reference, root), root, seen))
        # Keywords beside the reference count if what it points to says nothing of types.
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        yield from found or _alternatives(beside, root, seen)
        return
    if isinstance(schema.get("allOf"), Sequence) and not declared_types(schema):
        own = {key: value for key, value in schema.items() if key != "allOf"}
        parts = [branch for part in schema["allOf"] for branch in alternatives(part, root, seen)]
        yield from parts or alternatives(own, root, seen)
        return
    for union in ("anyOf", "oneOf"):
        if isinstance(schema.get(union), Sequence):
            branches = [list(alternatives(part, root, seen)) for part in schema[union]]
            if any(branches):
                yield from (branch for part in branches for branch in part)
                if not all(branches) and "type" in schema:  # for parts without a type of their own
                    yield {"type": schema["type"]}
                return
    if declared_types(schema) or members(schema) is not None:
        yield schema


def members(schema: Schema) -> Sequence[Any] | None:
    """The only values a schema allows, or None if it does not list them."""
    if "const" in schema:
        return [schema["const"]]
    listed = schema.get("enum")
    return listed if isinstance(listed, Sequence) else None


# Type names from programming languages that schemas use in place of JSON Schema's own.
_OTHER_NAMES = {
    "str": "string", "char": "string", "int": "integer", "long": "integer", "short": "integer",
    "byte": "integer", "float": "number", "double": "number", "decimal": "number",
    "bool": "boolean", "dict": "object", "map": "object", "hashmap": "object", "list": "array",
    "arraylist": "array", "tuple": "array", "set": "array", "none": "null", "nil": "null",
    "hashtable": "object", "queue": "array", "stack": "array", "bigint": "integer",
    "file": "string", "date": "string", "datetime": "string",
}  # fmt: skip
_ANY = {"any", "mixed"}


def declared_types(schema: Schema) -> tuple[str, ...]:
    """The types a schema allows, in JSON Schema's names; empty if it allows any."""
    declared = schema.get("type")
    names = [declared] if isinstance(declared, str) else declared
    if isinstance(names, Sequence):
        names = [name for name in names if isinstance(name, str)]
        types = [_OTHER_NAMES.get(name.lower(), name.lower()) for name in names]
        if _ANY & set(types):
            return ()
        null = ["null"] if schema.get("nullable") is True and types else []
        return tuple(dict.fromkeys(types + null))
    if "properties" in schema or any(
        isinstance(schema.get(key), Mapping)
        for key in ("additionalProperties", "patternProperties")
    ):
        return ("object",)
    return ("array",) if "items" in schema or "prefixItems" in schema else ()


def resolve(reference: str, root: Schema) -> Any:
    """Return what a reference within a schema points to, by path or anchor, or None."""
    base, _, fragment = reference.partition("#")
    place: Any = _identified(base, root) if base else root
    fragment = urllib.parse.unquote(fragment)
    if fragment and fragment[0] != "/":
        return _anchored(fragment, place)
    for step in fragment.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(place, Mapping):
            place = place.get(step)
        elif isinstance(place, Sequence) and step.isdecimal() and int(step) < len(place):
            place = place[int(step)]
        else:
            return None
    return place


def _identified(name: str, root: Schema) -> Any:
    """Find the part of a schema by its `$id`, which may be relative to the root's."""
    own = root.get("$id")
    base = own if isinstance(own, str) else ""
    with contextlib.suppress(ValueError):  # for an invalid URL
        wanted = urllib.parse.urljoin(base, name)
        for schema in _all_in(root):
            called = schema.get("$id")
            if isinstance(called, str) and urllib.parse.urljoin(base, called).rstrip("#") == wanted:
                return schema
    return None


def _anchored(anchor: str, root: Any) -> Any:
    names = ("$anchor", "$dynamicAnchor")
    return next((each for each in _all_in(root) if anchor in map(each.get, names)), None)


def _all_in(root: Any) -> Iterator[Schema]:
    """All objects in a schema, the outer ones first."""
    level = [root]
    while level:
        yield from (schema for schema in level if isinstance(schema, Mapping))
        level = [
            part
            for schema in level
            if isinstance(schema, Mapping | list)
            for part in (schema.values() if isinstance(schema, Mapping) else schema)
        ]


def declared_member(
    name: str, schema: Any, root: Schema, seen: set[str] | None = None
) -> Schema | None:
    """The schema of one member of an object schema, or None if it says nothing about it."""
    if not isinstance(schema, Mapping):
        return None
    properties, patterns = schema.get("properties"), schema.get("patternProperties")
    own = properties.get(name) if isinstance(properties, Mapping) else None
    if isinstance(own, Mapping) and any(alternatives(own, root)):
        return own
    found = []
    seen = set() if seen is None else seen
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        seen.add(reference)
        found.append(declared_member(name, resolve(reference, root), root, seen))
    found += [declared_member(name, part, root, seen) for part in _parts(schema)]
    if isinstance(patterns, Mapping):
        found += [part for pattern, part in patterns.items() if _fits(pattern, name)]
    options = [each for each in found if isinstance(each, Mapping)]
    if not options and isinstance(properties, Mapping) and name in properties:
        return own if isinstance(own, Mapping) else None
    if not options:
        others = schema.get("additionalProperties")
        return others if isinstance(others, Mapping) else None
    return options[0] if len(options) == 1 else {"anyOf": options}


def member_names(schema: Any, root: Schema | None = None) -> Iterator[str]:
    """The members named by an object schema or any of its parts; some twice."""
    for part in _of_same_value(schema, root, _parts):
        if isinstance(properties := part.get("properties"), Mapping):
            yield from properties


def undeclared(given: Iterable[str], schema: Schema) -> list[str]:
    """The given names that a schema neither lists nor has a pattern for."""
    known = schema.get("properties") or ()
    matchers = [matcher(pattern) for pattern in schema.get("patternProperties") or ()]
    return [
        name
        for name in given
        if name not in known and not any(matches(name) for matches in matchers)
    ]


def parameter_schemas(schema: Schema) -> dict[str, Schema]:
    """The schema of each member that an object schema or one of its parts names."""
    names = dict.fromkeys(member_names(schema))
    return {name: declared_member(name, schema, schema) or {} for name in names}


def required_names(schema: Any, root: Schema | None = None) -> Iterator[str]:
    """The members required by an object schema and by all parts that hold with it."""
    for part in _of_same_value(schema, root, lambda part: part.get("allOf") or ()):
        yield from part.get("required") or ()


def _of_same_value(
    schema: Any,
    root: Schema | None,
    parts: Callable[[Schema], Iterable[Any]],
    seen: set[str] | None = None,
) -> Iterator[Schema]:
    """A schema, what it refers to, and what `parts` finds in each: all on the same value."""
    if not isinstance(schema, Mapping):
        return
    yield schema
    root = schema if root is None else root
    seen = set() if seen is None else seen
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        seen.add(reference)
        yield from _of_same_value(resolve(reference, root), root, parts, seen)
    for part in parts(schema):
        yield from _of_same_value(part, root, parts, seen)


# Keywords that hold no schemas, and keywords that hold schemas by arbitrary names.
NO_SCHEMAS = frozenset({"const", "enum", "default", "example", "examples", "dependentRequired"})
BY_NAME = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})


_WITH_SCHEMAS = frozenset(
    {
        *("items", "prefixItems", "additionalItems", "contains", "additionalProperties", "allOf"),
        *("anyOf", "oneOf", "not", "if", "then", "else", "propertyNames", "dependencies"),
        *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
    }
)
DEFINITIONS = ("$defs", "definitions")


def parts_of(schema: Any, *, definitions: bool = True) -> Iterator[Schema]:
    """Yield a schema and all schemas nested in it, or only those outside of definitions."""
    if isinstance(schema, list):
        for part in schema:
            yield from parts_of(part, definitions=definitions)
    if not isinstance(schema, Mapping):
        return
    yield schema
    for key, value in schema.items():
        if (
            key in BY_NAME
            and isinstance(value, Mapping)
            and (definitions or key not in DEFINITIONS)
        ):
            for part in value.values():
                yield from parts_of(part, definitions=definitions)
        elif key in _WITH_SCHEMAS:
            yield from parts_of(value, definitions=definitions)


def _parts(schema: Schema) -> Iterator[Any]:
    """Yield the subschemas that apply to the same value, always or in some cases."""
    for union in ("allOf", "anyOf", "oneOf"):
        if isinstance(parts := schema.get(union), Sequence):
            yield from parts
    yield from (schema[key] for key in ("then", "else") if key in schema)
    if isinstance(parts := schema.get("dependentSchemas"), Mapping):
        yield from parts.values()


def _fits(pattern: str, name: str) -> bool:
    try:
        return matcher(pattern)(name)
    except (re.error, OverflowError, RecursionError, TimeoutError):
        return False


def type_name(value: Any) -> str:
    """The type of a JSON value, in JSON Schema's names."""
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


# --- in words ----------------------------------------------------------------------------------

ARTICLES = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "string": "a string",
    "array": "a JSON array",
    "object": "a JSON object",
    "null": "null",
}


def expectation(branches: Sequence[Schema]) -> str:
    words = []
    for branch in branches:
        if "const" in branch:
            words.append(shown(branch["const"]))
        elif isinstance(branch.get("enum"), Sequence):
            words.append(f"one of {_listed(branch['enum'])}")
        elif declared_types(branch):
            words += [_article(name, branch) for name in declared_types(branch)]
        else:
            words.append("anything")
    return " or ".join(dict.fromkeys(words))


def _listed(values: Sequence[Any]) -> str:
    text = ", ".join(shown(value) for value in values[:_MAXIMUM_LISTED])
    return f"{text}, …" if len(values) > _MAXIMUM_LISTED else text


def _article(name: str, branch: Schema) -> str:
    form = branch.get("format")
    if name == "string" and isinstance(form, str):
        return f"a string of format {form}"
    return ARTICLES.get(name, name)


def small_schema(schema: Schema) -> str:
    """The parameters in one line: `sku (a string, required), count (an integer)`."""
    required = set(required_names(schema))
    return (
        ", ".join(
            f"{name} ({expectation(list(alternatives(part, schema))) or 'anything'}"
            f"{', required' if name in required else ''})"
            for name, part in parameter_schemas(schema).items()
        )
        or "none"
    )


def shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = str(value)
    return text if len(text) <= _MAXIMUM_SHOWN else text[:_MAXIMUM_SHOWN] + "…"
