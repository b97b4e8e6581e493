"""The command line prints what happens, safely, and its exit code is 0 only when all is done."""

import asyncio
import datetime
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import agentkit
import agentkit.agent
from agentkit import Agent, Limits, ScriptedModel, Tool, tool
from agentkit.cli import main
from agentkit.commands.event_log import EventLog, as_json
from agentkit.commands.parse import parse_line
from agentkit.commands.render import render_line
from agentkit.commands.run import _run, _Screen
from agentkit.events import Event, TextDelta, ThinkingDelta
from agentkit.messages import ToolCall, ToolResult, User
from agentkit.terminal import Terminal, call_line, visible

Captured = pytest.CaptureFixture[str]
CALL = '<tool_call>\n{"name": "calculate", "arguments": {"expression": "6 * 7"}}\n</tool_call>'
SCRIPT = [f"<think>\nI multiply.\n</think>\n\nLet me see.\n\n{CALL}", "It is 42."]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Let every model that is opened by name speak a script; tells which names were opened."""
    monkeypatch.delenv("AGENTKIT_MODEL", raising=False)

    def speak(*replies: str) -> list[str]:
        opened: list[str] = []

        def open_scripted(name: str) -> ScriptedModel:
            opened.append(name)
            return ScriptedModel(replies, piece=1_000)

        monkeypatch.setattr(agentkit.agent, "open_model", open_scripted)
        return opened

    return speak


Scripted = Callable[..., list[str]]


# --- run ----------------------------------------------------------------------------------------


def test_run_shows_thought_call_result_and_answer(scripted: Scripted, capsys: Captured) -> None:
    scripted(*SCRIPT)
    code = main(["run", "What is 6 * 7?"])

    assert code == 0
    assert capsys.readouterr().out == (
        'I multiply.\nLet me see.\n→ calculate(expression="6 * 7")\n← 42\nIt is 42.\n'
    )


def test_without_a_choice_the_model_is_nano_and_one_line_says_so(
    scripted: Scripted, capsys: Captured
) -> None:
    opened = scripted("Hello.")
    main(["run", "Hello?"])
    errors = capsys.readouterr().err

    assert opened == ["nano"]
    assert errors.count("\n") == 1
    assert "nano" in errors
    assert "-m Qwen/Qwen3.5-4B" in errors


def test_the_model_is_chosen_by_option_before_environment(
    scripted: Scripted, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = scripted("Hello.")
    monkeypatch.setenv("AGENTKIT_MODEL", "from-environment")
    main(["run", "Hello?"])
    main(["run", "-m", "from-option", "Hello?"])

    assert opened == ["from-environment", "from-option"]
    assert capsys.readouterr().err == ""


def test_json_prints_one_event_a_line_and_the_result_last(
    scripted: Scripted, capsys: Captured
) -> None:
    scripted(*SCRIPT)
    code = main(["run", "--json", "What is 6 * 7?"])
    output = capsys.readouterr()
    lines = [json.loads(line) for line in output.out.splitlines()]

    assert code == 0
    assert output.err == ""
    assert [line["type"] for line in lines] == [
        "message",
        "thinking",
        "text",
        "message",
        "call",
        "message",
        "text",
        "message",
        "result",
    ]
    assert lines[4]["name"] == "calculate"
    assert lines[5]["message"]["content"] == "42"
    assert lines[-1]["text"] == "It is 42."
    assert lines[-1]["outcome"] == "done"
    assert lines[-1]["usage"]["output_tokens"] > 0
    assert len(lines[-1]["transcript"]) == 4


def test_a_run_that_is_not_done_ends_with_1_and_says_why(
    scripted: Scripted, capsys: Captured
) -> None:
    scripted("", "", "", "", "I can't.")
    code = main(["run", "What is 6 * 7?"])
    output = capsys.readouterr()

    assert code == 1
    assert output.out.endswith("I can't.\n")
    assert "! Your reply was empty." in output.out
    assert output.err.endswith("Not done: the run ended with repair_limit.\n")


def test_a_run_that_is_not_done_ends_with_1_in_json_too(
    scripted: Scripted, capsys: Captured
) -> None:
    scripted("", "", "", "", "I can't.")
    code = main(["run", "--json", "What is 6 * 7?"])

    assert code == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["type"], last["outcome"]) == ("result", "repair_limit")


@pytest.mark.parametrize("option", ["--url", "--model"])
def test_an_empty_option_is_no_default(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", option, "", "What is 6 * 7?"]) == 1
    assert f"Expected a value for {option}, found an empty text." in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_model_that_fails_is_one_line_and_1(
    options: list[str], scripted: Scripted, capsys: Captured
) -> None:
    scripted(CALL)
    code = main(["run", *options, "What is 6 * 7?"])
    output = capsys.readouterr()

    assert code == 1
    if options:
        last = json.loads(output.out.splitlines()[-1])
        assert last.pop("run")
        then = datetime.datetime.fromisoformat(last.pop("time"))
        age = datetime.datetime.now(datetime.UTC) - then
        assert age < datetime.timedelta(minutes=5)
        assert last == {
            "type": "error",
            "error": "The script has 1 replies, and the run asks for one more.",
        }
    else:
        assert output.err.splitlines()[-1] == (
            "agentkit: The script has 1 replies, and the run asks for one more."
        )


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_an_unknown_toolset_is_named_with_what_there_is(
    options: list[str], scripted: Scripted, capsys: Captured
) -> None:
    scripted("Hello.")
    code = main(["run", *options, "-t", "calcualtor", "What is 6 * 7?"])
    output = capsys.readouterr()
    said = json.loads(output.out)["error"] if options else output.err

    assert code == 1
    assert "No toolset is called 'calcualtor'. Did you mean 'calculator'?" in said


TALKING = """
from agentkit import tool

