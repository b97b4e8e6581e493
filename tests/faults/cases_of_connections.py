# ruff: noqa: E501 - tables of cases are easier to read in long lines
"""What goes wrong around a reply: statuses, refusals, lost connections, stalls, endless streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cases_of_servers import WHOLE, calls
from playing import ANSWER, ANSWERED, CALL, STOCK, TASK, Case, Played
from servers import (
    DONE,
    HANG_UP,
    LOST,
    REFUSED,
    RESET,
    STALL,
    Answer,
    call,
    chunk,
    event,
    refusal,
    reply,
    say,
    stream,
    think,
)

from agentkit import ContextOverflow, Limits, ModelError, ModelTimeout, ModelUnavailable

ONE = call("stock", WHOLE)
RIGHT = calls(ONE)


def again(name: str, failure: Answer, **more: Any) -> Case:
    """A failure before the first token: asked again, and the model hears nothing of it."""
    return Case(name, [failure, RIGHT, ANSWER], ran=(STOCK,), corrections=0, **more)


def fails(name: str, failure: Answer, error: type[ModelError], **more: Any) -> Case:
    """A failure that asking again can't help: one request, one error."""
    return Case(name, [failure], ends=error, requests=1, **more)


def cut(name: str, *pieces: Any, **more: Any) -> Case:
    """A reply that breaks after its first token: nothing of it runs, and the model goes on."""
    return Case(name, [stream(*pieces), RIGHT, ANSWER], ran=(STOCK,), corrections=1, **more)


def without(field: str, instead: str = "") -> Callable[[Played], str | None]:
    def check(played: Played) -> str | None:
        if len(played.requests) < 2:
            return "nothing was asked again"
        first, second = played.requests[:2]
        if field not in first:
            return f"the first request had no {field}"
        if field in second:
            return f"{field} was sent again"
        return None if not instead or instead in second else f"no {instead} was sent"

    return check


def refuses(field: str, status: int, body: Any, instead: str = "") -> Case:
    name = f"{status} that names {field}"
    limits = Limits(output_tokens=4_000)
    return Case(name, [refusal(status, body), ANSWER], check=without(field, instead), limits=limits)


def waited(low: float, high: float) -> Callable[[Played], str | None]:
    def check(played: Played) -> str | None:
        right = low <= played.seconds <= high
        return None if right else f"waited {played.seconds:.1f} s, expected {low} to {high}"

    return check


OVERFLOWS = {
    "vLLM": (400, {"object": "error", "message": "This model's maximum context length is 4096 "
                   "tokens. However, you requested 5120 tokens in the messages, Please reduce the "
                   "length of the messages.", "type": "BadRequestError", "code": 400}),
    "SGLang": (400, {"object": "error", "message": "The input (5120 tokens) is longer than the "
                     "model's context length (4096 tokens).", "code": 400}),
    "llama.cpp": (400, {"error": {"code": 400, "message": "the request exceeds the available "
                        "context size, try increasing it", "type": "exceed_context_size_error"}}),
    "Ollama": (400, {"error": {"message": "input length exceeds maximum context length"}}),
    "LM Studio": (400, {"error": "Trying to keep the first 5120 tokens when context the overflows. "
                        "However, the model is loaded with context length of only 4096 tokens"}),
    "OpenAI": (400, {"error": {"message": "Your input exceeds the limit of this model.",
                     "code": "context_length_exceeded", "type": "invalid_request_error"}}),
    "Alibaba": (400, {"error": {"message": "Range of input length should be [1, 30720]",
                      "code": "invalid_parameter_error"}}),
    "a proxy, by 413": (413, "<html>413 Request Entity Too Large</html>"),
    "a server that calls it 500": (500, {"error": {"message": "the request exceeds the available "
                                   "context size"}}),
}  # fmt: skip

