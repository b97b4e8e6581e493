"""Requests to a server and the events that it answers with, under deadlines.

    body -> POST -> [event, event, …]        events are JSON objects, as many as came in at once

A request is tried again only while nothing of the reply has been seen. What goes wrong is a typed
error, or, once something was seen, the quiet end of a stream that lacks its finish.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import random
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from agentkit.alarm import Alarm
from agentkit.errors import ContextOverflow, ModelError, ModelTimeout, ModelUnavailable
from agentkit.json_text import DECODER
from agentkit.models.server_wire import finish_reason

_LONGEST_EVENT = 16 * 1024**2  # bytes
_ERROR_BYTES = 2_000
_LONGEST_WAIT = 60.0  # seconds that a server's Retry-After is obeyed
_AFTER_DONE = 0.5  # seconds that the end of a body is waited for
_AFTER_FINISH = 5.0  # seconds that the usage of a finished reply is waited for
_HUNG_UP = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
_TRY_AGAIN = frozenset({408, 425, 429, *range(500, 600)}) - {501, 505}
_OBJECT_AS_ARGUMENTS = re.compile(rb'"(?:arguments|parameters)"\s*:\s*\{')
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window|limit)|maximum context|exceeds the available context"
    r"|(?:prompt|input|conversation|messages?|request|text) (?:is |are |was )?too (?:long|large)"
    r"|range of input length|too many (?:input |prompt )?tokens|request entity too large"
)

Event = dict[str, Any]


@dataclass(frozen=True)
class Deadlines:
    """Longest waits, in seconds: for the connection, the first token, between two, for a reply."""

    connect: float = 10.0
    first_token: float = 300.0
    between_tokens: float = 60.0
    total: float = 1_800.0


class Connection:
    """One client's way to one address.

    A client belongs to a run, because a pool that many runs share spends its time on itself.
    """

    def __init__(
        self, client: httpx.AsyncClient, url: str, deadlines: Deadlines, attempts: int
    ) -> None:
        self._client = client
        self._url = url
        self._deadlines = deadlines
        self._attempts = attempts
        self._may_be_stale = False  # the last reply's connection is kept, and may be closed there
        self._ends_its_bodies = True
        self.said_done = False  # whether the last reply ended with the protocol's own last word

    async def events(
        self, body: Callable[[], bytes], adapt: Callable[[str], bool]
    ) -> AsyncGenerator[list[Event], None]:
        """The events of one reply, in groups as they come in.

        `body` makes the request anew for each attempt. `adapt` is given the words of a server that
        refuses a request, and says whether the next body will be another one. Raises ModelError:
        ModelUnavailable and ModelTimeout where trying again may help, ContextOverflow.
        """
        seen = False  # anything that can't be taken back
        attempt = 0
        clock = _Clock(self._deadlines)
        while True:
            self.said_done = False
            try:
                async with aclosing(self._attempt(body(), clock)) as groups:
                    async for group in groups:
                        seen = seen or any(says_something(event) for event in group)
                        yield group
                if not seen and not clock.has_finished:
                    raise ModelUnavailable(f"{self._url} ended its answer before it began.")
                return
            except _Refused as refused:
                if not adapt(refused.body):
                    raise refused.error from None
                continue  # it is another request, not another attempt
            except (ModelUnavailable, ModelTimeout) as error:
                if seen:
                    self.said_done = False
                    return  # what was shown can't be taken back: the reply is cut
                attempt += 1
                if isinstance(error, ModelTimeout) or attempt >= self._attempts:
                    raise
                wait = error.retry_after or random.uniform(0.5, 1.0) * 2 ** (attempt - 1)
            if wait > clock.left():
                raise ModelTimeout(f"{self._url} did not answer in time.")
            await asyncio.sleep(wait)

    async def _attempt(self, body: bytes, clock: _Clock) -> AsyncGenerator[list[Event], None]:
        clock.begin()
        response = await self._send(body, clock)
        try:
            if response.status_code != 200:
                raise_for_status(response, self._url, await self._error_text(response))
            async with aclosing(self._read(response, clock)) as groups:
                async for group in groups:
                    yield group
        finally:
            await response.aclose()

    async def _send(self, body: bytes, clock: _Clock) -> httpx.Response:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        may_be_stale, self._may_be_stale = self._may_be_stale, False
        try:
            async with asyncio.timeout(clock.left()):
                request = self._client.build_request(
                    "POST", self._url, content=body, headers=headers
                )
                return await self._client.send(request, stream=True)
        except TimeoutError as error:
            raise ModelTimeout(f"{self._url} did not begin to answer in time.") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            if may_be_stale and isinstance(error, _HUNG_UP):
                return await self._send(body, clock)  # on a new connection: no attempt has failed
            raise ModelUnavailable(
                f"{self._url} can't be reached: {error or type(error).__name__}. Is the server "
                f"running?"
            ) from error

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

    async def _read(
        self, response: httpx.Response, clock: _Clock
    ) -> AsyncGenerator[list[Event], None]:
        """The events of a response. Comments keep no deadline; an error among them is raised."""
        pieces = response.aiter_bytes()
        lines = EventLines(plain="json" in response.headers.get("content-type", ""))
        loop = asyncio.get_running_loop()
        alarm = Alarm(loop.time() + clock.left())
        try:
            while not lines.is_done:
                piece = await self._piece(pieces, alarm, clock)
                group = lines.close() if piece is None else lines.feed(piece)
                self.said_done = lines.is_done
                lost = lines.has_lost_a_part or (lines.has_lost_some and clock.has_begun)
                if lost and not clock.has_finished:
                    raise ModelUnavailable(f"{self._url} sent an event that can't be read.")
                lines.has_lost_some = lines.has_lost_a_part = False
                if group:
                    self._raise_errors(group)
                    clock.tick(group)
                    yield group
                    clock.wait()  # from now on: the reader's own time is not the server's
                    alarm.at = loop.time() + clock.left()
                if piece is None:
                    self._may_be_stale = True
                    return
        finally:
            alarm.close()
        await self._read_to_its_end(pieces)

    async def _read_to_its_end(self, pieces: AsyncIterator[bytes]) -> None:
        """Only a body that was read to its end gives its connection back to the client."""
        if not self._ends_its_bodies:
            return
        try:
            async with asyncio.timeout(_AFTER_DONE):
                async for _ in pieces:
                    pass
            self._may_be_stale = True
        except TimeoutError:
            self._ends_its_bodies = False  # so the next reply does not wait for it
        except httpx.RequestError:
            pass

    async def _piece(
        self, pieces: AsyncIterator[bytes], alarm: Alarm, clock: _Clock
    ) -> bytes | None:
        """The next bytes; None at the end, and where a finished reply just does not end."""
        try:
            with alarm:
                return await anext(pieces, None)
        except TimeoutError as error:
            if clock.has_finished:
                return None
            raise ModelTimeout(f"{self._url} sent no token for {clock.limit:g} s.") from error
        except httpx.RequestError as error:
            if clock.has_finished:
                return None
            raise ModelUnavailable(f"{self._url} broke off: {error!r}.") from error

    def _raise_errors(self, group: list[Event]) -> None:
        for event in group:
            if error := event.get("error") or (event.get("object") == "error" and event):
                words = str(error.get("message", error) if isinstance(error, dict) else error)
                if _TOO_LONG.search(words.lower()):
                    raise ContextOverflow(f"{self._url} says the conversation is too long: {words}")
                raise ModelUnavailable(f"{self._url} reported an error: {words}")


class _Clock:
    """The deadlines of one reply."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._total = self._end = time.monotonic() + deadlines.total
        self.has_begun = False
        self.has_finished = False
        self.begin()

    def begin(self) -> None:
        """An attempt begins."""
        self.limit = self._deadlines.first_token
        self._next = time.monotonic() + self._deadlines.connect + self.limit

    def tick(self, group: list[Event]) -> None:
        """Something of the reply came in."""
        goes_on = any(says_something(event) for event in group)
        self.has_begun = self.has_begun or goes_on
        finishes = any(_finish_of(event) for event in group)
        self.has_finished = self.has_finished or finishes
        if finishes or (goes_on and self.has_finished):  # some name a reason in every event
            self._end = min(self._total, time.monotonic() + _AFTER_FINISH)
        if self.has_finished and not goes_on and any(event.get("usage") for event in group):
            self._end = min(self._end, time.monotonic() + _AFTER_DONE)  # nothing else is to come
        self.wait()

    def wait(self) -> None:
        """The next piece is waited for."""
        self.limit = self._deadlines.between_tokens
        self._next = time.monotonic() + self.limit

    def left(self) -> float:
        """Seconds until the next deadline."""
        return max(min(self._next, self._end) - time.monotonic(), 0)


