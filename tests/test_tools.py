"""A function becomes a tool, and what a model wrote becomes its typed arguments."""

import asyncio
import contextvars
import datetime
import enum
import functools
import json
import queue
import threading
import typing
import warnings
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from dataclasses import FrozenInstanceError, dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from agentkit import ConfigError, Tool, ToolCall, ToolDefinitionError, Toolset, tool
from agentkit.tools import Binding


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Address(BaseModel):
    street: str
    number: int = Field(ge=1)


@tool(effect="read", timeout=2.5)
def order(
    item: Annotated[str, "what to order"],
    count: Annotated[int, "how many", Field(ge=1)] = 1,
    *,
    colour: Colour = Colour.RED,
    size: Size | None = None,
    speed: Literal["slow", "fast"] = "slow",
    day: datetime.date | None = None,
    address: Address | None = None,
    notes: list[str] | None = None,
) -> str:
    """Order an item
    from the shop.

    Only the first paragraph is for the model.
    """
    return f"{count} {item}"


@tool
def nothing() -> None:
    """Do nothing."""


def bound(to: Tool, **arguments: Any) -> Binding:
    return to.bind(ToolCall(id="1", name=to.name, arguments=arguments))


def bound_text(to: Tool, **arguments: str) -> Binding:
    return to.bind(ToolCall(id="1", name=to.name, arguments=arguments, dialect="xml"))


# --- schema -------------------------------------------------------------------------------------


def test_the_model_sees_the_name_the_first_paragraph_and_the_described_parameters() -> None:
    assert order.definition == {
        "type": "function",
        "function": {
            "name": "order",
            "description": "Order an item from the shop.",
            "parameters": {
                "type": "object",
                "properties": {
                    "item": {"type": "string", "description": "what to order"},
                    "count": {
                        "type": "integer",
                        "default": 1,
                        "description": "how many",
                        "minimum": 1,
                    },
                    "colour": {"$ref": "#/$defs/Colour", "default": "red"},
                    "size": {
                        "anyOf": [{"$ref": "#/$defs/Size"}, {"type": "null"}],
                        "default": None,
                    },
                    "speed": {"type": "string", "default": "slow", "enum": ["slow", "fast"]},
                    "day": {
                        "anyOf": [{"type": "string", "format": "date"}, {"type": "null"}],
                        "default": None,
                    },
                    "address": {
                        "anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}],
                        "default": None,
                    },
                    "notes": {
                        "anyOf": [
                            {"type": "array", "items": {"type": "string"}},
                            {"type": "null"},
                        ],
                        "default": None,
                    },
                },
                "$defs": {
                    "Address": {
                        "type": "object",
                        "properties": {
                            "street": {"type": "string"},
                            "number": {"type": "integer", "minimum": 1},
                        },
                        "required": ["street", "number"],
                    },
                    "Colour": {"type": "string", "enum": ["red", "blue"]},
                    "Size": {"type": "integer", "enum": [1, 2]},
                },
                "required": ["item"],
            },
        },
    }


def test_a_tool_without_parameters_has_an_empty_object_for_a_schema() -> None:
    shown = nothing.definition["function"]["parameters"]

    assert shown == {"type": "object", "properties": {}}
    assert bound(nothing) == Binding({})


def test_what_the_decorator_is_told_is_kept() -> None:
    renamed = tool(name="shop.order-now", effect="once")(order.function)

    assert (order.effect, order.timeout) == ("read", 2.5)
    assert (renamed.name, renamed.effect, renamed.timeout) == ("shop.order-now", "once", None)
    assert nothing.effect == "once"


def test_a_tool_can_not_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        nothing.name = "something"  # type: ignore[misc]


def test_parameters_may_have_the_names_that_pydantic_uses_itself() -> None:
    @tool
    def odd(model_config: int, title: str, schema: str, _private: int, json: str = "") -> None:
        """Odd names."""

    binding = bound(odd, model_config=1, title="a", schema="b", _private=2)

    assert binding.faults == ()
    assert binding.keywords == {"model_config": 1, "title": "a", "schema": "b", "_private": 2}
    assert list(odd.parameters["properties"]) == [
        "model_config",
        "title",
        "schema",
        "_private",
        "json",
    ]


def test_a_default_without_a_json_form_is_left_out_of_the_schema_in_silence() -> None:
    def seek(place: Any = threading.main_thread()) -> None:  # noqa: B008
        """Seek."""

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = tool(seek)

    assert made.parameters["properties"] == {"place": {}}


