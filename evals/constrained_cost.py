"""What constrained calls cost: tokens per second with and without, side by side, on nano.

    python evals/constrained_cost.py [--tasks 12] [--model nano]

The same tasks alternate between both models in one run. The first call of a toolset also pays for
compiling its grammar, which is timed separately, as is the cost of one token inside a call: masking
what may not follow, and accepting the token that was drawn.
"""

import argparse
import asyncio
import random
import statistics
import time

import torch

from agentkit import Agent, LocalModel, Result, Sampling, load_tools
from agentkit.models.local_grammar import CallGuides
from agentkit.models.local_tokens import Vocabulary
from agentkit.models.nano import weights_folder

TASKS = ("What is {a} * {b}?", "Add {a} and {b}.", "Which weekday is {a} days after 2026-03-16?")


async def spent(agent: Agent, task: str) -> tuple[int, float]:
    """Run a task; return the number of tokens written and the seconds it took."""
    begun = time.perf_counter()
    result: Result = await agent.run(task)
    return result.usage.output_tokens, time.perf_counter() - begun


def mask_cost(tokens: int = 2_000) -> tuple[float, list[float]]:
    """Return the seconds to compile the shipped tools, and per token of calls drawn at random."""
    vocabulary, tools = Vocabulary(weights_folder()), load_tools()
    guides, draw = CallGuides(vocabulary), random.Random(0)
    begun = time.perf_counter()
    guides.compiled(tools)
    compiling, costs = time.perf_counter() - begun, []
    logits = torch.zeros(vocabulary.size)
    while len(costs) < tokens:
        guide, number = guides(tools, False), vocabulary.control["<tool_call>"]
        guide.accept(number)
        for _ in range(100):
            begun = time.perf_counter()
            masked = guide.mask(logits)
            between = time.perf_counter()
            number = draw.choice(torch.isfinite(masked).nonzero().flatten().tolist())
            after = time.perf_counter()
            guide.accept(number)
            costs.append(time.perf_counter() - after + between - begun)
            if number == vocabulary.control["</tool_call>"]:
                break
    return compiling, costs


async def main(model: str, tasks: int) -> None:
    tools, sampling = load_tools(), Sampling(temperature=0)
    compiling, costs = mask_cost()
    median, worst = statistics.median(costs) * 1e6, max(costs) * 1e6
    print(
        f"compiling {len(tools)} tools {1_000 * compiling:.0f} ms; a token inside a call "
        f"{median:.0f} µs (median of {len(costs)}, mean {statistics.mean(costs) * 1e6:.0f}, "
        f"worst {worst:.0f})"
    )
    agents = {
        constrained: Agent(
            LocalModel(model, constrained=constrained), tools=tools, sampling=sampling
        )
        for constrained in (False, True)
    }
    for constrained, agent in agents.items():
        _, first = await spent(agent, "What is 2 * 3?")
        _, second = await spent(agent, "What is 2 * 3?")
        print(f"constrained={constrained}: loading and any compiling: {first - second:.2f} s")
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
