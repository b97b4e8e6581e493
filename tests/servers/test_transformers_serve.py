"""ServerModel against a real server, `transformers serve`, and against the engine in this process.

What this server does with a request (5.24): `top_k` and `min_p` are refused by name,
`presence_penalty` and `stream_options` are ignored, and without a generation_config.json in the
model's folder it is greedy whatever the temperature, and does not stop at the end of a turn. It
parses on its own: reasoning, content and calls come apart. It drops the reasoning of earlier
replies, and the text beside a call, from the prompt, so only runs without thinking get the very
prompts that the engine gets.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import transformers
from conversations import TASKS, replies_cut_short, said

from agentkit import LocalModel, ServerModel
from agentkit.models.server_probe import probe
from agentkit.qwen.prompt import render

GOLDEN = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "golden_renders.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]


@pytest.fixture(scope="module")
def tokenizer(nano_folder: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(nano_folder)


@pytest.fixture(scope="module")
def local() -> LocalModel:
    return LocalModel("nano")


@pytest.fixture
def served(transformers_serve: str, nano_folder: Path) -> ServerModel:
    return ServerModel(str(nano_folder), base_url=transformers_serve)


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["name"])
def test_the_template_given_to_servers_writes_our_prompt(tokenizer: Any, row: Any) -> None:
    messages, tools, options = row["messages"], row["tools"], row["template_kwargs"]

    written = tokenizer.apply_chat_template(messages, tools=tools, tokenize=False, **options)

    assert written == render(messages, tools, **options)


@pytest.mark.parametrize("thinking", [False, True], ids=["without thoughts", "with thoughts"])
async def test_a_server_and_the_engine_say_the_same(
    local: LocalModel, served: ServerModel, *, thinking: bool
) -> None:
    here = [await said(local, task, thinking=thinking, keeps_thoughts=False) for task in TASKS]
    there = [await said(served, task, thinking=thinking, keeps_thoughts=False) for task in TASKS]

    assert [_of_one_prompt(each) for each in there] == [_of_one_prompt(each) for each in here]
    assert any(message["role"] == "tool" for messages in here for message in messages)


def _of_one_prompt(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was said until this server loses the text beside a call, and its prompt is another."""
    for place, message in enumerate(messages):
        if message["role"] == "assistant" and message["calls"] and message["content"]:
            return messages[: place + 1]
    return messages


async def test_a_reply_cut_at_its_token_limit_runs_nothing(
    local: LocalModel, served: ServerModel
) -> None:
    """This server says "tool_calls" of a cut reply, and makes a whole call of half a one."""
    for reply in await replies_cut_short(local, served):
        assert (reply.finish, reply.tool_calls) == ("length", ())


async def test_the_probe_finds_out_what_this_server_does(served: ServerModel) -> None:
    found = await probe(served)

    assert found.thinking_field == "reasoning_content"
    assert found.call_field == "tool_calls"
    assert found.thinking_can_be_off
    assert found.control_tokens_are_live
    assert found.reports_usage
    assert found.completions_take_ids is False
    assert {"top_k", "min_p"} <= set(found.refused_fields)
