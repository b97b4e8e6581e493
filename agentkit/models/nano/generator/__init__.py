# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Conversations to train on, made by rule: groups of tasks that share one system turn.

    group(seed, held_out=False) -> Group(tools, system, tasks)

A group stands for one prompt prefix (tool definitions and system text) with several independent
tasks behind it, so that the trainer computes the long prefix once. The same seed gives the same group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from agentkit.models.nano.generator.random_tasks import random_task
from agentkit.models.nano.generator.random_tools import DrawnTool
from agentkit.models.nano.generator.shipped import FAMILIES, shipped_task
from agentkit.models.nano.generator.strangers import strangers
from agentkit.models.nano.generator.talk import decline, out_of_reach, small_talk
from agentkit.models.nano.generator.task import Task, Until, calls_of
from agentkit_tools import calculator, dates, files, text

__all__ = ["Group", "Task", "Until", "calls_of", "group", "shipped_definitions"]

SYSTEM_TEXTS = (
    "You are a helpful assistant.", "Answer briefly.", "You are nano, a small assistant with tools.", "Use the tools to answer.", "Be short and exact.",
    "You help with files and numbers.", "Answer in one sentence.", "You are an assistant in a shop.", "Think before you answer.",
)  # fmt: skip


def shipped_definitions() -> dict[str, dict[str, Any]]:
    """The definitions of the shipped tools by name, in the order in which a run offers them."""
    tools = (*calculator.tools, *dates.tools, *files.tools, *text.tools)
    return {tool.name: tool.definition for tool in tools}


@dataclass(frozen=True)
class Group:
    """Tasks behind one system turn, each marked with whether the model thinks aloud."""

    tools: Sequence[Mapping[str, Any]]
    system: str
    tasks: Sequence[Task]
    thinking: Sequence[bool]


_COUNTS = (1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 8, 10, 12)
_COUNTS_TO_CHOOSE_FROM = (2, 3, 4, 5, 6, 8, 10, 12)


def _offer(
    rng: Random, share: float, held_out: bool, until: Until
) -> tuple[dict[str, dict[str, Any]], list[DrawnTool]]:
    """The shipped tools (all, some or none) and the strangers that a group offers."""
    shipped = shipped_definitions()
    if rng.random() < share:
        return shipped, []
    draw = rng.random() if until != "tool" else 1.0
    if draw < 0.1:
        names = rng.sample(list(shipped), rng.randint(2, 9))
        if rng.random() < 0.5:
            names.sort(key=list(shipped).index)
        return {name: shipped[name] for name in names}, []
    count = rng.choice(_COUNTS_TO_CHOOSE_FROM if until == "tool" else _COUNTS)
    if draw < 0.2:
        names = rng.sample(list(shipped), rng.randint(1, 10))
        return {name: shipped[name] for name in names}, strangers(
            rng, min(count, 4), held_out=held_out
        )
    return {}, strangers(rng, count, held_out=held_out)


def _after_another(earlier: Task, task: Task) -> Task:
    """The task as the second turn of a conversation."""
    return Task(
        task.family,
        [*earlier.messages, *task.messages],
        task.expected,
        {**earlier.files, **task.files},
    )


def group(
    seed: str | int,
    *,
    size: int = 16,
    held_out: bool = False,
    shipped_share: float = 0.5,
    talk_share: float = 0.075,
    until: Until = "answer",
) -> Group:
    """The group of tasks that belongs to a seed; `shipped_share` of all have just shipped tools.

    `talk_share` of the tasks is small talk, or out of reach of any tool.
    The tasks of strangers' tools are those that say much until then, and for the choice of a tool
    few are on offer, so that a short prefix serves.
    """
    rng = Random(f"nano-{seed}-{held_out}")
    shipped, others = _offer(rng, shipped_share, held_out, until)
    definitions = [*shipped.values(), *(tool.definition for tool in others)]
    if others and shipped:
        rng.shuffle(definitions)
    able = any(needs <= set(shipped) for *_, needs in FAMILIES)

    def one() -> Task:
        draw = rng.random()
        if draw < talk_share * 7 / 15:
            return small_talk(rng, held_out=held_out)
        if draw < talk_share:
            return out_of_reach(rng, held_out=held_out, tools=() if able else others)
        if others and (not able or rng.random() < 0.5):
            return random_task(rng, others, held_out=held_out, until=until)
        if not able or (draw < talk_share + 0.09 and len(shipped) < 10):
            task = shipped_task(rng, frozenset(shipped_definitions()), held_out=held_out)
            if {name for name, _ in calls_of(task.messages)}.isdisjoint(shipped):
                return decline(task.messages[0]["content"])
            return out_of_reach(rng, held_out=held_out)
        return shipped_task(rng, frozenset(shipped), held_out=held_out)

    tasks, thinking = [], []
    for _ in range(size):
        task = one()
        if rng.random() < 0.04:
            task = _after_another(one(), task)
        thinks = rng.random() < 0.78
        tasks.append(task if thinks else task.without_thinking())
        thinking.append(thinks)
    system = rng.choice(SYSTEM_TEXTS) if rng.random() < 0.4 else ""
    return Group(definitions, system, tasks, thinking)