# --- definition errors --------------------------------------------------------------------------


def without_words(item: str) -> None: ...


def untyped(item) -> None:  # type: ignore[no-untyped-def]
    """Take an item."""


def positional(item: str, /) -> None:
    """Take an item."""


def many(*items: str) -> None:
    """Take items."""


def anything(**items: str) -> None:
    """Take items."""


def unknown_type(item: "Missing") -> None:  # type: ignore[name-defined]  # noqa: F821
    """Take an item."""


def unknown_attribute(item: "typing.Missing") -> None:  # type: ignore[name-defined]
    """Take an item."""


def broken_type(item: "list[str") -> None:  # type: ignore[valid-type]  # noqa: F722
    """Take an item."""


def function_type(item: Callable[[int], int]) -> None:
    """Take an item."""


def opaque_type(item: threading.Thread) -> None:
    """Take an item."""


def generator(item: str) -> Iterator[str]:
    """Take an item."""
    yield item


async def asynchronous_generator(item: str) -> AsyncGenerator[str, None]:
    """Take an item."""
    yield item


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (without_words, "Tool 'without_words' has no docstring"),
        (untyped, "Parameter 'item' of tool 'untyped' has no type"),
        (positional, "Tool 'positional' takes item: str"),
        (many, r"Tool 'many' takes \*items: str"),
        (anything, r"Tool 'anything' takes \*\*items: str"),
        (unknown_type, "Tool 'unknown_type' has an annotation that can't be looked up"),
        (unknown_attribute, "Tool 'unknown_attribute' has an annotation that can't be looked up"),
        (broken_type, "Tool 'broken_type' has an annotation that can't be looked up"),
        (function_type, "Tool 'function_type' has a parameter type that has no JSON form"),
        (opaque_type, r"Tool 'opaque_type' .* no JSON form: [^.]+schema for [^`]+\. Use str, int"),
        (generator, "Tool 'generator' yields"),
        (asynchronous_generator, "Tool 'asynchronous_generator' yields"),
        (functools.partial(nothing.function), "Expected a function"),
        (nothing, "Expected a function"),
        ("nothing", "Expected a function"),
    ],
    ids=str,
)
def test_a_function_that_can_be_no_tool_is_refused_in_a_sentence(
    function: Any, sentence: str
) -> None:
    with pytest.raises(ToolDefinitionError, match=sentence):
        tool(function)


@pytest.mark.parametrize(
    "name", ["two words", "a<b", "a>b", "a|b", "", "line\nbreak", "\x00", "\x85", "x" * 129, 5]
)
def test_a_name_that_could_be_confused_with_the_format_is_refused(name: Any) -> None:
    with pytest.raises(ToolDefinitionError, match="Expected a tool name"):
        Tool.from_schema(print, name=name, description="Print.", parameters={})


@pytest.mark.parametrize("name", ["größe", "日本", "a-b.c:d/e", "x" * 128, "1"])
def test_any_other_name_is_fine(name: str) -> None:
    made = Tool.from_schema(print, name=name, description="Print.", parameters={})

    assert made.name == name


@pytest.mark.parametrize("parameters", [{"type": "thing"}, {"properties": 3}, [], None])
def test_a_schema_that_is_none_is_refused(parameters: Any) -> None:
    with pytest.raises(ToolDefinitionError, match="not a JSON Schema"):
        Tool.from_schema(print, name="show", description="Print.", parameters=parameters)


@pytest.mark.parametrize("effect", ["readonly", "Read", None])
def test_an_effect_that_does_not_exist_is_refused_with_those_that_do(effect: Any) -> None:
    with pytest.raises(ToolDefinitionError, match=f"'read', 'idempotent', 'once'.*{effect!r}"):
        tool(effect=effect)(nothing.function)


@pytest.mark.parametrize("timeout", [0, -1, "10"])
def test_a_timeout_that_leaves_no_time_is_refused(timeout: Any) -> None:
    with pytest.raises(ToolDefinitionError, match="more than 0 seconds"):
        tool(timeout=timeout)(nothing.function)


# --- binding ------------------------------------------------------------------------------------


def test_json_arguments_become_the_types_of_the_signature() -> None:
    binding = bound(
        order,
        item="tea",
        count=2,
        colour="blue",
        size=2,
        day="2026-02-28",
        address={"street": "Main", "number": 3},
        notes=["a", "b"],
    )

    assert binding.faults == ()
    assert binding.keywords == {
        "item": "tea",
        "count": 2,
        "colour": Colour.BLUE,
        "size": Size.LARGE,
        "day": datetime.date(2026, 2, 28),
        "address": Address(street="Main", number=3),
        "notes": ["a", "b"],
    }


