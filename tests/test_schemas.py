# ruff: noqa: E501 - a row of a table stays on one line
"""Schemas as servers and authors write them: understood where they can be, and faults that help."""

import datetime
import json
import math
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, Strict

import agentkit
from agentkit.commands.parse import parse_line
from agentkit.errors import ToolDefinitionError
from agentkit.messages import Dialect, ToolCall
from agentkit.schemas import small_schema
from agentkit.tool_check import check_tools
from agentkit.tool_requests import make_requests
from agentkit.tools import Binding, Tool

LOOSE_OBJECT = {"type": "object", "properties": {}}


def make_tool(parameters: dict[str, Any]) -> Tool:
    return Tool.from_schema(
        lambda **keywords: None, name="tool", description="Do it.", parameters=parameters
    )


def bind(parameters: dict[str, Any], dialect: Dialect = "xml", **arguments: Any) -> Binding:
    call = ToolCall(id="1", name="tool", arguments=arguments, dialect=dialect)
    return make_tool(parameters).bind(call)


def one(schema: Any, **rest: Any) -> dict[str, Any]:
    """An object with one required member `x`."""
    return {"type": "object", "properties": {"x": schema}, "required": ["x"], **rest}


# --- schemas that their dialect refuses ---------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, "1", "0"),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": False}, "0", "-1"),
        ({"type": "integer", "maximum": 9, "exclusiveMaximum": True}, "8", "9"),
        ({"type": "array", "items": [{"type": "integer"}, {"type": "string"}]}, '[1, "a"]', '["a", 1]'),
        ({"type": "array", "items": [{"type": "integer"}], "additionalItems": False}, "[1]", "[1, 2]"),
        ({"type": "float"}, "1.5", "a"),
        ({"type": "Integer"}, "5", "5.5"),
        ({"type": "STRING", "enum": ["a"]}, "a", "b"),
        ({"type": "HashMap"}, '{"a": 1}', "[1]"),
        ({"type": "ArrayList", "items": {"type": "long"}}, "[1]", '["a"]'),
        ({"type": ["int", "None"]}, "null", "a"),
        ({"type": "integer", "minimum": None, "enum": None, "description": None, "title": None}, "5", "a"),
        ({"type": "integer", "examples": {"small": {"value": 1}}}, "5", "a"),
        ({"type": "object", "properties": {"a": {"type": "integer", "required": True}}}, '{"a": 1}', "{}"),
        ({"type": "dict", "dependencies": {"a": ["b"]}}, '{"a": 1, "b": 2}', '{"a": 1}'),
        ({"type": "dict", "properties": {"required": {"type": "int"}, "items": {"type": "list"}}}, '{"required": 1, "items": []}', '{"required": []}'),
        ({"type": "dict", "additionalProperties": {"type": "int"}}, '{"a": 1}', '{"a": "b"}'),
        ({"anyOf": [{"type": "int"}, {"type": "none"}]}, "None", "a"),
        ({"$ref": "#n", "definitions": {"a": {"$id": "#n", "type": "int"}}}, "5", "a"),
        ({"id": "#/properties/x", "type": "int"}, "5", "a"),
        ({"type": ["string", "array"], "enum": ["a", "b", None]}, "a", "zzz"),
    ],
)  # fmt: skip
def test_words_of_other_dialects_are_understood(schema: Any, right: str, wrong: str) -> None:
    assert bind(one(schema), x=right).faults == ()
    assert bind(one(schema), x=wrong).faults != ()


def test_any_is_no_type_and_a_value_of_it_stays_as_written() -> None:
    assert bind(one({"type": "any"}), x="5").arguments == {"x": "5"}
    assert bind(one({"type": "any"}), "json", x=[5]).faults == ()


@pytest.mark.parametrize("key", ["required", "properties", "additionalProperties", "$defs"])
def test_null_is_read_as_what_is_not_there(key: str) -> None:
    assert bind({**LOOSE_OBJECT, key: None}, "json", a=1).faults == ()


def test_a_reference_to_the_place_of_a_list_is_followed() -> None:
    pair = {"type": "array", "items": [{"type": "integer"}, {"$ref": "#/properties/x/items/0"}]}
    assert bind(one(pair), x="[1, 2]").faults == ()
    assert bind(one(pair), x='[1, "a"]').faults == ('x[1]: expected an integer, found "a"',)


