"""Open files and folders under a root, which no path, link or race leads out of.

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
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from agentkit.errors import ToolError

DEEPEST = 64

_LONGEST_PATH = 4_096
_MOST_LINKS = 40
_MOST_COMPARED = 1_000

_HELD_OPEN = os.open in os.supports_dir_fd and os.scandir in os.supports_fd


def _flags(*names: str) -> int:
    return os.O_RDONLY | sum(getattr(os, name, 0) for name in names)


# O_NONBLOCK: opening a pipe must not wait for its other end.
_FLAGS = _flags("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
_ROOT_FLAGS = _flags("O_DIRECTORY", "O_CLOEXEC")  # the root itself may be a link
_IS_LINK = {errno.ELOOP, errno.EMLINK}  # what systems answer to O_NOFOLLOW on a link


# Words


def shown(name: str) -> str:
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


def quoted(path: str) -> str:
    return f'"{shown(path[:200])}{"…" if len(path) > 200 else ""}"'


def counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _outside(path: str) -> ToolError:
    return ToolError(
        f"Expected a path inside the folder of these tools, found {quoted(path)}, which leads out "
        "of it. Use a relative path such as folder/name.txt."
    )


def _missing(path: str, nearby: list[str], target: str = "") -> ToolError:
    if target:
        return ToolError(
            f"No file {quoted(path)}: it is a link to {quoted(target)}, which does not exist. "
            "Use list_files to find another."
        )
    advice = "The folder has no files, or none that can be named here."
    if nearby:
        advice = f"Files nearby: {', '.join(nearby)}."
    if "\\" in path and os.sep == "/":
        advice = f"Write / between folders. {advice}"
    return ToolError(f"No file {quoted(path)}. {advice}")


def _failed(path: str, error: OSError) -> ToolError:
    reason = os.strerror(error.errno) if error.errno else "unknown reason"
    return ToolError(f"Expected a file that can be read, found {quoted(path)}: {reason}.")


# Opening


@dataclass(frozen=True)
class Opened:
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

    def open_entry(self, root: Path, name: str) -> "Opened":
        """Open an entry of this folder, unless it is a link. Raises OSError or ToolError."""
        names = (*self.names, name)
        if len(names) > DEEPEST:
            raise OSError(errno.ENAMETOOLONG, "nested too deeply")
        if isinstance(self.place, str):
            return _resolve(root, "/".join(names), name)
        return _described(os.open(name, _FLAGS, dir_fd=self.place), names)

    def read(self) -> BinaryIO:
        """Return a stream of the contents; closing it leaves this open."""
        if isinstance(self.place, str):
            return Path(self.place).open("rb")
        os.lseek(self.place, 0, os.SEEK_SET)
        return open(self.place, "rb", closefd=False)


def _described(place: int | str, names: tuple[str, ...]) -> Opened:
    status = os.stat(place)  # noqa: PTH116 - a descriptor has no Path
    return Opened(place, names, status.st_mode, status.st_size)


def _relative(root: Path, path: str) -> str:
    """The path from the root; an absolute one must begin with the root as it is spelled."""
    if len(path) > _LONGEST_PATH:
        raise ToolError(
            f"Expected at most {_LONGEST_PATH} characters in a path, found {len(path)}."
        )
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in path):
        raise ToolError(
            f"Expected a path without control characters, found {quoted(path)}. Use list_files to "
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
def open_inside(root: Path, path: str) -> Iterator[Opened]:
    """Open the file or folder at a path that a model wrote, inside the root."""
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
            f"Expected a file or a folder, found {quoted(path)}, which is a pipe, socket or "
            "device. Use list_files to find another."
        )


def _walk(root: Path, relative: str, path: str) -> Opened:
    """Go from the root one name at a time, holding each folder open for the way back by `..`."""
    places = [os.open(root, _ROOT_FLAGS)]
    names: list[str] = []
    ahead = relative.split("/")[::-1]
    links, rest, target = 0, 0, ""
    try:
        while ahead:
            name = ahead.pop()
            link = target if links and len(ahead) >= rest else ""  # that the name comes from
            if name == "..":
                if not names:
                    raise _outside(path)
                names.pop()
                os.close(places.pop())
            elif name not in {"", "."}:
                found = _open_name(places[-1], name, names, path, link)
                if isinstance(found, int):
                    places.append(found)
                    names.append(name)
                else:
                    links, rest, target = links + 1, len(ahead), _link_target(found, path)
                    ahead += target.split("/")[::-1]
                if links > _MOST_LINKS or len(names) > DEEPEST:
                    raise ToolError(
                        f"Expected a file or a folder, found {quoted(path)}, which is a loop of "
                        "links or nested too deeply. Use another path."
                    )
        result = _described(places[-1], tuple(names))
        places.pop()
        return result
    finally:
        for place in places:
            os.close(place)


def _open_name(folder: int, name: str, names: list[str], path: str, link: str) -> int | str:
    """Return a descriptor, or a link's target. `link` is the target that the name is part of."""
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if not stat.S_ISLNK(mode):  # opening a pipe would already take what is written to it
            _require_content(mode, path)
        return os.open(name, _FLAGS, dir_fd=folder)
    except FileNotFoundError:
        if (other := _other_form(folder, name)) is not None:
            return _open_name(folder, other, names, path, link)
        raise _missing(path, _nearby(folder, names, name), link) from None
    except OSError as error:
        if error.errno not in _IS_LINK:
            raise
    try:
        return os.readlink(name, dir_fd=folder)
    except FileNotFoundError:
        raise _missing(path, _nearby(folder, names, name), link) from None
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return name  # no longer a link: look again, counted as one


def _link_target(target: str, path: str) -> str:
    if target.startswith("/"):
        raise ToolError(
            f"Expected a path inside the folder of these tools, found {quoted(path)}, a link with "
            "an absolute target, which is not followed. Use list_files to find the file itself."
        )
    return target


def _resolve(root: Path, relative: str, path: str, *, again: bool = True) -> Opened:
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
    """The only entry with the same letters in another Unicode composition, as on a Mac.

    A model can't write such a name: its tokenizer composes the letters.
    """
    if name.isascii():
        return None
    wanted = unicodedata.normalize("NFC", name)
    entries = (entry.name for entry in islice(entries_in(folder), _MOST_COMPARED))
    same = [each for each in entries if unicodedata.normalize("NFC", each) == wanted]
    return same[0] if len(same) == 1 and same[0] != name else None


def _nearby(folder: int | str, names: list[str], name: str) -> list[str]:
    """The names most like a missing one, else the first few, as paths that can be used."""
    entries = islice(entries_in(folder), _MOST_COMPARED)
    usable = [entry for entry in entries if shown(entry.name) == entry.name != name]
    known = {entry.name: entry_name(entry) for entry in usable}
    folded = {each.casefold(): each for each in sorted(known, reverse=True)}
    near = get_close_matches(name[:100].casefold(), folded, n=5, cutoff=0.4)
    close = [folded[each] for each in near] or sorted(known)[:5]
    return ["/".join([*map(shown, names), known[each]]) for each in close]


def by_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def entries_in(folder: int | str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.name != ".git")


def entry_name(entry: os.DirEntry[str]) -> str:
    return shown(entry.name) + ("/" if entry.is_dir(follow_symlinks=False) else "")
