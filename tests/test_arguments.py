# ruff: noqa: E501 - a row of a table stays on one line
"""Raw text gets the type its schema means, exactly, or stays as it is and is named."""

import json
import math
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.arguments import type_arguments, type_text
from agentkit.errors import ToolDefinitionError
from agentkit.json_text import MAXIMUM_DEPTH, UNREADABLE, depth, read_json, read_literal
from agentkit.messages import Dialect, ToolCall
from agentkit.qwen.prompt import argument_text
from agentkit.tools import Binding, Tool
from agentkit.validation import find_faults, schema_fault, schema_validator

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "schema_examples.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]


def make_tool(parameters: dict[str, Any]) -> Tool:
    return Tool.from_schema(
        lambda **keywords: None, name="tool", description="A tool.", parameters=parameters
    )


def bind(
    parameters: dict[str, Any], arguments: dict[str, Any], dialect: Dialect = "xml"
) -> Binding:
    return bind_with(make_tool(parameters), arguments, dialect)


def bind_with(tool: Tool, arguments: dict[str, Any], dialect: Dialect = "xml") -> Binding:
    return tool.bind(ToolCall(id="1", name="tool", arguments=arguments, dialect=dialect))


def bind_one(schema: dict[str, Any], text: str, **rest: Any) -> Binding:
    """Bind one required argument `x`."""
    return bind(
        {"type": "object", "properties": {"x": schema}, "required": ["x"], **rest}, {"x": text}
    )


def exactly(value: Any) -> str:
    """Text that two values share only if they are the same JSON: 1 is not 1.0 and not true."""
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_real_schemas_take_what_is_valid_and_name_what_is_not(row: dict[str, Any]) -> None:
    tool = make_tool(row["tool"]["parameters"])
    for arguments in row["valid_args"]:
        from_json = bind_with(tool, arguments, "json")
        assert from_json.faults == ()
        assert exactly(from_json.arguments) == exactly(arguments)
        # As the prompt writes it, and as the model writes it back, every value is text.
        raw = {name: argument_text(value) for name, value in arguments.items()}
        from_xml = bind_with(tool, raw)
        assert from_xml.faults == ()
        assert exactly(from_xml.arguments) == exactly(arguments)
    for arguments in row["invalid_args"]:
        faults = bind_with(tool, arguments, "json").faults
        assert faults
        assert all(fault.strip() and "\n" not in fault for fault in faults)


