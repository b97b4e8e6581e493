"""How servers write a reply: dialects, structured calls, events, ends of streams."""

from __future__ import annotations

import json
from typing import Any

from playing import ANSWER, ANSWERED, CALL, STOCK, Case, Played, did, xml
from servers import (
    DONE,
    HANG_UP,
    RESET,
    STALL,
    Answer,
    call,
    chunk,
    event,
    reply,
    say,
    stream,
    think,
    usage,
    whole,
)

WHOLE = '{"sku": "A-17"}'
OTHER = '{"sku": "B-2"}'
BOTH = (STOCK, did("stock", sku="B-2"))


def calls(*pieces: bytes, finish: str | None = "tool_calls") -> Answer:
    return reply(*pieces, finish=finish)


def runs(name: str, answer: Answer, *ran: Any, **more: Any) -> Case:
    """The server's one way of sending a call, then the answer."""
    return Case(name, [answer, ANSWER], ran=ran or (STOCK,), corrections=0, **more)


def mends(name: str, answer: Answer, **more: Any) -> Case:
    """Nothing in the first reply may run; the model is told, and does it right."""
    right = calls(call("stock", WHOLE))
    return Case(name, [answer, right, ANSWER], ran=(STOCK,), corrections=1, **more)


def function(name: Any, arguments: Any, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}, **more}


def in_order(played: Played) -> str | None:
    """The results of two calls were sent back in the order of the calls."""
    sent = next(m for m in played.requests[-1]["messages"] if m["role"] == "assistant")
    names = [json.loads(item["function"]["arguments"]) for item in sent["tool_calls"]]
    results = [m["content"] for m in played.requests[-1]["messages"] if m["role"] == "tool"]
    wanted = ["late", "early"]
    right = names == [{"name": name} for name in wanted] and results == wanted
    return None if right else f"calls {names} were answered {results}"


