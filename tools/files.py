"""Reading files under a root folder, which no path, link or race leads out of.

    "docs/../a.txt"  ->  root, docs, back to root, a.txt     each opened from the folder before

Every folder on the way is held open and each name is opened from it without following links; a link
is read and its target walked by the same rules. Nothing is checked by name and opened later, so
swapping a folder for a link meanwhile changes nothing. Systems that can't open relative to an open
folder (Windows) resolve the path, check it, then open it: there a swap in between is not caught.
"""

import errno
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from heapq import nsmallest
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, TypeAlias

from agentkit.errors import ToolError
from agentkit.tools import Tool, tool

MOST_NAMES = 200
MOST_LINES = 200
MOST_CHARACTERS = 8_000
LONGEST_LINE = 500_000
MOST_MATCHES = 50
MOST_EXCERPT = 200
LARGEST_SEARCHED = 2_000_000
MOST_SEARCHED = 5_000
MOST_SEARCHED_BYTES = 200_000_000
NOT_SEARCHED = frozenset({".git", "__pycache__", ".venv", "node_modules"})

_Path: TypeAlias = Annotated[str, "relative path such as notes/todo.txt"]
_Folder: TypeAlias = Annotated[str, "relative path; . is the folder itself"]

_LONGEST_PATH = 4_096
_DEEPEST = 64
_MOST_LINKS = 40
_MOST_COMPARED = 1_000
_BLOCK = 1 << 16

_HELD_OPEN = os.open in os.supports_dir_fd and os.scandir in os.supports_fd


def _flags(*names: str) -> int:
    return os.O_RDONLY | sum(getattr(os, name, 0) for name in names)


# O_NONBLOCK: opening a pipe must not wait for its other end.
_FLAGS = _flags("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
_ROOT_FLAGS = _flags("O_DIRECTORY", "O_CLOEXEC")  # the root itself may be a link
_IS_LINK = {errno.ELOOP, errno.EMLINK}  # what systems answer to O_NOFOLLOW on a link


# Words


def _shown(name: str) -> str:
    """A name on one line, whatever characters it is made of."""
    return "".join(map(_shown_character, name))


def _shown_character(character: str) -> str:
    match unicodedata.category(character):
        case "Cc":
            return f"\\x{ord(character):02x}"
        case "Cs":  # how Python writes a byte of a name that is not UTF-8
            return "\ufffd"
        case _:
            return character


def _quoted(path: str) -> str:
    return f'"{_shown(path[:200])}{"…" if len(path) > 200 else ""}"'


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _outside(path: str) -> ToolError:
    return ToolError(
        f"Expected a path inside the folder of these tools, found {_quoted(path)}, which leads out "
        "of it. Use a relative path such as folder/name.txt."
    )


def _missing(path: str, nearby: list[str]) -> ToolError:
    advice = f"Files nearby: {', '.join(nearby)}." if nearby else "The folder has no files."
    return ToolError(f"No file {_quoted(path)}. {advice}")


def _failed(path: str, error: OSError) -> ToolError:
    reason = os.strerror(error.errno) if error.errno else "unknown reason"
    return ToolError(f"Expected a file that can be read, found {_quoted(path)}: {reason}.")


# Opening


@dataclass(frozen=True)
class _Opened:
    """A file or folder under the root: an open descriptor, or on Windows a path."""

    place: int | str
    names: tuple[str, ...]
    mode: int
    size: int

    @property
    def path(self) -> str:
        return "/".join(self.names) or "."

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)

    def close(self) -> None:
        if isinstance(self.place, int):
            os.close(self.place)

    def read(self) -> BinaryIO:
        """The contents; closing them leaves this open."""
        if isinstance(self.place, str):
            return Path(self.place).open("rb")
        os.lseek(self.place, 0, os.SEEK_SET)
        return open(self.place, "rb", closefd=False)


def _described(place: int | str, names: tuple[str, ...]) -> _Opened:
    status = os.stat(place)  # noqa: PTH116 - a descriptor has no Path
    return _Opened(place, names, status.st_mode, status.st_size)


