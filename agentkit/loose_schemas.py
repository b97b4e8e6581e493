"""Translate schemas as found in the wild into JSON Schema 2020-12.

Servers and generators use keywords of OpenAPI 3.0 and of older drafts without saying so, type names
from programming languages, and null for absent values:

    {"minimum": 0, "exclusiveMinimum": true}       {"exclusiveMinimum": 0}
    {"items": [{"type": "float"}, {}]}             {"prefixItems": [{"type": "number"}, {}]}
    {"properties": {}, "required": null}           {"properties": {}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from agentkit.json_text import UNREADABLE, read_json
from agentkit.schemas import (
    BY_NAME,
    DEFINITIONS,
    NO_SCHEMAS,
    Schema,
    declared_types,
    parts_of,
    resolve,
)

# Keywords that only describe a schema, and the type that each must have.
_NOTES = {"title": str, "description": str, "$comment": str, "examples": list, "deprecated": bool}
_MAY_BE_NULL = {"const", "default"}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_ANCHOR = re.compile(r"#[A-Za-z_][-A-Za-z0-9._]*")
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def mended(schema: Any) -> Any:
    """Translate a schema that its own dialect refuses; unknown keywords are kept."""
    if not isinstance(schema, Mapping):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if value is not None or key in _MAY_BE_NULL:
            found.update(_mended_keyword(key, value, schema))
    for exclusive, bound in _BOUNDS.items():
        if schema.get(exclusive) is True:
            found.pop(bound, None)
    if names := _required(schema):
        found["required"] = names
    return found


def with_definitions(schema: Schema) -> Schema:
    """Copy nested definitions to the top of the schema, where its references look for them.

    A complete schema that was put into another one as a property brings its `$defs` along.
    """
    inside: dict[tuple[str, str], list[Any]] = {}
    for part in parts_of(schema):
        for place in DEFINITIONS:
            if isinstance(defined := part.get(place), Mapping):
                for name, meant in defined.items():
                    inside.setdefault((f"#/{place}/{name}", place), []).append((name, meant))
    found: dict[str, dict[str, Any]] = {}
    for reference in lost_references(schema):
        for place in DEFINITIONS:
            meant = inside.get((reference, place), [])
            if meant and all(other == meant[0] for other in meant):
                found.setdefault(place, {}).update([meant[0]])
    kept = {place: schema[place] for place in found if isinstance(schema.get(place), Mapping)}
    return {**schema, **{place: {**kept.get(place, {}), **found[place]} for place in found}}


def with_fitting_members(schema: Schema) -> Schema:
    """Return the schema, changed where no value could satisfy both its type and its enumeration.

    Some list what their type forbids: `{"type": "integer", "enum": ["1", "2"]}` means 1 and 2,
    `{"type": "boolean", "enum": ["True", "False", "dontcare"]}` these words or what they spell, and
    `{"type": "array", "enum": ["a", "b"]}` what the items may be.
    """
    if not any(map(_has_unfit_members, parts_of(schema))):
        return schema
    fitting: Schema = _fitting(schema)
    return fitting


def _fitting(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_fitting(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: _fitting_keyword(key, value) for key, value in schema.items()}
    if not _has_unfit_members(found):
        return found
    types, listed = declared_types(found), found["enum"]
    if "array" in types and not any(m is not None and _is_of(m, types) for m in listed):
        return _with_members_of_items(found)
    if any(_is_of(member, types) for member in listed):
        # A null among texts stays null and does not become the text "null".
        return {**found, "enum": [m if m is None else _as_type(m, types) for m in listed]}
    found["enum"] = [_as_type(member, types) for member in listed]
    if not all(_is_of(member, types) for member in found["enum"]):
        del found["type"]
    return found


def _with_members_of_items(schema: Schema) -> Any:
    """Move the values listed for an array to its items, for which they are meant."""
    items = schema.get("items")
    own = {key: value for key, value in schema.items() if key != "enum"}
    listed = [member for member in schema["enum"] if member is not None]
    return {
        **own,
        "items": _fitting({**(items if isinstance(items, Mapping) else {}), "enum": listed}),
    }


def _fitting_keyword(key: str, value: Any) -> Any:
    if key in BY_NAME and isinstance(value, Mapping):
        return {name: _fitting(part) for name, part in value.items()}
    return value if key in NO_SCHEMAS else _fitting(value)


def _has_unfit_members(schema: Schema) -> bool:
    listed = schema.get("enum")
    if not isinstance(listed, list) or not listed or not isinstance(schema.get("type"), str | list):
        return False
    types = declared_types(schema)
    return bool(types) and not all(_is_of(member, types) for member in listed)


def _is_of(member: Any, types: tuple[str, ...]) -> bool:
    match member:
        case None:
            return "null" in types
        case bool():
            return "boolean" in types
        case int():
            return "integer" in types or "number" in types
        case float():
            return "number" in types or ("integer" in types and member.is_integer())
        case str():
            return "string" in types
    return ("array" if isinstance(member, list) else "object") in types


def _as_type(member: Any, types: tuple[str, ...]) -> Any:
    """Return the value of one of the types that a member spells, or else the member itself."""
    if _is_of(member, types):
        return member
    if "string" in types:
        return json.dumps(member)
    read = read_json(member.strip().lower()) if isinstance(member, str) else UNREADABLE
    return member if read is UNREADABLE or not _is_of(read, types) else read


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")  # RFC 3986


def lost_references(schema: Schema) -> list[str]:
    """References into the schema, in use, not in unused definitions, that lead to no schema.

    What is at a full address elsewhere, as `https:` or `urn:`, is not known, as nothing is fetched:
    a call may do without it.
    """
    left: list[Any] = [schema]
    known, lost = set[str](), list[str]()
    while left:
        for part in parts_of(left.pop(), definitions=False):
            if "$id" in part or "id" in part:
                return []  # references may be relative to that id
            reference = part.get("$ref")
            if not isinstance(reference, str) or _SCHEME.match(reference):
                continue
            if reference not in known:
                known.add(reference)
                target = resolve(reference, schema)
                if isinstance(target, Mapping):
                    left.append(target)
                elif not isinstance(target, bool):
                    lost.append(reference)
    return sorted(lost)


def _mended_keyword(key: str, value: Any, schema: Schema) -> dict[str, Any]:
    match key, value:
        case _ if not isinstance(value, _NOTES.get(key, object)):
            return {}
        case _ if key in NO_SCHEMAS:
            return {key: value}
        case "$schema", str():
            return {}
        case "type", list() if None in value:
            return _mended_keyword(
                key, ["null" if each is None else each for each in value], schema
            )
        case "type", _ if isinstance(value, str) or _are_names(value):
            types = tuple(name for name in declared_types({"type": value}) if name)
            return {"type": list(types) if isinstance(value, list) else types[0]} if types else {}
        case "required", bool() | list() | Mapping():
            return {}  # `_required` collects these names
        case _, [] if key in BY_NAME:
            return {key: {}}  # an empty object as PHP writes it
        case "items", []:
            return {}
        case (("exclusiveMinimum" | "exclusiveMaximum"), bool()):
            bound = schema.get(_BOUNDS[key])
            return {key: bound} if value and bound is not None else {}
        case (("$id" | "id"), str()) if value.startswith("#"):  # an anchor in drafts 4 to 7
            return {"$anchor": value[1:]} if _ANCHOR.fullmatch(value) else {}
        case "$ref", str():
            return {key: re.sub(r"/items/(?=\d)", "/prefixItems/", value)}
        case "items", list():
            return {"prefixItems": [mended(part) for part in value]}
        case "additionalItems", _:
            return {"items": mended(value)} if isinstance(schema.get("items"), list) else {}
        case "dependencies", Mapping():
            names = {name: part for name, part in value.items() if isinstance(part, list)}
            parts = {name: mended(part) for name, part in value.items() if name not in names}
            return {"dependentRequired": names, "dependentSchemas": parts}
        case _, Mapping() if key in BY_NAME:
            return {key: {name: mended(part) for name, part in value.items()}}
        case _, list() if key in _LISTS:
            return {key: [mended(part) for part in value]}
    # An unknown keyword may hold a schema that a reference points to.
    return {key: mended(value)}


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _required(schema: Schema) -> list[Any]:
    """The required names, including those whose own schema says so, as in draft 3."""
    listed, properties = schema.get("required"), schema.get("properties")
    names = list(listed) if isinstance(listed, list) else []
    if isinstance(properties, Mapping):
        names += [
            name
            for name, part in properties.items()
            if isinstance(part, Mapping) and part.get("required") is True
        ]
    return [name for place, name in enumerate(names) if name not in names[:place]]