def test_an_empty_list_of_required_names_is_allowed_in_any_draft() -> None:
    draft = {"$schema": "http://json-schema.org/draft-04/schema#"}
    assert bind({**draft, **LOOSE_OBJECT, "required": []}, "json").faults == ()


def test_the_model_is_shown_the_schema_as_it_was_given() -> None:
    given = {
        "type": "object",
        "properties": {"x": {"type": "float"}},
        "required": None,
        "additionalProperties": False,
    }
    assert make_tool(given).definition["function"]["parameters"] == given


def test_what_openapi_calls_nullable_may_be_null() -> None:
    schema = one({"type": "string", "nullable": True})
    assert bind(schema, "json", x=None).faults == ()
    assert bind(schema, x="null").arguments == {"x": None}
    assert bind(one({"type": "string"}), "json", x=None).faults != ()
    anything = {"type": "object", "properties": {"x": {"nullable": True, "minimum": 1}}}
    assert small_schema(anything) == "x (anything)"
    path = {"properties": {"path": {"type": "string"}}, "required": ["path"]}
    referred = {"$ref": "#/definitions/A", "definitions": {"A": {"type": "object", **path}}}
    assert small_schema(referred) == "path (a string, required)"
    more = {"allOf": [path, {"properties": {"deep": {"type": "boolean"}}}]}
    assert small_schema(more) == "path (a string, required), deep (true or false)"


@pytest.mark.parametrize("part", [{"$ref": "#/$defs/N"}, {"allOf": [{"$ref": "#/$defs/N"}]}, {"anyOf": [{"type": "string"}]}])  # fmt: skip
def test_nullable_may_stand_beside_a_reference_or_a_union(part: dict[str, Any]) -> None:
    schema = one({**part, "nullable": True}, **{"$defs": {"N": {"type": "string"}}})
    assert bind(schema, "json", x=None).faults == ()
    assert bind(schema, x="null").arguments == {"x": None}
    assert bind(schema, x="a").arguments == {"x": "a"}


@pytest.mark.parametrize(
    "schema",
    [{"type": "strng"}, {"type": 5}, {"minimum": "a"}, {"type": ["string", {"type": "integer"}]}, {"required": "x"}, {"required": [5]}, {"properties": [1]}, {"pattern": "("}, {"pattern": "a{99999999999}"}],
)  # fmt: skip
def test_a_schema_that_no_one_understands_is_refused(schema: Any) -> None:
    with pytest.raises(ToolDefinitionError, match="not a JSON Schema"):
        make_tool(one(schema))


def test_the_linter_says_that_a_schema_has_other_words() -> None:
    found = [finding.what for finding in check_tools([make_tool(one({"type": "float"}))])]
    assert any("not JSON Schema's" in what for what in found)
    found = [finding.what for finding in check_tools([make_tool(one({"type": "number"}))])]
    assert not any("not JSON Schema's" in what for what in found)


# --- patterns -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"^[\p{L}\p{N}_ -]+$", "Größe", "a!"),
        (r"^(?<year>\d{4})$", "2026", "26"),
        (r"^[\w-\.]+@[\w-]+\.\w+$", "a-b.c@d-e.org", "a b@c.org"),
        (r"^(?!no)\w+$", "yes", "nono"),
        (r"^[\\-]+$", "\\-", "a"),
    ],
)
def test_patterns_are_read_as_their_authors_meant_them(
    pattern: str, right: str, wrong: str
) -> None:
    schema = one({"type": "string", "pattern": pattern})
    assert bind(schema, x=right).faults == ()
    assert bind(schema, x=wrong).faults != ()


def test_a_pattern_for_names_may_speak_of_letters() -> None:
    schema = {"type": "object", "patternProperties": {r"^\p{Lu}": {"type": "integer"}}}
    assert bind(schema, Ä="5").arguments == {"Ä": 5}


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        ("^([a-z]{1,500}x?){1,500}$", "abc", "a" * 5_000 + "!"),
        (r"^(?!.*--)([a-z0-9]+-?)+$", "a-slug-of-words", "a" * 60 + "!"),
        (r"^(?!x)(a|aa)+$", "a" * 60, "a" * 60 + "!"),
        (r"(?=(a+)+$)a", "aaa", "a" * 60 + "b"),
    ],
)
def test_a_pattern_that_would_take_for_ever_is_given_up(
    pattern: str, right: str, wrong: str
) -> None:
    schema = one({"type": "string", "pattern": pattern})
    assert bind(schema, x=right).faults == ()
    assert bind(schema, x=wrong).faults != ()