STATUSES = [
    fails("401", refusal(401, {"error": {"message": "Incorrect API key"}}), ModelError),
    fails("403", refusal(403, "no"), ModelError),
    fails("402, the money is spent", refusal(402, "Insufficient balance"), ModelError),
    fails("404, no such model", refusal(404, {"error": {"message": "model not found"}}), ModelError),
    fails("405", refusal(405, "Method Not Allowed"), ModelError),
    fails("308 to another address", refusal(308, "", location="https://x.test/"), ModelError),
    fails("400 that names nothing", refusal(400, {"error": {"message": "bad"}}), ModelError),
    fails("422 that names nothing", refusal(422, {"detail": "bad"}), ModelError),
    fails("400, tools are not supported", refusal(
        400, {"error": {"message": "qwen does not support tools"}}), ModelError),
    Case("400, vLLM without a tool parser", [refusal(400, {
        "message": '"auto" tool choice requires --enable-auto-tool-choice and '
        "--tool-call-parser to be set"})], ends=ModelError, requests=1,
        check=lambda played: None if "--tool-call-parser" in played.error
        else "the error does not name the flag"),
    *[fails(f"context too long: {who}", refusal(*answer), ContextOverflow)
      for who, answer in OVERFLOWS.items()],
    fails("context too long: an error in the stream", stream(
        b"event: error\n" + event({"error": {"message": "the request exceeds the available context "
                                             "size, try increasing it"}})), ContextOverflow),
    again("a gateway that took too long is no context too long", refusal(
        504, "The upstream server took too long to respond")),
    again("408", refusal(408, "timeout")),
    again("500", refusal(500, {"error": "failed to parse tool call"})),
    again("502", refusal(502, "<html>Bad gateway</html>")),
    again("503 while loading", refusal(503, {"error": {"message": "Loading model", "code": 503}})),
    again("520 of a content network", refusal(520, "unknown error")),
    again("529, overloaded", refusal(529, "overloaded")),
    Case("500 for ever", [refusal(500, "no")], for_ever=True, ends=ModelUnavailable, requests=4),
    Case("503 for ever, on a run with little time", [refusal(503, "no", retry_after="60")],
         for_ever=True, ends=("time_limit", "ModelUnavailable"), limits=Limits(seconds=10),
         seconds=10.5),
    again("429 with a number", refusal(429, "slow", retry_after="7"), check=waited(7, 15)),
    again("429 with a fraction", refusal(429, "slow", retry_after="0.25")),
    again("429 without a number", refusal(429, "slow"), seconds=5),
    again("429 with a date long past", refusal(
        429, "slow", retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), seconds=5),
    again("429 with a date far ahead", refusal(
        429, "slow", retry_after="Wed, 21 Oct 2115 07:28:00 GMT"), check=waited(10, 90)),
    again("429 with an absurd number", refusal(429, "slow", retry_after="86400"),
          check=waited(10, 90)),
    again("429 with a negative number", refusal(429, "slow", retry_after="-5"), seconds=5),
    again("429 with no number at all", refusal(429, "slow", retry_after="soon"), seconds=5),
    again("429 with infinity", refusal(429, "slow", retry_after="inf"), seconds=90),
    again("429 with nan", refusal(429, "slow", retry_after="nan"), seconds=90),
]  # fmt: skip

REFUSALS = [
    refuses("chat_template_kwargs", 400, {
        "error": {"message": "Unrecognized request argument supplied: chat_template_kwargs"}}),
    refuses("chat_template_kwargs", 422, {"detail": [{
        "type": "extra_forbidden", "loc": ["body", "chat_template_kwargs"],
        "msg": "Extra inputs are not permitted"}]}),
    refuses("stream_options", 400, "Unknown field: stream_options"),
    refuses("max_tokens", 400, {"error": {
        "message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead.", "param": "max_tokens"}}, "max_completion_tokens"),
    Case("400s that name one field after the other", [
        refusal(400, "unknown field chat_template_kwargs"), refusal(400, "unknown stream_options"),
        ANSWER]),
    Case("400 for ever that names the same field", [
        refusal(400, "unknown field chat_template_kwargs")], for_ever=True, ends=ModelError,
        requests=2),
    Case("a field once refused is not sent again in the run", [
        refusal(400, "unknown field chat_template_kwargs"), RIGHT, ANSWER], ran=(STOCK,),
        check=lambda played: "sent again" if "chat_template_kwargs" in played.requests[2]
        else None),
]  # fmt: skip

