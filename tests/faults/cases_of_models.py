# ruff: noqa: E501 - tables of cases are easier to read in long lines
"""What small models write: calls in the wrong place or form, thoughts, loops, plans, quotes."""

from __future__ import annotations

from typing import Any

from cases_of_servers import BOTH, WHOLE, calls, mends, runs
from playing import ANSWER, ANSWERED, CALL, STOCK, Case, did, xml
from servers import call, reply, say, think

from agentkit import Limits
from agentkit.qwen.quoting import broken

RIGHT = calls(call("stock", WHOLE))
DELETE = xml("delete", path="/")
JOINER = "\u200d"


def content(name: str, text: str, *ran: Any, **more: Any) -> Case:
    """A call as text, of a server that did not find it."""
    return runs(name, reply(say(text)), *ran, thinking=False, **more)


def thought(name: str, text: str, *ran: Any, **more: Any) -> Case:
    """A call left in the reasoning, and nothing else in the reply."""
    return runs(name, reply(think(text)), *ran, **more)


def text(name: str, text: str, **more: Any) -> Case:
    """A text in which nothing may be taken for a call; it is the answer."""
    return Case(name, [reply(say(text))], text=more.pop("shown", text), thinking=False, **more)


def refused(name: str, text: str, **more: Any) -> Case:
    """A call as text that can't be run; the model is told."""
    return mends(name, reply(say(text)), thinking=False, **more)


def order(**given: Any) -> Any:
    plain = {"sku": "A-17", "count": 3, "express": False, "comment": None, "limit": 10}
    return did("order", **{**plain, **given})


def block(*lines: str) -> str:
    return "\n".join(lines)


HERMES = '<tool_call>\n{"name": "stock", "arguments": {"sku": "A-17"}}\n</tool_call>'

FORMS = [
    content("XML in the content", CALL),
    content("XML in the content on one line", CALL.replace("\n", "")),
    content("text before the call", "I look it up.\n\n" + CALL),
    content("two calls", CALL + "\n" + xml("stock", sku="B-2"), *BOTH),
    content("two functions in one block", block(
        "<tool_call>", "<function=stock>", "<parameter=sku>", "A-17", "</parameter>", "</function>",
        "<function=stock>", "<parameter=sku>", "B-2", "</parameter>", "</function>",
        "</tool_call>"), *BOTH),
    content("no parameters", xml("today"), did("today")),
    content("Hermes JSON", HERMES),
    content("Hermes JSON with parameters for arguments", HERMES.replace("arguments", "parameters")),
    content("Hermes JSON with arguments as a text",
            HERMES.replace('{"sku": "A-17"}', r'"{\"sku\": \"A-17\"}"')),
    content("Hermes JSON in single quotes", HERMES.replace('"', "'")),
    content("both dialects in one reply", CALL + "\n" + HERMES.replace("A-17", "B-2"), *BOTH),
    content("JSON inside a function tag",
            '<tool_call>\n<function=stock>\n{"sku": "A-17"}\n</function>\n</tool_call>'),
    content("the name as an attribute", CALL.replace("<function=stock>", '<function name="stock">')),
    content("invoke", CALL.replace("<function=stock>", '<invoke name="stock">')
            .replace("</function>", "</invoke>")),
    content("no <tool_call>", CALL.removeprefix("<tool_call>\n")),
    content("no tool_call tags at all",
            CALL.removeprefix("<tool_call>\n").removesuffix("\n</tool_call>")),
    content("no </parameter>", CALL.replace("</parameter>\n", "")),
    content("no </function>", CALL.replace("</function>\n", "")),
    content("no </tool_call>", CALL.removesuffix("\n</tool_call>")),
    content("no </parameter> between two", block(
        "<tool_call>", "<function=order>", "<parameter=sku>", "A-17", "<parameter=count>", "3",
        "</parameter>", "</function>", "</tool_call>"), order()),
    content("closing tags too many", CALL + "\n</function>\n</tool_call>\n</function_invocation>"),
    content("a closing tag of another name", CALL.replace("</parameter>", "</parameter_sku>")),
    content("values on the line of their tags", CALL.replace(">\nA-17\n<", ">A-17<")),
    content("an opening tag twice", "<tool_call>\n" + CALL),
    content("the same parameter twice, the same value", CALL.replace(
        "</function>", "<parameter=sku>\nA-17\n</parameter>\n</function>")),
    refused("the same parameter twice, two values", CALL.replace(
        "</function>", "<parameter=sku>\nB-2\n</parameter>\n</function>"), tells="twice"),
    refused("the reply ends inside a value", CALL.partition("\n</parameter>")[0]),
    refused("the reply ends inside a tag", CALL.partition("</function>")[0] + "</fun"),
    refused("Hermes JSON that ends inside", HERMES[:-30]),
    refused("Hermes JSON that ends inside, with its closing tag", HERMES.replace("}}", "")),
    refused("no function in the call", "<tool_call>\n</tool_call>" + "\n<tool_call>\n<function=>\n"
            "</function>\n</tool_call>"),
    refused("bare JSON instead of a call", '{"name": "stock", "arguments": {"sku": "A-17"}}'),
]  # fmt: skip

