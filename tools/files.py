"""Tools that list, read and search files under a root folder and never leave it."""

from heapq import nsmallest
from pathlib import Path
from typing import Annotated, BinaryIO, TypeAlias

from agentkit.errors import ToolError
from agentkit.tools import Tool, tool
from agentkit_tools.encoding import decoded, what_is_no_text
from agentkit_tools.rooted import (
    Opened,
    by_name,
    counted,
    entries_in,
    entry_name,
    open_inside,
    quoted,
)
from agentkit_tools.searching import Search, searchable

MOST_NAMES = 200
MOST_LINES = 200
MOST_CHARACTERS = 8_000
LONGEST_LINE = 500_000

_Path: TypeAlias = Annotated[str, "relative path such as notes/todo.txt"]
_Folder: TypeAlias = Annotated[str, "relative path; . is the folder itself"]

_BLOCK = 1 << 16


def _require_file(opened: Opened) -> None:
    if opened.is_folder:
        raise ToolError(
            f"Expected a file, found the folder {quoted(opened.path)}. Use list_files to see what "
            "is in it."
        )


def _listing(folder: Opened) -> str:
    if not folder.is_folder:
        raise ToolError(
            f"Expected a folder, found the file {quoted(folder.path)}. Use read_file to read it."
        )
    total = sum(1 for _ in entries_in(folder.place))
    first = nsmallest(MOST_NAMES, entries_in(folder.place), key=by_name)
    lines = [counted(total, "entry", "entries"), *map(entry_name, first)]
    if total > len(first):
        lines.append(f"[{total - len(first)} more]")
    return "\n".join(lines)


def _count_lines(opened: Opened) -> int:
    _require_file(opened)
    count, last = 0, b"\n"
    left = most = max(opened.size, _BLOCK)  # a file that grows while it is read still has an end
    with opened.read() as stream:
        while left > 0 and (block := stream.read(min(_BLOCK, left))):
            _require_text(block, opened, is_first=left == most)
            left -= len(block)
            count += block.count(b"\n")
            last = block
    return count + (not last.endswith(b"\n"))


def _require_text(block: bytes, opened: Opened, *, is_first: bool) -> None:
    if reason := what_is_no_text(block, is_first=is_first):
        raise ToolError(
            f"Expected a text file, found {quoted(opened.path)}, which is {reason}. Read another."
        )


def _excerpt_from(opened: Opened, first_line: int) -> str:
    total = _count_lines(opened)
    if not total:
        return "[the file is empty]"
    if not 1 <= first_line <= total:
        raise ToolError(
            f"Expected first_line from 1 to {total}, found {first_line}. "
            f"{quoted(opened.path)} has {counted(total, 'line', 'lines')}."
        )
    with opened.read() as stream:
        for _ in range(first_line - 1):
            _skip_line(stream)
        return _window(stream, first_line, total)


def _skip_line(stream: BinaryIO) -> None:
    while (piece := stream.readline(_BLOCK)) and not piece.endswith(b"\n"):
        pass


def _window(stream: BinaryIO, first_line: int, total: int) -> str:
    lines: list[str] = []
    room = MOST_CHARACTERS
    while len(lines) < MOST_LINES:
        # A character has at most four bytes, so this is either a whole line or more than fits.
        written = stream.readline(4 * MOST_CHARACTERS + 4)
        line = decoded(written, is_cut=len(written) > 4 * MOST_CHARACTERS)
        if not line or len(line) > room:
            break
        lines.append(line)
        room -= len(line)
    last = first_line + len(lines) - 1
    if last >= total or not line:
        return "".join(lines)
    if not lines:
        rest = b"" if written.endswith(b"\n") else stream.readline(4 * LONGEST_LINE)
        return _long_line(written + rest, first_line, total)
    return f"{''.join(lines)}[lines {first_line} to {last} of {total}{_go_on(last + 1, total)}]"


def _long_line(written: bytes, number: int, total: int) -> str:
    """Return a line longer than a page whole, since its rest can't be read in any other way."""
    line: str = decoded(written, is_cut=not written.endswith(b"\n"))
    is_cut = len(line) > LONGEST_LINE
    if number == total and not is_cut:
        return line
    note = f"is cut after {LONGEST_LINE} characters" if is_cut else "is long"
    end = "" if line.endswith("\n") and not is_cut else "\n"
    return f"{line[:LONGEST_LINE]}{end}[line {number} of {total} {note}{_go_on(number + 1, total)}]"


def _go_on(line: int, total: int) -> str:
    return f"; go on with first_line={line}" if line <= total else ""


def file_tools(root: Path) -> tuple[Tool, ...]:
    """The tools that read under `root`; a relative root is looked up at each call."""

    @tool(effect="read")
    def list_files(folder: _Folder = ".") -> str:
        """List the files in a folder."""
        with open_inside(root, folder) as found:
            return _listing(found)

    @tool(effect="read")
    def read_file(path: _Path, first_line: Annotated[int, "line to start at, from 1"] = 1) -> str:
        """Read a text file."""
        with open_inside(root, path) as found:
            return _excerpt_from(found, first_line)

    @tool(effect="read")
    def find_text(
        text: Annotated[str, "words to look for, in any case"], folder: _Folder = "."
    ) -> str:
        """Find the lines that contain a text, in all files of a folder."""
        search = Search(searchable(text), root)
        with open_inside(root, folder) as found:
            search.look_in(found)
        report: str = search.report()
        return report

    @tool(effect="read")
    def count_lines(path: _Path) -> int:
        """Number of lines of a text file."""
        with open_inside(root, path) as found:
            return _count_lines(found)

    return list_files, read_file, find_text, count_lines


tools: tuple[Tool, ...] = file_tools(Path())