def test_arguments_written_as_text_become_the_same_types() -> None:
    binding = bound_text(
        order,
        item="7",
        count="2",
        colour="blue",
        size="2",
        speed="fast",
        day="2026-02-28",
        address='{"street": "Main", "number": 3}',
        notes='["a", "b"]',
    )

    assert binding.faults == ()
    assert binding.keywords == {
        "item": "7",
        "count": 2,
        "colour": Colour.BLUE,
        "size": Size.LARGE,
        "speed": "fast",
        "day": datetime.date(2026, 2, 28),
        "address": Address(street="Main", number=3),
        "notes": ["a", "b"],
    }


def test_what_was_not_given_is_left_to_the_function() -> None:
    assert bound(order, item="tea").keywords == {"item": "tea"}


def test_an_optional_argument_that_is_only_a_null_is_left_out_and_noted() -> None:
    binding = bound_text(order, item="tea", count="null", day="None", notes="null")

    assert binding.faults == ()
    assert binding.keywords == {"item": "tea", "day": None, "notes": None}
    assert binding.notes == ("count: null, so left out",)


@pytest.mark.parametrize("text", ["None", "NONE", " none"])
def test_a_choice_that_is_called_none_is_not_taken_for_nothing(text: str) -> None:
    @tool
    def compress(level: Literal["none", "low", "high"] = "high") -> str:
        """Compress the file."""
        return level

    (fault,) = bound_text(compress, level=text).faults
    assert fault.endswith('did you mean "none"?')
    assert bound_text(compress, level="none").keywords == {"level": "none"}


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        ({}, ["item: required, but missing"]),
        ({"item": 3}, ["item: expected a string, found 3"]),
        ({"item": "tea", "count": "2"}, ['count: expected an integer, found "2"']),
        ({"item": "tea", "count": True}, ["count: expected an integer, found true"]),
        ({"item": "tea", "count": 0}, ["count: expected 1 or more, found 0"]),
        ({"item": "tea", "colour": "r"}, ['colour: expected one of "red", "blue", found "r"']),
        ({"item": "tea", "speed": "f"}, ['speed: expected one of "slow", "fast", found "f"']),
        ({"item": "tea", "cuont": 2}, ["cuont: no such parameter; did you mean count?"]),
        (
            {"count": "x", "cuont": 2},
            [
                "item: required, but missing",
                "cuont: no such parameter; did you mean count?",
                'count: expected an integer, found "x"',
            ],
        ),
    ],
    ids=str,
)
def test_each_fault_is_one_line(arguments: dict[str, Any], faults: list[str]) -> None:
    binding = bound(order, **arguments)

    assert sorted(binding.faults) == sorted(faults)
    assert binding.keywords == {}


def test_what_only_pydantic_can_tell_is_a_fault_too() -> None:
    (fault,) = bound(order, item="tea", day="2026-02-30").faults

    assert fault.startswith("day")
    assert '"2026-02-30"' in fault