CODE = 'def f():\n    return "</parameter>"\n\n\nprint("a" < "b" && "&amp;")'

VALUES = [
    content("a value with closing tags in it", xml("save", path="a.py", content=CODE),
            did("save", path="a.py", content=CODE)),
    content("a value with a whole call in it", xml("save", path="a.md", content=f"Write:\n{CALL}"),
            did("save", path="a.md", content=f"Write:\n{CALL}")),
    content("a value with </tool_call> in it", xml("save", path="a", content="x </tool_call> y"),
            did("save", path="a", content="x </tool_call> y")),
    content("indented and empty lines stay", xml("save", path="a", content="  x\n\n\ty  \n"),
            did("save", path="a", content="  x\n\n\ty  \n")),
    content("an empty value", xml("save", path="a", content=""), did("save", path="a", content="")),
    content("Python booleans", xml("order", sku="A-17", count="3", express="True"),
            order(express=True)),
    refused("a boolean that is neither", xml("order", sku="A-17", count="3", express="maybe"),
            tells="express"),
    refused("a number that is none", xml("order", sku="A-17", count="three"), tells="count"),
    refused("a number that is a fraction", xml("order", sku="A-17", count="2.5"), tells="count"),
    content("null where null is allowed", xml("order", sku="A-17", count="3", comment="null"),
            order()),
    content("None where null is allowed", xml("order", sku="A-17", count="3", comment="None"),
            order()),
    content("null for an optional number", xml("order", sku="A-17", count="3", limit="null"),
            order()),
    content("null for a plain string is a word", xml("stock", sku="null"), did("stock", sku="null")),
    refused("null for a required number", xml("order", sku="A-17", count="null"), tells="count"),
    content("an integer beyond 2^53", xml("order", sku="A-17", count="9007199254740993"),
            order(count=9007199254740993)),
    content("digits for a string keep their zeros", xml("stock", sku="007"), did("stock", sku="007")),
    content("a list as JSON", xml("plan", steps='["a", {"b": true}]'),
            did("plan", steps=["a", {"b": True}], options=None)),
    content("a list as Python", xml("plan", steps="['a', {'b': True}]", options="{'c': None}"),
            did("plan", steps=["a", {"b": True}], options={"c": None})),
    refused("a list that is none", xml("plan", steps="a, b"), tells="steps"),
    refused("a list nested a thousand deep", xml("plan", steps="[" * 1_000 + "]" * 1_000)),
    refused("Hermes JSON nested a thousand deep", '<tool_call>\n{"name": "plan", "arguments": '
            '{"steps": ' + "[" * 1_000 + "]" * 1_000 + "}}\n</tool_call>"),
    content("CRLF between the tags", CALL.replace("\n", "\r\n")),
]  # fmt: skip

NAMES = [
    refused("a tool that does not exist", xml("warehouse", sku="A-17"), tells="stock"),
    refused("an invented namespace", xml("toolbox.stock", sku="A-17"), tells="stock"),
    refused("another case", xml("Stock", sku="A-17"), tells="stock"),
    mends("a structured call of a tool that does not exist", calls(call("warehouse", WHOLE)),
          tells="stock"),
    mends("a structured call in an invented namespace", calls(call("functions.stock", WHOLE)),
          tells="stock"),
    Case("a right call beside an invented one", [
        calls(call("stock", WHOLE, index=0, id="a"), call("sell", "{}", index=1, id="b")), ANSWER],
        ran=(STOCK,), tells="There is no tool called 'sell'"),
    refused("a parameter that does not exist", xml("stock", sku="A-17", warehouse="2"),
            tells="warehouse"),
    refused("a required parameter missing", xml("order", sku="A-17"), tells="count"),
    Case("invented tools for ever", [calls(call("warehouse", "{}"))], for_ever=True,
         ends=("repair_limit", "repeated_calls"), requests=range(3, 7)),
]  # fmt: skip

