"""Constrained calls: whatever is drawn under the mask can be read, names a tool, and binds."""

from __future__ import annotations

import datetime
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from agentkit import ConfigError, LocalModel, Sampling, Tool, ToolResult, Toolset, User, tool
from agentkit.events import CallRead
from agentkit.long_results import callable_tools
from agentkit.messages import ToolCall
from agentkit.models.local_grammar import CallGuide, CallGuides
from agentkit.models.local_tokens import TextDecoder, Vocabulary
from agentkit.models.nano import weights_folder
from agentkit.qwen.parser import Parser
from agentkit.qwen.prompt import Segment, render
from agentkit.reply import Reply

VOCABULARY = Vocabulary(weights_folder())
GUIDES = CallGuides(VOCABULARY)
OPEN, CLOSE = VOCABULARY.control["<tool_call>"], VOCABULARY.control["</tool_call>"]


class Address(BaseModel):
    street: str
    number: int | None = None


class Item(BaseModel):
    sku: str
    count: int
    weight: float = 1.0
    to: Address | None = None


class Folder(BaseModel):
    name: str
    folders: list[Folder] = []


@tool
def now() -> str:
    """No parameters."""
    return ""


@tool
def scalars(text: str, count: int, ratio: float, loud: bool, day: datetime.date) -> str:
    """One of each."""
    return text


@tool
def unions(
    unit: Literal["kg", "short ton"],
    level: Literal[1, 2, "high"] | None,
    size: int | None,
    note: str | None = None,
    key: int | str = 0,
    anything: Any = None,
) -> str:
    """Values of several types."""
    return unit


@tool
def order(items: list[Item], to: Address, pair: tuple[int, str], urgent: bool = False) -> str:
    """Nested values."""
    return ""


@tool
def tree(root: Folder, depth: int = 1) -> str:
    """A schema that refers to itself."""
    return ""


@tool
def many(a: int, b: int, c: int, d: int = 0, e: int = 0, f: int = 0, g: int = 0) -> str:
    """More than are tracked."""
    return ""


TOOLS = Toolset([now, scalars, unions, order, tree, many])


def schema_tool(parameters: Mapping[str, Any], name: str = "f") -> Tool:
    return Tool.from_schema(lambda **_: "", name=name, description="A tool.", parameters=parameters)