def test_what_a_validator_refuses_is_a_fault() -> None:
    def even(value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value

    @tool
    def halve(number: Annotated[int, AfterValidator(even)]) -> int:
        """Halve."""
        return number // 2

    assert bound(halve, number=4).keywords == {"number": 4}
    assert bound(halve, number=3).faults == ("number: value error, must be even, found 3",)


def test_a_tool_from_a_schema_gets_the_json_arguments() -> None:
    made = Tool.from_schema(
        dict,
        name="made",
        description="Made elsewhere.",
        parameters={"type": "object", "properties": {"n": {"type": "integer"}}},
    )

    assert bound_text(made, n="12345678901234567890", other="x").keywords == {
        "n": 12345678901234567890,
        "other": "x",
    }
    assert bound(made, n="x").faults == ('n: expected an integer, found "x"',)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(list(order.parameters["properties"])) | st.text()


@given(st.dictionaries(NAMES, JSON, max_size=6), st.sampled_from(["xml", "json"]))
def test_binding_never_raises(arguments: dict[str, Any], dialect: Literal["xml", "json"]) -> None:
    call = ToolCall(id="1", name="order", arguments=arguments, dialect=dialect)
    binding = order.bind(call)

    assert not (binding.faults and binding.keywords)


@given(st.dictionaries(NAMES, st.text() | JSON.map(json.dumps), max_size=6))
def test_binding_text_never_raises(arguments: dict[str, str]) -> None:
    bound_text(order, **arguments)


HARD = {
    "type": "object",
    "properties": {
        "multiple": {"type": "number", "multipleOf": 0.5},
        "pattern": {"type": "string", "pattern": "^a+$"},
        "elsewhere": {"$ref": "https://example.com/schema"},
        "endless": {"$ref": "#/properties/endless"},
        "deep": {"type": "array", "items": {"$ref": "#/properties/deep"}},
    },
}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "arguments",
    [
        {"multiple": 10**400},
        {"multiple": 1e300},
        {"pattern": "a" * 10_000 + "b"},
        {"elsewhere": 1},
        {"endless": 1},
        {"deep": nested(90)},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_binding_never_raises_over_a_hard_schema(arguments: dict[str, Any]) -> None:
    hard = Tool.from_schema(dict, name="hard", description="Hard.", parameters=HARD)

    bound(hard, **arguments)
    bound_text(hard, **{name: json.dumps(value) for name, value in arguments.items()})


# --- calling ------------------------------------------------------------------------------------


async def called(to: Tool, **arguments: Any) -> Any:
    async with asyncio.timeout(5):
        return await to.call(bound(to, **arguments))


async def test_a_tool_gives_what_its_function_returns() -> None:
    assert await called(order, item="tea", count=2) == "2 tea"


async def test_a_sync_tool_runs_in_a_thread_of_its_own_that_does_not_hold_up_the_end() -> None:
    @tool
    def where() -> threading.Thread:
        """Tell the thread."""
        return threading.current_thread()

    thread = await called(where)

    assert thread is not threading.current_thread()
    assert thread.name == "tool where"
    assert thread.daemon


async def test_any_number_of_sync_tools_run_side_by_side() -> None:
    together = threading.Barrier(50)

    @tool
    def meet() -> int:
        """Wait for all others."""
        return together.wait(timeout=5)

    places = await asyncio.gather(*(called(meet) for _ in range(50)))

    assert sorted(places) == list(range(50))


async def test_context_variables_reach_sync_and_async_tools() -> None:
    person: contextvars.ContextVar[str] = contextvars.ContextVar("person")

    @tool
    def who() -> str:
        """Tell who asks."""
        return person.get()

    @tool
    async def who_too() -> str:
        """Tell who asks."""
        return person.get()

    person.set("Ada")

    assert await called(who) == "Ada"
    assert await called(who_too) == "Ada"


@pytest.mark.parametrize("error", [ValueError("no"), StopIteration(3), KeyError("k")])
async def test_what_a_sync_tool_raises_comes_out(error: Exception) -> None:
    @tool
    def fail() -> None:
        """Fail."""
        raise error

    with pytest.raises(RuntimeError if isinstance(error, StopIteration) else type(error)):
        await called(fail)


async def test_cancelling_an_async_tool_stops_it() -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    @tool
    async def wait() -> None:
        """Wait for ever."""
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    task = asyncio.create_task(called(wait))
    async with asyncio.timeout(5):
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert stopped.is_set()


async def test_a_cancelled_sync_tool_is_left_to_finish_alone() -> None:
    loop, started, release = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    finished = asyncio.Event()

    @tool
    def wait() -> str:
        """Wait for the test."""
        loop.call_soon_threadsafe(started.set)
        release.wait(timeout=5)
        loop.call_soon_threadsafe(finished.set)
        return "too late"

    task = asyncio.create_task(called(wait))
    async with asyncio.timeout(5):
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        await finished.wait()


def test_a_sync_tool_may_finish_after_the_loop_is_gone() -> None:
    release, threads = threading.Event(), queue.SimpleQueue[threading.Thread]()

    @tool
    def wait() -> None:
        """Wait for the test."""
        threads.put(threading.current_thread())
        release.wait(timeout=5)

    async def leave() -> threading.Thread:
        task = asyncio.create_task(called(wait))
        thread = await asyncio.to_thread(threads.get, timeout=5)
        task.cancel()
        return thread

    thread = asyncio.run(leave())
    release.set()
    thread.join(timeout=5)

    assert not thread.is_alive()


class Greeter:
    async def __call__(self, name: str) -> str:
        return f"Hello {name}"

    async def greet(self, name: str) -> str:
        """Greet someone."""
        return f"Hello {name}"


def quietly(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*given: Any, **named: Any) -> Any:
        return function(*given, **named)

    return wrapper


@pytest.mark.parametrize(
    "function",
    [
        Greeter().greet,
        Greeter(),
        functools.partial(Greeter().greet),
        functools.partial("Hello {name}".format),
        quietly(Greeter().greet),
    ],
    ids=["method", "object", "partial", "sync partial", "decorated"],
)
async def test_every_kind_of_callable_works_with_a_schema(function: Callable[..., Any]) -> None:
    made = Tool.from_schema(
        function,
        name="greet",
        description="Greet someone.",
        parameters={"type": "object", "properties": {"name": {"type": "string"}}},
    )

    assert await called(made, name="Ada") == "Hello Ada"


async def test_a_bound_method_is_a_tool_without_its_self() -> None:
    greet = tool(Greeter().greet)

    assert list(greet.parameters["properties"]) == ["name"]
    assert await called(greet, name="Ada") == "Hello Ada"


# --- toolsets -----------------------------------------------------------------------------------


def test_a_toolset_is_a_mapping_of_names_in_the_order_given() -> None:
    tools = Toolset([order, nothing])

    assert list(tools) == ["order", "nothing"]
    assert len(tools) == 2
    assert tools["order"] is order
    assert tools.get("other") is None
    assert [each["function"]["name"] for each in tools.definitions] == ["order", "nothing"]
    assert tools.parameters["nothing"] == ()
    assert tools.parameters["order"][:2] == ("item", "count")


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="Two tools are called 'order'"):
        Toolset([order, nothing, order])


def test_a_set_may_stand_among_tools_or_be_the_whole_list() -> None:
    assert list(Toolset([nothing, Toolset([order])])) == ["nothing", "order"]
    assert Toolset(Toolset([order])) == Toolset([order])
    with pytest.raises(ConfigError, match=r"load_tools\(\['order'\]\)\. To add a Toolset"):
        Toolset([nothing, *Toolset([order])])  # type: ignore[list-item]


def test_a_tool_can_be_called_as_the_function_that_it_is() -> None:
    @tool
    def double(number: int) -> int:
        """Double a number."""
        return number * 2

    assert double(4) == double(number=4) == 8


@pytest.mark.parametrize("tools", [[print], "order", order, [None]])
def test_what_is_no_tool_is_refused(tools: Any) -> None:
    with pytest.raises(ConfigError, match="Expected"):
        Toolset(tools)


def named(name: str) -> Tool:
    return Tool.from_schema(print, name=name, description="Print.", parameters={})


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("readFile", ["read_file"]),
        ("READ-FILE", ["read_file"]),
        ("reed_file", ["read_file"]),
        ("files.read_file", ["read_file"]),
        ("find", ["find_text"]),
        ("weather", []),
        ("", []),
    ],
)
def test_the_nearest_names_of_a_wrong_one(wrong: str, near: list[str]) -> None:
    tools = Toolset(map(named, ["read_file", "find_text", "calculate"]))

    assert tools.nearest(wrong) == near


