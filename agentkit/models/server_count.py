"""A lower bound for the number of tokens in a text, without its tokenizer.

A tokenizer splits at word boundaries before it merges anything, so each word costs at least one
token. So do three digits, and eight letters of Chinese, Japanese or Korean; punctuation may merge
and is not counted. A server that reports fewer prompt tokens than this bound has silently dropped
some (ollama/ollama#3839).
"""

from __future__ import annotations

import re

_CJK = "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_CJK}]{{1,8}}|(?:(?![{_CJK}])[A-Za-z\u0080-\U0010ffff])+|[0-9]{{3}}")
_LONGEST = 400_000  # characters counted of one text
_SMALLEST_WINDOW = 256  # no server cuts to less; a smaller count is made up by a proxy


def least_tokens(*texts: str) -> int:
    """Return a lower bound for the number of tokens in all texts together."""
    return sum(len(_WORD.findall(text, 0, _LONGEST)) for text in texts)


class Tripwire:
    """Compares what was sent with what a server says it has read."""

    def __init__(self) -> None:
        self._sent = 0
        self._read = 0
        self._questions = 0

    def missing(self, sent: int, read: int, questions: int = 0) -> int:
        """Return how many prompt tokens were dropped at least; 0 if none, or if it is unknown.

        `sent` is the lower bound for the prompt, `read` the server's `prompt_tokens`. A prompt that
        has grown must be read as longer by as much. That test is sharper, but holds only if the
        server's number depends on the prompt at all, which not every one does, and only while no
        question is new: after a new one the template drops earlier thoughts.
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
    """Lower the count a little, since a template may render something more briefly."""
    return int(tokens * 0.9) - 32
