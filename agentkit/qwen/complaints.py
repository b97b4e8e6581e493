"""Problems reported to the model for a call that was not run and gets no result of its own."""

from __future__ import annotations

from agentkit.events import CallRead
from agentkit.messages import Problem
from agentkit.qwen.tags import Tools

REPETITION = Problem(
    kind="repetition",
    message="Your reply repeated itself and was stopped; nothing in it was run. Reply again, "
    "briefly.",
)


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


def unreadable_call(raw: str) -> Problem:
    return Problem(
        kind="unreadable_call",
        message="A tool call could not be read, so it was not run. Write the whole call again, "
        "with its function and every parameter closed.",
        raw=raw,
    )


def unknown_tool(call: CallRead, tools: Tools) -> Problem:
    return Problem(
        kind="unknown_tool",
        message=f"There is no tool called {call.name!r}, so nothing was run. Tools: "
        f"{', '.join(tools) or 'none'}.",
        raw=call.name,
    )
