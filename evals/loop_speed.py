"""CPU time of one step of the agent loop, against a bare loop over the same texts.

    python evals/loop_speed.py [--repeats 7]

A step is one reply with one tool call and its small result. The floor, timed in the same run, feeds
the same texts to the parser and calls the function: no agent, no messages, no validation. The cost
per step should stay flat: exit code 1 if it is over 1.25 times as high with 100 steps as with 5.
"""

import argparse
import asyncio
import gc
import time
from collections.abc import Callable

from agentkit import Agent, Limits, ScriptedModel, ToolCall, Toolset, tool
from agentkit.events import CallRead
from agentkit.qwen.parser import Parser

STEPS = (5, 20, 50, 100)
TARGET = 1.25
PIECE = 12  # characters per delta


@tool(effect="read")
async def look(place: int) -> str:
    """Look at a place."""
    return f"There is nothing at {place}."


TOOLS = Toolset([look])


def script(steps: int) -> list[str]:
    calls = [
        f"<think>\nPlace {step} comes next.\n</think>\n\n<tool_call>\n<function=look>\n"
        f"<parameter=place>\n{step}\n</parameter>\n</function>\n</tool_call>"
        for step in range(steps)
    ]
    return [*calls, "There is nothing anywhere."]


async def run_agent(texts: list[str]) -> None:
    agent = Agent(ScriptedModel(texts, piece=PIECE), tools=TOOLS, limits=Limits(turns=1_000))
    result = await agent.run("What is there?")
    assert result.outcome == "done"


async def run_bare(texts: list[str]) -> None:
    for text in texts:
        parser = Parser(TOOLS.parameters, thinking=False)
        events = []
        for start in range(0, len(text), PIECE):
            events += parser.feed(text[start : start + PIECE])
        events += parser.close()
        for event in events:
            if isinstance(event, CallRead):
                await look.function(**event.arguments)


async def run_bound(texts: list[str]) -> None:
    """The floor plus the one thing a call can't do without: typed and validated arguments."""
    for text in texts:
        parser = Parser(TOOLS.parameters, thinking=False)
        events = []
        for start in range(0, len(text), PIECE):
            events += parser.feed(text[start : start + PIECE])
        events += parser.close()
        for event in events:
            if isinstance(event, CallRead):
                call = ToolCall(id="1", name=event.name, arguments=event.arguments, dialect="xml")
                await look.call(look.bind(call))


def microseconds_per_step(run: Callable[[list[str]], object], steps: int, repeats: int) -> float:
    """The best of several repeats, in CPU time."""
    texts, best = script(steps), float("inf")
    with asyncio.Runner() as runner:
        for _ in range(repeats):
            gc.collect()
            started = time.process_time()
            runner.run(run(texts))  # type: ignore[arg-type]
            best = min(best, time.process_time() - started)
    return best / (steps + 1) * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    print(" steps  agent µs  floor µs  ratio  with bind µs  ratio")
    costs = {}
    for steps in STEPS:
        agent = microseconds_per_step(run_agent, steps, repeats)
        bare = microseconds_per_step(run_bare, steps, repeats)
        bound = microseconds_per_step(run_bound, steps, repeats)
        costs[steps] = agent
        print(
            f"{steps:>6} {agent:>9.0f} {bare:>9.0f} {agent / bare:>6.2f} {bound:>13.0f} "
            f"{agent / bound:>6.2f}"
        )
    growth = costs[STEPS[-1]] / costs[STEPS[0]]
    print(f"growth per step from {STEPS[0]} to {STEPS[-1]} steps: {growth:.2f} (target: flat)")
    return 0 if growth <= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