def test_names_that_look_alike_are_all_found() -> None:
    tools = Toolset(map(named, ["read_file", "readFile", "read-file"]))

    assert sorted(tools.nearest("read file")) == ["read-file", "readFile", "read_file"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-28", datetime.datetime(2026, 2, 28)),
        ("2026-02-28 10:30", datetime.datetime(2026, 2, 28, 10, 30)),
        ("2026", None),  # seconds since 1970, if Pydantic were asked
        ("20260228", None),
    ],
)
def test_a_bare_number_is_no_moment(text: str, moment: datetime.datetime | None) -> None:
    @tool
    def remind(at: datetime.datetime) -> None:
        """Remind."""

    call = ToolCall(id="1", name="remind", arguments={"at": text}, dialect="xml")
    binding = remind.bind(call)
    if moment is None:
        wish = "a string of format date-time, such as 2026-01-31T14:30:00Z"
        assert binding.faults == (f'at: expected {wish}, found "{text}"',)
    else:
        assert (binding.faults, binding.keywords) == ((), {"at": moment})


@pytest.mark.parametrize("schema", [{"$schema": 5}, {"$schema": []}])
def test_a_schema_of_no_dialect_is_no_schema(schema: dict[str, Any]) -> None:
    with pytest.raises(ToolDefinitionError, match="not a JSON Schema"):
        Tool.from_schema(print, name="a", description="b", parameters=schema)


