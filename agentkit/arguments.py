"""Type the arguments of a call by its tool's JSON Schema, and say which can't be typed.

A model that writes XML writes every value as text, so the schema decides what the text meant:

    "5"     integer -> 5            string -> "5"         no schema -> "5"
    "None"  null allowed -> None    plain string -> "None"
    "maybe" boolean -> stays "maybe" and is reported; never False

Nothing is guessed or replaced by a default: what can't be typed stays as it was written. Values
from JSON already have types, so they are passed on to be validated.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from agentkit.json_text import EXACT, JSON_NUMBER, UNREADABLE, read_json, read_literal, same
from agentkit.messages import Dialect
from agentkit.schemas import (
    Schema,
    alternatives,
    declared_member,
    declared_types,
    expectation,
    members,
    shown,
    type_name,
)
from agentkit.validation import is_valid, validator_for_part

_MAXIMUM_DIGITS = 4_000  # Python refuses to convert more than 4,300
_MAXIMUM_COMBINATIONS = 64  # of possible readings, tried against the whole schema

_INTEGER = re.compile(r"[+-]?[0-9]+")
_WHOLE_NUMBER = re.compile(r"([+-]?[0-9]+)\.0*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def type_arguments(
    arguments: Mapping[str, Any], schema: Schema, dialect: Dialect
) -> tuple[dict[str, Any], list[str]]:
    """Return the arguments typed by an object schema, and a fault for each that can't be typed."""
    if dialect == "json":
        return dict(arguments), []
    typed: dict[str, list[Any]] = {}
    faults = []
    for name, value in arguments.items():
        declared = declared_member(name, schema, schema) if isinstance(value, str) else None
        if declared is None:
            typed[name] = [value]
            continue
        typed[name], fault = _readings(value, declared, schema)
        if fault:
            faults.append(f"{name}: {fault}")
    return _first_that_fits(typed, schema), faults


def _first_that_fits(readings: Mapping[str, list[Any]], schema: Schema) -> dict[str, Any]:
    """Choose one reading per argument: the first set that fits the whole schema, else the first."""
    first = {name: values[0] for name, values in readings.items()}
    if all(len(values) == 1 for values in readings.values()):
        return first
    validator = validator_for_part(schema, schema)
    combinations = itertools.product(*readings.values())
    for values in itertools.islice(combinations, _MAXIMUM_COMBINATIONS if validator else 0):
        arguments = dict(zip(readings, values, strict=True))
        if validator and is_valid(validator, arguments):
            return arguments
    return first


def type_text(text: str, schema: Schema, root: Schema) -> tuple[Any, str | None]:
    """Return one raw value typed by its schema, or the text itself and what was expected.

    References are resolved within `root`. In a union the order is: a member of an enumeration,
    null, the JSON types, and string last; the first that also satisfies the schema is taken.
    """
    readings, fault = _readings(text, schema, root)
    return readings[0], fault


def _readings(text: str, schema: Schema, root: Schema) -> tuple[list[Any], str | None]:
    """Return all values that a text can mean, or the text itself and what was expected."""
    branches = list(alternatives(schema, root))
    if not branches:
        return [text], None
    candidates = list(_candidates(text, branches))
    if not candidates:
        return [text], f"expected {expectation(branches)}, found {shown(text)}"
    if len(candidates) > 1 and (validator := validator_for_part(schema, root)):
        candidates = [value for value in candidates if is_valid(validator, value)] or candidates
    return candidates, None


def _candidates(text: str, branches: Sequence[Schema]) -> Iterator[Any]:
    allowed = [value for branch in branches for value in members(branch) or ()]
    free = [branch for branch in branches if members(branch) is None]
    types = {name for branch in free for name in declared_types(branch)}
    mixed = "string" in types or any(isinstance(value, str) for value in allowed)
    if text in [value for value in allowed if isinstance(value, str)]:
        yield text
    others = {type_name(value) for value in allowed if not isinstance(value, str)}
    listed_types = {name for branch in branches for name in declared_types(branch)} - types
    unlisted = []
    for name in ("null", "boolean", "integer", "number", "array", "object"):
        if name not in types | others | listed_types:
            continue
        value = _read(text, name, mixed)
        if value is UNREADABLE:
            continue
        if name in types or any(same(value, member) for member in allowed):
            yield value
        elif name in listed_types and not mixed:
            unlisted.append(value)
    if "string" in types:
        yield text
    yield from unlisted  # wrong, unless another part of the schema allows it


def _read(text: str, name: str, mixed: bool) -> Any:
    """The text as a JSON type, or `UNREADABLE`. `mixed`: a string is allowed too, so be strict."""
    stripped = text.strip()
    match name:
        case "null":
            # Where a string is allowed too, "none" is a word; "null" and "None" still mean null.
            word = text.strip(" \t\r\n")
            is_null = word in ("null", "None") if mixed else word.lower() in ("null", "none")
            return None if is_null else UNREADABLE
        case "boolean":
            return {"true": True, "false": False}.get(stripped.lower(), UNREADABLE)
        case "integer" | "number":
            return _read_number(stripped, name, mixed)
        case _:
            return _read_container(stripped, list if name == "array" else dict)


def _read_number(text: str, name: str, mixed: bool) -> Any:
    # "007" is an id where a string is allowed too; where only a number is, it is seven.
    if len(text) > _MAXIMUM_DIGITS or not (JSON_NUMBER if mixed else _NUMBER).fullmatch(text):
        return UNREADABLE
    if _INTEGER.fullmatch(text):
        return int(text)
    exact, value = Decimal(text), float(text)
    if exact and (not value or not math.isfinite(value)):
        return UNREADABLE  # too large for a number, or so small that it would be 0
    is_whole = exact.adjusted() < _MAXIMUM_DIGITS and exact == exact.to_integral_value()
    if mixed and (Decimal(repr(value)) != exact or abs(value) >= EXACT):
        # The string, which is allowed too, keeps digits that a float would lose.
        return UNREADABLE
    if name == "integer":
        return int(exact) if is_whole else UNREADABLE  # 3.0 is an integer in JSON Schema
    return int(exact) if abs(value) >= EXACT and _WHOLE_NUMBER.fullmatch(text) else value


def _read_container(text: str, kind: type) -> Any:
    value = read_json(text)
    if value is UNREADABLE:
        value = read_literal(text)
    if isinstance(value, str):  # JSON inside a JSON string
        inner = read_json(value)
        value = read_literal(value) if inner is UNREADABLE else inner
    return value if isinstance(value, kind) else UNREADABLE
