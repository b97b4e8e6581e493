"""Notices a reply that will come to nothing, while it still streams."""

from __future__ import annotations

import re

from agentkit.models.server_delta import Delta
from agentkit.qwen.loops import Repetition

_MOST_AFTER_TURN = 400  # characters that a server may send after the end of the model's turn
_CHARACTERS_A_TOKEN = 16  # more than any tokenizer packs into one, on average
_LONGEST_NAME = 128  # characters that are not counted: some servers repeat the name in every piece
_MOST_CALLS = 128  # in one reply
_MOST_BLANKS = 400  # characters; a grammar for no arguments makes a model write only blanks
_BLANKS = re.compile(rf"\s{{{_MOST_BLANKS}}}")


class Excess:
    """Counts a reply's characters and tokens, and says once there are too many of them.

    `thinking_tokens` limits the thought; None is no limit. `output_tokens` limits the whole reply,
    which a server may ignore.
    """

    def __init__(self, *, thinking_tokens: int | None, output_tokens: int) -> None:
        self._thinking_tokens = thinking_tokens
        self._most = output_tokens * _CHARACTERS_A_TOKEN
        self._watch = Repetition()
        self._blanks = ""
        self._after_turn = 0  # characters since the model ended its turn
        self.characters = 0
        self.tokens = 0  # estimated, as are those of the thought
        self.thought_tokens = 0
        self.repeats = False
        self.goes_on_after_turn = False
        self.is_too_long = False
        self.thought_too_long = False

    @property
    def is_over(self) -> bool:
        """Whether nothing that may still arrive matters."""
        goes_on = self.repeats or self.goes_on_after_turn or self.is_too_long
        return goes_on or self.thought_too_long

    def take(self, delta: Delta, *, calls: int, turn_is_over: bool) -> None:
        """Count what came; `calls` are the structured ones so far."""
        text = delta.reasoning + delta.content
        for call in delta.calls:
            text += call.arguments
            self.characters += max(0, len(call.name) - _LONGEST_NAME)
        self.characters += len(text)
        self.is_too_long = calls > _MOST_CALLS or self.characters > self._most
        if not text:
            return
        self.tokens += _tokens_of(text)
        self._blanks = (self._blanks + text)[-_MOST_BLANKS:] if text.isspace() else ""
        near = self._blanks or text
        is_blank = len(near) >= _MOST_BLANKS and _BLANKS.search(near) is not None
        self.repeats = self.repeats or is_blank or self._watch.sees(text)
        if turn_is_over:
            # Calls that the server split off, the finish and the usage may still come.
            self._after_turn += len(delta.reasoning) + len(delta.content)
            self.goes_on_after_turn = self._after_turn > _MOST_AFTER_TURN

    def count_thought(self, text: str) -> None:
        """Count a piece of the thought."""
        self.thought_tokens += _tokens_of(text)
        if self._thinking_tokens is not None and self.thought_tokens > self._thinking_tokens:
            self.thought_too_long = True


def _tokens_of(text: str) -> int:
    """Estimate a delta's tokens: usually one, but some servers send several at once."""
    return max(1, len(text) // 8)
