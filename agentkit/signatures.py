"""Turn a function's signature into a Pydantic model, and validate arguments with it.

arguments_model(name, function)     one field for each parameter, or ToolDefinitionError
validated(model, arguments)         JSON arguments -> the types of the annotations
"""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import pydantic
import pydantic_core
from pydantic.fields import FieldInfo

from agentkit.docstrings import first_paragraph, parameter_words
from agentkit.errors import ToolDefinitionError
from agentkit.signature_schemas import no_json_form, words_in


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
    """Return a model with a field for each parameter, whose name is the field's alias.

    Raises ToolDefinitionError for parameters that a language model can't fill in.
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
        # The field's own name can't clash with anything of Pydantic's; calls use the alias.
        field = pydantic.Field(default, alias=parameter.name)
        fields[f"field_{parameter.name}"] = (hint, field)
    try:
        model: type[pydantic.BaseModel] = pydantic.create_model(
            name, __config__=pydantic.ConfigDict(extra="forbid", allow_inf_nan=False), **fields
        )
    except pydantic.errors.PydanticUserError as error:
        raise no_json_form(name, error) from error
    except pydantic_core.SchemaError as error:
        fault = " ".join(str(error).split())
        raise ToolDefinitionError(
            f"Tool {name!r} has a parameter with a rule that Pydantic can't follow: {fault}"
        ) from error
    if lost := [each for each in fields if each not in model.model_fields]:
        raise ToolDefinitionError(
            f"Parameter {lost[0].removeprefix('field_')!r} of tool {name!r} has a type that "
            f"holds no value, such as ClassVar. Annotate it, for example as str."
        )
    return model


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The types of the parameters. The return type is not needed, and may be unknown here."""
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
            f"Tool {name!r} is a method, which can't be called without its object. Make a tool of "
            f"the bound method, as in tool(shop.{name})."
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
    """Convert arguments to the model's types. A strict model takes dates as text in JSON only."""
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


def _described(hint: Any) -> Any:
    """Turn the text in `Annotated[int, "words"]` into Pydantic's own description."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        words = words_in(hint)
        return typing.Annotated[hint, pydantic.Field(description=words[0])] if words else hint
    if typing.get_origin(hint) is not typing.Annotated:
        return hint
    base, *notes = typing.get_args(hint)
    notes = [pydantic.Field(description=note) if isinstance(note, str) else note for note in notes]
    for note in notes:
        base = typing.Annotated[base, note]
    return base


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
