"""JSON lines in, JSON lines out: one answer per line, in order; a bad line stops nothing."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from typing import Any, TextIO

from agentkit.errors import AgentkitError

_BAD_BYTE = re.compile("[\udc80-\udcff]")  # how Python reads a byte that is not UTF-8


def answer_lines(
    answer: Callable[[dict[str, Any]], dict[str, Any]],
    source: TextIO | None = None,
    target: TextIO | None = None,
) -> int:
    """Answer each line of standard input with one line; `{"error": …}` where that fails."""
    source, target = source or sys.stdin, target or sys.stdout
    if isinstance(source, io.TextIOWrapper):
        # JSON is UTF-8, whatever the machine's own encoding; a bad byte spoils only its line.
        source.reconfigure(encoding="utf-8-sig", errors="surrogateescape")
    for line in source:
        if line.strip():
            target.write(json.dumps(_answer(answer, line), ensure_ascii=True) + "\n")
            target.flush()
    return 0


def _answer(answer: Callable[[dict[str, Any]], dict[str, Any]], line: str) -> dict[str, Any]:
    if bad := _BAD_BYTE.search(line):
        return {"error": f"Expected UTF-8, found the byte 0x{ord(bad[0]) - 0xDC00:02x}."}
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"Expected a JSON object on the line, found something else: {error}"}
    if not isinstance(request, dict):
        return {"error": f"Expected a JSON object, found {type(request).__name__}."}
    try:
        return answer(request)
    except AgentkitError as error:
        return {"error": str(error)}
    except Exception as error:
        # A request of an unforeseen shape must not stop the lines after it.
        return {"error": f"The request can't be used: {type(error).__name__}: {error}"}
