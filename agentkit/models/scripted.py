"""A model that replays scripted replies through the real parser, for tests, docs and demos."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.errors import ConfigError, ModelError
from agentkit.events import Finish, ModelEvent
from agentkit.messages import Assistant, FinishReason, Message, Usage
from agentkit.model import Sampling
from agentkit.qwen.parser import Parser
from agentkit.qwen.prompt import argument_text
from agentkit.tools import Toolset


@dataclass(frozen=True)
class ScriptedReply:
    """The raw text of a reply, and why it ended."""

    text: str
    finish: FinishReason = "stop"


def written_call(name: str, /, **arguments: Any) -> str:
    """The text of a tool call as Qwen3.5 writes it, for a scripted reply.

    Several calls of one reply are joined by line breaks.
    """
    parameters = "".join(
        f"<parameter={key}>\n{argument_text(value)}\n</parameter>\n"
        for key, value in arguments.items()
    )
    return f"<tool_call>\n<function={name}>\n{parameters}</function>\n</tool_call>"


class ScriptedModel:
    """Replays raw model text: `<think>` blocks and calls in either dialect (`written_call`).

    The next reply is chosen by the number of replies in the transcript, so one object serves any
    number of runs, and a resumed run continues at the right one. Instead of a list, a function may
    be given, which gets the transcript and returns the reply.
    """

    name = "scripted"

    def __init__(
        self,
        replies: Sequence[str | ScriptedReply] | Callable[[Sequence[Message]], str | ScriptedReply],
        *,
        piece: int = 12,
    ) -> None:
        if isinstance(replies, str):
            raise ConfigError(
                f"Expected a list of replies, found the text {replies[:40]!r}. Put it in a list."
            )
        self._replies = replies
        self._piece = piece  # characters per delta

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        """Stream the next reply. Raises ModelError when the script has no more replies."""
        reply = self._due(transcript)
        text = reply.text
        parser = Parser(tools.parameters, thinking=False)
        for start in range(0, len(text), self._piece):
            for event in parser.feed(text[start : start + self._piece]):
                yield event
        for event in parser.close():
            yield event
        words = len(text.split())
        yield Finish(reply.finish, Usage(output_tokens=words))

    def _due(self, transcript: Sequence[Message]) -> ScriptedReply:
        if callable(self._replies):
            reply = self._replies(transcript)
        else:
            number = sum(isinstance(message, Assistant) for message in transcript)
            if number >= len(self._replies):
                raise ModelError(
                    f"The script has {len(self._replies)} replies, and the run asks for one more."
                )
            reply = self._replies[number]
        return reply if isinstance(reply, ScriptedReply) else ScriptedReply(reply)