def test_what_can_not_be_compared_in_time_is_no_exception_from_a_rule() -> None:
    schema = one({"not": {"pattern": "^(?!x)((a|aa)+$|.*!!$)"}})
    assert bind(schema, x="aa!!").faults != ()
    assert bind(schema, x="a" * 80 + "!!").faults != ()


@pytest.mark.parametrize(
    "pattern",
    ["a{1,1000000}", "a{10000000,}", "a{1000000}", "(a{990}){999}", "x(?:(ba{99}){99}c){99}"],
)
def test_a_pattern_that_repeats_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(ToolDefinitionError, match="not a JSON Schema"):
        make_tool(one({"type": "string", "pattern": pattern}))


@pytest.mark.parametrize(
    "twice",
    [
        lambda part: {"allOf": [part, dict(part)]},
        lambda part: {"if": part, "then": dict(part)},
        lambda part: {"not": {"not": {"allOf": [part, dict(part)]}}},
    ],
)
def test_what_a_schema_refers_to_again_and_again_is_looked_at_once(twice: Any) -> None:
    steps = {f"a{n}": twice({"$ref": f"#/$defs/a{n + 1}"}) for n in range(60)}
    schema = one({"$ref": "#/$defs/a0"}) | {"$defs": {**steps, "a60": {"type": "integer"}}}
    assert bind(schema, x=1).faults == ()


def test_the_faults_of_what_is_referred_to_twice_are_all_told_in_their_places() -> None:
    union = {"anyOf": [{"type": "integer", "minimum": 5}, {"type": "null"}]}
    size = {"type": "integer", "maximum": 5, "multipleOf": 2}
    schema = {
        "type": "object",
        "properties": {
            name: {"type": "array", "items": {"$ref": "#/$defs/part"}} for name in ("x", "y")
        },
        "$defs": {
            "part": {
                "type": "object",
                "properties": {"a": {"$ref": "#/$defs/size"}, "b": {"$ref": "#/$defs/union"}},
            },
            "size": size,
            "union": union,
        },
    }
    part = {"a": 7, "b": 3}  # the very same object, so that it would be known the second time
    faults = bind(schema, "json", x=[part, part], y=[part]).faults

    places = [f"{place}.{name}" for place in ("x[0]", "x[1]", "y[0]") for name in "aab"]
    assert sorted(fault.split(":")[0] for fault in faults) == places


def test_what_a_dynamic_reference_means_is_not_remembered() -> None:
    box = {"$id": "http://x/box", "properties": {"v": {"$ref": "#/$defs/w"}}}
    inner = {"w": {"$dynamicRef": "#T"}, "any": {"$dynamicAnchor": "T"}}
    kinds = {
        name: {"$id": f"http://x/{name}", "$ref": "box", "$defs": {"t": anchor}}
        for name, anchor in (
            ("ints", {"$dynamicAnchor": "T", "type": "integer"}),
            ("strs", {"$dynamicAnchor": "T", "type": "string"}),
        )
    }
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "http://x/ints"}, "b": {"$ref": "http://x/strs"}},
        "$defs": {"box": {**box, "$defs": inner}, **kinds},
    }

    assert len(bind(schema, "json", a={"v": 1}, b={"v": 1}).faults) == 1


