"""Tools: Python functions, the schemas that a model sees, and the typing of calls.

    @tool -> Tool          schema from the signature, description from the docstring
    Tool.bind(call)        what the model wrote -> typed arguments, or one line per fault
    Tool.call(binding)     runs the function; sync functions run in a thread of their own
    Toolset                tools by name

`Tool.bind` alone types what a model wrote, and only a binding without faults is run.
"""

from __future__ import annotations

import difflib
import inspect
import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args, get_origin, overload

import pydantic

from agentkit.arguments import type_arguments
from agentkit.errors import ConfigError, ToolDefinitionError
from agentkit.json_text import same
from agentkit.messages import ToolCall, without_surrogates
from agentkit.schemas import (
    alternatives,
    declared_member,
    member_names,
    members,
    required_names,
)
from agentkit.signature_schemas import closed, parameters_schema
from agentkit.signatures import (
    arguments_model,
    defaults_of_pydantic,
    description_of,
    fault_line,
    validated,
)
from agentkit.terminal import visible
from agentkit.threads import in_thread
from agentkit.validation import TOO_DEEP, find_faults, schema_validator, usable_schema

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Effect: TypeAlias = Literal["read", "idempotent", "once"]
"""What calling twice does: nothing (`read`), the same again (`idempotent`), or harm (`once`)."""

_LONGEST_NAME = 128
_MOST_WAITS = 8  # times that a result which is awaitable again is awaited
_ONCE = "ValidatorIterator"  # Pydantic's class, which has no public place to import it from
_ODD = re.compile(r"[<>\x00-\x1f\x7f]")  # a tag can't hold these in a parameter's name
# These make names look alike; what a terminal can't show is refused as well.
_UNSEEN = re.compile("[\u180b-\u180f\u200c\u200d\u2800\ufe00-\ufe0f]")
_NAME = re.compile(rf"[^\s<>|\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{_LONGEST_NAME}}}")


