"""Say what is wrong with a value: where, what was expected, and what was found."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from agentkit.json_text import why_unreadable
from agentkit.schemas import (
    ARTICLES,
    Schema,
    alternatives,
    declared_types,
    expectation,
    member_names,
    members,
    required_names,
    shown,
    type_name,
    undeclared,
)

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

FITS_NONE = "fits no part"
"""The message of a union's error if its parts were not checked one by one."""

MAXIMUM_LINES = 20
"""Most faults that a reply is told about, and most choices listed in one fault."""

_MAXIMUM_NAMES = 3  # undefined names that a fault lists
# A schema with no other keywords than these lists all the names that it defines.
_PLAIN = {"type", "properties", "required", "title", "description", "$schema", "$defs"}


def fault_lines(error: ValidationError, root: Schema) -> Iterable[str]:
    wanted: Any = error.validator_value
    match error.validator:
        case "anyOf" | "oneOf":
            return _union_faults(error, root)
        case "required":
            return [_required_fault(error)]
        case "additionalProperties" | "unevaluatedProperties":
            return _unknown_faults(error, root)
        case None:  # a schema that is just `false`
            return [_located(error, f"nothing may be given here, found {shown(error.instance)}")]
        case "type":
            names = [wanted] if isinstance(wanted, str) else list(wanted)
            text = " or ".join(
                ARTICLES.get(name, name) if isinstance(name, str) else expectation([name])
                for name in names  # in draft 3 a type may be a schema
            )
            why = _why_no_json(error.instance, names)
            return [_located(error, f"expected {text}, found {shown(error.instance)}{why}")]
        case "format":
            like = f", such as {_LIKE[wanted]}" if wanted in _LIKE else ""
            wish = f"a string of format {wanted}{like}"
            return [_located(error, f"expected {wish}, found {shown(error.instance)}")]
        case "enum" | "const":
            values = wanted if error.validator == "enum" else [wanted]
            meant = _meant(error.instance, values)
            found = f"{_choice(values)}, found {shown(error.instance)}{meant}"
            return [_located(error, f"expected {found}")]
        case "dependentRequired" | "dependencies" if isinstance(error.instance, Mapping):
            return _dependent_faults(error)
        case "not" if wanted in ({}, True):  # matches everything
            return [_located(error, f"may not be given, found {shown(error.instance)}")]
        case "items" | "additionalItems" if wanted is False:
            return [_located(error, f"expected no more items, found {shown(error.instance)}")]
        case _:
            rule = _RULES.get(_exclusive(error), f"{error.validator} {{}}").format(shown(wanted))
            return [_located(error, f"expected {rule}, found {shown(error.instance)}")]


# Examples of the formats that are most often written in another way.
_LIKE = {
    "date": "2026-01-31",
    "time": "14:30:00Z",
    "date-time": "2026-01-31T14:30:00Z",
    "duration": "PT1H30M",
}
# What a keyword demands, in words; other keywords are shown by name.
_RULES = {
    "minimum": "{} or more", "maximum": "{} or less",
    "exclusiveMinimum": "more than {}", "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "minItems": "at least {} items", "maxItems": "at most {} items",
    "minProperties": "at least {} members", "maxProperties": "at most {} members",
    "multipleOf": "a multiple of {}", "pattern": "a string of pattern {}",
    "uniqueItems": "no item twice", "not": "anything but {}",
}  # fmt: skip


def _exclusive(error: ValidationError) -> str:
    """The broken rule; in draft 4 a bound is made exclusive by a second keyword next to it."""
    rule, schema = str(error.validator), error.schema
    exclusive = f"exclusive{rule[:1].upper()}{rule[1:]}"
    is_exclusive = isinstance(schema, Mapping) and schema.get(exclusive) is True
    return exclusive if is_exclusive else rule


def _is_of_a_name(error: ValidationError) -> bool:
    """Whether the error is about the name of a member, not about a value."""
    steps = list(error.absolute_schema_path)
    return any(
        step == "propertyNames" and before != "properties"
        for before, step in zip(["", *steps], steps, strict=False)
    )


def _choice(values: list[Any]) -> str:
    if not values:
        return "nothing, as no value is allowed"
    text = ", ".join(shown(value) for value in values[:MAXIMUM_LINES])
    more = ", …" if len(values) > MAXIMUM_LINES else ""
    return f"one of {text}{more}" if len(values) > 1 else text