CONNECTIONS = [
    again("the connection is refused", REFUSED),
    again("the response is lost after the server had the request", LOST),
    again("reset before the first token", stream(RESET)),
    again("closed before the first token", stream(HANG_UP)),
    again("an empty stream", stream()),
    again("nothing but comments, then the end", stream(b": ping\n\n" * 3)),
    again("a role, then the end", stream(chunk(role="assistant", content=""))),
    again("[DONE] and nothing else", stream(DONE)),
    again("an error in the stream before the first token", stream(
        chunk(role="assistant", content=""), event({"error": {"message": "oom", "code": 500}}))),
    again("an error as a plain JSON answer with 200", Answer(
        (b'{"error": {"message": "engine is dead"}}',), 200, {"content-type": "application/json"})),
    Case("lost for ever", [LOST], for_ever=True, ends=ModelUnavailable, requests=4),
    Case("reset before the first token, for ever", [stream(RESET)], for_ever=True,
         ends=ModelUnavailable, requests=4),
    Case("an empty stream, for ever", [stream()], for_ever=True, ends=ModelError,
         requests=range(1, 5)),
    Case("an HTML page with 200, for ever", [Answer((b"<html>Sign in</html>",), 200, {
        "content-type": "text/html"})], for_ever=True, ends=ModelError, requests=range(1, 5)),
    cut("reset in the middle of a structured call", call("stock", '{"sku": "A-1'), RESET),
    cut("reset after a whole structured call", ONE, RESET),
    cut("closed after a whole structured call", ONE, HANG_UP),
    cut("reset after a whole call in the content", say(CALL), RESET),
    cut("reset in the middle of a call in the content", say(CALL[:-30]), RESET),
    cut("closed in the middle of a thought", think("Look"), HANG_UP),
    cut("closed in the middle of a text", say("There are 4"), HANG_UP),
    cut("half a line at the end", ONE, chunk("tool_calls")[:-9]),
    cut("half a line at the end, after half a call", call("stock", '{"sku": "A-1'),
        call(None, '7"}', id=None)[:-20]),
    cut("an error in the stream after a call", ONE, event({"error": {"message": "oom"}}), DONE),
    cut("an error beside a finish", ONE, event({
        "error": {"code": 502, "message": "provider"}, "choices": [
            {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]}), DONE),
    cut("an error as a text in the stream", ONE, event({"error": "oom"}), DONE),
    Case("a second reply that is lost runs nothing twice", [RIGHT, LOST, ANSWER], ran=(STOCK,),
         corrections=0),
    Case("a second reply that is cut runs nothing twice", [
        RIGHT, stream(say("There"), RESET), ANSWER], ran=(STOCK,), corrections=1),
]  # fmt: skip

SLOW = [
    Case("a stall before the first token", [stream(STALL)], ends=ModelTimeout,
         for_ever=True, requests=range(1, 5), seconds=1_300),
    Case("a stall before the headers' body, with comments for ever", [
        stream(*[b": ping\n\n", 10.0] * 1_000)], ends=ModelTimeout, for_ever=True,
        requests=range(1, 5), seconds=1_400),
    Case("a stall before the first token, on a run with little time", [stream(STALL)],
         ends=("time_limit", "ModelTimeout"), limits=Limits(seconds=10), seconds=10.5),
    cut("a stall in the middle of a call", call("stock", '{"sku": "A-1'), STALL),
    cut("a stall after a whole call", ONE, STALL),
    cut("comments for ever in the middle", say("There"), *[b": ping\n\n", 10.0] * 1_000),
    Case("slow, but not too slow", [stream(
        100.0, say("There "), 30.0, say("are 40."), 30.0, chunk("stop"), DONE)]),
    Case("an error whose body stalls", [Answer((b"no", STALL), 401)], ends=ModelError,
         seconds=60),
]  # fmt: skip

SENTENCE = "I will look at the shelf again to be sure. "
MANY = " ".join(str(number) for number in range(60_000))
BUDGET = Limits(output_tokens=1_000)

ENDLESS = [
    Case("the same sentence for ever", [stream(*[say(SENTENCE)] * 4_000), ANSWER],
         corrections=1, characters=400_000),
    Case("the same sentence for ever, in a thought", [
        stream(*[think(SENTENCE)] * 4_000), ANSWER], corrections=1, characters=400_000),
    Case("line breaks for ever", [stream(*[say("\n")] * 20_000), ANSWER], corrections=1,
         characters=400_000),
    Case("white space for ever in the arguments of a call", [
        stream(call("today", "{"), *[call(None, "\n    ", id=None)] * 10_000), RIGHT, ANSWER],
        ran=(STOCK,), corrections=1, characters=400_000),
    Case("one character for ever", [stream(*[say("!")] * 20_000), ANSWER], corrections=1,
         characters=400_000),
    Case("a text without end that does not repeat", [
        stream(*[say(MANY[at:at + 50]) for at in range(0, len(MANY), 50)]), ANSWER],
        limits=BUDGET, ends=("done", "token_limit", "repair_limit"), characters=300_000,
        requests=range(1, 3)),
    Case("a thought without end that does not repeat", [
        stream(*[think(MANY[at:at + 50]) for at in range(0, len(MANY), 50)]), ANSWER],
        limits=BUDGET, ends=("done", "token_limit", "repair_limit"), characters=300_000,
        requests=range(1, 3)),
    Case("a table repeats itself with reason", [reply(
        *[say(f"| row {row} | ok | ok |\n") for row in range(200)], say(ANSWERED))],
        text="…" + ANSWERED),
]  # fmt: skip


def counted(tokens: int, *pieces: Any, finish: str = "stop", **details: Any) -> Answer:
    fields = {"prompt_tokens": tokens, "completion_tokens": 9, **details}
    return stream(*pieces, chunk(finish), event({"choices": [], "usage": fields}), DONE)


LONG = TASK + " " + "The warehouse has many shelves, and each of them has a name. " * 1_000

TRUNCATED = [
    Case("the server cut the prompt and answered", [counted(2_048, say(ANSWERED))], task=LONG,
         ends=ContextOverflow, requests=1),
    Case("the server cut the prompt and called a tool", [counted(
        2_048, ONE, finish="tool_calls")], task=LONG, ends=ContextOverflow, requests=1),
    Case("the server cut the prompt, usage beside the finish", [stream(
        say(ANSWERED), event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
                              "usage": {"prompt_tokens": 2_048, "completion_tokens": 9}}), DONE)],
        task=LONG, ends=ContextOverflow, requests=1),
    Case("the server cut the second prompt", [
        reply(ONE, finish="tool_calls"), counted(9_000, say(ANSWERED))], task=LONG, ran=(STOCK,),
        ends=ContextOverflow),
    Case("an honest count of a long prompt", [reply(say(ANSWERED))], task=LONG),
    Case("no count of a long prompt", [stream(say(ANSWERED), chunk("stop"), DONE)], task=LONG),
    Case("a count of zero says nothing", [counted(0, say(ANSWERED))], task=LONG),
    Case("a prompt of one character again and again has few tokens", [
        counted(2_600, say(ANSWERED))], task=TASK + " " + "-" * 30_000),
]  # fmt: skip

CASES = {
    "HTTP status": STATUSES,
    "refused field": REFUSALS,
    "connection": CONNECTIONS,
    "stall": SLOW,
    "endless stream": ENDLESS,
    "prompt cut in silence": TRUNCATED,
}