def _relative(root: Path, path: str) -> str:
    """The path from the root; an absolute one must begin with the root as it is spelled."""
    if len(path) > _LONGEST_PATH:
        raise ToolError(
            f"Expected at most {_LONGEST_PATH} characters in a path, found {len(path)}."
        )
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in path):
        raise ToolError(
            f"Expected a path without control characters, found {_quoted(path)}. Use list_files to "
            "see the names."
        )
    if not os.path.isabs(path):  # noqa: PTH117 - Path would tidy the text away
        return path
    inside = os.path.join(root.absolute(), "")  # noqa: PTH118 - with its last slash
    if path + os.sep == inside:
        return "."
    if not path.startswith(inside):
        raise _outside(path)
    return path.removeprefix(inside)


@contextmanager
def _opened(root: Path, path: str) -> Iterator[_Opened]:
    """The file or folder of a path that a model wrote, opened inside the root."""
    try:
        relative = _relative(root, path)
        found = _walk(root, relative, path) if _HELD_OPEN else _resolve(root, relative, path)
    except OSError as error:
        raise _failed(path, error) from None
    try:
        _require_content(found.mode, path)
        yield found
    except OSError as error:
        raise _failed(path, error) from None
    finally:
        found.close()


def _require_content(mode: int, path: str) -> None:
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise ToolError(
            f"Expected a file or a folder, found {_quoted(path)}, which is a pipe, socket or "
            "device. Use list_files to find another."
        )


def _walk(root: Path, relative: str, path: str) -> _Opened:
    """Go from the root one name at a time, holding each folder open for the way back by `..`."""
    places = [os.open(root, _ROOT_FLAGS)]
    names: list[str] = []
    ahead = relative.split("/")[::-1]
    links = 0
    try:
        while ahead:
            name = ahead.pop()
            if name == "..":
                if not names:
                    raise _outside(path)
                names.pop()
                os.close(places.pop())
            elif name not in {"", "."}:
                found = _open_name(places[-1], name, names, path)
                if isinstance(found, int):
                    places.append(found)
                    names.append(name)
                else:
                    links += 1
                    ahead += _link_target(found, path).split("/")[::-1]
                if links > _MOST_LINKS or len(names) > _DEEPEST:
                    raise ToolError(
                        f"Expected a file or a folder, found {_quoted(path)}, which is a loop of "
                        "links or nested too deeply. Use another path."
                    )
        result = _described(places[-1], tuple(names))
        places.pop()
        return result
    finally:
        for place in places:
            os.close(place)


def _open_name(folder: int, name: str, names: list[str], path: str) -> int | str:
    """A descriptor, or the target of a link."""
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if not stat.S_ISLNK(mode):  # opening a pipe would already take what is written to it
            _require_content(mode, path)
        return os.open(name, _FLAGS, dir_fd=folder)
    except FileNotFoundError:
        if (other := _other_form(folder, name)) is not None:
            return _open_name(folder, other, names, path)
        raise _missing(path, _nearby(folder, names, name)) from None
    except OSError as error:
        if error.errno not in _IS_LINK:
            raise
    try:
        return os.readlink(name, dir_fd=folder)
    except FileNotFoundError:
        raise _missing(path, _nearby(folder, names, name)) from None
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return name  # no longer a link: look again, counted as one


def _link_target(target: str, path: str) -> str:
    if target.startswith("/"):
        raise _outside(path)
    return target


def _resolve(root: Path, relative: str, path: str, *, again: bool = True) -> _Opened:
    inside = root.resolve(strict=True)
    real = Path(os.path.realpath(inside / relative))
    if not real.is_relative_to(inside):
        raise _outside(path)
    is_missing = again and not real.exists() and real.parent.is_dir()
    if is_missing and (other := _other_form(str(real.parent), real.name)) is not None:
        there = str(real.parent.relative_to(inside) / other)
        return _resolve(root, there, path, again=False)
    if not real.exists():
        while not real.parent.is_dir():
            real = real.parent
        before = list(real.relative_to(inside).parts[:-1])
        raise _missing(path, _nearby(str(real.parent), before, real.name))
    return _described(str(real), real.relative_to(inside).parts)


