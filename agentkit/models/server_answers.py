"""The test tools that `agentkit doctor` offers a server, and what its answers reveal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agentkit.events import CallRead
from agentkit.messages import Usage
from agentkit.qwen.parser import Parser

LOOKUP: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "lookup",
        "description": "Look up an article by its key.",
        "parameters": {
            "type": "object",
            "properties": {"key": {"type": "string", "description": "The key of the article."}},
            "required": ["key"],
        },
    },
}
PING: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "ping",
        "description": "Test the connection. Takes no arguments.",
        "parameters": {"type": "object", "properties": {}},
    },
}
_KNOWN = {"lookup": LOOKUP["function"]["parameters"], "ping": PING["function"]["parameters"]}


def read_answer(body: Any) -> dict[str, Any] | None:
    """Return `message`, `finish` and `usage`; None if the body, even of a 200, is no answer."""
    choices = body.get("choices") if isinstance(body, dict) and not body.get("error") else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict) or choice.get("error"):
        return None
    message = choice.get("message")
    usage = body.get("usage")
    prompt = usage.get("prompt_tokens") if isinstance(usage, dict) else 0
    return {
        "message": message if isinstance(message, dict) else {},
        "finish": choice.get("finish_reason"),
        "usage": Usage(prompt_tokens=number_of(prompt) or 0),
    }


def reasoning_of(message: Mapping[str, Any]) -> tuple[str, str]:
    """Return the field that holds the thought, and the thought; both "" if there is none."""
    for field in ("reasoning_content", "reasoning"):
        if isinstance(text := message.get(field), str) and text:
            return field, text
    content = message.get("content")
    if isinstance(content, str) and "</think>" in content:
        return "content", content.split("</think>")[0].removeprefix("<think>")
    return "", ""


def call_place(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return where the call of `lookup` arrived, as fields of `Findings`."""
    if calls := message.get("tool_calls"):
        call = calls[0] if isinstance(calls, list) else calls
        function = call.get("function") if isinstance(call, dict) else None
        function = function if isinstance(function, dict) else {}
        arguments = function.get("arguments")
        try:
            given = json.loads(arguments) if isinstance(arguments, str) else arguments
        except (ValueError, RecursionError):
            given = None
        is_right = function.get("name") == "lookup" and given == {"key": "A-17"}
        return {"call_field": "tool_calls" if is_right else "tool_calls, wrong"}
    for field in ("content", "reasoning_content", "reasoning"):
        text = message.get(field)
        if isinstance(text, str):
            parser = Parser(_KNOWN, thinking=False)
            read = [*parser.feed(text), *parser.close()]
            for event in read:
                if isinstance(event, CallRead):
                    return {"call_field": field, "call_dialect": event.dialect}
    return {"call_field": ""}


def number_of(value: Any) -> int | None:
    """Return the value if it is a positive integer, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
