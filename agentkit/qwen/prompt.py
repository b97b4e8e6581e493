"""Renders messages into a prompt, byte for byte as the official Qwen3.5 chat template does.

    messages, tools -> turns -> segments: (text, control)

A template engine returns one string, in which nobody can tell the template's own `<|im_end|>` from
one that stood in a web page. Here each piece says which it is: only *control* segments may become
control tokens, everything that came from a person, a tool or a schema is *data* (see
`agentkit.models.local_tokens`). The rules are those of Qwen3.5's `chat_template.jinja`, in its
thinking-by-default flavour (sha256 a4aee8af…), whose quirks are kept on purpose.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from agentkit.errors import ConfigError
from agentkit.messages import (
    Assistant,
    Content,
    Image,
    Message,
    System,
    ToolResult,
    User,
    words_of,
)

Chat: TypeAlias = Mapping[str, Any]
"""One message in the OpenAI shape: role, content, reasoning_content, tool_calls."""


class Segment(NamedTuple):
    """A piece of a prompt. Only where `control` is true may text become a control token."""

    text: str
    control: bool


_TOOLS_BEFORE = """<|im_start|>system
# Tools

You have access to the following functions:

<tools>"""

_TOOLS_AFTER = """
</tools>

If you choose to call a function ONLY reply in the following format with NO suffix:

<tool_call>
<function=example_function_name>
<parameter=example_parameter_1>
value_1
</parameter>
<parameter=example_parameter_2>
This is the value for the second parameter
that can span
multiple lines
</parameter>
</function>
</tool_call>

<IMPORTANT>
Reminder:
- Function calls MUST follow the specified format: an inner <function=...></function> block must be nested within <tool_call></tool_call> XML tags
- Required parameters MUST be specified
- You may provide optional reasoning for your function call in natural language BEFORE the function call, but NOT after
- If there is no function call available, answer the question like normal with your current knowledge and do not tell the user about function calls
</IMPORTANT>"""  # noqa: E501 - the template's own lines


def render(
    messages: Sequence[Chat],
    tools: Sequence[Mapping[str, Any]] | None = None,
    *,
    add_generation_prompt: bool = False,
    enable_thinking: bool = True,
    add_vision_id: bool = False,
) -> str:
    """The prompt as one string, for comparison and display.

    Raises ConfigError with the template's own sentence for conversations it refuses.
    """
    prompt = Prompt(messages, tools, add_vision_id=add_vision_id)
    segments = [segment for turn in prompt.turns() for segment in turn]
    if add_generation_prompt:
        segments += generation_prompt(enable_thinking is not False)
    return "".join(segment.text for segment in segments)


def generation_prompt(thinking: bool) -> tuple[Segment, ...]:
    """Return what opens the model's turn: an open thought, or an empty one already closed."""
    thought = "<think>\n" if thinking else "<think>\n\n</think>\n\n"
    return Segment("<|im_start|>assistant\n", True), Segment(thought, True)


