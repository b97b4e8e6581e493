"""`agentkit tools check` and `try`: a plugin's author sees how models read and use the tools."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import agentkit.commands.tools
from agentkit import Message, Model, ScriptedModel
from agentkit.cli import main
from agentkit.messages import Assistant, User
from agentkit.plugins import find_tools
from agentkit.tool_requests import make_requests

Captured = pytest.CaptureFixture[str]
FILE = """
from __future__ import annotations
from beside import WORDS
from agentkit import tool

@tool
def stock(sku: str) -> int:
    \"\"\"Units of an article in the warehouse.\"\"\"
    raise SystemExit("a tool that is tried is not run")

@tool
def order(sku: str) -> int:
    \"\"\"Order an article from the supplier.\"\"\"
    raise SystemExit("a tool that is tried is not run")
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "beside.py").write_text("WORDS = 1")
    path = tmp_path / "shop.py"
    path.write_text(FILE)
    return str(path)


def model_that_calls(name: str) -> Model:
    """Answers every request with a call of one tool that has the right value."""
    values: dict[str, str] = {}

    def reply(transcript: Sequence[Message]) -> str:
        if any(isinstance(message, Assistant) for message in transcript):
            return "\x1b[2JDone."
        task = next(message for message in transcript if isinstance(message, User))
        arguments = {"sku": values[str(task.content)]}
        call = json.dumps({"name": name, "arguments": arguments})
        return f"<tool_call>\n{call}\n</tool_call>"

    model = ScriptedModel(reply)
    model.learn = values.update  # type: ignore[attr-defined]
    return model


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, file: str) -> list[str]:
    """The names under which models were opened; each of them calls `stock`."""
    names: list[str] = []
    monkeypatch.delenv("AGENTKIT_MODEL", raising=False)

    def open_scripted(name: str) -> Model:
        names.append(name)
        model = model_that_calls("stock")
        for tool in find_tools(file):
            for request in make_requests(tool, 3):
                model.learn({request.text: request.arguments["sku"]})  # type: ignore[attr-defined]
        return model

    monkeypatch.setattr(agentkit.commands.tools, "open_model", open_scripted)
    return names


def test_try_prints_a_table_and_what_went_wrong(
    file: str, opened: list[str], capsys: Captured
) -> None:
    code = main(["tools", "try", file, "--requests", "3"])
    shown = capsys.readouterr().out
    lines = shown.splitlines()

    assert code == 0
    assert opened == ["nano"]
    assert lines[0].split() == ["tool", "hits", "tokens"]
    assert lines[1].split()[:4] == ["stock", "3", "of", "3"]
    assert lines[2].split()[:4] == ["order", "0", "of", "3"]
    assert shown.count("order: called stock") == 3
    assert "  called  stock(sku=" in shown
    assert "characters / 4" in lines[-1]


def test_try_shows_how_far_it_is_to_whoever_watches(
    file: str, opened: list[str], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["tools", "try", file, "--requests", "2"])
    assert capsys.readouterr().err == ""

    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    main(["tools", "try", file, "--requests", "2"])
    shown = capsys.readouterr().err.split("\r\x1b[K")
    assert shown[1:4] == ["stock, request 1 of 2", "stock, request 2 of 2", ""]


def test_an_error_is_not_glued_to_how_far_it_was(
    file: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agentkit.commands.tools, "open_model", lambda name: ScriptedModel([]))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)

    assert main(["tools", "try", file]) == 1
    assert "\r\x1b[Kagentkit: The script has 0 replies" in capsys.readouterr().err


def test_a_file_without_its_ending_is_recognized(
    file: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(file).parent)
    assert main(["tools", "show", "shop"]) == 1
    assert "Did you mean 'shop.py'?" in capsys.readouterr().err


def test_try_asks_the_model_that_is_named(file: str, opened: list[str]) -> None:
    main(["tools", "try", file, "-m", "other", "--requests", "1"])

    assert opened == ["other"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check", "calculatr"], "Did you mean 'calculator'?"),
        (["check", "nowhere.py"], "There is no file 'nowhere.py'."),
        (["try", "text", "--requests", "0"], "Expected at least 1 request, found 0."),
    ],
)
def test_what_can_not_be_tried_is_a_sentence(
    arguments: list[str], sentence: str, capsys: Captured
) -> None:
    assert main(["tools", *arguments]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("raise SystemExit('\x1b[2J')", "failed to load: SystemExit: \\x1b[2J"),
        ("tools = [3]", "can't be offered: Expected tools, found 3."),
        ("tools = 3", "can't be offered: Expected a list of tools"),
        ("", "has no tools. Decorate functions with @tool."),
    ],
)
def test_a_file_without_usable_tools_is_a_sentence(
    content: str, sentence: str, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "broken.py"
    path.write_text(content)

    assert main(["tools", "check", str(path)]) == 1
    assert sentence in capsys.readouterr().err


def test_check_names_what_is_hard_and_ends_with_1(file: str, capsys: Captured) -> None:
    assert main(["tools", "check", file]) == 1
    shown = capsys.readouterr().out

    assert "stock  (about " in shown
    assert "  parameters without a description: sku" in shown


def test_check_ends_with_0_when_there_is_nothing_to_say(capsys: Captured) -> None:
    assert main(["tools", "check", "calculator"]) == 0
    assert capsys.readouterr().out.startswith("calculate  (about ")


def test_a_tool_is_found_by_its_own_name_too() -> None:
    assert [tool.name for tool in find_tools("read_file")] == ["read_file"]
    assert "read_file" in [tool.name for tool in find_tools("files")]
