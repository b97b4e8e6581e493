"""Write text to a person's terminal, which nothing a model or a tool says may control."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import TextIO

from agentkit.messages import ToolCall

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)
_STYLES = {"dim": "\x1b[2m", "bold": "\x1b[1m", "red": "\x1b[31m", "cyan": "\x1b[36m"}
_RESET = "\x1b[0m"


def visible(text: str) -> str:
    """Escape every control character but line break and tab, as in `\\x1b`."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def in_lines(text: str) -> str:
    """Escape text for a log; further lines are indented, so that none looks like a new entry."""
    return visible(text).replace("\n", "\n    ")


def call_line(call: ToolCall) -> str:
    """A call as a person writes one: `add(one=1, two=2)`."""
    arguments = ", ".join(
        f"{_in_a_line(name)}={json.dumps(value, ensure_ascii=False)}"
        for name, value in call.arguments.items()
    )
    return f"{_in_a_line(call.name)}({arguments})"


def _in_a_line(name: str) -> str:
    """A name as the model wrote it, but without line breaks, after which it could forge entries."""
    return " ".join(name.splitlines())


class Terminal:
    """Writes to a stream, in colour if it is a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        if isinstance(self._stream, io.TextIOWrapper):  # it may not be UTF-8
            self._stream.reconfigure(errors="backslashreplace")
        self._colour = self._stream.isatty()
        self._at_start = True
        self._style = ""

    def write(self, text: str, style: str = "") -> None:
        """Append text; a change of style begins a new line."""
        if not text:
            return
        if style != self._style:
            self.end_line()
            self._style = style
        shown = visible(text)
        if self._colour and style:
            shown = _STYLES[style] + shown + _RESET
        self._stream.write(shown)
        self._stream.flush()
        self._at_start = text.endswith("\n")

    def line(self, text: str, style: str = "") -> None:
        """Write text as a line of its own."""
        self.end_line()
        self._style = style
        self.write(text + "\n", style)

    def end_line(self) -> None:
        """Begin a new line, unless the last one is empty."""
        if not self._at_start:
            self._stream.write("\n")
            self._at_start = True