def test_a_type_that_nobody_knows_is_a_fault_of_the_schema() -> None:
    old = {"$schema": "http://json-schema.org/draft-03/schema#", "required": True, "properties": {}}
    odd = Tool.from_schema(print, name="a", description="b", parameters=old | {"type": "foo"})

    assert odd.bind(ToolCall(id="1", name="a", arguments={"b": "c"})).faults == (
        "the tool's schema has an unknown type: foo",
    )


def test_the_parameters_of_a_tool_are_named_wherever_its_schema_names_them() -> None:
    schema = {
        "type": "object",
        "$ref": "#/$defs/a",
        "allOf": [{"properties": {"path": {}}}, {"anyOf": [{"properties": {"content": {}}}]}],
        "$defs": {"a": {"properties": {"mode": {}, "path": {}}, "$ref": "#/$defs/a"}},
    }
    made = Tool.from_schema(print, name="a", description="b", parameters=schema)

    assert Toolset([made]).parameters == {"a": ("mode", "path", "content")}


class Mail(BaseModel):
    to: str
    send_at: str | None = None


class Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")
    to: str


def test_a_misspelt_member_of_a_nested_model_is_not_dropped() -> None:
    @tool
    def send(mail: Mail | None = None, mails: list[Mail] | None = None) -> None:
        """Send a mail."""

    wrong = {"to": "a", "sendAt": "tomorrow"}

    for arguments in ({"mail": wrong}, {"mails": [{"to": "b"}, wrong]}):
        (fault,) = bound(send, **arguments).faults
        assert "sendAt" in fault
    assert not bound(send, mail={"to": "a", "send_at": "tomorrow"}).faults
    assert "additionalProperties" not in json.dumps(send.definition)


