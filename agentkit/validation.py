"""Validate values by a JSON Schema, and check and translate the schema itself."""

from __future__ import annotations

import contextvars
import functools
import importlib
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from agentkit.fault_words import FITS_NONE, MAXIMUM_LINES, fault_lines, undefined_names
from agentkit.loose_schemas import (
    lost_references,
    mended,
    with_definitions,
    with_fitting_members,
)
from agentkit.patterns import matcher
from agentkit.schemas import Schema, undeclared

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


def usable_schema(schema: Schema) -> Schema:
    """Return the schema where its dialect allows it, else its translation into draft 2020-12.

    Raises ValueError with what is wrong if it can't be understood.
    """
    fault = schema_fault(schema)
    if fault is None:
        return with_fitting_members(schema)
    if not isinstance(schema, Mapping):
        raise ValueError(fault)
    try:
        understood: Schema = with_fitting_members(with_definitions(mended(schema)))
    except RecursionError:
        raise ValueError(fault) from None
    if fault := schema_fault(understood):
        raise ValueError(fault)
    return understood


def schema_fault(schema: Schema) -> str | None:
    """What is wrong with a schema itself, or None."""
    if not isinstance(schema, Mapping):
        return "it is not a mapping"
    try:
        _kind_of_validator(schema).check_schema(dict(schema), format_checker=_patterns())
    except _jsonschema().SchemaError as error:
        place = ".".join(str(step) for step in error.absolute_path)
        return f"{place + ': ' if place else ''}{error.message}"
    except RecursionError:
        return "it is nested too deeply"
    except (TypeError, AttributeError) as error:  # from a `$schema` that is not a text
        return f"it can't be read ({error})"
    if lost := lost_references(schema):
        return f"it refers to {', '.join(lost)}, where there is no schema"
    return None


def schema_validator(schema: Schema, *, times: bool = False) -> Validator:
    """A validator for the dialect the schema names, 2020-12 by default; it never fetches anything.

    With `times`, texts that are dates or times by their format must look like them. Pydantic takes
    a bare number for seconds since 1970, so "2025" would be 00:33 on the first day of that year.
    """
    registry = _referencing().Registry()
    checker = _times() if times else None
    kind = _exact(_kind_of_validator(schema), is_dynamic=_DYNAMIC.search(repr(schema)) is not None)
    validator: Validator = kind(schema, registry=registry, format_checker=checker)
    return validator


TOO_DEEP = "the arguments, or the tool's schema, are nested too deeply"

_DYNAMIC = re.compile(r"\$(?:dynamic|recursive)Ref")  # its target depends on the path to it
_OF_TYPE = ("type", "enum", "const", "$ref", "allOf", "anyOf", "oneOf")
_MAXIMUM_ERRORS = 100  # that are looked for at most
_LOOKS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d"),
    "duration": re.compile(r".*[^\d.+-]"),
}


@functools.cache
def _patterns() -> Any:
    """Accept every pattern that `matcher` can read, which is more than Python's engine reads."""
    checker = _jsonschema().FormatChecker(formats=())
    unreadable = (re.error, OverflowError, RecursionError)
    checker.checks("regex", raises=unreadable)(
        lambda pattern: not isinstance(pattern, str) or bool(matcher(pattern))
    )
    return checker


@functools.cache
def _times() -> Any:
    checker = _jsonschema().FormatChecker(formats=())
    for name, pattern in _LOOKS.items():
        checker.checks(name)(
            lambda value, pattern=pattern: not isinstance(value, str) or pattern.match(value)
        )
    return checker