def test_a_part_of_a_union_may_allow_nothing() -> None:
    schema = one({"anyOf": [False, {"type": "null"}]})
    assert bind(schema, x="5").faults != ()


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"^([\w+=,.@-]+/)*[\w+=,.@-]{1,512}$", "a/b-c", "a b"),
        (r"^([\w.-]{1,64})@([\w-]{1,63}\.){1,8}[a-z]{2,63}$", "a.b@c-d.org", "a.b@org"),
        (r"^(\w{1,100}\s?){1,100}$", "a b " * 40, "a b " * 40 + "!"),
        (r"^.{1,32768}$", "a" * 32_768, "a" * 32_769),
        (r"^[\s\S]{1,20000}$", "a b\n", "a" * 20_001),
        (r"^[\w.-]{1,100000}$", "a.b-c", "a b"),
        (r"^(\\w{1,9}){1,9}$", "\\w", "a"),
    ],
)
def test_a_large_pattern_is_read_in_a_moment(pattern: str, right: str, wrong: str) -> None:
    schema = one({"type": "string", "pattern": pattern})
    assert bind(schema, x=right).faults == ()
    assert bind(schema, x=wrong).faults != ()


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"^\<@!?\d+\>$", "<@123>", "@123"),
        (r"^[&&]+$", "&&", "a"),
        (r"^[~~]$", "~", "a"),
        (r"^[+--]+$", "+,-", "."),
        (r"^[[a]+$", "[a", "b"),
        (r"^[[:alpha:]]+$", "ab", ":"),
        (r"^[\]a]+$", "]a", "b"),
    ],
)
def test_a_pattern_means_what_it_means_in_javascript(pattern: str, right: str, wrong: str) -> None:
    schema = one({"type": "string", "pattern": pattern})
    assert bind(schema, x=right).faults == ()
    assert bind(schema, x=wrong).faults != ()


@pytest.mark.parametrize(
    ("part", "text", "value"),
    [
        ({"type": "object", "properties": []}, '{"a": 1}', {"a": 1}),
        ({"type": "array", "items": []}, "[1]", [1]),
        ({"type": "object", "required": {}}, "{}", {}),
        ({"type": ["integer", None]}, "5", 5),
        ({"type": "Hashtable"}, '{"a": 1}', {"a": 1}),
        ({"type": "Bigint"}, "5", 5),
        ({"type": "datetime"}, "2025-01-01", "2025-01-01"),
    ],
)
def test_what_php_yaml_and_java_write_is_understood(
    part: dict[str, Any], text: str, value: Any
) -> None:
    binding = bind(one(part), x=text)
    assert (binding.faults, binding.arguments) == ((), {"x": value})


@pytest.mark.parametrize("name", ["DateSent>", "DateSent<", "a\nb", " a", "a\x00"])
def test_a_parameter_that_no_tag_can_name_is_refused(name: str) -> None:
    with pytest.raises(ToolDefinitionError, match="Rename the parameter"):
        make_tool({"type": "object", "properties": {name: {"type": "string"}}})


@pytest.mark.parametrize(
    "extra",
    [
        {"example": {"properties": ["email"], "pattern": "x", "not": 1}},
        {"x-meta": {"properties": "a"}},
    ],
)
def test_the_linter_takes_an_example_for_no_schema(extra: dict[str, Any]) -> None:
    tool = make_tool(one({"type": "object", "description": "A body.", **extra}))
    assert not [each for each in check_tools([tool]) if "pattern" in each.what]


def test_a_long_list_of_a_union_is_checked_to_its_end() -> None:
    parts = [{"type": "object", "properties": {"v": {"type": t}}} for t in ("integer", "string")]
    cells = {
        "type": "array",
        "items": {"anyOf": [{"oneOf": [part, {"type": "null"}]} for part in parts]},
    }

    assert bind(one(cells), "json", x=[{"v": "a"}] * 3_000).faults == ()
    assert len(bind(one(cells), "json", x=[{"v": 1.5}] * 3_000).faults) == 21


@pytest.mark.parametrize(
    "extra",
    [
        {"$ref": "#node", "$defs": {"n": {"$dynamicAnchor": "node", "type": "integer"}}},
        {"type": "integer", "enumDescriptions": {"$ref": "#/nothing"}},
        {"type": "integer", "$defs": {"unused": {"$ref": "#/nothing"}}},
    ],
)
def test_a_reference_that_no_value_meets_may_lead_nowhere(extra: dict[str, Any]) -> None:
    definitions = extra.pop("$defs", {})
    assert bind(one(extra, **{"$defs": definitions}), "json", x=5).faults == ()


