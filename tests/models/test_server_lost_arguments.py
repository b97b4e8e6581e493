"""A call whose arguments got lost on the way is not run without them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from scripted_server import DONE, Server, answer, event, sse

from agentkit import Agent, Result, Sampling, User, tool
from agentkit.models.server import ServerModel

DELETE = (
    "<tool_call>\n<function=delete>\n<parameter=path>\n/\n</parameter>\n</function>\n</tool_call>"
)
PURGE = (
    DELETE.replace("delete", "purge").replace("path", "older_than_days").replace("/\n<", "30\n<")
)


class Shop:
    """Two tools, and what was really run."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, Any]] = []

        @tool
        def purge(older_than_days: int = 0) -> str:
            """Delete logs."""
            self.ran.append(("purge", older_than_days))
            return "Deleted."

        @tool
        def delete(path: str) -> str:
            """Delete a file."""
            self.ran.append(("delete", path))
            return "Deleted."

        self.tools = [purge, delete]


async def run(server: Server, shop: Shop, *, thinking: bool | None = True) -> Result:
    agent = Agent(server.model(), tools=shop.tools, sampling=Sampling(thinking=thinking))
    return await agent.run("Clean up.")


def call(name: str = "purge", arguments: str | None = "", **more: Any) -> dict[str, Any]:
    function = {"name": name} | ({} if arguments is None else {"arguments": arguments})
    return {"index": 0, "id": "1", "type": "function", "function": {**function, **more}}


def corrections(result: Result) -> list[str]:
    users = [message for message in result.transcript if isinstance(message, User)]
    return [str(message.content) for message in users if message.purpose == "correction"]


AGAIN = '{"older_than_days": 30}'


@pytest.mark.parametrize(
    "pieces",
    [
        [event(tool_calls=[call(arguments=None, kwargs={"older_than_days": 30})])],
        [event(tool_calls=[call(arguments=None, arguments_json=AGAIN)])],
        [event(tool_calls=[call(older_than_days=30)])],
        [event(tool_calls=[{**call(), "input": AGAIN}])],
        [event(tool_calls=[call()]), event(tool_calls=[{"index": 0, "input": AGAIN}])],
        [
            event(tool_calls=[call()]),
            event(tool_calls=[{"index": 0, "function": {"partial_json": AGAIN}}]),
        ],
        [event(tool_calls=[call()]), event(tool_calls=[AGAIN])],
        [event(tool_calls=[call()]), event(function_call={"arguments": AGAIN})],
        [event(content=PURGE.replace("\n</tool_call>", "")[:-20]), event(tool_calls=[call()])],
        [event(content=PURGE.removeprefix("<tool_call>\n")[-80:]), event(tool_calls=[call()])],
        [event(reasoning_content=PURGE + "\nor not"), event(tool_calls=[call()])],
    ],
)
async def test_a_call_that_may_have_had_arguments_is_not_run_with_none(pieces: list[bytes]) -> None:
    shop = Shop()
    again = sse(event(tool_calls=[call(arguments=AGAIN)]), event("tool_calls"), DONE)
    server = Server(sse(*pieces, event("tool_calls"), DONE), again, answer())

    result = await run(server, shop)

    assert shop.ran == [("purge", 30)]
    assert len(corrections(result)) == 1
    assert result.outcome == "done"


async def test_what_else_a_call_has_says_nothing_of_arguments_that_came() -> None:
    shop = Shop()
    signature = {"google": {"thought_signature": "x"}}
    begun = event(tool_calls=[{**call(), "extra_content": signature, "vendor": "y"}])
    goes_on = event(tool_calls=[{"index": 0, "function": {"arguments": AGAIN}}])
    nothing = event(tool_calls=[{**call(), "extra_content": signature}])
    ends = event("tool_calls")

    await run(Server(sse(begun, goes_on, ends, DONE), sse(nothing, ends, DONE), answer()), shop)

    assert shop.ran == [("purge", 30), ("purge", 0)]


async def test_a_whole_message_at_the_end_has_the_arguments_of_calls_that_were_only_named() -> None:
    shop = Shop()
    message = {"role": "assistant", "content": "", "tool_calls": [call(arguments=AGAIN)]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    whole = b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"

    await run(Server(sse(event(tool_calls=[call()]), whole, DONE), answer()), shop)

    assert shop.ran == [("purge", 30)]


@pytest.mark.parametrize(
    "pieces",
    [
        [event(tool_calls=[{**call("now"), "vendor": "x"}]), event("tool_calls")],
        [event(tool_calls=[call("now")])],
        [event(reasoning_content='now has "arguments": {}'), event(tool_calls=[call("now", "{}")])],
    ],
)
async def test_a_call_that_takes_no_arguments_is_run(pieces: list[bytes]) -> None:
    shop = Shop()

    @tool
    def now() -> str:
        """The time."""
        shop.ran.append(("now", None))
        return "12:00"

    shop.tools.append(now)
    await run(Server(sse(*pieces, DONE), answer()), shop)

    assert shop.ran == [("now", None)]


async def test_a_whole_message_without_a_reason_says_nothing_again() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "There are 40."}}
    whole = b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"
    result = await run(Server(sse(event(content="There are 40."), whole, DONE)), Shop())

    assert result.text == "There are 40."


async def test_messages_that_are_pieces_are_put_together() -> None:
    said = ({"index": 0, "message": {"content": text}} for text in ("There ", "are 40."))
    pieces = [b"data: " + json.dumps({"choices": [each]}).encode() + b"\n\n" for each in said]
    result = await run(Server(sse(*pieces, event("stop"), DONE)), Shop(), thinking=False)

    assert result.text == "There are 40."


