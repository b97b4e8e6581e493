"""Requests made from a schema name the values that a right call has, whatever the schema is."""

import datetime
import ipaddress
import uuid
from enum import Enum
from typing import Annotated, Any, Literal

import pydantic
import pytest
from pydantic import AfterValidator, Field

from agentkit import Tool, ToolCall, load_tools, tool
from agentkit.errors import ConfigError
from agentkit.tool_requests import ToolRequest, make_requests, shown, words_of

SHIPPED = list(load_tools().values())


class Address(pydantic.BaseModel):
    street: str
    city: str


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@tool
def order(
    sku: Annotated[str, "article number such as A-17"],
    units: Annotated[int, pydantic.Field(ge=1, le=9)],
    size: Size,
    address: Address,
    tags: list[str],
    day: Annotated[str, pydantic.Field(json_schema_extra={"format": "date"})],
    gift: bool | None = None,
    price: Annotated[float, pydantic.Field(gt=0, lt=10)] = 1.5,
    kind: Literal["a", "b"] = "a",
) -> str:
    """Order units of an article (at once). The supplier sends them."""
    return "ordered"


def with_schema(parameters: dict[str, Any], **more: Any) -> Tool:
    given = {"name": "find", "description": "Find things.", **more}
    schema = {"type": "object", "properties": parameters, "required": list(parameters)}
    return Tool.from_schema(print, parameters=schema, **given)


@pytest.mark.parametrize("item", [*SHIPPED, order], ids=lambda item: item.name)
def test_the_arguments_are_valid_and_their_values_stand_in_the_words(item: Tool) -> None:
    for request in make_requests(item, 12):
        call = ToolCall(id="1", name=request.tool, arguments=dict(request.arguments))

        assert item.bind(call).faults == ()
        assert set(item.parameters.get("required", ())) <= set(request.arguments)
        for value in request.arguments.values():
            assert shown(value) in request.text


def test_the_same_seed_gives_the_same_requests_and_another_gives_others() -> None:
    assert make_requests(order, 5, seed=3) == make_requests(order, 5, seed=3)
    assert make_requests(order, 5, seed=3) != make_requests(order, 5, seed=4)
    assert len({request.text for request in make_requests(order, 5)}) == 5


def test_optional_parameters_are_asked_for_now_and_then_two_at_most() -> None:
    optional = [
        request.arguments.keys() & {"gift", "price", "kind"} for request in make_requests(order, 30)
    ]

    assert set(map(len, optional)) == {0, 1, 2}


def test_a_request_says_what_to_do_in_the_words_of_the_description() -> None:
    texts = [request.text for request in make_requests(order, 12)]

    assert any("rder units of an article" in text for text in texts)
    assert not any("at once" in text or "supplier" in text for text in texts)


@pytest.mark.parametrize(
    ("description", "start"),
    [
        ("Returns the price of a car.", ("Return the price", "Please return", "Can you return")),
        ("Weather in a city.", ("Tell me this: weather", "I would like to know: weather")),
    ],
)
def test_a_description_that_is_no_order_becomes_one_or_a_question(
    description: str, start: tuple[str, ...]
) -> None:
    item = with_schema({}, name="thing", description=description)
    texts = [request.text for request in make_requests(item, 12)]

    assert any(text.startswith(start) for text in texts)


def one_value(schema: dict[str, Any], name: str = "value") -> Any:
    (request,) = make_requests(with_schema({name: schema}), 1)
    return request.arguments[name]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, str),
        ({"type": ["null", "integer"]}, int),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, bool),
        ({"oneOf": [{"type": "number"}, {"type": "string"}]}, float),
        ({"allOf": [{"type": "array"}]}, list),
        ({"items": {"type": "integer"}}, list),
        ({"properties": {"a": {"type": "string"}}}, dict),
        ({"type": "object"}, dict),
        ({}, str),
        (True, str),
    ],
)
def test_a_value_has_the_type_that_the_schema_says(schema: Any, kind: type) -> None:
    assert type(one_value(schema)) is kind


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 1000, "maximum": 1001},
        {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 3, "multipleOf": 2},
        {"type": "integer", "maximum": -5},
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 2, "uniqueItems": True},
        {"type": "string", "format": "uuid", "minLength": 36},
        {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["OSL", "LIS"]},
        {"type": "string", "pattern": "^v[0-9]$", "default": "v1"},
        {"const": 7},
        {"enum": [None, "only"]},
    ],
)
def test_a_value_keeps_the_rules_of_its_schema(schema: dict[str, Any]) -> None:
    one_value(schema)