NULLABLE = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
MIXED = {"enum": [1, True, "1", "auto", None]}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({}, "5", "5"),
        ({"description": "anything"}, "true", "true"),
        ({"type": "string"}, "5", "5"),
        ({"type": "string"}, "null", "null"),
        ({"type": "string"}, "  a\n", "  a\n"),
        ({"type": "string"}, '"quoted"', '"quoted"'),
        # integers
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, " 5\n", 5),
        ({"type": "integer"}, "-0", 0),
        ({"type": "integer"}, "+7", 7),
        ({"type": "integer"}, "007", 7),
        ({"type": "integer"}, "3.0", 3),
        ({"type": "integer"}, "1e3", 1000),
        ({"type": "integer"}, "9007199254740993", 9007199254740993),
        ({"type": "integer"}, "-9007199254740993", -9007199254740993),
        ({"type": "number"}, "9007199254740993.0", 9007199254740993),
        ({"type": "integer"}, "9007199254740993.0", 9007199254740993),
        ({"type": "integer"}, "1e18", 10**18),
        ({"type": "integer"}, "1" * 4000, int("1" * 4000)),
        # numbers
        ({"type": "number"}, "0.1", 0.1),
        ({"type": "number"}, ".5", 0.5),
        ({"type": "number"}, "5.", 5.0),
        ({"type": "number"}, "1.25e3", 1250.0),
        ({"type": "number"}, "5", 5),
        ({"type": "number"}, "123456789012345678901", 123456789012345678901),
        # booleans
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "True", True),
        ({"type": "boolean"}, "FALSE", False),
        ({"type": "boolean"}, " false ", False),
        # null
        (NULLABLE, "null", None),
        (NULLABLE, "None", None),
        (NULLABLE, "5", 5),
        ({"type": ["string", "null"]}, "None", None),
        ({"type": ["string", "null"]}, "Nonesuch", "Nonesuch"),
        ({"type": "null"}, "NULL", None),
        # a union with string: the typed value if it is one, and ids stay ids
        ({"type": ["integer", "string"]}, "7", 7),
        ({"type": ["integer", "string"]}, "007", "007"),
        ({"type": ["integer", "string"]}, "+7", "+7"),
        ({"type": ["number", "null"]}, "007", 7),
        ({"type": ["boolean", "string"]}, "false", False),
        ({"type": ["boolean", "string"]}, "no", "no"),
        ({"type": ["object", "string"]}, '{"a": 1}', {"a": 1}),
        ({"type": ["object", "string"]}, "{a", "{a"),
        ({"type": ["array", "string"]}, "[1]", [1]),
        ({"anyOf": [{"type": "integer", "minimum": 10}, {"type": "string"}]}, "5", "5"),
        ({"anyOf": [{"type": "string", "enum": ["auto"]}, {"type": "integer"}]}, "auto", "auto"),
        ({"anyOf": [{"type": "string", "enum": ["auto"]}, {"type": "integer"}]}, "5", 5),
        # enumerations
        ({"enum": [1, 2]}, "2", 2),
        ({"enum": [1.5]}, "1.5", 1.5),
        ({"enum": [True]}, "True", True),
        ({"enum": ["a", "b"]}, "b", "b"),
        ({"enum": ["5", 5]}, "5", "5"),
        ({"enum": [[1], {"a": 1}]}, "[1]", [1]),
        ({"enum": [[1], {"a": 1}]}, '{"a": 1}', {"a": 1}),
        ({"type": "integer", "enum": [1, 2]}, "1", 1),
        (MIXED, "1", "1"),
        (MIXED, "true", True),
        (MIXED, "auto", "auto"),
        (MIXED, "null", None),
        ({"const": 5}, "5", 5),
        ({"const": "5"}, "5", "5"),
        ({"const": None}, "None", None),
        ({"const": False}, "False", False),
        # containers
        ({"type": "array"}, '[{"a": true}]', [{"a": True}]),
        ({"type": "array"}, "[{'a': True, 'b': None}]", [{"a": True, "b": None}]),
        ({"type": "array"}, "(1, 2)", [1, 2]),
        ({"type": "array"}, '"[1, 2]"', [1, 2]),
        ({"type": "object"}, '"{\\"a\\": 1}"', {"a": 1}),
        ({"type": "object"}, '{"a": "x\ny"}', {"a": "x\ny"}),
        ({"type": "object"}, '{"a": 1, "a": 1}', {"a": 1}),
        ({"type": "object"}, '{"n": 9007199254740993}', {"n": 9007199254740993}),
        ({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}, '[{"id": 1}, {"id": 2}]', [{"id": 1}, {"id": 2}]),
        ({"properties": {"a": {}}}, '{"a": 1}', {"a": 1}),
        ({"items": {}}, "[1]", [1]),
        # the type may stand beside a union that only narrows it
        ({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, '{"a": 1}', {"a": 1}),
        ({"type": "integer", "oneOf": [{"minimum": 3}]}, "5", 5),
        ({"type": "integer", "allOf": [{"minimum": 3}]}, "5", 5),
        ({"allOf": [{"type": "integer"}, {"minimum": 3}]}, "5", 5),
        # references
        ({"$ref": "#/$defs/Count"}, "5", 5),
        ({"allOf": [{"$ref": "#/$defs/Count"}], "default": 1}, "5", 5),
        ({"anyOf": [{"$ref": "#/$defs/Count"}, {"type": "null"}]}, "null", None),
        ({"$ref": "#/$defs/odd~1na~0me"}, "true", True),
        ({"$ref": "#/$defs/Tree"}, '{"next": {"next": {}}}', {"next": {"next": {}}}),
        ({"$ref": "#/$defs/Indirect"}, "5", 5),
    ],
)  # fmt: skip
def test_text_gets_the_value_its_schema_means(
    schema: dict[str, Any], text: str, value: Any
) -> None:
    definitions = {
        "Count": {"type": "integer"},
        "odd/na~me": {"type": "boolean"},
        "Tree": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Tree"}}},
        "Indirect": {"$ref": "#/$defs/Count"},
    }
    binding = bind_one(schema, text, **{"$defs": definitions})
    assert binding.faults == ()
    assert exactly(binding.arguments) == exactly({"x": value})


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        ({"type": "integer"}, "many", "an integer"),
        ({"type": "integer"}, "", "an integer"),
        ({"type": "integer"}, "3.5", "an integer"),
        ({"type": "integer"}, "1e9999", "an integer"),
        ({"type": "number"}, "1e-400", "a number"),
        ({"type": "integer"}, "0x10", "an integer"),
        ({"type": "integer"}, "1_000", "an integer"),
        ({"type": "integer"}, "٣", "an integer"),
        ({"type": "integer"}, "1" * 5000, "an integer"),
        ({"type": "integer"}, "None", "an integer"),
        ({"type": "integer"}, "true", "an integer"),
        ({"type": "number"}, "NaN", "a number"),
        ({"type": "number"}, "Infinity", "a number"),
        ({"type": "number"}, "-Infinity", "a number"),
        ({"type": "number"}, "1e999", "a number"),
        ({"type": "number"}, "1e99999999", "a number"),
        ({"type": "number"}, "1,5", "a number"),
        ({"type": "boolean"}, "yes", "true or false"),
        ({"type": "boolean"}, "1", "true or false"),
        ({"type": "boolean"}, "None", "true or false"),
        (NULLABLE, "", "an integer or null"),
        ({"enum": [1, 2]}, "3", "one of 1, 2"),
        ({"enum": ["a", "b"]}, "A", 'one of "a", "b"'),
        ({"enum": [True]}, "false", "true"),
        ({"enum": [True]}, "1", "true"),
        ({"const": 5}, "6", "5"),
        ({"type": "array"}, "[1", "a JSON array"),
        ({"type": "array"}, "[NaN]", "a JSON array"),
        ({"type": "array"}, "[1e999]", "a JSON array"),
        ({"type": "array"}, "[" * 500 + "]" * 500, "a JSON array"),
        ({"type": "array"}, '{"a": 1}', "a JSON array"),
        ({"type": "object"}, '{"a": 1, "a": 2}', "a JSON object"),
        ({"type": "object"}, "{'a': 1, 'a': 2}", "a JSON object"),
        ({"type": "object"}, "{1: 1, '1': 2}", "a JSON object"),
        ({"type": "object"}, "{'a': {1, 2}}", "a JSON object"),
        ({"type": "object"}, "dict(a=1)", "a JSON object"),
        ({"$ref": "#/$defs/Count"}, "x", "an integer"),
    ],
)  # fmt: skip
def test_text_that_does_not_fit_stays_as_written_and_is_named(
    schema: dict[str, Any], text: str, expected: str
) -> None:
    binding = bind_one(schema, text, **{"$defs": {"Count": {"type": "integer"}}})
    assert binding.arguments == {"x": text}
    assert len(binding.faults) == 1
    found = json.dumps(text, ensure_ascii=False)
    shown = found if len(found) <= 80 else found[:80] + "…"
    assert binding.faults[0].startswith(f"x: expected {expected}, found {shown}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' stands twice with different values"),
        ('[{"a": NaN}]', "NaN is not JSON"),
        ("[" * 101, "its brackets are nested more than 100 deep"),
        ("[1, 2", "expecting ',' delimiter at character 5"),
        (
            '{"title": "Report", "body": "She said "hello" to everyone"}',
            "expecting ',' delimiter at character 39, near ` \"body\": \"She said \"hello\" to everyone\"}`",
        ),
    ],
)  # fmt: skip
def test_json_that_can_not_be_read_is_told_with_the_place(text: str, why: str) -> None:
    kind = "object" if text.startswith("{") else "array"
    (fault,) = bind_one({"type": kind}, text).faults
    assert fault.endswith(f": {why}")


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "integer", "enum": ["1", "2"]}, "2", 2),
        ({"type": "boolean", "enum": ["True", "False", "dontcare"]}, "True", True),
        ({"type": "boolean", "enum": ["True", "False", "dontcare"]}, "dontcare", "dontcare"),
        ({"type": "string", "enum": [1, 2]}, "2", "2"),
        ({"type": "array", "items": {"type": "integer", "enum": ["1"]}}, "[1]", [1]),
        ({"type": "string", "enum": ["a", None]}, "a", "a"),
        ({"type": "string", "enum": ["a", 1, True]}, "1", "1"),
        ({"type": "integer", "enum": ["1", 2]}, "1", 1),
        ({"type": "array", "items": {"type": "string"}, "enum": ["a", "b"]}, '["a"]', ["a"]),
        (
            {"type": ["array", "null"], "items": {"type": "integer"}, "enum": ["1", None]},
            "[1]",
            [1],
        ),
        ({"type": ["array", "null"], "enum": ["a", None]}, "null", None),
        ({"type": ["string", "array"], "enum": ["a", "b", None]}, "a", "a"),
        ({"type": ["string", "null"]}, "none", "none"),
        ({"type": ["string", "null"]}, "None", None),
        ({"type": ["integer", "null"]}, "NONE", None),
    ],
)
def test_an_enumeration_that_its_type_forbids_means_what_it_spells(
    schema: dict[str, Any], text: str, value: Any
) -> None:
    binding = bind_one(schema, text)
    assert not binding.faults
    assert binding.arguments == {"x": value}