DIALECTS = [
    runs(
        "vLLM: role-only chunk, reasoning, name first, arguments in pieces, usage apart",
        stream(
            chunk(role="assistant", content=""),
            think("Look it", "reasoning"),
            think(" up.", "reasoning"),
            call("stock", "", id="chatcmpl-tool-1"),
            chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"sku": '}}]),
            chunk(tool_calls=[{"index": 0, "function": {"arguments": '"A-17"}'}}]),
            event({"choices": [{"index": 0, "delta": {"content": ""}, "logprobs": None,
                                "finish_reason": "tool_calls", "stop_reason": None}]}),
            usage,
            DONE,
        ),
    ),
    runs(
        "SGLang: every field in every chunk, null where it is empty",
        stream(
            chunk(role="assistant", content=None, reasoning_content=None, tool_calls=None),
            chunk(content=None, reasoning_content="Look.", tool_calls=None),
            chunk(content=None, reasoning_content=None, tool_calls=[
                {"id": "call_1", "index": 0, **function("stock", "")}]),
            chunk(content=None, reasoning_content=None, tool_calls=[
                {"id": None, "index": 0, **function(None, WHOLE)}]),
            event({"choices": [{"index": 0, "delta": {"content": None}, "matched_stop": None,
                                "finish_reason": "tool_calls"}], "usage": None}),
            usage,
            DONE,
        ),
    ),
    runs(
        "llama.cpp: usage and timings in the last chunk, choices empty",
        stream(
            chunk(role="assistant", content=None),
            chunk(reasoning_content="Look."),
            call("stock", "{"),
            chunk(tool_calls=[{"index": 0, "function": {"arguments": '"sku":"A-17"}'}}]),
            chunk("tool_calls"),
            lambda request: usage(request).replace(b'{"choices"', b'{"timings": {}, "choices"'),
            DONE,
        ),
    ),
    runs(
        "Ollama: the call whole in one chunk beside an empty content",
        stream(
            chunk(role="assistant", content="", reasoning="Look."),
            chunk(role="assistant", content="", tool_calls=[
                {"id": "call_9", "index": 0, **function("stock", WHOLE)}]),
            chunk("tool_calls", role="assistant", content=""),
            usage,
            DONE,
        ),
    ),
    runs(
        "LM Studio: finish in a chunk without content, no usage",
        stream(
            chunk(role="assistant", reasoning_content="Look."),
            call("stock", "", id="365174485"),
            chunk(tool_calls=[{"index": 0, "type": "function", "function": {
                "name": "", "arguments": WHOLE}}]),
            chunk("tool_calls"),
            DONE,
        ),
    ),
    runs(
        "Alibaba's cloud: empty id and name in later pieces, usage null in each chunk",
        stream(
            event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": None,
                                "reasoning_content": "Look."}, "finish_reason": None}],
                   "usage": None}),
            call("stock", '{"sku": '),
            call("", '"A-17"}', id=""),
            call("", None, id=""),
            chunk("tool_calls", content=""),
            usage,
            DONE,
        ),
    ),
    runs(
        "OpenRouter: comments while it waits, reasoning twice under two names",
        stream(
            b": OPENROUTER PROCESSING\n\n" * 3,
            chunk(role="assistant", content="", reasoning="Look.", reasoning_details=[
                {"type": "reasoning.text", "text": "Look."}]),
            call("stock", WHOLE),
            chunk("tool_calls", content=""),
            usage,
            DONE,
        ),
    ),
    Case("reasoning and reasoning_content hold the same text", [
        reply(chunk(reasoning="Look.", reasoning_content="Look."), say(ANSWERED))],
        check=lambda played: None if played.transcript[-1].reasoning == "Look."
        else f"the thought became {played.transcript[-1].reasoning!r}"),
    Case("the thought is not split off", [reply(say("Look.\n</think>\n\n" + ANSWERED))]),
    Case("the thought is not split off, and its end comes in pieces", [
        reply(say("Look.\n</thi"), say("nk>\n\nThere are"), say(" 40."))]),
    Case("a content that is a list of parts", [
        reply(chunk(content=[{"type": "text", "text": "There are "}]),
              chunk(content=[{"type": "text", "text": "40."}]))]),
    Case("fields of wrong types beside the content", [
        reply(chunk(content=7), chunk(content={"a": 1}, reasoning=["b"], tool_calls="c"),
              chunk(tool_calls=[None, 3, {"function": None}]), say(ANSWERED))]),
]  # fmt: skip

