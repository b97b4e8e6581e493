"""What servers were seen to send: pieces of calls out of place, errors in odd words and places."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from scripted_server import DONE, Server, answer, event, sse

from agentkit import Agent, Assistant, Result, Tool, tool
from agentkit.errors import ContextOverflow, ModelError, ModelUnavailable
from agentkit.models import server_transport
from agentkit.models.server import Deadlines, ServerModel
from agentkit.models.server_count import Tripwire, least_tokens

WHOLE = '{"sku": "A-17"}'
DAYS = '{"older_than_days": 30}'
LONG = "This model's maximum context length is 8192 tokens. However, "


def call(**fields: Any) -> dict[str, Any]:
    """A piece of a call; only what is given is sent."""
    function = {key: fields.pop(key) for key in ("name", "arguments") if key in fields}
    return {**fields, "function": function}


def pieces(*parts: dict[str, Any] | list[dict[str, Any]]) -> httpx.Response:
    """A reply of these pieces, each in a chunk of its own; those of a list share one."""
    chunks = [event(tool_calls=part if isinstance(part, list) else [part]) for part in parts]
    return sse(*chunks, event("tool_calls"), DONE)


def ends(reason: Any) -> bytes:
    """The last chunk of a reply, with a reason of any type."""
    return event("stop").replace(b'"stop"', json.dumps(reason).encode())


def tools(ran: list[tuple[str, Any]]) -> list[Tool]:
    @tool
    def purge(older_than_days: int = 0) -> str:
        """Delete logs; without a number, all of them."""
        ran.append(("purge", older_than_days))
        return "Purged."

    @tool
    def stock(sku: str) -> int:
        """Units of an item."""
        ran.append(("stock", sku))
        return 40

    return [purge, stock]


async def run(server: Server, ran: list[tuple[str, Any]] | None = None) -> Result:
    agent = Agent(server.model(attempts=2), tools=tools([] if ran is None else ran))
    return await agent.run("Go on.")


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        pytest.param(
            pieces(
                call(index=6, id="a", name="purge", arguments=""), call(index=0, arguments=DAYS)
            ),
            [("purge", 30)],
            id="arguments at another index (sgl-project/sglang#6310)",
        ),
        pytest.param(
            pieces(
                call(index=0, id="a", name="stock", arguments=WHOLE),
                call(index=1, id="b", name="purge", arguments=""),
                call(id="b", arguments=DAYS),
            ),
            [("stock", "A-17"), ("purge", 30)],
            id="no index, but the id",
        ),
        pytest.param(
            pieces(
                call(index=0, id="a", name="stock", arguments=WHOLE),
                call(index=1, id="b", name="purge", arguments=""),
                call(arguments=DAYS),
            ),
            [("stock", "A-17"), ("purge", 30)],
            id="neither index nor id",
        ),
        pytest.param(
            pieces(
                [call(id="a", name="stock", arguments=""), call(id="b", name="purge")],
                call(id="b", arguments=DAYS),
                call(id="a", arguments=WHOLE),
            ),
            [("stock", "A-17"), ("purge", 30)],
            id="begun in one chunk, continued by id",
        ),
        pytest.param(
            pieces(
                [
                    call(id="a", name="purge", arguments=""),
                    call(id="b", name="stock", arguments=""),
                ],
                [call(arguments=DAYS), call(arguments=WHOLE)],
            ),
            [("purge", 30), ("stock", "A-17")],
            id="several in each list, without an index",
        ),
        pytest.param(
            pieces(
                call(index=0, id="a", name="purge", arguments=""),
                call(index=1, id="a", name="stock", arguments=""),
                call(index=0, id="a", arguments=DAYS),
                call(index=1, id="a", arguments=WHOLE),
            ),
            [("purge", 30), ("stock", "A-17")],
            id="one id for all",
        ),
        pytest.param(
            pieces(
                call(index=0, id="a", name="stock", arguments=WHOLE),
                call(index=1, id="b", name="purge", arguments=""),
                call(index=0, arguments=DAYS),
            ),
            [("stock", "A-17"), ("purge", 30)],
            id="the index of a call that is whole",
        ),
        pytest.param(
            pieces(
                call(index=0, id="a", name="purge", arguments=DAYS),
                call(index=0, id="b", name="purge", arguments=""),
            ),
            [("purge", 30)],
            id="the name repeated at the end under a new id",
        ),
        *(
            pytest.param(
                pieces(
                    call(index=0, id="a", name="purge", arguments=first),
                    call(index=1, id="a", name="purge", arguments=second),
                ),
                [("purge", 30)],
                id=f"one call at two indices, {first!r} and {second!r} (mudler/LocalAI#9722)",
            )
            for first, second in (("", DAYS), ("{}", DAYS), (DAYS, ""), (DAYS, "{ }"), (DAYS, DAYS))
        ),
        pytest.param(
            pieces(
                call(index=0, id="a", name="stock", arguments=""),
                call(index=1, id="b", name="purge", arguments=""),
                call(index=0, id="b", arguments=DAYS),
                call(index=1, id="a", arguments=WHOLE),
            ),
            [("stock", "A-17"), ("purge", 30)],
            id="the id of one call at the index of another (sgl-project/sglang#6310)",
        ),
        pytest.param(
            pieces(
                call(index=0, id="a", name="stock", arguments=WHOLE),
                call(index=1, id="b", name="purge", arguments=""),
                call(index=0, id="b", name="purge", arguments=DAYS),
            ),
            [("stock", "A-17"), ("purge", 30)],
            id="its name as well",
        ),
        pytest.param(
            pieces(
                call(index=0, id="a", name="purge", arguments=""),
                call(index=1, id="b", name="purge", arguments=""),
                call(index=0, id="b", name="purge", arguments=DAYS),
                call(index=0, id="a", arguments='{"older_than_days": 60}'),
            ),
            [("purge", 30), ("purge", 60)],
            id="the same name under two ids",
        ),
        pytest.param(
            pieces(
                call(index=-1, id="a", name="stock", arguments=WHOLE),
                call(index=0, id="b", name="purge", arguments=DAYS),
            ),
            [("stock", "A-17"), ("purge", 30)],
            id="an index of -1 (zai-org/GLM-4.5#17)",
        ),
        pytest.param(
            pieces(call(index=0, id="a", name="purge", arguments="null")),
            [("purge", 0)],
            id="no arguments, as null",
        ),
    ],
)
async def test_pieces_of_calls_find_their_call(
    reply: httpx.Response, wanted: list[tuple[str, Any]]
) -> None:
    ran: list[tuple[str, Any]] = []

    await run(Server(reply, answer()), ran)

    assert sorted(ran) == sorted(wanted)


@pytest.mark.parametrize(
    "parts",
    [
        (
            call(index=0, id="a", name="purge", arguments=""),
            call(index=1, id="b", name="stock", arguments=WHOLE),
            call(index=7, arguments=DAYS),
        ),
        (
            call(index=0, id="a", name="stock", arguments=""),
            call(index=1, id="b", name="purge", arguments=""),
            call(index=0, arguments=WHOLE),
        ),
    ],
    ids=["of no call", "of an earlier one, by its index only"],
)
async def test_arguments_that_may_be_anothers_may_be_those_of_a_call_without_arguments(
    parts: tuple[dict[str, Any], ...],
) -> None:
    ran: list[tuple[str, Any]] = []
    reply = pieces(*parts)

    result = await run(Server(reply, answer()), ran)

    assert ran == [("stock", "A-17")]
    assert any(each.problems for each in result.transcript if isinstance(each, Assistant))


async def test_arguments_that_the_server_lost_are_taken_from_the_text() -> None:
    ran: list[tuple[str, Any]] = []
    text = (
        "<tool_call>\n<function=purge>\n<parameter=older_than_days>\n30\n</parameter>\n"
        "</function>\n</tool_call>"
    )
    lost = call(index=0, id="a", name="purge", arguments="{}")
    reply = sse(event(content=text), event(tool_calls=[lost]), event("tool_calls"), DONE)

    await run(Server(reply, answer()), ran)

    assert ran == [("purge", 30)]


@pytest.mark.parametrize(
    "extra",
    [
        {"tool_calls": [call(index=0, id="", name="", arguments="")]},
        {"tool_calls": [call(index=0, id=None, name=None, arguments=None)]},
        {"function_call": {"name": None, "arguments": None}},
        {"function_call": {"name": "", "arguments": ""}},
    ],
)
async def test_an_empty_place_for_a_call_is_no_call(extra: dict[str, Any]) -> None:
    server = Server(sse(event(content="There are 40.", **extra), event("stop"), DONE))

    assert (await run(server)).text == "There are 40."


@pytest.mark.parametrize(
    "error",
    [
        b"event: error\ndata: upstream connection lost\n\n",
        b'event: error\ndata: "timed out"\n\n',
        b"event: error\ndata: {}\n\n",
        b"event: error\ndata:\n\n",
        b"Internal Server Error\n\n",
        b"upstream connect error or disconnect/reset before headers. reset reason: overflow\n\n",
        b'data: {"errors": [{"message": "boom"}]}\n\n',
        b'data: {"choices": [{"index": 0, "delta": {}, "error": {"code": 502}}]}\n\n',
        b'data: {"choices": [{"delta": {}, "finish_reason": "stop", "error": {"code": 5}}]}\n\n',
        b'data: {"base_resp": {"status_code": 1013, "status_msg": "unknown error"}}\n\n',
    ],
)
async def test_nothing_runs_of_a_reply_that_ended_in_an_error(error: bytes) -> None:
    ran: list[tuple[str, Any]] = []
    begun = event(tool_calls=[call(index=0, id="a", name="purge", arguments="{}")])

    await run(Server(sse(begun, error, DONE), answer()), ran)

    assert ran == []


@pytest.mark.parametrize("reason", [{"type": "abort"}, {"type": "length"}, {"why": "?"}, 5, True])
async def test_nothing_runs_of_a_reply_that_ended_for_a_reason_that_is_no_word(reason: Any) -> None:
    ran: list[tuple[str, Any]] = []
    begun = event(tool_calls=[call(index=0, id="a", name="purge", arguments=DAYS)])

    await run(Server(sse(begun, ends(reason), DONE), answer()), ran)

    assert ran == []


async def test_a_reason_may_be_an_object_with_its_type() -> None:
    ran: list[tuple[str, Any]] = []
    begun = event(tool_calls=[call(index=0, id="a", name="purge", arguments=DAYS)])

    await run(Server(sse(begun, ends({"type": "stop"}), DONE), answer()), ran)

    assert ran == [("purge", 30)]


@pytest.mark.parametrize("is_cut", [False, True])
async def test_an_error_behind_the_finish_takes_nothing_back(is_cut: bool) -> None:
    ran: list[tuple[str, Any]] = []
    begun = event(tool_calls=[call(index=0, id="a", name="purge", arguments=DAYS)])
    stream = (begun, event("tool_calls"), b'data: {"error": {"message": "late"}}\n\n')

    await run(Server(sse(*stream) if is_cut else sse(b"".join(stream)), answer()), ran)

    assert ran == [("purge", 30)]


async def test_an_address_that_is_no_route_is_told_at_once() -> None:
    told = {"error": "Unexpected endpoint or method. (POST /chat/completions)"}
    server = Server(httpx.Response(200, json=told), answer())

    with pytest.raises(ModelError, match=r"Check base_url, which usually ends in /v1"):
        await run(server)


async def test_a_reply_given_up_before_it_began_is_asked_for_again() -> None:
    server = Server(sse(event("abort"), DONE), answer())

    result = await run(server)

    assert (result.text, len(server.requests)) == ("There are 40.", 2)
    assert server.requests[0]["messages"] == server.requests[1]["messages"]


@pytest.mark.parametrize(
    "words",
    [
        LONG
        + "you requested 32768 output tokens and your prompt contains at least 1 input tokens.",
        "You passed 301 input tokens and requested 32768 output tokens. However, the model's "
        "context length is only 8192 tokens.",
        LONG + "you requested about 33068 tokens (300 of text input, 32768 in the output).",
        "`inputs` tokens + `max_new_tokens` must be <= 4096.",
    ],
)
async def test_room_that_is_not_there_is_not_asked_for_again(words: str) -> None:
    refused = httpx.Response(400, json={"error": {"message": words}})
    server = Server(refused, answer())

    assert (await run(server)).text == "There are 40."
    assert "max_tokens" in server.requests[0]
    assert "max_tokens" not in server.requests[1]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (429, "Too many tokens, please wait before trying again."),
        (503, "Loading model (context size 65536)"),
        (429, "Rate limit reached for tokens per min: too many tokens"),
    ],
)
async def test_traffic_and_loading_are_waited_for(status: int, words: str) -> None:
    busy = httpx.Response(status, json={"error": words}, headers={"retry-after": "0.01"})

    assert (await run(Server(busy, answer()))).text == "There are 40."


@pytest.mark.parametrize("words", ["Loading model", "Model Qwen/Qwen3.5-4B is currently loading"])
async def test_a_server_that_loads_its_model_is_waited_for(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_transport, "_LOADING", 0.001)
    loads = httpx.Response(503, json={"error": {"message": words, "code": 503}})
    server = Server(*[loads] * 9, answer())  # nine are more than there are attempts

    assert (await run(server)).text == "There are 40."


async def test_a_server_that_loads_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_transport, "_LOADING", 0.001)
    transport = httpx.MockTransport(lambda _: httpx.Response(503, text="Loading model"))
    model = ServerModel(
        "m",
        base_url="http://h/v1",
        deadlines=Deadlines(first_token=0.05),
        attempts=1,
        transport=transport,
    )

    with pytest.raises(ModelUnavailable, match="is still loading its model"):
        await Agent(model).run("How many?")


@pytest.mark.parametrize(
    "words",
    [
        "Input length (9000 tokens) exceeds the maximum allowed length (8186 tokens).",
        "This model's maximum prompt length is 8192 but the request contains 9000 tokens.",
        "The input token count (9000) exceeds the maximum number of tokens allowed (8192).",
        "Your request exceeded model token limit: 8192",
        "Please reduce the length of the messages.",
        "Prompt exceeds max length",
    ],
)
async def test_a_conversation_that_is_too_long_is_told_by_many_words(words: str) -> None:
    with pytest.raises(ContextOverflow):
        await run(Server(httpx.Response(400, json={"error": {"message": words}})))


async def test_a_name_that_is_too_long_is_no_conversation_that_is() -> None:
    words = "tools[0].function.name exceeds maximum length of 64 characters"
    with pytest.raises(ModelError) as raised:
        await run(Server(httpx.Response(400, json={"error": {"message": words}})))
    assert type(raised.value) is ModelError


async def test_words_that_keep_a_stream_alive_are_no_error() -> None:
    stream = (event(content="There are 40."), b"keep alive\n\n", event("stop"), DONE)
    assert (await run(Server(sse(*stream)))).text == "There are 40."


def failing(**error: Any) -> httpx.Response:
    return sse(event_of(error))


def event_of(error: dict[str, Any]) -> bytes:
    return httpx.Response(200, json={"error": error}).content.join((b"data: ", b"\n\n"))


@pytest.mark.parametrize(
    "words",
    [
        "Can only get item pairs from a mapping.",
        "Error: Unknown (built-in) filter 'items' for type String",
        "Unknown StringValue filter: items",
        "Unknown method: items",
        "cannot convert value into pairs",
    ],
)
@pytest.mark.parametrize("in_stream", [False, True])
async def test_a_template_that_reads_no_text_gets_objects(words: str, in_stream: bool) -> None:
    refused = httpx.Response(500, json={"error": {"message": words}})
    first = pieces(call(index=0, id="a", name="stock", arguments=WHOLE))
    server = Server(first, failing(message=words) if in_stream else refused, answer())

    await run(server)

    (sent,) = server.requests[-1]["messages"][1]["tool_calls"]
    assert sent["function"]["arguments"] == {"sku": "A-17"}


@pytest.mark.parametrize(
    ("error", "kind", "requests"),
    [
        ({"message": "Too much for me.", "code": "context_length_exceeded"}, ContextOverflow, 1),
        ({"message": "Invalid api key", "code": 401}, ModelError, 1),
        ({"message": "Busy", "code": 503}, ModelUnavailable, 2),
        ({"message": "Busy"}, ModelUnavailable, 2),
    ],
)
async def test_an_error_in_a_stream_means_what_it_means_elsewhere(
    error: dict[str, Any], kind: type[ModelError], requests: int
) -> None:
    server = Server(failing(**error), failing(**error))

    with pytest.raises(kind) as raised:
        await run(server)

    assert (type(raised.value), len(server.requests)) == (kind, requests)


async def test_blanks_before_a_thought_are_no_answer() -> None:
    ran: list[tuple[str, Any]] = []
    text = (
        "<tool_call>\n<function=stock>\n<parameter=sku>\nA-17\n</parameter>\n</function>\n"
        "</tool_call>"
    )
    reply = sse(event(content="\n\n"), event(reasoning=f"Look.\n{text}"), event("stop"), DONE)

    await run(Server(reply, answer()), ran)

    assert ran == [("stock", "A-17")]


async def test_a_thought_in_the_content_is_told_in_a_later_reply_too() -> None:
    first = sse(
        event(reasoning="Look."),
        event(tool_calls=[call(index=0, id="a", name="stock", arguments=WHOLE)]),
        event("tool_calls"),
        DONE,
    )
    second = sse(event(content="39? No.\n</think>\n\nThere are 40."), event("stop"), DONE)

    assert (await run(Server(first, second))).text == "There are 40."


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_thoughts_go_back_in_the_field_in_which_they_came(field: str) -> None:
    first = sse(
        event(**{field: "Look."}),
        event(tool_calls=[call(index=0, id="a", name="stock", arguments=WHOLE)]),
        event("tool_calls"),
        DONE,
    )
    server = Server(first, answer())

    await run(server)

    sent = server.requests[1]["messages"][1]
    assert {key for key in sent if key.startswith("reasoning")} == {field}


def test_a_prompt_may_be_read_as_shorter_behind_a_new_question() -> None:
    tripwire = Tripwire()

    assert tripwire.missing(4000, 5000, 1) == 0
    assert tripwire.missing(4100, 4300, 2) == 0  # the thoughts before it are gone
    assert tripwire.missing(4600, 4310, 2) > 0


def test_scripts_without_spaces_and_digits_count() -> None:
    assert least_tokens("\u4e00" * 800) == 100
    assert least_tokens("\u2500" * 800) == 1  # what draws boxes merges
    assert least_tokens("123456789") == 3
    assert least_tokens("two words") == 2
