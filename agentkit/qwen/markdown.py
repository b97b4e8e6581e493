"""Tracks Markdown's fenced and inline code: what looks like a call inside it is only text."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Quoted: TypeAlias = Literal["yes", "no", "unknown"]
"""Whether a tag is in code; `unknown` until more of the text has come."""

_CODE = re.compile(r"\n|`+|~~~+")
_LONGEST_PREFIX = 40
_LANGUAGE = re.compile(r"[A-Za-z0-9+#.-]{1,20}")  # may follow the marks of a fence
_BEFORE_FENCE = re.compile(r"\s*(?:(?:[-*+>]|[0-9]{1,3}[.)])\s+)*")  # list and quote markers
_INDENTED = 4  # columns: outside a list, marks that stand so far in are no fence
_ITEM = re.compile(r"\s*(?:[-*+]|[0-9]{1,3}[.)])\s")  # of a list
_LONGEST_CODE = 1_000  # characters after a tag to wait for the end of inline code
_LONGEST_QUOTE = 4_000  # characters searched for it once the text is complete


class Code:
    """Tracks whether the current end of a text is in a Markdown fence or in inline code."""

    def __init__(self) -> None:
        self._fence = ""
        self._fence_is_doubtful = False  # it is only a fence if another one ends it
        self._has_lists = False  # where fences stand further in
        self._fence_opened = False  # on this line
        self._fence_closing = False  # if nothing else stands on this line
        self._run = 0
        self._run_is_last = False  # nothing follows the marks that opened it
        self._run_holds_lines = False
        self._blank = True
        self._line = ""  # the beginning of this line
        self._pending: list[str] = []  # a run of marks that may still grow

    def advance(self, text: str) -> None:
        """Move past more text."""
        rest = text.rstrip("`~")
        if rest:
            self._read("".join(self._pending) + rest)
            self._pending = []
        self._pending.append(text[len(rest) :])

    @property
    def may_have_ended(self) -> bool:
        """Whether the fence would end here, if nothing else stood on the line."""
        return self._fence_closing

    def holds(self, text: str, end: int, *, final: bool) -> Quoted:
        """Whether a tag that ends at `text[end]` is in code."""
        self._settle()
        if self._fence and self._fence_is_doubtful and not self._fence_closing:
            rest = text[end : end + _LONGEST_QUOTE]
            is_all = final and len(rest) < _LONGEST_QUOTE
            marks = rf"^[ \t]*{self._fence}{self._fence[0]}*[ \t\r]*"
            if re.search(marks + (r"(?:\n|\Z)" if is_all else r"\n"), rest, re.MULTILINE):
                return "yes"
            # A call that may be quoted is better shown than run.
            return "no" if is_all else "yes" if len(rest) == _LONGEST_QUOTE else "unknown"
        if self._fence or self._run_holds_lines:
            return "yes"
        if not self._run:
            return "no"
        rest = text[end : end + _LONGEST_CODE]
        ended = final or len(rest) == _LONGEST_CODE
        if not ended:
            rest = rest.rstrip("`")  # a run that may still grow
        # Inline code is on one line, unless all of it is a block of tags.
        line, line_break, _ = rest.partition("\n")
        if any(len(found) == self._run for found in re.findall("`+", line)):
            return "yes"
        if not self._run_is_last:
            return "no" if ended or line_break else "unknown"
        if final:
            rest = text[end : end + _LONGEST_QUOTE]
        close = rf"</(?:tool_call|function|invoke)>\s*(?<!`)`{{{self._run}}}(?!`)"
        self._run_holds_lines = re.search(close, rest) is not None
        if self._run_holds_lines:
            return "yes"
        return "no" if ended else "unknown"

    def line_is_blank(self) -> bool:
        """Whether only white space stands before this place on its line."""
        self._settle()
        return self._blank

    def _settle(self) -> None:
        pending, self._pending = self._pending, []
        self._read("".join(pending))

    def _read(self, text: str) -> None:
        position = 0
        for match in _CODE.finditer(text):
            self._pass(text[position : match.start()])
            position = match.end()
            if match[0] == "\n":
                if self._fence_closing:
                    self._fence, self._fence_closing = "", False
                # Three backticks at the end of a line may begin a block, too.
                goes_on = self._run_holds_lines or (self._run_is_last and self._run >= 3)
                self._has_lists = self._has_lists or _ITEM.match(self._line) is not None
                self._run = self._run if goes_on else 0
                self._blank, self._fence_opened, self._line = True, False, ""
            else:
                self._mark(match[0])
        self._pass(text[position:])

    def _pass(self, text: str) -> None:
        """Move past text without marks of code."""
        if not text:
            return
        self._line = (self._line + text)[:_LONGEST_PREFIX]
        if text.strip():
            is_language = self._run >= 3 and not self._blank and _LANGUAGE.fullmatch(text)
            self._run_is_last = self._run_is_last and bool(is_language)
            self._blank = self._fence_closing = False

    def _mark(self, run: str) -> None:
        if len(run) >= 3 and (before := _BEFORE_FENCE.fullmatch(self._line)):
            if not self._fence:
                self._fence, self._fence_opened = run, True
                is_far_in = before[0].isspace() and len(before[0].expandtabs(4)) >= _INDENTED
                self._fence_is_doubtful = is_far_in and not self._has_lists
            elif run.startswith(self._fence):
                self._fence_closing = True
        elif run[0] == "`":
            if self._fence_opened and self._fence[0] == "`":  # so it was inline code all along
                self._run, self._fence, self._fence_opened = len(self._fence), "", False
            if not self._fence:
                self._run = {0: len(run), len(run): 0}.get(self._run, self._run)
                self._run_holds_lines = self._run_holds_lines and bool(self._run)
        self._run_is_last = True
        self._blank = False
        self._line += run
