"""The four kinds of messages in a conversation and their parts, as stored and sent.

    System  User  Assistant  ToolResult        Message is their union, told apart by `role`

A transcript is a sequence of messages and the whole state of a run. Everything here is frozen,
validated by Pydantic, and written as one JSON object a line.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from agentkit.json_text import with_texts

_DEEPEST = 120  # nesting of a call's arguments; the readers of calls already stop at 100


def without_surrogates(value: Any) -> Any:
    """Replace lone surrogates, which can't be stored, by `?` in all texts of a value."""
    return with_texts(value, _encodable)


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _storable(arguments: Any) -> Any:
    """Check that arguments can be written as JSON and read back: bounded nesting, finite."""
    level = [arguments]
    for _ in range(_DEEPEST):
        level = [item for value in level for item in _inside(value)]
    if level:
        raise ValueError(f"the arguments are nested more than {_DEEPEST} deep")
    return without_surrogates(arguments)


def _inside(value: Any) -> Iterable[Any]:
    """The values directly inside a JSON value. Raises ValueError if it is not one."""
    match value:
        case dict() if all(isinstance(key, str) for key in value):
            return value.values()
        case list():
            return value
        case None | str() | bool() | int():
            return ()
        case float() if math.isfinite(value):
            return ()
    raise ValueError(f"the arguments hold {value!r:.80}, which JSON can't say")


Words: TypeAlias = Annotated[str, BeforeValidator(without_surrogates)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Frozen):
    """A piece of text inside a message."""

    type: Literal["text"] = "text"
    text: Words


def _address_of_picture(url: str) -> str:
    # A server fetches it itself: file: and http: could reach its own files or private network.
    is_web = url[:8].lower() == "https://" and _has_host(url)
    if not is_web and not url.lower().startswith("data:"):
        raise ValueError(f"expected an https or data URL, found {url[:80]!r}")
    return url


