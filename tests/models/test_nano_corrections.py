"""What nano learns to put right is what the loop says, word for word."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from agentkit import Agent, ToolResult
from agentkit.messages import User
from agentkit.models.nano.generator.corrections import mistaken
from agentkit.models.nano.generator.random_requests import arguments_for
from agentkit.models.nano.generator.random_tasks import rejected
from agentkit.models.nano.generator.random_tools import DrawnTool
from agentkit.models.nano.generator.strangers import strangers
from agentkit.models.nano.generator.task import Task, call_text, calls_of
from agentkit.models.scripted import ScriptedModel
from agentkit.qwen.prompt import argument_text

COMPLAINTS = ("no tool called", "missing", "expected", "twice", "ended inside")


def drawn(seed: int) -> tuple[list[DrawnTool], Task]:
    rng = Random(f"corrections {seed}")
    tools = strangers(rng, rng.randint(1, 4), held_out=False, everyday=0.2)
    return tools, rejected(rng, tools, held_out=False)


def raw(reply: Mapping[str, Any]) -> str:
    """A reply as the model writes it."""
    calls = [call_text(*call) for call in calls_of([dict(reply)])]
    return (
        f"<think>\n{reply['reasoning_content']}\n</think>\n\n{''.join(calls) or reply['content']}"
    )


async def test_what_is_said_about_a_failed_call_is_what_the_loop_says() -> None:
    for seed in range(80):
        tools, task = drawn(seed)
        asked, *others = task.messages
        replies = [raw(each) for each in others if each["role"] == "assistant"]
        agent = Agent(ScriptedModel(replies), tools=[each.runnable for each in tools])
        run = await agent.run(asked["content"])
        assert run.outcome == "done"
        *heard, result = (
            each for each in run.transcript[1:] if isinstance(each, ToolResult | User)
        )
        assert result.content == "Done."
        told = [each["content"] for each in others if each["role"] == "tool"]
        assert [each.content for each in heard] == told[:-1]


@pytest.mark.parametrize("held_out", [False, True])
def test_what_is_put_right_is_what_the_complaint_is_about(held_out: bool) -> None:
    heard = set()
    for seed in range(300):
        rng = Random(f"mistakes {seed}")
        tools = strangers(rng, 3, held_out=held_out, everyday=0.3)
        tool = rng.choice(tools)
        arguments = arguments_for(rng, tool, held_out=held_out)
        made = mistaken(rng, tools, tool, arguments)
        assert made.right == arguments
        assert made.said.items() <= arguments.items()
        as_meant = made.tool.name == tool.name and list(made.pairs) == list(arguments.items())
        assert made.text or not as_meant
        about, *_ = made.complaint.split("\nParameters of")
        if made.said:  # by its name, or by its value where another should be
            told = [*made.said, *map(argument_text, made.said.values())]
            assert any(each in about for each in told), made.complaint
        else:
            assert made.tool.name != tool.name or "ended inside" in about
        heard |= {each for each in COMPLAINTS if each in about}
    assert heard == set(COMPLAINTS)


def test_a_tool_that_was_misread_has_the_names_of_the_failed_call() -> None:
    misread = 0
    for seed in range(100):
        rng = Random(f"misread {seed}")
        tools = strangers(rng, 3, held_out=False, everyday=0.0)
        tool = rng.choice(tools)
        made = mistaken(rng, tools, tool, arguments_for(rng, tool, held_out=False))
        defined, read_as = (
            list(each.definition["function"]["parameters"]["properties"])
            for each in (tool, made.tool)
        )
        new = set(read_as) - set(defined)
        assert new <= {key for key, _ in made.pairs}
        assert new or read_as == defined
        misread += bool(new)
    assert misread > 10


def test_only_the_last_call_is_learned_and_it_has_what_was_thought() -> None:
    repeated = 0
    for seed in range(200):
        _, task = drawn(seed)
        *before, complaint, corrected, _, answer = task.messages
        ((name, arguments),) = calls_of([corrected])
        listed = ", ".join(f"{key}: {argument_text(value)}" for key, value in arguments.items())
        assert corrected["reasoning_content"].endswith(f". {name} with {listed or 'nothing'}.")
        learned = [each.get("learned", True) for each in before if each["role"] == "assistant"]
        assert set(learned) == {False}
        assert corrected["learned"]
        assert not calls_of([answer])
        repeated += "as before" in complaint["content"]
    assert 10 < repeated < 100
