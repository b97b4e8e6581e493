"""Scripted replies are written as the model would write them."""

from typing import Any

import pytest

from agentkit import Agent, ScriptedModel, tool, written_call
from agentkit.qwen.prompt import render


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"sku": "A-17", "count": 3},
        {"on": True, "none": None, "share": 0.5},
        {"tags": ["a", "ü"], "depth": {"x": [1]}, "text": "two\nlines\n"},
    ],
)
def test_a_written_call_is_the_one_that_the_template_writes(arguments: dict[str, Any]) -> None:
    call = {"function": {"name": "stock", "arguments": arguments}}
    asked = {"role": "user", "content": "Go."}

    prompt = render([asked, {"role": "assistant", "content": "", "tool_calls": [call]}])

    assert written_call("stock", **arguments) in prompt


async def test_written_calls_run() -> None:
    taken: list[tuple[str, list[int]]] = []

    @tool
    def take(name: str, places: list[int]) -> str:
        """Take something."""
        taken.append((name, places))
        return "Taken."

    calls = "\n".join(written_call("take", name=name, places=[1, 2]) for name in ("a", "b"))

    result = await Agent(ScriptedModel([calls, "Done."]), tools=[take]).run("Take both.")

    assert (result.text, sorted(taken)) == ("Done.", [("a", [1, 2]), ("b", [1, 2])])
