"""Calls that could not be run, what the loop says about them, and how they are put right.

    - street: expected true or false, found "on"      Now street: True. order with size: 8,
                                                          street: True.
    There is no tool called 'order_the'.              Once more. order with size: 8.

First comes what the complaint is about, with its right value, then the whole call, copied from the
failed one. A tiny model that makes its plan anew makes the same one again, fault for fault: all of
it stands there to be copied. Of 11 such calls that we looked at none was put right in that way.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from agentkit.executor import invalid_call, unknown_tool
from agentkit.messages import Problem, ToolCall
from agentkit.models.nano.generator.plans import chosen, given, listed, signature
from agentkit.models.nano.generator.random_requests import arguments_for, phrase, sentence
from agentkit.models.nano.generator.random_tools import DrawnTool, Parameter
from agentkit.models.nano.generator.task import Dialogue, call_text
from agentkit.qwen.parser import Parser
from agentkit.qwen.prompt import argument_text
from agentkit.steps import called_before
from agentkit.tools import Toolset

Pair = tuple[str, Any]

# How often the name of the tool is what is wrong, the call breaks off, and two arguments are wrong.
_MISNAMED, _CUT, _TWO = 0.15, 0.08, 0.25
AGAIN = 0.25  # how often the same call is made once more before it is put right
# How a small model writes what is not text: in the words of the request.
_YES, _NO = ("yes", "on", "enabled", "wanted"), ("no", "off", "disabled", "not wanted")
_VAGUE = ("many", "a few", "the same", "one", "ten", "nothing")


@dataclass(frozen=True)
class Mistake:
    """A call as it was written, what the loop says about it, and what it should have been.

    `text` is the call where it could not be read. `right` has the order of the failed call.
    """

    name: str
    pairs: Sequence[Pair]
    complaint: str
    right: dict[str, Any]
    said: dict[str, Any]
    text: str = ""


def mistaken(
    rng: Random, tools: Sequence[DrawnTool], tool: DrawnTool, arguments: dict[str, Any]
) -> Mistake:
    """The call with something wrong in it that the loop sees."""
    draw = rng.random()
    if draw >= _MISNAMED + _CUT:
        for _ in range(8):
            if found := _wrong_arguments(rng, tools, tool, arguments):
                return found
    pairs = list(arguments.items())
    if draw < _CUT:
        written = call_text(tool.name, pairs)
        cut = written[: rng.randrange(len(written) // 2, written.index("</function>"))]
        return Mistake(tool.name, pairs, _unreadable(tool, cut) or "", arguments, {}, cut)
    offered = Toolset([each.runnable for each in tools])
    name = rng.choice(list(_misnamed(rng, tool, offered)))
    return Mistake(name, pairs, unknown_tool(name, offered), arguments, {})


def _unreadable(tool: DrawnTool, text: str) -> str | None:
    """What is said about a call that can't be read."""
    parser = Parser(Toolset([tool.runnable]).parameters, thinking=False)
    events = [*parser.feed(text), *parser.close()]
    problems = [each.message for each in events if isinstance(each, Problem)]
    return problems[0] if problems else None


def _misnamed(rng: Random, tool: DrawnTool, others: Container[str]) -> Iterator[str]:
    """Names like that of the tool, that none has: the only fault that any tool may have."""
    name = tool.name
    yield next(each for each in iter(lambda: misspelt(rng, name, others), "") if each)
    for each in (
        name[:1].swapcase() + name[1:],
        name.lower(),
        name.replace("_", "-"),
        name[name.find(tool.verb) :],
        name[name.find(tool.noun) :],
        f"{tool.verb}_{tool.noun}",
    ):
        if len(each) > 1 and each not in others:
            yield each


def misspelt(rng: Random, name: str, others: Container[str]) -> str:
    """A name with something too much or too little, that nothing else has."""
    place = rng.randrange(1, len(name)) if len(name) > 1 else 1
    ways = [
        f"{name[:place]}{rng.choice('_aeims')}{name[place:]}",
        name.partition("_")[0],
        name.rpartition("_")[2],
        name[1:],
        f"{name}s",
    ]
    return rng.choice([each for each in ways if each and each != name and each not in others])