@functools.cache
def _exact(kind: Any, *, is_dynamic: bool) -> Any:
    """Extend a validator class with rules of our own.

    `multipleOf` counts in decimals: 19.99 is a multiple of 0.01. `uniqueItems` takes linear time,
    and so do patterns, except those that `unevaluatedProperties` looks at. What OpenAPI calls
    nullable may be null.
    """
    rules = {
        **{key: _nullable(kind.VALIDATORS[key]) for key in _OF_TYPE if key in kind.VALIDATORS},
        "properties": _properties(kind.VALIDATORS["properties"]),
        "multipleOf": _multiple_of,
        "uniqueItems": _unique_items,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    if "$ref" in kind.VALIDATORS and not is_dynamic:
        rules["$ref"] = _nullable(_once(kind.VALIDATORS["$ref"]))
    for union, rule in (("anyOf", _any_of), ("oneOf", _one_of)):
        if union in kind.VALIDATORS:
            rules[union] = _nullable(rule(kind.VALIDATORS[union]))
    known = {key: rule for key, rule in rules.items() if key in kind.VALIDATORS}
    return _jsonschema().validators.extend(kind, known)


def _nullable(rule: Any) -> Any:
    """Wrap a rule so that it does not apply to a null that OpenAPI's `nullable` allows."""

    def check(validator: Validator, wanted: Any, value: Any, schema: Schema) -> Any:
        if value is not None or schema.get("nullable") is not True:
            yield from rule(validator, wanted, value, schema) or ()

    return check


@dataclass
class _Work:
    """What one value was already checked against, and how many union faults may still be told.

    Without this, parts of a union that contain themselves would be checked again in each part of
    each union around them, and so would what is referred to twice: twice as long with every level.
    """

    fits: dict[tuple[int, int], bool] = field(default_factory=dict)
    right: set[tuple[int, int]] = field(default_factory=set)  # references, and values that fit them
    tries: int = 0  # in progress: their faults are not told
    left: int = 1_000


_work = contextvars.ContextVar[_Work]("_work")


def _fits(validator: Validator, part: Any, value: Any) -> bool:
    """Whether a value fits a part of a union; each pair is checked only once."""
    work = _work.get()
    key = (id(part), id(value))
    if key not in work.fits:
        work.tries += 1
        try:
            work.fits[key] = bool(validator.evolve(schema=part).is_valid(value))
        finally:
            work.tries -= 1
    return work.fits[key]


def _told(rule: Any, *given: Any) -> Iterator[ValidationError]:
    """Yield a union's faults in each of its parts; only FITS_NONE if these won't be told."""
    work = _work.get()
    if work.tries or not work.left:
        yield _jsonschema().ValidationError(FITS_NONE)
        return
    work.left -= 1
    yield from rule(*given) or ()


def _any_of(rule: Any) -> Any:
    def check(validator: Validator, parts: Any, value: Any, schema: Schema) -> Any:
        if not any(_fits(validator, part, value) for part in parts):
            yield from _told(rule, validator, parts, value, schema)

    return check


def _one_of(rule: Any) -> Any:
    def check(validator: Validator, parts: Any, value: Any, schema: Schema) -> Any:
        if sum(_fits(validator, part, value) for part in parts) != 1:
            yield from _told(rule, validator, parts, value, schema)

    return check


def _once(rule: Any) -> Any:
    """Wrap the rule of `$ref`: a value that fits a reference is not checked again."""

    def check(validator: Validator, wanted: Any, value: Any, schema: Schema) -> Any:
        work, key = _work.get(), (id(schema), id(value))
        if key in work.right:
            return
        fits = True
        for error in rule(validator, wanted, value, schema) or ():
            fits = False
            yield error
        if fits:
            work.right.add(key)

    return check


def _multiple_of(
    validator: Validator, divisor: float, number: Any, _: Schema
) -> Iterator[ValidationError]:
    if not validator.is_type(number, "number"):
        return
    is_finite = isinstance(number, int) or math.isfinite(number)
    if not is_finite or (Fraction(repr(number)) / Fraction(repr(divisor))).denominator != 1:
        yield _jsonschema().ValidationError(f"{number} is not a multiple of {divisor}")


def _unique_items(
    validator: Validator, wanted: Any, items: Any, _: Schema
) -> Iterator[ValidationError]:
    if not wanted or not validator.is_type(items, "array"):
        return
    if len({_identity(item) for item in items}) != len(items):
        yield _jsonschema().ValidationError(f"{items} has non-unique elements")


def _identity(value: Any) -> Any:
    """A hashable key, equal for values that are equal as JSON: 1 is 1.0, but not true."""
    match value:
        case bool():
            return bool, value
        case list():
            return tuple(map(_identity, value))
        case dict():
            return frozenset((name, _identity(item)) for name, item in value.items())
        case _:
            return value


def _pattern(validator: Validator, pattern: str, text: Any, _: Schema) -> Iterator[ValidationError]:
    if validator.is_type(text, "string") and not matcher(pattern)(text):
        yield _jsonschema().ValidationError(f"{text!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Schema], given: Any, _: Schema
) -> Iterator[ValidationError]:
    if not validator.is_type(given, "object"):
        return
    for pattern, schema in patterns.items():
        matches = matcher(pattern)
        for name, value in given.items():
            if matches(name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _properties(rule: Any) -> Any:
    """Wrap `properties`, which does not say which member it is that may not be given."""

    def check(validator: Validator, members: Any, given: Any, schema: Schema) -> Any:
        for name, part in members.items() if validator.is_type(given, "object") else ():
            if part is False and name in given:
                yield _jsonschema().ValidationError(
                    f"{name} may not be given",
                    path=(name,),
                    validator="not",
                    validator_value={},
                    instance=given[name],
                    schema=part,
                )
        others = {name: part for name, part in members.items() if part is not False}
        yield from rule(validator, others, given, schema) or ()

    return check


def _additional_properties(
    validator: Any, wanted: Any, given: Any, schema: Schema
) -> Iterator[ValidationError]:
    if not validator.is_type(given, "object"):
        return
    others = undeclared(given, schema)
    if validator.is_type(wanted, "object"):
        for name in others:
            yield from validator.descend(given[name], wanted, path=name)
    elif not wanted and others:
        yield _jsonschema().ValidationError(f"no such properties: {', '.join(others)}")


def _kind_of_validator(schema: Schema) -> Any:
    library = _jsonschema()
    return library.validators.validator_for(schema, default=library.Draft202012Validator)


# These two take as long to import as all of agentkit, so they are imported at the first check.


@functools.cache
def _jsonschema() -> Any:
    return importlib.import_module("jsonschema")


@functools.cache
def _referencing() -> Any:
    return importlib.import_module("referencing")


def find_faults(arguments: Mapping[str, Any], validator: Validator) -> list[str]:
    """One line per fault: where, what was expected, what was found."""
    _work.set(_Work())
    try:
        found = itertools.islice(validator.iter_errors(arguments), _MAXIMUM_ERRORS)
        errors = sorted(found, key=_order)
    except OverflowError:
        return ["a number is too large for the tool's schema"]
    except _referencing().exceptions.Unresolvable as missing:
        return [f"the tool's schema refers to something it does not contain: {missing.ref}"]
    except TimeoutError as late:
        return [str(late)]
    except re.error as unread:
        return [f"the tool's schema has a pattern that can't be read: {unread}"]
    except ValueError as fault:  # from an invalid URL in it
        return [f"the tool's schema can't be followed: {fault}"]
    except _jsonschema().exceptions.UnknownType as unknown:
        return [f"the tool's schema has an unknown type: {unknown.type}"]
    except BaseException as fault:
        if not _is_recursion(fault):
            raise
        return [TOO_DEEP]
    lines: dict[str, None] = {}  # each once, in order
    root = validator.schema if isinstance(validator.schema, Mapping) else {}
    for error in errors:
        # Only the whole schema knows all names of a value: a part may be one of several.
        undefined = undefined_names(error) if error.schema is validator.schema else ""
        lines.update((f"{line}{undefined}", None) for line in fault_lines(error, root))
    told = list(lines)[:MAXIMUM_LINES]
    return told if len(told) == len(lines) else [*told, "and more"]


def _order(error: ValidationError) -> list[tuple[int, str]]:
    """The place of an error, with items of a list in their order."""
    steps = error.absolute_path
    return [(step, "") if isinstance(step, int) else (-1, str(step)) for step in steps]


def is_valid(validator: Validator, value: Any) -> bool:
    _work.set(_Work())
    try:
        return bool(validator.is_valid(value))
    except Exception:  # an invalid schema can fail anywhere
        return False
    except BaseException as error:
        if not _is_recursion(error):
            raise
        return False


def _is_recursion(error: BaseException) -> bool:
    """Whether the recursion was too deep; in Rust code that is a panic, which is no Exception."""
    return isinstance(error, RecursionError) or type(error).__name__ == "PanicException"


def validator_for_part(schema: Schema, root: Schema) -> Validator | None:
    """A validator for one part of a schema, whose references still point into the whole."""
    try:
        return _cached_validator(json.dumps(root)).evolve(schema=schema)
    except (TypeError, ValueError, RecursionError):
        return None


@functools.lru_cache(maxsize=256)
def _cached_validator(schema_text: str) -> Validator:
    return schema_validator(json.loads(schema_text))