CALLS = [
    runs("index missing", calls(call("stock", WHOLE, index=None))),
    runs("index missing, in pieces", calls(
        call("stock", '{"sku": ', index=None), call(None, '"A-17"}', index=None, id=None))),
    runs("index missing, two calls in two chunks", calls(
        call("stock", WHOLE, index=None, id="a"), call("stock", OTHER, index=None, id="b")), *BOTH),
    runs("index missing, two calls in one chunk", calls(
        chunk(tool_calls=[function("stock", WHOLE, id="a"), function("stock", OTHER, id="b")])),
        *BOTH),
    runs("index repeated for two calls of two tools", calls(
        call("stock", WHOLE, id="a"), call("today", "{}", id="b")), STOCK, did("today")),
    runs("index repeated for two calls of one tool", calls(
        call("stock", WHOLE, id="a"), call("stock", OTHER, id="b")), *BOTH),
    runs("index repeated, each call in pieces", calls(
        call("stock", '{"sku": ', id="a"), call(None, '"A-17"}', id=None),
        call("stock", '{"sku": ', id="b"), call(None, '"B-2"}', id=None)), *BOTH),
    runs("index as a string", calls(
        call("stock", '{"sku": ', index="0"), call(None, '"A-17"}', index="0", id=None))),
    runs("index as a string, two calls", calls(
        call("stock", WHOLE, index="0", id="a"), call("stock", OTHER, index="1", id="b")), *BOTH),
    runs("index begins at one", calls(
        call("stock", WHOLE, index=1, id="a"), call("stock", OTHER, index=2, id="b")), *BOTH),
    runs("calls arrive in another order than their index", calls(
        call("stock", OTHER, index=1, id="b"), call("stock", WHOLE, index=0, id="a")), *BOTH),
    runs("pieces of two calls take turns", calls(
        call("stock", '{"sku"', index=0, id="a"), call("stock", '{"sku"', index=1, id="b"),
        call(None, ': "A-17"}', index=0, id=None), call(None, ': "B-2"}', index=1, id=None)),
        *BOTH),
    runs("id missing", calls(call("stock", WHOLE, id=None))),
    runs("id missing, two calls at one index", calls(
        call("stock", WHOLE, id=None), call("stock", OTHER, id=None)), *BOTH),
    runs("id null and empty", calls(
        chunk(tool_calls=[{"index": 0, "id": None, **function("stock", '{"sku": ')}]),
        call(None, '"A-17"}', id=""))),
    runs("two calls with one id", calls(
        call("stock", WHOLE, index=0, id="a"), call("stock", OTHER, index=1, id="a")), *BOTH),
    runs("another id in each piece", calls(
        call("stock", '{"sku": ', id="a"), call(None, '"A-', id="b"), call(None, '17"}', id="c"))),
    runs("id and name repeated in each piece", calls(
        call("stock", '{"sku": '), call("stock", '"A-'), call("stock", '17"}'))),
    runs("name null after the first piece", calls(
        call("stock", ""), call(None, WHOLE, id=None))),
    runs("name after the arguments", calls(call(None, WHOLE), call("stock", "", id=None))),
    mends("name never sent", calls(call(None, WHOLE))),
    runs("arguments as an object", calls(call("stock", {"sku": "A-17"}))),
    runs("arguments as JSON inside JSON", calls(call("stock", json.dumps(WHOLE)))),
    runs("no arguments: an empty text", calls(call("today", "")), did("today")),
    runs("no arguments: null", calls(call("today", None)), did("today")),
    runs("no arguments: an empty object", calls(call("today", {})), did("today")),
    mends("required arguments, and an empty text", calls(call("stock", "")), tells="required"),
    mends("required arguments, and null", calls(call("stock", None)), tells="required"),
    mends("arguments that are a list", calls(call("stock", '["A-17"]'))),
    mends("the first brace of the arguments is lost", calls(call("stock", '"sku": "A-17"}'))),
    mends("arguments end in the middle", calls(call("stock", '{"sku": "A-1'))),
    mends("arguments stand twice", calls(call("stock", WHOLE + WHOLE))),
    mends("arguments with a brace too many", calls(call("stock", WHOLE + "}"))),
    mends("a key twice with different values", calls(
        call("stock", '{"sku": "A-17", "sku": "B-2"}'))),
    mends("arguments nested a thousand deep", calls(
        call("plan", '{"steps": ' + "[" * 1_000 + "]" * 1_000 + "}"))),
    mends("arguments as an object nested deep", calls(
        event({"choices": [{"index": 0, "finish_reason": None, "delta": {"tool_calls": [
            {"index": 0, "function": {"name": "plan", "arguments": "?"}}]}}]}
        ).replace(b'"?"', b'{"steps": ' + b"[" * 700 + b"]" * 700 + b"}"))),
    mends("a wrong type", calls(call("order", '{"sku": "A-17", "count": "three"}')), tells="count"),
    mends("an argument nobody declared", calls(
        call("stock", '{"sku": "A-17", "warehouse": 2}')), tells="warehouse"),
    runs("integers beyond 2^53", calls(call("order", '{"sku": "A", "count": 9007199254740993}')),
         did("order", sku="A", count=9007199254740993, express=False, comment=None, limit=10)),
    runs("structured, and the same call in the content", calls(say(CALL), call("stock", WHOLE))),
    runs("structured, and the same call in the reasoning", calls(
        think("Look.\n" + CALL), call("stock", WHOLE))),
    runs("structured, and the same call in the content with untyped values", calls(
        say(xml("order", sku="A", count="3")), call("order", '{"sku": "A", "count": 3}')),
        did("order", sku="A", count=3, express=False, comment=None, limit=10)),
    runs("text before a structured call", calls(say("I look it up."), call("stock", WHOLE))),
    runs("the finish comes with the last piece", stream(
        call("stock", '{"sku": '), chunk("tool_calls", tool_calls=[
            {"index": 0, "function": {"arguments": '"A-17"}'}}]), usage, DONE)),
    runs("pieces after the finish", stream(
        call("stock", '{"sku": '), chunk("tool_calls"), call(None, '"A-17"}', id=None),
        chunk("tool_calls"), DONE)),
    Case("results go back in the order of the calls", [
        calls(call("slow", '{"name": "late"}', index=0, id="a"),
              call("slow", '{"name": "early"}', index=1, id="b")), ANSWER],
        ran=(did("slow", name="early"), did("slow", name="late")), check=in_order),
    Case("calls announced by finish_reason, and none sent", [
        reply(say("Let me see."), finish="tool_calls"), calls(call("stock", WHOLE)), ANSWER],
        ran=(STOCK,), corrections=1),
    Case("finish_reason tool_calls, and nothing else", [
        reply(finish="tool_calls"), calls(call("stock", WHOLE)), ANSWER], ran=(STOCK,),
        corrections=1),
]  # fmt: skip

