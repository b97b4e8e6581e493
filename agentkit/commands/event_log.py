"""A run's events as JSON lines on standard output, and everything else on standard error."""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import os
import sys
import uuid
from collections.abc import Iterator
from typing import Any, TextIO

from agentkit.errors import AgentkitError
from agentkit.events import Event, TextDelta, ThinkingDelta
from agentkit.messages import Result, ToolCall


@contextlib.contextmanager
def for_events_only() -> Iterator[TextIO]:
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


@contextlib.contextmanager
def logged_to_stderr() -> Iterator[None]:
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


class EventLog:
    """Writes a run's events as JSON lines; the last is its result or the error that ended it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._run = uuid.uuid4().hex[:8]  # tells the lines of several runs apart
        self._has_ended = False

    def show(self, event: Event) -> None:
        self._write(as_json(event))
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


def as_json(event: Event) -> dict[str, Any]:
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