@dataclass(frozen=True)
class Binding:
    """A call matched with its tool: JSON arguments, Python keywords, and the faults, if any.

    Only a binding without faults may be run. `notes` says what was left out and why.
    """

    arguments: dict[str, Any]
    keywords: dict[str, Any] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Tool:
    """A function a model may call.

    `parameters` is the JSON Schema of its arguments, `timeout` its longest run time in seconds
    (None: the run's limit). Made by `@tool` from a signature or by `Tool.from_schema`.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    function: Callable[..., Any]
    effect: Effect = "once"
    timeout: float | None = None
    _arguments: type[pydantic.BaseModel] | None = None
    _filled_in: frozenset[str] = frozenset()  # parameters whose default only Pydantic knows

    def __post_init__(self) -> None:
        name = self.name if isinstance(self.name, str) else ""
        if visible(name) != name or _UNSEEN.search(name) or not _NAME.fullmatch(name):
            raise ToolDefinitionError(
                f"Expected a tool name of 1 to 128 characters without spaces, control characters "
                f"or any of < > |, found {self.name!r}. Rename the tool."
            )
        if not isinstance(self.description, str):
            raise ToolDefinitionError(
                f"Expected a description of tool {self.name!r} as a text, found "
                f"{self.description!r}. Say in one sentence what it does."
            )
        # A schema made from a signature is checked at the first call: that saves loading the
        # validator where no tool is called.
        self._require_json()
        if self._arguments is None:
            _ = self.plain_parameters
        for parameter in member_names(self.parameters):
            if _ODD.search(str(parameter)) or str(parameter).strip() != parameter:
                raise ToolDefinitionError(
                    f"Expected parameter names without < or >, control characters or spaces "
                    f"around them, found {parameter!r} in tool {self.name!r}: its calls could not "
                    f"be read. Rename the parameter."
                )
        if self.effect not in get_args(Effect):
            raise ToolDefinitionError(
                f"Expected an effect of {', '.join(map(repr, get_args(Effect)))} for tool "
                f"{self.name!r}, found {self.effect!r}."
            )
        seconds = self.timeout
        if seconds is not None and not (isinstance(seconds, int | float) and seconds > 0):
            raise ToolDefinitionError(
                f"Expected a timeout of more than 0 seconds for tool {self.name!r}, found "
                f"{seconds!r}. Leave it out to use the run's limit."
            )

    @cached_property
    def plain_parameters(self) -> Mapping[str, Any]:
        """The parameters in plain JSON Schema, by which calls are typed and validated.

        They are `parameters`, which a model is shown, unless these have words of OpenAPI 3.0, of
        older drafts or of programming languages in place of JSON Schema's.
        """
        if self._arguments is not None:
            return self.parameters  # Pydantic writes plain JSON Schema
        return self._usable(self.parameters)

    @cached_property
    def _validator(self) -> Validator:
        if self._arguments is None:
            return schema_validator(self.plain_parameters)
        # Its author may have added words of other dialects to those of Pydantic.
        return schema_validator(closed(self._usable(self.parameters)), times=True)

    def _require_json(self) -> None:
        """Refuse what JSON can't hold: YAML makes dates of defaults, Python infinities of 1e999."""
        if not isinstance(self.parameters, Mapping):
            return  # reported as no JSON Schema
        try:
            json.dumps(dict(self.parameters), allow_nan=False)
        except (TypeError, ValueError, RecursionError) as fault:
            raise ToolDefinitionError(
                f"The parameters of tool {self.name!r} can't be written as JSON: {fault}. Use "
                f"texts, finite numbers, true, false, null, lists and dicts."
            ) from None

    def _usable(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return usable_schema(schema)
        except ValueError as fault:
            raise ToolDefinitionError(
                f"The parameters of tool {self.name!r} are not a JSON Schema: {fault}."
            ) from None

    @classmethod
    def from_schema(
        cls,
        function: Callable[..., Any],
        *,
        name: str,
        description: str,
        parameters: Mapping[str, Any],
        effect: Effect = "once",
        timeout: float | None = None,
    ) -> Tool:
        """Make a tool whose schema was written elsewhere; its function gets the JSON arguments.

        Raises ToolDefinitionError if the schema is not a JSON Schema.
        """
        # JSON can hold half a UTF-16 pair, but no tokenizer can encode it.
        try:
            described, schema = without_surrogates(description), without_surrogates(parameters)
        except RecursionError:
            raise ToolDefinitionError(
                f"The parameters of tool {name!r} are not a JSON Schema: it is nested too deeply."
            ) from None
        return cls(name, described, schema, function, effect, timeout)

    @property
    def definition(self) -> dict[str, Any]:
        """What the model is shown: the function definition in OpenAI's format."""
        shown = dict(self.parameters)
        if self._arguments is not None:
            # Other arguments are refused anyway; saying so in each tool would cost tokens.
            shown.pop("additionalProperties", None)
        function = {"name": self.name, "description": self.description, "parameters": shown}
        return {"type": "function", "function": function}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself, as its author's tests do: no argument is checked or typed.

        The result of an async function has to be awaited.
        """
        return self.function(*args, **kwargs)

    def bind(self, call: ToolCall) -> Binding:
        """Type and validate what the model wrote; the binding's `faults` say what is wrong.

        Raises only what a validator in the author's annotations raises.
        """
        try:
            arguments, _ = type_arguments(call.arguments, self.plain_parameters, call.dialect)
            arguments, notes = self._without_nulls(arguments, call)
        except RecursionError:
            return Binding(dict(call.arguments), faults=(TOO_DEEP,))
        faults = find_faults(arguments, self._validator)
        if faults:
            return Binding(arguments, {}, tuple(faults), notes)
        if self._arguments is None:
            return Binding(arguments, arguments, (), notes)
        try:
            model = validated(self._arguments, arguments)
            keywords = {
                str(declared.alias): _kept(getattr(model, name), declared.annotation)
                for name, declared in self._arguments.model_fields.items()
                if name in model.model_fields_set or declared.alias in self._filled_in
            }
        except pydantic.ValidationError as error:
            lines = tuple(fault_line(detail) for detail in error.errors(include_url=False))
            return Binding(arguments, {}, lines, notes)
        return Binding(arguments, keywords, (), notes)

    def _without_nulls(
        self, arguments: dict[str, Any], call: ToolCall
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Leave out optional arguments that say nothing and would be refused.

        The model filled them with a null, or with the default that the schema shows.
        """
        schema, notes = self.plain_parameters, {}
        for name, value in arguments.items():
            part = declared_member(name, schema, schema) or {}
            is_null = value is None or (call.dialect == "xml" and _says_null(value, part, schema))
            is_default = "default" in part and same(value, part["default"])
            if (
                (is_null or is_default)
                and part
                and name not in required_names(schema)
                and find_faults(
                    {name: value}, self._validator.evolve(schema=self._part(name, part))
                )
            ):
                notes[name] = f"{name}: {'null' if is_null else 'its default'}, so left out"
        kept = {name: value for name, value in arguments.items() if name not in notes}
        return kept, tuple(notes.values())

    def _part(self, name: str, part: Mapping[str, Any]) -> dict[str, Any]:
        """The schema with one property only."""
        properties = {name: part}
        shared = ("$defs", "definitions")
        rest = {key: self.plain_parameters[key] for key in shared if key in self.plain_parameters}
        return {**rest, "type": "object", "properties": properties}

    async def call(self, binding: Binding, *, finish: Callable[[Any], Any] | None = None) -> Any:
        """Run the function and raise what it raises; cancellation stops an async function.

        A sync function runs in a thread of its own, which Python can't stop: on cancellation it is
        left to finish alone, and can't keep the program from ending. Its value goes through
        `finish` in that thread: a cursor of SQLite, say, can only be read in the thread it is from.
        """
        if inspect.iscoroutinefunction(self.function):
            value = await self.function(**binding.keywords)
        else:
            keywords = {"function": self.function, "keywords": binding.keywords, "finish": finish}
            value = await in_thread(_finished, keywords, name=f"tool {self.name}")
        # An async function behind a decorator or in a callable object can't be recognised as one,
        # and its author may have forgotten to await another one.
        for _ in range(_MOST_WAITS):
            if not inspect.isawaitable(value):
                break
            waiting, value = value, await value
            if value is waiting:  # it awaits to itself, as a client may
                break
        return value


def _finished(
    function: Callable[..., Any],
    keywords: Mapping[str, Any],
    finish: Callable[[Any], Any] | None,
) -> Any:
    value = function(**keywords)
    return value if finish is None or inspect.isawaitable(value) else finish(value)


def _says_null(value: Any, part: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Whether a text means null, and not a choice that is spelled like it, such as `NONE`."""
    if not isinstance(value, str) or (word := value.strip().lower()) not in ("null", "none"):
        return False
    choices = (each for branch in alternatives(part, root) for each in members(branch) or ())
    return not any(isinstance(each, str) and each.strip().lower() == word for each in choices)


def _kept(value: Any, annotation: Any) -> Any:
    """Replace what Pydantic makes of an Iterable, which can be read only once, by a list."""
    is_asked_for = any(
        get_origin(each) is Generator for each in (annotation, *get_args(annotation))
    )
    return value if is_asked_for else _with_lists(value)


def _with_lists(value: Any) -> Any:
    if type(value) is dict:
        return {name: _with_lists(item) for name, item in value.items()}
    if type(value) is list or type(value).__name__ == _ONCE:
        return [_with_lists(item) for item in value]
    return value


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...


@overload
def tool(
    *, name: str | None = None, effect: Effect = "once", timeout: float | None = None
) -> Callable[[Callable[..., Any]], Tool]: ...


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    effect: Effect = "once",
    timeout: float | None = None,
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Make a tool of a function: `@tool`, or `@tool(effect="read", timeout=10)`.

    The first paragraph of the docstring is the description; `Annotated[int, "words"]` describes a
    parameter, or the docstring's section on it does. Raises ToolDefinitionError if the signature
    can't be shown to a model, or if the name, the effect or the timeout is not valid.
    """

    def make(function: Callable[..., Any]) -> Tool:
        if not inspect.isroutine(function):
            raise ToolDefinitionError(
                f"Expected a function to make a tool of, found {function!r}. Wrap it in a function."
            )
        try:
            inspect.signature(function)
        except (TypeError, ValueError) as error:
            raise ToolDefinitionError(
                f"Expected a function whose parameters can be read, found {function!r}: {error}. "
                f"Wrap it in a function."
            ) from error
        tool_name = name or function.__name__
        arguments = arguments_model(tool_name, function)
        return Tool(
            tool_name,
            description_of(tool_name, function),
            parameters_schema(tool_name, arguments),
            function,
            effect,
            timeout,
            arguments,
            defaults_of_pydantic(function, arguments),
        )

    return make if function is None else make(function)


class Toolset(Mapping[str, Tool]):
    """Tools by name. Two with the same name are refused: a call must mean one thing.

    Made of tools and of other toolsets: `Toolset([mine, load_tools(["calculator"])])`.
    """

    def __init__(self, tools: Iterable[Tool | Toolset] | Toolset = ()) -> None:
        if not isinstance(tools, Iterable) or isinstance(tools, str):
            raise ConfigError(f"Expected a list of tools, found {tools!r}.")
        self._tools: dict[str, Tool] = {}
        for item in _flat(tools):
            if isinstance(item, str):
                raise ConfigError(
                    f"Expected tools, found the text {item!r}. Installed ones come from "
                    f"load_tools([{item!r}]). To add a Toolset, put the Toolset itself into the "
                    f"list."
                )
            if not isinstance(item, Tool):
                raise ConfigError(
                    f"Expected tools, found {item!r}. Decorate the function with @tool."
                )
            if item.name in self._tools:
                raise ConfigError(f"Two tools are called {item.name!r}. Rename one of them.")
            self._tools[item.name] = item

    def __getitem__(self, name: str) -> Tool:
        return self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def __len__(self) -> int:
        return len(self._tools)

    @property
    def definitions(self) -> tuple[dict[str, Any], ...]:
        """The definitions of all tools, in the order they were given."""
        return tuple(item.definition for item in self._tools.values())

    @property
    def parameters(self) -> dict[str, tuple[str, ...]]:
        """The names of each tool's parameters, by the tool's name."""
        return {
            name: tuple(dict.fromkeys(member_names(item.plain_parameters)))
            for name, item in self._tools.items()
        }

    def nearest(self, name: str) -> list[str]:
        """Up to three tool names that look like a wrong one."""
        plain: dict[str, list[str]] = {}
        for known in self._tools:
            plain.setdefault(_squash(known), []).append(known)
        found = difflib.get_close_matches(_squash(name[:_LONGEST_NAME]), plain, n=3, cutoff=0.6)
        return [known for match in found for known in plain[match]][:3]


def _flat(tools: Iterable[Tool | Toolset] | Toolset) -> Iterator[Tool]:
    for item in [tools] if isinstance(tools, Toolset) else tools:
        if isinstance(item, Toolset):
            yield from item.values()
        else:
            yield item


def _squash(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
