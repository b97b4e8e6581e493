"""The OpenAI chat protocol: turns messages into a request body, and events into fields.

Every message is serialised once per conversation. History is sent in a shape that every chat
template accepts: one system message at the start, arguments as a JSON text of typed values, no
empty assistant message, the loop's own words appended to the result before them, and a tool's
pictures in a user message after its text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentkit.arguments import type_arguments
from agentkit.json_text import same, texts_in
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
    with_lost_results,
    words_of,
)
from agentkit.models.server_count import least_tokens
from agentkit.qwen.quoting import broken, broken_in, broken_name
from agentkit.tools import Toolset

_PLACES = ("arguments", "parameters")
# The known fields of a call; Google adds a signature of the thought.
_KNOWN = frozenset(
    {
        *("index", "id", "type", "function", "name", "description", "strict", "status", "object"),
        *("extra_content", "provider_specific_fields", "thought_signature", "signature"),
        *("cache_control", "caller", *_PLACES),
    }
)
OTHER_ROLES = ("tool", "function", "user", "system", "developer")
_MOST_DIGITS = 9  # of a call's index


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
        same = known <= len(transcript) and all(
            one is other for one, other in zip(self._sent, transcript, strict=False)
        )
        if not same:
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
        parts += [
            function["name"],
            *texts_in(json.loads(given) if isinstance(given, str) else given),
        ]
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


@dataclass
class Delta:
    """What one event of the stream holds."""

    reasoning: str = ""
    content: str = ""
    finish: str | None = None
    usage: Mapping[str, Any] | None = None
    calls: list[CallDelta] = field(default_factory=list)
    role: str = ""  # of the speaker from here on, if given
    choice: int | None = None  # the reply's index, of several to one request
    is_whole: bool = False  # the whole message, not an increment
    may_be_whole: bool = False  # perhaps the whole message, perhaps an increment
    thought_field: str = ""  # the field that the reasoning came in

    @property
    def goes_on(self) -> bool:
        """Whether it holds a part of the reply itself."""
        return bool(self.content or self.reasoning or self.calls)

    @property
    def is_usage(self) -> bool:
        """Whether it holds only the usage."""
        return self.usage is not None and not self.goes_on and self.finish is None

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing, like an event that only keeps the connection open."""
        is_silent = self.usage is None and not self.goes_on and self.finish is None
        return is_silent and self.role not in OTHER_ROLES


@dataclass(frozen=True)
class CallDelta:
    """A piece of a structured call: where it belongs, and what it adds."""

    index: int
    id: str
    name: str
    arguments: str
    is_placed: bool = True  # by an index, or by its position among several calls
    is_unreadable: bool = False  # of an unknown shape; `arguments` holds all of it
    is_legacy: bool = False  # from `function_call`, which some servers send beside `tool_calls`
    has_more: bool = False  # it has unknown fields, which may be its arguments


def read_delta(event: Mapping[str, Any], *, is_plain: bool = False) -> Delta:
    """Read one event; `is_plain`: it is the whole answer. Wrong types count as absent."""
    delta = Delta()
    if isinstance(event.get("usage"), dict):
        delta.usage = event["usage"]
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return delta
    delta.choice = choice["index"] if isinstance(choice.get("index"), int) else None
    delta.finish = _finish_reason(choice)
    fields, message = choice.get("delta"), choice.get("message")
    if not isinstance(fields, dict) or (isinstance(message, dict) and _is_blank(fields)):
        fields = message
    if isinstance(fields, dict):
        _read_fields(fields, delta)
        if delta.role in OTHER_ROLES:  # other roles neither add to the reply nor end it
            return Delta(usage=delta.usage, role=delta.role, choice=delta.choice)
        if is_plain:
            delta.finish = delta.finish or "stop"  # a complete JSON answer has ended
        delta.is_whole = fields is message and delta.finish is not None
        delta.may_be_whole = fields is message and not delta.is_whole
    else:  # the completions route
        delta.content = _text(choice.get("text"))
    return delta


