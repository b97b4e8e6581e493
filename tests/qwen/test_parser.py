# ruff: noqa: E501 - a row of a table stays on one line
"""A reply is read the same however it was cut, nothing is lost or shown twice, nothing raises.

The tables have a row for each question of the policy and for each failure that users report; every
row is read whole, character by character, cut at every place, and with text after it.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.commands.parse import parse_line
from agentkit.events import CallRead, ParserEvent, TextDelta, ThinkingDelta
from agentkit.messages import Problem
from agentkit.qwen.parser import Parser
from agentkit.qwen.prompt import render

EXAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "parser_examples.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
TOOLS = {"weather": ("city", "days"), "write": ("path", "content"), "now": (), "run": ("command",)}


class Reading(NamedTuple):
    """What was made of a reply."""

    reasoning: str
    content: str
    calls: list[tuple[str, dict[str, Any]]]
    problems: list[str]


def collect(events: Iterable[ParserEvent]) -> Reading:
    reading = Reading("", "", [], [])
    for event in events:
        match event:
            case ThinkingDelta(text):
                reading = reading._replace(reasoning=reading.reasoning + text)
            case TextDelta(text):
                reading = reading._replace(content=reading.content + text)
            case CallRead():
                reading.calls.append((event.name, event.arguments))
            case Problem():
                reading.problems.append(event.kind)
    return reading


def stream(
    pieces: Iterable[str], tools: Mapping[str, Sequence[str]] = TOOLS, *, thinking: bool = False
) -> Iterator[ParserEvent]:
    parser = Parser(tools, thinking=thinking)
    for piece in pieces:
        yield from parser.feed(piece)
    yield from parser.close()


def read(*pieces: str, thinking: bool = False) -> Reading:
    return collect(stream(pieces, thinking=thinking))


def assert_shown_is_the_beginning(raw: str, whole: Reading, *, thinking: bool) -> None:
    """At every moment what was shown is how the stored text begins, so no tag shows in part."""
    thought = visible = 0
    for event in stream(raw, thinking=thinking):
        match event:
            case ThinkingDelta(text):
                assert whole.reasoning.startswith(text, thought)
                thought += len(text)
            case TextDelta(text):
                assert whole.content.startswith(text, visible)
                visible += len(text)


def xml(function: str, /, **arguments: str) -> str:
    """A call as the template writes it."""
    pairs = "".join(
        f"<parameter={name}>\n{value}\n</parameter>\n" for name, value in arguments.items()
    )
    return f"<tool_call>\n<function={function}>\n{pairs}</function>\n</tool_call>"


def bare(function: str, /, **arguments: str) -> str:
    """The same without a wrapper."""
    return xml(function, **arguments).removeprefix("<tool_call>\n").removesuffix("\n</tool_call>")


def hermes(function: str, /, **arguments: Any) -> str:
    """A call in the JSON dialect."""
    call = json.dumps({"name": function, "arguments": arguments})
    return f"<tool_call>\n{call}\n</tool_call>"


@dataclass(frozen=True)
class Case:
    """A reply and its reading. `after` says where text that follows belongs; None: not tried."""

    name: str
    raw: str
    content: str = ""
    calls: Sequence[tuple[str, dict[str, Any]]] = ()
    reasoning: str = ""
    problems: Sequence[str] = ()
    thinking: bool = False
    after: Literal["content", "call", "reasoning", "nowhere"] | None = None

    @property
    def reading(self) -> Reading:
        return Reading(self.reasoning, self.content, list(self.calls), list(self.problems))


NOW = ("now", {})
PARIS = ("weather", {"city": "Paris"})
FENCED = "```\n" + xml("now") + "\n```"
NESTED = xml("write", path="inner", content="hello")

POLICY = [
    # a value may speak of a parameter that comes later
    Case("a value mentions a later parameter", xml("write", path="the <parameter=content> tag", content="a"), calls=[("write", {"path": "the <parameter=content> tag", "content": "a"})], after="call"),
    Case("a value that is the tag of a later parameter is reported", xml("write", path="<parameter=content>", content="a"), problems=["repeated_parameter"]),
    # two calls of which the values speak of tags are two calls
    *(
        Case(f"a second call that says {value!r} is a call of its own", xml("weather", city="Paris") + "\n" + xml("write", path="a", content=value), calls=[("weather", {"city": "Paris"}), ("write", {"path": "a", "content": value})], after="call")
        for value in ("Open with <tool_call>, close with </tool_call>; never omit </tool_call>.", "It wrote <function=now> and </tool_call>.", 'OPEN, CLOSE = "<tool_call>", "</tool_call>"\nEND = "</tool_call>"')
    ),
    Case("an opening in one value and an end in another join no calls", xml("write", content='p = "<tool_call>{"', path="a") + "\n" + xml("write", content='E = "</function></tool_call>"', path="b"), calls=[("write", {"content": 'p = "<tool_call>{"', "path": "a"}), ("write", {"content": 'E = "</function></tool_call>"', "path": "b"})], after="call"),
    # what is no number in JSON
    *(
        Case(f"{word} in a call in JSON stays text", f'<tool_call>\n{{"name": "run", "arguments": {{"command": {word}}}}}\n</tool_call>', calls=[("run", {"command": word})], after="call")
        for word in ("NaN", "-Infinity", "1e999")
    ),
    # what closes nothing
    Case("a thought closed behind a call and another closer", xml("now") + "\n</think>\n</tool_call>", calls=[("now", {})]),
    Case("several closers behind a whole call", xml("weather", city="Paris") + "\n</function>\n</function>\n</tool_call>", calls=[("weather", {"city": "Paris"})]),
    Case("a response closed that nobody opened", "Hi.\n</tool_response>", content="Hi."),
    # what closes something that is shown
    Case("tags of a file are shown whole", "<config>\n<function>main</function>\n<param>x</param>\n</config>", content="<config>\n<function>main</function>\n<param>x</param>\n</config>"),
    Case("a thought mentioned in a line is shown whole", "The <think> tag and the </think> tag.", content="The <think> tag and the </think> tag."),
    Case("a fence that begins in a line", "So: ```xml\n" + xml("now") + "\n```", content="So: ```xml\n" + xml("now") + "\n```"),
    # fences and inline code
    Case("a fence with words behind it does not close one", "```md\n```xml\n" + xml("now") + "\n```\nend\n```", content="```md\n```xml\n" + xml("now") + "\n```\nend\n```"),
    Case("a fence in a list", "- ```\n  " + xml("now") + "\n  ```", content="- ```\n  " + xml("now") + "\n  ```"),
    Case("a fence in a quote", "> ```\n" + xml("now") + "\n> ```", content="> ```\n" + xml("now") + "\n> ```"),
    Case("a whole call as inline code", f"Use `{xml('now')}` then.", content=f"Use `{xml('now')}` then."),
    Case("a whole call between two backticks each", f"``{xml('now')}``", content=f"``{xml('now')}``"),
    Case("a call after one that was shown", f"`{xml('run', command='a')}`\n{xml('now')}", content=f"`{xml('run', command='a')}`", calls=[NOW]),
    Case("a close in code after a call is text", xml("now") + "\n```\n</think>\n```\nDone.", content="```\n</think>\n```\nDone.", calls=[NOW]),
    Case("half a closing tag after a call is not shown", xml("now") + "\n</tool_c", calls=[NOW]),
    Case("arguments under a name of their own are not taken for none", '<tool_call>\n{"name": "now", "args": {"zone": "UTC"}}\n</tool_call>', problems=["unreadable_call"]),
    Case("arguments in two places that differ", '<tool_call>\n{"name": "now", "arguments": {"a": 1}, "parameters": {"b": 2}}\n</tool_call>', problems=["unreadable_call"]),
    Case("no arguments, and some under another name", '<tool_call>\n{"name": "now", "arguments": {}, "args": {"zone": "UTC"}}\n</tool_call>', problems=["unreadable_call"]),
    Case("two calls in one piece of code", f"`{xml('now')}\n{xml('now')}`", content=f"`{xml('now')}\n{xml('now')}`"),
    Case("a long call as inline code", f"`{xml('run', command='a ' * 900 + 'b')}`", content=f"`{xml('run', command='a ' * 900 + 'b')}`"),
    Case("closing tags in inline code", "a `</think>\n</function>\n</tool_call>` b", content="a `</think>\n</function>\n</tool_call>` b"),
    Case("a call right behind the end of a fence", f"```\na\n```{xml('now')}", content=f"```\na\n```{xml('now')}", problems=["unreadable_call"]),
    Case("an end of the turn after a late close", xml("now") + "\n</think>\n<|im_end|>", calls=[NOW]),
    # calls in the formats of others
    Case("a list of calls without tags", '[{"name": "now", "arguments": {}}]', content='[{"name": "now", "arguments": {}}]', problems=["unreadable_call"]),
    Case("the end of a call", "Yes.\n</parameter>\n</function>\n</tool_call>", content="Yes.", problems=["unreadable_call"]),
    Case("another call, and its result made up", "Action: now\nAction Input: {}\n<tool_response>\n40", content="Action: now\nAction Input: {}", problems=["unreadable_call"]),
    Case("a definition of a tool is no call", '[{"name": "now", "description": "x", "parameters": {"type": "object"}}]', content='[{"name": "now", "description": "x", "parameters": {"type": "object"}}]'),
    Case("XML that is called like a tool is no call", "<weather>\n<sun>yes</sun>\n</weather>", content="<weather>\n<sun>yes</sun>\n</weather>"),
    Case("a stray closer, and a tool's name later", "</tool_calls>\nIt is now noon.", content="</tool_calls>\nIt is now noon."),
    Case("an answer with stray closers", "It is noon.\n</function>\n</tool_call>", content="It is noon."),
    Case("closers right behind it", "It is noon.</function></tool_call><|im_end|>", content="It is noon."),
    Case("a closer at the very end", "It is noon. </tool_call><|im_end|>", content="It is noon."),
    Case("a closer before it", "</tool_call>\nIt is noon.", content="It is noon."),
    Case("a closer between lines", "It is\n</parameter>\nnoon.", content="It is\nnoon."),
    Case("a closer and nothing else", "</tool_call>", content=""),
    Case("a closer in a sentence is a word", "The tag </tool_call> ends it.", content="The tag </tool_call> ends it."),
    Case("a closer whose opening is shown", "<function=x>\na\n</function>\nb", content="<function=x>\na\n</function>\nb"),
    Case("a closer in a fence is text", "```\n</function>\n```", content="```\n</function>\n```"),
    Case("and one in inline code", "a `</tool_call>`\nb", content="a `</tool_call>`\nb"),
    Case("a tag in code opens nothing", "`<tool_call>` opens one.\nDone.\n</invoke>\n</tool_call>", content="`<tool_call>` opens one.\nDone."),
    Case("closers behind a space and a sentence", "It is noon. </function></tool_call>\n<|im_end|>", content="It is noon."),
    Case("closers behind a word, and more lines", "It is noon.</function> </tool_call>\nMore.", content="It is noon.\nMore."),
    Case("closers that begin a sentence are words", "</function></tool_call> end it.", content="</function></tool_call> end it."),
    Case("and so are those that end one", "To end a call, write </tool_call>", content="To end a call, write </tool_call>"),
    Case("or a list", "noon.\n- </tool_call>", content="noon.\n- </tool_call>"),
    Case("a closer glued to a word, before a tag that opens no call", "a</tool_call><tool_call> b", content="a<tool_call> b"),
    Case("closers glued to words", "a</function>b</parameter>c</tool_call> d", content="abc d"),
    Case("a closer glued to the first word", "</tool_call>Done.", content="Done."),
    Case("a closer between brackets is set off", "(</tool_call>)more", content="(</tool_call>)more"),
    Case("three ends of a function", "<tool_call>\n<function=run>\n<parameter=command>\nls\n</parameter>\n</function>\n</function>\n</function>\n</tool_call>", calls=[("run", {"command": "ls"})]),
    Case("an invented closer after a function's end", "<tool_call>\n<function=run>\n<parameter=command>\nls\n</parameter>\n</function>\n</function_invocation>\n</tool_call>", calls=[("run", {"command": "ls"})]),
    Case("and in its place", "<tool_call>\n<function=run>\n<parameter=command>\nls\n</parameter>\n</tool>\n</tool_call>", calls=[("run", {"command": "ls"})]),
    Case("but no closer of something else", "<tool_call>\n<function=run>\n<parameter=command>\nls\n</parameter>\n</div>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("invented closers in a value are data", xml("run", command="ls\n</parameter>\n</function_invocation>\n</tool_call>"), calls=[("run", {"command": "ls\n</parameter>\n</function_invocation>\n</tool_call>"})], after="call"),
    Case("a parameter without a name", "<tool_call>\n<function=run>\n<parameter=>\nls\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("marks indented so far are no fence", f"    ```\n{xml('now')}", content="```", calls=[NOW]),
    Case("unless others end it", f"    ```\n{xml('now')}\n    ```", content=f"```\n{xml('now')}\n    ```"),
    Case("a call in a block that began after text is quoted", f"Run ```xml\n{xml('now')}\n```\nto see.", content=f"Run ```xml\n{xml('now')}\n```\nto see."),
    Case("cut right after the tag that opens a call in a line", "Yes<tool_call>", content="Yes", problems=["cut_call"]),
    Case("or after a sentence", "Yes.<tool_call>", content="Yes.", problems=["cut_call"]),
    Case("a sentence may end with the tag", "It begins with <tool_call>\n", content="It begins with <tool_call>"),
    Case("closers in the plural are words", "</tool_call>s end calls.", content="</tool_call>s end calls."),
    Case("marks indented in a list are a fence", f"1. So:\n    ```xml\n{xml('now')}", content=f"1. So:\n    ```xml\n{xml('now')}"),
    Case("so are those whose end is far away", f"    ```\n{xml('now')}\n{'x' * 5000}\n    ```", content=f"```\n{xml('now')}\n{'x' * 5000}\n    ```"),
    Case("a closer of other data is no invented one", "<tool_call>\n<function=run>\n<parameter=command>\nls\n</parameter>\n</invoice>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("or in the next tag", "Yes <tool_call><funct", content="Yes", problems=["cut_call"]),
    Case("lines around a closer stay", "one.\n\n</tool_call>\n\ntwo", content="one.\n\n\ntwo"),
    Case("and so does what indents them", "- a\n  </tool_call>\n  - b", content="- a\n  - b"),
    Case("a closer between lines of Windows", "Yes.\r\n</tool_call>\r\nMore", content="Yes.\r\nMore"),
    Case("a closer with a drifted name", "Yes.\n</param>\n</tool_call>", content="Yes."),
    Case("half a closer at the end", "It is noon.\n</tool_call>\n</func", content="It is noon."),
    Case("half a closer in a sentence", "It is </func", content="It is </func"),
    Case("more closers than are judged at once", "</tool_call>" * 120 + "\nx", content="x"),
    Case("a foreign call behind a closer", '</tool_call>\n{"name": "now", "arguments": {}}', content='{"name": "now", "arguments": {}}', problems=["unreadable_call"]),
    Case("and one before it", '{"name": "now", "arguments": {}}\n</tool_call>', content='{"name": "now", "arguments": {}}', problems=["unreadable_call"]),
    Case("code in the format of others is text", "```\n[TOOL_CALLS][{\"name\": \"now\"}]\n```", content="```\n[TOOL_CALLS][{\"name\": \"now\"}]\n```"),
    # whitespace around a value: one newline at each side goes, nothing else
    Case("spaces around a value stay", xml("run", command="  ls  "), calls=[("run", {"command": "  ls  "})], after="call"),
    Case("indentation of code stays", xml("run", command="\n    a\n\tb\n"), calls=[("run", {"command": "\n    a\n\tb\n"})], after="call"),
    Case("no newline at all is fine", "<tool_call><function=weather><parameter=city>Paris</parameter></function></tool_call>", calls=[PARIS], after="call"),
    Case("an empty value is empty", xml("run", command=""), calls=[("run", {"command": ""})], after="call"),
    Case("carriage returns around a value go with their newlines", "<tool_call>\r\n<function=weather>\r\n<parameter=city>\r\nParis\r\n</parameter>\r\n</function>\r\n</tool_call>", calls=[PARIS], after="call"),
    Case("a carriage return at the end of a value stays", xml("run", command="a\r"), calls=[("run", {"command": "a\r"})], after="call"),
    # HTML entities, & and < are kept
    Case("entities are kept", xml("write", content="<a>Tom &amp; Jerry</a>"), calls=[("write", {"content": "<a>Tom &amp; Jerry</a>"})], after="call"),
    Case("ampersands and less-than signs are kept", xml("run", command="a && b < c > d <!-- &lt; -->"), calls=[("run", {"command": "a && b < c > d <!-- &lt; -->"})], after="call"),
    Case("CDATA is text", xml("run", command="<![CDATA[x]]>"), calls=[("run", {"command": "<![CDATA[x]]>"})], after="call"),
    # unknown tools are returned
    Case("an unknown tool in its wrapper is returned", xml("toolbox.web", query="x"), calls=[("toolbox.web", {"query": "x"})], after="call"),
    Case("an unknown tool in JSON is returned", hermes("nope", a=1), calls=[("nope", {"a": 1})], after="call"),
    # text after and between calls
    Case("text around calls is kept", "A\n\n" + xml("now") + "\nB", "A\nB", [NOW], after="content"),
    Case("text between calls is kept", xml("now") + " and " + xml("now") + "\nC", "and\nC", [NOW, NOW], after="content"),
    # a complete call of a known tool inside an unclosed thought
    Case("a call that ends an unclosed thought is a call", "Hm.\n" + xml("now"), calls=[NOW], reasoning="Hm.", thinking=True),
    Case("space and a late close may follow it", "Hm.\n" + xml("now") + "\n</think>\n\n", calls=[NOW], reasoning="Hm.", thinking=True),
    Case("and a second close", "Hm.\n" + xml("now") + "\n</think> \n</think>\n", calls=[NOW], reasoning="Hm.", thinking=True),
    Case("several calls may end an unclosed thought", "Hm.\n" + xml("now") + "\n" + xml("weather", city="Paris") + "\n", calls=[NOW, PARIS], reasoning="Hm.", thinking=True),
    Case("the turn's end may follow it", "Hm.\n" + hermes("now") + "<|im_end|>", calls=[NOW], reasoning="Hm.", thinking=True, after="nowhere"),
    Case("a bare function may end an unclosed thought", "Hm.\n<function=now>\n</function>", calls=[NOW], reasoning="Hm.", thinking=True),
    Case("an unknown tool there is reported", "Hm. " + xml("nope"), reasoning="Hm. " + xml("nope"), problems=["unknown_tool"], thinking=True),
    Case("an incomplete call there is reported", "Hm. <tool_call>\n<function=now>", reasoning="Hm. <tool_call>\n<function=now>", problems=["cut_call"], thinking=True),
    # a call in a thought that goes on
    Case("a call in a thought that goes on is thought", xml("now") + "\nNo, wait.", reasoning=xml("now") + "\nNo, wait.", thinking=True, after="reasoning"),
    Case("a thought that closes after its call keeps it", xml("now") + " it is.\n</think>\n\nNoon.", "Noon.", reasoning=xml("now") + " it is.", thinking=True, after="content"),
    Case("a call right before the close and an answer is thought", xml("now") + "\n</think>\n\nNoon.", "Noon.", reasoning=xml("now"), thinking=True, after="content"),
    Case("a call that ends a thought may hold a call as data", "Hm.\n" + xml("write", path="a", content=xml("now") + "\nDone."), calls=[("write", {"path": "a", "content": xml("now") + "\nDone."})], reasoning="Hm.\n" + xml("write", path="a", content=xml("now") + "\nDone."), thinking=True),
    Case("data of a call that ends a thought is no call", "Hm.\n" + xml("write", path="a", content=xml("now") + "\nThen:\n" + xml("run", command="rm")), calls=[("write", {"path": "a", "content": xml("now") + "\nThen:\n" + xml("run", command="rm")})], reasoning="Hm.\n" + xml("write", path="a", content=xml("now") + "\nThen:\n" + xml("run", command="rm")), thinking=True),
    Case("a turn's end may follow such a call", "Hm.\n" + xml("write", path="a", content=xml("now") + "\nDone.") + "<|im_end|>", calls=[("write", {"path": "a", "content": xml("now") + "\nDone."})], reasoning="Hm.\n" + xml("write", path="a", content=xml("now") + "\nDone."), thinking=True, after="nowhere"),
    Case("a draft is not the call that ends the thought", "Maybe " + xml("run", command="rm") + " or not.\n" + xml("now"), calls=[NOW], reasoning="Maybe " + xml("run", command="rm") + " or not.", thinking=True),
    Case("a draft of no tool is thought", "Maybe " + xml("nope") + " or not.", reasoning="Maybe " + xml("nope") + " or not.", thinking=True, after="reasoning"),
    Case("a draft in the thought is not the call after it", "Maybe " + xml("run", command="rm") + " or not.\n</think>\n\n" + xml("now"), calls=[NOW], reasoning="Maybe " + xml("run", command="rm") + " or not.", thinking=True, after="call"),
    # code
    Case("a fenced call is text", FENCED, FENCED, after="content"),
    Case("a call in a tilde fence is text", "~~~xml\n" + xml("now") + "\n~~~", "~~~xml\n" + xml("now") + "\n~~~", after="content"),
    Case("an inner, shorter fence does not end the outer", "````\n" + FENCED + "\n````", "````\n" + FENCED + "\n````", after="content"),
    Case("a call in inline code is text", "`" + hermes("now").replace("\n", "") + "` is a call", "`" + hermes("now").replace("\n", "") + "` is a call", after="content"),
    Case("inline code may have more backticks", "`` ` <tool_call> `` opens", "`` ` <tool_call> `` opens", after="content"),
    Case("a call after a fence is a call", "```\nx\n```\n" + xml("now"), "```\nx\n```", [NOW], after="call"),
    Case("a call after inline code is a call", "`x` " + xml("now"), "`x`", [NOW], after="call"),
    Case("a lone backtick is no code", "it` is\n" + xml("now"), "it` is", [NOW], after="call"),
    Case("inline code with three backticks is no fence", "```x```\n" + xml("now"), "```x```", [NOW], after="call"),
    Case("a fenced call in a thought is thought", FENCED, reasoning=FENCED, thinking=True, after="reasoning"),
    Case("a fence in a value is a value", xml("write", content=FENCED), calls=[("write", {"content": FENCED})], after="call"),
    # a bare function
    Case("a bare known function is a call", "<function=now>\n</function>", calls=[NOW], after="call"),
    Case("only the opening tag is missing", "Sure.\n\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n</function>\n</tool_call>", "Sure.", [PARIS], after="call"),
    Case("an indented bare function is a call", "  <function=now>\n</function>", calls=[NOW], after="call"),
    Case("a bare unknown function is text", "<function=nope>\n</function>", "<function=nope>\n</function>", after="content"),
    Case("a bare function inside a line is text", "Use <function=now></function> here", "Use <function=now></function> here", after="content"),
    Case("a bare function that is not complete is text and reported", "<function=weather>\n<parameter=city>\nPar", "<function=weather>\n<parameter=city>\nPar", problems=["cut_call"]),
    # dialects
    Case("Hermes JSON is a call", hermes("weather", city="Paris"), calls=[PARIS], after="call"),
    Case("Hermes JSON with nested values is a call", hermes("run", command={"a": [1, None, True]}), calls=[("run", {"command": {"a": [1, None, True]}})], after="call"),
    Case("parameters may stand for arguments", '<tool_call>{"name": "weather", "parameters": {"city": "Paris"}}</tool_call>', calls=[PARIS], after="call"),
    Case("the OpenAI shape is a call", '<tool_call>{"type": "function", "function": {"name": "weather", "arguments": "{\\"city\\": \\"Paris\\"}"}}</tool_call>', calls=[PARIS], after="call"),
    Case("a list is several calls", '<tool_call>[{"name": "now"}, {"name": "now"}]</tool_call>', calls=[NOW, NOW], after="call"),
    Case("one brace too many is forgiven", '<tool_call>{"name": "now", "arguments": {}}}</tool_call>', calls=[NOW], after="call"),
    Case("Python's way of writing a dict is read", "<tool_call>{'name': 'now', 'arguments': {'x': None}}</tool_call>", calls=[("now", {"x": None})], after="call"),
    Case("JSON inside a function is a call", '<tool_call><function=weather>{"city": "Paris"}</function></tool_call>', calls=[PARIS], after="call"),
    Case("JSON inside a bare function is a call", '<function=weather>\n{"city": "Paris"}\n</function>', calls=[PARIS], after="call"),
    Case("invoke with attributes is a call", '<invoke name="weather">\n<parameter name="city">Paris</parameter>\n</invoke>', calls=[PARIS], after="call"),
    Case("function with an attribute is a call", '<tool_call>\n<function name="weather">\n<parameter name="city">\nParis\n</parameter>\n</function>\n</tool_call>', calls=[PARIS], after="call"),
    Case("an attribute may stand without quotes", "<function name=now>\n</function>", calls=[NOW], after="call"),
    Case("names may be quoted", '<tool_call><function="weather"><parameter="city">Paris</parameter></function></tool_call>', calls=[PARIS], after="call"),
    Case("JSON that is no call is reported", "<tool_call>[1, 2]</tool_call>", problems=["unreadable_call"], after="call"),
    Case("arguments that are no object are reported", '<tool_call>{"name": "now", "arguments": [1]}</tool_call>', problems=["unreadable_call"], after="call"),
    Case("JSON that contradicts itself is reported", '<tool_call>{"name": "run", "arguments": {"command": "a", "command": "b"}}</tool_call>', problems=["unreadable_call"], after="call"),
    Case("a JSON call without tags is reported and shown", '{"name": "now", "arguments": {}}', '{"name": "now", "arguments": {}}', problems=["unreadable_call"]),
    # tags inside a value
    *(
        Case(f"{value!r} inside a value is data", xml("write", path="a", content=value), calls=[("write", {"path": "a", "content": value})], after="call")
        for value in (
            'return "</parameter>"',
            "x\n</parameter>",
            "x\n</parameter>\n</function>\n</tool_call>",
            "</tool_call>",
            "a <tool_call> b",
            "<function=now>",
            "<parameter=path>\nb\n</parameter>",
            "<parameter=other>\nb",
            "<|im_end|>",
            "<tool_response>\nx\n</tool_response>",
            "<think>a</think>",
            "</think>",
            NESTED,
            NESTED + "\n" + NESTED,
            f'doc = """\n{NESTED}\n"""',
            hermes("now"),
        )
    ),
    Case("tags inside the first of two values are data", xml("write", path="</parameter>\n</function>", content="x"), calls=[("write", {"path": "</parameter>\n</function>", "content": "x"})], after="call"),
    Case("tags inside JSON strings are data", hermes("run", command="</tool_call>\n<tool_call>"), calls=[("run", {"command": "</tool_call>\n<tool_call>"})], after="call"),
    Case("a value that closes and opens a parameter again is reported", xml("write", path="a", content="x\n</parameter>\n<parameter=path>\nb"), problems=["repeated_parameter"], after="call"),
    # missing closers
    Case("the next parameter closes a value", "<tool_call>\n<function=write>\n<parameter=path>\na\n<parameter=content>\nb\n</parameter>\n</function>\n</tool_call>", calls=[("write", {"path": "a", "content": "b"})], after="call"),
    Case("the function's end closes a value", "<tool_call>\n<function=write>\n<parameter=path>\na\n</function>\n</tool_call>", calls=[("write", {"path": "a"})], after="call"),
    Case("the call's end closes value and function", "<tool_call>\n<function=write>\n<parameter=path>\na\n</tool_call>", calls=[("write", {"path": "a"})], after="call"),
    Case("the call's end closes the function", "<tool_call>\n<function=write>\n<parameter=path>\na\n</parameter>\n</tool_call>", calls=[("write", {"path": "a"})], after="call"),
    Case("an undeclared parameter does not close a value", xml("run", command="a\n<parameter=x>\nb"), calls=[("run", {"command": "a\n<parameter=x>\nb"})], after="call"),
    Case("the call's own end may be missing", "<tool_call>\n<function=now>\n</function>", calls=[NOW], after="call"),
    Case("a name may have a quote inside", "<tool_call>\n<function=write>\n<parameter=driver's name>\na\n</parameter>\n<parameter name=\"q\"x\">\nb\n</parameter>\n</function>\n</tool_call>", calls=[("write", {"driver's name": "a", 'q"x': "b"})], after="call"),
    Case("a drifted closer closes", "<tool_call>\n<function=write>\n<parameter=path>\na\n</parameter_path>\n<parameter=content>\nb\n</param>\n</function>\n</tool_call>", calls=[("write", {"path": "a", "content": "b"})], after="call"),
    Case("so does one that says the name once more", "<tool_call>\n<function=write>\n<parameter=path>\na\n</parameter=path>\n<parameter=content>\nb\n</parameter=content>\n</function=write>\n</tool_call>", calls=[("write", {"path": "a", "content": "b"})], after="call"),
    Case("so does one without its end before the next tag", "<tool_call>\n<function=write>\n<parameter=path>\na\n</parameter\n<parameter=content>\nb\n</parameter\n</function>\n</tool_call>", calls=[("write", {"path": "a", "content": "b"})], after="call"),
    Case("so does one with a space", "<tool_call>\n<function=write>\n<parameter=path>\na\n</parameter >\n<parameter=content>\nb\n</parameter>\n</function>\n</tool_call>", calls=[("write", {"path": "a", "content": "b"})], after="call"),
    Case("so does the name of the parameter alone", "<tool_call>\n<function=write>\n<parameter=path>\na\n</path>\n<parameter=content>\nb\n</content>\n</function>\n</tool_call>", calls=[("write", {"path": "a", "content": "b"})], after="call"),
    Case("which may be data where it was opened or has an end behind it", xml("write", path="<path>a</path>", content="b</content>").replace("</path>\n</parameter>", "</path>"), calls=[("write", {"path": "<path>a</path>", "content": "b</content>"})], after="call"),
    Case("a parameter may be called a param", "<tool_call>\n<function=write>\n<param=path>\na\n</param>\n<param name=\"content\">\nb\n</parameter>\n</function>\n</tool_call>", calls=[("write", {"path": "a", "content": "b"})], after="call"),
    Case("which in a value is data", xml("write", content='<param name="path">The path.</param>', path="a"), calls=[("write", {"content": '<param name="path">The path.</param>', "path": "a"})], after="call"),
    Case("and where it opens a parameter in the middle, too", xml("write", content='<doc>\n<param name="path">x</param>\n<param name="path">y</param>\n</doc>'), calls=[("write", {"content": '<doc>\n<param name="path">x</param>\n<param name="path">y</param>\n</doc>'})], after="call"),
    Case("but not behind a value", xml("write", path="a").replace("</function>", "<param=content>\nb\n</param>\n</function>"), calls=[("write", {"path": "a", "content": "b"})], after="call"),
    *[
        Case(f"so does {closer}", xml("write", path="a", content="b").replace("</parameter>", closer), calls=[("write", {"path": "a", "content": "b"})])
        for closer in ("</paramter>", "</paraemter>", "</parammeter>", "</ parameter>", "</Parameter>")
    ],
    Case("a misspelt closer is data in the middle of a line", xml("write", path="a", content="<Parameter>x</Parameter>").replace("</Parameter>\n</parameter>", "</Parameter>"), calls=[("write", {"path": "a", "content": "<Parameter>x</Parameter>"})]),
    Case("a misspelt closer behind a call is no end of it", xml("run", command="ls") + "\n</Parameter>\n</function>\n</tool_call>", calls=[("run", {"command": "ls"})]),
    Case("a misspelt closer is data in a value that ends", xml("write", path="</paramter>", content="<parameter>\n</Parameter>"), calls=[("write", {"path": "</paramter>", "content": "<parameter>\n</Parameter>"})], after="call"),
    Case("a drifted closer is data in a value that ends", xml("run", command="echo '</parameter=command>' </parameter > a"), calls=[("run", {"command": "echo '</parameter=command>' </parameter > a"})], after="call"),
    # the same parameter twice
    Case("an identical parameter is one", xml("run", command="a").replace("</function>", "<parameter=command>\na\n</parameter>\n</function>"), calls=[("run", {"command": "a"})], after="call"),
    Case("a different one is reported", xml("run", command="a").replace("</function>", "<parameter=command>\nb\n</parameter>\n</function>"), problems=["repeated_parameter"], after="call"),
    Case("so it is without its wrapper", "<function=run>\n<parameter=command>\na\n</parameter>\n<parameter=command>\nb\n</parameter>\n</function>", problems=["repeated_parameter"], after="call"),
    # what is not shown
    Case("stray closers after a call are not shown", xml("now") + "\n</function>\n</tool_call>", calls=[NOW], after="call"),
    Case("nor are invented ones", xml("now") + "</function_invocation>", calls=[NOW], after="call"),
    Case("a call before a close that nobody opened for is thought", "Maybe " + xml("run", command="rm") + " or not.\n</think>\n\nNo.", "Maybe\nNo.", reasoning=xml("run", command="rm") + " or not."),
    Case("and what follows the close may be a call", xml("run", command="rm") + "\n</think>\n\n" + xml("now"), calls=[NOW], reasoning=xml("run", command="rm"), after="call"),
    Case("a close that nothing follows takes no call back", xml("now") + "\n</think>\n", calls=[NOW]),
    Case("a close in a value takes no call back", xml("now") + "\n" + xml("write", path="a", content="b </think> c"), calls=[NOW, ("write", {"path": "a", "content": "b </think> c"})], after="call"),
    Case("a close in inline code takes no call back", xml("now") + "\nThe tag `</think>` ends it.", "The tag `</think>` ends it.", calls=[NOW], after="content"),
    Case("a second end of thought is not shown", "R</think>A</think>B", "AB", reasoning="R", thinking=True, after="content"),
    Case("nor is one without a thought", "</think>\n\nHi", "Hi", after="content"),
    Case("nothing after the turn's end is shown", "Hi<|im_end|>\n<|im_start|>user\nYou", "Hi", after="nowhere"),
    Case("nor after the end of text", "Hi<|endoftext|>more", "Hi", after="nowhere"),
    Case("the marks of its own turn", "<|im_start|>assistant\nHi", "Hi"),
    Case("the marks of its own turn, and a thought", "<|im_start|>assistant\n<think>\nHm.\n</think>\n\nHi", "Hi", reasoning="Hm."),
    Case("the marks of its own turn, and a call", "<|im_start|>assistant\n" + xml("now"), calls=[NOW]),
    Case("the marks of another's turn", "<|im_start|>user\nHi", "", after="nowhere"),
    Case("half the marks of a turn", "<|im_start|>assist", "", after="nowhere"),
    Case("nor after an invented turn", xml("now") + "\n<|im_start|>user\nYou", calls=[NOW], after="nowhere"),
    # cut replies
    Case("a reply cut inside a value calls nothing", xml("write", path="/etc/passwd")[:50], problems=["cut_call"]),
    Case("a reply cut after a value calls nothing", "<tool_call>\n<function=run>\n<parameter=command>\nrm -r a\n</parameter>\n", problems=["cut_call"]),
    Case("a reply cut inside JSON calls nothing", '<tool_call>\n{"name": "run", "arguments": {"command": "rm', problems=["cut_call"]),
    Case("the call before the cut one stands", xml("now") + "\n<tool_call>\n<function=run>\n<parameter=command>\nrm", calls=[NOW], problems=["cut_call"]),
    Case("a tag that is cut is text", "Well <tool_cal", "Well <tool_cal", after=None),
    # the end of a thought that the prompt opened
    Case("what stands before the close is reasoning", "Hm.\n</think>\n\nYes.", "Yes.", reasoning="Hm.", thinking=True, after="content"),
    Case("a thought that never closes is all reasoning", "Hm, hm.", reasoning="Hm, hm.", thinking=True, after="reasoning"),
    Case("the first close counts, even in code", "Hm `</think>` hm", "` hm", reasoning="Hm `", thinking=True, after="content"),
    Case("a second opening is dropped", "<think>\nHm.\n</think>\nYes.", "Yes.", reasoning="Hm.", thinking=True, after="content"),
    # Where a value may have ended before, nothing is guessed.
    Case("a closer after the text behind a call", xml("weather", city="Paris") + "\nDone.\n</tool_call>", "Done.", calls=[("weather", {"city": "Paris"})]),
    Case("and before another call", xml("weather", city="Paris") + "\nok\n</tool_call>\n" + xml("now"), "ok", calls=[("weather", {"city": "Paris"}), NOW]),
    Case("two closers after the text may end the value", xml("weather", city="Paris") + "\nDone.\n</function>\n</tool_call>", "Done.", problems=["unreadable_call"]),
    Case("other text between the closers", "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n</function>\nhm\n</tool_call>", problems=["unreadable_call"]),
    Case("a comma after a parameter", "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>,\n<parameter=days>\n2\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("a call that begins before the last has ended", "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n" + xml("run", command="ls"), calls=[("run", {"command": "ls"})], problems=["unreadable_call"]),
    Case("and one without its own tag", "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n<function=run>\n<parameter=command>\nls\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("a call quoted in JSON that can not be read is not run", '<tool_call>\n{"name": "write", "arguments": {"path": "C:\\docs", "content": "Use ' + xml("now").replace("\n", "") + '."}}\n</tool_call>', problems=["unreadable_call"]),
    Case("nor one quoted in JSON that is cut", '<tool_call>\n{"name": "write", "arguments": {"content": "Use ' + xml("now").replace("\n", "") + ' to', problems=["unreadable_call"]),
    Case("a whole call on a line of its own behind half a JSON call", '<tool_call>\n{"name": "write", "arguments": {\n' + xml("now"), calls=[NOW], problems=["unreadable_call"]),
    Case("a call quoted in what may be a call and is none", '<tool_call>\nwrite\n{"content": "Say ' + xml("now").replace("\n", "") + '"}\n</tool_call>', '<tool_call>\nwrite\n{"content": "Say ' + xml("now").replace("\n", "") + '"}\n</tool_call>', problems=["unreadable_call"]),
    Case("a call quoted in a call of no tool without a wrapper", "<function=save>\n<parameter=content>\nSay\n" + xml("now") + "\n</parameter>\n</function>", "<function=save>\n<parameter=content>\nSay\n" + xml("now") + "\n</parameter>\n</function>", problems=["unreadable_call"]),
    Case("a call quoted in half a call without a wrapper", "<function=write>\n<parameter=path>\np\n</parameter>\n<parameter=content>\nUse " + hermes("now").replace("\n", "") + " to", "<function=write>\n<parameter=path>\np\n</parameter>\n<parameter=content>\nUse " + hermes("now").replace("\n", "") + " to", problems=["cut_call"]),
    Case("a reply that ends in a value behind a closing tag in it", "<tool_call>\n<function=run>\n<parameter=command>\necho '</function>' >> a.txt && rm", problems=["unreadable_call"]),
    Case("a closing tag that ends a line may end the value", "<tool_call>\n<function=run>\n<parameter=command>\nls</function>\n</tool_call>", calls=[("run", {"command": "ls"})]),
    Case("the end of a turn right behind a block of code", "Code:\n```py\nx\n```<|im_end|>\n<|im_start|>user\nhi", "Code:\n```py\nx\n```"),
    Case("a second end of the thought right behind a block of code", "R</think>Answer:\n```\nx\n```</think>\n\n" + xml("now"), "Answer:\n```\nx\n```", calls=[NOW], reasoning="R", thinking=True),
    Case("a call that speaks of a closing tag and ends a thought", "Hm.\n" + xml("run", command="echo '</function>'") + "\n</think>\n", calls=[("run", {"command": "echo '</function>'"})], reasoning="Hm.\n" + xml("run", command="echo '</function>'"), thinking=True),
    Case("the same with an answer behind it is a draft", "Hm.\n" + xml("run", command="echo '</function>'") + "\n</think>\n\nDone.", "Done.", reasoning="Hm.\n" + xml("run", command="echo '</function>'"), thinking=True),
    Case("a call of no tool that speaks of a closing tag and ends a thought", "Hm.\n" + xml("nope", a="x</function>y"), problems=["unknown_tool"], reasoning="Hm.\n" + xml("nope", a="x</function>y"), thinking=True),
    Case("a call behind lines that speak of functions in a thought", "Tools:\n<function=weather> gives weather\n<function=now> gives time\n\n" + xml("now"), calls=[NOW], reasoning="Tools:\n<function=weather> gives weather\n<function=now> gives time", thinking=True),
    Case("two calls of which the first lacks its end and the second speaks of ends", xml("run", command="ls").removesuffix("\n</tool_call>") + "\n" + xml("run", command="x\n</parameter>\n</function>\n</tool_call>\ny"), problems=["unreadable_call"]),
    Case("a wrapper with an attribute is no answer", '<tool_call name="weather">\n{"city": "Paris"}\n</tool_call>', '<tool_call name="weather">\n{"city": "Paris"}', problems=["unreadable_call"]),
    Case("nor is a wrapper of another name", '<tools>\n{"name": "weather", "arguments": {"city": "Paris"}}\n</tools>', '<tools>\n{"name": "weather", "arguments": {"city": "Paris"}}\n</tools>', problems=["unreadable_call"]),
    Case("an invocation by its name in a wrapper", "<tool_call>\n<invoke=now>\n</invoke>\n</tool_call>", calls=[NOW]),
    Case("a second call of no tool behind one without its end", bare("run", command="ls") + "\n" + xml("nope"), calls=[("run", {"command": "ls"}), ("nope", {})]),
    Case("the same behind a call that only its block ends", "<tool_call>\n<function=run>\n<parameter=command>\nls\n</tool_call>\n" + xml("nope"), calls=[("run", {"command": "ls"}), ("nope", {})]),
    *(
        Case(f"a call quoted in a block that can not be read, {where}", f"<tool_call>\n{before}\n{xml('run', command='rm x')}\n{after}\n</tool_call>", problems=["unreadable_call"])
        for where, before, after in (("in Python's quotes", "{'name': 'write', 'arguments': {'content': 'Use", "'}}"), ("behind an odd quotation mark", '{"name": "write", "arguments": {"content": "A 5" nail:', '"}}'), ("in an element", "<function=write>\n<content>\nSay", "</content>\n</function>"), ("behind half a tag", "<function=write\n<parameter=content>\nSay", "</parameter>\n</function>"))
    ),
    Case("a function quoted in a call of no tool without a wrapper", "<function=save>\n<parameter=content>\nSay\n" + bare("run", command="rm x") + "\n</parameter>\n</function>", "<function=save>\n<parameter=content>\nSay\n" + bare("run", command="rm x") + "\n</parameter>\n</function>", problems=["unreadable_call"]),
    Case("a call quoted in what may be a call in a thought", "Hm.\n<tool_call>\nwrite\n<parameter=content>\nSay\n" + xml("now") + "\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"], reasoning="Hm.\n<tool_call>\nwrite\n<parameter=content>\nSay\n" + xml("now") + "\n</parameter>\n</function>\n</tool_call>", thinking=True),
    Case("text behind JSON with an odd quotation mark", '<tool_call>{"name": "run", "arguments": {"command": "echo 5" nail"}}</tool_call>\nI could not do more.', "I could not do more.", problems=["unreadable_call"]),
    Case("a call behind JSON with an odd quotation mark", '<tool_call>{"name": "weather", "arguments": {"city": "Paris}}</tool_call>\n' + hermes("now"), calls=[NOW], problems=["unreadable_call"]),
    Case("a parameter that begins again before its end", "<tool_call>\n<function=run>\n<parameter=command>\nls\n<parameter=command>\nls -la\n</parameter>\n</function>\n</tool_call>", problems=["repeated_parameter"]),
    Case("the same with the same value", "<tool_call>\n<function=run>\n<parameter=command>\nls\n<parameter=command>\nls\n</parameter>\n</function>\n</tool_call>", calls=[("run", {"command": "ls"})]),
    Case("a block that the end of a thought follows at once", "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</tool_call></think>", calls=[("weather", {"city": "Paris"})]),
    Case("a block that words follow at once", "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</tool_call> Done.", "Done.", calls=[("weather", {"city": "Paris"})]),
    Case("prose about a function and its parameter before a call", "Tools:\n<function=weather> takes <parameter=city>.\n\n" + xml("now"), "Tools:\n<function=weather> takes <parameter=city>.", calls=[NOW], problems=["unreadable_call"]),
    Case("a meant call before a good one is told", '<tool_call>\nweather(city="Rome")\n</tool_call>\n' + xml("now"), '<tool_call>\nweather(city="Rome")\n</tool_call>', calls=[NOW], problems=["unreadable_call"]),
    Case("a value that quotes calls behind a function of no tool", xml("write", content=bare("example", arg="2") + "\n" + xml("run", command="a") + "\n" + xml("run", command="b")), calls=[("write", {"content": bare("example", arg="2") + "\n" + xml("run", command="a") + "\n" + xml("run", command="b")})]),
    Case("a call behind a thought that was opened again", "Maybe\n" + xml("now") + "\nor not.\n</think>\n<think>\nThen\n" + xml("weather", city="Paris"), calls=[("weather", {"city": "Paris"})], reasoning="Maybe\n" + xml("now") + "\nor not.\nThen", thinking=True),
    Case("a call right behind one that lacks the end of its value", "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</function>\n</tool_call>" + bare("run", command="ls"), calls=[("run", {"command": "ls"})], problems=["unreadable_call"]),
    Case("half a call of another tool inside a value on one line", xml("write", path="a", content="echo</function><function=run><parameter=command>ls"), problems=["unreadable_call"]),
    Case("half a call of another tool inside a value on lines of its own", xml("write", path="a", content="x\n</function>\n<function=run>\n<parameter=command>\nls"), problems=["unreadable_call"]),
    Case("half a call inside a value, behind the end of a call", xml("write", path="a", content="x\n</tool_call>\n<function=run>\n<parameter=command>\nls"), bare("run", command="ls") + "\n</tool_call>", problems=["unreadable_call"]),
    Case("a tag that opens a call inside a value, behind the end of a call", xml("write", path="a", content="x</tool_call><function=now>"), "<function=now>\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("a sentence about tags does not take the next parameter", xml("write", content="`</function>` ends `<function=run>`; `<parameter=command>` begins a value", path="a"), calls=[("write", {"content": "`</function>` ends `<function=run>`; `<parameter=command>` begins a value", "path": "a"})]),
    Case("a list of tags does not take the next parameter", xml("write", content='["</tool_call>", "<function=run>", "<parameter=command>"]', path="a"), calls=[("write", {"content": '["</tool_call>", "<function=run>", "<parameter=command>"]', "path": "a"})]),
    Case("a sentence about tags gives a call no parameter of another tool", xml("write", path="a", content="The end is </function>, the start <function=run>, then\n<parameter=command>\nls"), calls=[("write", {"path": "a", "content": "The end is </function>, the start <function=run>, then\n<parameter=command>\nls"})]),
    Case("a second function behind a misspelt end is no part of the first one's value", "<tool_call>\n<function=run>\n<parameter=command>\nls\n</parameter>\n</function>\n</toolcall>" + bare("run", command="pwd") + "\n</tool_call>", problems=["unreadable_call"]),
    Case("a thought left in the text may hold a draft that can't be read", "<tool_call>\n{...}\n</tool_call>\nneed not be.\n</think>\n\nThe answer is 4.", "The answer is 4.", reasoning="<tool_call>\n{...}\n</tool_call>\nneed not be."),
    Case("half a call before a whole function can not be told from a value that ends in it", "<tool_call>\n<function=write>\n<parameter=path>\na\n</parameter>\n<parameter=content>\nSay\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("the same without a wrapper", f"<function=write>\n<parameter=content>\nSay\n{bare('weather', city='Paris')}", f"<function=write>\n<parameter=content>\nSay\n{bare('weather', city='Paris')}", problems=["unreadable_call"]),
    Case("a call that begins again in its own value", "<tool_call>\n<function=run>\n<parameter=command>\nls\n<function=run>\n<parameter=command>\nls -l\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("a function that stands inside a word is a value", xml("write", path="a", content="Say <function=weather>\n<parameter=city>\nParis"), calls=[("write", {"path": "a", "content": "Say <function=weather>\n<parameter=city>\nParis"})]),
    Case("two functions quoted in a value", xml("write", path="a", content=bare("weather", city="Paris") + "\nor\n" + bare("run", command="ls") + "\nthen"), calls=[("write", {"path": "a", "content": bare("weather", city="Paris") + "\nor\n" + bare("run", command="ls") + "\nthen"})]),
    Case("two functions quoted before a parameter that they have, too", xml("write", content=bare("write", path="b") + "\n" + bare("write", path="c"), path="a"), calls=[("write", {"content": bare("write", path="b") + "\n" + bare("write", path="c"), "path": "a"})]),
    Case("two functions quoted in a call without a wrapper", bare("write", path="a", content=bare("now") + "\n" + bare("weather", city="Paris")), calls=[("write", {"path": "a", "content": bare("now") + "\n" + bare("weather", city="Paris")})]),
    Case("a call that can't be read is told although its value holds the end of a thought", xml("write", path="a", content='assert "</tool_call>" in t\nassert "</think>" in t\n<|im_start|><function=run>\n"<parameter=command>"\n"<tool_call>"'), '" in t', reasoning='<tool_call>\n<function=write>\n<parameter=path>\na\n</parameter>\n<parameter=content>\nassert "</tool_call>" in t\nassert "', problems=["unreadable_call"]),
    Case("a second close takes no call back", "Hm.\n</think>\n" + xml("now") + "\n</think>\n\nNoon.", "Noon.", reasoning="Hm.", calls=[NOW], thinking=True),
    Case("a call that is cut at its opening", xml("now") + "\n<tool_call>\n<func", calls=[NOW], problems=["cut_call"]),
    Case("quotes around a name that has none", '<tool_call>\n<function="weather">\n<parameter="city">\nParis\n</parameter>\n</function>\n</tool_call>', calls=[("weather", {"city": "Paris"})]),
    Case("a JSON call whose close was cut", hermes("now")[:-4], calls=[NOW]),
    # A second call that went wrong does not spoil the first; half a call does not swallow a whole one.
    Case("a second call whose function is misspelt", xml("run", command="ls") + "\n<tool_call>\n<functio=weather>\n<parameter=city>\nParis\n</parameter>\n</function>\n</tool_call>", "<tool_call>\n<functio=weather>\n<parameter=city>\nParis\n</parameter>\n</function>\n</tool_call>", calls=[("run", {"command": "ls"})], problems=["unreadable_call"]),
    Case("a second call of an unknown function", xml("run", command="ls") + "\n<function=shell>\n<parameter=command>\npwd\n</parameter>\n</function>\n</tool_call>", "<function=shell>\n<parameter=command>\npwd\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("a second call that lacks its function", xml("run", command="ls") + "\nThen:\n<tool_call>\n<parameter=command>\npwd\n</parameter>\n</function>\n</tool_call>", "Then:\n<tool_call>\n<parameter=command>\npwd\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("a second call that is none", xml("weather", city="Paris") + "\n<tool_call>\nweather(city=\"Rome\")\n</tool_call>", "<tool_call>\nweather(city=\"Rome\")\n</tool_call>", calls=[("weather", {"city": "Paris"})], problems=["unreadable_call"]),
    Case("prose about the format before a call", "The format opens with\n<tool_call> as I was told.\n\n" + xml("now"), "The format opens with\n<tool_call> as I was told.", calls=[("now", {})]),
    Case("an opening twice before JSON", "<tool_call>\n" + hermes("now"), calls=[("now", {})]),
    Case("arguments beside the function", '<tool_call>\n{"function": {"name": "weather"}, "arguments": {"city": "Paris"}}\n</tool_call>', calls=[("weather", {"city": "Paris"})]),
    Case("arguments that are none", '<tool_call>\n{"name": "now", "arguments": false}\n</tool_call>', problems=["unreadable_call"]),
    Case("a definition is no call", '<tool_call>\n{"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}\n</tool_call>', problems=["unreadable_call"]),
    Case("a second call that lacks a parameter's opening", xml("run", command="ls") + "\n<tool_call>\n<function=weather>\nParis\n</parameter>\n</function>\n</tool_call>", calls=[("run", {"command": "ls"})], problems=["unreadable_call"]),
    Case("a second call whose function is not closed by a bracket", xml("run", command="ls") + "\n<tool_call>\n<function=weather\n<parameter=city>\nParis\n</parameter>\n</function>\n</tool_call>", calls=[("run", {"command": "ls"})], problems=["unreadable_call"]),
    Case("a whole call in a value behind broken JSON", "<tool_call>{bad\n<function=write>\n<parameter=content>\n" + xml("now") + "\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("half a call before a whole one", "<tool_call>\n<function=run>\n<parameter=command>\nrm -r /tm\n" + xml("now"), problems=["unreadable_call"]),
    Case("and before one with parameters", "<tool_call>\n<function=run>\n<parameter=command>\nrm -r /tm\n" + xml("weather", city="Paris", days=2), problems=["unreadable_call"]),
    Case("and before one in JSON", "<tool_call>\n<function=run>\n<parameter=command>\nrm -r /tm\n" + hermes("now"), problems=["cut_call"]),
    Case("a reply cut behind a call in a value", xml("write", path="a", content="x\n" + xml("now") + "\nand th").rpartition("\n</parameter>")[0], problems=["unreadable_call"]),
    Case("a parameter opened twice", "<tool_call>\n<function=weather>\n<parameter=city>\n<parameter=city>\nParis\n</parameter>\n</function>\n</tool_call>", problems=["unreadable_call"]),
    Case("a parameter mentioned between two calls", xml("run", command="ls") + "\nThen <parameter=city> is set.\n" + xml("weather", city="Paris"), "Then <parameter=city> is set.", calls=[("run", {"command": "ls"}), ("weather", {"city": "Paris"})]),
    Case("a value that begins with its own tag is reported", xml("write", path="a", content="<parameter=content>\nb"), problems=["unreadable_call"]),
    Case("the same with an end for each is a value", "<tool_call>\n<function=weather>\n<parameter=city>\n<parameter=city>\nParis\n</parameter>\n</parameter>\n</function>\n</tool_call>", calls=[("weather", {"city": "<parameter=city>\nParis\n</parameter>"})]),
    Case("an indented parameter closes a value", "<tool_call>\n  <function=write>\n    <parameter=path>\na\n    <parameter=content>\nb\n</parameter>\n  </function>\n</tool_call>", calls=[("write", {"path": "a\n    ", "content": "b"})]),
    Case("a line break of two characters before the value only", "<tool_call>\n<function=weather>\n<parameter=city>\r\nParis\n</parameter>\n</function>\n</tool_call>", calls=[("weather", {"city": "Paris"})]),
    Case("a closing tag behind the end of a thought that a call ended", "Hm\n" + xml("now") + "\n</think>\n</tool_call>", calls=[NOW], reasoning="Hm", thinking=True),
    Case("a call of no tool beside one in a thought", "Hm\n" + xml("nope") + "\n" + xml("now"), calls=[NOW], problems=["unknown_tool"], reasoning="Hm\n" + xml("nope") + "\n" + xml("now"), thinking=True),
    Case("a line break of two characters on one side", "<tool_call>\n<function=weather>\n<parameter=city>Paris\r\n</parameter>\n</function>\n</tool_call>", calls=[("weather", {"city": "Paris"})]),
]  # fmt: skip

FAILURES = [
    Case("1: an indented call in an unclosed thought", "Let me look.\n  " + xml("weather", city="Boston, MA") + "\n", calls=[("weather", {"city": "Boston, MA"})], reasoning="Let me look.", thinking=True),
    Case("1: a call after a thought the model opened itself", "<think>\nHm.\n" + xml("now"), calls=[NOW], reasoning="Hm."),
    Case("2: no opening tag", "<function=run>\n<parameter=command>\n*.md\n</parameter>\n</function>\n</tool_call>", calls=[("run", {"command": "*.md"})], after="call"),
    Case("2: two calls without opening tags", "<function=now>\n</function>\n</tool_call>\n<function=now>\n</function>\n</tool_call>", calls=[NOW, NOW], after="call"),
    Case("3: prose about a function", "The tag `<function=now>` starts one, <function=now> too.", "The tag `<function=now>` starts one, <function=now> too.", after="content"),
    Case("3: prose about an unknown function at a line's start", "<function=foo> is how it starts.", "<function=foo> is how it starts.", after="content"),
    Case("4: two dialects in one reply", xml("now") + "\n" + hermes("weather", city="Paris"), calls=[NOW, PARIS], after="call"),
    Case("6: a closer in code in a value", xml("write", path="a.py", content='def f():\n    return "</parameter>"'), calls=[("write", {"path": "a.py", "content": 'def f():\n    return "</parameter>"'})], after="call"),
    Case("7: shell operators", xml("run", command="pwd && ls -la < /dev/null"), calls=[("run", {"command": "pwd && ls -la < /dev/null"})], after="call"),
    Case("8: entities", xml("write", content="&lt;p&gt; &#39; &nbsp;"), calls=[("write", {"content": "&lt;p&gt; &#39; &nbsp;"})], after="call"),
    Case("9: neither value nor function closed, twice", "<tool_call>\n<function=write>\n<parameter=path>\na\n<parameter=content>\nb\n</tool_call>\n" + xml("now"), calls=[("write", {"path": "a", "content": "b"}), NOW], after="call"),
    Case("10: a second function closer", "<tool_call>\n<function=now>\n</function>\n</function>\n</tool_call>", calls=[NOW], after="call"),
    Case("11: compact parallel calls", "<tool_call><function=weather><parameter=days>10</parameter></function></tool_call><tool_call><function=now></function></tool_call>", calls=[("weather", {"days": "10"}), NOW], after="call"),
    Case("12: invoke inside a call", '<tool_call>\n<invoke name="now">\n</invoke>\n</tool_call>', calls=[NOW], after="call"),
    Case("18: a call without arguments", "<tool_call>\n<function=now>\n</function>\n</tool_call>", calls=[NOW], after="call"),
    Case("18: JSON with empty arguments", '<tool_call>{"name": "now", "arguments": ""}</tool_call>', calls=[NOW], after="call"),
    Case("18: JSON without arguments", '<tool_call>{"name": "now"}</tool_call>', calls=[NOW], after="call"),
    Case("19: the tag in prose", "Models write a <tool_call> tag first.", "Models write a <tool_call> tag first.", after="content"),
    Case("19: both tags in prose", "Between <tool_call> and </tool_call> it stands.", "Between <tool_call> and </tool_call> it stands.", after="content"),
    Case("21: endless space after the opening", "<tool_call>" + "\n" * 150, problems=["cut_call"]),
    Case("21: endless space inside a function", "<tool_call>\n<function=now>" + "\n" * 150, problems=["cut_call"]),
    Case("21: endless space after an answer", "Hi" + " \n" * 80, "Hi"),
    Case("30: the thought in the content", "Draft 2 is better.\n</think>\n\nThis picture", "This picture", reasoning="Draft 2 is better.", thinking=True, after="content"),
    Case("30: doubled closes", "R\n</think>\n</think>\n\nA", "A", reasoning="R", thinking=True, after="content"),
    Case("32: an invented name space", hermes("toolbox.web.answer", q=1), calls=[("toolbox.web.answer", {"q": 1})], after="call"),
    Case("33: the model writes the result itself", xml("now") + "\n<tool_response>\n12:00\n</tool_response>\nIt is noon.", calls=[NOW], after="nowhere"),
    Case("33: and goes on with further calls", xml("now") + "<|im_end|>\n<|im_start|>user\n<tool_response>\n1\n</tool_response><|im_end|>\n" + xml("run", command="x"), calls=[NOW], after="nowhere"),
    Case("39: half a value", "<tool_call>\n<function=write>\n<parameter=path>\na\n</parameter>\n<parameter=content>\nhalf", problems=["cut_call"]),
    Case("39: half a closing tag", "<tool_call>\n<function=write>\n<parameter=path>\na\n</param", problems=["cut_call"]),
    Case("41: parallel calls keep their order", "".join(hermes("weather", city=city) for city in "abc"), calls=[("weather", {"city": city}) for city in "abc"], after="call"),
    Case("42: byte-identical twice", "<tool_call><function=run><parameter=command>a</parameter><parameter=command>a</parameter></function></tool_call>", calls=[("run", {"command": "a"})], after="call"),
    Case("42: three times, once different", "<tool_call><function=run><parameter=command>a</parameter><parameter=command>a</parameter><parameter=command>b</parameter></function></tool_call>", problems=["repeated_parameter"], after="call"),
    Case("44: a second thought in the answer", "R\n</think>\n\nHuman\n<think>S", "Human", reasoning="R\nS", thinking=True, after="reasoning"),
    Case("44: a role marker in the answer", "Yes.<|im_start|>assistant\nNo.", "Yes.", after="nowhere"),
    Case("45: a thought though the empty one was given", "<think>\nHm.\n</think>\n\nYes.", "Yes.", reasoning="Hm.", after="content"),
    Case("45: a bare close though the empty thought was given", "Hm.\n</think>\n\nYes.", "Hm.\n\n\nYes.", after="content"),
]  # fmt: skip

CASES = POLICY + FAILURES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
class TestEachCase:
    def test_reads_whole(self, case: Case) -> None:
        assert read(case.raw, thinking=case.thinking) == case.reading

    def test_reads_the_same_character_by_character(self, case: Case) -> None:
        assert read(*case.raw, thinking=case.thinking) == case.reading

    def test_reads_the_same_cut_at_every_place(self, case: Case) -> None:
        for place in range(1, len(case.raw)):
            pieces = case.raw[:place], case.raw[place:]
            assert read(*pieces, thinking=case.thinking) == case.reading, pieces

    def test_shows_nothing_that_does_not_stay(self, case: Case) -> None:
        assert_shown_is_the_beginning(case.raw, case.reading, thinking=case.thinking)


def test_a_tool_may_have_quotes_in_its_name() -> None:
    raw = '<tool_call>\n<function="a b">\n<parameter="c d">\n1\n</parameter>\n</function>\n</tool_call>'

    assert collect(stream([raw], {'"a b"': ['"c d"']})).calls == [('"a b"', {'"c d"': "1"})]
    assert collect(stream([raw], {"a b": ["c d"]})).calls == [("a b", {"c d": "1"})]


@pytest.mark.parametrize("case", [case for case in CASES if case.after], ids=lambda case: case.name)
def test_text_that_follows_changes_nothing_before_it(case: Case) -> None:
    text = "That is <b>all</b>."
    expected = case.reading
    match case.after:
        case "content":
            expected = expected._replace(content=f"{case.content}\n\n{text}")
        case "call":
            expected = expected._replace(content=f"{case.content}\n{text}".lstrip())
        case "reasoning":
            expected = expected._replace(reasoning=f"{case.reasoning}\n\n{text}")
    raw = f"{case.raw}\n\n{text}"
    assert read(raw, thinking=case.thinking) == expected
    assert read(*raw, thinking=case.thinking) == expected


def _definition(properties: dict[str, Any], *required: str) -> list[dict[str, Any]]:
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return [{"type": "function", "function": {"name": "run", "parameters": parameters}}]


@pytest.mark.parametrize(
    ("schema", "text", "value", "fault"),
    [
        # a parameter without a schema stays a string
        ({}, "007", "007", False),
        ({"description": "an id"}, "true", "true", False),
        # null for a plain string
        ({"type": "string"}, "null", "null", False),
        ({"type": "string"}, "None", "None", False),
        ({"type": ["string", "null"]}, "null", None, False),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "None", None, False),
        # a union that includes string
        ({"type": ["integer", "string"]}, "5", 5, False),
        ({"type": ["integer", "string"]}, "five", "five", False),
        ({"type": ["boolean", "string"]}, "false", False, False),
        # Python's words
        ({"type": "boolean"}, "True", True, False),
        ({"type": "boolean"}, "False", False, False),
        ({"type": ["integer", "null"]}, "None", None, False),
        # a bad boolean or number
        ({"type": "boolean"}, "yes", "yes", True),
        ({"type": "integer"}, "many", "many", True),
        ({"type": "number"}, "1,5", "1,5", True),
        # integers beyond 2^53
        ({"type": "integer"}, "9007199254740993", 9007199254740993, False),
        ({"type": "number"}, "123456789012345678901", 123456789012345678901, False),
        # NaN and Infinity
        ({"type": "number"}, "NaN", "NaN", True),
        ({"type": "number"}, "-Infinity", "-Infinity", True),
        ({"type": "number"}, "1e999", "1e999", True),
        # 17: containers
        ({"type": "array"}, '[{"a": true}]', [{"a": True}], False),
        ({"type": "array"}, "[{'a': True}]", [{"a": True}], False),
        ({"type": "string"}, "2024-01-02", "2024-01-02", False),
        ({"type": "string"}, "[1, 2]", "[1, 2]", False),
    ],
)  # fmt: skip
def test_values_are_typed_by_their_schema(
    schema: dict[str, Any], text: str, value: Any, fault: bool
) -> None:
    answer = parse_line({"raw": xml("run", x=text), "tools": _definition({"x": schema})})
    (call,) = answer["tool_calls"]
    assert call == {"name": "run", "arguments": {"x": value}}
    assert type(call["arguments"]["x"]) is type(value)
    assert bool(answer["problems"]) == fault


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["id"])
def test_examples_of_other_parsers_read_as_their_suites_say(row: dict[str, Any]) -> None:
    allowed = [row["expected"], *(row.get("accept") or ())]
    whole = parse_line(
        {"raw": row["raw"], "tools": row["tools"], "thinking": row["thinking_prefilled"]}
    )
    result = {key: whole[key] for key in ("reasoning", "content", "tool_calls")}
    assert result in [{key: answer[key] for key in result} for answer in allowed]


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["id"])
def test_examples_of_other_parsers_read_the_same_however_they_are_cut(row: dict[str, Any]) -> None:
    functions = [tool.get("function", tool) for tool in row["tools"] or ()]
    tools = {
        function["name"]: tuple(function.get("parameters", {}).get("properties", ()))
        for function in functions
    }
    raw = row["raw"]
    splits = [list(raw), *([raw[:place], raw[place:]] for place in range(1, len(raw)))]
    if row.get("chunks"):
        splits.append(row["chunks"])
    whole = collect(stream([raw], tools, thinking=row["thinking_prefilled"]))
    for pieces in splits:
        assert collect(stream(pieces, tools, thinking=row["thinking_prefilled"])) == whole, pieces


# --- laws ---------------------------------------------------------------------------------------

FRAGMENTS = st.sampled_from(
    [
        "<tool_call>", "</tool_call>", "<function=now>", "<function=run>", "<function=nope>",
        "</function>", "<parameter=command>", "<parameter=city>", "<parameter=x>", "</parameter>",
        "</parameter_x>", "</param>", "<think>", "</think>", "<|im_end|>", "<|im_start|>",
        "<tool_response>", "</tool_response>", '<invoke name="now">', "<function name=now>",
        '<function = "now" >', "<function=\nnow>", "</invoke>", "```", "`", "``", "~~~", "\n", "\n",
        "\n\n", " ", "\t", "\r\n", "<", "</", "<tool_", "<fun", "<|im_", "{", "}", "[", "]", '"',
        '{"name": "now"}', '{"name": "run", "arguments": {"command": "x"}}', "{'name': 'now'}",
        "word", "5", "ä", "🦀", xml("now"), xml("run", command="x"), hermes("now"), " " * 210,
        "x" * 1001, "<function=" + " " * 12, "<parameter", "</func", "word.", " " * 21,
    ]
)  # fmt: skip
RAW = st.lists(FRAGMENTS, max_size=14).map("".join)


def _cut(text: str, places: Iterable[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


@given(RAW | st.text(max_size=40), st.booleans(), st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=300, deadline=None)
def test_the_result_does_not_depend_on_how_the_text_was_cut(
    raw: str, thinking: bool, places: list[int]
) -> None:
    whole = read(raw, thinking=thinking)
    assert read(*raw, thinking=thinking) == whole
    assert read(*_cut(raw, places), thinking=thinking) == whole


@pytest.mark.parametrize("spaces", [0, 19, 20, 21, 22, 300])
@pytest.mark.parametrize("behind", ["", "\n", "More.", "<tool_call></tool_call>", "<|im_end|>"])
@pytest.mark.parametrize("before", ["", "So it is.", "So it is.\n"])
def test_a_closer_far_before_other_text_is_judged_the_same_in_a_stream(
    before: str, spaces: int, behind: str
) -> None:
    raw = f"{before}</tool_call>{' ' * spaces}{behind}"
    assert read(*raw) == read(raw)


@given(RAW, st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_was_shown_so_far_is_how_the_whole_begins(raw: str, thinking: bool) -> None:
    whole = read(raw, thinking=thinking)
    assert_shown_is_the_beginning(raw, whole, thinking=thinking)


@given(RAW, st.lists(st.booleans(), max_size=20))
@settings(max_examples=200, deadline=None)
def test_nothing_raises_when_any_piece_claims_to_be_a_control_token(
    raw: str, marks: list[bool]
) -> None:
    parser = Parser(TOOLS, thinking=False, exact=True)
    events: list[ParserEvent] = []
    for index, character in enumerate(raw):
        events += parser.feed(character, control=bool(marks) and marks[index % len(marks)])
    events += parser.close()
    assert not [event for event in events if isinstance(event, CallRead)] or "<tool_call>" in raw


def _rendered(name: str, arguments: dict[str, Any]) -> str:
    messages = [
        {"role": "user", "content": "?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"name": name, "arguments": arguments}],
        },
    ]
    text = render(messages)
    return text[text.index("</think>\n\n") + len("</think>\n\n") :]


ARGUMENTS = st.fixed_dictionaries({"path": st.text(max_size=30), "content": st.text(max_size=60)})


@given(ARGUMENTS)
@settings(max_examples=300, deadline=None)
def test_a_rendered_call_reads_back_exactly(arguments: dict[str, str]) -> None:
    assert read(_rendered("write", arguments)) == Reading("", "", [("write", arguments)], [])


TAGGED = st.lists(
    st.sampled_from(
        [
            "</parameter>", "</function>", "</tool_call>", "<tool_call>", "<function=now>",
            "<function=nope>", "<parameter=other>", "<parameter=path>", "<think>", "</think>",
            "<|im_end|>", "<tool_response>", "```", "`", "\n", "\n", " ", "\r\n", "text", "{",
            NESTED, hermes("now"), "<parameter=content>\nx\n</parameter>",
        ]
    ),
    max_size=6,
)  # fmt: skip


def _could_be_structure(value: str) -> bool:
    """Whether an opening stands after a closer, where both together may be structure.

    Or a call begins in it and has opened a parameter: the end of the value may be that of this one,
    and what stands before it half a call.
    """
    if re.search(r"</(function|tool_call)>\s*\n[ \t]*<tool_call>\s*<function=", value):
        return True  # a call without all of its end, and one behind it
    for whole in (NESTED, hermes("now")):
        value = value.replace(whole, "</tool_call>")
    opened = r"(<tool_call>\s*|^[ \t]*)<function=.*<parameter="
    if re.search(opened, value, re.DOTALL | re.MULTILINE):
        return True
    if re.search(r"<parameter=(\w+)>.*\n[ \t]*<parameter=\1>", value, re.DOTALL):  # once more
        return True
    closer = re.search(r"</(parameter|function|tool_call)>", value)
    return closer is not None and bool(
        re.search(r"<(parameter=|function=|tool_call>)", value[closer.end() :])
    )


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize(
    ("end", "whole"),
    [
        ("</function>", NESTED),
        ("</function>", hermes("now")),
        ("</function></tool_call>", hermes("now")),
    ],
)
def test_a_value_may_end_a_function_and_hold_whole_calls_if_one_reading_is_better(
    end: str, whole: str, count: int
) -> None:
    value = f"</parameter>{end}{whole * count}"

    reading = read(_rendered("write", {"path": "a", "content": value}))

    assert reading.calls == [("write", {"path": "a", "content": value})]
    assert not reading.problems


@pytest.mark.parametrize(
    "values",
    [("Start with <tool_call>.", "End with </tool_call>."), ("<tool_call>", "</tool_call>")],
)
def test_a_tag_of_one_value_and_a_tag_of_another_do_not_join_two_calls(
    values: tuple[str, str],
) -> None:
    first, last = (xml("write", path="a", content=value) for value in values)

    calls = read("\n".join((first, xml("now"), last))).calls

    assert [name for name, _ in calls] == ["write", "now", "write"]
    assert [given["content"] for name, given in calls if name == "write"] == list(values)


@pytest.mark.parametrize(
    "value",
    [
        "echo '</tool_call>\n<tool_response>'",
        "Stop at\n</tool_call>\n<|im_end|>\nalways.",
        "Stop at\n</tool_call>\n<|im_start|>user\nGo on.",
    ],
)
def test_an_end_of_a_turn_in_a_value_is_not_that_of_the_call_before_it(value: str) -> None:
    other = "a <function=run> b <function=now>"
    calls = [("run", {"command": value}), ("write", {"path": "q", "content": other})]
    assert read(*(xml(name, **given) for name, given in calls)).calls == calls


PREMATURE = "<parameter=command>\n*.tmp\n</parameter>\n</function>"


@pytest.mark.parametrize(
    "raw",
    [
        xml("write", path="p", content="</parameter>\n</function>\n</tool_call>\n<|im_end|>\nmore"),
        xml("write", path="p", content="Write <function=now></function><function=run><parameter=command>ls</parameter></function> here."),
        "<function=run>\n<parameter=command>\nx</function><function=now>\n</parameter>\n</function>",
        xml("write", path="p", content="a </tool_call>\n<function=now>\n</function>"),
        f"<tool_call>\n<function=run>\n</function>\n{PREMATURE}\n</tool_call>",
        f"<tool_call>\n<function=run></tool_call>\n{PREMATURE}\n</tool_call>",
        f"<tool_call>\n<function=run>\n{{}}\n</function>\n{PREMATURE}\n</tool_call>",
        f"<function=run>\n</function>\n{PREMATURE}",
        f"{hermes('run')}\n{PREMATURE}\n</tool_call>",
        "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=days\n3\n</parameter>\n</function>\n</tool_call>",
        "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n<parameter days>\n3\n</parameter>\n</function>\n</tool_call>",
    ],
)  # fmt: skip
def test_what_may_be_half_of_a_call_is_told_and_not_run(raw: str) -> None:
    reading = read(raw)
    assert not reading.calls
    assert reading.problems == ["unreadable_call"]


def test_an_unclosed_json_call_in_a_value_that_ends_a_call_is_data() -> None:
    value = '</parameter></function></tool_call><tool_call>{"name": "now", "arguments": {}}'

    assert read(xml("write", path="a", content=value)).calls == [
        ("write", {"path": "a", "content": value})
    ]


def test_a_value_that_ends_its_call_before_a_whole_xml_call_can_be_read_in_two_ways() -> None:
    """Both readings are well formed; that with the earlier end wins. README names this limit."""
    value = f"</parameter></function></tool_call>{NESTED}"

    calls = read(xml("write", path="a", content=value)).calls

    assert [given["content"] for _, given in calls] != [value]


def test_a_value_in_which_a_call_opens_a_parameter_is_told_and_not_run() -> None:
    """It may be half a call and a whole one behind it, so neither is run, and neither is lost."""
    reading = read(xml("write", path="a", content="<tool_call><function=now><parameter=other>"))

    assert not reading.calls
    assert reading.problems == ["unreadable_call"]


@given(TAGGED)
@settings(max_examples=300, deadline=None)
def test_a_value_full_of_tags_reads_back_unless_it_is_truly_ambiguous(fragments: list[str]) -> None:
    value = "".join(fragments)
    reading = read(_rendered("write", {"path": "a", "content": value}))
    if reading.calls != [("write", {"path": "a", "content": value})] or reading.problems:
        assert _could_be_structure(value), reading


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=4,
    ),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_a_call_in_json_reads_back_exactly(arguments: dict[str, Any], plain: bool) -> None:
    call = json.dumps({"name": "run", "arguments": arguments}, ensure_ascii=plain)
    assert read(f"<tool_call>\n{call}\n</tool_call>").calls == [("run", arguments)]


@pytest.mark.parametrize(
    "text",
    [
        "<tool_call>" + '{"a":' * 3000,
        "<tool_call>" + "[" * 5000 + "]" * 5000 + "</tool_call>",
        "<tool_call>{'a':" + "(" * 3000 + "</tool_call>",
        "<tool_call>{'a': " + "-" * 20_000 + "1}</tool_call>",
        "<function=run>" + '{"command":' * 3000 + "</function>",
        "<tool_call>\n<function=run>\n<parameter=command>\n" * 500,
        '{"name": "now", "arguments":' + '{"a":' * 3000,
    ],
    ids=lambda text: text[:30],
)
def test_deep_nesting_is_reported_and_not_raised(text: str) -> None:
    reading = read(text)
    assert not reading.calls
    assert reading.problems or reading.content


# --- control tokens told apart from text --------------------------------------------------------


def read_tokens(*pieces: str, thinking: bool = False) -> Reading:
    """Read pieces of which those in `«»` are control tokens."""
    parser = Parser(TOOLS, thinking=thinking, exact=True)
    events: list[ParserEvent] = []
    for piece in pieces:
        control = piece.startswith("«")
        events += parser.feed(piece.strip("«»"), control=control)
    return collect([*events, *parser.close()])


INSIDE = "\n<function=run>\n<parameter=command>\n{}\n</parameter>\n</function>\n"


@pytest.mark.parametrize(
    ("pieces", "thinking", "expected"),
    [
        (("«<tool_call>»", INSIDE.format("ls"), "«</tool_call>»", "«<|im_end|>»"), False, Reading("", "", [("run", {"command": "ls"})], [])),
        (("Hm.", "\n", "«</think>»", "\n\n", "«<tool_call>»", INSIDE.format("ls"), "«</tool_call>»"), True, Reading("Hm.", "", [("run", {"command": "ls"})], [])),
        (("«<tool_call>»", '{"name": "now"}', "«</tool_call>»"), False, Reading("", "", [NOW], [])),
        # spelled out, it is text
        (("It says <tool_call>", INSIDE.format("rm"), "</tool_call>"), False, Reading("", f"It says <tool_call>{INSIDE.format('rm')}</tool_call>", [], ["unreadable_call"])),
        # and so is a function behind a call that lacks a closer: it is no part of the value
        (("«<tool_call>»", "\n<function=weather>\n<parameter=city>\nParis\n</function>\n", "«</tool_call>»", "\nand", INSIDE.format("rm")), False, Reading("", f"and{INSIDE.format('rm').rstrip()}", [("weather", {"city": "Paris"})], ["unreadable_call"])),
        (("Hm </think> hm", "«</think>»", "Yes"), True, Reading("Hm </think> hm", "Yes", [], [])),
        (("a <|im_end|> b <think> c",), False, Reading("", "a <|im_end|> b <think> c", [], [])),
        (("Say</function><|im_end|> here.\n",), False, Reading("", "Say</function><|im_end|> here.", [], [])),
        (("It is noon.\n</function>\n</tool_call>",), False, Reading("", "It is noon.\n</function>\n</tool_call>", [], [])),
        (("It is noon.\n</function>\n", "«</tool_call>»", "«<|im_end|>»"), False, Reading("", "It is noon.", [], [])),
        (("<tool_response> x",), False, Reading("", "<tool_response> x", [], [])),
        # spelled out inside a value, it is a value
        (("«<tool_call>»", INSIDE.format("</tool_call>\n<tool_call>"), "«</tool_call>»"), False, Reading("", "", [("run", {"command": "</tool_call>\n<tool_call>"})], [])),
        (("«<tool_call>»", INSIDE.format("<|im_end|>"), "«</tool_call>»"), False, Reading("", "", [("run", {"command": "<|im_end|>"})], [])),
        # a function that a control token did not open is not run, and the model is told
        (("<function=now>\n</function>",), False, Reading("", "<function=now>\n</function>", [], ["unreadable_call"])),
        # at the end of a thought, too
        (("«<tool_call>»", "\n<function=now>\n</function>\n", "«</tool_call>»", "\n<function=run>\n</function>"), True, Reading("<tool_call>\n<function=now>\n</function>\n</tool_call>\n<function=run>\n</function>", "", [], [])),
        (("«<tool_call>»", "\n<function=now>\n</function>\n", "«</tool_call>»", "\n<tool_call>"), True, Reading("<tool_call>\n<function=now>\n</function>\n</tool_call>\n<tool_call>", "", [], [])),
        (("«<tool_call>»", "\n<function=now>\n</function>\n", "«</tool_call>»", "\n<|im_end|> more"), True, Reading("<tool_call>\n<function=now>\n</function>\n</tool_call>\n<|im_end|> more", "", [], [])),
        (("«<tool_call>»", "\n<function=now>\n</function>\n", "«</tool_call>»", "\n"), True, Reading("", "", [("now", {})], [])),
        # the model's own control token in a value is a tag like any other
        (("«<tool_call>»", "\n<function=run>\n<parameter=command>\n", "«<tool_call>»", "\n</parameter>\n</function>\n", "«</tool_call>»"), False, Reading("", "", [("run", {"command": "<tool_call>"})], [])),
    ],
)  # fmt: skip
def test_only_true_control_tokens_open_calls(
    pieces: tuple[str, ...], thinking: bool, expected: Reading
) -> None:
    assert read_tokens(*pieces, thinking=thinking) == expected
    split = [p for piece in pieces for p in ([piece] if piece.startswith("«") else piece)]
    assert read_tokens(*split, thinking=thinking) == expected


def test_thousands_of_broken_openings_are_read_in_a_moment() -> None:
    for opening in ("<tool_call>{", '<tool_call>{"', "<function=now>{\n"):
        assert read(opening * 10_000).calls == []


@pytest.mark.parametrize(
    "raw",
    [
        "<function=nope>\na\n</function>\n</tool_call>",
        "<function=x>a</function></tool_call>",
        "<tool_call> is a tag.\n</tool_call>\n</function>",
        "<parameter=a>\nx\n</parameter>\n</function>\nMore.",
    ],
)
def test_a_closer_behind_one_that_was_opened_is_shown_with_it(raw: str) -> None:
    assert read(raw).content == read(*raw).content == raw


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_parameter_that_no_one_declared_may_be_data_or_one_too_many(count: int) -> None:
    inner = "".join(f"</parameter>\n<parameter=new_{n}>\nx\n" for n in range(count))
    value = f'T = """\n{inner}</parameter>\n"""'
    assert read(xml("run", command=value)).calls == [("run", {"command": value})]
    extra = {f"new_{n}": "x" for n in range(count)}
    assert read(xml("run", **extra, command="a")).calls == [("run", {**extra, "command": "a"})]
    assert read(xml("run", command="a", **extra)).calls == [("run", {"command": "a", **extra})]


@pytest.mark.parametrize("call", [hermes("run", command="rm"), xml("run", command="rm")])
@pytest.mark.parametrize("mark", ["`", "``"])
def test_a_space_inside_the_marks_of_inline_code_changes_nothing(call: str, mark: str) -> None:
    raw = f"Write {mark} {call} {mark}"
    assert read(raw) == read(*raw) == Reading("", raw, [], [])


@pytest.mark.parametrize("part", ["", "<", "</", "</too", "</tool_cal", "</tool_call"])
def test_a_call_at_the_end_of_a_thought_may_lack_the_rest_of_its_end(part: str) -> None:
    raw = f"Hm.\n<tool_call>\n<function=now>\n</function>\n{part}"
    expected = Reading("Hm.", "", [("now", {})], [])
    assert read(raw, thinking=True) == read(*raw, thinking=True) == expected


@given(RAW)
@settings(max_examples=200, deadline=None)
def test_a_call_spelled_out_in_ordinary_tokens_is_never_a_call(raw: str) -> None:
    parser = Parser(TOOLS, thinking=False, exact=True)
    reading = collect([*parser.feed(raw), *parser.close()])
    assert reading.calls == []