class Parcel(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    zip_code: int = Field(alias="zipCode")
    house_number: int | None = Field(None, alias="houseNumber")


def test_a_misspelt_member_is_told_whatever_other_names_a_model_takes() -> None:
    @tool
    def ship(parcel: Parcel) -> str:
        """Ship a parcel."""
        return str(parcel)

    assert bound(ship, parcel={"zipCode": 1, "houseNumber": 5}).faults == ()
    (fault,) = bound(ship, parcel={"zipCode": 1, "houseNo": 5}).faults
    assert fault == "parcel.houseNo: no such parameter; did you mean houseNumber?"


def test_a_nested_model_may_say_that_it_ignores_others() -> None:
    @tool
    def send(mail: Loose) -> None:
        """Send a mail."""

    assert not bound(send, mail={"to": "a", "sendAt": "tomorrow"}).faults


def test_the_type_of_the_result_need_not_be_known() -> None:
    def look(place: str) -> "Unheard":  # type: ignore[name-defined]  # noqa: F821
        """Look there."""

    assert tool(look).parameters["required"] == ["place"]


def test_what_has_no_readable_parameters_is_refused() -> None:
    class Shop:
        @classmethod
        def stock(cls) -> None:
            """Look up the stock."""

    def look(place: typing.ClassVar[int]) -> None:  # type: ignore[valid-type]
        """Look there."""

    @dataclass
    class Lost:
        place: "Unheard"  # type: ignore[name-defined]  # noqa: F821

    def find(lost: Annotated[Any, Lost], more: Lost) -> None:
        """Find it."""

    for refused in (vars(Shop)["stock"], max, look, find):
        with pytest.raises(ToolDefinitionError):
            tool(refused)
    with pytest.raises(ToolDefinitionError, match="as a text"):
        Tool.from_schema(print, name="a", description=None, parameters={})  # type: ignore[arg-type]


def test_half_a_character_in_a_definition_is_shown_as_a_question_mark() -> None:
    schema = {"type": "object", "properties": {"a": {"enum": ["\ud800"]}}}
    made = Tool.from_schema(print, name="a", description="Look \ud800 up.", parameters=schema)

    assert made.definition["function"]["description"] == "Look ? up."
    json.dumps(made.definition, ensure_ascii=False).encode()


def test_a_method_becomes_a_tool_with_its_object() -> None:
    class Shop:
        def stock(self, sku: str) -> int:
            """Look up the stock."""
            return 3

    with pytest.raises(ToolDefinitionError, match=r"tool\(shop.stock\)"):
        tool(Shop.stock)
    assert tool(Shop().stock).parameters["required"] == ["sku"]


class Point(NamedTuple):
    latitude: float
    longitude: float


class Circle(BaseModel):
    kind: Literal["circle"] = "circle"
    radius: float


class Square(BaseModel):
    kind: Literal["square"] = "square"
    side: float


@dataclass
class Freight:
    weight: float
    price: float = field(init=False, default=0.0)


@tool
def draw(
    shape: Annotated[Circle | Square, Field(discriminator="kind")],
    parcel: Freight,
    at: Point = Point(0, 0),  # noqa: B008 - as an author may write it
    lengths: Iterable[int] = (),
    width: Annotated[int, "in pixels"] | None = None,
) -> str:
    """Draw a shape."""
    return f"{sum(lengths)} {list(lengths)}"


SHAPE = {"shape": {"kind": "circle", "radius": 1}, "parcel": {"weight": 2}}


def test_what_the_author_wrote_of_parts_is_shown() -> None:
    parameters = draw.definition["function"]["parameters"]

    places = parameters["$defs"]["Point"]["prefixItems"]
    assert [place["description"] for place in places] == ["latitude", "longitude"]
    assert parameters["properties"]["width"]["description"] == "in pixels"
    assert parameters["$defs"]["Freight"]["properties"].keys() == {"weight"}
    assert "discriminator" not in parameters["properties"]["shape"]


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    age: Annotated[int, "in years"]


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    age: int


def test_words_about_a_member_of_a_class_are_shown() -> None:
    @dataclass
    class Basket:
        weight: Annotated[float, "in kilograms"] | None = None

    class Label(BaseModel):
        text: Annotated[str, "to print"] = Field(alias="printedText")

    @tool
    def bring(cat: Cat, basket: Basket, label: Label) -> str:
        """Bring the cat."""
        return f"{cat} {basket} {label}"

    parts = bring.definition["function"]["parameters"]["$defs"]
    assert parts["Cat"]["properties"]["age"]["description"] == "in years"
    assert parts["Basket"]["properties"]["weight"]["description"] == "in kilograms"
    assert parts["Label"]["properties"]["printedText"]["description"] == "to print"


def test_the_tag_of_a_union_is_asked_for_where_it_has_a_default() -> None:
    @tool
    def feed(pet: Annotated[Cat | Dog, Field(discriminator="kind")]) -> str:
        """Feed the pet."""
        return str(pet)

    assert bound(feed, pet={"age": 3}).faults == (
        'pet.kind: required, but missing: one of "cat", "dog"',
    )
    assert bound(feed, pet={"kind": "dog", "age": 3}).keywords == {"pet": Dog(age=3)}


def test_the_same_class_needs_no_tag_where_it_stands_alone() -> None:
    @tool
    def swap(pet: Cat, other: Annotated[Cat | Dog, Field(discriminator="kind")]) -> str:
        """Swap the pets."""
        return f"{pet} {other}"

    found = bound(swap, pet={"age": 3}, other={"kind": "dog", "age": 3})
    assert found.keywords == {"pet": Cat(age=3), "other": Dog(age=3)}
    (fault,) = bound(swap, pet={"age": 3}, other={"age": 3}).faults
    assert fault == 'other.kind: required, but missing: one of "cat", "dog"'


def test_a_function_may_choose_between_parts_that_both_fit() -> None:
    pets = Annotated[Cat, Tag("a")] | Annotated[Dog, Tag("b")]

    @tool
    def feed(pet: Annotated[pets, Discriminator(lambda pet: "b")]) -> str:
        """Feed the pet."""
        return str(pet)

    assert bound(feed, pet={"age": 3}).keywords == {"pet": Dog(age=3)}


class Range(enum.Enum):
    SHORT = (0, 10)


@pytest.mark.parametrize("choices", [Range, Literal[Colour.RED]])
def test_choices_that_no_call_could_hold_make_no_tool(choices: Any) -> None:
    def pick(choice: Any) -> str:
        """Pick one."""
        return str(choice)

    pick.__annotations__["choice"] = choices
    with pytest.raises(ToolDefinitionError, match="can't be written as JSON"):
        tool(pick)


class Pair(enum.Enum):
    LOW = (1, 2)

    @classmethod
    def _missing_(cls, value: object) -> Any:
        return cls(tuple(value)) if isinstance(value, list) else None


class Rows(enum.Enum):
    FIRST = [1, 2]  # noqa: RUF012 - as an author may write it


class Rate(float, enum.Enum):
    HALF = 0.5


def test_choices_that_json_can_hold_are_made_members() -> None:
    @tool
    def pick(pair: Pair, rows: Rows, rate: Literal[Rate.HALF]) -> str:
        """Pick one of each."""
        return f"{pair} {rows} {rate}"

    found = bound(pick, pair=[1, 2], rows=[1, 2], rate=0.5)
    assert found.keywords == {"pair": Pair.LOW, "rows": Rows.FIRST, "rate": Rate.HALF}


def test_a_number_beyond_all_numbers_is_not_infinity() -> None:
    @tool
    def wait(seconds: float, more: list[float] = []) -> str:  # noqa: B006 - as an author may
        """Wait."""
        return f"{seconds} {more}"

    for arguments in ({"seconds": "9" * 310}, {"seconds": "1", "more": f"[{'9' * 310}]"}):
        (fault,) = bound_text(wait, **arguments).faults
        assert "should be a finite number" in fault


def test_what_can_be_gone_through_once_only_becomes_a_list_wherever_it_stands() -> None:
    @tool
    def spread(numbers: Iterable[int] | None = None, rows: list[Iterable[int]] = []) -> str:  # noqa: B006
        """Tell how far apart they are."""
        return f"{numbers} {rows}"

    found = bound(spread, numbers=[1, 5], rows=[[1], [2]])
    assert found.keywords == {"numbers": [1, 5], "rows": [[1], [2]]}


async def test_what_can_be_gone_through_once_only_becomes_a_list() -> None:
    binding = draw.bind(ToolCall(id="1", name="draw", arguments={**SHAPE, "lengths": [1, 2]}))

    assert await draw.call(binding) == "3 [1, 2]"
    wrong = draw.bind(ToolCall(id="1", name="draw", arguments={**SHAPE, "lengths": ["a"]}))
    assert wrong.faults == ('lengths[0]: expected an integer, found "a"',)


@pytest.mark.parametrize("kind", [Generator[int, None, None], Generator[int, None, None] | None])
async def test_what_is_to_be_gone_through_once_stays_so(kind: Any) -> None:
    def first(numbers: Any) -> int:
        """The first number."""
        return cast(int, next(numbers))

    first.__annotations__["numbers"] = kind
    made = tool(first)
    assert await made.call(bound(made, numbers=[7, 8])) == 7


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        ({"radius": 1}, 'shape.kind: required, but missing: one of "circle", "square"'),
        ({"kind": "cube"}, 'shape.kind: expected one of "circle", "square", found "cube"'),
    ],
)
def test_a_variant_that_is_not_told_or_is_none(shape: dict[str, Any], fault: str) -> None:
    call = ToolCall(id="1", name="draw", arguments={**SHAPE, "shape": shape})
    assert draw.bind(call).faults == (fault,)


