# ruff: noqa: E501 - the pieces of a conversation are easier to read in long lines
"""Drills: rows that are nothing but finding things again.

A task is mostly fixed phrases; of a hundred of its tokens only a few teach how to find the next thing
of a list, or the value that belongs to a name. A drill is made of such places, in the form in which
tasks have them: what is looked up stands there unlearned, what was found is learned. A drill
has no system turn with tools, and what is to be done stands there, so it teaches only how to read.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import ValueFile, order_file, text_lines, value_file
from agentkit.models.nano.generator.phrases import listing, quoted
from agentkit.models.nano.generator.plans import given, listed, signature
from agentkit.models.nano.generator.random_requests import (
    arguments_for,
    phrase,
    sentence,
)
from agentkit.models.nano.generator.random_tasks import (
    attacked,
    chain,
    failure,
    parallel,
    recovery,
    rejected,
    single,
)
from agentkit.models.nano.generator.random_tools import DrawnTool, kind_and_words, random_tool
from agentkit.models.nano.generator.task import Task, call_text, calls_of
from agentkit.models.nano.generator.values import other_case
from agentkit.models.nano.generator.words import (
    file_name,
    file_names,
    number,
    pseudo_word,
    written_date,
)
from agentkit.qwen.prompt import argument_text

Piece = tuple[str, bool]

_END = "<|im_end|>"
# What stands between the two plans of a thought.
_BETWEEN: dict[Callable[..., Task], str] = {parallel: " Also ", chain: " Then "}
# What the makers of tasks call those that they make where the tools fit.
_FAMILIES: dict[Callable[..., Task], str] = {
    single: "unseen tool", parallel: "two unseen tools", chain: "unseen chain", failure: "unseen tool, error", recovery: "unseen tool, recovery",
    rejected: "unseen tool, rejected", attacked: "unseen tool, injected",
}  # fmt: skip
_THEN = "\n<|im_start|>assistant\n"
_CLOSED = "<think>\n\n</think>\n\n"
_UNTHINKING = 0.25  # how often what follows a call is written without thoughts


def _thought(text: str) -> str:
    return f"<think>\n{text}\n</think>\n\n"


def _results(*texts: str) -> str:
    told = "\n".join(f"<tool_response>\n{text}\n</tool_response>" for text in texts)
    return f"\n<|im_start|>user\n{told}{_END}{_THEN}"


def _asked(name: str, arguments: Mapping[str, Any]) -> str:
    """A call in the plainest words."""
    pairs = [f"{key}: {argument_text(value)}" for key, value in arguments.items()]
    return f"{name} with {'; '.join(pairs)}" if pairs else name


def _calls_of(wanted: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Piece]:
    asked = ". Also ".join(_asked(*each) for each in wanted)
    thought = _thought(" ".join(given(*each, each[1]) for each in wanted))
    calls = "\n".join(call_text(*each) for each in wanted)
    return [(f"{asked}{_END}{_THEN}", False), (f"{thought}{calls}{_END}", True)]


def calls(rng: Random, held_out: bool) -> list[Piece]:
    """Calls of tools whose names and values stand in the request."""
    tools = [random_tool(rng, held_out=held_out) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
    return _calls_of([(tool.name, arguments_for(rng, tool, held_out=held_out)) for tool in tools])


def words(rng: Random, held_out: bool) -> list[Piece]:
    """The same with names and values of no meaning at all, and more of them."""

    def word() -> str:
        return pseudo_word(rng, held_out=held_out)

    wanted = []
    for _ in range(rng.choice((1, 2))):
        pairs = {
            word(): rng.choice((number(rng), word(), f"{word()} {word()}"))
            for _ in range(rng.randint(2, 6))
        }
        wanted.append((word(), pairs))
    return _calls_of(wanted)


def signatures(rng: Random, held_out: bool) -> list[Piece]:
    """Definitions, and the parameters of each tool with their types.

    Mostly they share parameters: which one is next, and whether one is, then depends on the tool.
    """
    tools: dict[str, DrawnTool] = {}
    shared = tuple(kind_and_words(rng, held_out=held_out) for _ in range(rng.choice((0, 3, 4, 6))))
    count = rng.choice((2, 2, 3))
    while len(tools) < count:
        tool = random_tool(rng, held_out=held_out, shared=shared)
        # Several, or one that has fields, for those are hard to tell from the parameters behind it.
        if len(tool.parameters) > 1 or any(each.fields for each in tool.parameters):
            tools[tool.name] = tool
    shown = "\n".join(json.dumps(tool.definition) for tool in tools.values())
    pieces: list[Piece] = [(shown, False)]
    for name in rng.sample(list(tools), len(tools)):
        pieces += [
            (f"{_END}{_THEN}<think>\n{name}: {name}? yes. ", False),
            (f"{signature(tools[name])} with", True),
        ]
    return pieces


def requests(rng: Random, held_out: bool) -> list[Piece]:
    """A request as people write it, the parameters of its tool, what it gives, and the call."""
    while True:
        tool = random_tool(rng, held_out=held_out)
        arguments = arguments_for(rng, tool, held_out=held_out)
        # Lists, objects, yes and no more often than tools have them: they are hard to write.
        hard = any(isinstance(each, list | dict | bool) for each in arguments.values())
        if hard or (arguments and rng.random() < 0.35):
            break
    asked = phrase(rng, tool, arguments, held_out=held_out)
    found = f"{listed(arguments, asked.named_first)}.\n</think>\n\n"
    text = sentence(rng, asked.text)
    return [
        (f"{text}{_END}{_THEN}<think>\n{signature(tool)} with ", False),
        (f"{found}{call_text(tool.name, arguments)}{_END}", True),
    ]


def two_requests(rng: Random, held_out: bool) -> list[Piece]:
    """The same with two of them, side by side or one after the other."""
    maker = rng.choice((parallel, chain))
    while True:
        tools = [random_tool(rng, held_out=held_out) for _ in range(2)]
        task = maker(rng, tools, held_out=held_out)
        if len(calls_of(task.messages)) == 2:  # else the tools did not fit
            break
    asked, first, *_ = task.messages
    pieces: list[Piece] = []
    seen, written = f"{asked['content']}{_END}{_THEN}", _written(first)
    by_name = {tool.name: tool for tool in tools}
    for name, _ in calls_of(task.messages):
        before, told, written = written.partition(f"{signature(by_name[name])} with ")
        if pieces:
            # What stands behind the first list, up to the next tool's parameters, is not for here.
            listed_first, then, more = before.partition(_BETWEEN[maker])
            pieces.append((listed_first, True))
            before = then + more
        pieces.append((seen + before + told, False))
        seen = ""
    return [*pieces, (written, True)]


def _written(reply: Mapping[str, Any]) -> str:
    calls = [each["function"] for each in reply.get("tool_calls", ())]
    called = "\n".join(call_text(call["name"], call["arguments"]) for call in calls)
    told = "\n\n".join(filter(None, (reply["content"], called)))
    return f"{_thought(reply['reasoning_content'])}{told}{_END}"


def _after_a_call(rng: Random, held_out: bool, maker: Callable[..., Task]) -> list[Piece]:
    """A task without definitions; what is written behind results is learned."""
    while True:
        tools = [random_tool(rng, held_out=held_out) for _ in range(rng.choice((1, 2, 2)))]
        task = maker(rng, tools, held_out=held_out)
        if task.family == _FAMILIES[maker]:  # else the tools did not fit
            break
    if rng.random() < _UNTHINKING:
        task = task.without_thinking()
    asked, first, *others = task.messages
    pieces: list[Piece] = []
    seen, told = f"{asked['content']}{_END}{_THEN}{_written(first)}", list[str]()
    for message in others:
        if message["role"] == "tool":
            told.append(message["content"])
        else:
            seen = f"{seen}{_results(*told)}"
            written = _written(message)
            if message.get("learned", True):
                # A thought that is closed at once stands in the prompt.
                closed = _CLOSED if written.startswith(_CLOSED) else ""
                pieces += [(seen + closed, False), (written.removeprefix(closed), True)]
                seen = ""
            else:
                seen += written
            told = []
    return pieces


def corrections(rng: Random, held_out: bool) -> list[Piece]:
    """A call repeated with what an error said would be right, and the answer."""
    return _after_a_call(rng, held_out, recovery)


def complaints(rng: Random, held_out: bool) -> list[Piece]:
    """A call that could not be run put right, and the answer."""
    return _after_a_call(rng, held_out, rejected)


def steps(rng: Random, held_out: bool) -> list[Piece]:
    """The second call of a chain, with the result of the first, and the answer."""
    return _after_a_call(rng, held_out, chain)


def answers(rng: Random, held_out: bool) -> list[Piece]:
    """What is said about results: after most of them nothing is called again."""
    maker = rng.choice((single, single, failure, attacked, parallel))
    return _after_a_call(rng, held_out, maker)


def _found(
    file: ValueFile,
    plan: str,
    chosen: Sequence[str],
    asked: Sequence[str],
    expression: str,
    end: str,
) -> list[Piece]:
    """The lines of a file that a plan names, and an expression from their numbers."""
    lines = "; ".join(map(file.line, chosen, asked))
    text = results.read_file({file.path: file.text}, file.path)
    return [
        (_thought(f"I read the file, then I {plan}."), False),
        (_results(text), False),
        (
            f"{_thought(f'{lines}.')}{call_text('calculate', {'expression': expression})}{_END}",
            True,
        ),
        (_THEN, False),
        (f"{end}{_END}", True),
    ]


def sums(rng: Random, held_out: bool) -> list[Piece]:
    """Values of a file, in the order of the plan."""
    file = value_file(rng, held_out=held_out, kind="items", least=rng.randint(3, 9))
    chosen = rng.sample(file.names, rng.randint(2, min(6, len(file.names))))
    plan, sign = rng.choice((("add", "+"), ("add", "+"), ("subtract", "-"), ("multiply", "*")))
    asked = [other_case(rng, name, held_out=held_out) for name in chosen]
    expression = f" {sign} ".join(file.values[name] for name in chosen)
    return _found(file, f"{plan}: {', '.join(asked)}", chosen, asked, expression, listing(asked))


def prices(rng: Random, held_out: bool) -> list[Piece]:
    """Numbers of the plan times numbers of a file."""
    file = value_file(rng, held_out=held_out, kind="items", least=rng.randint(3, 9))
    chosen = rng.sample(file.names, rng.randint(1, min(4, len(file.names))))
    counts = [str(rng.randint(2, 99)) for _ in chosen]
    asked = [other_case(rng, name, held_out=held_out) for name in chosen]
    wanted = [f"{count} {name}" for count, name in zip(counts, asked, strict=True)]
    expression = " + ".join(
        f"{count} * {file.values[name]}" for count, name in zip(counts, chosen, strict=True)
    )
    plan = f"take the prices of: {', '.join(wanted)}"
    return _found(file, plan, chosen, asked, expression, listing(wanted))


def orders(rng: Random, held_out: bool) -> list[Piece]:
    """Two numbers of each line."""
    file = order_file(rng, held_out=held_out)
    chosen = rng.sample(file.names, rng.randint(1, 3))
    expression = " + ".join(f"{file.quantities[name]} * {file.values[name]}" for name in chosen)
    plan = f"multiply: {', '.join(chosen)}"
    return _found(file, plan, chosen, chosen, expression, listing(chosen))


def lookups(rng: Random, held_out: bool) -> list[Piece]:
    """Single lines of a file."""
    kind = rng.choice(("items", "settings"))
    file = value_file(rng, held_out=held_out, kind=kind, least=4)
    chosen = rng.sample(file.names, min(4, len(file.names)))
    text = results.read_file({file.path: file.text}, file.path)
    pieces: list[Piece] = [(f"{file.path}{_results(text)}", False)]
    for name in chosen:
        asked = other_case(rng, name, held_out=held_out)
        pieces += [
            (_thought(f"I look up {asked}."), False),
            (f"{file.path}: {file.line(name, asked)}{_END}", True),
            (_THEN, False),
        ]
    return pieces


def paths(rng: Random, held_out: bool) -> list[Piece]:
    """A call for each file of a list, and their results told by name."""
    names = list(dict.fromkeys(file_name(rng, held_out=held_out) for _ in range(rng.randint(2, 5))))
    counts = [str(rng.randint(1, 10 ** rng.choice((1, 2, 2, 3)))) for _ in names]
    plan, sign = rng.choice((("add", "+"), ("add", "+"), ("subtract", "-"), ("multiply", "*")))
    tool = rng.choice(("count_lines", "count_lines", "read_file"))
    asked = listing([quoted(rng, name) for name in names])
    found = ", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True))
    calculation = call_text("calculate", {"expression": f" {sign} ".join(counts)})
    return [
        (f"{pseudo_word(rng, held_out=held_out)} {asked}{_END}{_THEN}", False),
        (_thought(f"I use {tool}, then I {plan}."), False),
        ("\n".join(call_text(tool, {"path": name}) for name in names) + _END, True),
        (_results(*counts), False),
        (f"{_thought(f'{found}.')}{calculation}{_END}", True),
        (_THEN, False),
        (f"{listing(names)}{_END}", True),
    ]


def listings(rng: Random, held_out: bool) -> list[Piece]:
    """The files of two folders, told one after the other."""
    folders = [file_names(rng, rng.randint(2, 7), held_out=held_out) for _ in range(2)]
    pieces: list[Piece] = []
    for names in folders:
        text = "\n".join([f"{len(names)} entries", *names])
        pieces += [(_results(text), False), (f"{listing(names)}.{_END}", True)]
    return pieces


def numbers(rng: Random, held_out: bool) -> list[Piece]:
    """Long results, repeated behind what was calculated."""
    pieces: list[Piece] = []
    for _ in range(4):
        a, b = number(rng, decimals=0.3), number(rng, decimals=0.3)
        sign = rng.choice("//*-+")  # quotients have the longest results
        expression = f"{a} {sign} {b}"
        value = results.calculate(expression)
        pieces += [
            (f"{expression}{_results(value)}", False),
            (f"{expression} = {value}{_END}", True),
            ("\n", False),
        ]
    return pieces


def matches(rng: Random, held_out: bool) -> list[Piece]:
    """The places where a text was found."""
    text = pseudo_word(rng, held_out=held_out)
    names = sorted(file_name(rng, held_out=held_out) for _ in range(rng.randint(2, 6)))
    places = [(name, rng.randint(1, 30)) for name in names]
    hits = [
        f"{name}:{line}: {text} {text_lines(rng, 1, held_out=held_out)[0]}" for name, line in places
    ]
    told = listing([f"{name} line {line}" for name, line in places])
    return [
        (_results("\n".join([f"{len(hits)} matches", *hits])), False),
        (f"{text}: {told}.{_END}", True),
        (_THEN, False),
        (f"{listing(names)}.{_END}", True),
    ]


def sentences(rng: Random, held_out: bool) -> list[Piece]:
    """Words of a text, of which some stand there more than once."""
    lines = text_lines(rng, rng.randint(1, 3), held_out=held_out)
    text = " ".join(line.capitalize() + rng.choice(".!?") for line in lines)
    some = text.split()
    return [
        (f'"{text}"{_END}{_THEN}', False),
        (call_text("text_statistics", {"text": text}) + _END, True),
        (f"{_THEN}{json.dumps(some)}{_END}{_THEN}", False),
        (f"{', '.join(some)}{_END}", True),
    ]


def expressions(rng: Random, held_out: bool) -> list[Piece]:
    """Numbers of a list, and whole expressions."""
    pieces: list[Piece] = []
    for _ in range(3):
        numbers = [number(rng, decimals=rng.choice((0.0, 0.5))) for _ in range(rng.randint(2, 5))]
        signs = [rng.choice("+-*/") for _ in numbers]
        whole = "".join(f" {s} {n}" for s, n in zip(signs, numbers, strict=True))[3:]
        shown = whole.replace(" ", "") if rng.random() < 0.3 else whole
        asked, right = rng.choice(
            ((f"add {listing(numbers)}", " + ".join(numbers)), (f"= {shown}", whole))
        )
        pieces += [
            (f"{asked}{_END}{_THEN}", False),
            (call_text("calculate", {"expression": right}) + _END, True),
            ("\n", False),
        ]
    return pieces


def days(rng: Random, held_out: bool) -> list[Piece]:
    """Dates as people write them, and as tools want them."""
    some = [date(1990, 1, 1) + timedelta(rng.randint(0, 40 * 365)) for _ in range(4)]
    shown = [written_date(rng, day) for day in some]
    return [
        (f"{listing(shown[:2])}{_END}{_THEN}", False),
        (call_text("days_between", {"start": some[0], "end": some[1]}) + _END, True),
        (f"{_THEN}{listing(shown[2:])}{_END}{_THEN}", False),
        ("\n".join(call_text("weekday", {"date": day}) for day in some[2:]) + _END, True),
    ]


_KINDS = (
    (signatures, 10), (requests, 18), (two_requests, 8), (corrections, 6), (complaints, 10), (steps, 6), (answers, 5), (calls, 3), (words, 3), (sums, 11), (prices, 4), (orders, 1), (lookups, 5), (paths, 6), (listings, 4), (matches, 2), (sentences, 3), (expressions, 3),
    (numbers, 2), (days, 1),
)  # fmt: skip


def drill(rng: Random, *, held_out: bool = False) -> list[Piece]:
    """Text in pieces, each with whether it is learned."""
    makers, shares = zip(*_KINDS, strict=True)
    (maker,) = rng.choices(makers, shares)
    pieces: list[Piece] = maker(rng, held_out)
    return pieces
