"""What the shipped tools answer about files that exist only in memory.

The tests hold this equal to the real tools.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from agentkit.errors import ToolError
from agentkit_tools.calculator import calculate as calculator
from agentkit_tools.text import text_statistics as statistics

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def calculate(expression: str) -> str:
    """The result, or a text that starts with `Cannot`."""
    try:
        return str(calculator.function(expression))
    except ToolError as error:
        return f"Cannot: {error}"


def read_file(files: Mapping[str, str], path: str) -> str:
    return files[path].rstrip("\n")


def _entries(files: Mapping[str, str], folder: str) -> list[str]:
    inside = "" if folder == "." else folder.rstrip("/") + "/"
    below = (path.removeprefix(inside) for path in files if path.startswith(inside))
    return sorted({name.split("/")[0] + ("/" if "/" in name else "") for name in below})


def list_files(files: Mapping[str, str], folder: str) -> str:
    names = _entries(files, folder)
    return "\n".join([f"{len(names)} {'entry' if len(names) == 1 else 'entries'}", *names])


def find_text(files: Mapping[str, str], text: str, folder: str) -> str:
    inside = "" if folder == "." else folder.rstrip("/") + "/"
    hits = [
        f"{path}:{number}: {line.strip()}"
        for path in sorted(files)
        if path.startswith(inside)
        for number, line in enumerate(files[path].split("\n"), 1)
        if text.casefold() in line.casefold()
    ]
    return "\n".join([f"{len(hits)} {'match' if len(hits) == 1 else 'matches'}", *hits])


def missing(files: Mapping[str, str], path: str) -> str:
    """The sentence about a file that is not there, with the names that are."""
    parts = path.split("/")
    for depth, part in enumerate(parts):
        folder = "/".join(parts[:depth]) or "."
        known = {entry.rstrip("/"): entry for entry in _entries(files, folder)}
        if part not in known:
            close = get_close_matches(part, known, n=5, cutoff=0.4) or sorted(known)[:5]
            nearby = ["/".join([*parts[:depth], known[name]]) for name in close]
            advice = f"Files nearby: {', '.join(nearby)}." if nearby else "The folder has no files."
            return f'No file "{path}". {advice}'
    raise ValueError(path)


def moment_text(moment: datetime, zone: str) -> str:
    local = moment.replace(tzinfo=ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M:%S %Z}, {_WEEKDAYS[local.weekday()]}"


def text_statistics(text: str) -> str:
    return json.dumps(statistics.function(text), separators=(",", ":"))
