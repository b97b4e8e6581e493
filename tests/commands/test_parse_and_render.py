"""The commands that others script against: a line in, a line out, whatever is on it."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli import main
from agentkit.commands.lines import answer_lines

DATA = Path(__file__).parents[1] / "data"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    }
]
CALL = "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>"  # noqa: E501 - as a model writes it
JSON_CALL = (
    '<tool_call>\n{"name": "weather", "arguments": {"city": "Paris", "days": 3}}\n</tool_call>'
)

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on lines of input; objects are written as JSON."""

    def run_command(command: str, *lines: Any) -> list[dict[str, Any]]:
        text = "".join(
            (line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines
        )
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        assert main([command]) == 0
        printed = capsys.readouterr()
        assert printed.err == ""
        return [json.loads(line) for line in printed.out.splitlines()]

    return run_command


def test_each_line_gets_its_answer_in_order_and_a_bad_one_stops_nothing(run: Run) -> None:
    answers = run(
        "parse",
        {"raw": "one"},
        "not json",
        {"raw": "two"},
        "[1]",
        '"text"',
        "null",
        "",
        {"raw": 5},
        {"raw": "three", "tools": 5},
        {"raw": "three"},
    )
    contents = [answer.get("content", "error") for answer in answers]
    assert contents == ["one", "error", "two", "error", "error", "error", "error", "error", "three"]
    assert all(
        set(answer) == {"error"} and answer["error"] for answer in answers if "error" in answer
    )


def test_an_answer_has_reasoning_content_calls_and_problems(run: Run) -> None:
    (answer,) = run(
        "parse",
        {"raw": f"Hm.\n</think>\n\nLet me look.\n\n{CALL}", "tools": TOOLS, "thinking": True},
    )
    assert answer == {
        "reasoning": "Hm.",
        "content": "Let me look.",
        "tool_calls": [{"name": "weather", "arguments": {"city": "Paris", "days": 3}}],
        "problems": [],
    }


def test_what_is_not_there_is_null_or_empty(run: Run) -> None:
    nothing = {"reasoning": None, "content": None, "tool_calls": [], "problems": []}
    assert run("parse", {"raw": ""}, {"raw": " \n"}, {}) == [nothing] * 3


def test_without_thinking_nothing_is_reasoning_unless_it_is_marked(run: Run) -> None:
    plain, marked = run("parse", {"raw": "Yes."}, {"raw": "<think>\nHm.\n</think>\n\nYes."})
    assert (plain["reasoning"], plain["content"]) == (None, "Yes.")
    assert (marked["reasoning"], marked["content"]) == ("Hm.", "Yes.")


@pytest.mark.parametrize("raw", [CALL, JSON_CALL], ids=["xml", "json"])
@pytest.mark.parametrize("hint", [None, "auto", "qwen3.5-xml", "hermes-json"])
def test_both_dialects_are_read_whatever_the_hint(run: Run, raw: str, hint: str | None) -> None:
    request = {"raw": raw, "tools": TOOLS} | ({"format": hint} if hint else {})
    (answer,) = run("parse", request)
    assert answer["tool_calls"] == [{"name": "weather", "arguments": {"city": "Paris", "days": 3}}]
    assert answer["problems"] == []


def test_an_unknown_hint_is_refused(run: Run) -> None:
    (answer,) = run("parse", {"raw": CALL, "format": "yaml"})
    assert "qwen3.5-xml" in answer["error"]


def test_chunks_are_fed_piece_by_piece(run: Run) -> None:
    whole, single, odd, empty = run(
        "parse",
        {"raw": CALL, "tools": TOOLS},
        {"raw": CALL, "tools": TOOLS, "chunks": list(CALL)},
        {"tools": TOOLS, "chunks": [CALL[:7], "", CALL[7:30], CALL[30:]]},
        {"raw": CALL, "chunks": []},
    )
    assert single == odd == whole
    assert (empty["content"], empty["tool_calls"]) == (None, [])
    (answer,) = run("parse", {"raw": CALL, "chunks": ["a", 5]})
    assert set(answer) == {"error"}


def test_what_cant_be_typed_stays_as_written_and_is_named(run: Run) -> None:
    raw = CALL.replace("\n3\n", "\nmany\n").replace("city", "town")
    (answer,) = run("parse", {"raw": raw, "tools": TOOLS})
    assert answer["tool_calls"] == [
        {"name": "weather", "arguments": {"town": "Paris", "days": "many"}}
    ]
    assert {problem["kind"] for problem in answer["problems"]} == {"argument"}
    messages = [problem["message"] for problem in answer["problems"]]
    assert any("city" in message and "missing" in message for message in messages)
    assert any("town" in message and "no such parameter" in message for message in messages)
    assert any('days: expected an integer, found "many"' in message for message in messages)


def test_an_unknown_tool_is_returned_and_named_with_the_real_ones(run: Run) -> None:
    (answer,) = run("parse", {"raw": CALL.replace("weather", "wether"), "tools": TOOLS})
    assert answer["tool_calls"] == [{"name": "wether", "arguments": {"city": "Paris", "days": "3"}}]
    (problem,) = answer["problems"]
    assert problem["kind"] == "unknown_tool"
    assert "wether" in problem["message"]
    assert "weather" in problem["message"]


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (CALL[:60], "cut_call"),
        (JSON_CALL[:40], "cut_call"),
        ("<tool_call>[1]</tool_call>", "unreadable_call"),
        (CALL.replace("days", "city"), "repeated_parameter"),
    ],
)
def test_a_call_that_cant_be_read_is_a_problem_and_not_a_call(
    run: Run, raw: str, kind: str
) -> None:
    (answer,) = run("parse", {"raw": raw, "tools": TOOLS})
    assert answer["tool_calls"] == []
    assert [problem["kind"] for problem in answer["problems"]] == [kind]
    assert all(problem["message"] for problem in answer["problems"])


