"""The JSON Schema of a function's arguments, from the Pydantic model of its signature.

parameters_schema(name, model)      the schema that a language model is shown
closed(schema)                      the schema that calls must satisfy: only declared arguments
"""

from __future__ import annotations

import dataclasses
import enum
import json
import types
import typing
from collections.abc import Iterable
from typing import Any

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core.core_schema import (
    DataclassSchema,
    EnumSchema,
    LiteralSchema,
    ModelSchema,
    TaggedUnionSchema,
    TypedDictSchema,
)

from agentkit.errors import ToolDefinitionError
from agentkit.schemas import parts_of, resolve

_NAMED = ("properties", "$defs")  # keywords that hold schemas by arbitrary names
_QUALIFIERS = (typing.NotRequired, typing.Required)
_DATA = ("default", "const", "enum", "examples")  # keywords that hold values, not schemas


def no_json_form(name: str, error: pydantic.errors.PydanticUserError) -> ToolDefinitionError:
    """The error for a parameter type that Pydantic can't describe by a JSON Schema."""
    fault, _, _ = error.message.partition(". Set ")  # the rest is advice for Pydantic's own models
    return ToolDefinitionError(
        f"Tool {name!r} has a parameter type that has no JSON form: {fault.rstrip('.')}. Use str, "
        f"int, float, bool, list, dict, Literal, a dataclass or a Pydantic model."
    )


class _JSONSchema(GenerateJsonSchema):
    # A default without a JSON form is not shown to the model, but still applies.
    ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012 - as Pydantic has it
        "skipped-choice",
        "non-serializable-default",
    }

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        return _of_class(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: DataclassSchema) -> JsonSchemaValue:
        made = super().dataclass_schema(schema)
        for field in dataclasses.fields(schema["cls"]):
            if not field.init:  # a call can't give it
                made.get("properties", {}).pop(field.name, None)
        return _of_class(made, schema["cls"])

    def tagged_union_schema(self, schema: TaggedUnionSchema) -> JsonSchemaValue:
        made = super().tagged_union_schema(schema)
        if callable(schema["discriminator"]) and "oneOf" in made:
            made["anyOf"] = made.pop("oneOf")  # a function chooses, and several parts may fit
        return made

    def enum_schema(self, schema: EnumSchema) -> JsonSchemaValue:
        # A class with its own `_missing_` may find its members by values that JSON can hold.
        if schema["cls"]._missing_.__func__ is enum.Enum._missing_.__func__:  # type: ignore[attr-defined]
            _require_json((each.value for each in schema["members"]), schema["cls"].__name__)
        return super().enum_schema(schema)

    def literal_schema(self, schema: LiteralSchema) -> JsonSchemaValue:
        # A Literal of an Enum takes only the member; of a StrEnum or an IntEnum its value as well.
        _require_json(schema["expected"], "Literal")
        return super().literal_schema(schema)

    def typed_dict_schema(self, schema: TypedDictSchema) -> JsonSchemaValue:
        return _of_class(super().typed_dict_schema(schema), schema.get("cls"))


def _require_json(values: Iterable[Any], name: str) -> None:
    for value in values:
        is_alone = isinstance(value, enum.Enum) and not isinstance(value, str | int | float)
        if is_alone or not isinstance(value, str | int | float | list | dict | None):
            message = f"the choice {value!r} of {name} can't be written as JSON"
            raise pydantic.errors.PydanticUserError(message, code=None)


def _of_class(made: JsonSchemaValue, cls: Any) -> JsonSchemaValue:
    return _as_wide(_with_words(made, cls), cls)


def _with_words(made: JsonSchemaValue, cls: Any) -> JsonSchemaValue:
    """Add the descriptions in `Annotated[int, "words"]`, which Pydantic ignores."""
    try:
        hints = typing.get_type_hints(cls, include_extras=True)
    except Exception:  # looking up names may raise anything; descriptions are optional
        return made
    fields = getattr(cls, "__pydantic_fields__", {})
    for name, hint in hints.items():
        shown = (name in fields and fields[name].alias) or name
        part = made.get("properties", {}).get(shown)
        if part is not None and "description" not in part and (words := words_in(hint)):
            part["description"] = words[0]
    return made


