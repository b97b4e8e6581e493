"""`agentkit run TASK`: run one task and show what happens."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import json
import logging
import os
import signal
import sys
import threading
import traceback
import uuid
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TextIO

from agentkit.agent import Agent
from agentkit.errors import AgentkitError, ConfigError
from agentkit.events import Event, TextDelta, ThinkingDelta
from agentkit.messages import Result, ToolCall, ToolResult, User, plain_text
from agentkit.model import Model, Sampling
from agentkit.models.local import LocalModel
from agentkit.models.server import ServerModel
from agentkit.models.server_probe import only_model
from agentkit.plugins import find_plugins, find_tools, load_tools
from agentkit.terminal import Terminal, call_line, in_lines
from agentkit.threads import threads_at_work
from agentkit.tools import Toolset

_SECONDS_TO_END = 2.0  # that tools have to stop in once the run is over
_SECONDS_OF_THREADS = 0.5
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


@contextlib.contextmanager
def _logged_to_stderr() -> Iterator[None]:
    """Log to stderr where tools failed. Plugins may set up the root logger as they like."""
    log, handler = logging.getLogger("agentkit"), logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


class _Terminated(AgentkitError):
    """The program was asked to end, as a service manager or a stopping container does."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"The run was ended from outside, by {number.name}.")
        self.code = 128 + number


class _Signal(KeyboardInterrupt):
    """A SIGTERM before the event loop runs, for example while plugins take long to load."""


def main(options: argparse.Namespace) -> int:
    """Run the task; the exit code is 0 only if it is done."""

    def run(show: Callable[[Event], None], tell: Callable[[BaseException], None]) -> int:
        def work() -> int:
            return _to_its_end(_run(_agent(options), _task(options.task), show), tell)

        return _by_signals(work, tell)

    if not options.json:
        return run(_Screen().show, _tell)
    with _for_events_only() as lines, _logged_to_stderr():
        log = _Log(lines)
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


@contextlib.contextmanager
def _for_events_only() -> Iterator[TextIO]:
    """Reserve standard output for events; what plugins, tools and programs print goes to stderr."""
    lines = sys.stdout
    with contextlib.redirect_stdout(sys.stderr), contextlib.ExitStack() as after:
        # A stream may be closed, or an object that a caller in Python put there.
        with contextlib.suppress(AttributeError, OSError, ValueError):
            number, others = lines.fileno(), sys.stderr.fileno()
            lines.flush()
            kept = os.dup(number)  # unlike `number`, not inherited by programs
            after.callback(os.close, kept)
            after.callback(os.dup2, kept, number)
            os.dup2(others, number)
            lines = after.enter_context(open(kept, "w", encoding=lines.encoding, closefd=False))
        yield lines


def _tell(error: BaseException) -> None:
    print(in_lines(f"agentkit: {error}"), file=sys.stderr)


def _to_its_end(work: Coroutine[Any, Any, int], tell: Callable[[BaseException], None]) -> int:
    """Like `asyncio.run`, but a tool that ignores cancellation can't keep the program alive."""
    others = threads_at_work()  # perhaps the caller's
    with asyncio.Runner() as runner:
        try:
            code = runner.run(_until_terminated(work))
        except BaseException as error:
            if not runner.run(_some_go_on()) and not isinstance(error, _Terminated):
                raise
            code = _code_of(error, tell)
        if runner.run(_some_go_on()) or any(map(_goes_on, threads_at_work() - others)):
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
        return code


def _by_signals(work: Callable[[], int], tell: Callable[[BaseException], None]) -> int:
    """Return the exit code of the work, also if a signal ends it before its loop begins."""

    def end(*_: object) -> None:
        raise _Signal

    is_main = threading.current_thread() is threading.main_thread()
    before = (signal.signal(signal.SIGTERM, end) if is_main else None) or signal.SIG_DFL
    try:
        return work()
    except KeyboardInterrupt as error:
        ended = _Terminated(signal.SIGTERM if isinstance(error, _Signal) else signal.SIGINT)
        tell(ended)
        return ended.code
    finally:
        if is_main:
            signal.signal(signal.SIGTERM, before)


async def _until_terminated(work: Coroutine[Any, Any, int]) -> int:
    """Await the work and cancel it at a SIGTERM, so that tools can clean up."""
    loop, task, ended = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
    before = signal.getsignal(signal.SIGTERM)

    def end() -> None:
        ended.set()
        if task is not None:
            task.cancel()

    def heard(*_: object) -> None:
        # A second one ends the program at once, even if a tool blocks the event loop.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        loop.call_soon_threadsafe(end)

    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, heard)
    try:
        return await work
    except asyncio.CancelledError:
        if ended.is_set():
            raise _Terminated(signal.SIGTERM) from None
        raise
    finally:
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _goes_on(thread: threading.Thread) -> bool:
    """Whether a thread still runs; one that has done its work gets a moment to end."""
    thread.join(_SECONDS_OF_THREADS)
    return thread.is_alive()


def _code_of(error: BaseException, tell: Callable[[BaseException], None]) -> int:
    """Report an error that can't be raised any more, and return the exit code."""
    if isinstance(error, KeyboardInterrupt):
        error = _Terminated(signal.SIGINT)
    if not isinstance(error, BrokenPipeError):  # the reader has left
        tell(error)
        if not isinstance(error, AgentkitError):
            traceback.print_exception(error)
    return error.code if isinstance(error, _Terminated) else 1


async def _some_go_on() -> bool:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        if not task.cancelling():  # else it is cleaning up
            task.cancel()
    return bool(others and (await asyncio.wait(others, timeout=_SECONDS_TO_END))[1])


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


class _Log:
    """Writes a run's events as JSON lines; the last is its result or the error that ended it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._run = uuid.uuid4().hex[:8]  # tells the lines of several runs apart
        self._has_ended = False

    def show(self, event: Event) -> None:
        self._write(_as_json(event))
        self._has_ended = isinstance(event, Result)

    def tell(self, error: BaseException) -> None:
        if not self._has_ended:
            words = str(error) if isinstance(error, AgentkitError) else repr(error)
            self._write({"type": "error", "error": words})
            self._has_ended = True

    def _write(self, line: dict[str, Any]) -> None:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        timed = {"type": line["type"], "time": now, "run": self._run, **line}
        self._stream.write(json.dumps(timed) + "\n")  # in one piece: others may write to this log
        self._stream.flush()


def _as_json(event: Event) -> dict[str, Any]:
    match event:
        case ThinkingDelta():
            return {"type": "thinking", "text": event.text}
        case TextDelta():
            return {"type": "text", "text": event.text}
        case ToolCall():
            return {"type": "call", **event.model_dump(mode="json")}
        case Result():
            return {"type": "result", "calls": dict(event.calls), **event.model_dump(mode="json")}
        case _:
            return {"type": "message", "message": event.model_dump(mode="json")}
