"""The OpenAI chat protocol as data: messages to a request body, server-sent events to fields.

Every message is serialised once in a conversation. History is sent in a shape on which no chat
template stumbles: one system message at the start, arguments as a JSON text of typed values, no
empty assistant, and the loop's own words as a part of the results before them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentkit.arguments import type_arguments
from agentkit.messages import (
    Assistant,
    Content,
    Image,
    Message,
    System,
    ToolResult,
    User,
    plain_text,
)
from agentkit.model import Sampling
from agentkit.qwen.quoting import broken, broken_in
from agentkit.tools import Toolset


class Conversation:
    """One run's messages on their way to a server, each serialised when it is first sent."""

    def __init__(self, tools: Toolset) -> None:
        self._tools = tools
        self._definitions = json.dumps(broken_in(tools.definitions)) if tools else ""
        self._sent: list[Message] = []
        self._pieces: list[str] = []

    def body(self, transcript: Sequence[Message], options: Mapping[str, Any]) -> bytes:
        """The request for a reply to a transcript, which may have grown since the last one."""
        known = len(self._sent)
        same = known <= len(transcript) and all(
            one is other for one, other in zip(self._sent, transcript, strict=False)
        )
        # A turn that follows results is sent with them, so it must not stand in a closed piece.
        if not same or _continues_results(transcript, known):
            self._sent, self._pieces, known = [], [], 0
        self._pieces += [json.dumps(item) for item in self._messages(transcript[known:])]
        self._sent = list(transcript)
        head = json.dumps(dict(options))[:-1]
        tools = f', "tools": {self._definitions}' if self._definitions else ""
        return f'{head}, "messages": [{", ".join(self._pieces)}]{tools}}}'.encode()

    def _messages(self, messages: Sequence[Message]) -> Iterator[dict[str, Any]]:
        system: list[str] = []
        held: dict[str, Any] | None = None  # a tool message that may still get a note
        for message in messages:
            if isinstance(message, System):
                system.append(broken(message.content))
                continue
            if system:
                yield {"role": "system" if not held else "user", "content": "\n\n".join(system)}
                system = []
            if isinstance(message, User) and message.purpose != "task" and held is not None:
                held["content"] += f"\n\n{broken(plain_text(message.content))}"
                continue
            if held is not None:
                yield held
                held = None
            match message:
                case User():
                    yield {"role": "user", "content": _content(message.content)}
                case Assistant():
                    yield self._assistant(message)
                case ToolResult():
                    held = {
                        "role": "tool",
                        "tool_call_id": message.call_id,
                        "content": broken(plain_text(message.content)),
                    }
        if system:
            yield {"role": "system", "content": "\n\n".join(system)}
        if held is not None:
            yield held

    def _assistant(self, message: Assistant) -> dict[str, Any]:
        content = message.content
        if not content and not message.tool_calls:
            content = "\n".join(problem.raw for problem in message.problems) or "(no answer)"
        chat: dict[str, Any] = {"role": "assistant", "content": broken(content)}
        if message.reasoning:
            chat["reasoning_content"] = broken(message.reasoning)
        if message.tool_calls:
            chat["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {
                        "name": broken(call.name),
                        "arguments": json.dumps(broken_in(self._typed(call))),
                    },
                }
                for call in message.tool_calls
            ]
        return chat

    def _typed(self, call: Any) -> dict[str, Any]:
        tool = self._tools.get(call.name)
        schema = tool.parameters if tool is not None else {}
        return type_arguments(call.arguments, schema, call.dialect)[0]


def _continues_results(transcript: Sequence[Message], known: int) -> bool:
    if not known or known >= len(transcript):
        return False
    following = transcript[known]
    after_result = isinstance(transcript[known - 1], ToolResult)
    is_note = isinstance(following, User) and following.purpose != "task"
    return after_result and is_note


def _content(content: Content) -> Any:
    if isinstance(content, str):
        return broken(content)
    return [
        {"type": "image_url", "image_url": {"url": part.url}}
        if isinstance(part, Image)
        else {"type": "text", "text": broken(part.text)}
        for part in content
    ]


def request_options(name: str, sampling: Sampling, *, thinking: bool | None) -> dict[str, Any]:
    """Everything of a request but its messages and tools. What is None is left to the server."""
    options: dict[str, Any] = {
        "model": name,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.output_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "presence_penalty": sampling.presence_penalty,
        "seed": sampling.seed,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
    }
    if thinking is not None:
        # vLLM and SGLang read the first, Alibaba's own service the second, Ollama the third.
        options["chat_template_kwargs"] = {"enable_thinking": thinking}
    return {key: value for key, value in options.items() if value is not None}


@dataclass
class CallFragments:
    """A structured call while its pieces arrive."""

    name: str = ""
    arguments: str = ""


@dataclass
class Delta:
    """What one event of the stream brought."""

    reasoning: str = ""
    content: str = ""
    finish: str | None = None
    usage: Mapping[str, Any] | None = None
    calls: list[tuple[int, str, str]] = field(default_factory=list)
    error: str | None = None


def read_delta(data: str) -> Delta | None:
    """One `data:` line as fields; None if it is no JSON object. Wrong types are taken as absent."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    delta = Delta()
    if event.get("error"):
        error = event["error"]
        delta.error = str(error.get("message", error) if isinstance(error, dict) else error)
    if isinstance(event.get("usage"), dict):
        delta.usage = event["usage"]
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return delta
    finish = choice.get("finish_reason")
    delta.finish = finish if isinstance(finish, str) else None
    fields = choice.get("delta") or choice.get("message")
    if isinstance(fields, dict):
        _read_fields(fields, delta)
    return delta


def _read_fields(fields: Mapping[str, Any], delta: Delta) -> None:
    delta.content = _text(fields.get("content"))
    # Renamed between releases of vLLM; some servers send both with the same text.
    delta.reasoning = _text(fields.get("reasoning_content")) or _text(fields.get("reasoning"))
    calls = fields.get("tool_calls")
    for position, call in enumerate(calls if isinstance(calls, list) else ()):
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict):
            continue
        index = call.get("index")
        arguments = function.get("arguments")
        text = json.dumps(arguments) if isinstance(arguments, dict) else _text(arguments)
        place = index if isinstance(index, int) and not isinstance(index, bool) else position
        delta.calls.append((place, _text(function.get("name")), text))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
