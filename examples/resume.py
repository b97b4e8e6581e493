"""A transcript is the whole state of a run: store it, load it anywhere, and go on.

Each message is on the disk before anything follows from it, so a crash at any moment loses none.
The model is a script here, so that the example shows the framework and needs no weights.
"""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from agentkit import (
    Agent,
    Assistant,
    Message,
    ScriptedModel,
    System,
    ToolResult,
    User,
    dump_transcript,
    load_tools,
    load_transcript,
    written_call,
)

FIRST, SECOND = (
    written_call("calculate", expression=each) for each in ("12 * 1.20", "14.4 + 4 * 4.50")
)
MODEL = ScriptedModel([FIRST, SECOND, "Together 32.40."])
AGENT = Agent(MODEL, tools=load_tools(["calculator"]))


async def run(task: str | Sequence[Message], file: Path, *, crash: bool = False) -> None:
    """Run a task from its beginning, or continue a stored run."""
    with file.open("a", encoding="utf-8") as stored:
        async with aclosing(AGENT.stream(task)) as events:
            async for event in events:
                if isinstance(event, System | User | Assistant | ToolResult):
                    stored.write(dump_transcript([event]))
                    stored.flush()
                    os.fsync(stored.fileno())
                if crash and isinstance(event, ToolResult):
                    print(f"stopped after: {event.content}")
                    return


def stored_in(file: Path) -> tuple[Message, ...]:
    """Load the stored messages. A line that a crash cut off is removed, also from the file."""
    transcript = load_transcript(file.read_text(encoding="utf-8", errors="replace"))
    whole = file.with_suffix(".new")
    with whole.open("w", encoding="utf-8") as stored:
        stored.write(dump_transcript(transcript))
        stored.flush()
        os.fsync(stored.fileno())
    whole.replace(file)
    return transcript


with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "run.jsonl"
    asyncio.run(run("What do 12 apples and 4 kilograms of cherries cost?", file, crash=True))
    transcript = stored_in(file)
    print(f"{len(transcript)} messages loaded")
    asyncio.run(run(transcript, file))
    ended = load_transcript(file.read_text(encoding="utf-8"))
    print(f"{len(ended)} in the end: {ended[-1].content}")