@pytest.mark.parametrize(
    "default", [datetime.date(2024, 1, 1), float("inf"), MappingProxyType({}), b"x"]
)
def test_a_schema_that_can_not_be_sent_is_told_when_the_tool_is_built(default: Any) -> None:
    parameters = {"type": "object", "properties": {"x": {"default": default}}}
    with pytest.raises(ToolDefinitionError, match="can't be written as JSON"):
        Tool.from_schema(print, name="f", description="A tool.", parameters=parameters)


def test_dates_of_yaml_in_an_enumeration_are_told() -> None:
    schema = {"type": "string", "enum": [datetime.date(2020, 1, 1)]}
    with pytest.raises(ToolDefinitionError, match="can't be written as JSON"):
        Tool.from_schema(
            print,
            name="f",
            description="A tool.",
            parameters={"type": "object", "properties": {"x": schema}},
        )


def test_a_name_that_no_tag_can_hold_is_told_wherever_it_stands() -> None:
    parameters = {"type": "object", "allOf": [{"properties": {"a>b": {"type": "string"}}}]}
    with pytest.raises(ToolDefinitionError, match="a>b"):
        Tool.from_schema(print, name="f", description="A tool.", parameters=parameters)


def test_a_schema_of_any_depth_is_told_in_words() -> None:
    parameters: dict[str, Any] = {"type": "object"}
    for _ in range(400):
        parameters = {"type": "object", "properties": {"x": parameters}}
    with pytest.raises(ToolDefinitionError, match="nested too deeply"):
        Tool.from_schema(print, name="f", description="A tool.", parameters=parameters)


@pytest.mark.parametrize(
    "name",
    [
        "read_file\u200b",
        "read\u202e",
        "re\u00adad",
        "read\u200d",
        "read\ufe0f",
        "read\u034f",
        "re\u3164ad",
    ],
)
def test_a_name_with_what_is_not_seen_is_refused(name: str) -> None:
    with pytest.raises(ToolDefinitionError, match="Rename"):
        Tool.from_schema(print, name=name, description="A tool.", parameters={"type": "object"})