def _has_host(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return bool(host.strip(".")) and not any(each <= " " or each in "\\\x7f" for each in host)


class Image(_Frozen):
    """A picture inside a message: an https or data URL."""

    type: Literal["image"] = "image"
    url: Annotated[Words, AfterValidator(_address_of_picture)]


Part: TypeAlias = Annotated[Text | Image, Field(discriminator="type")]
Content: TypeAlias = Words | tuple[Part, ...]

Dialect: TypeAlias = Literal["xml", "json"]


class ToolCall(_Frozen):
    """A call as the model wrote it.

    In the `xml` dialect every argument is the raw text between the tags; in `json` it is a JSON
    value. Only `Tool.bind` types the arguments.
    """

    id: Words
    name: Words
    arguments: Annotated[dict[str, Any], BeforeValidator(_storable)]
    dialect: Dialect = "json"


ProblemKind: TypeAlias = Literal[
    "unreadable_call",
    "cut_call",
    "repeated_parameter",
    "unknown_tool",
    "unwanted_call",
    "argument",
    "repetition",
    "plan",
]


class Problem(_Frozen):
    """Something in a reply that could not be used, in words a model can act on."""

    kind: ProblemKind
    message: Words
    raw: Words = ""


Count: TypeAlias = Annotated[int, Field(ge=0)]


class Usage(_Frozen):
    """Tokens of one reply, or of a run when added up.

    `prompt_tokens` counts the whole prompt, `reused_tokens` the part of it whose state was cached
    and not computed again. `thinking_tokens` is a part of `output_tokens`.

    The other fields count repairs: calls recovered from text in which a server's parser had left
    them, optional arguments left out because the schema refused them, replies asked for again, and
    replies asked for without thinking.
    """

    prompt_tokens: Count = 0
    reused_tokens: Count = 0
    output_tokens: Count = 0
    thinking_tokens: Count = 0
    recovered_calls: Count = 0
    mended_arguments: Count = 0
    corrections: Count = 0
    without_thinking: Count = 0

    @property
    def computed_tokens(self) -> int:
        """Prompt tokens that were not reused; at least 0, as some servers count only these."""
        return max(self.prompt_tokens - self.reused_tokens, 0)

    def __add__(self, other: Usage) -> Usage:
        ours, theirs = self.__dict__, other.__dict__
        return Usage.model_construct(**{name: ours[name] + theirs[name] for name in ours})


class System(_Frozen):
    """The instructions by the agent's author."""

    role: Literal["system"] = "system"
    content: Words


UserPurpose: TypeAlias = Literal["task", "correction", "conclude"]


class User(_Frozen):
    """A person's turn or, if `purpose` says so, a message from the loop itself.

    A `correction` tells the model what was wrong with its last reply; `conclude` asks for a last
    answer because a limit was reached, and `outcome` names that limit.
    """

    role: Literal["user"] = "user"
    content: Content
    purpose: UserPurpose = "task"
    outcome: Outcome | None = None


FinishReason: TypeAlias = Literal["stop", "length", "cut"]


class Assistant(_Frozen):
    """One reply of the model.

    `finish` is `length` when the output budget ended it and `cut` when the stream broke or a
    detector stopped it. `token_ids` are the ids as generated, if the engine `model` knows them, and
    `tokens_say` is the reply's fingerprint then: a reply edited since has another one.
    """

    role: Literal["assistant"] = "assistant"
    content: Words = ""
    reasoning: Words = ""
    tool_calls: tuple[ToolCall, ...] = ()
    problems: tuple[Problem, ...] = ()
    finish: FinishReason = "stop"
    usage: Usage = Usage()
    model: Words = ""
    token_ids: tuple[int, ...] = ()
    tokens_say: Words = ""

    @property
    def fingerprint(self) -> str:
        """A hash of the text, the reasoning and the calls."""
        calls = [(call.name, call.arguments) for call in self.tool_calls]
        said = json.dumps([self.content, self.reasoning, calls], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


ResultStatus: TypeAlias = Literal["ok", "error", "invalid", "refused", "timeout"]


class ToolResult(_Frozen):
    """The result of one call. `invalid` means the call never ran because it was wrong.

    `content` is what the model is shown; if that is only a part, `full` is the whole text.
    `notes` say which arguments were left out before the call ran, and why.
    """

    role: Literal["tool"] = "tool"
    call_id: Words
    name: Words
    content: Content
    status: ResultStatus = "ok"
    full: Words | None = None
    notes: tuple[Words, ...] = ()


Message: TypeAlias = System | User | Assistant | ToolResult

Stored: TypeAlias = Annotated[Message, Field(discriminator="role")]
"""A message that its `role` tells from others when it is read."""

Outcome: TypeAlias = Literal[
    "done",
    "turn_limit",
    "token_limit",
    "time_limit",
    "repair_limit",
    "repeated_calls",
]


class Result(_Frozen):
    """The end of a run: the answer, how the run ended, and the whole transcript.

    `text` is the last answer, which may be empty or partial unless `outcome` is `done`.
    """

    text: Words
    outcome: Outcome
    usage: Usage
    transcript: tuple[Stored, ...]

    @property
    def calls(self) -> Counter[ResultStatus]:
        """How many calls of the whole transcript have each status: `result.calls["error"]`.

        What could not be read as a call is not counted here; the corrections that it led to are in
        `usage.corrections`.
        """
        return Counter(each.status for each in self.transcript if isinstance(each, ToolResult))


User.model_rebuild()


def words_of(reply: Assistant) -> str:
    """A reply's text, followed by what it wrote as calls that could not be run.

    Without these, a model would be told of a fault in a call that it can't see.
    """
    lost = [each.raw for each in reply.problems if each.raw and each.raw not in reply.content]
    return "\n".join([reply.content, *lost] if reply.content else lost)


def has_image(message: Message) -> bool:
    """Whether a message contains a picture."""
    return bool(pictures_in(message.content))


def pictures_in(content: str | Sequence[Part]) -> list[Image]:
    """The pictures of a message's content."""
    if isinstance(content, str):
        return []
    return [part for part in content if isinstance(part, Image)]


def plain_text(content: str | Sequence[Part]) -> str:
    """The text of a message's content, without its images."""
    if isinstance(content, str):
        return content
    return "".join(part.text for part in content if isinstance(part, Text))
