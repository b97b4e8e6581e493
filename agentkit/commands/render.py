"""`agentkit render`: `{"messages", "tools", "template_kwargs"}` to `{"prompt"}`."""

from __future__ import annotations

import argparse
from typing import Any

from agentkit.commands.lines import answer_lines
from agentkit.errors import ConfigError
from agentkit.qwen.prompt import render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say in the help what a line holds; there are no options."""
    parser.epilog = (
        'A line: {"messages": [...], "tools": [...], "template_kwargs": {"add_generation_prompt": '
        'true, "enable_thinking": true}}, with messages and tools as OpenAI writes them, but '
        'arguments as objects. The answer: {"prompt": "..."} or {"error": "..."}.'
    )


def main(options: argparse.Namespace) -> int:
    """Answer every line of standard input."""
    return answer_lines(render_line)


def render_line(request: dict[str, Any]) -> dict[str, Any]:
    """Render one conversation as the prompt that the model reads."""
    messages = request.get("messages")
    if not isinstance(messages, list) or not all(isinstance(item, dict) for item in messages):
        raise ConfigError("Expected messages to be a list of objects.")
    options = request.get("template_kwargs") or {}
    if not isinstance(options, dict):
        raise ConfigError(f"Expected template_kwargs to be an object, found {options!r:.80}.")
    prompt = render(
        messages,
        request.get("tools"),
        add_generation_prompt=bool(options.get("add_generation_prompt", False)),
        enable_thinking=options.get("enable_thinking", True),
        add_vision_id=bool(options.get("add_vision_id", False)),
    )
    return {"prompt": prompt}