def test_a_parameter_may_be_called_as_a_keyword_is() -> None:
    properties = {"default": {"type": "integer", "enum": ["1"]}, "enum": {"type": "string"}}
    binding = bind({"type": "object", "properties": properties}, {"default": "1", "enum": "a"})
    assert binding.arguments == {"default": 1, "enum": "a"}
    assert not binding.faults


@pytest.mark.parametrize(
    ("schema", "value", "note"),
    [
        ({"type": "integer", "default": None}, None, "x: null, so left out"),
        ({"enum": ["s", "ms"], "default": "N/A"}, "N/A", "x: its default, so left out"),
    ],
)
def test_an_optional_argument_that_says_nothing_is_left_out(
    schema: dict[str, Any], value: Any, note: str
) -> None:
    parameters = {"type": "object", "properties": {"x": schema}}
    tool = Tool.from_schema(print, name="f", description="A tool.", parameters=parameters)
    call = ToolCall(id="1", name="f", arguments={"x": value})
    assert tool.bind(call) == Binding({}, {}, (), (note,))
    needed = {**parameters, "required": ["x"]}
    tool = Tool.from_schema(print, name="f", description="A tool.", parameters=needed)
    assert tool.bind(call).faults


def test_a_pattern_that_looks_ahead_ends_where_the_text_does() -> None:
    schema = {"type": "string", "pattern": "^(?!-)[a-z$-]+$"}
    assert not bind_one(schema, "ab$c").faults
    assert bind_one(schema, "abc\n\n").faults