def _meant(found: Any, values: list[Any]) -> str:
    """A hint at the value that differs only in case, spaces or punctuation; empty if none does."""
    if not isinstance(found, str) or not (plain := _plain(found)):
        return ""
    near = [each for each in values if isinstance(each, str) and _plain(each) == plain]
    return f"; did you mean {shown(near[0])}?" if near else ""


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _why_no_json(found: Any, names: Iterable[Any]) -> str:
    """Why a text that should be a list or an object can't be read as JSON."""
    if not isinstance(found, str) or not any(name in ("array", "object") for name in names):
        return ""
    text = found.strip()
    return f": {why}" if text[:1] in ("[", "{") and (why := why_unreadable(text)) else ""


def _dependent_faults(error: ValidationError) -> list[str]:
    given, wanted = error.instance, error.validator_value
    if not isinstance(given, Mapping) or not isinstance(wanted, Mapping):
        return [_located(error, error.message)]
    return [
        f"{_place([*error.absolute_path, name])}: required if {cause} is given, but missing"
        for cause, names in wanted.items()
        for name in names
        if cause in given and name not in given
    ]


def _place(path: Iterable[Any]) -> str:
    text = ""
    for step in path:
        name = shown(step).strip('"')
        text += f"[{step}]" if isinstance(step, int) else f".{name}" if text else name
    return text


def _located(error: ValidationError, sentence: str) -> str:
    place = _place(error.absolute_path)
    if _is_of_a_name(error):
        sentence = f"in the names of its members, {sentence}"
    return f"{place}: {sentence}" if place else sentence


def _required_fault(error: ValidationError) -> str:
    required: Any = error.validator_value
    given: Any = error.instance
    if not isinstance(required, list):  # draft 3: the value's own schema says `required: true`
        return _located(error, "required, but missing")
    missing = [name for name in required if name not in given]
    place = _place([*error.absolute_path, missing[0]]) if len(missing) == 1 else ""
    if place:
        return f"{place}: required, but missing"
    return _located(error, f"required, but missing: {', '.join(missing)}")


def undefined_names(error: ValidationError) -> str:
    """List given names that the schema does not define: perhaps misspellings of missing ones.

    Only for plain schemas. Others forbid such names, or describe them in some other way.
    """
    schema, given, required = error.schema, error.instance, error.validator_value
    if error.validator != "required" or not isinstance(schema, Mapping) or schema.keys() - _PLAIN:
        return ""
    if not isinstance(required, list) or not isinstance(given, Mapping):  # as in draft 3
        return ""
    names = [name for name in undeclared(given, schema) if name not in required]
    told = [_place([name]) for name in names[:_MAXIMUM_NAMES]]
    more = ["…"] if len(names) > _MAXIMUM_NAMES else []
    return f"; given, but not defined: {', '.join(told + more)}" if names else ""


def _unknown_faults(error: ValidationError, root: Schema) -> list[str]:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    counts_parts = error.validator == "unevaluatedProperties"
    known = list(member_names(schema, root) if counts_parts else schema.get("properties") or ())
    patterns = [f"names that match {shown(each)}" for each in schema.get("patternProperties") or ()]
    given: Any = error.instance
    others = [name for name in undeclared(given, schema) if name not in known]
    lines = []
    for name in others[: MAXIMUM_LINES + 1]:
        close = difflib.get_close_matches(str(name), known, n=1)
        hint = (
            f"did you mean {close[0]}?"
            if close
            else f"there are {', '.join(known + patterns) or 'none'}"
        )
        lines.append(f"{_place([*error.absolute_path, name])}: no such parameter; {hint}")
    return lines or [_located(error, error.message)]