class Prompt:
    """A conversation ready to be rendered turn by turn.

    `queries` says which user messages count as a person's question; the template guesses it from
    the text, so a user message made of `<tool_response>` tags breaks the conversation. If given,
    the conversation is our own, and three things work that the template refuses or gets wrong:
    several system messages at the beginning (joined), later ones (rendered as a user's), and a
    tool result at the beginning.
    """

    def __init__(
        self,
        messages: Sequence[Chat],
        tools: Sequence[Mapping[str, Any]] | None = None,
        *,
        queries: Sequence[int] | None = None,
        add_vision_id: bool = False,
    ) -> None:
        if not messages:
            raise ConfigError("No messages provided.")
        self._messages = messages
        self._is_own = queries is not None
        systems = itertools.takewhile(lambda message: message.get("role") == "system", messages)
        self.leading = len(list(systems)) if self._is_own else messages[0].get("role") == "system"
        # Like the template, take anything that is not iterable, or is a mapping, for no tools.
        self._tools = tools if tools and _is_list(tools) else None
        self._vision = _VisionCounter(add_vision_id)
        self._last_query = (
            _last_query_by_text(messages) if queries is None else max(queries, default=-1)
        )

    def turns(self) -> Iterator[list[Segment]]:
        """Yield the segments of the system block, then those of each message."""
        yield self.opening()
        for index in range(len(self._messages)):
            yield self.turn(index)

    def opening(self) -> list[Segment]:
        """The system block: tools and instructions. Empty if there are neither."""
        content: list[Segment] | None = None
        for message in self._messages[: self.leading]:
            more = _strip(self._content(message.get("content"), system=True))
            gap = [Segment("\n\n", True)] if content and more else []
            content = [*(content or ()), *gap, *more]
        if self._tools is None:
            if content is None:
                return []
            return [Segment("<|im_start|>system\n", True), *content, Segment("<|im_end|>\n", True)]
        segments = [Segment(_TOOLS_BEFORE, True)]
        for tool in self._tools:
            segments += [Segment("\n", True), Segment(_json(tool), False)]
        segments.append(Segment(_TOOLS_AFTER, True))
        if content:
            segments += [Segment("\n\n", True), *content]
        return [*segments, Segment("<|im_end|>\n", True)]

    def turn(self, index: int) -> list[Segment]:
        """The segments of one message; a leading system message stands in the opening."""
        if self._last_query < 0:
            raise ConfigError("No user query found in messages.")
        message = self._messages[index]
        role = message.get("role")
        if index < self.leading:
            return []
        if role == "system" and not self._is_own:
            raise ConfigError("System message must be at the beginning.")
        content = _strip(self._content(message.get("content")))
        if role in ("user", "system"):
            return [Segment("<|im_start|>user\n", True), *content, Segment("<|im_end|>\n", True)]
        if role == "assistant":
            return self._assistant_turn(message, content, thought=index > self._last_query)
        if role == "tool":
            return self._result_turn(index, content)
        raise ConfigError(f"Unexpected message role. Found {role!r}.")

    def _assistant_turn(
        self, message: Chat, content: list[Segment], *, thought: bool
    ) -> list[Segment]:
        reasoning = message.get("reasoning_content")
        if not isinstance(reasoning, str):
            text = "".join(segment.text for segment in content)
            reasoning = ""
            if "</think>" in text:
                before, _, _ = text.partition("</think>")
                reasoning = before.rstrip("\n").rpartition("<think>")[2].lstrip("\n")
                content = _data(text.rpartition("</think>")[2].lstrip("\n"))
        segments = [Segment("<|im_start|>assistant\n", True)]
        if thought:
            segments += [
                Segment("<think>\n", True),
                *_data(reasoning.strip()),
                Segment("\n</think>\n\n", True),
            ]
        segments += content
        calls = message.get("tool_calls")
        if calls and _is_list(calls):
            has_content = bool("".join(segment.text for segment in content).strip())
            for number, call in enumerate(calls):
                lead = "\n" if number else "\n\n" if has_content else ""
                segments += _call(call, lead)
        return [*segments, Segment("<|im_end|>\n", True)]

    def _result_turn(self, index: int, content: list[Segment]) -> list[Segment]:
        def is_tool(position: int) -> bool:
            return self._messages[position].get("role") == "tool"

        segments = []
        # The template gives a leading tool message no opening; kept, except in our own chats.
        if (index and not is_tool(index - 1)) or (index == 0 and self._is_own):
            segments.append(Segment("<|im_start|>user", True))
        segments += [
            Segment("\n<tool_response>\n", True),
            *content,
            Segment("\n</tool_response>", True),
        ]
        if index + 1 == len(self._messages) or not is_tool(index + 1):
            segments.append(Segment("<|im_end|>\n", True))
        return segments

    def _content(self, content: Any, *, system: bool = False) -> list[Segment]:
        if content is None:
            return []
        if isinstance(content, str):
            return _data(content)
        if not isinstance(content, Sequence):
            raise ConfigError(f"Unexpected content type. Found {type(content).__name__}.")
        segments = []
        for item in content:
            if not isinstance(item, Mapping):
                raise ConfigError("Unexpected item type in content.")
            kind = _vision_kind(item)
            if kind is not None:
                if system:
                    raise ConfigError(f"System message cannot contain {kind}s.")
                segments.append(Segment(self._vision.placeholder(kind), True))
            elif "text" in item:
                segments += _data(_as_text(item["text"]))
            else:
                raise ConfigError("Unexpected item type in content.")
        return segments