def _wrong_arguments(
    rng: Random, tools: Sequence[DrawnTool], tool: DrawnTool, arguments: dict[str, Any]
) -> Mistake | None:
    """One or two of the arguments written in another way, if the loop has something against it."""
    known = {parameter.name: parameter for parameter in tool.parameters}
    if not arguments:
        return None
    count = 2 if len(arguments) > 1 and rng.random() < _TWO else 1
    wrong = rng.sample(list(arguments), count)
    elsewhere = [p.name for each in tools for p in each.parameters if p.name not in known]
    written = {name: [(name, value)] for name, value in arguments.items()}
    for name in wrong:
        written[name] = rng.choice(list(_ways(rng, known[name], arguments, list(known), elsewhere)))
    pairs = [pair for each in written.values() for pair in each]
    text = call_text(tool.name, pairs)
    unreadable = _unreadable(tool, text)
    complaint = unreadable or _complaint(tool, dict(pairs))
    if complaint is None:
        return None
    # What stands where it should not is said, too, and what was left out comes last.
    touched = {*wrong, *(key for name in wrong for key, _ in written[name])}
    said = {name: value for name, value in arguments.items() if name in touched}
    right = {name: arguments[name] for name in sorted(arguments, key=lambda n: not written[n])}
    return Mistake(tool.name, pairs, complaint, right, said, text if unreadable else "")


def _complaint(tool: DrawnTool, arguments: dict[str, Any]) -> str | None:
    runnable = tool.runnable
    texts = {key: argument_text(value) for key, value in arguments.items()}
    call = ToolCall(id="1", name=tool.name, arguments=texts, dialect="xml")
    faults = runnable.bind(call).faults
    return invalid_call(runnable, faults) if faults else None


def _ways(
    rng: Random,
    parameter: Parameter,
    arguments: dict[str, Any],
    known: Sequence[str],
    elsewhere: Sequence[str],
) -> Iterator[list[Pair]]:
    """What a small model writes in the place of an argument."""
    name, value = parameter.name, arguments[parameter.name]
    yield []
    yield [(misspelt(rng, name, known), value)]
    # By the name of another parameter: as often as all else together, as it is with nano.
    if others := [each for each in known if each != name]:
        for _ in range(3):
            yield [(rng.choice(others), value)]
    if elsewhere:
        yield [(rng.choice(elsewhere), value)]
    match value:
        case bool():
            for _ in range(3):
                yield [(name, rng.choice(_YES if value else _NO))]
        case int() | float():
            yield [(name, rng.choice((*_VAGUE, f"{value} of them")))]
        case list():
            listed_in_words = " and ".join(str(each) for each in value)
            text = argument_text(value)
            yield [(name, listed_in_words)]
            yield [(name, rng.choice((text[1:], text[:-1])))]
        case dict():
            yield list(value.items())
            yield [(name, " and ".join(f"{key} {each}" for key, each in value.items()))]
            yield [(name, argument_text(value)[:-1])]
            yield [(name, {misspelt(rng, key, value): each for key, each in value.items()})]
    if parameter.choices:
        yield [(name, rng.choice((str(value)[:-1], str(value).upper(), name)))]


def put_right(tool: DrawnTool, mistake: Mistake) -> str:
    """The thought before the call is made as it was meant."""
    opening = f"Now {listed(mistake.said, mistake.said)}." if mistake.said else "Once more."
    return f"{opening} {given(tool.name, mistake.right, mistake.right)}"


def corrected(
    rng: Random, tools: Sequence[DrawnTool], tool: DrawnTool, *, held_out: bool
) -> Dialogue:
    """A request, a call of it that can't be run, perhaps twice, and the right one."""
    arguments = arguments_for(rng, tool, held_out=held_out)
    asked = phrase(rng, tool, arguments, held_out=held_out)
    talk = Dialogue(sentence(rng, asked.text))
    mistake = mistaken(rng, tools, tool, arguments)
    told = listed(mistake.pairs, asked.named_first)
    thought = f"{chosen(rng, tools, tool, asked)} {signature(tool)} with {told}."
    _fails(talk, thought.replace(tool.name, mistake.name), mistake)
    if rng.random() < AGAIN:
        _fails(talk, put_right(tool, mistake).replace(tool.name, mistake.name), mistake)
        if not mistake.text:
            talk.result(called_before(mistake.name))
    talk.call(put_right(tool, mistake), (tool.name, mistake.right))
    return talk


def _fails(talk: Dialogue, thought: str, mistake: Mistake) -> None:
    if mistake.text:
        talk.write(thought, mistake.text)
    else:
        talk.call(thought, (mistake.name, dict(mistake.pairs)), learned=False)
    talk.result(mistake.complaint)