def words_in(hint: Any) -> list[str]:
    """The texts in `Annotated[int, "words"]`, or in `Annotated[int, "words"] | None`."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [note for part in typing.get_args(hint) for note in words_in(part)]
    if typing.get_origin(hint) in _QUALIFIERS:
        return words_in(typing.get_args(hint)[0])
    if typing.get_origin(hint) is not typing.Annotated:
        return []
    return [note for note in typing.get_args(hint)[1:] if isinstance(note, str)]


def _as_wide(made: JsonSchemaValue, cls: Any) -> JsonSchemaValue:
    """Mark the schema of a class that accepts other names than it lists."""
    config = getattr(cls, "model_config", None) or getattr(cls, "__pydantic_config__", None) or {}
    fields = getattr(cls, "model_fields", None) or getattr(cls, "__pydantic_fields__", None) or {}
    aliases = [getattr(field, "validation_alias", None) for field in fields.values()]
    is_wide = (
        config.get("extra") == "ignore"  # as its author says
        or any(alias is not None and not isinstance(alias, str) for alias in aliases)
    )
    return {**made, "additionalProperties": True} if is_wide else made


def parameters_schema(name: str, arguments: type[pydantic.BaseModel]) -> dict[str, Any]:
    """The JSON Schema of the fields, kept short. Raises ToolDefinitionError if one has none."""
    try:
        schema = arguments.model_json_schema(schema_generator=_JSONSchema)
    except pydantic.errors.PydanticUserError as error:
        raise no_json_form(name, error) from error
    _require_tags(schema)
    plain = _without_titles(schema)
    return {"type": "object", "properties": {}, **{k: v for k, v in plain.items() if k != "type"}}


def _require_tags(schema: dict[str, Any]) -> None:
    """Require the tag that tells a union's parts apart: Pydantic needs it even with a default.

    The parts name their tags, so Pydantic's mapping from tags to parts is dropped.
    """
    for part in parts_of(schema):
        tag = part.pop("discriminator", {}).get("propertyName")  # type: ignore[attr-defined]
        for choice in part.get("oneOf", ()):
            # Required in the choice only: elsewhere the same class may be used without a tag.
            meant = resolve(choice["$ref"], schema) if "$ref" in choice else choice
            if tag in meant.get("properties", {}) and tag not in meant.get("required", []):
                choice["required"] = [tag, *choice.get("required", [])]


def closed(schema: Any) -> Any:
    """Forbid members that the schema's objects do not declare, unless it says otherwise.

    Pydantic silently drops undeclared members, and a misspelt one would be lost with them.
    """
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # Not inside of rules such as `not` and `if`, whose meaning it would change.
    own = {
        key: {name: closed(part) for name, part in value.items()}
        if key in _NAMED and isinstance(value, dict)
        else closed(value)
        if key in ("items", "prefixItems")
        else value
        for key, value in schema.items()
    }
    is_whole = not own.keys() & {"allOf", "anyOf", "oneOf", "additionalProperties"}
    return {**own, "additionalProperties": False} if "properties" in own and is_whole else own


def _without_titles(schema: Any) -> Any:
    """Drop Pydantic's titles, which repeat the names and cost tokens, and put types first."""
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for key in sorted(schema, key=lambda key: key != "type"):
        value = schema[key]
        if key == "title" and isinstance(value, str):
            continue
        if key == "prefixItems":  # only titles tell a NamedTuple's items apart
            result[key] = [_titled(part) for part in value]
            continue
        if key == "default" and not _is_json(value):
            continue
        if key in _NAMED:
            result[key] = {name: _without_titles(part) for name, part in value.items()}
        elif key in _DATA:
            result[key] = value
        else:
            result[key] = _without_titles(value)
    return result


def _titled(item: Any) -> Any:
    plain = _without_titles(item)
    if not isinstance(item, dict) or not isinstance(title := item.get("title"), str):
        return plain
    return {"description": title.lower()} | plain


def _is_json(value: Any) -> bool:
    """Whether JSON can hold the value; most servers refuse Infinity and NaN."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
