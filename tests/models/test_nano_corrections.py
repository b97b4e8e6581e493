"""What nano learns to put right is what the loop says, word for word."""

from collections.abc import Mapping
from random import Random
from typing import Any

from agentkit import Agent, ToolResult
from agentkit.messages import User
from agentkit.models.nano.generator.random_tasks import rejected
from agentkit.models.nano.generator.random_tools import DrawnTool
from agentkit.models.nano.generator.strangers import strangers
from agentkit.models.nano.generator.task import Task, call_text, calls_of
from agentkit.models.scripted import ScriptedModel
from agentkit.qwen.prompt import argument_text

COMPLAINTS = ("no tool called", "missing", "expected", "twice", "ended inside", "arguments before")


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


def test_the_last_call_is_right_thought_of_first_and_alone_learned() -> None:
    seen = set()
    for seed in range(300):
        tools, task = drawn(seed)
        *before, complaint, corrected, _, answer = task.messages
        ((name, arguments),) = calls_of([corrected])
        tool = next(each.runnable for each in tools if each.name == name)
        assert arguments.keys() <= tool.parameters["properties"].keys()
        assert arguments.keys() >= set(tool.parameters.get("required", ()))
        listed = ", ".join(f"{key}: {argument_text(value)}" for key, value in arguments.items())
        thought = corrected["reasoning_content"]
        assert thought.endswith(f". {name} with {listed or 'nothing'}.")
        assert thought.startswith(("Now ", "Once more. "))
        learned = [each.get("learned", True) for each in before if each["role"] == "assistant"]
        assert set(learned) == {False}
        assert corrected["learned"]
        assert not calls_of([answer])
        seen |= {each for each in COMPLAINTS if each in complaint["content"]}
    assert seen == set(COMPLAINTS)