def _choice(event: Event) -> Event:
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _finish_of(event: Event) -> Any:
    choice = _choice(event)
    return finish_reason(choice) or ("message" in choice and "finish_reason" not in choice)


def says_something(event: Event) -> bool:
    """Whether an event holds a part of a reply, and not only its frame."""
    choice = _choice(event)
    fields = choice.get("delta") or choice.get("message")
    if not isinstance(fields, dict):
        return bool(choice.get("text"))
    names = ("content", "reasoning_content", "reasoning", "tool_calls")
    return any(fields.get(name) for name in names)


class EventLines:
    """Bytes to events: server-sent ones, or one plain JSON answer.

    An event may be spread over several `data:` lines; one that is no JSON object is dropped. A last
    line without its end was broken off, and is no event. Raises ModelUnavailable for one of more
    than 16 MiB.
    """

    def __init__(self, *, plain: bool) -> None:
        self._plain = plain
        self._pending = b""
        self._data = b""
        self._is_first = True
        self._is_error = False
        self.is_done = False
        self.has_lost_some = False
        self.has_lost_a_part = False  # of the reply itself, by all appearances

    def feed(self, piece: bytes) -> list[Event]:
        """The events that these bytes complete."""
        self._pending += piece
        if len(self._pending) + len(self._data) > _LONGEST_EVENT:
            raise ModelUnavailable("The server sent an event of more than 16 MiB.")
        if self._plain or b"\n" not in piece:
            return []
        *whole, self._pending = self._pending.split(b"\n")
        return list(self._events(whole))

    def close(self) -> list[Event]:
        """The connection has ended."""
        event = _json_object(self._pending) if self._plain else None
        return [event] if event is not None else []

    def _events(self, lines: list[bytes]) -> Iterator[Event]:
        for line in lines:
            if self._is_first:
                line = line.removeprefix(b"\xef\xbb\xbf")
                self._is_first = False
            if not line.startswith(b"data:"):
                self._other_line(line)
                continue
            self._data = self._data + b"\n" + line[5:] if self._data else line[5:]
            if self._data.strip() == b"[DONE]":
                self.is_done = True
                return
            event = _json_object(self._data)
            if event is not None:
                self._data = b""
                if self._is_error and "error" not in event:
                    event = {"error": event}
                yield event

    def _other_line(self, line: bytes) -> None:
        """A line that brings no data: an event's end or name, a comment, or a broken line."""
        line = line.strip()
        if not line:
            self.has_lost_some = self.has_lost_some or bool(self._data)
            self.has_lost_a_part = self.has_lost_a_part or b'"choices"' in self._data
            self._data, self._is_error = b"", False
        elif line.startswith(b"event:"):
            self._is_error = line[len(b"event:") :].strip() == b"error"
        elif line.endswith(b"}") and not line.startswith((b":", b"id:", b"retry:")):
            self.has_lost_some = True  # the end of an event whose beginning is lost