def _union_faults(error: ValidationError, root: Schema) -> list[str]:
    """What is wrong by the part of the union that was meant, or that no part fits."""
    union: dict[str, Any] = {str(error.validator): error.validator_value}
    options = expectation(list(alternatives(union, root))) or "something else"
    faults: dict[Any, list[ValidationError]] = {}
    for fault in error.context or ():
        path = fault.relative_schema_path  # empty where a part is `false`
        faults.setdefault(path[0] if path else id(fault), []).append(fault)
    if error.message == FITS_NONE:
        return [_located(error, f"expected {options}, found {shown(error.instance)}")]
    if not faults:
        several = _only_one_of(error) or f"fits more than one of {options}"
        return [_located(error, f"{several}: {shown(error.instance)}")]
    if untold := _untold_variant(error, root):
        return [untold]
    meant = [part for part in faults.values() if not any(map(_is_of_another_kind, part))]
    if not meant:
        near = _meant(error.instance, _choices_of(union, root))
        types = [name for part in alternatives(union, root) for name in declared_types(part)]
        why = _why_no_json(error.instance, types)
        return [_located(error, f"expected {options}, found {shown(error.instance)}{near}{why}")]
    if all(fault.validator == "required" for part in meant for fault in part):
        missing = dict.fromkeys(
            ", ".join(dict.fromkeys(map(_required_fault, part))) for part in meant
        )
        return [" or ".join(missing)]
    # If one part has the right name of the variant, parts with another name were not meant.
    tags = _names_of_variants(error, root)
    names = [fault for part in meant for fault in part if _is_another_variant(fault, tags)]
    if len(names) == len(meant) > 1 and len({tuple(each.relative_path) for each in names}) == 1:
        allowed = _choice([value for each in names for value in _values(each)])
        return [_located(names[0], f"expected {allowed}, found {shown(names[0].instance)}")]
    named = [part for part in meant if not any(_is_another_variant(each, tags) for each in part)]
    nearest, *others = sorted(named or meant, key=_distance)
    lines = [line for fault in nearest for line in fault_lines(fault, root)]
    if not others:
        return lines
    if options == expectation([{"type": type_name(error.instance)}]):  # that is its type already
        return [_located(error, f"fits none of the choices; nearest: {lines[0]}")]
    return [_located(error, f"expected {options}; nearest: {lines[0]}")]


def _names_of_variants(error: ValidationError, root: Schema) -> dict[str, list[Any]]:
    """The members that name the variant in all parts of a union, each with its values.

    All parts require such a member, and no two of them allow it the same value.
    """
    wanted: Any = error.validator_value
    named = [
        {
            name: list(values)
            for name, member in (branch.get("properties") or {}).items()
            if isinstance(member, Mapping) and (values := members(member)) is not None
            if name in {*required_names(part, root), *required_names(branch, root)}
        }
        for part in wanted
        for branch in alternatives(part, root)
        if declared_types(branch) != ("null",)
    ]
    found: dict[str, list[Any]] = {}
    for name in named[0] if named else ():
        values = [value for each in named for value in each.get(name, ())]
        is_in_all = all(name in each for each in named)
        if is_in_all and len({shown(value) for value in values}) == len(values):
            found[name] = values
    return found


def _untold_variant(error: ValidationError, root: Schema) -> str:
    """The fault of an object without the name of its variant, if all parts require it."""
    given: Any = error.instance
    for name, values in _names_of_variants(error, root).items():
        if isinstance(given, Mapping) and name not in given:
            place = _place([*error.absolute_path, name])
            return f"{place}: required, but missing: {_choice(values)}"
    return ""


def _choices_of(union: Schema, root: Schema) -> list[Any]:
    return [each for branch in alternatives(union, root) for each in members(branch) or ()]


def _only_one_of(error: ValidationError) -> str:
    """The fault if each part of a union only lists required members; empty for other unions."""
    parts: Any = error.validator_value
    if not all(isinstance(part, Mapping) and part.keys() == {"required"} for part in parts):
        return ""
    names = [", ".join(map(str, part["required"])) for part in parts]
    return f"expected only one of {' or '.join(names)} to be given, found"


def _is_of_another_kind(fault: ValidationError) -> bool:
    """Whether a fault shows that its part of a union is for another type or for other values."""
    return not fault.relative_path and fault.validator in ("type", "enum", "const")


def _is_another_variant(fault: ValidationError, tags: Mapping[str, Any]) -> bool:
    """Whether a fault is in a member with one allowed value, or in the name of a variant."""
    if len(fault.relative_path) != 1:
        return False
    return fault.validator == "const" or (
        fault.validator == "enum" and fault.relative_path[0] in tags
    )


def _values(fault: ValidationError) -> list[Any]:
    wanted: Any = fault.validator_value
    return list(wanted) if fault.validator == "enum" else [wanted]


def _distance(part: list[ValidationError]) -> tuple[bool, int]:
    """How far a value is from a part of a union: most of all if it lacks what the part requires."""
    lacks = any(fault.validator == "required" and not fault.relative_path for fault in part)
    return lacks, len(part)
