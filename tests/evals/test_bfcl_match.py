"""The rules by which a call counts as right, on cases made by hand."""

from typing import Any

import bfcl_match as match
import pytest

from agentkit import Tool

WEATHER = {
    "name": "get.weather",
    "description": "Weather of a place.",
    "parameters": {
        "type": "dict",
        "properties": {
            "place": {"type": "string"},
            "days": {"type": "integer"},
            "above": {"type": "float"},
            "short": {"type": "boolean"},
            "parts": {"type": "array", "items": {"type": "string"}},
            "point": {"type": "tuple", "items": {"type": "float"}},
            "options": {"type": "dict"},
            "stops": {"type": "array", "items": {"type": "dict"}},
            "other": {"type": "any"},
        },
        "required": ["place"],
    },
}
OPEN = {"name": "open", "parameters": {"type": "dict", "properties": {}, "required": []}}


def weather_fault(given: dict[str, Any], allowed: dict[str, Any]) -> str | None:
    fault: str | None = match.fault([("get.weather", given)], [{"get.weather": allowed}], [WEATHER])
    return fault


OSLO = {"place": "Oslo"}
RIGHT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (OSLO, {"place": ["Oslo"]}),
    ({"place": "new york-NY."}, {"place": ["New York, NY"]}),
    (OSLO, {"place": ["Oslo"], "days": ["", 3]}),
    (OSLO | {"days": 3}, {"place": ["Oslo"], "days": ["", 3]}),
    (OSLO | {"above": 5}, {"place": ["Oslo"], "above": [5.0]}),
    (OSLO | {"short": False}, {"place": ["Oslo"], "short": [False]}),
    (
        OSLO | {"parts": ["Rain", "wind"]},
        {"place": ["Oslo"], "parts": [["wind"], ["rain", "wind"]]},
    ),
    (OSLO | {"point": [1, 2.5]}, {"place": ["Oslo"], "point": [[1.0, 2.5]]}),
    (
        OSLO | {"options": {"unit": "celsius"}},
        {"place": ["Oslo"], "options": [{"unit": ["C", "Celsius"], "hours": ["", 3]}]},
    ),
    (
        OSLO | {"stops": [{"at": "A"}, {"at": "B"}]},
        {"place": ["Oslo"], "stops": [[{"at": ["A"]}, {"at": ["b"]}]]},
    ),
    (OSLO | {"days": "count"}, {"place": ["Oslo"], "days": ["count"]}),
    (OSLO | {"other": "x"}, {"place": ["Oslo"], "other": ["x"]}),
    (OSLO | {"options": {}}, {"place": ["Oslo"], "options": ["", {}]}),
]
WRONG: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"place": ["Oslo"]}, "place is missing"),
    ({"place": "Rome"}, {"place": ["Oslo"]}, "expected 'Oslo', found 'Rome'"),
    (OSLO, {"place": ["Oslo"], "days": [3]}, "days was left out"),
    (OSLO | {"days": 4}, {"place": ["Oslo"], "days": ["", 3]}, "days: expected"),
    (OSLO | {"days": 3}, {"place": ["Oslo"]}, "days was not expected"),
    (OSLO | {"days": 3.0}, {"place": ["Oslo"], "days": [3]}, "expected integer"),
    (OSLO | {"days": "3"}, {"place": ["Oslo"], "days": [3]}, "expected integer"),
    (OSLO | {"days": True}, {"place": ["Oslo"], "days": [1]}, "expected integer"),
    (OSLO | {"short": "false"}, {"place": ["Oslo"], "short": [False]}, "expected boolean"),
    (OSLO | {"parts": ["wind", "rain"]}, {"place": ["Oslo"], "parts": [["rain", "wind"]]}, "parts"),
    (OSLO | {"parts": [1]}, {"place": ["Oslo"], "parts": [["1"]]}, "parts"),
    (OSLO | {"options": {"hue": 1}}, {"place": ["Oslo"], "options": [{"unit": [""]}]}, "options"),
    (OSLO | {"options": {}}, {"place": ["Oslo"], "options": [{"unit": ["C"]}]}, "options"),
    (OSLO | {"stops": []}, {"place": ["Oslo"], "stops": [[{"at": ["A"]}]]}, "stops"),
]


