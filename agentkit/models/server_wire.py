"""Turns messages into the body of an OpenAI chat request.

Every message is serialised once per conversation. History is sent in a shape that every chat
template accepts: one system message at the start, arguments as a JSON text of typed values, no
empty assistant message, the loop's own words appended to the result before them, and a tool's
pictures in a user message after its text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.arguments import type_arguments
from agentkit.json_text import texts_in
from agentkit.messages import (
    Assistant,
    Content,
    Image,
    Message,
    System,
    Text,
    ToolCall,
    ToolResult,
    User,
    pictures_in,
    plain_text,
    words_of,
)
from agentkit.models.server_count import least_tokens
from agentkit.qwen.quoting import broken, broken_in, broken_name
from agentkit.tools import Toolset
from agentkit.transcripts import with_lost_results


@dataclass(frozen=True)
class Piece:
    """One serialised message, and a lower bound for its tokens."""

    text: str
    tokens: int


class Conversation:
    """One run's messages to a server, each serialised once, when it is first sent."""

    def __init__(self, tools: Toolset) -> None:
        self._tools = tools
        self._definitions = json.dumps(broken_in(tools.definitions)) if tools else ""
        self._definition_tokens = least_tokens(*_names_and_descriptions(tools.definitions))
        self._objects = False
        self._thoughts = True
        self._thought_field = "reasoning_content"
        self._forget()

    def _forget(self) -> None:
        self._sent: list[Message] = []
        self._system: list[str] = []
        self._asked: list[str] = []  # ids of the last reply's calls that have no result yet
        self._closed: list[Piece] = []
        self._texts: list[str] = []
        self._tokens = self._definition_tokens
        self._open: dict[str, Any] | None = None  # the last result, which may still get a note
        self._pictures: list[tuple[str, Image]] = []  # each with the name of its tool
        self._end: list[Piece] | None = None  # the cached value of `_pending`
        self._questions = 0

    @property
    def tokens(self) -> int:
        """A lower bound for the last body's tokens, for any template and tokenizer."""
        return self._tokens + sum(piece.tokens for piece in self._pending())

    @property
    def questions(self) -> int:
        """How many user messages the last body has; templates drop thoughts before a new one."""
        return self._questions + bool(self._pictures)

    def name_thoughts(self, field: str) -> None:
        """Send thoughts in the field that the server itself uses: it may silently drop others.

        vLLM renamed it (QwenLM/qwen-code#4285), Ollama reads only one (ollama/ollama#18534).
        """
        if field != self._thought_field:
            self._thought_field = field
            self._forget()

    def send_arguments_as_objects(self) -> bool:
        """Switch to objects, for templates that can't read text; False if already done."""
        if self._objects:
            return False
        self._objects = True
        self._forget()
        return True

    def leave_out_thoughts(self) -> bool:
        """Stop sending thoughts, for a server that refuses the field; False if already done."""
        if not self._thoughts:
            return False
        self._thoughts = False
        self._forget()
        return True

    def go_on_after(self, thought: str) -> None:
        """Do nothing: a chat route can't continue a thought."""

    def body(
        self,
        transcript: Sequence[Message],
        options: Mapping[str, Any],
        thinking: bool | None = None,
    ) -> bytes:
        """Return the request body for a transcript, which may have grown since the last one."""
        transcript = with_lost_results(transcript)
        known = len(self._sent)
        has_grown = known <= len(transcript) and all(
            one is other for one, other in zip(self._sent, transcript, strict=False)
        )
        if not has_grown:
            self._forget()
            known = 0
        for message in transcript[known:]:
            self._add(message)
            self._sent.append(message)
        head = json.dumps(dict(options))[:-1]
        tools = f', "tools": {self._definitions}' if self._definitions else ""
        texts = [*self._texts, *(piece.text for piece in self._pending())]
        return f'{head}, "messages": [{", ".join(texts)}]{tools}}}'.encode()

    def _add(self, message: Message) -> None:
        match message:
            case System() if all(isinstance(earlier, System) for earlier in self._sent):
                self._system.append(broken(message.content))
                self._end = None
            case System():  # templates refuse one that is not at the start
                self._close({"role": "user", "content": broken(message.content)})
            case User() if message.purpose != "task" and self._open is not None:
                self._open["content"] += f"\n\n{broken(plain_text(message.content))}"
                self._end = None
            case User():
                self._close({"role": "user", "content": _content(message.content)})
            case Assistant():
                self._close(self._assistant(message))
                self._asked = [call.id for call in message.tool_calls]
            case ToolResult() if message.call_id not in self._asked:  # no such call: sent as text
                self._close({"role": "user", "content": _content(message.content)})
            case ToolResult():
                self._flush_result()
                self._asked.remove(message.call_id)
                first = len(self._pictures) + 1
                self._open = {
                    "role": "tool",
                    "tool_call_id": broken(message.call_id),
                    "content": broken(_text_of_result(message.content, first)),
                }
                self._pictures += ((message.name, each) for each in pictures_in(message.content))

    def _close(self, message: dict[str, Any]) -> None:
        for piece in self._pending():
            self._append(piece)
        self._questions += bool(self._pictures) + (message["role"] == "user")
        self._asked = []
        self._open, self._pictures, self._system, self._end = None, [], [], None
        self._append(_piece(message))

    def _flush_result(self) -> None:
        """Close the open result before the next of the same reply; pictures wait for the last."""
        if self._open is not None:
            self._append(self._pending()[0])
        self._open = self._end = None

    def _append(self, piece: Piece) -> None:
        self._texts.append(piece.text)
        self._tokens += piece.tokens

    def _pending(self) -> list[Piece]:
        """Return the end of the body, which may still change: last result, system, pictures."""
        if self._end is None:
            messages = [] if self._open is None else [self._open]
            if any(self._system):
                messages.append({"role": "system", "content": "\n\n".join(self._system)})
            if self._pictures:
                shown: list[Text | Image] = []
                for number, (name, picture) in enumerate(self._pictures, start=1):
                    shown += (Text(text=f"Picture {number}, which {name} returned:"), picture)
                messages.append({"role": "user", "content": _content(tuple(shown))})
            self._end = [_piece(message) for message in messages]
        return self._end

    def _assistant(self, message: Assistant) -> dict[str, Any]:
        content = words_of(message) or ("" if message.tool_calls else "(no answer)")
        chat: dict[str, Any] = {"role": "assistant", "content": broken(content)}
        if message.reasoning and self._thoughts:
            chat[self._thought_field] = broken(message.reasoning)
        if message.tool_calls:
            chat["tool_calls"] = [self._call(call) for call in message.tool_calls]
        return chat

    def _call(self, call: ToolCall) -> dict[str, Any]:
        tool = self._tools.get(call.name)
        schema = tool.plain_parameters if tool is not None else {}
        typed = type_arguments(call.arguments, schema, call.dialect)[0]
        safe = {broken_name(name): broken_in(value) for name, value in typed.items()}
        arguments = safe if self._objects else json.dumps(safe)
        function = {"name": broken_name(call.name), "arguments": arguments}
        return {"id": broken(call.id), "type": "function", "function": function}


