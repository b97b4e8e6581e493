"""A model behind any OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, LM Studio, a cloud.

    transcript -> request body -> server-sent events -> the model's raw text, put together again
               -> our parser -> events

Servers split a reply into reasoning, content and calls with parsers of their own, which lose calls
in any of the three. So what they send is put back into the order in which the model wrote it and
read by the parser that the in-process engine uses; their structured calls are taken when complete.
"""

from __future__ import annotations

import asyncio
import email.utils
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from agentkit.arguments import UNREADABLE, read_json, type_arguments
from agentkit.errors import (
    ConfigError,
    ContextOverflow,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
)
from agentkit.events import CallRead, Finish, ModelEvent, ParserEvent, ThinkingDelta
from agentkit.messages import FinishReason, Message, Problem, Usage
from agentkit.model import Sampling
from agentkit.models.server_wire import (
    CallFragments,
    Conversation,
    Delta,
    read_delta,
    request_options,
)
from agentkit.qwen.parser import Parser
from agentkit.qwen.quoting import mended, mended_in
from agentkit.tools import Toolset

_LONGEST_LINE = 16 * 1024**2  # bytes of one event
_ERROR_BYTES = 2_000
_OUTPUT_TOKENS = 32_768  # where the caller sets no limit
_CHARACTERS_A_TOKEN = 16  # more than any tokenizer packs into one, on average
_LONGEST_WAIT = 60.0  # seconds that a server's Retry-After is obeyed
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_EXTRAS = ("chat_template_kwargs", "top_k", "min_p", "stream_options", "seed")
_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "length": "length",
}
_TOO_LONG = ("context length", "context_length", "maximum context", "context size", "too long")


@dataclass(frozen=True)
class Deadlines:
    """Longest waits, in seconds: for the connection, the first token, and between two tokens."""

    connect: float = 10.0
    first_token: float = 300.0
    between_tokens: float = 60.0


class ServerModel:
    """A model by its name on a server, for example
    `ServerModel("Qwen/Qwen3.5-4B", base_url="http://localhost:8000/v1")`.

    A request is tried up to `attempts` times, but never again once a token has been seen.
    Raises ConfigError for a base_url that is no http address.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        api_key: str | None = None,
        deadlines: Deadlines | None = None,
        attempts: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ConfigError(
                f"Expected a base_url such as http://localhost:8000/v1, found {base_url!r}."
            )
        self.name = name
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._deadlines = deadlines or Deadlines()
        self._attempts = max(attempts, 1)
        self._transport = transport

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        """One reply over a connection of its own; a run keeps one through `session`."""
        async with (
            self.session(tools) as session,
            aclosing(session.stream(transcript, tools, sampling)) as events,
        ):
            async for event in events:
                yield event

    @asynccontextmanager
    async def session(self, tools: Toolset) -> AsyncIterator[_Session]:
        """The model for one run: one connection, and each message serialised once.

        A client belongs to a run because a pool that many runs share spends its time on itself.
        """
        timeout = httpx.Timeout(None, connect=self._deadlines.connect)
        async with httpx.AsyncClient(
            headers=self._headers, timeout=timeout, transport=self._transport
        ) as client:
            yield _Session(self.name, self._url, self._deadlines, self._attempts, client, tools)


class _Session:
    """`ServerModel` for the length of one run."""

    def __init__(
        self,
        name: str,
        url: str,
        deadlines: Deadlines,
        attempts: int,
        client: httpx.AsyncClient,
        tools: Toolset,
    ) -> None:
        self.name = name
        self._url = url
        self._deadlines = deadlines
        self._attempts = attempts
        self._client = client
        self._conversation = Conversation(tools)
        self._without: tuple[str, ...] = ()  # request fields this server refused
        self._splits_thought = False  # whether it was seen to send reasoning apart

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        """One reply. Without a `Finish` at its end the stream was broken, and nothing may run.

        Raises ModelError: ModelUnavailable and ModelTimeout where trying again may help,
        ContextOverflow if the conversation is too long for the server.
        """
        thinking = False if sampling.thinking_tokens == 0 else sampling.thinking
        options = request_options(self.name, sampling, thinking=thinking)
        hold = thinking is not False and not self._splits_thought
        reading = _Reading(tools, hold=hold)
        most = (sampling.output_tokens or _OUTPUT_TOKENS) * _CHARACTERS_A_TOKEN
        async with aclosing(self._deltas(transcript, options)) as deltas:
            async for delta in deltas:
                for event in reading.take(delta):
                    yield event
                if reading.characters > most:
                    break  # a server that does not know when to stop
        for event in reading.close():
            yield event
        self._splits_thought = self._splits_thought or reading.saw_reasoning
        if (finish := reading.finish()) is not None:
            yield finish

    async def _deltas(
        self, transcript: Sequence[Message], options: dict[str, Any]
    ) -> AsyncGenerator[Delta, None]:
        """The stream of one reply; a failure before its first token starts it again."""
        seen = False
        attempt = 0
        while True:
            kept = {key: value for key, value in options.items() if key not in self._without}
            body = self._conversation.body(transcript, kept)
            try:
                async with aclosing(self._request(body)) as deltas:
                    async for delta in deltas:
                        seen = seen or bool(delta.content or delta.reasoning or delta.calls)
                        yield delta
                return
            except _Refused as refused:
                new = tuple(name for name in refused.fields if name in kept)
                if not new:
                    raise ModelError(str(refused)) from None
                self._without += new
                continue  # without them it is another request, not another attempt
            except (ModelUnavailable, ModelTimeout) as error:
                if seen:
                    return  # what was shown can't be taken back: the reply is cut
                attempt += 1
                if isinstance(error, ModelTimeout) or attempt == self._attempts:
                    raise
                wait = error.retry_after or random.uniform(0.5, 1.0) * 2 ** (attempt - 1)
            await asyncio.sleep(wait)

    async def _request(self, body: bytes) -> AsyncGenerator[Delta, None]:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        try:
            async with asyncio.timeout(self._deadlines.connect + self._deadlines.first_token):
                request = self._client.build_request(
                    "POST", self._url, content=body, headers=headers
                )
                response = await self._client.send(request, stream=True)
        except TimeoutError as error:
            raise ModelTimeout(f"{self._url} did not begin to answer in time.") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise ModelUnavailable(
                f"{self._url} can't be reached: {error or type(error).__name__}. Is the server "
                f"running?"
            ) from error
        try:
            if response.status_code != 200:
                _raise_for(response, self._url, await self._error_text(response))
            async with aclosing(self._events(response)) as events:
                async for delta in events:
                    yield delta
        finally:
            await response.aclose()

    async def _error_text(self, response: httpx.Response) -> str:
        """The beginning of an error's body; a server that stalls even there says nothing."""
        text = b""
        try:
            async with asyncio.timeout(self._deadlines.connect):
                async for piece in response.aiter_bytes():
                    text += piece
                    if len(text) > _ERROR_BYTES:
                        break
        except (TimeoutError, httpx.RequestError):
            pass
        return text[:_ERROR_BYTES].decode("utf-8", "replace")

    async def _events(self, response: httpx.Response) -> AsyncGenerator[Delta, None]:
        """The events of a response, under the deadlines for tokens. Comments do not count."""
        lines = _lines(response)
        limit = self._deadlines.first_token
        deadline = time.monotonic() + limit
        async with aclosing(lines):
            while True:
                try:
                    async with asyncio.timeout(max(deadline - time.monotonic(), 0)):
                        line = await anext(lines, None)
                except TimeoutError as error:
                    raise ModelTimeout(
                        f"{self._url} sent no token for {limit:g} seconds."
                    ) from error
                except httpx.RequestError as error:
                    raise ModelUnavailable(f"{self._url} broke off: {error!r}.") from error
                if line is None or line == "[DONE]":
                    return
                delta = read_delta(line)
                if delta is None:
                    continue
                if delta.error is not None:
                    raise ModelUnavailable(f"{self._url} reported an error: {delta.error}")
                limit = self._deadlines.between_tokens
                deadline = time.monotonic() + limit
                yield delta