def _other_form(folder: int | str, name: str) -> str | None:
    """The one entry whose name is the same letters, composed in another way, as on a Mac.

    A model can't write those: its tokenizer composes them.
    """
    if name.isascii():
        return None
    wanted = unicodedata.normalize("NFC", name)
    entries = (entry.name for entry in islice(_entries(folder), _MOST_COMPARED))
    same = [each for each in entries if unicodedata.normalize("NFC", each) == wanted]
    return same[0] if len(same) == 1 and same[0] != name else None


def _nearby(folder: int | str, names: list[str], name: str) -> list[str]:
    """The names most like a missing one, else the first few, as paths that can be used."""
    known = {entry.name: _entry_name(entry) for entry in islice(_entries(folder), _MOST_COMPARED)}
    close = get_close_matches(name[:100], known, n=5, cutoff=0.4) or sorted(known)[:5]
    return ["/".join([*map(_shown, names), known[near]]) for near in close]


def _entries(folder: int | str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.name != ".git")


def _by_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _entry_name(entry: os.DirEntry[str]) -> str:
    return _shown(entry.name) + ("/" if entry.is_dir(follow_symlinks=False) else "")


# Listing and reading


def _require_file(opened: _Opened) -> None:
    if opened.is_folder:
        raise ToolError(
            f"Expected a file, found the folder {_quoted(opened.path)}. Use list_files to see what "
            "is in it."
        )


def _listing(folder: _Opened) -> str:
    if not folder.is_folder:
        raise ToolError(
            f"Expected a folder, found the file {_quoted(folder.path)}. Use read_file to read it."
        )
    total = sum(1 for _ in _entries(folder.place))
    first = nsmallest(MOST_NAMES, _entries(folder.place), key=_by_name)
    lines = [_counted(total, "entry", "entries"), *map(_entry_name, first)]
    if total > len(first):
        lines.append(f"[{total - len(first)} more]")
    return "\n".join(lines)


def _count_lines(opened: _Opened) -> int:
    _require_file(opened)
    count, last = 0, b"\n"
    left = max(opened.size, _BLOCK)  # a file that grows while it is read still has an end
    with opened.read() as stream:
        while left > 0 and (block := stream.read(min(_BLOCK, left))):
            _require_text(block, opened)
            left -= len(block)
            count += block.count(b"\n")
            last = block
    return count + (not last.endswith(b"\n"))


def _require_text(block: bytes, opened: _Opened) -> None:
    if b"\0" in block:
        raise ToolError(
            f"Expected a text file, found {_quoted(opened.path)}, which is binary. Read another."
        )


