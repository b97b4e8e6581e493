"""A transcript is the whole state of a run: store it, load it anywhere, and go on.

The model is a script here, so that the example shows the framework and needs no weights.
"""

import asyncio
import tempfile
from contextlib import aclosing
from typing import TextIO

from agentkit import (
    Agent,
    Assistant,
    ScriptedModel,
    System,
    ToolResult,
    User,
    dump_transcript,
    load_tools,
    load_transcript,
)


def call(expression: str) -> str:
    body = f"<function=calculate>\n<parameter=expression>\n{expression}\n</parameter>\n</function>"
    return f"<tool_call>\n{body}\n</tool_call>"


MODEL = ScriptedModel([call("12 * 1.20"), call("14.4 + 4 * 4.50"), "Together 32.40."])
AGENT = Agent(MODEL, tools=load_tools(["calculator"]))


async def begin(task: str, stored: TextIO) -> None:
    """Store each message as soon as it stands, and stop after the first result."""
    async with aclosing(AGENT.stream(task)) as events:
        async for event in events:
            if isinstance(event, System | User | Assistant | ToolResult):
                stored.write(dump_transcript([event]))
            if isinstance(event, ToolResult):
                print(f"stopped after: {event.content}")
                return


async def go_on(stored: TextIO) -> None:
    transcript = load_transcript(stored.read())
    result = await AGENT.run(transcript)
    print(f"{len(transcript)} messages loaded, {len(result.transcript)} in the end")
    print(result.text)


with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
    asyncio.run(begin("What do 12 apples and 4 kilograms of cherries cost?", file))
    file.seek(0)
    asyncio.run(go_on(file))
