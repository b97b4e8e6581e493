"""Sends requests to a server and reads the events of its answers, under deadlines.

    body -> POST -> [delta, delta, …]        one list for the events that arrived together

A request is retried only while nothing of the reply has been seen. A failure raises a typed error
or, once something was seen, ends the stream without its finish.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import httpx

from agentkit.alarm import Alarm
from agentkit.errors import ModelError, ModelTimeout, ModelUnavailable
from agentkit.models.server_deadlines import Clock, Deadlines
from agentkit.models.server_delta import Delta, read_delta
from agentkit.models.server_errors import (
    Refused,
    StillLoading,
    error_in,
    failure,
    refusal,
    retry_after,
)
from agentkit.models.server_lines import Event, EventLines, Loss
from agentkit.models.server_secrets import masked

_ERROR_BYTES = 2_000
_AFTER_DONE = 0.5  # seconds to wait for the end of a body
_HUNG_UP = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
_BROKEN_OFF = ("error", "abort")  # finish reasons of a server that did not reply at all
_LOADING = 2.0  # seconds between requests to a server that is loading its model


class Connection:
    """One client's connection to one address.

    Each run has its own client, because a pool shared by many runs spends its time on itself.
    """

    def __init__(
        self, client: httpx.AsyncClient, url: str, deadlines: Deadlines, attempts: int
    ) -> None:
        self._client = client
        self._url = url
        self._deadlines = deadlines
        self._attempts = attempts
        self._may_be_stale = False  # the server may have closed the kept connection
        self._ends_its_bodies = True
        self.said_done = False  # whether the last reply ended with `[DONE]`

    async def events(
        self, body: Callable[[], bytes], adapt: Callable[[str], bool]
    ) -> AsyncGenerator[list[Delta], None]:
        """Yield the deltas of one reply, in groups as they arrive.

        `body` builds the request for each attempt. `adapt` gets the lower-cased message of a
        refused request and says whether the next body will differ. A server that is still loading
        its model may take as long as for a first token. Raises ModelError: ModelUnavailable and
        ModelTimeout where trying again may help, ContextOverflow.
        """
        attempt = 0
        clock = Clock(self._deadlines)
        while True:
            self.said_done = False
            try:
                async with (
                    self._response(body(), clock) as response,
                    aclosing(self._read(response, clock)) as groups,
                ):
                    async for group in groups:
                        yield group
                if not clock.has_begun and not clock.has_finished:
                    kind = _kind_of(response)
                    raise ModelUnavailable(f"{self._url} answered{kind} but sent no reply.")
                return
            except Refused as refused:
                if not adapt(refused.words):
                    raise refused.error from None
                continue  # a changed request is not another attempt
            except (ModelUnavailable, ModelTimeout) as error:
                if clock.has_begun:
                    self.said_done = False
                    return  # what was shown can't be taken back: the reply is cut
                if isinstance(error, StillLoading) and clock.may_load():
                    wait = max(error.retry_after or 0.0, _LOADING)  # no attempt has failed
                else:
                    attempt += 1
                    if isinstance(error, ModelTimeout) or attempt >= self._attempts:
                        raise
                    wait = error.retry_after or random.uniform(0.5, 1.0) * 2 ** (attempt - 1)
            if wait > clock.left():
                raise ModelTimeout(f"{self._url} did not answer in time.")
            await asyncio.sleep(wait)

    @asynccontextmanager
    async def _response(self, body: bytes, clock: Clock) -> AsyncIterator[httpx.Response]:
        """Make one attempt: yield a successful response whose body is still to be read."""
        clock.begin()
        response = await self._send(body, clock)
        try:
            if response.has_redirect_location:
                place = masked(response.headers["location"], self._client)
                raise ModelError(
                    f"{self._url} redirects to {place}. Redirects are not followed; set base_url "
                    f"to the new address."
                )
            if response.status_code != 200:
                words = await self._error_text(response)
                wait = retry_after(response.headers.get("retry-after"))
                raise refusal(response.status_code, self._url, words, wait)
            yield response
        finally:
            await response.aclose()

    async def _send(self, body: bytes, clock: Clock) -> httpx.Response:
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
        except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as error:
            if may_be_stale and isinstance(error, _HUNG_UP):
                return await self._send(body, clock)  # on a new connection: no attempt has failed
            words = masked(str(error) or type(error).__name__, self._client)
            if "CERTIFICATE_VERIFY_FAILED" in words:
                raise ModelError(
                    f"{self._url} has a certificate that is not trusted here: {words}. Set "
                    f"SSL_CERT_FILE to the file of its certificate authority."
                ) from error
            raise ModelUnavailable(
                f"{self._url} can't be reached: {words}. Is the server running?"
            ) from error

    async def _error_text(self, response: httpx.Response) -> str:
        """Return the beginning of an error's body, or what arrived of it before a stall."""
        text = b""
        if is_packed(response):
            return ""
        try:
            async with asyncio.timeout(self._deadlines.connect):
                async for piece in response.aiter_bytes():
                    text += piece
                    if len(text) > 2 * _ERROR_BYTES:
                        break
        except (TimeoutError, httpx.RequestError):
            pass
        # Cut after masking, which would not recognise half a key.
        return masked(text.decode("utf-8", "replace"), self._client)[:_ERROR_BYTES]

    async def _read(
        self, response: httpx.Response, clock: Clock
    ) -> AsyncGenerator[list[Delta], None]:
        """Yield a response's deltas, or raise its error. Comments extend no deadline."""
        if is_packed(response):
            raise ModelUnavailable(f"{self._url} sent an unrequested compressed answer.")
        pieces = response.aiter_bytes()
        lines = EventLines()
        loop = asyncio.get_running_loop()
        alarm = Alarm(loop.time() + clock.left())
        frame: list[Delta] = []  # held until the reply begins: a failed attempt shows nothing
        try:
            while not lines.is_done:
                piece = await self._piece(pieces, alarm, clock)
                group = lines.close() if piece is None else lines.feed(piece)
                self.said_done = lines.is_done
                if group:
                    says_something, error = False, None
                    for event in group:
                        if isinstance(event, Loss):
                            error = self._error_of(event, clock)
                        elif (error := self._error_in(event, clock)) is None:
                            says_something |= self._add(event, frame, lines, clock)
                        if error is not None:
                            break
                    if frame and clock.has_begun:
                        yield frame  # what came before an error still counts
                        frame = []
                    if error is not None:
                        raise error
                    if says_something or clock.has_begun:
                        clock.wait()  # starts now: the consumer's time is not the server's
                    alarm.at = loop.time() + clock.left()
                if piece is None:
                    self._may_be_stale = True
                    break
            if frame and clock.has_finished:
                yield frame
        finally:
            alarm.close()
        if not self._may_be_stale:
            await self._read_to_its_end(pieces)

    def _add(self, event: Event, frame: list[Delta], lines: EventLines, clock: Clock) -> bool:
        """Add an event's delta to the frame; return whether it is more than a sign of life."""
        delta = read_delta(event, is_plain=lines.is_plain)
        if delta.finish in _BROKEN_OFF and not (delta.goes_on or clock.has_begun):
            raise ModelUnavailable(f"{self._url} ended its reply before it began: {delta.finish}.")
        clock.tick(
            goes_on=delta.goes_on,
            calls=bool(delta.calls),
            finishes=delta.finish is not None,
            has_usage=bool(delta.usage),
        )
        if delta.is_empty:
            return False
        if frame and frame[-1].is_usage and delta.is_usage:
            frame.pop()  # the last count is the one that matters
        frame.append(delta)
        return not delta.is_usage

    async def _read_to_its_end(self, pieces: AsyncIterator[bytes]) -> None:
        """Read the rest of a body, without which the client can't reuse its connection."""
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
        self, pieces: AsyncIterator[bytes], alarm: Alarm, clock: Clock
    ) -> bytes | None:
        """Return the next bytes; None at the end, or if the body of a finished reply stalls."""
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
            words = masked(repr(error), self._client)
            raise ModelUnavailable(f"The connection to {self._url} broke: {words}.") from error

    def _error_of(self, loss: Loss, clock: Clock) -> Exception | None:
        """Return an error if the reply can't be whole; a loss after its finish does not matter."""
        if clock.has_finished or not (loss is Loss.OF_REPLY or clock.has_begun):
            return None
        return ModelUnavailable(f"{self._url} sent an event that can't be read.")

    def _error_in(self, event: Event, clock: Clock) -> Exception | None:
        """Return the exception for the error in an event, if it has one."""
        error = error_in(event, has_finished=clock.has_finished)
        if not error:
            return None
        said = str(error.get("message", error) if isinstance(error, dict) else error)
        words = masked(said, self._client).encode("utf-8", "replace").decode()
        details = masked(json.dumps(error), self._client)
        return failure(error, self._url, words, details, has_begun=clock.has_begun)


def _kind_of(response: httpx.Response) -> str:
    """Return words for the content type of an answer, if it is not the expected one."""
    kind = str(response.headers.get("content-type", "")).partition(";")[0].strip()
    return "" if kind in ("", "text/event-stream", "application/json") else f" with {kind}"


def is_packed(response: httpx.Response) -> bool:
    """Whether an answer is compressed: none is requested, as it may expand to any size."""
    return str(response.headers.get("content-encoding", "identity")).lower() != "identity"
