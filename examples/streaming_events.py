"""Show everything while it happens; leave the loop at any time and the run ends."""

import asyncio
from contextlib import aclosing
from pathlib import Path

from agentkit import Agent, Result, TextDelta, ThinkingDelta, ToolCall, ToolResult, load_tools

FRUIT = Path("examples/data/fruit.txt")  # the files toolset sees the folder you start from
TASK = f"How many lines does {FRUIT.as_posix()} have?"


async def main() -> None:
    agent = Agent("nano", tools=load_tools(["files", "calculator"]))
    async with aclosing(agent.stream(TASK)) as events:
        async for event in events:
            match event:
                case ThinkingDelta():
                    print(f"\x1b[2m{event.text}\x1b[0m", end="")
                case TextDelta():
                    print(event.text, end="")
                case ToolCall():
                    print(f"\n-> {event.name}({event.arguments})")
                case ToolResult():
                    print(f"<- {event.content}")
                case Result():
                    print(f"\n{event.outcome}, {event.usage.output_tokens} tokens")


if __name__ == "__main__":
    asyncio.run(main())