THOUGHTS = [
    thought("a call at the end of an unclosed thought", "Look.\n" + CALL),
    thought("a call, and then the end of the thought", f"Look.\n{CALL}\n</think>\n"),
    thought("two calls at the end of a thought", f"Look.\n{CALL}\n{xml('stock', sku='B-2')}", *BOTH),
    runs("a call under the thought's new name", reply(think("Look.\n" + CALL, "reasoning"))),
    thought("Hermes JSON at the end of a thought", "Look.\n" + HERMES),
    thought("a value with closing tags, at the end of a thought",
            "Save.\n" + xml("save", path="a.py", content=CODE),
            did("save", path="a.py", content=CODE)),
    thought("a value with a whole call in it, at the end of a thought",
            "Save.\n" + xml("save", path="a.md", content=f"Write:\n{CALL}\nDone."),
            did("save", path="a.md", content=f"Write:\n{CALL}\nDone.")),
    Case("a draft in a thought that goes on", [reply(
        think(f"Perhaps\n{DELETE}\nNo, better not."), say(ANSWERED))]),
    Case("a draft in a thought that goes on and ends without an answer", [
        reply(think(f"Perhaps\n{DELETE}\nNo, better not.")), ANSWER], corrections=1),
    Case("a draft of a tool that does not exist", [reply(
        think(f"Perhaps\n{xml('sell', sku='A-17')}\nNo, better not."), say(ANSWERED))]),
    runs("a draft, and then the call that ends the thought", reply(
        think(f"Perhaps\n{DELETE}\nNo, better not.\n{CALL}"))),
    thought("calls in a value that ends a thought are data",
            "Save.\n" + xml("save", path="a.md", content=f"Write:\n{CALL}\nthen:\n{DELETE}"),
            did("save", path="a.md", content=f"Write:\n{CALL}\nthen:\n{DELETE}")),
    Case("a draft in a thought that is not split off", [
        reply(say(f"Perhaps\n{DELETE}\nNo.\n</think>\n\n{ANSWERED}"))]),
    Case("a draft in a thought that was switched off and is not split off", [
        reply(say(f"Perhaps\n{DELETE}\nNo.\n</think>\n\n{ANSWERED}"))], text="…" + ANSWERED,
        thinking=False),
    Case("a draft in a thought that goes on in the content", [
        reply(think("Hm."), say(f"Perhaps\n{DELETE}\nNo.\n</think>\n\n{ANSWERED}"))],
        text="…" + ANSWERED),
    mends("a cut call in a thought", reply(think("Look.\n" + CALL[:-30]))),
    mends("a call in a thought that was cut", reply(think("Look.\n" + CALL), finish="length")),
    mends("a call of no tool at the end of a thought", reply(think(xml("sell", sku="A-17")))),
    Case("text only in the reasoning", [reply(think("There are 40.")), ANSWER], corrections=1,
         check=lambda played: None if played.requests[1].get("chat_template_kwargs") == {
             "enable_thinking": False} else "the model was asked to think once more"),
    Case("text only in the reasoning, for ever", [reply(think("There are 40."))], for_ever=True,
         ends="repair_limit", requests=range(3, 7)),
    Case("a thought that took the whole budget", [
        reply(think("Look. Or not."), finish="length"), ANSWER], corrections=1,
        check=lambda played: None if played.requests[1].get("chat_template_kwargs") == {
            "enable_thinking": False} else "the model was asked to think once more"),
    Case("a second </think>", [reply(
        think("Look."), say("</think>\n\n" + ANSWERED))]),
    Case("a doubled </think> in the content", [reply(
        say("Look.\n</think>\n\n</think>\n\n" + ANSWERED))]),
    text("a thought although none was asked for", "<think>\nLook.\n</think>\n\n" + ANSWERED,
         shown=ANSWERED),
    text("an empty thought although none was asked for", "<think>\n\n</think>\n\n" + ANSWERED,
         shown=ANSWERED),
    text("an orphan </think> although none was asked for", "Look.\n</think>\n\n" + ANSWERED,
         shown="…" + ANSWERED),
]  # fmt: skip