OBJECT = {
    "type": "object",
    "properties": {
        "count": {"type": "integer"},
        "mode": {"enum": ["fast", "slow"]},
        "size": {"type": "object", "properties": {"width": {"type": "integer"}}, "required": ["width"], "additionalProperties": False},
        "numbers": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        "either": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "string"}}]},
        "code": {"type": "string", "pattern": "^a\n$"},
    },
    "required": ["count"],
    "additionalProperties": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        ({}, ["count: required, but missing"]),
        ({"count": "x"}, ['count: expected an integer, found "x"']),
        ({"count": "1", "counts": "1"}, ["counts: no such parameter; did you mean count?"]),
        ({"count": "1", "zzz": "1"}, ["zzz: no such parameter; there are count, mode, size, numbers, either, code"]),
        ({"count": "1", "mode": "quick"}, ['mode: expected one of "fast", "slow", found "quick"']),
        ({"count": "1", "size": '{"height": 1}'}, ["size.width: required, but missing", "size.height: no such parameter; there are width"]),
        ({"count": "1", "numbers": '[1, "a\\nb"]'}, ['numbers[1]: expected an integer, found "a\\nb"']),
        ({"count": "1", "numbers": "[1, 2, 3, 4]"}, ["numbers: expected at most 3 items, found [1, 2, 3, 4]"]),
        ({"count": "1", "either": "[1]"}, ["either[0]: expected a string, found 1"]),
        ({"count": "1", "code": "b"}, ['code: expected a string of pattern "^a\\n$", found "b"']),
        ({"count": "1\n2"}, ['count: expected an integer, found "1\\n2"']),
        ({"count": "x", "mode": "y"}, ['count: expected an integer, found "x"', 'mode: expected one of "fast", "slow", found "y"']),
    ],
)  # fmt: skip
def test_a_fault_says_where_what_was_expected_and_what_was_found(
    arguments: dict[str, Any], faults: list[str]
) -> None:
    assert list(bind(OBJECT, arguments).faults) == faults


