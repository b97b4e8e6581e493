"""The Berkeley Function Calling Leaderboard's questions, unchanged, for any model.

    python evals/bfcl.py --data FOLDER [-m nano] [--category simple_python] [--loop] [--show]

FOLDER holds one file per category, NAME.jsonl, whose lines have `id`, `question`, `functions` and
`ground_truth`. One reply of the model is judged; with --loop, a whole run is judged, in which
faulty calls may be repaired, and every call that ran counts. Matching is in bfcl_match.py.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bfcl_match import Call, Language, fault, parameters

from agentkit import (
    Agent,
    Assistant,
    Limits,
    Model,
    Sampling,
    ServerModel,
    System,
    Tool,
    ToolResult,
    Toolset,
    User,
)
from agentkit.models import open_model

LIMITS = Limits(turns=4, output_tokens=8_192, seconds=600)


@dataclass(frozen=True)
class Question:
    category: str
    id: str
    messages: tuple[System | User, ...]
    functions: Sequence[Mapping[str, Any]]
    answers: Sequence[Mapping[str, Any]] | None

    @property
    def language(self) -> Language:
        if "javascript" in self.category:
            return "javascript"
        return "java" if "java" in self.category else "python"

    @property
    def tools(self) -> Toolset:
        return Toolset(
            Tool.from_schema(
                _answer,
                name=each["name"],
                description=each.get("description", ""),
                parameters=parameters(each, self.language),
            )
            for each in self.functions
        )

    def fault(self, calls: Sequence[Call]) -> str | None:
        """Why the calls are wrong, or None."""
        if "irrelevance" in self.category:
            return f"expected no call, found {len(calls)}" if calls else None
        if "relevance" in self.category:
            return None if calls else "expected a call, found none"
        return fault(calls, self.answers or (), self.functions, self.language)


async def _answer(**arguments: Any) -> str:
    return "ok"


def read_questions(file: Path) -> list[Question]:
    """Read the questions of one category; of questions with several turns, only the first turn."""
    questions = []
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            data = json.loads(line)
            messages = tuple(
                System(content=each["content"])
                if each["role"] == "system"
                else User(content=each["content"])
                for each in data["question"][0]
            )
            answers = data["ground_truth"]
            questions.append(Question(file.stem, data["id"], messages, data["functions"], answers))
    return questions


async def ask(model: Model, sampling: Sampling, question: Question, *, loop: bool) -> list[Call]:
    """Return the calls that the model makes, with typed arguments."""
    tools = question.tools
    agent = Agent(model, tools=tools, sampling=sampling, limits=LIMITS)
    replies: list[Assistant] = []
    ran: set[str] = set()
    async with aclosing(agent.stream(question.messages)) as events:
        async for event in events:
            match event:
                case Assistant():
                    replies.append(event)
                    if not loop:
                        break
                case ToolResult(status="ok"):
                    ran.add(event.call_id)
    calls = [call for reply in replies for call in reply.tool_calls if not loop or call.id in ran]
    return [
        (call.name, tools[call.name].bind(call).arguments if call.name in tools else call.arguments)
        for call in calls
    ]


async def judge(model: Model, sampling: Sampling, question: Question, options: Any) -> bool:
    """Ask one question; any exception counts as a wrong answer."""
    calls: list[Call] = []
    try:
        calls = await ask(model, sampling, question, loop=options.loop)
        reason = question.fault(calls)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    if reason and options.show:
        print(
            f"WRONG {question.id}: {reason}\n      {question.messages[-1].content!r}\n      {calls}"
        )
    return reason is None


async def run(model: Model, sampling: Sampling, options: argparse.Namespace) -> None:
    """Ask the questions of all chosen categories, and print a table."""
    files = {file.stem: file for file in sorted(options.data.glob("*.jsonl"))}
    wanted = options.category or list(files)
    if not wanted or not files.keys() >= set(wanted):
        lost = ", ".join(name for name in wanted if name not in files) or "any"
        names = ", ".join(files) or "none"
        sys.exit(f"No file {lost} in {options.data}. Categories there: {names}.")
    chosen = [file for name, file in files.items() if name in wanted]
    scores: dict[str, list[bool]] = {}
    for file in chosen:
        questions = read_questions(file)[: options.cases]
        scores[file.stem] = [await judge(model, sampling, each, options) for each in questions]
        print(f"{file.stem}: {sum(scores[file.stem])} of {len(questions)}", file=sys.stderr)
    print(f"\n{'category':<28}{'right':>8}{'share':>9}")
    scores["overall"] = [mark for marks in scores.values() for mark in marks]
    for name, marks in scores.items():
        share = sum(marks) / max(len(marks), 1)
        print(f"{name:<28}{f'{sum(marks)} of {len(marks)}':>8}{share:>9.1%}")


def main() -> int:
    parser = argparse.ArgumentParser(description="BFCL questions for any model.")
    parser.add_argument("--data", type=Path, required=True, help="a folder of CATEGORY.jsonl")
    parser.add_argument("-m", "--model", default="nano", help="nano, a folder or a hub name")
    parser.add_argument("--base-url", help="ask the model on this server instead")
    parser.add_argument("--category", action="append", help="only this (repeatable)")
    parser.add_argument("--cases", type=int, help="at most this many of each category")
    parser.add_argument("--loop", action="store_true", help="judge a whole run, not one reply")
    parser.add_argument("--no-think", action="store_true")
    parser.add_argument("--temperature", type=float, default=0.0, help="0 is greedy")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    model = open_model(options.model)
    if options.base_url:
        model = ServerModel(options.model, base_url=options.base_url)
    thinking = False if options.no_think else None
    sampling = Sampling(
        thinking=thinking, temperature=options.temperature, presence_penalty=0, output_tokens=4_096
    )
    asyncio.run(run(model, sampling, options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