class _Refused(Exception):
    """The server does not know some fields of the request."""

    def __init__(self, reason: str, fields: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.fields = fields


class _Reading:
    """Puts one reply together from what a server sends."""

    def __init__(self, tools: Toolset, *, hold: bool) -> None:
        self._tools = tools
        self._parser: Parser | None = None
        self._in_thought = False
        self._held: str | None = "" if hold else None  # content that may be an unsplit thought
        self._fragments: dict[int, CallFragments] = {}
        self._reason: str | None = None
        self._usage = Usage()
        self.saw_reasoning = False
        self.characters = 0

    def take(self, delta: Delta) -> list[ModelEvent]:
        """The events that one delta completes."""
        events: list[ParserEvent] = []
        self.characters += len(delta.reasoning) + len(delta.content)
        self.characters += sum(len(arguments) for _, _, arguments in delta.calls)
        if delta.reasoning:
            events += self._thought(delta.reasoning)
        if delta.content:
            events += self._content(delta.content)
        for index, name, arguments in delta.calls:
            self._add_call(index, name, arguments)
        self._reason = delta.finish or self._reason
        if delta.usage is not None:
            self._usage = _usage(delta.usage)
        return _shown(events)

    def close(self) -> list[ModelEvent]:
        """What is left once the stream has ended."""
        events: list[ParserEvent] = []
        if self._held:
            events += self._release(thinking=False)
        if self._parser is not None:
            events += self._parser.close()
        own = [_structured(fragments) for fragments in self._fragments.values()]
        found = [self._typed(item) for item in own if isinstance(item, CallRead)]
        kept: list[ParserEvent] = []
        for event in events:
            # Of what the text still holds, only what the server's parser did not find is added.
            if isinstance(event, CallRead) and self._typed(event) in found:
                found.remove(self._typed(event))
            else:
                kept.append(event)
        return _shown([*kept, *own])

    def _typed(self, call: CallRead) -> tuple[str, dict[str, Any]]:
        """What a call asks for, however it was written."""
        tool = self._tools.get(call.name)
        schema = tool.parameters if tool is not None else {}
        return call.name, type_arguments(call.arguments, schema, call.dialect)[0]

    def finish(self) -> Finish | None:
        """How the reply ended, or None if the stream broke before it said so."""
        if self._reason is None:
            return None
        # What no server is known to say of a whole reply, such as "abort", is a cut one.
        return Finish(_REASONS.get(self._reason, "cut"), self._usage)

    def _thought(self, text: str) -> list[ParserEvent]:
        self.saw_reasoning = True
        events = self._release(thinking=False) if self._held else []
        self._held = None
        if self._parser is None:
            self._parser = Parser(self._tools.parameters, thinking=True)
            self._in_thought = True
        if not self._in_thought:  # a thought after the text began: shown apart, never read as text
            return [*events, ThinkingDelta(text)]
        return events + self._parser.feed(mended(text))

    def _content(self, text: str) -> list[ParserEvent]:
        if self._held is not None:
            self._held += text
            return self._release(thinking=True) if "</think>" in self._held else []
        if self._parser is None:
            self._parser = Parser(self._tools.parameters, thinking=False)
        if self._in_thought and text.strip():
            self._in_thought = False
            return self._parser.feed("</think>") + self._parser.feed(mended(text))
        return self._parser.feed(mended(text))

    def _release(self, *, thinking: bool) -> list[ParserEvent]:
        text, self._held = self._held or "", None
        self._parser = Parser(self._tools.parameters, thinking=thinking)
        return self._parser.feed(mended(text))

    def _add_call(self, index: int, name: str, arguments: str) -> None:
        fragments = self._fragments.setdefault(index, CallFragments())
        if name and fragments.name and name != fragments.name:  # some servers repeat index 0
            index = max(self._fragments) + 1
            fragments = self._fragments[index] = CallFragments()
        fragments.name = name or fragments.name
        fragments.arguments += arguments


def _shown(events: Sequence[ParserEvent]) -> list[ModelEvent]:
    shown: list[ModelEvent] = []
    for event in events:
        if isinstance(event, CallRead):
            arguments = mended_in(event.arguments)
            shown.append(CallRead(mended(event.name), arguments, event.dialect))
        else:
            shown.append(event)
    return shown


def _structured(fragments: CallFragments) -> CallRead | Problem:
    """A call the server split off. No arguments at all is `{}`; unreadable ones never are."""
    text = fragments.arguments.strip()
    arguments = read_json(text) if text else {}
    if isinstance(arguments, str):  # JSON inside JSON
        arguments = read_json(arguments)
    if not fragments.name or arguments is UNREADABLE or not isinstance(arguments, dict):
        return Problem(
            kind="unreadable_call",
            message=f"The call of {fragments.name or 'a tool'} had arguments that are no JSON "
            f"object, so it was not run. Write the whole call again.",
            raw=fragments.arguments,
        )
    return CallRead(mended(fragments.name), mended_in(arguments), "json")


def _usage(fields: Any) -> Usage:
    def number(value: Any) -> int:
        return value if isinstance(value, int) and value > 0 else 0

    def detail(group: str, name: str) -> int:
        details = fields.get(group)
        return number(details.get(name)) if isinstance(details, dict) else 0

    return Usage(
        prompt_tokens=number(fields.get("prompt_tokens")),
        reused_tokens=detail("prompt_tokens_details", "cached_tokens"),
        output_tokens=number(fields.get("completion_tokens")),
        thinking_tokens=detail("completion_tokens_details", "reasoning_tokens"),
    )


async def _lines(response: httpx.Response) -> AsyncGenerator[str, None]:
    """The data of each server-sent event; a plain JSON answer counts as one event."""
    plain = "json" in response.headers.get("content-type", "")
    pending = b""
    async for piece in response.aiter_bytes():
        pending += piece
        if len(pending) > _LONGEST_LINE:
            raise ModelUnavailable("The server sent an event of more than 16 MiB.")
        if plain:
            continue
        *whole, pending = pending.split(b"\n")
        for line in whole:
            if line.startswith(b"data:"):
                yield line[5:].decode("utf-8", "replace").strip()
    if plain and pending.strip():
        yield pending.decode("utf-8", "replace")
    # A last line without its end was broken off, and is not an event.


def _raise_for(response: httpx.Response, url: str, body: str) -> None:
    """The typed error of a refusal."""
    status, lowered = response.status_code, body.lower()
    if any(words in lowered for words in _TOO_LONG):
        raise ContextOverflow(f"{url} says the conversation is too long: {body}")
    if status in _TRY_AGAIN:
        wait = _retry_after(response.headers.get("retry-after"))
        raise ModelUnavailable(f"{url} answered {status}: {body}", retry_after=wait)
    if status in (400, 422):
        named = tuple(name for name in _EXTRAS if name in lowered)
        raise _Refused(f"{url} refused the request ({status}): {body}", named)
    if status in (401, 403):
        raise ModelError(f"{url} wants another api_key ({status}): {body}")
    raise ModelError(f"{url} answered {status}: {body}. Check base_url and the model's name.")


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from a number or a date, capped; None if there is nothing sensible."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError):
            return None
    return min(seconds, _LONGEST_WAIT) if seconds > 0 else None
