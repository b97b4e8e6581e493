"""A run from the command line ends, whatever its tools do, on any machine, and keeps its key."""

import argparse
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agentkit import ConfigError
from agentkit.cli import main
from agentkit.commands.event_log import EventLog
from agentkit.commands.run import _agent
from agentkit.models.server import ServerModel
from agentkit.terminal import Terminal

STUBBORN = """
import asyncio
import os
import signal
import sys
import threading
from agentkit import ConfigError
from agentkit.commands.ending import to_its_end

# A shell ignores SIGINT for what it starts in the background, these tests perhaps.
signal.signal(signal.SIGINT, signal.default_int_handler)

async def never_end():
    while True:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            pass

async def run():
    task = asyncio.create_task(never_end())
    await asyncio.sleep(0.01)
    print("done", flush=True)
    if ENDS == "error":
        raise ConfigError("no model")
    if ENDS == "pipe":
        raise BrokenPipeError
    if ENDS == "fault":
        1 / 0
    if ENDS == "interrupt twice":
        again = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        again.start()
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(30)
    if ENDS in ("interrupt", "terminate"):
        signal.raise_signal(signal.SIGINT if ENDS == "interrupt" else signal.SIGTERM)
        await asyncio.sleep(30)
    return 3

raise SystemExit(to_its_end(run(), lambda error: print(error, file=sys.stderr)))
"""


SHOP = """
import subprocess
from agentkit import tool

@tool(effect="read")
def stock() -> int:
    \'\'\'Look up what is in stock.\'\'\'
    subprocess.run(["echo", "from a program"])
    return 3
"""
RUN_SHOP = """
import sys
from agentkit import cli, commands, ScriptedModel
from agentkit.commands import run

call = '<tool_call>\\n{"name": "stock", "arguments": {}}\\n</tool_call>'
run._model = lambda options, key: ScriptedModel([call, "Three."])
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("ends", "code", "said"),
    [
        ("well", 3, ""),
        ("error", 1, "no model"),
        ("interrupt", 130, ""),
        ("interrupt twice", 130, ""),
        ("terminate", 143, "by SIGTERM"),
        ("pipe", 1, ""),
        ("fault", 1, "ZeroDivisionError"),
    ],
)
def test_a_tool_that_will_not_be_cancelled_does_not_keep_the_program_from_ending(
    ends: str, code: int, said: str
) -> None:
    script = f"ENDS = {ends!r}\n{STUBBORN}"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )

    assert (ended.returncode, ended.stdout) == (code, "done\n")
    assert said in ended.stderr


def test_lines_are_read_as_utf_8_whatever_the_machine_writes() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "agentkit", "parse"],
        input=b'\xef\xbb\xbf{"raw": "Gr\xc3\xbc\xc3\x9fe"}\n',
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert json.loads(ended.stdout)["content"] == "Grüße"


def test_a_byte_that_is_no_utf_8_costs_its_line_only() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "agentkit", "parse"],
        input=b'{"raw": "a\xffb"}\n{"raw": "c"}\n',
        capture_output=True,
        timeout=30,
        check=True,
    )
    bad, good = map(json.loads, ended.stdout.splitlines())
    assert bad == {"error": "Expected UTF-8, found the byte 0xff."}
    assert good["content"] == "c"


def test_the_screen_shows_what_its_encoding_has_no_letter_for_as_an_escape() -> None:
    written = io.BytesIO()
    terminal = Terminal(io.TextIOWrapper(written, encoding="ascii"))
    terminal.line("→ stock")
    assert written.getvalue() == b"\\u2192 stock\n"


def test_the_log_of_a_run_has_one_last_line() -> None:
    written = io.StringIO()
    log = EventLog(written)

    log.tell(ConfigError("no model"))
    log.tell(KeyboardInterrupt())  # a signal while what was begun still ends

    assert [json.loads(line)["error"] for line in written.getvalue().splitlines()] == ["no model"]


def test_the_key_is_not_there_for_tools_nor_for_programs_that_they_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AGENTKIT_API_KEY", "sk-secret-secret")
    file = tmp_path / "spying_tools.py"
    file.write_text(
        "import os\nfrom agentkit import tool\nSEEN = os.environ.get('AGENTKIT_API_KEY')\n"
        "@tool\ndef spy() -> str:\n    'Spy.'\n    return str(SEEN)\n"
        "print('seen', SEEN)\n"
    )
    assert main(["tools", "show", str(file)]) == 0
    assert "seen None" in capsys.readouterr().out
    assert "AGENTKIT_API_KEY" not in os.environ
    options = argparse.Namespace(
        model="m",
        url="http://server.test/v1",
        constrained=False,
        no_think=False,
        tools=[str(file)],
        api_key="sk-secret-secret",
    )
    agent = _agent(options)
    assert isinstance(agent.model, ServerModel)
    assert agent.model._headers["Authorization"] == "Bearer sk-secret-secret"


HANGING = """
from typing import Annotated
from pydantic import AfterValidator
import sys, time
from agentkit import tool
from agentkit.commands import ending, run
from agentkit.threads import in_thread
from agentkit.models.scripted import ScriptedModel
from agentkit import Agent
import pydantic_core

def slowly(value):
    while True:
        time.sleep(0.01)

@tool(timeout=0.2)
def check() -> str:
    "Validate for ever, inside of Rust."
    rule = pydantic_core.core_schema.no_info_plain_validator_function(slowly)
    return pydantic_core.SchemaValidator(rule).validate_python(1)

