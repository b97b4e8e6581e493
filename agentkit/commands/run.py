"""`agentkit run TASK`: run one task and show what happens."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any

from agentkit.agent import Agent
from agentkit.commands.ending import by_signals, to_its_end
from agentkit.commands.event_log import EventLog, for_events_only, logged_to_stderr
from agentkit.errors import AgentkitError, ConfigError
from agentkit.events import Event, TextDelta, ThinkingDelta
from agentkit.messages import Result, ToolCall, ToolResult, User, plain_text
from agentkit.model import Model, Sampling
from agentkit.models.local import LocalModel
from agentkit.models.server import ServerModel
from agentkit.models.server_probe import only_model
from agentkit.plugins import find_plugins, find_tools, load_tools
from agentkit.terminal import Terminal, call_line, in_lines
from agentkit.tools import Toolset

_SHOWN_RESULT = 600  # characters of a result on the screen; the model sees more
_NANO = (
    "Model: nano, the tiny embedded test model. It knows the shipped tools and little else; for "
    "real work use -m Qwen/Qwen3.5-4B."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "task", metavar="TASK", help="what to do, in plain words; - reads it from standard input"
    )
    parser.add_argument(
        "-m",
        "--model",
        help="hub name, folder, nano, or a name on the server (default: $AGENTKIT_MODEL, "
        "else the server's only one, else nano)",
    )
    parser.add_argument(
        "-u", "--url", help="use the model on this OpenAI-compatible server; ends in /v1"
    )
    parser.add_argument(
        "-t",
        "--tools",
        action="append",
        metavar="TOOLSET",
        help="only this toolset, or Python file with tools (repeatable; default: all installed)",
    )
    parser.add_argument("--no-think", action="store_true", help="answer without thinking first")
    parser.add_argument(
        "--constrained",
        action="store_true",
        help="mask tokens that can't be in a valid call; not with --url (needs xgrammar)",
    )
    parser.add_argument("--json", action="store_true", help="print one event a line, as JSON")


def main(options: argparse.Namespace) -> int:
    """Run the task; the exit code is 0 only if it is done."""

    def run(show: Callable[[Event], None], tell: Callable[[BaseException], None]) -> int:
        def work() -> int:
            return to_its_end(_run(_agent(options), _task(options.task), show), tell)

        return by_signals(work, tell)

    if not options.json:
        return run(_Screen().show, _tell)
    with for_events_only() as lines, logged_to_stderr():
        log = EventLog(lines)
        try:
            return run(log.show, log.tell)
        except AgentkitError as error:
            log.tell(error)
            return 1
        except BrokenPipeError:
            raise  # the reader has left
        except BaseException as error:
            log.tell(error)
            raise


def _task(words: str) -> str:
    """Return the task; `-` means to read it from standard input."""
    try:
        if words == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig")
        words.encode()  # fails for bytes of the command line that are not UTF-8
    except UnicodeError as error:
        raise ConfigError(f"The task is not valid UTF-8: {error}.") from error
    return words


def _tell(error: BaseException) -> None:
    print(in_lines(f"agentkit: {error}"), file=sys.stderr)


def _agent(options: argparse.Namespace) -> Agent:
    sampling = Sampling(thinking=False if options.no_think else None)
    key = options.api_key
    tools = _tools(options.tools)  # first, as a wrong name needs no model
    return Agent(_model(options, key), tools=tools, sampling=sampling)


def _model(options: argparse.Namespace, key: str | None) -> Model | str:
    for option in ("model", "url"):  # such as an unset variable of the shell
        if getattr(options, option) is not None and not getattr(options, option).strip():
            raise ConfigError(f"Expected a value for --{option}, found an empty text.")
    name = options.model or os.environ.get("AGENTKIT_MODEL")
    if options.url:
        if options.constrained:
            raise ConfigError(
                "--constrained works only for a model in this process, not for one on a server. "
                "Leave out --constrained or --url."
            )
        name = name or asyncio.run(only_model(options.url, key))
        return ServerModel(name, base_url=options.url, api_key=key)
    name = name or "nano"
    if name == "nano" and not options.json:
        print(_NANO, file=sys.stderr)
    return LocalModel(name, constrained=True) if options.constrained else name


def _tools(names: list[str] | None) -> Toolset:
    if names is None:
        plugins = find_plugins()
        for plugin in plugins:
            if plugin.error is not None:
                print(in_lines(f"Plugin {plugin.name} failed: {plugin.error}"), file=sys.stderr)
        return Toolset(item for plugin in plugins for item in plugin.tools)
    files = [name for name in dict.fromkeys(names) if name.endswith(".py")]
    installed = load_tools([name for name in names if name not in files])
    return Toolset([installed, *(item for file in files for item in find_tools(file))])


async def _run(agent: Agent, task: str, show: Any) -> int:
    outcome = ""
    async with contextlib.aclosing(agent.stream(task)) as events:
        async for event in events:
            show(event)
            if isinstance(event, Result):
                outcome = event.outcome
    return 0 if outcome == "done" else 1


class _Screen:
    """Shows events to a person: thought dimmed, calls and results marked, then the answer."""

    def __init__(self) -> None:
        self._terminal = Terminal()

    def show(self, event: Event) -> None:
        match event:
            case ThinkingDelta():
                self._terminal.write(event.text, "dim")
            case TextDelta():
                self._terminal.write(event.text)
            case ToolCall():
                self._terminal.line(f"→ {call_line(event)}", "cyan")
            case ToolResult():
                text = plain_text(event.content)
                cut = text if len(text) <= _SHOWN_RESULT else text[:_SHOWN_RESULT] + " …"
                failed = "" if event.status == "ok" else f"{event.status}: "
                shown = f"← {failed}{cut}".replace("\n", "\n  ")
                self._terminal.line(shown, "red" if failed else "dim")
            case User(purpose="correction" | "conclude"):
                self._terminal.line(f"! {plain_text(event.content)}", "red")
            case Result():
                self._terminal.end_line()
                if event.outcome != "done":
                    print(f"Not done: the run ended with {event.outcome}.", file=sys.stderr)
