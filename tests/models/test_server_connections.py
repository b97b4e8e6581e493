"""ServerModel on real sockets: what becomes of a connection."""

from __future__ import annotations

import asyncio
import itertools
import re
from contextlib import aclosing

import pytest
from scripted_server import DONE, event, usage

from agentkit import Agent, Sampling, ServerModel, TextDelta, Toolset, User, tool
from agentkit.events import Finish
from agentkit.models.server import Deadlines

CALL = {"tool_calls": [{"index": 0, "id": "x", "function": {"name": "stock", "arguments": "{}"}}]}


@tool
def stock() -> int:
    """Units in store."""
    return 40


async def run_against(*, ends_its_bodies: bool = True, hangs_up: bool = False) -> tuple[str, int]:
    """The answer of a run of two turns, and how many connections it opened.

    `hangs_up`: a second request on a connection is not answered, but the connection closed.
    """
    opened, left = 0, asyncio.Event()
    replies = [(event(**CALL), event("stop")), (event(content="There are 40."), event("stop"))]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        try:
            for number in itertools.count():
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                assert length
                await reader.readexactly(int(length[1]))
                if hangs_up and number == 1:
                    return
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
                writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
                for piece in (*replies.pop(0), usage(9), DONE):
                    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                await writer.drain()
                await asyncio.sleep(0.01)  # the end of the body comes after its last word
                if ends_its_bodies:
                    writer.write(b"0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()
            left.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        model = ServerModel("m", base_url=f"http://127.0.0.1:{port}/v1", attempts=1)
        result = await Agent(model, tools=[stock]).run("What is in store?")
        await left.wait()
    return result.text, opened


async def test_one_connection_serves_all_turns_of_a_run() -> None:
    assert await run_against() == ("There are 40.", 1)


async def test_a_kept_connection_that_was_closed_meanwhile_costs_no_attempt() -> None:
    assert await run_against(hangs_up=True) == ("There are 40.", 2)


async def test_a_proxy_is_not_asked_for_what_is_on_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert await run_against() == ("There are 40.", 1)


async def test_a_body_without_an_end_is_left_behind() -> None:
    assert await run_against(ends_its_bodies=False) == ("There are 40.", 2)


async def test_the_time_that_the_reader_takes_is_not_the_servers() -> None:
    words = ["There ", "are ", "40."]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for word in words:
            writer.write(event(content=word))
            await writer.drain()
            await asyncio.sleep(0.35)
        writer.write(event("stop") + usage(9) + DONE)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        deadlines = Deadlines(between_tokens=0.25)
        model = ServerModel("m", base_url=f"http://127.0.0.1:{port}/v1", deadlines=deadlines)
        text = ""
        async with aclosing(
            model.stream([User(content="Hm?")], Toolset([]), Sampling(thinking=False))
        ) as events:
            async for each in events:
                if isinstance(each, TextDelta):
                    text += each.text
                    await asyncio.sleep(0.3)

    assert text == "There are 40."
    assert isinstance(each, Finish)
    assert each.reason == "stop"
