"""What a reader sees of a reply: its text, or its thought."""

from __future__ import annotations

_ENDS_OF_SENTENCES = frozenset(".!?:;…)]}\"'”’»`*")


class Channel:
    """Visible text or thought, without white space at its ends."""

    def __init__(self) -> None:
        self.started = False
        self._space: list[str] = []
        self._skipping = True
        self._drops_line = False
        self._last = ""

    def take(self, text: str) -> str:
        """What may be shown now."""
        if self._drops_line:
            text = text.lstrip(" \t\r")
            if not text:
                return ""
            text, self._drops_line = text.removeprefix("\n"), False
        if self._skipping:
            text = text.lstrip()
            if not text:
                return ""
            self._skipping = False
        shown = text.rstrip()
        if not shown:
            self._space.append(text)
            return ""
        before = "".join(self._space)
        self._space = [text[len(shown) :]]
        self._last = shown[-1]
        self.started = True
        return before + shown

    @property
    def ends_in_a_word(self) -> bool:
        return self.started and not any(self._space)

    @property
    def ends_a_sentence(self) -> bool:
        return self._last in _ENDS_OF_SENTENCES

    def drop_line(self) -> None:
        """A line stood here that is not shown, its break included."""
        while self._space and not (space := self._space[-1].rstrip(" \t")):
            self._space.pop()
        if self._space:
            self._space[-1] = space
        self._drops_line = True

    def pause(self) -> None:
        """Something stood here that is not shown: one line break takes its place."""
        self._space = ["\n"] if self.started else []
        self._skipping = True