@pytest.mark.parametrize("union", ["anyOf", "oneOf"])
def test_unions_that_contain_themselves_are_looked_through_once(union: str) -> None:
    def part(operation: str) -> dict[str, Any]:
        inside = {"type": "array", "items": {"$ref": "#/$defs/rule"}}
        properties = {"op": {"const": operation}, "parts": inside}
        return {"type": "object", "properties": properties, "required": ["op", "parts"]}

    def nested(depth: int, inmost: Any) -> Any:
        return {"op": "all", "parts": [nested(depth - 1, inmost)] if depth else inmost}

    rules = {"rule": {union: [part(each) for each in ("any", "not", "all", "some")]}}
    schema = one({"$ref": "#/$defs/rule"}, **{"$defs": rules})

    assert bind(schema, "json", x=nested(40, [])).faults == ()
    assert bind(schema, "json", x=nested(40, 5)).faults != ()


def test_many_faults_are_told_in_a_few_lines() -> None:
    wrong = ["a"] * 200_000
    faults = bind(one({"type": "array", "items": {"type": "integer"}}), "json", x=wrong).faults
    assert len(faults) == 21
    assert (faults[0], faults[-1]) == ('x[0]: expected an integer, found "a"', "and more")
    unknown = {f"name_{number}": 1 for number in range(10_000)}
    strict = {**LOOSE_OBJECT, "additionalProperties": False}
    assert len(bind(strict, "json", **unknown).faults) == 21


@pytest.mark.parametrize(
    ("items", "are_unique"),
    [([1, True, "1", None, ["True", None]], True), ([1, 1.0], False), ([{"a": [1]}, {"a": [1.0]}], False), ([[1], [True]], True), ([*range(50_000), "a"], True)],
)  # fmt: skip
def test_items_are_compared_as_json(items: list[Any], are_unique: bool) -> None:
    schema = one({"type": "array", "uniqueItems": True})
    assert (bind(schema, "json", x=items).faults == ()) is are_unique


@pytest.mark.parametrize("depth", range(12))
def test_a_schema_that_refers_to_itself_for_ever_is_told(depth: int) -> None:
    endless = {"anyOf": [{"type": ["string", "null"]}, {"$ref": "#/$defs/A"}]}
    schema: dict[str, Any] = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}
    for _ in range(depth):
        schema = {"allOf": [schema]}
    faults = bind({**schema, "$defs": {"A": endless}}, "json", a=5).faults
    assert faults == ("the arguments, or the tool's schema, are nested too deeply",)


def test_a_reference_that_is_no_address_is_told() -> None:
    schema = one({"$ref": "http://[x"}, **{"$id": "http://here/r"})
    (fault,) = bind(schema, x="5").faults
    assert fault == "the tool's schema can't be followed: Invalid IPv6 URL"


def test_a_schema_of_too_many_steps_is_told() -> None:
    steps: dict[str, Any] = {
        f"s{n}": {"anyOf": [{"$ref": f"#/$defs/s{n + 1}"}, {"type": "null"}]} for n in range(300)
    }
    schema = one({"$ref": "#/$defs/s0"}, **{"$defs": {**steps, "s300": {"type": "integer"}}})
    faults = bind(schema, x="5").faults
    assert faults == ("the arguments, or the tool's schema, are nested too deeply",)


# --- faults of unions ---------------------------------------------------------------------------


def variant(kind: str, **members: Any) -> dict[str, Any]:
    properties = {"kind": {"const": kind}, **members}
    return {"type": "object", "properties": properties, "required": list(properties)}


def pair(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {} for name in names}, "required": list(names)}


