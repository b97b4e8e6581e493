"""What the model is told of calls that were not run, where no single call of them can be named."""

from __future__ import annotations

from agentkit.events import CallRead
from agentkit.messages import Problem
from agentkit.qwen.layout import Tools


def looks_like_call(raw: str) -> Problem:
    return Problem(
        kind="unreadable_call",
        message="Your reply looks like a tool call, but it was not written in the tool call "
        "format, so it was not run. Write the whole call in that format.",
        raw=raw,
    )


def cut_call(raw: str) -> Problem:
    return Problem(
        kind="cut_call",
        message="The reply ended inside a tool call, so it was not run. Write the whole call "
        "again.",
        raw=raw,
    )


def unknown_tool(call: CallRead, tools: Tools) -> Problem:
    return Problem(
        kind="unknown_tool",
        message=f"There is no tool called {call.name!r}, so nothing was run. Tools: "
        f"{', '.join(tools) or 'none'}.",
        raw=call.name,
    )
