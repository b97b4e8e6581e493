"""Search all files of a folder for a text, within limits, and report what was left out."""

import stat
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from agentkit.errors import ToolError
from agentkit_tools.encoding import BINARY, comparable, decoded, what_is_no_text
from agentkit_tools.rooted import Opened, by_name, counted, entries_in, shown

MOST_MATCHES = 50
MOST_EXCERPT = 200
LARGEST_SEARCHED = 2_000_000
MOST_SEARCHED = 5_000
MOST_SEARCHED_BYTES = 200_000_000
NOT_SEARCHED = frozenset({".git", "__pycache__", ".venv", "node_modules"})

_MOST_NAMED = 5


def searchable(text: str) -> str:
    """Return the text; raise ToolError if it is empty or has a line break."""
    if not text or "\n" in text:
        found = "a line break" if text else "nothing"
        raise ToolError(f"Expected a text within one line, found {found}. Search for a few words.")
    return text


@dataclass
class Search:
    """Searches file after file for a text, until a limit is reached."""

    text: str
    root: Path
    lines: list[str] = field(default_factory=list)
    found: int = 0  # lines
    matches: int = 0
    seen: int = 0
    size: int = 0
    left_out: dict[str, list[str]] = field(default_factory=dict)  # names, by the reason
    stopped: bool = False

    def look_in(self, opened: Opened) -> None:
        """Search a folder, or a single file, which may be larger than those in a folder."""
        if opened.is_folder:
            self._look_in_folder(opened)
        else:
            self._look_in_file(opened, MOST_SEARCHED_BYTES)

    def _look_in_folder(self, folder: Opened) -> None:
        for entry in sorted(islice(entries_in(folder.place), MOST_SEARCHED + 1), key=by_name):
            self.stopped = self.seen >= MOST_SEARCHED or self.size >= MOST_SEARCHED_BYTES
            if self.stopped:
                return
            self.seen += 1
            names = (*folder.names, entry.name)
            if entry.is_symlink():
                self._leave_out("a link", names)
            elif entry.name in NOT_SEARCHED and entry.is_dir(follow_symlinks=False):
                self._leave_out("a folder of other programs", names)
            elif entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False):
                self._look_in_entry(folder, entry.name)

    def _look_in_entry(self, folder: Opened, name: str) -> None:
        names = (*folder.names, name)
        try:
            child = folder.open_entry(self.root, name)
        except (OSError, ToolError):
            self._leave_out("not readable", names)
            return
        try:
            if child.is_folder:
                self._look_in_folder(child)
            else:
                self._look_in_file(child, LARGEST_SEARCHED)
        except OSError:
            self._leave_out("not readable", names)
        finally:
            child.close()

    def _look_in_file(self, opened: Opened, most: int) -> None:
        if not stat.S_ISREG(opened.mode):
            return
        if opened.size > most:
            self._leave_out(f"more than {most // 1_000_000} MB", opened.names)
            return
        number, left = 1, most
        with opened.read() as stream:
            while left > 0 and (block := stream.read(LARGEST_SEARCHED)):
                block += stream.readline(LARGEST_SEARCHED)
                if reason := what_is_no_text(block, is_first=left == most):
                    self._leave_out(reason, opened.names)
                    return
                if len(block) >= 2 * LARGEST_SEARCHED and not block.endswith(b"\n"):
                    self._leave_out("a line too long", opened.names)
                    return
                self._look_in_text(opened, _text_of(block), number)
                number += block.count(b"\n")
                self.size += len(block)
                left -= len(block)

    def _look_in_text(self, opened: Opened, text: str, number: int) -> None:
        wanted = comparable(self.text)
        if wanted not in comparable(text):
            return
        path = "/".join(map(shown, opened.names))
        for place, line in enumerate(text.split("\n"), start=number):
            if not (times := comparable(line).count(wanted)):
                continue
            self.found += 1
            self.matches += times
            if len(self.lines) < MOST_MATCHES:
                self.lines.append(f"{path}:{place}: {_around(line, wanted)}")

    def _leave_out(self, reason: str, names: tuple[str, ...]) -> None:
        self.left_out.setdefault(reason, []).append("/".join(map(shown, names)))

    def report(self) -> str:
        """Say how many matches there are, list the first lines, and say what was not searched."""
        in_lines = f" in {counted(self.found, 'line', 'lines')}"
        lines = [
            counted(self.matches, "match", "matches")
            + (in_lines if self.matches > self.found else ""),
            *self.lines,
        ]
        if self.found > len(self.lines):
            lines.append(f"[{self.found - len(self.lines)} more]")
        for reason, names in self.left_out.items():
            if reason == BINARY and self.matches:  # such as pictures
                continue
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            lines.append(f"[not searched, {reason}: {', '.join(names[:_MOST_NAMED])}{more}]")
        if self.stopped:
            lines.append(f"[stopped after {self.seen} names; search in a smaller folder]")
        return "\n".join(lines)


def _text_of(block: bytes) -> str:
    """Decode a block; if it is not all UTF-8, decode each line for itself."""
    try:
        return block.decode()
    except UnicodeDecodeError:
        return "\n".join(map(decoded, block.split(b"\n")))


def _around(line: str, wanted: str) -> str:
    """The part of a long line around the match; found by halving, since ß is compared as ss."""
    line = line.rstrip()
    if len(line) <= MOST_EXCERPT:
        return line.strip()
    lengths = range(len(line) + 1)
    end = bisect_left(lengths, True, key=lambda length: wanted in comparable(line[:length]))
    at = end - len(wanted)
    start = max(0, min(at - MOST_EXCERPT // 2, len(line) - MOST_EXCERPT))
    return line[start : start + MOST_EXCERPT].strip()
