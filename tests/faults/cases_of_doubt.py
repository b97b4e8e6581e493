# ruff: noqa: E501 - a case stays in few lines
"""What may be read in two ways: it is never run on a guess, and never passed off as an answer."""

from __future__ import annotations

import json
from typing import Any

from cases_of_servers import WHOLE, calls, function, mends, runs
from playing import ANSWER, ANSWERED, CALL, STOCK, Case, did, xml
from servers import DONE, call, chunk, event, reply, say, stream, think, usage, whole

DRAFT = "Perhaps\n" + xml("delete", path="/")
ONE = call("stock", WHOLE)
FLAT_ERROR = event({"object": "error", "message": "CUDA out of memory", "code": 500})


def hermes(**call: Any) -> str:
    return f"<tool_call>\n{json.dumps(call)}\n</tool_call>"


def choice(**fields: Any) -> bytes:
    return event({"choices": [{"index": 0, **fields}]})


def message(**fields: Any) -> dict[str, Any]:
    return {"role": "assistant", **fields}


def says(name: str, text: str) -> Case:
    """A reply of nothing but a call that can't be read."""
    return mends(name, reply(say(text)), thinking=False)


ONE_AGAIN = {"tool_calls": [{"index": 0, **function("stock", WHOLE, id="x")}]}

