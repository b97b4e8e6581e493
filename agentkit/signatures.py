"""What a function's signature says of its arguments: a Pydantic model, a schema, and its faults.

arguments_model(name, function)     one field for each parameter, or ToolDefinitionError
parameters_schema(name, model)      what a language model is shown of them
validated(model, arguments)         JSON arguments -> the types of the annotations
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import pydantic
import pydantic_core
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core.core_schema import (
    DataclassSchema,
    ModelSchema,
    TaggedUnionSchema,
    TypedDictSchema,
)

from agentkit.docstrings import first_paragraph, parameter_words
from agentkit.errors import ToolDefinitionError

_NAMED = ("properties", "$defs")  # what holds schemas by a name that says nothing of them
_DATA = ("default", "const", "enum", "examples")  # what holds no schemas


def description_of(name: str, function: Callable[..., Any]) -> str:
    """The first paragraph of a docstring. Raises ToolDefinitionError if there is none."""
    paragraph = first_paragraph(function)
    if not paragraph:
        raise ToolDefinitionError(
            f"Tool {name!r} has no docstring. Its first paragraph is all a model knows of the "
            f"tool; say in one sentence what it does."
        )
    return paragraph


def arguments_model(name: str, function: Callable[..., Any]) -> type[pydantic.BaseModel]:
    """A model with a field for each parameter, by its name as alias.

    Raises ToolDefinitionError for parameters that no language model can be asked for.
    """
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise ToolDefinitionError(
            f"Tool {name!r} yields, but a call has one result. Return a value, such as a list."
        )
    try:
        hints = _hints(function)
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        raise ToolDefinitionError(
            f"Tool {name!r} has an annotation that can't be looked up: {error}. Define the type at "
            f"the top of the module."
        ) from error
    fields: dict[str, Any] = {}
    words = parameter_words(function)
    for parameter in inspect.signature(function).parameters.values():
        _require_name_and_type(name, parameter, hints)
        hint = _described(hints[parameter.name])
        if isinstance(parameter.default, FieldInfo):
            hint = typing.Annotated[hint, parameter.default]
        if parameter.name in words and not FieldInfo.from_annotation(hint).description:
            hint = typing.Annotated[hint, pydantic.Field(description=words[parameter.name])]
        default = parameter.default if _python_default(parameter) else ...
        # The field is called something that no parameter can clash with; the alias is the name.
        field = pydantic.Field(default, alias=parameter.name)
        fields[f"field_{parameter.name}"] = (hint, field)
    try:
        model: type[pydantic.BaseModel] = pydantic.create_model(
            name, __config__=pydantic.ConfigDict(extra="forbid"), **fields
        )
    except pydantic.errors.PydanticUserError as error:
        raise _no_json_form(name, error) from error
    except pydantic_core.SchemaError as error:
        fault = " ".join(str(error).split())
        raise ToolDefinitionError(
            f"Tool {name!r} has a parameter with a rule that Pydantic can't follow: {fault}"
        ) from error
    if lost := [each for each in fields if each not in model.model_fields]:
        raise ToolDefinitionError(
            f"Parameter {lost[0].removeprefix('field_')!r} of tool {name!r} has a type that is "
            f"none of a value, such as ClassVar. Annotate it, for example as str."
        )
    return model


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The types of the parameters. That of the result is of no use, and may be unknown here."""
    annotations = dict(getattr(function, "__annotations__", {}))
    annotations.pop("return", None)
    holder = types.SimpleNamespace(
        __annotations__=annotations, __type_params__=getattr(function, "__type_params__", ())
    )
    known = getattr(inspect.unwrap(function), "__globals__", {})
    return typing.get_type_hints(holder, globalns=known, include_extras=True)


def _require_name_and_type(
    name: str, parameter: inspect.Parameter, hints: Mapping[str, Any]
) -> None:
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise ToolDefinitionError(
            f"Tool {name!r} takes {parameter}: a model names each argument, so every parameter "
            f"needs a name and none may be positional-only."
        )
    if parameter.name in ("self", "cls") and parameter.name not in hints:
        raise ToolDefinitionError(
            f"Tool {name!r} is a method, which a model can't be given alone. Make the tool of the "
            f"bound one, as in tool(shop.{name})."
        )
    if parameter.name not in hints:
        raise ToolDefinitionError(
            f"Parameter {parameter.name!r} of tool {name!r} has no type. Annotate it, "
            f"for example `{parameter.name}: str`."
        )


def _python_default(parameter: inspect.Parameter) -> bool:
    """Whether Python itself has a value for a parameter that is left out."""
    default = parameter.default
    return default is not parameter.empty and not isinstance(default, FieldInfo)


def defaults_of_pydantic(
    function: Callable[..., Any], arguments: type[pydantic.BaseModel]
) -> frozenset[str]:
    """The parameters like `count: Annotated[int, Field(default=3)]`, required in Python only."""
    optional = {item.alias for item in arguments.model_fields.values() if not item.is_required()}
    parameters = inspect.signature(function).parameters.values()
    return frozenset(
        each.name for each in parameters if each.name in optional and not _python_default(each)
    )


