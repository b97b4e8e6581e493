"""Calls of one reply run side by side: each of these tools waits for the other two.

The model is a script here, so that the example shows the framework and needs no weights.
"""

import asyncio

from agentkit import Agent, ScriptedModel, ToolResult, tool, written_call

kitchen = asyncio.Barrier(3)


@tool
async def cook(dish: str) -> str:
    """Cook a dish, to be served together with the others."""
    await kitchen.wait()
    return f"{dish} is ready"


CALLS = "\n".join(written_call("cook", dish=dish) for dish in ("soup", "roast", "cake"))
MODEL = ScriptedModel([CALLS, "Dinner is served."])


async def main() -> None:
    agent = Agent(MODEL, tools=[cook])
    async with asyncio.timeout(5):  # run one after the other, they would wait for ever
        result = await agent.run("Make dinner.")
    for message in result.transcript:
        if isinstance(message, ToolResult):
            print(message.call_id, message.content)
    print(result.text)


if __name__ == "__main__":
    asyncio.run(main())