def test_what_is_missing_may_have_been_given_by_another_name() -> None:
    open_to_others = {key: value for key, value in OBJECT.items() if key != "additionalProperties"}
    told = "count: required, but missing; given, but not defined: number, a, b, …"
    given = {"number": "1", "a": "2", "b": "3", "c": "4"}
    assert list(bind(open_to_others, given).faults) == [told]
    assert list(bind(open_to_others, {"mode": "fast"}).faults) == ["count: required, but missing"]
    meant = {**open_to_others, "additionalProperties": {"type": "string"}}
    assert list(bind(meant, {"number": "1"}).faults) == ["count: required, but missing"]


DRAFT_7 = "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize(
    "more",
    [
        {"allOf": [{"required": ["count"]}]},
        {"allOf": [{"properties": {"number": {}}}], "required": ["count"]},
        {"if": {}, "then": {"required": ["count"]}},
        {"if": {}, "then": {"properties": {}, "required": ["count"]}},
        {"dependentSchemas": {"number": {"properties": {}, "required": ["count"]}}},
        {"dependencies": {"number": {"properties": {}, "required": ["count"]}}, "$schema": DRAFT_7},
        {"$ref": "#/$defs/x", "$defs": {"x": {"properties": {}, "required": ["count"]}}},
        {"propertyNames": {"enum": ["count", "number"]}, "required": ["count"]},
        {"properties": {"count": {}}, "required": ["count", "number"]},
    ],
)
def test_a_name_is_not_called_undefined_where_another_schema_may_define_it(
    more: dict[str, Any],
) -> None:
    schema = {"type": "object", "properties": {"count": {"type": "integer"}}, **more}
    (fault,) = bind(schema, {"number": "1"}).faults
    assert fault == "count: required, but missing"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("int", "5", 5), ("float", "1.5", 1.5), ("bool", "True", True), ("dict", "{}", {}), ("list", "[1]", [1])],
)  # fmt: skip
def test_other_languages_names_of_types_are_understood(name: str, text: str, value: Any) -> None:
    arguments, _ = type_arguments({"x": text}, {"properties": {"x": {"type": name}}}, "xml")

    assert arguments == {"x": value}


@pytest.mark.parametrize(
    ("step", "text", "fits"),
    [
        (0.01, "19.99", True),
        (0.01, "19.995", False),
        (0.1, "0.3", True),
        (3, str(10**40 + 2), True),
        (3, str(10**40), False),
    ],
)
def test_a_multiple_is_counted_in_decimals(step: float, text: str, fits: bool) -> None:
    binding = bind_one({"type": "number", "multipleOf": step}, text)

    assert (binding.faults == ()) is fits


def test_a_fault_stays_one_line_whatever_a_name_holds() -> None:
    faults = bind(OBJECT, {"count": 1, "a\nb": 1, "c" * 500: 1}, "json").faults
    assert len(faults) == 2
    assert all("\n" not in fault and len(fault) < 200 for fault in faults)


def test_a_name_that_a_pattern_allows_is_not_called_unknown() -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }
    faults = bind(schema, {"name": "a", "x-trace": "1", "other": "1"}).faults
    assert list(faults) == ['other: no such parameter; there are name, names that match "^x-"']


def test_patterns_for_names_take_linear_time_and_say_what_their_values_are() -> None:
    slow = r"^(\w+\s?)*$"  # Python would take years for the long name
    schema = {"type": "object", "patternProperties": {slow: {"type": "integer"}}}
    strict = schema | {"additionalProperties": False}
    typed = schema | {"additionalProperties": {"type": "boolean"}}
    long = "a" * 50 + "!"

    assert list(bind(strict, {long: 1, "a b": "x"}, "json").faults) == [
        f"{long}: no such parameter; there are names that match {json.dumps(slow)}",
        'a b: expected an integer, found "x"',
    ]
    assert list(bind(typed, {long: 1}, "json").faults) == [
        f"{long}: expected true or false, found 1"
    ]
    assert bind(typed, {long: True, "a b": 1}, "json").faults == ()


@pytest.mark.parametrize("text", ["null", "None", " NULL "])
@pytest.mark.parametrize("schema", [{"type": "integer"}, {"enum": ["a"]}, {"type": "array"}])
def test_a_null_for_an_optional_argument_is_left_out_and_noted(
    schema: dict[str, Any], text: str
) -> None:
    binding = bind({"type": "object", "properties": {"x": schema}}, {"x": text})
    assert (binding.arguments, binding.faults) == ({}, ())
    assert len(binding.notes) == 1