CASES = {
    "drafts in a thought": [
        runs("a drafted call before a structured one", calls(think(DRAFT), ONE)),
        runs("a drafted call before text and a structured one", calls(think(DRAFT), say("I look."), ONE)),
        runs("a drafted call in a plain JSON answer", whole(message(
            content=None, reasoning_content=DRAFT, tool_calls=[function("stock", WHOLE, id="a")]), "tool_calls")),
        Case("a drafted call before an answer", [reply(think(DRAFT), say(ANSWERED))]),
    ],
    "arguments in the wrong place": [
        *(mends(f"arguments that are {json.dumps(value)}", calls(call("purge", value)))
          for value in (["30"], 30, True)),
        Case("arguments as an object that says two things", [
            calls(choice(delta={"tool_calls": [{"index": 0, **function("delete", "?", id="a")}]}).replace(
                b'"?"', b'{"path": "/data/x", "path": "/"}')), calls(ONE), ANSWER], ran=(STOCK,)),
        *(says(f"arguments called {name}", hermes(name="purge", **{name: {"older_than_days": 30}}))
          for name in ("args", "input")),
        says("arguments that are empty, and others", hermes(name="purge", arguments={}, args={"older_than_days": 30})),
        mends("structured arguments called args", calls(chunk(tool_calls=[
            {"index": 0, "id": "a", "function": {"name": "purge", "args": {"older_than_days": 30}}}]))),
        mends("structured arguments in two places that differ", calls(chunk(tool_calls=[
            {"index": 0, "id": "a", "function": {"name": "delete", "arguments": '{"path": "/"}', "parameters": {"path": "/tmp"}}}]))),
        runs("structured arguments beside empty ones", calls(chunk(tool_calls=[
            {"index": 0, "id": "a", "function": {"name": "stock", "arguments": ""}, "arguments": WHOLE}]))),
        says("arguments beside the name", hermes(name="purge", older_than_days=30)),
        runs("arguments called parameters", calls(chunk(tool_calls=[
            {"index": 0, "id": "a", "function": {"name": "stock", "parameters": json.loads(WHOLE)}}]))),
        runs("arguments beside the function", calls(chunk(tool_calls=[
            {"index": 0, "id": "a", "function": {"name": "stock"}, "arguments": WHOLE}]))),
        mends("a comma lost between two paths", calls(call("remove", '{"paths": ["/data/" "tmp/b"]}'))),
        says("a comma lost between two paths, as text", xml("remove", paths='["/data/" "tmp/b"]')),
        says("a path with single backslashes", hermes(name="delete", arguments={"path": "?"}).replace("?", "C:\\temp\\dir")),
    ],
    "pieces that belong together": [
        runs("a name in two pieces", calls(call("sto", ""), call("ck", WHOLE, id=None))),
        mends("the same call twice under one id", calls(ONE, ONE)),
        runs("the last chunk repeats the whole message", stream(ONE, choice(
            message=message(content="", **ONE_AGAIN), finish_reason="tool_calls"), DONE)),
        Case("the last chunk repeats the whole text", [stream(say("There are "), say("40."), choice(
            delta={}, message=message(content=ANSWERED), finish_reason="stop"), DONE)]),
        Case("increments under the name of a message", [stream(
            *(choice(message=message(content=text), finish_reason=None) for text in ("There ", "are ", "40.")),
            chunk("stop"), DONE)]),
        Case("another choice comes in between", [stream(
            say("There are "), event({"choices": [{"index": 1, "delta": {"content": "no more "}}]}),
            event({"choices": [{"index": 1, "delta": {"tool_calls": [
                {"index": 0, **function("delete", '{"path": "/"}', id="z")}]}}]}),
            say("40."), chunk("stop"), DONE)]),
        Case("a character in two halves", [reply(say("There are 40 \ud83d"), say("\ude42."))], text="There are 40 🙂."),
        runs("a character in two halves, in arguments", calls(
            call("save", '{"path": "a", "content": "x\ud83d'), call(None, '\ude42y"}', id=None)),
            did("save", path="a", content="x🙂y")),
    ],
    "ends that are none": [
        *(mends(f"{first}, and then stop", stream(say("There are 4"), chunk(first), chunk("stop"), usage, DONE))
          for first in ("length", "content_filter")),
        mends("a whole call, length, and then stop", stream(
            call("delete", '{"path": "/"}'), chunk("length"), chunk("stop"), usage, DONE)),
        mends("an error that is not called one, after text", stream(say("There are 4"), FLAT_ERROR, DONE)),
        mends("an error that is not called one, after a call", stream(call("delete", '{"path": "/"}'), FLAT_ERROR, DONE)),
        mends("an event named error", stream(
            say("There are 4"), b"event: error\n" + event({"message": "engine died"}), DONE)),
        mends("a line that lost its beginning", stream(
            call("delete", '{"path": "/tmp'), call(None, "/x/y", id=None)[6:], call(None, '"}', id=None),
            chunk("tool_calls"), DONE)),
        Case("the word null as finish_reason", [stream(
            *(choice(delta={"content": text}, finish_reason="null") for text in ("There ", "are ")), 3.0,
            say("40."), chunk("stop"), DONE)]),
        Case("finish_reason in every chunk, slowly", [stream(
            chunk("stop", content="There "), 3.0, chunk("stop", content="are "), 3.0,
            chunk("stop", content="40."), DONE)]),
        Case("calls for ever", [stream(*(call("today", "", index=n, id=f"c{n}") for n in range(30_000))),
             calls(ONE), ANSWER], ran=(STOCK,), corrections=1, characters=100_000),
        Case("an absurd count of tokens", [stream(say(ANSWERED), chunk("stop"), event(
            {"choices": [], "usage": {"prompt_tokens": 500, "completion_tokens": 10**12}}), DONE)]),
    ],
    "calls that can't be read": [
        runs("a foreign call that the server could read", calls(say('[TOOL_CALLS][{"name": "stock"}]'), ONE)),
        says("only the end of a call", "<parameter=sku>\nA-17\n</parameter>\n</function>\n</tool_call>"),
        mends("half of a call in the reasoning", reply(
            think("Look.\n<tool_call>\n<function=stock>\n"),
            say("<parameter=sku>\nA-17\n</parameter>\n</function>\n</tool_call>"))),
        says("a call of Mistral", f'[TOOL_CALLS][{{"name": "stock", "arguments": {WHOLE}}}]'),
        says("a call in other tags", f'<function_call>\n{{"name": "stock", "arguments": {WHOLE}}}\n</function_call>'),
        says("a call as code", '<tool_code>\nstock(sku="A-17")\n</tool_code>'),
        says("a call of Qwen-Agent", f"✿FUNCTION✿: stock\n✿ARGS✿: {WHOLE}"),
        says("a call of ReAct", f"Action: stock\nAction Input: {WHOLE}"),
        says("a call of Cline", "<stock>\n<sku>A-17</sku>\n</stock>"),
        says("a call in capitals", CALL.replace("stock", "STOCK").upper().replace("STOCK", "stock")),
        says("a list of calls", json.dumps([function("stock", WHOLE)])),
        says("a bare call after a word", f'Sure.\n{{"name": "stock", "arguments": {WHOLE}}}'),
        Case("a call that is shown as code", [reply(say(f"There are 40.\n```\n{CALL}\n```"))],
             text="There…", thinking=False),
        Case("JSON about something else", [reply(say('There are 40.\n{"name": "A-17", "arguments": 40}'))],
             text="There…", thinking=False),
    ],
}  # fmt: skip