def validated(model: type[pydantic.BaseModel], arguments: dict[str, Any]) -> pydantic.BaseModel:
    """The arguments as the model's types. A strict one takes texts for dates from JSON only."""
    try:
        return model.model_validate(arguments)
    except pydantic.ValidationError as error:
        try:
            text = json.dumps(arguments)
        except (ValueError, RecursionError):
            raise error from None
        try:
            return model.model_validate_json(text)
        except pydantic.ValidationError as fault:
            unread = any(detail["type"] == "json_invalid" for detail in fault.errors())
            raise (error if unread else fault) from None


def _no_json_form(name: str, error: pydantic.errors.PydanticUserError) -> ToolDefinitionError:
    fault, _, _ = error.message.partition(". Set ")  # what follows is for Pydantic's own models
    return ToolDefinitionError(
        f"Tool {name!r} has a parameter type that has no JSON form: {fault.rstrip('.')}. Use str, "
        f"int, float, bool, list, dict, Literal, a dataclass or a Pydantic model."
    )


def _described(hint: Any) -> Any:
    """`Annotated[int, "words"]` as Pydantic's own description."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        # `Annotated[int, "words"] | None`: the words are of the parameter all the same.
        words = [note for part in typing.get_args(hint) for note in _words_in(part)]
        return typing.Annotated[hint, pydantic.Field(description=words[0])] if words else hint
    if typing.get_origin(hint) is not typing.Annotated:
        return hint
    base, *notes = typing.get_args(hint)
    notes = [pydantic.Field(description=note) if isinstance(note, str) else note for note in notes]
    for note in notes:
        base = typing.Annotated[base, note]
    return base


def _words_in(hint: Any) -> list[str]:
    if typing.get_origin(hint) is not typing.Annotated:
        return []
    return [note for note in typing.get_args(hint)[1:] if isinstance(note, str)]


class _JSONSchema(GenerateJsonSchema):
    # A default without a JSON form is not shown to the model; leaving it out works all the same.
    ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012 - as Pydantic has it
        "skipped-choice",
        "non-serializable-default",
    }

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        return _as_wide(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: DataclassSchema) -> JsonSchemaValue:
        made = super().dataclass_schema(schema)
        for field in dataclasses.fields(schema["cls"]):
            if not field.init:  # which nobody can give
                made.get("properties", {}).pop(field.name, None)
        return _as_wide(made, schema["cls"])

    def tagged_union_schema(self, schema: TaggedUnionSchema) -> JsonSchemaValue:
        # The parts name their tags; a mapping from each to its part says it again.
        made = super().tagged_union_schema(schema)
        made.pop("discriminator", None)
        return made

    def typed_dict_schema(self, schema: TypedDictSchema) -> JsonSchemaValue:
        return _as_wide(super().typed_dict_schema(schema), schema.get("cls"))


def _as_wide(made: JsonSchemaValue, cls: Any) -> JsonSchemaValue:
    """The schema of a class, which says so where it takes other names than it lists."""
    config = getattr(cls, "model_config", None) or getattr(cls, "__pydantic_config__", None) or {}
    fields = getattr(cls, "model_fields", None) or getattr(cls, "__pydantic_fields__", None) or {}
    aliases = [getattr(field, "validation_alias", None) for field in fields.values()]
    is_wide = (
        config.get("extra") == "ignore"  # its author says so
        or any(alias is not None and not isinstance(alias, str) for alias in aliases)
    )
    return {**made, "additionalProperties": True} if is_wide else made


def parameters_schema(name: str, arguments: type[pydantic.BaseModel]) -> dict[str, Any]:
    """The JSON Schema of the fields, in few words. Raises ToolDefinitionError if one has none."""
    try:
        schema = arguments.model_json_schema(schema_generator=_JSONSchema)
    except pydantic.errors.PydanticUserError as error:
        raise _no_json_form(name, error) from error
    plain = _without_titles(schema)
    return {"type": "object", "properties": {}, **{k: v for k, v in plain.items() if k != "type"}}


def closed(schema: Any) -> Any:
    """The schema with nothing but the members that its objects declare, unless it says otherwise.

    Pydantic drops others in silence, and a misspelt one would be lost with them.
    """
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # Not within rules that are no types, such as `not` and `if`: there it would mean another thing.
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
    """Pydantic's titles repeat the names and cost tokens; the rest stays, types first."""
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for key in sorted(schema, key=lambda key: key != "type"):
        value = schema[key]
        if key == "title" and isinstance(value, str):
            continue
        if key == "prefixItems":  # of a NamedTuple the titles are all that tells its items apart
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
    """Whether JSON can say it; Infinity and NaN are words that most servers refuse."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def fault_line(detail: pydantic_core.ErrorDetails) -> str:
    """One fault that Pydantic found: where, what is wrong, and what was given."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in detail["loc"])
    place = "".join(steps).removeprefix(".")
    if detail["type"] == "union_tag_not_found":
        tag = detail["ctx"]["discriminator"].strip("'")
        return f"{place}.{tag}: required, but missing"
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    try:
        found = json.dumps(detail["input"], ensure_ascii=False)[:80]
    except (TypeError, ValueError):
        found = str(detail["input"])[:80]
    return f"{place}: {message}, found {found}" if place else message
