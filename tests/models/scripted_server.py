"""A server for tests: answers with one response after the other, and keeps the requests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx

from agentkit.models.server import ServerModel

URL = "http://server.test/v1"
DONE = b"data: [DONE]\n\n"


def event(finish: str | None = None, **delta: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def usage(prompt: int, output: int = 4) -> bytes:
    fields = {"prompt_tokens": prompt, "completion_tokens": output}
    return b"data: " + json.dumps({"choices": [], "usage": fields}).encode() + b"\n\n"


class Wire(httpx.AsyncByteStream):
    """A body in pieces; an exception among them breaks the connection there."""

    def __init__(self, pieces: Sequence[bytes | Exception]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


def sse(*pieces: bytes | Exception) -> httpx.Response:
    headers = {"content-type": "text/event-stream"}
    return httpx.Response(200, headers=headers, stream=Wire(pieces))


def answer(text: str = "There are 40.", prompt: int = 9) -> httpx.Response:
    return sse(event(content=text), event("stop"), usage(prompt), DONE)


class Server:
    def __init__(self, *responses: httpx.Response | Exception) -> None:
        self.responses = list(responses)
        self.requests: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(json.loads(request.content))
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        return response

    def model(self, name: str = "m", **options: Any) -> ServerModel:
        return ServerModel(name, base_url=URL, transport=httpx.MockTransport(self), **options)
