"""One channel of a reply as the user sees it: its text, or its thought."""

from __future__ import annotations

_STOPS = frozenset(".!?:…")
_ENDS_OF_SENTENCES = frozenset(".!?:;…)]}\"'”’»`*")


class Channel:
    """Streams visible text or a thought without leading and trailing white space."""

    def __init__(self) -> None:
        self.started = False
        self._space: list[str] = []
        self._skipping = True
        self._drops_line = False
        self._last = ""

    def take(self, text: str) -> str:
        """Add text; return what may be shown now, holding back white space at its end."""
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
    def ends_in_a_letter(self) -> bool:
        return self.ends_in_a_word and self._last.isalnum()

    @property
    def ends_in_words(self) -> bool:
        """Whether it ends in a letter or a stop, with nothing set off after it."""
        return self.ends_in_a_letter or (self.ends_in_a_word and self._last in _STOPS)

    @property
    def ends_a_sentence(self) -> bool:
        return self._last in _ENDS_OF_SENTENCES

    def drop_line(self) -> None:
        """Leave out the line at this point, including its line break."""
        while self._space and not (space := self._space[-1].rstrip(" \t")):
            self._space.pop()
        if self._space:
            self._space[-1] = space
        self._drops_line = True

    def pause(self) -> None:
        """Put one line break in place of something that is not shown."""
        self._space = ["\n"] if self.started else []
        self._skipping = True