def test_a_null_that_may_be_meant_is_kept() -> None:
    optional = {"type": "object", "properties": {"text": {"type": "string"}, "free": {}}}
    assert bind(optional, {"text": "null", "free": "None"}).arguments == {"text": "null", "free": "None"}  # fmt: skip
    assert bind_one({"type": "integer"}, "null").faults


@pytest.mark.parametrize("name", ["with space", "a.b", "ns:key[]", "übung", "$ref", "type", "a-b"])
def test_odd_names_are_typed_like_any_other(name: str) -> None:
    schema = {"type": "object", "properties": {name: {"type": "integer"}}, "required": [name]}
    assert bind(schema, {name: "5"}).arguments == {name: 5}
    (fault,) = bind(schema, {name: "x"}).faults
    assert fault == f'{name}: expected an integer, found "x"'


def test_values_from_json_are_not_typed_again() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
    assert type_arguments({"x": "5"}, schema, "json") == ({"x": "5"}, [])
    assert bind(schema, {"x": "5"}, "json").faults == ('x: expected an integer, found "5"',)


@pytest.mark.parametrize("schema", [True, {"type": 5}, {"enum": 5}, {"anyOf": "ab"}, {"$ref": "#/$defs/²"}, {"$ref": "http://example.com/x"}, {"$ref": "#/$defs/Loop"}, {"properties": 5}])  # fmt: skip
def test_a_schema_that_says_nothing_usable_leaves_the_text(schema: Any) -> None:
    root = {"$defs": {"Loop": {"$ref": "#/$defs/Loop"}}}
    assert type_text("5", schema, root)[0] == "5" if isinstance(schema, dict) else True
    arguments, _ = type_arguments({"x": "5"}, {**root, "properties": {"x": schema}}, "xml")
    assert arguments == {"x": "5"}


NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    "schema",
    [
        {"additionalProperties": NUMBER},
        {"patternProperties": {"^n_": NUMBER}},
        {"$ref": "#/$defs/Own", "$defs": {"Own": {"properties": {"n_a": NUMBER}}}},
        {"allOf": [{"required": ["n_a"]}, {"properties": {"n_a": NUMBER}}]},
        {"oneOf": [{"properties": {"n_a": NUMBER}}, {"properties": {"n_b": NUMBER}}]},
        {"properties": {"n_a": {"$ref": "#/$defs/My%20Type"}}, "$defs": {"My Type": NUMBER}},
        {"properties": {"n_a": {"$ref": "#own"}}, "$defs": {"x": {"$anchor": "own", **NUMBER}}},
        {"$id": "T", "properties": {"n_a": {"$ref": "T#/$defs/x"}}, "$defs": {"x": NUMBER}},
        {"properties": {"n_a": {"$ref": "N"}}, "$defs": {"x": {"$id": "N", **NUMBER}}},
        {
            "$id": "https://here/T",
            "properties": {"n_a": {"$ref": "N#/$defs/y"}},
            "$defs": {"x": {"$id": "N", "$defs": {"y": NUMBER}}},
        },
    ],
)
def test_a_member_is_typed_wherever_the_schema_speaks_of_it(schema: dict[str, Any]) -> None:
    schema = {"type": "object", **schema}
    assert type_arguments({"n_a": "5"}, schema, "xml") == ({"n_a": 5}, [])


def test_a_union_is_decided_by_what_its_references_say() -> None:
    limit = {"type": "integer", "minimum": 10}
    either = {"anyOf": [{"$ref": "#/properties/limit"}, {"type": "string"}]}
    root = {"type": "object", "properties": {"limit": limit, "either": either}}
    assert type_text("15", either, root) == (15, None)
    assert type_text("5", either, root) == ("5", None)


def test_a_schema_that_refers_to_itself_many_times_is_read_once() -> None:
    level = {f"L{n}": {"anyOf": [{"$ref": f"#/$defs/L{n + 1}"}] * 2} for n in range(60)}
    root = {"$defs": {**level, "L60": {"type": "integer"}}}
    assert type_text("5", {"$ref": "#/$defs/L0"}, root) == (5, None)


@pytest.mark.parametrize(
    "lost", ["#/$defs/Missing", "#/title", "#/properties/x/anyOf/y", "#/$defs/", "1/from", "X"]
)
def test_a_reference_that_leads_nowhere_is_told_when_the_tool_is_built(lost: str) -> None:
    with pytest.raises(ToolDefinitionError, match=r"refers to \S+, where there is no schema"):
        bind_one({"$ref": lost}, "5", title="T")