async def test_arguments_behind_a_long_thought_are_seen() -> None:
    shop = Shop()
    thought = "I think about it. " * 2_000 + "purge <parameter=older_than_days>\n30\n"
    pieces = event(reasoning_content=thought), event(tool_calls=[call()]), event("tool_calls")

    await run(Server(sse(*pieces, DONE), answer()), shop)

    assert shop.ran == []


async def test_a_call_that_only_begins_as_another_is_one_of_its_own() -> None:
    shop = Shop()
    text = DELETE.replace("\n/\n", "\na.txt.bak\n")
    own = event(tool_calls=[call("delete", '{"path": "a.txt"}')])

    await run(
        Server(sse(event(content=text), own, event("stop"), DONE), answer()), shop, thinking=False
    )

    assert sorted(shop.ran) == [("delete", "a.txt"), ("delete", "a.txt.bak")]


async def test_a_call_that_the_server_could_not_read_behind_a_thought_is_asked_for_again() -> None:
    error = b'data: {"error": {"message": "Failed to parse input at pos 7"}}\n\n'
    server = Server(sse(event(reasoning_content="Hm."), error), answer())

    [correction] = corrections(await run(server, Shop()))
    assert "no call could be read" in correction


@pytest.mark.parametrize(
    "last", [DONE, httpx.ReadError("reset")], ids=["done without a reason", "reset"]
)
async def test_a_call_of_which_the_name_had_come_is_not_run(last: bytes | Exception) -> None:
    shop = Shop()
    server = Server(sse(event(tool_calls=[call()]), last), answer())

    assert (await run(server, shop)).text == "There are 40."
    assert shop.ran == []


async def test_a_message_in_a_stream_is_not_a_whole_reply() -> None:
    shop = Shop()
    choice = {"index": 0, "message": {"tool_calls": [call("delete", '{"path": "/"}')]}}
    piece = b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"

    await run(Server(sse(piece, httpx.ReadError("reset")), answer()), shop)

    assert shop.ran == []


@pytest.mark.parametrize(
    "pieces",
    [
        [event(content=f"Perhaps:\n{DELETE}\nNo wait, I must not.")],
        [event(content=DELETE), event(tool_calls=[call(arguments=AGAIN)])],
    ],
    ids=["it goes on", "beside a call"],
)
async def test_a_call_in_what_may_be_a_thought_without_an_end_is_not_run(
    pieces: list[bytes],
) -> None:
    shop = Shop()
    await run(Server(sse(*pieces, event("stop"), DONE), answer(), answer()), shop)

    assert ("delete", "/") not in shop.ran


async def test_a_call_at_the_end_of_it_is_run() -> None:
    shop = Shop()
    await run(
        Server(sse(event(content=f"I do it.\n{DELETE}"), event("stop"), DONE), answer()), shop
    )

    assert shop.ran == [("delete", "/")]


@pytest.mark.parametrize("thinking", [False, True])
@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("/srv/</parameter>/a", "/srv/"),
        ("  indented", "indented"),
        ("\n\nlines\n\n", "\nlines\n"),
        ("&lt;a&gt; &amp;amp;", "<a> &amp;"),
        ("null", None),
    ],
    ids=["cut", "stripped", "lines stripped", "unescaped", "taken for nothing"],
)
async def test_a_call_that_stands_whole_in_the_text_is_not_run_damaged_beside_it(
    written: str, given: str | None, *, thinking: bool
) -> None:
    shop = Shop()
    text = DELETE.replace("\n/\n", f"\n{written}\n")
    damaged = call("delete", json.dumps({"path": given}))
    pieces = event(content=text), event(tool_calls=[damaged]), event("tool_calls"), DONE

    await run(Server(sse(*pieces), answer()), shop, thinking=thinking)

    assert shop.ran == [("delete", written)]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"message": "Failed to call a function.", "code": "tool_use_failed"}}),
        (500, {"error": {"message": "Failed to parse input at pos 7: <tool_call>", "code": 500}}),
        (500, {"error": "error parsing tool call: raw='{'"}),
        (500, {"error": {"message": "XML syntax error on line 8: unexpected EOF"}}),
        (500, {"error": {"message": "expected element type <function> but have <parameter>"}}),
        (500, {"error": {"message": "EOF", "type": "api_error"}}),
        (500, {"error": "unexpected EOF"}),
    ],
)
async def test_a_call_that_the_server_could_not_read_is_asked_for_again(
    status: int, body: dict[str, Any]
) -> None:
    shop = Shop()
    server = Server(httpx.Response(status, json=body), answer())

    result = await run(server, shop)

    assert result.text == "There are 40."
    assert len(corrections(result)) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("SSL_CERT_FILE", "/nope.pem"), ("HTTP_PROXY", "ftp://x"), ("ALL_PROXY", "socks5://x:1")],
)
async def test_settings_of_the_environment_that_are_none_are_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    from agentkit import ConfigError  # noqa: PLC0415 - only here
    from agentkit.models import server_session  # noqa: PLC0415

    monkeypatch.setenv(name, value)
    server_session._trusted.cache_clear()
    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        server_session.open_client({}, server_session.Deadlines(), None)
    server_session._trusted.cache_clear()


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:99999", "http://user:pa/ssWORD@proxy:3128"])
async def test_a_proxy_without_a_port_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    from agentkit import ConfigError  # noqa: PLC0415 - only here

    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(ConfigError, match="HTTP_PROXY has an invalid port") as caught:
        await run(Server(answer()), Shop())
    assert "'pa'" not in str(caught.value)


def test_blanks_around_an_address_are_none_of_it() -> None:
    assert ServerModel("m", base_url=" http://h/v1 ").base_url == "http://h/v1"