ONE = call("stock", WHOLE)
CALL_CHUNK = chunk(tool_calls=[{"index": 0, "id": "a", **function("stock", WHOLE)}])

EVENTS = [
    runs("comments and keepalives between", stream(
        b": ping\n\n", b":\n", ONE, b": ping\r\n\r\n", chunk("tool_calls"), b":\n\n", DONE)),
    runs("lines end in CRLF", stream(*[
        piece.replace(b"\n", b"\r\n") for piece in (ONE, chunk("tool_calls"), DONE)])),
    runs("no blank after data:", stream(*[
        piece.replace(b"data: ", b"data:") for piece in (ONE, chunk("tool_calls"), DONE)])),
    runs("event, id and retry fields", stream(
        b"retry: 10\n\n", b"event: message\nid: 1\n" + ONE, b"id: 2\n" + chunk("tool_calls"),
        DONE)),
    runs("a byte order mark at the start", stream(
        b"\xef\xbb\xbf" + ONE, chunk("tool_calls"), DONE)),
    Case("data in more than one line", [stream(
        b'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "There are "}}]}\n\n',
        say("40."), chunk("stop"), DONE)]),
    runs("lines that are no JSON", stream(
        b"data: {broken\n\n", b"data: \n\n", b"data: ok\n\n", ONE, chunk("tool_calls"), DONE)),
    mends("a piece of a call is unreadable", stream(
        call("stock", '{"sku": "A'), chunk(tool_calls=[{"index": 0, "function": {
            "arguments": "-17-long"}}])[:-9] + b"\n\n", call(None, '"}', id=None),
        chunk("tool_calls"), DONE)),
    runs("events that are JSON but no object", stream(
        b"data: null\n\n", b"data: []\n\n", b"data: 7\n\n", ONE, chunk("tool_calls"), DONE)),
    Case("choices empty, null or absent", [stream(
        event({"choices": []}), event({"choices": None}), event({"id": "x"}),
        event({"choices": [None]}), event({"choices": [{"delta": None}]}), say(ANSWERED),
        chunk("stop"), DONE)]),
    Case("characters of several bytes are cut", [reply(say("There are 40 Stück – 個 🙂."))],
         text="There are 40 Stück – 個 🙂."),
    Case("characters of several bytes are cut where they are not escaped", [stream(
        'data: {"choices": [{"delta": {"content": "個 🙂"}}]}\n\n'.encode()[:45],
        'data: {"choices": [{"delta": {"content": "個 🙂"}}]}\n\n'.encode()[45:],
        chunk("stop"), DONE)], text="個 🙂"),
    Case("half a character that never becomes whole", [stream(
        say("There are 40.").replace(b"40.", b"40.\xf0\x9f"), chunk("stop"), DONE)],
        text="There are 40.…"),
    Case("half a surrogate pair", [reply(say("There are 40.\ud83d"))], text="There are 40.\ufffd"),
    Case("usage null, wrong or absent", [stream(
        event({"choices": [], "usage": None}), event({"choices": [], "usage": "many"}),
        event({"choices": [], "usage": {"prompt_tokens": "9", "completion_tokens": -1}}),
        say(ANSWERED), chunk("stop"), DONE)]),
    Case("usage in every chunk", [stream(
        *[event({"choices": [{"index": 0, "delta": {"content": text}}], "usage": {
            "prompt_tokens": 2_000, "completion_tokens": n}})
          for n, text in enumerate(("There ", "are ", "40."), 1)], chunk("stop"), DONE)]),
    runs("a plain JSON answer to a streaming request", whole(
        {"role": "assistant", "content": None, "tool_calls": [
            function("stock", WHOLE, id="a"), function("stock", OTHER, id="b")]}, "tool_calls"),
        *BOTH),
    Case("a plain JSON answer with text", [whole({"role": "assistant", "content": ANSWERED})]),
    Case("a plain JSON answer that is indented, and without finish_reason", [Answer((json.dumps(
        {"choices": [{"message": {"content": ANSWERED}}]}, indent=2).encode(),), 200,
        {"content-type": "application/json; charset=utf-8"})]),
    Case("a plain JSON answer that breaks off", [
        Answer((whole({"content": None, "tool_calls": [function("stock", WHOLE)]}).pieces[0][:-9],
                HANG_UP), 200, {"content-type": "application/json"}), ANSWER]),
]  # fmt: skip