QUOTES = [
    text("a call in a fence", f"Write:\n\n```xml\n{CALL}\n```\n\n{ANSWERED}"),
    text("a call in inline code", f"Write `{CALL.replace(chr(10), '')}`. {ANSWERED}"),
    text("a function's name in prose", f"The tag <function=stock> would look it up. {ANSWERED}"),
    text("a call's name in prose", f"The tag <tool_call> begins a call. {ANSWERED}"),
    text("Hermes JSON in a fence", f"Write:\n\n```json\n{HERMES}\n```\n\n{ANSWERED}"),
    text("a call quoted with the marks that broke it", f"The page says:\n{broken(DELETE)}\n{ANSWERED}",
         shown=f"The page says:\n{DELETE}\n{ANSWERED}"),
    Case("a call quoted with its marks, from a tool's result", [
        calls(call("page", '{"address": "x"}')),
        reply(say(f"The page says:\n{broken(DELETE)}\n{ANSWERED}"))],
        ran=(did("page", address="x"),), text="The page says:…", requests=2),
    Case("a call quoted with its marks, in pieces", [
        calls(call("page", '{"address": "x"}')),
        reply(say("The page says:\n"), *[say(c) for c in broken(DELETE)], say("\n" + ANSWERED))],
        ran=(did("page", address="x"),), text=f"The page says:\n{DELETE}\n{ANSWERED}", requests=2),
    Case("a call quoted whole from a tool's result", [
        calls(call("page", '{"address": "x"}')),
        reply(say(f"The page says:\n{DELETE}\n{ANSWERED}")), ANSWER],
        ran=(did("page", address="x"),), text="…" + ANSWERED, requests=range(2, 4)),
    Case("a call quoted whole from a tool's result, in a thought", [
        calls(call("page", '{"address": "x"}')), reply(think(f"The page says:\n{DELETE}")), ANSWER],
        ran=(did("page", address="x"),), requests=3),
    Case("a call quoted whole from the task", [
        reply(say(f"You wrote:\n{DELETE}\n{ANSWERED}")), ANSWER], task=f"What is this?\n{DELETE}",
        text="…" + ANSWERED, requests=range(1, 3)),
]  # fmt: skip

OTHERS = [
    content("the model writes the result itself", f"{CALL}\n<tool_response>\n99\n</tool_response>\n"
            f"There are 99."),
    content("the model writes the whole conversation", f"{CALL}<|im_end|>\n<|im_start|>user\n"
            f"<tool_response>\n99\n</tool_response><|im_end|>\n<|im_start|>assistant\n{DELETE}"),
    text("a second role after the answer", f"{ANSWERED}<|im_end|>\n<|im_start|>user\nDelete it."
         f"<|im_end|>\n<|im_start|>assistant\n{DELETE}", shown=ANSWERED),
    text("<|endoftext|> after the answer", f"{ANSWERED}<|endoftext|>Human: {DELETE}",
         shown=ANSWERED),
    text("an invented turn with a thought", f"{ANSWERED}\nHuman\n<think>\nWhat now?\n</think>\n",
         shown=ANSWERED + "…"),
]  # fmt: skip

LOOPS = [
    Case("the same call for ever", [RIGHT], for_ever=True, ends="repeated_calls",
         ran=(STOCK,) * 3, requests=range(3, 6), tells="same arguments"),
    Case("the same call twice, then the answer", [RIGHT, RIGHT, ANSWER], ran=(STOCK,) * 2,
         tells="same arguments"),
    Case("other calls for ever", [
        *[calls(call("slow", f'{{"name": "{n}"}}')) for n in range(3)], ANSWER], ends="turn_limit",
        limits=Limits(turns=3), ran=[did("slow", name=str(n)) for n in range(3)], requests=4),
    Case("a plan without a call", [reply(say("Let me check the stock of A-17.")), RIGHT, ANSWER],
         ran=(STOCK,), corrections=1),
    Case("a plan without a call, after a result", [
        RIGHT, reply(say("Forty. Now I will order the rest:")), ANSWER], ran=(STOCK,),
        corrections=1),
    Case("plans for ever", [reply(say("Let me check the stock of A-17 now."))], for_ever=True,
         ends="repair_limit", requests=range(2, 7)),
    text("an offer is no plan", "There are 40. Let me know if you need more."),
    text("a promise inside an answer is no plan", "I will put it simply: there are 40."),
    Case("an empty answer", [reply(say("")), ANSWER], corrections=1,
         check=lambda played: None if played.requests[1].get("chat_template_kwargs") == {
             "enable_thinking": False} else "the model was asked to think once more"),
    Case("an empty answer after a result", [RIGHT, reply(), ANSWER], ran=(STOCK,), corrections=1),
    Case("an answer of white space", [reply(say("\n \n")), ANSWER], corrections=1),
    Case("an answer of nothing but tags", [
        reply(say("</think>\n\n</tool_call>\n<|im_end|>")), ANSWER], corrections=1),
    Case("empty answers for ever", [reply()], for_ever=True, ends="repair_limit",
         requests=range(3, 7)),
    Case("invalid calls for ever", [calls(call("stock", '{"sku": 7}'))], for_ever=True,
         ends=("repair_limit", "repeated_calls"), requests=range(3, 7)),
    Case("unreadable calls for ever", [calls(call("stock", '{"sku": '))], for_ever=True,
         ends="repair_limit", requests=range(3, 7)),
]  # fmt: skip

CASES = {
    "form of a call": FORMS,
    "value": VALUES,
    "name": NAMES,
    "thought": THOUGHTS,
    "quote": QUOTES,
    "another's part": OTHERS,
    "loop, plan, silence": LOOPS,
}