def one(**properties: Any) -> Toolset:
    """A tool with these parameters, all of them required."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return Toolset([schema_tool(schema)])


def allowed(guide: CallGuide) -> list[int]:
    """The ids that may come next; a model's vocabulary may be larger than its tokenizer's."""
    masked = guide.mask(torch.zeros(VOCABULARY.size))
    numbers: list[int] = torch.isfinite(masked).nonzero().flatten().tolist()
    return numbers


def ids_of(text: str) -> list[int]:
    return VOCABULARY.encode([Segment(text, False)])


ENDINGS = [ids_of(text) for text in ("\n</parameter>\n", "</function>\n", '"', "}", "]")]


def draw_call(tools: Toolset, seed: int) -> list[int]:
    """The ids of a call drawn at random under the mask; after a while it is led to its end."""
    draw = random.Random(seed)
    guide = GUIDES(tools, False)
    guide.accept(OPEN)
    ids, plan = [OPEN], list[int]()
    while ids[-1] != CLOSE:
        options = allowed(guide)
        if not plan and (len(ids) > 40 or draw.random() < 0.2):
            ways = [way for way in ([CLOSE], *ENDINGS) if way[0] in options]
            plan = list(draw.choice(ways)) if ways else []
        if plan and plan[0] not in options:
            plan = []
        number = plan.pop(0) if plan else draw.choice(options)
        ids.append(number)
        guide.accept(number)
        assert len(ids) < 2_000
    return ids


def read(ids: Sequence[int], tools: Toolset) -> list[Any]:
    """What the parser makes of ids, as in the engine."""
    parser, decoder = Parser(tools.parameters, thinking=False, exact=True), TextDecoder(VOCABULARY)
    events = []
    for number in ids:
        text = VOCABULARY.control_text(number)
        if text is None:
            events += parser.feed(decoder.decode(number))
        else:
            events += parser.feed(decoder.flush()) + parser.feed(text, control=True)
    return [*events, *parser.feed(decoder.flush()), *parser.close()]


def text_of(ids: Sequence[int]) -> str:
    pieces = ((VOCABULARY.control_text(n) or "").encode() or VOCABULARY.token_bytes(n) for n in ids)
    return b"".join(pieces).decode(errors="replace")


def faults(tools: Toolset, call: CallRead) -> tuple[str, ...]:
    bound = ToolCall(id="1", name=call.name, arguments=call.arguments, dialect=call.dialect)
    return tools[call.name].bind(bound).faults


def in_form(found: Sequence[str]) -> list[str]:
    """What is wrong beside measures of a value: cut by force it would be another one."""
    measured = r"expected (an integer|a number)|as an integer|date|time|pattern"
    return [line for line in found if not re.search(measured, line)]


def accepts(tools: Toolset, text: str) -> bool:
    """Whether a whole call can be written, as the tokenizer would write it."""
    ids = VOCABULARY.encode([Segment("<tool_call>", True), Segment(text, False)])
    guide = GUIDES(tools, False)
    for number in [*ids, CLOSE]:
        if number != OPEN and number not in allowed(guide):
            return False
        guide.accept(number)
    return True


def template(name: str, arguments: Mapping[str, Any]) -> str:
    """What the official template writes between the two control tokens."""
    call = {"name": name, "arguments": arguments}
    chat = [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [call]}]
    return render(chat).partition("<tool_call>")[2].rpartition("</tool_call>")[0]


def parameter(value: str) -> str:
    return f"\n<function=f>\n<parameter=x>\n{value}\n</parameter>\n</function>\n"


@pytest.mark.parametrize("name", list(TOOLS))
def test_whatever_is_drawn_under_the_mask_is_a_call_that_binds(name: str) -> None:
    tools = Toolset([TOOLS[name]])
    for seed in range(25):
        ids = draw_call(tools, seed)
        (event,) = read(ids, tools)

        assert isinstance(event, CallRead), (text_of(ids), event)
        assert event.name == name
        assert not in_form(faults(tools, event)), text_of(ids)


def test_every_tool_can_be_called_and_no_other() -> None:
    names = {read(draw_call(TOOLS, seed), TOOLS)[0].name for seed in range(80)}

    assert names == set(TOOLS)
    assert accepts(TOOLS, template("now", {}))
    assert not accepts(TOOLS, template("later", {}))


ADDRESSES = st.fixed_dictionaries(
    {"street": st.text('ab é<"\n')}, optional={"number": st.none() | st.integers()}
)
FOLDERS: st.SearchStrategy[Any] = st.recursive(
    st.fixed_dictionaries({"name": st.text("ab é")}),
    lambda inner: st.fixed_dictionaries({"name": st.just("n"), "folders": st.lists(inner)}),
    max_leaves=4,
)
ITEMS = st.fixed_dictionaries(
    {"sku": st.text("ab{}[],:"), "count": st.integers(-(10**20), 10**20)},
    optional={"weight": st.floats(allow_nan=False, allow_infinity=False, width=16)},
)
CALLS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "now": st.just({}),
    "scalars": st.fixed_dictionaries(
        {
            "text": st.text("ab é<>/=\n\"'", max_size=30) | st.just("</parameter x"),
            "count": st.integers(-(10**30), 10**30),
            "ratio": st.floats(-1e200, 1e200) | st.integers(-5, 5),
            "loud": st.booleans(),
            "day": st.dates().map(str),
        }
    ),
    "unions": st.fixed_dictionaries(
        {
            "unit": st.sampled_from(["kg", "short ton"]),
            "level": st.sampled_from([1, 2, "high", None]),
            "size": st.none() | st.integers(0, 99),
        },
        optional={"note": st.none() | st.text("ab"), "key": st.just(5) | st.text("ab")},
    ),
    "order": st.fixed_dictionaries(
        {
            "items": st.lists(ITEMS, max_size=3),
            "to": ADDRESSES,
            "pair": st.tuples(st.integers(), st.text("ab")).map(list),
        },
        optional={"urgent": st.booleans()},
    ),
    "tree": st.fixed_dictionaries({"root": FOLDERS}, optional={"depth": st.integers(0, 9)}),
    "many": st.fixed_dictionaries(
        dict.fromkeys("abc", st.just(1)), optional=dict.fromkeys("defg", st.just(2))
    ),
}


@pytest.mark.parametrize("name", list(CALLS))
def test_what_the_template_writes_for_a_valid_call_is_allowed_in_any_order(name: str) -> None:
    @settings(max_examples=25, deadline=None, database=None)
    @given(arguments=CALLS[name], order=st.randoms(use_true_random=False))
    def check(arguments: dict[str, Any], order: random.Random) -> None:
        keys = list(arguments)
        order.shuffle(keys)
        keys.sort(key=lambda key: key == "g")  # one more than is tracked: it comes last
        text = template(name, {key: arguments[key] for key in keys})

        assert accepts(TOOLS, text), text

    check()


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer"}, ["5", "-12", "2.5", "5 million"], ["five", "+5", "", " 5"]),
        ({"type": "number"}, ["5", "0.5", "1e-07", "1e+16", "1,500.75"], [".5", "NaN"]),
        ({"type": "boolean"}, ["True", "false"], ["yes", "TRUE", "1", '"true"']),
        ({"type": "null"}, ["None", "null"], ["nil"]),
        ({"enum": ["a b", 1, None]}, ["a b", "1", "None", "null"], ["a", "2", '"a b"']),
        ({"const": True}, ["True", "true"], ["False"]),
        ({"type": "string", "pattern": r"^[A-Z]-\d{2}$"}, ["A-17", "A-175"], []),
        ({"type": "string", "format": "date"}, ["2026-02-28", "tomorrow"], []),
        ({"type": "integer", "nullable": True}, ["1", "None"], ["x"]),
        (
            {"properties": {"a": {"type": "integer"}}, "oneOf": [{"required": ["b"]}]},
            ['{"a": 1, "b": 2}'],
            ["[]"],
        ),
        ({"type": "array", "items": {"type": "integer"}}, ["[]", "[1, 2]"], ["[1,]", '["1"]', "1"]),
        ({"type": "object"}, ["{}", '{"a": [1, {"b": null}]}'], ["[]", "{'a': 1}"]),
        ({"type": ["integer", "null"]}, ["1", "None"], ["x"]),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, ["1", "x", ""], []),
        ({"allOf": [{"type": "integer"}]}, ["1"], ["x"]),
        ({"allOf": [{"type": "integer"}, {"minimum": 3}]}, ["4"], ["x"]),
        ({"allOf": [{"type": ["integer", "string"]}, {"minLength": 1}]}, ["4", "x"], []),
        (
            {"allOf": [{"anyOf": [{"type": "null"}, {"type": "string"}]}, {"description": "a"}]},
            ["x", "null"],
            [],
        ),
        (
            {"allOf": [{"type": ["null", "integer"]}, {"type": ["integer", "boolean"]}]},
            ["4"],
            ["x", "True"],
        ),
        ({"allOf": [{"type": "integer"}, {"type": "number"}]}, ["4"], ["x"]),
        ({"allOf": [{"anyOf": [{"type": "integer"}, {}]}, {"description": "a"}]}, ["4", "x"], []),
    ],
    ids=str,
)
def test_a_schema_decides_what_may_be_written(
    schema: dict[str, Any], good: list[str], bad: list[str]
) -> None:
    tools = one(x=schema)

    assert [value for value in good if not accepts(tools, parameter(value))] == []
    assert [value for value in bad if accepts(tools, parameter(value))] == []


@pytest.mark.parametrize(
    "value",
    [
        "</parameter",
        'return "</parameter>"',
        "</parameter> is how it ends",
        "<parameter=y>",
        "<tool_call>\n<function=f>\n</function>\n</tool_call><|im_end|>",
        "</function>",
        "<b>&amp;</b>\n\n",
        "",
    ],
)
def test_a_text_may_contain_nearly_anything(value: str) -> None:
    assert accepts(one(x={"type": "string"}), parameter(value))


def test_a_text_can_not_contain_the_end_of_a_value_with_a_tag_after_it() -> None:
    tools = one(x={"type": "string"})

    assert not accepts(tools, parameter("a\n</parameter>\n<parameter=y>\nb"))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "maximum": 100}, "150"),
        ({"type": "string", "maxLength": 3}, "abcd"),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 1}, "[1, 2]"),
    ],
)
def test_what_is_too_much_is_refused_in_words_and_not_cut(
    schema: dict[str, Any], value: str
) -> None:
    tools = one(x=schema)
    text = parameter(value)
    ids = VOCABULARY.encode([Segment("<tool_call>", True), Segment(text, False)])

    (call,) = read([*ids, CLOSE], tools)

    assert accepts(tools, text)
    assert faults(tools, call)


def test_a_required_parameter_can_not_be_left_out_nor_one_given_twice() -> None:
    tools = Toolset([scalars])
    whole = {"text": "a", "count": 1, "ratio": 1.5, "loud": True, "day": "2026-01-01"}
    text = template("scalars", whole)
    without = {name: value for name, value in whole.items() if name != "count"}
    twice = text.replace("</function>", "<parameter=count>\n1\n</parameter>\n</function>")

    assert accepts(tools, text)
    assert not accepts(tools, template("scalars", without))
    assert not accepts(tools, twice)
    assert not accepts(tools, text.replace("=count>", "=number>"))


NESTED: dict[str, Any] = {"type": "integer"}
for _ in range(90):
    NESTED = {"type": "array", "items": NESTED}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "pattern": "^(a+)+$"}, "aaa", None),
        ({"type": "string", "pattern": r"^(?=x)\w+(?<!y)$"}, "xa", None),
        ({"type": "string", "pattern": "^[a-z]{1,30000}$"}, "a", None),
        ({"type": "integer", "not": {"const": 3}, "if": {}, "then": {}}, "4", "x"),
        ({"$ref": "https://example.org/schema"}, "x", None),
        ({"$ref": "#/properties/x"}, "x", None),
        ({"anyOf": [{"$ref": "#/properties/x"}, {"type": "integer"}]}, "5", None),
        ({"type": "array", "items": {"$ref": "#/properties/x"}}, "[[], [[]]]", "[1]"),
        ({"enum": []}, "x", None),
        (True, "x", None),
        (NESTED, "[[[]]]", "[[1]]"),
        ({"type": "array", "minItems": 2, "maxItems": 1, "prefixItems": [True]}, "[1]", "1"),
        ({"type": "object", "patternProperties": {"^a": {"type": "integer"}}}, '{"a": 1}', "1"),
        ({"type": "object", "dependentRequired": {"a": ["b"]}}, "{}", "x"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_schema_that_can_not_be_compiled_is_relaxed_and_the_others_are_not(
    schema: Any, good: str, bad: str | None
) -> None:
    hostile = {"type": "object", "properties": {"x": schema}, "required": ["x"]}
    tools = Toolset([schema_tool(hostile), now])

    assert accepts(tools, parameter(good))
    assert bad is None or not accepts(tools, parameter(bad))
    assert accepts(tools, template("now", {}))
    assert not accepts(tools, template("now", {"x": 1}))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"x": {"type": "integer"}}}}},
        {"anyOf": [{"required": ["x"]}], "properties": {"y": {"type": "string"}}},
        {"patternProperties": {"^x": {"type": "integer"}}},
        {"required": ["x"], "properties": {"y": {"type": "string"}}},
        {"additionalProperties": {}},
    ],
    ids=str,
)
def test_a_parameter_that_the_properties_do_not_name_can_be_written(schema: dict[str, Any]) -> None:
    assert accepts(Toolset([schema_tool({"type": "object", **schema})]), parameter("5"))


def test_what_could_be_left_out_may_be_null() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
    assert accepts(Toolset([schema_tool(schema)]), parameter("None"))
    assert not accepts(one(x={"type": "integer"}), parameter("None"))


def drive(guide: CallGuide, text: str) -> Iterator[int]:
    """Pass a text with control tokens to a guide; the number of ids allowed before each token."""
    for number in VOCABULARY.encode([Segment(text, True)]):
        yield len(allowed(guide))
        guide.accept(number)


@pytest.mark.parametrize(
    ("text", "thinking", "masked"),
    [
        ("Well.\n\n<tool_call>", False, True),
        ("<tool_call>", False, True),
        ("thought\n</think>\n\n<tool_call>", True, True),
        ("thought\n<tool_call>", True, False),
        ("A call begins with <tool_call>", False, False),
        ("`<tool_call>", False, False),
        ("<tool_call>\n<function=now>\n</function>\n</tool_call>", False, False),
        ("<tool_call>\n<function=now>\n</function>\n</tool_call>\n<tool_call>", False, True),
        ("<tool_call>\n<function=now>\n</function>\n</tool_call><|im_end|>", False, False),
    ],
)
def test_only_a_call_that_opens_a_line_outside_of_the_thought_is_masked(
    text: str, thinking: bool, masked: bool
) -> None:
    guide = GUIDES(TOOLS, thinking)
    list(drive(guide, text))

    assert (len(allowed(guide)) < VOCABULARY.size) is masked


def test_no_control_token_can_stand_inside_a_call() -> None:
    guide = GUIDES(one(x={"type": "string"}), False)
    list(drive(guide, "<tool_call>\n<function=f>\n<parameter=x>\nsome text"))

    assert not set(VOCABULARY.control.values()) & set(allowed(guide))


def test_a_toolset_is_compiled_once_and_one_without_tools_not_at_all() -> None:
    guides = CallGuides(VOCABULARY)

    first, second = guides.compiled(TOOLS), guides.compiled(Toolset(TOOLS.values()))

    assert first is second
    assert guides.compiled(Toolset()) is None


def test_what_was_cut_can_be_read_on_under_a_grammar() -> None:
    result = ToolResult(call_id="1", name="now", content="It…", status="ok", full="It is noon.")
    assert list(callable_tools(TOOLS, [result])) == [*TOOLS, "read_more"]
    assert callable_tools(TOOLS, []) is TOOLS


async def test_a_local_model_writes_a_valid_call_once_it_opens_one(random_model: Path) -> None:
    tools = Toolset([now, many])
    model = LocalModel(str(random_model), device="cpu", constrained=True)
    await model.load()
    assert model._engine is not None
    forward, thought_end = model._engine.forward, VOCABULARY.control["</think>"]
    end, after_thought = VOCABULARY.control["<|im_end|>"], list[int]()

    def push(state: Any, ids: Sequence[int]) -> torch.Tensor:
        """After a thought, which is closed by force, the model opens a call and wants to end it."""
        logits = forward(state, ids).clone()
        if thought_end in ids:
            after_thought.extend(ids)
            logits[OPEN] += 1_000
        elif after_thought:
            logits[end if CLOSE in ids else CLOSE] += 1_000
        else:
            logits[[OPEN, CLOSE, end, thought_end]] -= 1_000
        return logits

    model._engine.forward = push  # type: ignore[method-assign]
    sampling = Sampling(thinking=True, thinking_tokens=3, seed=1, output_tokens=900)
    reply = Reply(1, "random")
    async for event in model.stream([User(content="Go.")], tools, sampling):
        reply.add(event)
    message = reply.message()

    (call,) = message.tool_calls
    assert message.reasoning
    assert not in_form(tools[call.name].bind(call).faults)


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(ConfigError, match=r'pip install "agentkit\[constrained\]"'):
        LocalModel("nano", constrained=True)