ENDS = [
    runs("finish_reason stop beside a call", calls(ONE, finish="stop")),
    runs("finish_reason function_call", calls(ONE, finish="function_call")),
    runs("finish_reason empty until the end", stream(
        event({"choices": [{"delta": {"tool_calls": [{"index": 0, **function("stock", WHOLE)}]},
                            "finish_reason": ""}]}), chunk("tool_calls"), DONE)),
    runs("no [DONE]", stream(ONE, chunk("tool_calls"))),
    Case("no [DONE] after a text", [stream(say(ANSWERED), chunk("stop"), usage)]),
    Case("[DONE] without a finish, after a text", [stream(say(ANSWERED), DONE)]),
    runs("[DONE] without a finish, after a whole call", stream(ONE, DONE)),
    mends("[DONE] without a finish, after half a call", stream(
        call("stock", '{"sku": "A-1'), DONE)),
    runs("nothing closes after the finish", stream(ONE, chunk("tool_calls"), STALL)),
    runs("reset after the finish", stream(ONE, chunk("tool_calls"), RESET)),
    mends("no finish and no [DONE]", stream(ONE)),
    mends("length after a whole structured call", calls(ONE, finish="length"), tells="cut off"),
    mends("length inside a structured call", calls(
        call("stock", '{"sku": "A-1'), finish="length")),
    mends("length after a whole call in the content", calls(say(CALL), finish="length")),
    mends("length inside a call in the content", calls(say(CALL[:-40]), finish="length")),
    mends("length, and arguments that happen to be whole", calls(
        call("save", '{"path": "a", "content": ""}'), finish="length")),
    mends("abort", calls(ONE, finish="abort")),
    mends("content_filter", calls(ONE, finish="content_filter")),
    mends("error as a finish_reason", calls(ONE, finish="error")),
    Case("a text cut by its length is no answer", [
        reply(say("There are 4"), finish="length"), ANSWER], corrections=1, tells="cut off"),
    Case("a text cut by an abort is no answer", [
        reply(say("There are 4"), finish="abort"), ANSWER], corrections=1),
    Case("every reply is cut", [reply(say("There are 4"), finish="length")], for_ever=True,
         ends=("repair_limit", "token_limit"), requests=range(2, 6)),
]  # fmt: skip

CASES = {
    "server's dialect": DIALECTS,
    "structured call": CALLS,
    "events": EVENTS,
    "end of a reply": ENDS,
}
