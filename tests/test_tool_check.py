"""What makes small models go wrong is found, and a calm definition is left alone."""

from typing import Any

import pytest
from pydantic import BaseModel, RootModel

from agentkit import Tool, load_tools, tool
from agentkit.tool_check import check_tools
from agentkit.tool_requests import make_requests


def made(parameters: dict[str, Any], **more: Any) -> Tool:
    given = {"name": "find_things", "description": "Find things by name.", **more}
    return Tool.from_schema(print, parameters={"type": "object", **parameters}, **given)


TEXT = {"type": "string", "description": "what to look for"}
ONE = {"n": {"enum": [1]}}


def test_a_calm_definition_has_no_findings() -> None:
    assert check_tools([made({"properties": {"text": TEXT}, "required": ["text"]})]) == ()


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        (made({}, description="Find."), "description is missing or too short"),
        (made({}, name="find.things"), "servers may refuse it"),
        (made({"properties": {"text": {"type": "string"}}}), "without a description: text"),
        (made({"properties": {"a b": TEXT}}), "hard to write: 'a b'"),
        (made({"properties": {f"p{n}": TEXT for n in range(6)}}), "6 optional parameters"),
        (made({"properties": {"any": {"description": "anything"}}}), "of any type: any"),
        (made({"properties": {"x": TEXT | {"type": ["string", "null"]}}}), "may be null: x"),
        (
            made({"properties": {"x": {"anyOf": [TEXT, {"type": "null"}], "description": "x"}}}),
            "may be null: x",
        ),
        (made({"properties": {"x": TEXT | {"pattern": "^a"}}}), "refuse or ignore: pattern"),
        *(
            (made({"properties": {"x": {"description": "x", **part}}}), "any shape: x")
            for part in (
                {"type": "object"},
                {"type": "object", "properties": {}, "additionalProperties": {}},
                {"type": ["object", "null"]},
                {"type": "array", "items": {"type": "object"}},
            )
        ),
        (made({"properties": {"x": TEXT | {"type": "integer", "default": "ten"}}}), "refuse: x"),
        (
            made({"properties": {"x": {"$ref": "#/$defs/n", "default": 2}}, "$defs": ONE}),
            "refuse: x",
        ),
        (
            made({"properties": {"x": {"description": "x", "properties": {
                "y": {"properties": {"z": TEXT}}}}}}),
            "objects inside objects",
        ),
        (made({"properties": {"x": TEXT | {"description": "word " * 300}}}), "tokens in every"),
    ],
)  # fmt: skip
def test_what_is_hard_for_a_small_model_is_found(tool: Tool, words: str) -> None:
    assert any(words in finding.what for finding in check_tools([tool]))


def test_a_required_null_and_a_description_behind_a_reference_are_left_alone() -> None:
    level = {"type": "string", "description": "How loud."}
    schema = {
        "properties": {
            "x": TEXT | {"type": ["string", "null"]},
            "level": {"$ref": "#/$defs/Level"},
        },
        "required": ["x"],
        "$defs": {"Level": level},
    }

    assert not [finding.what for finding in check_tools([made(schema)])]


def test_a_parameter_called_like_a_keyword_is_no_keyword() -> None:
    tool = made({"properties": {"pattern": TEXT, "not": TEXT}})

    assert not any("keywords" in finding.what for finding in check_tools([tool]))


@pytest.mark.parametrize(
    "part",
    [
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"type": "object", "properties": {"a": TEXT}},
        {"type": "object", "additionalProperties": False},
        {"type": "array", "items": {"type": "object", "properties": {"a": TEXT}}},
        {"type": "integer", "default": 10},
        {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        {"$ref": "#/$defs/n", "default": 1},
        {"$ref": "#/properties/one", "default": 1},
    ],
)
def test_a_default_that_fits_and_an_object_that_is_described_are_left_alone(
    part: dict[str, Any],
) -> None:
    others = {"one": {"type": "integer"}}
    tool = made({"$defs": ONE, "properties": {"x": part | {"description": "x"}, **others}})

    words = " ".join(finding.what for finding in check_tools([tool]))
    assert "any shape" not in words
    assert "default" not in words


def test_names_that_are_easily_confused_are_found() -> None:
    tools = [made({}, name="get_user"), made({}, name="getUser"), made({}, name="delete_order")]
    findings = [(finding.tool, finding.what) for finding in check_tools(tools)]

    assert findings == [("getUser", "its name is easily taken for get_user")]


def test_the_shipped_tools_are_short_and_have_plain_names() -> None:
    whats = " ".join(finding.what for finding in check_tools(load_tools().values()))

    assert "tokens" not in whats
    assert "name" not in whats


class Filter(BaseModel):
    """What a list is narrowed down by."""

    field: str = ""
    all_of: list["Filter"] = []
    any_of: list["Filter"] = []
    none_of: list["Filter"] = []
    both: "Filter | None" = None
    either: "Filter | None" = None
    neither: "Filter | None" = None
    other: "Filter | None" = None


class Tree(RootModel[list["Tree"]]):
    """A tree of nothing but branches."""


def test_types_that_contain_themselves_are_checked_in_a_moment() -> None:
    @tool
    def find(by: Filter, tree: Tree) -> None:
        """Find what fits a filter."""

    assert any("objects inside objects" in each.what for each in check_tools([find]))


def test_a_reference_to_another_parameter_is_followed() -> None:
    day = {"type": "string", "format": "date", "description": "as 2026-05-01"}
    parameters = {"start": day, "end": {"$ref": "#/properties/start"}}
    book = made({"properties": parameters, "required": list(parameters)})

    assert not [each for each in check_tools([book]) if "any type" in each.what]
    (request,) = make_requests(book, 1)
    assert set(request.arguments) >= {"start", "end"}