def test_a_reference_out_of_the_schema_is_a_fault_and_not_an_error() -> None:
    (fault,) = bind_one({"$ref": "https://example.org/missing.json"}, "5").faults
    assert "missing" in fault


@pytest.mark.parametrize("beside", [{"description": "d"}, {"minimum": 1}])
def test_what_stands_beside_a_reference_gives_types_too(beside: dict[str, Any]) -> None:
    part = {"$ref": "#/$defs/E", "type": "integer"}
    assert bind_one(part, "5", **{"$defs": {"E": beside}}).arguments == {"x": 5}


@pytest.mark.parametrize("reference", ["https://e.x/r.json#/$defs/A", "r.json#/$defs/A"])
def test_a_reference_may_name_the_schema_it_stands_in(reference: str) -> None:
    rest = {"$id": "https://e.x/r.json", "$defs": {"A": {"type": "integer"}}}
    assert bind_one({"$ref": reference}, "5", **rest).arguments == {"x": 5}


@pytest.mark.parametrize(
    "root",
    [
        {"$ref": "#/definitions/S"},
        {"allOf": [{"$ref": "#/definitions/S"}]},
        {"$ref": "#/definitions/S", "properties": {}},
    ],
)
def test_an_optional_null_is_left_out_wherever_the_parameter_is_declared(
    root: dict[str, Any],
) -> None:
    own = {"type": "object", "properties": {"q": {"type": "string"}, "n": {"type": "integer"}}}
    root = {**root, "definitions": {"S": {**own, "required": ["q"]}}}
    binding = bind(root, {"q": "a", "n": "None"})
    assert (binding.faults, binding.notes) == ((), ("n: null, so left out",))
    wanted = {**root, "definitions": {"S": {**own, "required": ["q", "n"]}}}
    assert bind(wanted, {"q": "a", "n": "None"}).faults != ()


def test_a_number_that_runs_into_a_name_is_no_literal() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert read_literal("[5in, 6in]") is UNREADABLE
        assert read_literal("[5, True]") == [5, True]
    assert caught == []


def test_definitions_that_a_property_brought_along_are_found() -> None:
    item = {"type": "object", "properties": {"size": {"type": "integer"}}}
    part = {"type": "array", "items": {"$ref": "#/$defs/Item"}, "$defs": {"Item": item}}
    binding = bind_one(part, '[{"size": 3}]')
    assert (binding.faults, binding.arguments) == ((), {"x": [{"size": 3}]})
    assert bind_one(part, '[{"size": "a"}]').faults != ()


def test_what_is_wrong_with_a_schema_is_said() -> None:
    assert schema_fault({"type": "object"}) is None
    assert "type" in (schema_fault({"type": "objekt"}) or "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2.5, 'a', None, True]", [1, 2.5, "a", None, True]),
        ("{'a': (1, 2)}", {"a": [1, 2]}),
        (" 'x' ", "x"),
        ("{'a': 1, **{}}", UNREADABLE),
        ("{'a': 1, 'a': 1}", UNREADABLE),
        ("__import__('os')", UNREADABLE),
        ("[1, x]", UNREADABLE),
        ("b'x'", UNREADABLE),
        ("1j", UNREADABLE),
        ("...", UNREADABLE),
        ("-" * 20_000 + "1", UNREADABLE),
        ("[" * 200 + "]" * 200, UNREADABLE),
        ("'" + "a" * 200_000 + "'", UNREADABLE),
        ("\0", UNREADABLE),
        ("('x', 1)", ["x", 1]),
        (r"['it\'s', 'a\\d', '\x1f']", ["it's", "a\\d", "\x1f"]),
        ('["/data/" "tmp/b"]', UNREADABLE),  # a lost comma
        ('["a"\n"b"]', UNREADABLE),
        (r'{"path": "C:\temp\dir"}', UNREADABLE),  # would hold a tab
        (r'["\bfoo\d+"]', UNREADABLE),
        ("1,000", UNREADABLE),
        ("'a', 'b'", UNREADABLE),
        ("(1, 2), (3, 4)", UNREADABLE),
        ("()", []),
        ("[1_000]", UNREADABLE),
        ("[0o17]", UNREADABLE),
        ("[1, # 2,\n3]", UNREADABLE),
    ],
)
def test_a_python_literal_is_read_only_if_it_is_json_in_other_words(text: str, value: Any) -> None:
    assert read_literal(text) is value or read_literal(text) == value