@pytest.mark.parametrize(
    "tools",
    [
        [TOOLS[0]["function"]],
        TOOLS,
        [*TOOLS, {"name": "other"}],
        [{"name": "weather", "inputSchema": TOOLS[0]["function"]["parameters"]}],
        [{"name": "weather", "input_schema": TOOLS[0]["function"]["parameters"]}],
    ],
    ids=["bare", "wrapped", "mixed", "MCP", "Anthropic"],
)
def test_tools_come_with_or_without_their_wrapper(run: Run, tools: list[Any]) -> None:
    (answer,) = run("parse", {"raw": CALL, "tools": tools})
    assert answer["tool_calls"] == [{"name": "weather", "arguments": {"city": "Paris", "days": 3}}]


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        {},
        True,
        {"properties": 5},
        {"properties": {"city": 5, "days": {"enum": 5}}},
        {"type": "objekt", "properties": {"days": {"type": "integr"}}},
        {"properties": {"city": {"$ref": "#/nowhere"}, "days": {}}},
        {"properties": {"city": {"pattern": "("}}},
    ],
)
def test_a_schema_that_makes_no_sense_does_not_lose_the_call(run: Run, parameters: Any) -> None:
    (answer,) = run(
        "parse", {"raw": CALL, "tools": [{"name": "weather", "parameters": parameters}]}
    )
    assert [call["name"] for call in answer.get("tool_calls", [])] == ["weather"], answer


def test_characters_outside_ascii_come_back_the_same(run: Run) -> None:
    text = "é 🦀 \u2028 \x85 \0"
    (answer,) = run("parse", {"raw": text + "."})
    assert answer["content"] == text + "."
    (answer,) = run("parse", '{"raw": "half \\ud83e pair"}')
    assert answer["content"] == "half \ud83e pair"


def test_a_line_is_one_line_even_if_the_text_has_many() -> None:
    target = io.StringIO()
    source = io.StringIO(json.dumps({"n": 1}) + "\n" + json.dumps({"n": 2}))
    assert answer_lines(lambda request: {"text": f"a\n{request['n']}\u2028"}, source, target) == 0
    assert target.getvalue() == '{"text": "a\\n1\\u2028"}\n{"text": "a\\n2\\u2028"}\n'


def test_an_answer_is_written_before_the_next_line_is_read() -> None:
    written: list[str] = []

    class Target(io.StringIO):
        def flush(self) -> None:
            written.append(self.getvalue())

    def source() -> Any:
        yield '{"n": 1}\n'
        assert written[-1] == '{"n": 1}\n'
        yield '{"n": 2}\n'

    answer_lines(lambda request: request, source(), Target())  # an iterator reads like a file
    assert written[-1] == '{"n": 1}\n{"n": 2}\n'


def test_deep_nesting_on_a_line_is_an_error_on_that_line(run: Run) -> None:
    answers = run("parse", "[" * 100_000, '{"raw": "fine"}')
    assert "error" in answers[0]
    assert answers[1]["content"] == "fine"


# --- render -------------------------------------------------------------------------------------


def test_renders_the_golden_conversations_line_by_line(run: Run) -> None:
    lines = (DATA / "golden_renders.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    requests = [{key: row[key] for key in ("messages", "tools", "template_kwargs")} for row in rows]
    assert run("render", *requests) == [{"prompt": row["expected"]} for row in rows]


def test_a_conversation_that_the_template_refuses_is_an_error_on_its_line(run: Run) -> None:
    user = {"role": "user", "content": "Q"}
    answers = run(
        "render",
        {"messages": []},
        {"messages": [{"role": "assistant", "content": "A"}]},
        {"messages": [user, {"role": "system", "content": "S"}]},
        {"messages": "Q"},
        {"messages": [5]},
        {},
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [user], "template_kwargs": 5},
        {"messages": [user, {"role": "assistant", "tool_calls": [{"function": {}}]}]},
        {"messages": [user, {"role": "assistant", "tool_calls": ["f"]}]},
        {"messages": [user, {"role": "assistant", "tool_calls": [{"name": None}]}]},
        {"messages": [user]},
        {"messages": [user], "tools": 5},
        {"messages": [user, {"role": "assistant", "content": "A", "tool_calls": True}]},
    )
    assert [set(answer) for answer in answers] == [{"error"}] * 11 + [{"prompt"}] * 3
    assert not [each for each in answers if "Error:" in each.get("error", "")]
    assert answers[0]["error"] == "No messages provided."
    assert answers[1]["error"] == "No user query found in messages."
    assert answers[-3] == answers[-2]
    assert answers[-3]["prompt"] == "<|im_start|>user\nQ<|im_end|>\n"