@pytest.mark.parametrize(("given", "allowed"), RIGHT)
def test_a_call_within_the_answers_is_right(given: dict[str, Any], allowed: dict[str, Any]) -> None:
    assert weather_fault(given, allowed) is None


@pytest.mark.parametrize(("given", "allowed", "reason"), WRONG)
def test_a_call_outside_the_answers_is_wrong_and_says_why(
    given: dict[str, Any], allowed: dict[str, Any], reason: str
) -> None:
    assert reason in (weather_fault(given, allowed) or "")


def test_parallel_calls_match_in_any_order_and_each_answer_once() -> None:
    answers = [{"get.weather": {"place": ["Oslo"]}}, {"get.weather": {"place": ["Rome"]}}]
    oslo, rome = ("get.weather", {"place": "Oslo"}), ("get.weather", {"place": "Rome"})

    assert match.fault([rome, oslo], answers, [WEATHER]) is None
    assert match.fault([oslo, oslo], answers, [WEATHER]) is not None
    assert match.fault([oslo], answers, [WEATHER]) == "expected 2 calls, found 1"
    assert match.fault([oslo, rome, rome], answers, [WEATHER]) == "expected 2 calls, found 3"


def test_another_function_is_wrong() -> None:
    assert match.fault([("open", {})], [{"get.weather": {}}], [OPEN, WEATHER]) == (
        "expected a call of get.weather, found open"
    )


def test_types_become_those_of_json_schema() -> None:
    schema = match.parameters(WEATHER)
    types = {name: part.get("type") for name, part in schema["properties"].items()}

    assert schema["type"] == "object"
    assert types == {
        "place": "string",
        "days": "integer",
        "above": "number",
        "short": "boolean",
        "parts": "array",
        "point": "array",
        "options": "object",
        "stops": "array",
        "other": None,
    }
    assert schema["properties"]["point"]["items"] == {"type": "number"}
    assert Tool.from_schema(print, name="w", description="", parameters=schema)


def test_java_and_javascript_values_are_asked_for_as_text() -> None:
    properties = {"size": {"type": "long"}, "names": {"type": "Array", "items": {"type": "String"}}}
    function = {"name": "f", "parameters": {"type": "dict", "properties": properties}}
    shown = match.parameters(function, "java")["properties"]

    assert {part["type"] for part in shown.values()} == {"string"}
    assert "Java long type parameter in string representation" in shown["size"]["description"]
    assert "of type String" in shown["names"]["description"]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("42", "integer", 42),
        ("42L", "long", 42),
        ("0.5", "double", 0.5),
        ("1.5f", "float", 1.5),
        ("true", "boolean", True),
        ("limit", "integer", "limit"),
        ("taskQueue", "String", "taskQueue"),
        ('new String[]{"a", "b"}', "Array", ["a", "b"]),
        ('Arrays.asList("a", "b")', "ArrayList", ["a", "b"]),
        ('new ArrayList<String>(Arrays.asList("a", "b"))', "ArrayList", ["a", "b"]),
        ('new HashMap<String, String>() {{ put("k", "v"); }}', "HashMap", {"k": "v"}),
        ('{"k": "v"}', "HashMap", {"k": "v"}),
        ("{k: 'v', n: true}", "dict", {"k": "v", "n": True}),
        ("[[10, 15], [20, 25]]", "array", [[10, 15], [20, 25]]),
        ("someList", "array", "someList"),
        ("anything", "any", "anything"),
    ],
)
def test_source_text_is_read_by_its_type(text: str, kind: str, value: object) -> None:
    assert match.read_source(text, kind) == value


def test_values_in_source_text_are_compared_as_what_they_mean() -> None:
    properties = {"size": {"type": "long"}, "list": {"type": "ArrayList"}, "call": {"type": "any"}}
    function = {"name": "f", "parameters": {"type": "dict", "properties": properties}}
    answers = [{"f": {"size": [42], "list": ["", ["a"]], "call": ["run"]}}]
    given = {"size": "42L", "list": 'List.of("a")', "call": "run"}

    assert match.fault([("f", given)], answers, [function], "java") is None
    assert match.fault([("f", given | {"size": "43"})], answers, [function], "java")
    assert match.fault([("f", given | {"size": 42})], answers, [function], "java")
