"""300 held-out tasks for nano through the real loop: how many final answers are right, by family.

    python evals/nano_tasks.py [--tasks 300] [--temperature 0.6] [--no-think] [--trained] [--show]

Files are real but temporary, the tools are the shipped ones, and phrasings and names were never
trained on (with --trained, new tasks with trained phrasings and names).
Exits with code 1 if fewer than 95 % of the answers are right.
"""

import argparse
import asyncio
import contextlib
import datetime
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

from agentkit import Agent, Assistant, Result, Sampling
from agentkit.models.nano.generator import Task, calls_of, shipped_definitions
from agentkit.models.nano.generator.shipped import shipped_task
from agentkit.models.nano.generator.talk import out_of_reach, small_talk
from agentkit_tools import calculator, dates, files, text

TARGET = 0.95
TOOLS = (*calculator.tools, *dates.tools, *files.tools, *text.tools)
OFFERED = frozenset(shipped_definitions())


@dataclass(frozen=True)
class Trial:
    task: Task
    expected: tuple[str, ...]
    result: Result

    @property
    def calls(self) -> list[tuple[str, dict[str, object]]]:
        return [
            (call.name, dict(call.arguments))
            for message in self.result.transcript
            if isinstance(message, Assistant)
            for call in message.tool_calls
        ]

    @property
    def is_right(self) -> bool:
        """Whether the run is done, the answer has every expected word, and tools ran iff needed."""
        wanted = calls_of(self.task.messages)
        if self.task.family == "time in a city" and self.calls[:1] != wanted[:1]:
            return False
        return (
            self.result.outcome == "done"
            and bool(self.calls) == bool(wanted)
            and all(stands_in(word, self.result.text) for word in self.expected)
        )


def stands_in(word: str, answer: str) -> bool:
    """Whether the answer contains the whole word: 42 is not in 142, 42.5 or 2042-01-01."""
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])(?!\.\d)", answer) is not None


def draw(rng: Random, *, held_out: bool = True) -> Task:
    """Draw a task; a few need no tool."""
    share = rng.random()
    if share < 0.04:
        return small_talk(rng, held_out=held_out)
    if share < 0.10:
        return out_of_reach(rng, held_out=held_out)
    return shipped_task(rng, OFFERED, held_out=held_out)


def expected_now(task: Task) -> tuple[str, ...]:
    """Return what the answer must contain; for tasks about the clock, by the actual time."""
    now = datetime.datetime.now(datetime.UTC)
    today, calls = now.date(), calls_of(task.messages)
    match task.family:
        case "time" | "time in a city":
            return ()  # the minute may pass: the call is compared instead
        case "today":
            return (today.isoformat(),)
        case "days until":
            return (str((datetime.date.fromisoformat(calls[1][1]["end"]) - today).days),)
        case "days from today":
            return ((today + datetime.timedelta(days=calls[1][1]["days"])).isoformat(),)
        case _:
            return task.expected


def write_files(task: Task) -> None:
    for name, content in task.files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


async def attempt(agent: Agent, task: Task) -> Trial:
    """Run one task in a folder of its own that holds its files."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_files(task)
        expected = expected_now(task)
        result = await agent.run(task.messages[0]["content"])
    return Trial(task, expected, result)


def print_trial(trial: Trial) -> None:
    verdict, result = "right" if trial.is_right else "WRONG", trial.result
    print(verdict, trial.task.family, "|", trial.task.messages[0]["content"])
    print(f"      expected {trial.expected}, {result.outcome}: {trial.calls} {result.text!r}")


async def run(
    model: str, tasks: int, sampling: Sampling, *, seed: str, held_out: bool, show: bool
) -> float:
    """Run the tasks one after the other and print a table; return the share of right answers."""
    agent = Agent(model, tools=TOOLS, sampling=sampling)
    rng = Random(seed)
    right: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    begun = time.perf_counter()
    for _ in range(tasks):
        trial = await attempt(agent, draw(rng, held_out=held_out))
        tried[trial.task.family] += 1
        right[trial.task.family] += trial.is_right
        if not trial.is_right or show:
            print_trial(trial)
    print(f"\n{'family':<28}right")
    for family in sorted(tried):
        print(f"{family:<28}{right[family]} of {tried[family]}")
    share, seconds = right.total() / tried.total(), time.perf_counter() - begun
    print(f"{'all':<28}{right.total()} of {tried.total()} = {share:.1%}, {seconds:.0f} s")
    return share


def main() -> int:
    parser = argparse.ArgumentParser(description="Held-out tasks for nano through agent.run.")
    parser.add_argument("--model", default="nano", help="nano, or a folder of other weights")
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--seed", default="held-out")
    parser.add_argument("--temperature", type=float, default=0.0, help="0 is greedy")
    parser.add_argument("--no-think", action="store_true")
    parser.add_argument("--trained", action="store_true", help="use trained phrasings and names")
    parser.add_argument("--show", action="store_true", help="print right answers too")
    options = parser.parse_args()
    sampling = Sampling(
        thinking=not options.no_think,
        temperature=options.temperature,
        top_p=0.95,
        top_k=20,
        presence_penalty=0,
        seed=1,
    )
    share = asyncio.run(
        run(
            options.model,
            options.tasks,
            sampling,
            seed=options.seed,
            held_out=not options.trained,
            show=options.show,
        )
    )
    return 0 if share >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