model = ScriptedModel(["<tool_call>\\n<function=check>\\n</function>\\n</tool_call>", "Done."])
sys.exit(ending.to_its_end(run._run(Agent(model, tools=[check]), "Go.", print), print))
"""


def test_a_thread_in_rust_code_does_not_abort_the_end_of_the_program() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "outcome='done'" in ended.stdout


def test_no_program_of_a_tool_writes_between_the_events(tmp_path: Path) -> None:
    tools = tmp_path / "shop.py"
    tools.write_text(SHOP)
    ended = subprocess.run(
        [sys.executable, "-c", RUN_SHOP, "run", "--json", "-t", str(tools), "What is in stock?"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    events = [json.loads(line) for line in ended.stdout.splitlines()]
    assert events[-1]["type"] == "result"
    assert len({event["run"] for event in events}) == 1
    assert "from a program" in ended.stderr


def test_where_a_tool_failed_is_told_beside_the_events(tmp_path: Path) -> None:
    tools = tmp_path / "shop.py"
    tools.write_text(SHOP.replace("return 3", "return {}['sugar']"))
    ended = subprocess.run(
        [sys.executable, "-c", RUN_SHOP, "run", "--json", "-t", str(tools), "What is in stock?"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "KeyError: 'sugar'" in ended.stdout
    assert "shop.py" not in ended.stdout
    assert 'shop.py", line ' in ended.stderr


def test_whatever_ends_a_run_is_the_last_line() -> None:
    script = RUN_SHOP.replace('ScriptedModel([call, "Three."])', "1 / 0")
    ended = subprocess.run(
        [sys.executable, "-c", script, "run", "--json", "-t", "calculator", "What is in stock?"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    last = json.loads(ended.stdout)
    assert last.pop("time")
    assert last.pop("run")
    assert last == {"type": "error", "error": "ZeroDivisionError('division by zero')"}
    assert "Traceback" in ended.stderr


ENDED = """
import asyncio
import os
import signal
import sys
from agentkit import cli, tool, ScriptedModel
from agentkit.commands import run
from agentkit.tools import Toolset

@tool
async def copy() -> str:
    '''Copy all files.'''
    asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), signal.SIGTERM)
    try:
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0.5)
        print("cleaned up")

call = '<tool_call>\\n{"name": "copy", "arguments": {}}\\n</tool_call>'
run._model = lambda options, key: ScriptedModel([call, "Done."])
run._tools = lambda names: Toolset([copy])
sys.exit(cli.main(["run", "Copy them.", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_run_that_is_terminated_lets_its_tools_clean_up_and_says_so(
    options: tuple[str, ...],
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ENDED, *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 143
    assert "cleaned up" in (ended.stderr if options else ended.stdout)
    last = json.loads(ended.stdout.splitlines()[-1])["error"] if options else ended.stderr
    assert "The run was ended from outside, by SIGTERM." in last


def test_a_run_that_is_terminated_while_its_tools_are_loaded_says_so(tmp_path: Path) -> None:
    tools = tmp_path / "slow_tools.py"
    tools.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\ntools = []\n")
    ended = subprocess.run(
        [sys.executable, "-m", "agentkit", "run", "--json", "-t", str(tools), "Copy them."],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 143
    assert "by SIGTERM" in json.loads(ended.stdout)["error"]


BLOCKING = """
import os
import signal
import sys
import threading
import time
from agentkit import cli, tool, ScriptedModel
from agentkit.commands import run
from agentkit.tools import Toolset

@tool
async def copy() -> str:
    '''Copy all files, and let nothing else have its turn.'''
    for number in range(2):
        threading.Timer(0.1 + number, os.kill, (os.getpid(), signal.SIGTERM)).start()
    time.sleep(30)

call = '<tool_call>\\n{"name": "copy", "arguments": {}}\\n</tool_call>'
run._model = lambda options, key: ScriptedModel([call, "Done."])
run._tools = lambda names: Toolset([copy])
sys.exit(cli.main(["run", "Copy them."]))
"""


def test_a_second_signal_ends_a_program_that_a_tool_blocks() -> None:
    ended = subprocess.run([sys.executable, "-c", BLOCKING], timeout=25, check=False)
    assert ended.returncode == -signal.SIGTERM


@pytest.mark.parametrize(
    ("task", "given", "words"),
    [
        ("-", b"What is 2+2?", "4"),
        ("-", b"gr\xfc\xdfe", "The task is not valid UTF-8"),
        (b"gr\xfc\xdfe", b"", "The task is not valid UTF-8"),
        ("-", b" \n", "Expected a task, found nothing"),
    ],
)
def test_a_task_comes_in_as_text_or_is_told(task: str | bytes, given: bytes, words: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "agentkit", "run", "--json", task],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )

    last = json.loads(ended.stdout.splitlines()[-1])
    assert words in (last.get("text") or last["error"])


class Pieces(io.StringIO):
    """What is written, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return len(text)


def test_a_line_of_the_log_is_written_at_once_whatever_its_length() -> None:
    stream = Pieces()
    EventLog(stream).tell(ConfigError("x" * 100_000))

    assert [piece[-2:] for piece in stream.pieces] == ["}\n"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_file_that_may_not_grow_is_told_in_a_sentence(tmp_path: Path) -> None:
    command = f"ulimit -f 1; {sys.executable} -m agentkit render > {tmp_path / 'prompts'}"
    line = json.dumps({"messages": [{"role": "user", "content": "x" * 5_000}]})
    # Unbuffered, Python itself forgets what a write has left over.
    environment = {name: os.environ[name] for name in os.environ if name != "PYTHONUNBUFFERED"}
    ended = subprocess.run(
        ["bash", "-c", command],
        input=line,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )

    assert (ended.returncode, ended.stderr) == (
        1,
        "agentkit: File too large: the output is incomplete.\n",
    )