VARIANTS = {"oneOf": [variant("cat", lives={"type": "integer"}), variant("dog", toys={"type": "array"})]}  # fmt: skip
LISTED_VARIANTS = {
    "anyOf": [
        {**pair("kind", "lives"), "properties": {"kind": {"enum": ["cat"]}, "lives": {}}},
        {**pair("kind", "toys"), "properties": {"kind": {"enum": ["dog", "wolf"]}, "toys": {}}},
    ]
}
COLOR = {"$defs": {"Color": {"type": "string", "enum": ["red", "blue"]}}}
NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("parameters", "arguments", "faults"),
    [
        (one({"anyOf": [{"$ref": "#/$defs/Color"}, NULL]}, **COLOR), {"x": "green"}, ['x: expected one of "red", "blue" or null, found "green"']),
        (one({"anyOf": [{"type": "integer", "minimum": 1}, NULL]}), {"x": "0"}, ["x: expected 1 or more, found 0"]),
        (one(VARIANTS), {"x": '{"kind": "dog", "toys": 5}'}, ["x.toys: expected a JSON array, found 5"]),
        (one(VARIANTS), {"x": '{"kind": "cat"}'}, ["x.lives: required, but missing"]),
        (one(VARIANTS), {"x": '{"kind": "cow"}'}, ['x.kind: expected one of "cat", "dog", found "cow"']),
        (one(VARIANTS), {"x": "5"}, ['x: expected a JSON object, found "5"']),
        ({"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, ["a: required, but missing or b: required, but missing"]),
        (one({"oneOf": [{"type": "integer"}, {"type": "number"}]}), {"x": "5"}, ["x: fits more than one of an integer or a number: 5"]),
        (one({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "string"}}]}), {"x": "[1]"}, ["x[0]: expected a string, found 1"]),
        (one({"type": "integer", "enum": [10, 20]}), {"x": "15"}, ["x: expected one of 10, 20, found 15"]),
        ({"type": "object", "allOf": [{"properties": {"a": {"type": "integer"}}}], "unevaluatedProperties": False}, {"a": "1", "zzz": "2"}, ["zzz: no such parameter; there are a"]),
        (one(False), {"x": "5"}, ['x: may not be given, found "5"']),
        (one({"not": {}}), {"x": "5"}, ['x: may not be given, found "5"']),
        (one({"anyOf": [{"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}}, {"type": "object", "required": ["path"], "properties": {"path": {"type": "string"}}}]}), {"x": '{"path": 5}'}, ["x: fits none of the choices; nearest: x.path: expected a string, found 5"]),
        (one(LISTED_VARIANTS), {"x": '{"kind": "cat", "toys": 1}'}, ["x.lives: required, but missing"]),
        (one(LISTED_VARIANTS), {"x": '{"kind": "cow", "toys": 1}'}, ['x.kind: expected one of "cat", "dog", "wolf", found "cow"']),
        (one(LISTED_VARIANTS), {"x": '{"toys": 1}'}, ['x.kind: required, but missing: one of "cat", "dog", "wolf"']),
        (one({"anyOf": [{"type": "array"}, {"type": "null"}]}), {"x": "[1, 2"}, ["x: expected a JSON array or null, found \"[1, 2\": expecting ',' delimiter at character 5"]),
        (one({"prefixItems": [{"type": "integer"}]}), {"x": '["a"]'}, ['x[0]: expected an integer, found "a"']),
        (one({"additionalProperties": {"type": "integer"}}), {"x": '{"a": "b"}'}, ['x.a: expected an integer, found "b"']),
        (one({"type": "array", "items": {"type": "integer"}}), {"x": json.dumps([0, "a", *range(8), "b"])}, ['x[1]: expected an integer, found "a"', 'x[10]: expected an integer, found "b"']),
        ({"$schema": "http://json-schema.org/draft-03/schema#", "properties": {"x": {"type": [{"type": "integer"}, "null"]}}}, {"x": "a"}, ['x: expected an integer or null, found "a"']),
        (one({"type": "string", "enum": ["q"], "nullable": True}), {"x": "null"}, []),
        ({"type": "object", "properties": {"a": {}, "b": {}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": "1", "b": "2"}, ['expected only one of a or b to be given, found: {"a": "1", "b": "2"}']),
        (one({"anyOf": [pair("a", "b"), pair("c", "d")]}), {"x": "{}"}, ["x: required, but missing: a, b or x: required, but missing: c, d"]),
        (one({"anyOf": [variant("cat", lives={"type": "integer"}), variant("cat", toys={"type": "array"})]}), {"x": '{"kind": "cat", "lives": "a", "toys": 1}'}, ['x: fits none of the choices; nearest: x.lives: expected an integer, found "a"']),
        (one({"anyOf": [{"enum": ["Red", "Blue"]}, NULL]}), {"x": "red"}, ['x: expected one of "Red", "Blue" or null, found "red"; did you mean "Red"?']),
        (one({"anyOf": [{"enum": list(range(30))}, {"enum": ["a"]}]}), {"x": "30"}, [f'x: expected one of {", ".join(map(str, range(20)))}, … or one of "a", found "30"']),
    ],
)  # fmt: skip
def test_a_fault_of_a_union_says_what_was_meant(
    parameters: dict[str, Any], arguments: dict[str, Any], faults: list[str]
) -> None:
    assert list(bind(parameters, **arguments).faults) == faults


DRAFT_04 = {"$schema": "http://json-schema.org/draft-04/schema#"}
DRAFT_07 = {"$schema": "http://json-schema.org/draft-07/schema#"}


@pytest.mark.parametrize(
    ("parameters", "arguments", "faults"),
    [
        (one({"type": "object", "propertyNames": {"enum": ["red", "blue"]}}), {"x": '{"purple": 1}'}, ['x: in the names of its members, expected one of "red", "blue", found "purple"']),
        (one({"type": "object", "properties": {"propertyNames": {"type": "string"}}}), {"x": '{"propertyNames": 1}'}, ["x.propertyNames: expected a string, found 1"]),
        ({"type": "object", "patternProperties": {"^x-": {}}, "additionalProperties": False}, {"q": "1"}, ['q: no such parameter; there are names that match "^x-"']),
        (one({"type": "number", "minimum": 0, "exclusiveMinimum": True}, **DRAFT_04), {"x": "0"}, ["x: expected more than 0, found 0"]),
        (one({"type": "number", "minimum": 0, "exclusiveMinimum": False}, **DRAFT_04), {"x": "-1"}, ["x: expected 0 or more, found -1"]),
        (one({}, dependencies={"x": ["y"]}, **DRAFT_07), {"x": "0"}, ["y: required if x is given, but missing"]),
        (one({"type": "array", "items": [{}], "additionalItems": False}, **DRAFT_07), {"x": "[1, 2]"}, ["x: expected no more items, found [1, 2]"]),
        (one({"type": "array", "prefixItems": [{}], "items": False}), {"x": "[1, 2]"}, ["x: expected no more items, found [1, 2]"]),
    ],
)  # fmt: skip
def test_a_fault_says_what_a_rarer_rule_wants(
    parameters: dict[str, Any], arguments: dict[str, Any], faults: list[str]
) -> None:
    assert list(bind(parameters, **arguments).faults) == faults


# --- values that several parts of a schema speak of ---------------------------------------------


def case(kind: str, type_name: str) -> dict[str, Any]:
    return {"properties": {"k": {"const": kind}, "x": {"type": type_name}}, "required": ["k", "x"]}


@pytest.mark.parametrize(
    ("parameters", "arguments", "typed"),
    [
        ({"type": "object", "oneOf": [case("a", "integer"), case("b", "string")]}, {"k": "b", "x": "5"}, {"k": "b", "x": "5"}),
        ({"type": "object", "oneOf": [case("a", "integer"), case("b", "string")]}, {"k": "a", "x": "5"}, {"k": "a", "x": 5}),
        ({"type": "object", "properties": {"n": {"description": "c"}}, "allOf": [{"properties": {"n": {"type": "integer"}}}]}, {"n": "5"}, {"n": 5}),
        ({"type": "object", "properties": {"k": {"type": "string"}, "v": {}}, "if": {"properties": {"k": {"const": "int"}}}, "then": {"properties": {"v": {"type": "integer"}}}}, {"k": "int", "v": "5"}, {"k": "int", "v": 5}),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "dependentSchemas": {"a": {"properties": {"b": {"type": "integer"}}}}}, {"a": "x", "b": "5"}, {"a": "x", "b": 5}),
        (one({"type": "integer", "anyOf": [{"enum": [1, 2]}, {"minimum": 10}]}), {"x": "15"}, {"x": 15}),
        (one({"type": "string", "anyOf": [{"const": "auto"}, {"pattern": r"^\d+$"}]}), {"x": "15"}, {"x": "15"}),
    ],
)  # fmt: skip
def test_the_whole_schema_decides_what_a_text_means(
    parameters: dict[str, Any], arguments: dict[str, Any], typed: dict[str, Any]
) -> None:
    binding = bind(parameters, **arguments)
    assert (binding.arguments, binding.faults) == (typed, ())


# --- signatures ---------------------------------------------------------------------------------


def bind_signature(tool: Tool, **arguments: Any) -> Binding:
    return tool.bind(ToolCall(id="1", name=tool.name, arguments=arguments, dialect="json"))


def test_a_default_that_is_a_field_says_what_the_parameter_is() -> None:
    @agentkit.tool
    def find(
        query: str = Field(description="words", min_length=2), count: int = Field(5, ge=1, le=10)
    ) -> str:
        "Find it."
        return query * count

    assert find.parameters == {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "words", "minLength": 2},
            "count": {"type": "integer", "default": 5, "minimum": 1, "maximum": 10},
        },
        "required": ["query"],
        "additionalProperties": False,
    }
    assert bind_signature(find).faults == ("query: required, but missing",)
    assert bind_signature(find, query="ab", count=99).faults != ()
    assert bind_signature(find, query="ab").keywords == {"query": "ab", "count": 5}


def test_a_default_that_only_pydantic_knows_is_passed_on() -> None:
    @agentkit.tool
    def find(
        tags: Annotated[list[str], Field(default_factory=list)],
        count: Annotated[int, Field(default=3)],
        *,
        sort: bool = False,
    ) -> str:
        "Find it."
        return ""

    assert bind_signature(find).keywords == {"tags": [], "count": 3}


class Strictly(BaseModel):
    model_config = ConfigDict(strict=True)
    day: datetime.date
    names: set[str]


def test_strict_types_take_what_json_can_say_of_them() -> None:
    @agentkit.tool
    def find(what: Strictly, path: Annotated[Path, Strict()]) -> str:
        "Find it."
        return ""

    binding = bind_signature(find, what={"day": "2026-01-02", "names": ["a"]}, path="a/b")
    wanted = Strictly(day=datetime.date(2026, 1, 2), names={"a"})
    assert binding.keywords == {"what": wanted, "path": Path("a/b")}
    (fault,) = bind_signature(find, what={"day": "2026-13-02", "names": ["a"]}, path="a/b").faults
    assert fault.startswith("what.day: ")


def test_a_pattern_in_a_signature_is_pydantics() -> None:
    @agentkit.tool
    def greet(name: Annotated[str, Field(pattern=r"^\p{L}+$")]) -> str:
        "Greet someone."
        return name

    assert bind_signature(greet, name="Jürgen").faults == ()
    assert bind_signature(greet, name="5").faults != ()
    with pytest.raises(ToolDefinitionError, match="look-around"):

        @agentkit.tool
        def wave(name: Annotated[str, Field(pattern="^(?!no)")]) -> str:
            "Wave to someone."
            return name


@pytest.mark.parametrize("more", [{"required": True}, {"examples": "x"}, {"title": None}, {"type": "int"}, {"minimum": 0, "exclusiveMinimum": True}])  # fmt: skip
def test_an_author_may_add_words_of_other_dialects(more: dict[str, Any]) -> None:
    @agentkit.tool
    def find(count: Annotated[int, Field(json_schema_extra=more)]) -> str:
        "Find it."
        return ""

    assert bind_signature(find, count=5).faults == ()
    assert bind_signature(find, count="a").faults != ()


def test_a_default_that_json_has_no_word_for_is_not_shown() -> None:
    @agentkit.tool
    def wait(seconds: float = math.inf) -> str:
        "Wait for a while."
        return ""

    assert wait.parameters["properties"] == {"seconds": {"type": "number"}}


# --- where schemas are used ---------------------------------------------------------------------


def test_requests_are_made_for_lists_whose_places_differ() -> None:
    pair = {"type": "array", "items": [{"type": "number"}, {"type": "boolean"}]}
    draft = {"$schema": "http://json-schema.org/draft-07/schema#"}
    for parameters in (one(pair), one(pair, **draft)):
        (request, *_) = make_requests(make_tool(parameters), 2)
        assert [type(item) for item in request.arguments["x"]] == [float, bool]


def test_a_word_of_another_dialect_leaves_the_other_checks_on() -> None:
    parameters = {
        "type": "dict",
        "properties": {"p": {"type": "any"}, "q": {"type": "Integer"}},
        "required": ["q"],
    }
    call = "<tool_call>\n<function=f>\n<parameter=p>\nfoo\n</parameter>\n</function>\n</tool_call>"
    answer = parse_line({"tools": [{"name": "f", "parameters": parameters}], "raw": call})
    assert [problem["message"] for problem in answer["problems"]] == ["f: q: required, but missing"]
