"""The same greedy conversation over two ways to a model, so that they can be compared."""

from __future__ import annotations

from typing import Any

from agentkit import Agent, Assistant, Limits, Sampling, User, load_tools
from agentkit.model import Model

TASKS = (
    "What is 17 * 23?",
    "What is 4 + 5?",
    "Please calculate 12 * 12.",
    "Which weekday is 100 days after 2026-03-16?",
    "How many days are there between 2026-01-01 and 2026-03-01?",
)


async def said(
    model: Model, task: str, *, thinking: bool, keeps_thoughts: bool
) -> list[dict[str, Any]]:
    """What was said, without what may differ.

    It ends where the two prompts part: at a correction, which a server gets as a part of the result
    before it, at a reply that only one side would cut, and after the first results if there was a
    thought that the server forgets.
    """
    agent = Agent(
        model,
        tools=load_tools(["calculator", "dates"]),
        sampling=Sampling(thinking=thinking, temperature=0, output_tokens=256),
        limits=Limits(turns=6),
    )
    kept: list[dict[str, Any]] = []
    for message in (await agent.run(task)).transcript:
        fields = message.model_dump(include={"role", "content", "reasoning", "name", "status"})
        if isinstance(message, User) and message.purpose != "task":
            break
        if isinstance(message, Assistant):
            has_results = any(earlier["role"] == "tool" for earlier in kept)
            if message.finish != "stop" or (thinking and has_results and not keeps_thoughts):
                break
            # A server's parser may give a number where the model's own text is one.
            fields["calls"] = [
                (call.name, {name: str(value) for name, value in call.arguments.items()})
                for call in message.tool_calls
            ]
        kept.append(fields)
    return kept


async def replies_cut_short(local: Model, served: Model) -> list[Assistant]:
    """Replies with a call, cut by their token limit in its closing tags and in its arguments."""
    tools = load_tools(["calculator"])

    async def reply(model: Model, most: int) -> Assistant:
        sampling = Sampling(thinking=False, temperature=0, output_tokens=most)
        agent = Agent(model, tools=tools, sampling=sampling, limits=Limits(turns=1))
        messages = (await agent.run(TASKS[0])).transcript
        return next(message for message in messages if isinstance(message, Assistant))

    whole = await reply(local, 256)
    assert whole.tool_calls
    return [await reply(served, whole.usage.output_tokens - lost) for lost in (3, 8)]
