"""Events streamed by a model and by a run. Only messages are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from agentkit.messages import (
    Assistant,
    Dialect,
    FinishReason,
    Problem,
    Result,
    System,
    ToolCall,
    ToolResult,
    Usage,
    User,
)


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """The next piece of the model's thought."""

    text: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the model's visible text."""

    text: str


@dataclass(frozen=True, slots=True)
class CallRead:
    """A complete call read from the model's reply, with the arguments as they were written."""

    name: str
    arguments: dict[str, Any]
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Finish:
    """The model has stopped: the reason, the tokens used, and the generated ids where known."""

    reason: FinishReason
    usage: Usage
    token_ids: tuple[int, ...] = ()


ParserEvent: TypeAlias = ThinkingDelta | TextDelta | CallRead | Problem
"""What the parser emits for the model's text."""

ModelEvent: TypeAlias = ParserEvent | Finish
"""What a model streams; `Finish` is the last."""

Event: TypeAlias = (
    ThinkingDelta | TextDelta | ToolCall | System | User | Assistant | ToolResult | Result
)
"""What a run yields: deltas, calls about to run, complete messages, and the result."""
