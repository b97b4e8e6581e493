"""Whole transcripts: stored as JSON lines, and completed for a model to read."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, TypeAdapter, ValidationError

from agentkit.errors import ConfigError, StoreError
from agentkit.json_text import DECODER
from agentkit.messages import (
    Assistant,
    Message,
    Stored,
    ToolCall,
    ToolResult,
    has_image,
    pictures_in,
    plain_text,
)

NO_RESULT = "No result: the run ended before the call did. It may have taken effect."

_MESSAGE: TypeAdapter[Message] = TypeAdapter(Stored)


def dump_transcript(messages: Iterable[Message]) -> str:
    """Write messages as JSON lines, one message a line."""
    if isinstance(messages, BaseModel):  # iterating over one would give its fields
        raise ConfigError(
            f"Expected messages, found a {type(messages).__name__}. Pass result.transcript, or "
            f"[message]."
        )
    return "".join(message.model_dump_json() + "\n" for message in messages)


def load_transcript(lines: str) -> tuple[Message, ...]:
    """Read what `dump_transcript` wrote.

    An incomplete last line, without a line break, was being written when the program died, and is
    left out: rewrite the file before you append to it. Raises StoreError with the number of the
    first other line that is not a message.
    """
    if not isinstance(lines, str):
        raise StoreError(f"Expected the text of a transcript, found {lines!r:.80}. Read it first.")
    messages = []
    # Not splitlines: it also breaks at U+2028 and others, which JSON does not escape in strings.
    *whole, torn = lines.removeprefix("\ufeff").split("\n")
    for number, line in enumerate([*whole, torn], start=1):
        if not line.strip():
            continue
        try:
            DECODER.decode(line)  # unlike Pydantic, it refuses a key with two values
            messages.append(_MESSAGE.validate_json(line))
        except (ValueError, RecursionError) as error:  # and ValidationError is a ValueError
            if number > len(whole) and (whole or line.lstrip()[:2] in ("{", '{"')):
                break
            if not isinstance(error, ValidationError):
                raise StoreError(
                    f"Line {number} of the transcript is not JSON: {error}."
                ) from error
            first = error.errors()[0]
            raise StoreError(
                f"Line {number} of the transcript is not a message: {first['msg']} "
                f"at {'.'.join(map(str, first['loc'])) or 'its start'}."
            ) from error
    return tuple(messages)


def with_lost_results(transcript: Sequence[Message]) -> list[Message]:
    """Return the transcript with a result for each call, in the order of the calls.

    A model matches them by their order alone. A call that never got one, because the run was left
    in the middle of its calls and another message followed, gets a result that says so.
    """
    told: list[Message] = []
    calls: dict[str, ToolCall] = {}
    results: dict[str, ToolResult] = {}
    others: list[ToolResult] = []  # for calls that are not in the reply
    for message in transcript:
        if isinstance(message, ToolResult):
            if message.call_id in calls and message.call_id not in results:
                results[message.call_id] = message
            else:
                others.append(message)
            continue
        told += (results.get(each) or _lost_result(each, calls[each].name) for each in calls)
        told += [*others, message]
        asked = message.tool_calls if isinstance(message, Assistant) else ()
        calls, results, others = {call.id: call for call in asked}, {}, []
    return [*told, *(results[each] for each in calls if each in results), *others]


def in_words(transcript: Sequence[Message]) -> list[Message]:
    """Like `with_lost_results`, but for a text-only model: notes replace pictures from tools.

    Pictures from a user stay, for the renderer to refuse.
    """
    return [
        _without_pictures(each) if isinstance(each, ToolResult) and has_image(each) else each
        for each in with_lost_results(transcript)
    ]


@functools.lru_cache(maxsize=32)  # the same object each time, for the reason below
def _without_pictures(result: ToolResult) -> ToolResult:
    notes = ["[a picture, which can't be shown here]"] * len(pictures_in(result.content))
    text = "\n".join(filter(None, [plain_text(result.content), *notes]))
    return result.model_copy(update={"content": text})


@functools.lru_cache(maxsize=256)  # the same object each time: engines compare messages by identity
def _lost_result(call_id: str, name: str) -> ToolResult:
    return ToolResult(call_id=call_id, name=name, content=NO_RESULT, status="error")
