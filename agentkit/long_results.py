"""Results too long to show at once: cut in the middle, and read on with the loop's own tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentkit.errors import ToolError
from agentkit.messages import Message, ToolResult
from agentkit.tools import Tool, Toolset, tool

READ_MORE = "read_more"
"""The name of the loop's own tool."""

_NOTE_CHARACTERS = 200  # longest note on how to read on


def cut(text: str, limit: int, call_id: str) -> str:
    """The head and the tail of a long result, with a note on how to read what is in between."""
    head, tail = _room(limit) * 2 // 3, _room(limit) // 3
    note = (
        f"\n[characters {head} to {len(text) - tail} of {len(text)} are left out; to read on, call "
        f"the function {READ_MORE} with call_id={call_id} and start={head}]\n"
    )
    return text[:head] + note + text[-tail:]


def read_more(cut_results: Mapping[str, str], limit: int) -> Tool:
    """A tool that reads on in cut results; the note in each of them says how to call it."""

    @tool(name=READ_MORE, effect="read")
    async def read_more(call_id: str, start: int = 0) -> str:
        """Read on in a long result."""
        text = cut_results.get(call_id)
        if text is None:
            known = ", ".join(cut_results)
            raise ToolError(f"No cut result has the call_id {call_id!r}; there are {known}.")
        if not 0 <= start < len(text):
            raise ToolError(f"start must be from 0 to {len(text) - 1}, found {start}.")
        end = start + _room(limit)
        more = f"\n[go on with start={end}; {len(text)} in all]" if end < len(text) else ""
        return text[start:end] + more

    return read_more


def callable_tools(tools: Toolset, transcript: Sequence[Message]) -> Toolset:
    """The tools that can be called now: the given ones, and `read_more` while a result is cut."""
    results = {
        each.call_id: each.full for each in transcript if isinstance(each, ToolResult) and each.full
    }
    return Toolset([tools, read_more(results, 0)]) if results and READ_MORE not in tools else tools


def _room(limit: int) -> int:
    """How many characters of a long result are shown at a time, without the note."""
    return max(limit - _NOTE_CHARACTERS, limit // 2)