def test_references_are_followed() -> None:
    item = Tool.from_schema(
        print,
        name="visit",
        description="Visit a place.",
        parameters={
            "type": "object",
            "properties": {"place": {"$ref": "#/$defs/Place"}},
            "required": ["place"],
            "$defs": {"Place": {"type": "object", "properties": {"city": {"type": "string"}}}},
        },
    )
    (request,) = make_requests(item, 1)

    assert isinstance(request, ToolRequest)
    assert isinstance(request.arguments["place"]["city"], str)


def test_a_schema_that_contains_itself_ends() -> None:
    part = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    item = Tool.from_schema(
        print,
        name="walk",
        description="Walk a list.",
        parameters={
            "type": "object",
            "properties": {"node": {"$ref": "#/$defs/Node"}},
            "required": ["node"],
            "$defs": {"Node": part},
        },
    )

    assert make_requests(item, 2)


def test_a_rule_that_no_value_keeps_is_a_sentence_with_a_way_out() -> None:
    with pytest.raises(ConfigError, match=r"'value' of tool 'find'.*examples"):
        one_value({"type": "string", "pattern": "^q{7}$"})


def test_the_authors_example_is_followed_but_not_copied() -> None:
    values = {request.arguments["sku"] for request in make_requests(order, 8)}

    assert len(values) > 1
    assert all(value.startswith("A-") and value[2:].isdigit() for value in values)


@pytest.mark.parametrize(
    ("name", "words"),
    [("max_results", "max results"), ("maxResults", "max results"), ("a", "a"), ("日", "日")],
)
def test_names_are_read_as_words(name: str, words: str) -> None:
    assert words_of(name) == words


def test_what_the_tool_itself_refuses_is_not_asked_for() -> None:
    @tool
    def rest(
        time: datetime.timedelta,
        key: uuid.UUID,
        host: ipaddress.IPv4Address,
        share: Annotated[float, Field(gt=0, lt=0.5)],
        part: Annotated[float, Field(ge=0.1, le=0.4)],
        counts: dict[str, int],
    ) -> str:
        """Rest for a while."""
        return ""

    for request in make_requests(rest, 6):
        call = ToolCall(id="1", name="rest", arguments=dict(request.arguments), dialect="json")
        assert rest.bind(call).faults == ()

    @tool
    def pick(code: Annotated[str, AfterValidator(refuse)]) -> str:
        """Pick a code."""
        return code

    with pytest.raises(ConfigError, match="itself accepts"):
        make_requests(pick, 1)

    @tool
    def halve(number: Annotated[int, AfterValidator(even)]) -> int:
        """Halve an even number."""
        return number // 2

    assert all(not request.arguments["number"] % 2 for request in make_requests(halve, 5))

    @tool
    def visit(city: Annotated[str, AfterValidator({}.__getitem__)]) -> str:
        """Visit a city."""
        return city

    with pytest.raises(ConfigError, match="KeyError"):
        make_requests(visit, 1)


def refuse(value: str) -> str:
    raise ValueError("never")


def even(value: int) -> int:
    if value % 2:
        raise ValueError("it is odd")
    return value


@pytest.mark.parametrize(
    "part",
    [
        {"type": "array", "minItems": 1_000_000, "items": {"type": "string"}},
        {"type": "number", "minimum": 1e308},
    ],
    ids=str,
)
def test_a_schema_for_which_no_value_is_made_is_told(part: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="No value could be made"):
        make_requests(with_schema({"x": part}))