def _json_object(data: bytes) -> Event | None:
    try:
        # Arguments as an object are a call's own words, so nothing in them is passed over.
        read = DECODER.decode if _OBJECT_AS_ARGUMENTS.search(data) else json.loads
        value = read(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class _Refused(Exception):
    """The server does not take this request; perhaps it takes another one."""

    def __init__(self, body: str, error: ModelError) -> None:
        super().__init__(body)
        self.body = body
        self.error = error


def raise_for_status(response: httpx.Response, url: str, body: str) -> None:
    """The typed error of a refusal."""
    status, lowered = response.status_code, body.lower()
    if status == 413 or _TOO_LONG.search(lowered):
        raise ContextOverflow(f"{url} says the conversation is too long: {body}")
    if "item pairs from a mapping" in lowered:  # a template's own words, sent as a 400 or a 500
        raise _Refused(body, ModelError(f"{url} can't read the history of calls: {body}"))
    if status in _TRY_AGAIN:
        wait = retry_after(response.headers.get("retry-after"))
        raise ModelUnavailable(f"{url} answered {status}: {body}", retry_after=wait)
    if status in (400, 422):
        raise _Refused(body, ModelError(f"{url} refused the request ({status}): {body}"))
    if status in (401, 403):
        raise ModelError(f"{url} wants another api_key ({status}): {body}")
    raise ModelError(f"{url} answered {status}: {body}. Check base_url and the model's name.")


def retry_after(value: str | None) -> float | None:
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