print("shop loaded")

@tool
def stock(sku: str) -> int:
    \"\"\"Look up the stock of an article.\"\"\"
    print("looking up", sku)
    return 55
"""
LOOK_UP = '<tool_call>\n{"name": "stock", "arguments": {"sku": "A-17"}}\n</tool_call>'


def test_tools_may_come_from_a_file_and_what_they_print_is_no_event(
    scripted: Scripted, capsys: Captured, tmp_path: Path
) -> None:
    scripted(LOOK_UP, "55 of them.")
    file = tmp_path / "talking_tools.py"
    file.write_text(TALKING)

    code = main(["run", "--json", "-t", str(file), "-t", "calculator", "How many A-17?"])
    output = capsys.readouterr()
    events = [json.loads(line) for line in output.out.splitlines()]

    assert code == 0
    assert events[-1]["text"] == "55 of them."
    assert "shop loaded\nlooking up A-17\n" in output.err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty_tools.py", "empty_tools.py has no tools. Decorate functions with @tool."),
        ("empty_tools", "Did you mean the file empty_tools.py?"),
        ("no_tools.py", "There is no file 'no_tools.py'."),
    ],
)
def test_a_file_without_tools_runs_nothing(
    name: str,
    words: str,
    scripted: Scripted,
    capsys: Captured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty_tools.py").write_text("def stock(sku: str) -> int: ...")
    asked = scripted("Hello.")

    assert main(["run", "-t", name, "How many A-17?"]) == 1
    assert words in capsys.readouterr().err
    assert asked == []


def test_a_task_of_several_words_is_told_to_be_quoted(capsys: Captured) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["run", "What", "is", "17?"])
    assert "agentkit run: error: unrecognized arguments: is 17? (put the task in quotes)" in (
        capsys.readouterr().err
    )

    for more in ("--thinking", ""):
        with pytest.raises(SystemExit, match="2"):
            main(["run", "Hello.", more])
    assert "unrecognized arguments: --thinking\n" in capsys.readouterr().err


def test_an_empty_task_is_refused_in_a_sentence(scripted: Scripted, capsys: Captured) -> None:
    scripted("Hello.")

    assert main(["run", " "]) == 1
    assert "agentkit: Expected a task, found nothing." in capsys.readouterr().err


def test_only_the_chosen_toolsets_are_offered(scripted: Scripted, capsys: Captured) -> None:
    scripted(CALL, "I could not.")
    main(["run", "-t", "text", "-t", "dates", "What is 6 * 7?"])

    assert "There is no tool called 'calculate'" in capsys.readouterr().out


@pytest.mark.parametrize(("options", "thinking"), [([], None), (["--no-think"], False)])
def test_no_think_asks_for_an_answer_without_a_thought(
    options: list[str],
    thinking: bool | None,
    monkeypatch: pytest.MonkeyPatch,
    scripted: Scripted,
) -> None:
    agents: list[Agent] = []

    class Noted(Agent):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            agents.append(self)

    scripted("Hello.")
    monkeypatch.setattr("agentkit.commands.run.Agent", Noted)
    main(["run", *options, "Hello?"])

    assert agents[0].sampling.thinking is thinking


def test_keyboard_interrupt_ends_with_130(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(name: str) -> ScriptedModel:
        raise KeyboardInterrupt

    monkeypatch.setattr(agentkit.agent, "open_model", interrupt)

    assert main(["run", "Hello?"]) == 130


# --- the screen ---------------------------------------------------------------------------------


EVIL = "\x1b[2Jbell\x07 back\x08 return\r\x9b31m \u202eright to left\x00 half \ud83d"


def evil_agent() -> Agent:
    @tool(name="evil")
    def echo(text: str) -> str:
        """Say it back."""
        return EVIL

    arguments = json.dumps({"text": EVIL}, ensure_ascii=False)
    call = f'<tool_call>\n{{"name": "evil", "arguments": {arguments}}}\n</tool_call>'
    unknown = f'<tool_call>\n{{"name": "{EVIL[1:4]}\\u001b[0m", "arguments": {{}}}}\n</tool_call>'
    script = [f"<think>\n{EVIL}.\n</think>\n\n{EVIL}!\n\n{call}\n{unknown}", f"So: {EVIL}."]
    return Agent(ScriptedModel(script), tools=[echo])


def test_nothing_that_a_model_or_a_tool_says_controls_the_terminal(capsys: Captured) -> None:
    asyncio.run(_run(evil_agent(), EVIL, _Screen().show))
    shown = capsys.readouterr().out

    assert "\\x1b[2Jbell\\x07 back\\x08 return\\r\\x9b31m \\u202eright to left\\x00" in shown
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_json_lines_are_plain_ascii_whatever_was_said(capsys: Captured) -> None:
    asyncio.run(_run(evil_agent(), EVIL, EventLog(sys.stdout).show))
    shown = capsys.readouterr().out

    assert shown.isascii()
    assert "\x1b" not in shown
    assert all(json.loads(line) for line in shown.splitlines())


def test_a_long_result_is_cut_on_the_screen_only(capsys: Captured) -> None:
    @tool
    def recite() -> str:
        """Recite."""
        return "a" * 5_000

    script = ['<tool_call>\n{"name": "recite", "arguments": {}}\n</tool_call>', "Long."]
    asyncio.run(_run(Agent(ScriptedModel(script), tools=[recite]), "Go.", _Screen().show))

    assert "← " + "a" * 600 + " …\n" in capsys.readouterr().out


def test_limits_and_corrections_are_shown(capsys: Captured) -> None:
    agent = Agent(ScriptedModel([CALL, "Hm."]), limits=Limits(turns=1))

    assert asyncio.run(_run(agent, "Go.", _Screen().show)) == 1
    assert "! You have used all your turns." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (ThinkingDelta("Hm"), {"type": "thinking", "text": "Hm"}),
        (TextDelta("Hm"), {"type": "text", "text": "Hm"}),
        (
            ToolCall(id="1", name="f", arguments={"x": 1}),
            {"type": "call", "id": "1", "name": "f", "arguments": {"x": 1}, "dialect": "json"},
        ),
        (
            ToolResult(call_id="1", name="f", content="ok"),
            {
                "type": "message",
                "message": {
                    "role": "tool",
                    "call_id": "1",
                    "name": "f",
                    "content": "ok",
                    "status": "ok",
                    "full": None,
                    "notes": [],
                },
            },
        ),
        (
            User(content="Go."),
            {
                "type": "message",
                "message": {"role": "user", "content": "Go.", "purpose": "task", "outcome": None},
            },
        ),
    ],
)
def test_each_event_has_a_type_in_json(event: Event, line: dict[str, Any]) -> None:
    assert as_json(event) == line


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_only() -> None:
    screen, pipe = Screen(), io.StringIO()
    for stream in (screen, pipe):
        terminal = Terminal(stream)
        terminal.write("Hm", "dim")
        terminal.write("m.", "dim")
        terminal.write("Yes.")
        terminal.line("→ f()", "cyan")
        terminal.write("")
        terminal.end_line()

    assert pipe.getvalue() == "Hmm.\nYes.\n→ f()\n"
    assert screen.getvalue() == ("\x1b[2mHm\x1b[0m\x1b[2mm.\x1b[0m\nYes.\n\x1b[36m→ f()\n\x1b[0m")


@pytest.mark.parametrize("text", ["plain", "Größe 日本 🙂", "two\nlines\tand a tab", ""])
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


# --- tools --------------------------------------------------------------------------------------


def test_tools_lists_what_is_installed_and_from_where(capsys: Captured) -> None:
    assert main(["tools"]) == 0
    bare = capsys.readouterr().out
    assert main(["tools", "list"]) == 0
    listed = capsys.readouterr().out

    assert bare == listed
    for name in ("calculator", "dates", "files", "text"):
        assert f"{name}  (from agentkit)" in listed
    assert "  calculate          Calculate an arithmetic expression exactly." in listed


def test_tools_show_prints_what_the_model_is_shown(capsys: Captured) -> None:
    assert main(["tools", "show", "calculate"]) == 0
    definition = json.loads(capsys.readouterr().out)

    assert definition["function"]["name"] == "calculate"


def test_tools_show_without_such_a_tool_is_a_sentence(capsys: Captured) -> None:
    assert main(["tools", "show", "calculat"]) == 1
    assert "is called 'calculat'. Did you mean 'calculate'?" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["show", "check", "try"])
def test_an_action_without_a_name_says_what_it_wants(action: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        main(["tools", action])

    assert "required: NAME" in capsys.readouterr().err


def test_options_may_stand_before_the_name_of_what_is_tried(capsys: Captured) -> None:
    assert main(["tools", "try", "-m", "nowhere", "--requests", "1", "calculator"]) == 1
    assert "unrecognized" not in capsys.readouterr().err


def test_the_version_is_told(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"agentkit {agentkit.__version__}\n"


def test_without_a_command_the_commands_are_listed(capsys: Captured) -> None:
    assert main([]) == 2
    assert "list, show, check or try tools" in capsys.readouterr().err


def test_constrained_calls_are_refused_for_a_server(capsys: Captured) -> None:
    assert main(["run", "--url", "http://localhost:1/v1", "--constrained", "Hello?"]) == 1
    assert "not for one on a server" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_a_sentence_without_a_model_too(capsys: Captured) -> None:
    assert main(["run", "--url", "http://127.0.0.1:9/v1", "Hello?"]) == 1
    assert "Is the server running" in capsys.readouterr().err


@pytest.fixture
def broken_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = tmp_path / "broken-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[agentkit.tools]\nbroken = broken_tools:tools\n")
    (tmp_path / "broken_tools.py").write_text("raise ValueError('\\x1b[2J')")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("broken_plugin")
def test_a_plugin_that_fails_is_listed_and_the_command_does_not_fail(capsys: Captured) -> None:
    assert main(["tools"]) == 0
    listed = capsys.readouterr().out

    fault = "ValueError: \\x1b[2J (broken_tools.py, line 1)"
    assert f"broken  (from broken)\n  failed to load: {fault}\n" in listed
    assert "calculate" in listed


@pytest.mark.usefixtures("broken_plugin")
def test_a_run_goes_on_without_a_plugin_that_fails_and_says_so(
    scripted: Scripted, capsys: Captured
) -> None:
    scripted("Hello.")

    assert main(["run", "Hello?"]) == 0
    fault = "ValueError: \\x1b[2J (broken_tools.py, line 1)"
    assert f"Plugin broken failed: {fault}\n" in capsys.readouterr().err


@pytest.mark.usefixtures("broken_plugin")
def test_a_plugin_that_fails_ends_the_run_that_asks_for_it(
    scripted: Scripted, capsys: Captured
) -> None:
    scripted("Hello.")

    assert main(["run", "-t", "broken", "Hello?"]) == 1
    assert "'broken' of broken failed: ValueError: \\x1b[2J" in capsys.readouterr().err


# --- the command itself -------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "answer"), [("render", render_line), ("parse", parse_line)])
def test_help_names_what_stands_in_a_line_and_in_its_answer(
    command: str, answer: Callable[[dict[str, Any]], dict[str, Any]], capsys: Captured
) -> None:
    request = {"messages": [{"role": "user", "content": "Hi"}], "raw": "Hi."}
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    shown = " ".join(capsys.readouterr().out.split())

    asked, _, answered = shown.partition("The answer:")
    assert f'"{"messages" if command == "render" else "raw"}"' in asked
    assert all(f'"{key}"' in answered for key in answer(request))


@pytest.mark.parametrize("command", [[], ["run"], ["tools"], ["render"], ["parse"]])
def test_help_says_what_each_command_does(command: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    shown = capsys.readouterr().out

    assert left.value.code == 0
    assert shown.startswith(" ".join(["usage: agentkit", *command]))
    if not command:
        assert all(name in shown for name in ("run", "tools", "render", "parse"))


@pytest.mark.parametrize("given", [["walk"], ["run"], ["run", "a", "b"], ["tools", "sell"]])
def test_a_wrong_command_line_ends_with_2_and_the_usage(given: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        main(given)

    assert left.value.code == 2
    assert "usage: agentkit" in capsys.readouterr().err


def feed(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_parse_answers_every_line_and_a_bad_one_stops_nothing(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = json.dumps({"raw": f"<think>\nHm.\n</think>\n\nYes.\n{CALL}"})
    feed(f"{good}\nnonsense\n[]\n\n{json.dumps({'raw': 3})}\n{good}\n", monkeypatch)

    assert main(["parse"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(answers) == 5
    assert answers[0]["reasoning"] == "Hm."
    assert answers[0]["content"] == "Yes."
    assert answers[0]["tool_calls"] == [{"name": "calculate", "arguments": {"expression": "6 * 7"}}]
    assert answers[4] == answers[0]
    assert all(list(answer) == ["error"] for answer in answers[1:4])


def test_render_answers_every_line(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    good = json.dumps({"messages": [{"role": "user", "content": "Hello?"}]})
    feed(f"{good}\n{{}}\n", monkeypatch)

    assert main(["render"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers[0] == {"prompt": "<|im_start|>user\nHello?<|im_end|>\n"}
    assert list(answers[1]) == ["error"]


def test_the_module_is_the_command() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "agentkit", "tools", "show", "calculate"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert json.loads(result.stdout)["type"] == "function"
    assert result.stderr == ""


def test_a_reader_that_leaves_the_pipe_is_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = subprocess.run(
            [sys.executable, "-m", "agentkit", "tools"],
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)

    assert result.returncode == 1
    assert result.stderr == b""


def test_every_shipped_tool_can_be_shown(capsys: Captured) -> None:
    found: list[Tool] = list(agentkit.load_tools().values())

    for item in found:
        assert main(["tools", "show", item.name]) == 0
        assert json.loads(capsys.readouterr().out) == item.definition


def test_a_name_with_line_breaks_is_shown_in_one_line() -> None:
    call = ToolCall(id="1", name="a(1)\n← ok", arguments={"b\r\n→ c": "x\ny"})

    assert call_line(call) == 'a(1) ← ok(b → c="x\\ny")'
