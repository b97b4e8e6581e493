# ruff: noqa: E501 - a case stays in few lines
"""How a reply ends, and what a server says around it: only a whole one is an answer or a call."""

from __future__ import annotations

from cases_of_servers import WHOLE, calls, function, mends, runs
from playing import ANSWER, ANSWERED, CALL, STOCK, Case
from servers import DONE, RESET, Answer, call, chunk, event, refusal, reply, say, stream, think

from agentkit import ContextOverflow

ONE = call("stock", WHOLE)
DELETE = call("delete", '{"path": "/"}')
FAILED = event({"error": {"message": "the engine died"}})


def cut(name: str, *pieces: bytes) -> Case:
    """The reply did not end as one, so nothing in it counts."""
    return Case(name, [stream(*pieces), ANSWER], corrections=1)


def bare(body: str, kind: str) -> Answer:
    return Answer((body.encode(),), 200, {"content-type": kind})


PLAIN = '{"choices": [{"index": 0, "message": {"role": "assistant", "content": "%s"}, "finish_reason": %s}]}'

CASES = {
    "an attempt leaves nothing to the next": [
        Case("the finish of a failed attempt, then a call that is cut", [
            stream(chunk("tool_calls"), FAILED), stream(DELETE, RESET), ANSWER], corrections=1),
        Case("the finish of a failed attempt, then text that is cut", [
            stream(chunk("stop"), FAILED), stream(say("There are 4"), RESET), ANSWER], corrections=1),
        Case("a failed attempt that was cut, then a whole one", [
            stream(chunk("length"), FAILED), ANSWER], corrections=0),
        Case("a failed attempt on another choice", [
            stream(event({"choices": [{"index": 1, "delta": {"role": "assistant"}}]}), RESET), ANSWER], corrections=0),
    ],
    "errors without a name": [
        *(cut(f"before the last word: {sorted(error)}", say("There are 4"), event(error), DONE)
          for error in ({"message": "died", "code": 500}, {"detail": "Internal"}, {"text": "no", "error_code": 50001},
                        {"type": "error", "message": "no"})),
        cut("a proxy's page before the last word", say("There are 4"), b"<html>502</html>\n\n", DONE),
        cut("behind a call", DELETE, event({"message": "died", "code": 500}), DONE),
    ],
    "calls that nobody can read": [
        mends("a finish that announces calls", reply(say("One moment please."), finish="tool_calls")),
        mends("calls as words", calls(say("Well."), chunk(tool_calls=[{"tool": "stock", "with": "A-17"}]), finish="stop")),
        runs("the protocol before there were several", calls(say("Well."), chunk(function_call={"name": "stock", "arguments": WHOLE}), finish="function_call")),
        runs("its fields beside each other", calls(say("Well."), chunk(tool_calls=[{"index": 0, "id": "a", "name": "stock", "arguments": WHOLE}]), finish="stop")),
        runs("one call without a list", calls(chunk(tool_calls={"index": 0, "id": "a", **function("stock", WHOLE)}))),
        mends("half a character in the arguments", calls(call("save", '{"content": "\\ud83d"}'))),
        Case("bytes that are no text in the arguments", [
            calls(call("delete", '{"path": "/data/QQ"}').replace(b"QQ", b"\xff\xfe")), ANSWER], corrections=0),
    ],
    "a call that is sent twice": [
        runs("in the old field and the new one", calls(chunk(function_call={"name": "stock", "arguments": WHOLE}, tool_calls=[
            {"index": 0, "id": "a", **function("stock", WHOLE)}]))),
        runs("in the old field, then the new one", calls(chunk(function_call={"name": "stock", "arguments": WHOLE}), ONE)),
        runs("with a remark about it", calls(ONE, chunk(tool_calls=[{"index": 0, "status": "completed"}]))),

        runs("under one id", calls(ONE, call("stock", WHOLE, index=1))),
        runs("under two ids", calls(ONE, call("stock", WHOLE, index=1, id="b")), STOCK, STOCK),
    ],
    "what follows the end of the turn": [
        runs("a structured call behind an invented result", calls(say("I saw:\n<tool_response>\n40\n</tool_response>\n"), ONE), thinking=False),
        runs("a structured call behind the mark", calls(say("<|im_end|>"), ONE), thinking=False),
        runs("a structured call behind a mark in the thought", calls(think("Look.<|im_end|>"), ONE)),
        Case("an answer behind a mark in the thought", [reply(think("I got\n<tool_response>\n40\n</tool_response>\nso."), say(ANSWERED))]),
        Case("a cut behind the mark", [reply(say(ANSWERED + "<|im_end|>"), finish="length"), ANSWER], corrections=1, thinking=False),
    ],
    "cut at the first tag": [
        mends(f"at {part!r}", reply(say("Sure.\n" + part)), thinking=False)
        for part in ("<tool_call", "<too", "<function=stock", "<func")
    ],
    "no room for the reply": [
        *(Case(name, [refusal(400, {"error": {"message": words}}), ANSWER], corrections=0)
          for name, words in {
              "vLLM": "'max_tokens' or 'max_completion_tokens' is too large: 32768. This model's maximum context length is 8192 tokens and your request has 300 input tokens",
              "vLLM before": "This model's maximum context length is 8192 tokens. However, you requested 33068 tokens (300 in the messages, 32768 in the completion).",
              "Alibaba": "Range of max_tokens should be [1, 8192]",
              "OpenAI": "max_tokens is too large: 32768. This model supports at most 16384 completion tokens",
          }.items() if name != "vLLM"),
        Case("the prompt alone is too long", [refusal(400, {"error": {"message":
            "This model's maximum context length is 8192 tokens. However, you requested 40068 tokens (9000 in the messages, 31068 in the completion)."}})],
            ends=ContextOverflow, for_ever=True, requests=2),
    ],
    "signs of life": [
        Case("a status", [reply(b'event: status\ndata: {"message": "Reading the prompt"}\n\n', say(ANSWERED))], corrections=0),
        Case("a code that says all is well", [reply(say("There are "), event({"code": 0, "message": ""}), say("40."))], corrections=0),

        Case("empty data", [reply(say("There are "), b"data:\n\n", b"data: \n\n", say("40."))], corrections=0),
        Case("a ping", [reply(say("There are "), b"event: ping\ndata: ping\n\n", say("40."))], corrections=0),
        Case("words", [reply(say("There are "), b"data: keep-alive\n\n", say("40."))], corrections=0),
    ],
    "other words for the end": [
        *(Case(f"an answer, {word}", [reply(say(ANSWERED), finish=word)], corrections=0)
          for word in ("eos_token", "stop_sequence", "end_turn", "STOP")),
        *(runs(f"a call, {word}", calls(ONE, finish=word)) for word in ("tool_use", "TOOL_CALLS")),
    ],
    "a plain answer": [
        *(Case(f"as {kind or 'nothing'}", [bare(PLAIN % (ANSWERED, '"stop"'), kind)], corrections=0)
          for kind in ("text/plain", "text/event-stream")),
        Case("with a byte order mark", [bare("\ufeff" + PLAIN % (ANSWERED, '"stop"'), "application/json")], corrections=0),
        Case("without a reason", [bare(PLAIN % (ANSWERED, "null"), "application/json")], corrections=0),
        Case("with a thought that nobody asked for", [bare(PLAIN % ("Hm, 39?\\n</think>\\n\\n" + ANSWERED, '"stop"'), "application/json")], corrections=0, thinking=False),
        Case("that was cut", [bare(PLAIN % (ANSWERED, '"length"'), "application/json"), ANSWER], corrections=1),
        Case("events that are called JSON", [Answer((say(ANSWERED), chunk("stop"), DONE), 200, {"content-type": "application/json"})], corrections=0),
    ],
    "a call in the content with other finishes": [
        runs("eos_token", reply(say(CALL), finish="eos_token")),
    ],
}  # fmt: skip