class _VisionCounter:
    """Numbers pictures and videos over a conversation, for `add_vision_id`."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._seen = {"image": 0, "video": 0}

    def placeholder(self, kind: str) -> str:
        self._seen[kind] += 1
        label = {"image": "Picture", "video": "Video"}[kind]
        number = f"{label} {self._seen[kind]}: " if self._enabled else ""
        return f"{number}<|vision_start|><|{kind}_pad|><|vision_end|>"


def _vision_kind(item: Chat) -> str | None:
    # The template asks only whether the key is there: a text item padded with `image: None` counts.
    if "image" in item or "image_url" in item or item.get("type") == "image":
        return "image"
    if "video" in item or item.get("type") == "video":
        return "video"
    return None


def _call(call: Chat, lead: str) -> list[Segment]:
    function = call.get("function", call) if isinstance(call, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    if function is None or not isinstance(name, str):
        raise ConfigError(
            f"Expected each tool call to have a function with a name, found {_json(call)[:200]}."
        )
    segments = [
        Segment(f"{lead}<tool_call>\n<function=", True),
        *_data(name),
        Segment(">\n", True),
    ]
    arguments = function.get("arguments", {})
    if not isinstance(arguments, Mapping):
        raise ConfigError(
            "Can only get item pairs from a mapping. The arguments of a tool call must be a JSON "
            f"object, found {type(arguments).__name__}. Decode a JSON string before passing it."
        )
    for name, value in arguments.items():
        segments += [
            Segment("<parameter=", True),
            *_data(_as_text(name)),
            Segment(">\n", True),
            *_data(argument_text(value)),
            Segment("\n</parameter>\n", True),
        ]
    return [*segments, Segment("</function>\n</tool_call>", True)]


def argument_text(value: Any) -> str:
    """An argument as Qwen3.5 writes it: text raw, containers as JSON, scalars as Python does."""
    if isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)):
        return _json(value)
    return str(value)


def _last_query_by_text(messages: Sequence[Chat]) -> int:
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].get("role") == "user":
            content: Any = messages[index].get("content")
            # Content of a wrong type is refused with a better message when its turn is rendered.
            is_list = isinstance(content, Sequence) and not isinstance(content, str)
            parts = content if is_list else [content]
            text = "".join(_part_text(part) for part in parts).strip()
            if not (text.startswith("<tool_response>") and text.endswith("</tool_response>")):
                return index
    return -1


def _part_text(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return ""
    return "?" if _vision_kind(part) else _as_text(part.get("text", ""))


def _data(text: str) -> list[Segment]:
    return [Segment(text, False)] if text else []


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, Mapping)


def _strip(segments: list[Segment]) -> list[Segment]:
    """`str.strip` over the joined text of segments."""
    stripped = list(segments)
    while stripped and not (first := stripped[0].text.lstrip()):
        stripped.pop(0)
    if stripped:
        stripped[0] = Segment(first, stripped[0].control)
    while stripped and not (last := stripped[-1].text.rstrip()):
        stripped.pop()
    if stripped:
        stripped[-1] = Segment(last, stripped[-1].control)
    return stripped


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"Expected a value that can be written as JSON: {error}") from error


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def as_chat(message: Message) -> dict[str, Any]:
    """A stored message in the shape that `Prompt` and OpenAI-compatible servers read.

    A correction is rendered as a tool response: it belongs to the loop, and as a user's turn it
    would make the template drop the thoughts of the loop it corrects.
    """
    match message:
        case System():
            return {"role": "system", "content": message.content}
        case User():
            role = "user" if message.purpose == "task" else "tool"
            return {"role": role, "content": _chat_content(message.content)}
        case Assistant():
            chat: dict[str, Any] = {
                "role": "assistant",
                "content": words_of(message),
                "reasoning_content": message.reasoning,
            }
            if message.tool_calls:
                chat["tool_calls"] = [
                    {"name": call.name, "arguments": call.arguments} for call in message.tool_calls
                ]
            return chat
        case ToolResult():
            return {"role": "tool", "content": _chat_content(message.content)}


def _chat_content(content: Content) -> Any:
    if isinstance(content, str):
        return content
    return [
        {"type": "image", "image": part.url} if isinstance(part, Image) else {"text": part.text}
        for part in content
    ]


def queries(messages: Sequence[Message]) -> list[int]:
    """The indices of the messages in which a person asked something."""
    return [
        index
        for index, message in enumerate(messages)
        if isinstance(message, User) and message.purpose == "task"
    ]
