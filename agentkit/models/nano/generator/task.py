"""One task: the conversation from the user's words to the answer, and the files it speaks of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from agentkit.qwen.prompt import argument_text

Message = dict[str, Any]
# Of a call: names and values; where a name stands there twice, as pairs.
Arguments: TypeAlias = Mapping[str, Any] | Sequence[tuple[str, Any]]
# How much of a task is learned: all, or until the first reply, thought, or name of a tool.
Until: TypeAlias = Literal["answer", "reply", "thought", "tool"]


@dataclass(frozen=True)
class Task:
    """A conversation after the system turn, its files, and what a right answer must contain."""

    family: str
    messages: list[Message]
    expected: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def without_thinking(self) -> "Task":
        """The same without thoughts: what is thought before a call is said."""
        messages = []
        for message in self.messages:
            if message["role"] == "assistant":
                thought, text = message["reasoning_content"], message["content"]
                # An answer takes the place of its thought; a call that can't be read stands behind.
                is_learned = message.get("learned", True)
                said = (
                    (text or thought) if is_learned else "\n\n".join(filter(None, (thought, text)))
                )
                message = {**message, "reasoning_content": "", "content": said}
            messages.append(message)
        return replace(self, messages=messages)


class Dialogue:
    """Builds the messages of one task in order."""

    def __init__(self, request: str) -> None:
        self.messages: list[Message] = [{"role": "user", "content": request}]

    def call(self, thought: str, *calls: tuple[str, dict[str, Any]], learned: bool = True) -> None:
        """The model thinks, then asks for calls; what is not `learned` is there to be read only."""
        tool_calls = [{"function": {"name": name, "arguments": given}} for name, given in calls]
        message = {"role": "assistant", "reasoning_content": thought, "content": ""}
        self.messages.append(message | {"tool_calls": tool_calls, "learned": learned})

    def write(self, thought: str, text: str) -> None:
        """What the model wrote for a call that could not be read; not learned.

        In process a model sees its own tokens again. Over servers it sees the complaint alone.
        """
        message = {"role": "assistant", "reasoning_content": thought, "content": text}
        self.messages.append(message | {"tool_calls": [], "learned": False})

    def result(self, *texts: str) -> None:
        """What the tools answered, in the order of the calls."""
        self.messages += [{"role": "tool", "content": text} for text in texts]

    def answer(self, thought: str, text: str) -> None:
        self.messages.append({"role": "assistant", "reasoning_content": thought, "content": text})

    def task(self, family: str, *expected: str, files: Mapping[str, str] | None = None) -> Task:
        return Task(family, self.messages, expected, files or {})


def pairs_of(arguments: Arguments) -> Iterable[tuple[str, Any]]:
    return arguments.items() if isinstance(arguments, Mapping) else arguments


def call_text(name: str, arguments: Arguments) -> str:
    """A call in the wire format."""
    pairs = (
        f"<parameter={key}>\n{argument_text(value)}\n</parameter>\n"
        for key, value in pairs_of(arguments)
    )
    return f"<tool_call>\n<function={name}>\n{''.join(pairs)}</function>\n</tool_call>"


def calls_of(messages: Sequence[Message]) -> list[tuple[str, dict[str, Any]]]:
    """Every call of a conversation, in order."""
    return [
        (call["function"]["name"], call["function"]["arguments"])
        for message in messages
        for call in message.get("tool_calls", ())
    ]
