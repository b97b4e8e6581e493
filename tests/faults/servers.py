"""A scripted server, in memory and on a real socket, and a clock on which no wait takes time.

Script      one answer a request; refuses what a real server or its chat template would refuse
in_memory   the script behind httpx.MockTransport
on_loopback the script behind a socket: resets are resets, stalls are stalls
Clock       jumps to the next timer as soon as nothing else can happen
"""

from __future__ import annotations

import asyncio
import json
import selectors
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx

# --- time ---------------------------------------------------------------------------------------

_CUT_UP_TO = 20_000  # bytes that are sent one by one; what is endless comes faster after that
_GRACE = 0.002  # real seconds in which a loopback socket may still become ready


class Clock:
    """Moves on only when everything waits, and then at once, so that nothing is slow or flaky."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.SelectorEventLoop(_Jumping(self))

    @contextmanager
    def running(self) -> Iterator[None]:
        """`time.monotonic`, and so asyncio's own clock, is this one."""
        real, time.monotonic = time.monotonic, lambda: self.now
        try:
            yield
        finally:
            time.monotonic = real


class _Jumping(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            if not (ready := super().select(2.0)):
                raise RuntimeError("Everything waits for something that will never happen.")
        elif timeout <= 0:
            return super().select(0)
        elif not (ready := super().select(_GRACE)):
            self._clock.now += timeout
        return ready


# --- what a server sends ------------------------------------------------------------------------


class Fault:
    """Something other than bytes; told apart by identity."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


RESET = Fault("the connection is reset")
HANG_UP = Fault("the connection is closed in the middle")
STALL = Fault("nothing more comes, and nothing closes")

Piece: TypeAlias = bytes | Fault | float | Callable[[Mapping[str, Any]], bytes]
"""Bytes, a fault, a pause in seconds, or bytes that depend on the request."""


@dataclass(frozen=True)
class Answer:
    """What one request is answered with. `status` 0: the connection fails before any of it."""

    pieces: tuple[Piece, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"content-type": "text/event-stream"}
    )


def chunk(finish: str | None = None, **delta: Any) -> bytes:
    """One event of a stream, as the OpenAI protocol has it."""
    return event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def say(text: str) -> bytes:
    return chunk(content=text)


def think(text: str, name: str = "reasoning_content") -> bytes:
    return chunk(**{name: text})


def call(name: Any, arguments: Any, *, index: Any = 0, id: Any = "a", **more: Any) -> bytes:
    """A structured call, or a piece of one; `index` or `id` None leaves the key out."""
    fields = {"index": index, "id": id, "type": "function"}
    kept = {key: value for key, value in fields.items() if value is not None}
    return chunk(tool_calls=[{**kept, "function": {"name": name, "arguments": arguments}, **more}])


def usage(request: Mapping[str, Any]) -> bytes:
    """An honest count in a chunk of its own, as vLLM and SGLang send it."""
    tokens = len(json.dumps(request["messages"])) // 4 + len(json.dumps(request.get("tools"))) // 4
    counted = {"prompt_tokens": tokens, "completion_tokens": 20, "total_tokens": tokens + 20}
    return event({"choices": [], "usage": counted})


DONE = b"data: [DONE]\n\n"


def reply(*pieces: Piece, finish: str | None = "stop") -> Answer:
    """A stream that ends as it should."""
    return Answer((*pieces, chunk(finish), usage, DONE))


def stream(*pieces: Piece) -> Answer:
    """A stream of exactly these pieces."""
    return Answer(pieces)


def refusal(status: int, body: Any, **headers: str) -> Answer:
    """An HTTP error; a text or a JSON body, and headers such as `retry_after`."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/plain" if isinstance(body, str) else "application/json"
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Answer((text.encode(),), status, {"content-type": kind, **named})


def whole(message: Any, finish: str | None = "stop", **more: Any) -> Answer:
    """A plain JSON answer, as of a server that does not stream."""
    body = {"choices": [{"index": 0, "message": message, "finish_reason": finish}], **more}
    return Answer((json.dumps(body).encode(),), 200, {"content-type": "application/json"})


LOST = Answer((RESET,), status=0)
REFUSED = Answer((HANG_UP,), status=0)

# --- what a server refuses ----------------------------------------------------------------------

CONTROL = (
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
    "<|vision_start|>",
    "<|image_pad|>",
    "<|fim_prefix|>",
    "<|repo_name|>",
)


def fault_in(request: Mapping[str, Any]) -> str | None:
    """Why the Qwen3.5 template or a strict server would not take a request; None if it would."""
    raw = json.dumps(request, ensure_ascii=False)
    if token := next((token for token in CONTROL if token in raw), None):
        return f"The control token {token} stands whole in the request."
    messages = request["messages"]
    open_calls: list[str] = []
    asked = False
    for place, message in enumerate(messages):
        role, content = message["role"], message.get("content")
        if role == "system" and place:
            return "System message must be at the beginning."
        if role not in ("system", "user", "assistant", "tool"):
            return "Unexpected message role."
        if role != "tool" and open_calls:
            return f"Calls without results: {open_calls}."
        match role:
            case "user":
                text = content if isinstance(content, str) else json.dumps(content)
                asked = asked or not (
                    text.strip().startswith("<tool_response>")
                    and text.strip().endswith("</tool_response>")
                )
            case "assistant":
                calls = message.get("tool_calls") or []
                if not content and not calls:
                    return "An assistant message needs content or tool_calls."
                if any(not isinstance(_mapping(item), dict) for item in calls):
                    return "Can only get item pairs from a mapping."
                open_calls = [item["id"] for item in calls]
                if len(set(open_calls)) < len(open_calls):
                    return "Two calls have the same id."
            case "tool":
                if not open_calls:
                    return "A tool message must follow the call it answers."
                if message["tool_call_id"] != open_calls.pop(0):
                    return "Results stand in another order than their calls."
    if open_calls:
        return f"Calls without results: {open_calls}."
    if not asked:
        return "No user query found in messages."
    if messages[-1]["role"] == "assistant":
        return "Assistant prefill is not supported when thinking is on."
    return None


def _mapping(item: Mapping[str, Any]) -> Any:
    arguments = item["function"]["arguments"]
    return json.loads(arguments) if isinstance(arguments, str) else "not a JSON text"


class Script:
    """Answers requests one after the other, the last answer for ever if so told."""

    def __init__(self, answers: Sequence[Answer], *, for_ever: bool) -> None:
        self._answers = list(answers)
        self._for_ever = for_ever
        self.requests: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.characters = 0  # sent in bodies, as far as the client took them; a socket can't tell

    def answer(self, body: bytes) -> Answer:
        request = json.loads(body)
        self.requests.append(request)
        if fault := fault_in(request):
            self.refused.append(fault)
            return refusal(500, {"error": {"message": fault}})
        if not self._answers:
            self.refused.append("A request more than the script foresaw.")
            return refusal(400, "The script has ended.")
        if self._for_ever and len(self._answers) == 1:
            return self._answers[0]
        return self._answers.pop(0)


# --- in memory ----------------------------------------------------------------------------------


class _Body(httpx.AsyncByteStream):
    def __init__(self, script: Script, answer: Answer, request: Mapping[str, Any], cut: int):
        self._script, self._answer, self._request, self._cut = script, answer, request, cut

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._answer.pieces:
            if isinstance(piece, Fault):
                await _fail(piece)
            elif isinstance(piece, int | float):
                await asyncio.sleep(piece)
            else:
                data = piece if isinstance(piece, bytes) else piece(self._request)
                self._script.characters += len(data)
                is_short = self._script.characters < _CUT_UP_TO
                step = self._cut if self._cut and is_short else len(data) or 1
                for start in range(0, len(data), step):
                    yield data[start : start + step]


async def _fail(fault: Fault) -> None:
    if fault is RESET:
        raise httpx.ReadError("reset")
    if fault is HANG_UP:
        raise httpx.RemoteProtocolError("peer closed connection without sending complete body")
    await asyncio.Event().wait()


@asynccontextmanager
async def in_memory(script: Script, cut: int = 0) -> AsyncIterator[tuple[str, Any]]:
    """A base_url and a transport; `cut` sends every body in pieces of so many bytes."""

    async def handle(request: httpx.Request) -> httpx.Response:
        answer = script.answer(request.content)
        if answer.status == 0:
            raise httpx.ReadError("lost") if answer is LOST else httpx.ConnectError("refused")
        body = _Body(script, answer, json.loads(request.content), cut)
        return httpx.Response(answer.status, headers=dict(answer.headers), stream=body)

    yield "http://server.test/v1", httpx.MockTransport(handle)


# --- on a socket --------------------------------------------------------------------------------


@asynccontextmanager
async def on_loopback(script: Script) -> AsyncIterator[tuple[str, Any]]:
    """The same over HTTP/1.1 on 127.0.0.1."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task := asyncio.current_task())  # type: ignore[arg-type]
        try:
            while (body := await _request_body(reader)) is not None:
                if not await _respond(script, body, writer):
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)  # type: ignore[arg-type]

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/v1", None
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def _request_body(reader: asyncio.StreamReader) -> bytes | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return await reader.readexactly(int(lengths[0].partition(b":")[2]))


async def _respond(script: Script, body: bytes, writer: asyncio.StreamWriter) -> bool:
    """Answer one request; False once the connection is of no more use."""
    answer = script.answer(body)
    if answer.status:
        headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        head = f"HTTP/1.1 {answer.status} X\r\n{headers}transfer-encoding: chunked\r\n\r\n"
        writer.write(head.encode())
    for piece in answer.pieces:
        if piece is RESET:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            return False
        if piece is HANG_UP:
            return False
        if piece is STALL:
            await asyncio.Event().wait()
        elif isinstance(piece, int | float):
            await asyncio.sleep(piece)
        elif data := piece if isinstance(piece, bytes) else piece(json.loads(body)):  # type: ignore[operator]
            writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True