def _excerpt_from(opened: _Opened, first_line: int) -> str:
    total = _count_lines(opened)
    if not total:
        return "[the file is empty]"
    if not 1 <= first_line <= total:
        raise ToolError(
            f"Expected first_line from 1 to {total}, found {first_line}. "
            f"{_quoted(opened.path)} has {_counted(total, 'line', 'lines')}."
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
        # Four bytes make at most one character, so this is either a whole line or too much.
        written = stream.readline(4 * MOST_CHARACTERS + 4)
        line = written.decode(errors="replace")
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
    """One line that fills more than a page: whole, since there is no other way to its rest."""
    line = written.decode(errors="replace")
    is_cut = len(line) > LONGEST_LINE
    if number == total and not is_cut:
        return line
    note = f"is cut after {LONGEST_LINE} characters" if is_cut else "is long"
    end = "" if line.endswith("\n") and not is_cut else "\n"
    return f"{line[:LONGEST_LINE]}{end}[line {number} of {total} {note}{_go_on(number + 1, total)}]"


def _go_on(line: int, total: int) -> str:
    return f"; go on with first_line={line}" if line <= total else ""


# Searching


@dataclass
class _Search:
    """Looks for a text in file after file, until it has seen enough."""

    text: str
    root: Path
    lines: list[str] = field(default_factory=list)
    matches: int = 0
    seen: int = 0
    size: int = 0
    unread: int = 0
    binary: int = 0
    stopped: bool = False

    def look_in(self, opened: _Opened) -> None:
        if not opened.is_folder:
            self._look_in_file(opened)
            return
        entries = islice(_entries(opened.place), MOST_SEARCHED + 1)
        for entry in sorted(entries, key=_by_name):
            self.stopped = self.seen >= MOST_SEARCHED or self.size >= MOST_SEARCHED_BYTES
            if self.stopped:
                return
            self.seen += 1
            is_plain = entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
            if is_plain and entry.name not in NOT_SEARCHED:
                self._look_in_entry(opened, entry.name)

    def _look_in_entry(self, folder: _Opened, name: str) -> None:
        names = (*folder.names, name)
        try:
            if len(names) > _DEEPEST:
                raise OSError(errno.ENAMETOOLONG, "nested too deeply")
            child = self._open_entry(folder, names)
        except (OSError, ToolError):
            self.unread += 1
            return
        try:
            self.look_in(child)
        except OSError:
            self.unread += 1
        finally:
            child.close()

    def _open_entry(self, folder: _Opened, names: tuple[str, ...]) -> _Opened:
        if isinstance(folder.place, str):
            return _resolve(self.root, "/".join(names), names[-1])
        place = os.open(names[-1], _FLAGS, dir_fd=folder.place)
        return _described(place, names)

    def _look_in_file(self, opened: _Opened) -> None:
        if not stat.S_ISREG(opened.mode):
            return
        if opened.size > LARGEST_SEARCHED:
            self.unread += 1
            return
        with opened.read() as stream:
            data = stream.read(LARGEST_SEARCHED)
        self.size += len(data)
        if b"\0" in data:
            self.binary += 1
        else:
            self._look_in_text(opened, data.decode(errors="replace"))

    def _look_in_text(self, opened: _Opened, text: str) -> None:
        wanted = _comparable(self.text)
        if wanted not in _comparable(text):
            return
        path = "/".join(map(_shown, opened.names))
        for number, line in enumerate(text.split("\n"), start=1):
            at = _comparable(line).find(wanted)
            if at >= 0:
                self.matches += 1
                if len(self.lines) < MOST_MATCHES:
                    self.lines.append(f"{path}:{number}: {_around(line, at)}")

    def report(self) -> str:
        lines = [_counted(self.matches, "match", "matches"), *self.lines]
        if self.matches > len(self.lines):
            lines.append(f"[{self.matches - len(self.lines)} more]")
        if self.unread:
            lines.append(f"[{_counted(self.unread, 'file', 'files')} too large or not readable]")
        if self.binary and not self.matches:
            lines.append(f"[{_counted(self.binary, 'file is', 'files are')} not text]")
        if self.stopped:
            lines.append(f"[stopped after {self.seen} names; search in a smaller folder]")
        return "\n".join(lines)


def _comparable(text: str) -> str:
    """Without regard to case, and to how letters are composed."""
    return unicodedata.normalize("NFC", text.casefold())


def _around(line: str, at: int) -> str:
    """The part of a long line where the match is."""
    line = line.rstrip()
    start = max(0, min(at - MOST_EXCERPT // 2, len(line) - MOST_EXCERPT))
    return line[start : start + MOST_EXCERPT].strip()


def _searchable(text: str) -> str:
    if not text or "\n" in text:
        found = "a line break" if text else "nothing"
        raise ToolError(f"Expected a text within one line, found {found}. Search for a few words.")
    return text


def file_tools(root: Path) -> tuple[Tool, ...]:
    """The tools that read under `root`; a relative root is looked up at each call."""

    @tool(effect="read")
    def list_files(folder: _Folder = ".") -> str:
        """List the files in a folder."""
        with _opened(root, folder) as found:
            return _listing(found)

    @tool(effect="read")
    def read_file(path: _Path, first_line: Annotated[int, "line to start at, from 1"] = 1) -> str:
        """Read a text file."""
        with _opened(root, path) as found:
            return _excerpt_from(found, first_line)

    @tool(effect="read")
    def find_text(
        text: Annotated[str, "words to look for, in any case"], folder: _Folder = "."
    ) -> str:
        """Find the lines that contain a text, in all files of a folder."""
        search = _Search(_searchable(text), root)
        with _opened(root, folder) as found:
            search.look_in(found)
        return search.report()

    @tool(effect="read")
    def count_lines(path: _Path) -> int:
        """Number of lines of a text file."""
        with _opened(root, path) as found:
            return _count_lines(found)

    return list_files, read_file, find_text, count_lines


tools: tuple[Tool, ...] = file_tools(Path())