def _piece(message: Mapping[str, Any]) -> Piece:
    content: Any = message.get("content")
    parts = [content] if isinstance(content, str) else [part.get("text", "") for part in content]
    # The thought is not counted: the template drops it once the next question is asked.
    for call in message.get("tool_calls", ()):
        function = call["function"]
        given = function["arguments"]
        given = json.loads(given) if isinstance(given, str) else given
        # Count only the texts in JSON: an escaped letter would count as extra words.
        parts += [function["name"], *texts_in(given)]
    return Piece(json.dumps(message), least_tokens(*parts))


def _names_and_descriptions(value: Any) -> Iterator[str]:
    """Yield the texts of a definition that every template shows in some form."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in ("name", "description") and isinstance(item, str):
                yield item
            else:
                yield from _names_and_descriptions(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _names_and_descriptions(item)


def _content(content: Content) -> Any:
    if isinstance(content, str):
        return broken(content)
    parts: list[dict[str, Any]] = []
    text = ""
    for part in (*content, None):
        if isinstance(part, Text):
            text += part.text  # templates join adjacent texts, which may form a token
            continue
        if text:
            parts.append({"type": "text", "text": broken(text)})
            text = ""
        if isinstance(part, Image):
            parts.append({"type": "image_url", "image_url": {"url": part.url}})
    return parts or ""


def _text_of_result(content: Content, first: int) -> str:
    """Return a result as text: servers take no pictures there (vllm-project/vllm#43203).

    Its pictures are numbered from `first`, since those of several results share one message.
    """
    count = len(pictures_in(content))
    notes = [f"[picture {number} is below]" for number in range(first, first + count)]
    return "\n".join(filter(None, [plain_text(content), *notes]))
