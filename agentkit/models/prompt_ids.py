"""Conversations as token ids, each turn encoded once for each place it can stand in.

Both engines share this: the one in this process, and the one that sends ids to a server.
"""

from __future__ import annotations

import functools
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.messages import Message
from agentkit.qwen.prompt import Prompt, Segment, as_chat, queries
from agentkit.tools import Toolset

_REMEMBERED = 4_096  # turns whose ids are kept, over all conversations

Encode = Callable[[Sequence[Segment]], list[int]]


@dataclass(frozen=True)
class PromptIds:
    """The ids of a conversation up to the model's turn, and what was found on the way."""

    ids: list[int]
    opening_length: int
    """Ids of the system message and the tools."""

    query_length: int | None
    """Ids up to the end of the last question of a person; None if there is none."""

    questions: int
    """Questions of a person, before whose last the template leaves thoughts out."""


class PromptEncoder:
    """Renders conversations and encodes what it has not encoded before."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._encoded: OrderedDict[tuple[Any, ...], tuple[list[weakref.ref[Any]], list[int]]] = (
            OrderedDict()
        )

    def encode(
        self,
        transcript: Sequence[Message],
        tools: Toolset,
        written: Callable[[Message, bool], list[int] | None] = lambda message, thought: None,
    ) -> PromptIds:
        """The ids of a conversation.

        `written(message, with_thought)` may give the ids that the model itself wrote for a turn.
        Text and ids can differ there: a model need not split words as the tokenizer does.
        """
        asked = queries(transcript)
        chats = [as_chat(message) for message in transcript]
        prompt = Prompt(chats, tools.definitions, queries=asked)
        last_query = max(asked, default=-1)
        owners = (tools, *transcript[: prompt.leading])
        ids = list(self._once(("opening", *map(id, owners)), owners, prompt.opening))
        opening_length, query_length = len(ids), None
        is_tool = [False, *(chat["role"] == "tool" for chat in chats), False]
        for index, message in enumerate(transcript):
            turn = written(message, index > last_query)
            if turn is None:
                place = (index < prompt.leading, index > last_query, index == 0)
                key = (id(message), *place, is_tool[index], is_tool[index + 2])
                turn = self._once(key, [message], functools.partial(prompt.turn, index))
            ids += turn
            if index == last_query:
                query_length = len(ids)
        return PromptIds(ids, opening_length, query_length, len(asked))

    def _once(
        self, key: tuple[Any, ...], owners: Sequence[Any], segments: Callable[[], Iterable[Segment]]
    ) -> list[int]:
        """The ids that these objects had at this place before, or have now."""
        references, ids = self._encoded.get(key, ([], []))
        # The owners are not kept alive, since a result may be long. So an id() in the key may
        # meanwhile belong to another object.
        if not references or any(
            reference() is not owner for reference, owner in zip(references, owners, strict=True)
        ):
            references = [weakref.ref(owner) for owner in owners]
            ids = self._encode(list(segments()))
            self._encoded[key] = references, ids
            if len(self._encoded) > _REMEMBERED:
                self._encoded.popitem(last=False)
        self._encoded.move_to_end(key)
        return ids
