"""How many tokens a text has at least, without its tokenizer.

A tokenizer splits at the borders of words before it merges anything, so each word costs one token
or more, as three digits do, and eight letters of Chinese, Japanese or Korean; signs may merge and
count nothing here. A server that reports fewer prompt tokens than that has dropped some, in silence
(ollama/ollama#3839).
"""

from __future__ import annotations

import re

_CJK = "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_CJK}]{{1,8}}|(?:(?![{_CJK}])[A-Za-z\u0080-\U0010ffff])+|[0-9]{{3}}")
_LONGEST = 400_000  # characters of one text that are looked at
_SMALLEST_WINDOW = 256  # no server cuts to less; fewer tokens are a number made up by a proxy


def least_tokens(*texts: str) -> int:
    """A lower bound for the tokens of all texts together."""
    return sum(len(_WORD.findall(text, 0, _LONGEST)) for text in texts)


class Tripwire:
    """Compares what was sent with what a server says it has read."""

    def __init__(self) -> None:
        self._sent = 0
        self._read = 0
        self._questions = 0

    def missing(self, sent: int, read: int, questions: int = 0) -> int:
        """How many tokens of a prompt were dropped at least; 0 if none, or if nothing is known.

        `sent` is the least count of the prompt, `read` the server's `prompt_tokens`. A prompt that
        has grown since the last one must be read as longer by as much; that is a sharper test, and
        holds only for numbers that have to do with the prompt at all, which not every server's do,
        and while no question is new: behind one the template drops the thoughts before it.
        """
        if read < _SMALLEST_WINDOW:
            return 0
        before_sent, before_read = self._sent, self._read
        is_new, self._questions = questions != self._questions, questions
        self._sent, self._read = sent, read
        missing = _with_room(sent) - read
        if before_read and not is_new and before_sent <= sent and sent >= read / 2:
            missing = max(missing, before_read + _with_room(sent - before_sent) - read)
        return max(missing, 0)


def _with_room(tokens: int) -> int:
    """A count with some room for templates that say a thing more briefly."""
    return int(tokens * 0.9) - 32
