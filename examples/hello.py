"""The smallest agent: the embedded model, one toolset, one task."""

import asyncio

from agentkit import Agent, load_tools


async def main() -> None:
    agent = Agent("nano", tools=load_tools(["calculator"]))
    result = await agent.run("What is 17 * 23?")
    print(result.text)


if __name__ == "__main__":
    asyncio.run(main())
