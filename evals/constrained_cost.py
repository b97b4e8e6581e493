"""What constrained calls cost: tokens a second with and without, side by side, on nano.

    python evals/constrained_cost.py [--tasks 12] [--model nano]

The same tasks alternate between both models in one run. The first call of a toolset also pays for
compiling its grammar, which is timed apart.
"""

import argparse
import asyncio
import time

from agentkit import Agent, LocalModel, Result, Sampling, load_tools

TASKS = ("What is {a} * {b}?", "Add {a} and {b}.", "Which weekday is {a} days after 2026-03-16?")


async def spent(agent: Agent, task: str) -> tuple[int, float]:
    """Tokens written for a task, and the seconds it took."""
    begun = time.perf_counter()
    result: Result = await agent.run(task)
    return result.usage.output_tokens, time.perf_counter() - begun


async def main(model: str, tasks: int) -> None:
    tools, sampling = load_tools(), Sampling(temperature=0)
    agents = {
        constrained: Agent(
            LocalModel(model, constrained=constrained), tools=tools, sampling=sampling
        )
        for constrained in (False, True)
    }
    for constrained, agent in agents.items():
        _, first = await spent(agent, "What is 2 * 3?")
        _, second = await spent(agent, "What is 2 * 3?")
        print(f"constrained={constrained}: loading, and compiling if so, {first - second:.2f} s")
    tokens, seconds = {False: 0, True: 0}, {False: 0.0, True: 0.0}
    for number in range(tasks):
        task = TASKS[number % len(TASKS)].format(a=number + 12, b=7 * number + 5)
        for constrained in (number % 2 == 0, number % 2 != 0):
            count, took = await spent(agents[constrained], task)
            tokens[constrained] += count
            seconds[constrained] += took
    speeds = {way: tokens[way] / seconds[way] for way in tokens}
    for way, speed in speeds.items():
        print(f"constrained={way}: {speed:.0f} tokens/s over {tokens[way]} tokens")
    print(f"ratio {speeds[True] / speeds[False]:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="nano")
    parser.add_argument("--tasks", type=int, default=12)
    options = parser.parse_args()
    asyncio.run(main(options.model, options.tasks))
