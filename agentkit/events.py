"""What passes by while a model speaks and a run goes on. Only messages are stored."""

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
    """More of the model's thought."""

    text: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the model's visible text."""

    text: str


@dataclass(frozen=True, slots=True)
class CallRead:
    """A complete call found in the model's text, arguments as they were written."""

    name: str
    arguments: dict[str, Any]
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Finish:
    """The model has stopped: why, what it cost, and the ids it produced where they are known."""

    reason: FinishReason
    usage: Usage
    token_ids: tuple[int, ...] = ()


ParserEvent: TypeAlias = ThinkingDelta | TextDelta | CallRead | Problem
"""What the parser makes of the model's text."""

ModelEvent: TypeAlias = ParserEvent | Finish
"""What a model streams; `Finish` is the last."""

Event: TypeAlias = (
    ThinkingDelta | TextDelta | ToolCall | System | User | Assistant | ToolResult | Result
)
"""What a run yields: deltas, a call about to run, a message that now stands, and the result."""