def _is_blank(fields: Mapping[str, Any]) -> bool:
    """Whether no field but the role has a value."""
    return not any(value for key, value in fields.items() if key != "role")


def _finish_reason(choice: Mapping[str, Any]) -> str | None:
    """Return why a choice has ended; some servers send the word "null" until it has.

    SGLang sends an object with a `type`; any other value that is not a text is "unknown".
    """
    finish = choice.get("finish_reason")
    if isinstance(finish, dict):
        finish = finish.get("type", "unknown")
    if not finish or finish == "null":
        return None
    return finish if isinstance(finish, str) else "unknown"


def _read_fields(fields: Mapping[str, Any], delta: Delta) -> None:
    delta.role = _text(fields.get("role"))
    thought, delta.content = _thought_and_text(fields.get("content"))
    # Renamed between releases of vLLM; some servers send both with the same text.
    for name in ("reasoning_content", "reasoning"):
        if not delta.reasoning and (text := _text(fields.get(name))):
            delta.reasoning, delta.thought_field = text, name
    delta.reasoning = delta.reasoning or thought
    calls = fields.get("tool_calls") or []
    calls = calls if isinstance(calls, list) else [calls]
    for position, call in enumerate(calls):
        if (piece := _call_delta(call, position, is_alone=len(calls) == 1)) is not None:
            delta.calls.append(piece)
    if not calls and isinstance(legacy := fields.get("function_call"), dict) and legacy:
        name, text = _text(legacy.get("name")), _arguments(legacy, {})
        if name or text:
            delta.calls.append(CallDelta(0, "", name, text, is_legacy=True))


def _call_delta(call: Any, position: int, *, is_alone: bool) -> CallDelta | None:
    """Read a piece of a call; None for an empty one, which some servers send along.

    A piece of an unknown shape is kept, without a name.
    """
    if isinstance(call, str) and call.lstrip().startswith(("{", "[")):
        return CallDelta(position, "", "", call, is_unreadable=True)
    if not isinstance(call, dict):
        return None
    given = _index(call.get("index"))
    index, is_placed = (position, not is_alone) if given is None else (given, True)
    unknown = CallDelta(index, "", "", json.dumps(call), is_unreadable=True)
    function = call.get("function", call)  # the level `function` may be missing
    if not isinstance(function, dict):
        return unknown if function else None
    has_more = any(part[key] for part in (function, call) for key in part if key not in _KNOWN)
    if function is call:
        if not any(value for key, value in call.items() if key not in ("index", "type", "id")):
            return None
        if not (call.get("name") or any(call.get(key) for key in _PLACES)):
            return unknown
        call = {key: value for key, value in call.items() if key not in _PLACES}
    name, text = _text(function.get("name")), _arguments(function, call)
    if not (name or text):
        return unknown if has_more else None
    return CallDelta(index, _text(call.get("id")), name, text, is_placed, has_more=has_more)


def _arguments(function: Mapping[str, Any], call: Mapping[str, Any]) -> str:
    """Return the text of a call's arguments. Unreadable ones are kept, unlike missing ones."""
    given = [part[key] for part in (function, call) for key in _PLACES if part.get(key)]
    if any(not same(given[0], other) for other in given[1:]):
        return json.dumps(given)
    if not given:  # `0` and `[]` are no valid arguments, but were sent as such
        rest = [function[key] for key in (*_PLACES, "args", "input") if key in function]
        wrong = [each for each in rest if each not in (None, "") and each != {}]
        return json.dumps(wrong) if wrong else ""
    return given[0] if isinstance(given[0], str) else json.dumps(given[0])


def _index(value: Any) -> int | None:
    """Return a call's index as a number; None if there is none."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _MOST_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _thought_and_text(value: Any) -> tuple[str, str]:
    """Split a content into thought and text; some servers send it as a list of parts."""
    if isinstance(value, str):
        return "", value
    thought = text = ""
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str):
            text += part
        elif isinstance(part, dict) and part.get("type") in ("reasoning", "thinking"):
            thought += _text(part.get("text")) or _text(part.get("thinking"))
        elif isinstance(part, dict):
            text += _text(part.get("text"))
    return thought, text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