@pytest.mark.parametrize("text", ["\"{'a': 1}\"", '"{\\"a\\": 1}"', "'{\"a\": 1}'"])
def test_an_object_may_be_written_inside_a_string(text: str) -> None:
    assert bind_one({"type": "object"}, text).arguments == {"x": {"a": 1}}


def test_nesting_is_read_to_its_limit_and_no_further() -> None:
    fits = "[" * MAXIMUM_DEPTH + "]" * MAXIMUM_DEPTH
    assert read_json(fits) is not UNREADABLE
    assert read_json(f"[{fits}]") is UNREADABLE
    assert depth('["[[[[", "\\"[[["]') == 1
    assert depth('["' + '\\"' * 200_000) == 1  # in a moment, although the string never ends


@pytest.mark.parametrize("text", ["2.99999999999999999999", "1e-400", "3.0000000000000000000001"])
def test_what_a_float_would_round_to_an_integer_is_none(text: str) -> None:
    tool = make_tool({"type": "object", "properties": {"n": {"type": "integer"}}})
    assert bind_with(tool, {"n": text}).faults
    assert bind_with(tool, {"n": "3.000"}).arguments == {"n": 3}


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_number_without_end_is_a_multiple_of_nothing(value: float) -> None:
    rule = schema_validator({"properties": {"n": {"type": "number", "multipleOf": 0.5}}})
    assert find_faults({"n": value}, rule)


def test_json_is_exact_about_what_it_says_twice_and_about_large_numbers() -> None:
    assert read_json('{"a": [1], "a": [1.0]}') == {"a": [1]}
    assert read_json('{"a": [1], "a": [true]}') is UNREADABLE
    assert read_json('{"a": {"b": 0}, "a": {"b": false}}') is UNREADABLE
    assert read_json("9007199254740993.0") == 9007199254740993


# --- laws ---------------------------------------------------------------------------------------

SCHEMAS = st.sampled_from(
    [
        {}, {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"},
        {"type": "null"}, {"type": "array"}, {"type": "object"}, NULLABLE, MIXED,
        {"type": ["integer", "string"]}, {"type": ["array", "object", "null"]}, {"const": [1]},
        {"$ref": "#/$defs/Loop"}, {"allOf": [{"$ref": "#"}]}, {"oneOf": [{"type": "number"}, {"enum": ["x"]}]},
        {"type": "string", "pattern": "("},
    ]
)  # fmt: skip
PIECES = st.lists(
    st.sampled_from(["[", "]", "{", "}", '"', "'", ",", ":", "1", "-", "e", ".", "9" * 400, "null", "None", "true", "\\", "\\ud800", "\n", "a", "(", "\0", "#"]),
    max_size=12,
).map("".join)  # fmt: skip


@given(st.text() | PIECES, SCHEMAS)
def test_typing_never_raises_and_only_gives_json(text: str, schema: dict[str, Any]) -> None:
    root = {"$defs": {"Loop": {"$ref": "#/$defs/Loop"}}, "allOf": [{"$ref": "#"}]}
    value, fault = type_text(text, schema, root)
    json.dumps(value, allow_nan=False)
    assert fault is None or ("\n" not in fault and value == text)


@given(st.integers())
def test_every_integer_is_exact(number: int) -> None:
    assert type_text(str(number), {"type": "integer"}, {}) == (number, None)
    assert type_text(argument_text([number]), {"type": "array"}, {}) == ([number], None)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_exact(number: float) -> None:
    value, fault = type_text(argument_text(number), {"type": "number"}, {})
    assert fault is None
    assert math.copysign(1, value) == math.copysign(1, number)
    assert value == number


@given(st.text())
def test_a_string_is_never_touched(text: str) -> None:
    assert type_text(text, {"type": "string"}, {}) == (text, None)
    assert type_text(text, {}, {}) == (text, None)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=10,
    )
)  # fmt: skip
def test_every_container_reads_back_from_the_text_of_the_prompt(value: Any) -> None:
    wrapped = {"value": value}
    typed, fault = type_text(argument_text(wrapped), {"type": "object"}, {})
    assert fault is None
    assert exactly(typed) == exactly(wrapped)
    assert exactly(read_literal(repr(wrapped))) == exactly(wrapped)
