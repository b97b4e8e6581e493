"""Try tools on a model: generated requests go through the real loop, but no tool is run.

    async for report in try_tools(model, tools): report.hits, report.trials, report.tokens

All tools are on offer at once, as stand-ins with the same schema that answer "ok". A trial is a hit
if the whole run has exactly one call, of the right tool, with the arguments the request names.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agentkit.agent import Agent
from agentkit.errors import ConfigError
from agentkit.json_text import same
from agentkit.messages import Assistant, Result, ToolCall
from agentkit.model import Limits, Model, Sampling
from agentkit.models.local import LocalModel
from agentkit.tool_check import definition_text, estimated_tokens
from agentkit.tool_requests import ToolRequest, make_requests, resolved
from agentkit.tools import Tool, Toolset

_LIMITS = Limits(turns=3, repairs=1, output_tokens=6_000, seconds=300)


@dataclass(frozen=True)
class Trial:
    """One request, the calls that were made, and what was wrong with them."""

    request: ToolRequest
    calls: tuple[ToolCall, ...]
    fault: str | None


@dataclass(frozen=True)
class Report:
    """The outcome of one tool's requests, and what its definition costs in every prompt.

    `counted` says that the model's tokenizer counted `tokens`; else they are estimated.
    `note` says why there are no trials, if there are none.
    """

    tool: str
    trials: tuple[Trial, ...]
    tokens: int
    counted: bool
    note: str | None = None

    @property
    def hits(self) -> int:
        """How many requests led to the right call and to nothing else."""
        return sum(trial.fault is None for trial in self.trials)


async def try_tools(
    model: Model,
    tools: Iterable[Tool],
    *,
    requests: int = 5,
    seed: int = 0,
    sampling: Sampling | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[Report]:
    """Yield a report for each tool once its requests are done; `progress` is told what is next.

    Raises ModelError when the model fails and ConfigError for two tools with the same name.
    """
    known = Toolset(tools)
    agent = Agent(
        model,
        tools=[stand_in(tool) for tool in known.values()],
        limits=_LIMITS,
        sampling=sampling,
    )
    costs, counted = definition_tokens(known.values(), model)
    for tool, cost in zip(known.values(), costs, strict=True):
        try:
            made = make_requests(tool, requests, seed=seed)
        except ConfigError as error:
            yield Report(tool.name, (), cost, counted, str(error))
            continue
        trials = []
        for number, request in enumerate(made, start=1):
            progress(f"{tool.name}, request {number} of {len(made)}")
            trials.append(await _trial(agent, known, request))
        yield Report(tool.name, tuple(trials), cost, counted)


def stand_in(tool: Tool) -> Tool:
    """A tool with the same definition that does nothing and answers "ok"."""

    async def answer(**arguments: Any) -> str:
        return "ok"

    return dataclasses.replace(tool, function=answer)


def definition_tokens(tools: Iterable[Tool], model: Model) -> tuple[list[int], bool]:
    """What each definition costs in the prompt, and whether the model's tokenizer counted it.

    A server does not give out its model's tokenizer: there the cost is estimated.
    """
    if not isinstance(model, LocalModel):
        return [estimated_tokens(tool) for tool in tools], False
    # Imported only when needed, because it imports torch.
    module = cast(Any, importlib.import_module("agentkit.models.local_count"))
    texts = [definition_text(tool) for tool in tools]
    return list(module.count_tokens(model.name, *texts)), True


async def _trial(agent: Agent, tools: Toolset, request: ToolRequest) -> Trial:
    result = await agent.run(request.text)
    calls = tuple(
        call
        for message in result.transcript
        if isinstance(message, Assistant)
        for call in message.tool_calls
    )
    return Trial(request, calls, _fault(result, calls, tools, request))


def _fault(
    result: Result, calls: Sequence[ToolCall], tools: Toolset, request: ToolRequest
) -> str | None:
    """The first thing that is wrong with the calls of a run, or None."""
    if not calls:
        problems = [
            problem.message
            for message in result.transcript
            if isinstance(message, Assistant)
            for problem in message.problems
        ]
        return problems[0] if problems else "no call"
    first = calls[0]
    if first.name not in tools:
        return f"called {first.name}, which does not exist"
    if first.name != request.tool:
        return f"called {first.name}"
    binding = tools[first.name].bind(first)
    if binding.faults:
        return f"invalid: {'; '.join(binding.faults)}"
    if reason := _difference(binding.arguments, request.arguments, tools[first.name]):
        return reason
    return f"called {len(calls)} times" if len(calls) > 1 else None


def _difference(given: Mapping[str, Any], wanted: Mapping[str, Any], tool: Tool) -> str | None:
    """Where the arguments differ from those of the request; defaults may be written out."""
    for name, value in wanted.items():
        if name not in given:
            return f"{name} is missing"
        if not same(given[name], value):
            return f"{name} is {_json(given[name])}, expected {_json(value)}"
    properties = tool.plain_parameters.get("properties") or {}
    for name in given.keys() - wanted.keys():
        part = resolved(properties.get(name), tool.plain_parameters)
        if not same(given[name], part.get("default")):
            return f"{name} is {_json(given[name])}, which the request does not mention"
    return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
