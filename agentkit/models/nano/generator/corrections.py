"""Calls that could not be run, what the loop says about them, and how they are put right.

    - street: expected true or false, found "on"      Now street: True. order with size: 8,
                                                          street: True.
    There is no tool called 'order_the'.              Once more. order with size: 8.

First comes what was wrong, with its right value, then the whole call, copied from the failed one. A
tiny model that makes its plan anew makes the same one again, fault for fault, since all of it
stands there to be copied: nano, trained that way, put none of eleven such calls right.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from agentkit.executor import invalid_call, unknown_tool
from agentkit.messages import Problem, ToolCall
from agentkit.models.nano.generator.plans import chosen, given, listed, signature
from agentkit.models.nano.generator.random_requests import arguments_for, phrase, sentence
from agentkit.models.nano.generator.random_tools import DrawnTool, Parameter
from agentkit.models.nano.generator.task import Arguments, Dialogue, call_text, pairs_of
from agentkit.qwen.parser import Parser
from agentkit.qwen.prompt import argument_text
from agentkit.steps import called_before
from agentkit.tools import Tool, Toolset

Pair = tuple[str, Any]

# How often the name of the tool is what is wrong, how often the call breaks off, and how often two
# arguments are wrong.
_MISNAMED, _CUT, _TWO = 0.15, 0.08, 0.25
_AGAIN = 0.35  # how often the same call is made once more before it is put right
_TRIES = 8  # for a mistake that the loop sees: it knows nothing against most wrong texts
# How a small model writes what is not text: in the words of the request.
_YES, _NO = ("yes", "on", "enabled", "wanted"), ("no", "off", "disabled", "not wanted")
_VAGUE = ("many", "a few", "the same", "one", "ten", "nothing")


@dataclass(frozen=True)
class Mistake:
    """A call as it was written, what the loop says about it, and what it should have been.

    `tool` is what the model took the tool for. `text` is the call where it could not be read.
    `right` has the order of the failed call, behind it what was left out, and `said` are those of
    its arguments that were wrong.
    """

    tool: DrawnTool
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
    if draw < _CUT:
        return _cut_off(rng, tool, arguments)
    if arguments and draw >= _CUT + _MISNAMED:
        for _ in range(_TRIES):
            if found := _wrong_arguments(rng, tools, tool, arguments):
                return found
    return _misnamed(rng, tools, tool, arguments)


def _cut_off(rng: Random, tool: DrawnTool, arguments: dict[str, Any]) -> Mistake:
    pairs = list(arguments.items())
    written = call_text(tool.name, pairs)
    cut = written[: rng.randrange(len(written) // 2, written.index("</function>"))].rstrip()
    complaint = _unreadable(tool.runnable, cut)
    assert complaint, cut
    return Mistake(tool, pairs, complaint, arguments, {}, cut)


def _misnamed(
    rng: Random, tools: Sequence[DrawnTool], tool: DrawnTool, arguments: dict[str, Any]
) -> Mistake:
    """Under a name that no tool has, which can be done to any call."""
    offered = Toolset([each.runnable for each in tools])
    name = rng.choice(list(_names_like(rng, tool, offered)))
    told = unknown_tool(name, offered)
    as_written = replace(tool, name=name)
    return Mistake(as_written, list(arguments.items()), told, arguments, {})


def _names_like(rng: Random, tool: DrawnTool, others: Container[str]) -> Iterator[str]:
    name = tool.name
    yield misspelt(rng, name, others)
    ends = [name[name.find(word) :] for word in (tool.verb, tool.noun) if word and word in name]
    cases = [name[:1].swapcase() + name[1:], name.lower()]
    for each in (*ends, *cases, name.replace("_", "-"), f"{tool.verb}_{tool.noun}"):
        if each not in others:
            yield each


def misspelt(rng: Random, name: str, others: Container[str]) -> str:
    """A name with something too much or too little, that nothing else has."""
    place = rng.randrange(len(name)) + 1
    ways = [
        f"{name[:place]}{rng.choice('_aeims')}{name[place:]}",
        name.partition("_")[0],
        name.rpartition("_")[2],
        name[1:],
        f"{name}s",
    ]
    free = [each for each in ways if each and each != name and each not in others]
    return rng.choice(free) if free else misspelt(rng, f"{name}_", others)


def _unreadable(tool: Tool, text: str) -> str | None:
    """What the loop says about a call that can't be read."""
    parser = Parser(Toolset([tool]).parameters, thinking=False)
    events = [*parser.feed(text), *parser.close()]
    problems = [each.message for each in events if isinstance(each, Problem)]
    return problems[0] if problems else None


def _invalid(tool: Tool, arguments: Mapping[str, Any]) -> str | None:
    """What the loop says about arguments that do not fit."""
    texts = {key: argument_text(value) for key, value in arguments.items()}
    faults = tool.bind(ToolCall(id="1", name=tool.name, arguments=texts, dialect="xml")).faults
    return invalid_call(tool, faults) if faults else None


def _wrong_arguments(
    rng: Random, tools: Sequence[DrawnTool], tool: DrawnTool, arguments: dict[str, Any]
) -> Mistake | None:
    """One or two of the arguments written in another way, if the loop has something against it."""
    known = {parameter.name: parameter for parameter in tool.parameters}
    count = 2 if len(arguments) > 1 and rng.random() < _TWO else 1
    wrong = rng.sample(list(arguments), count)
    elsewhere = [p.name for each in tools for p in each.parameters if p.name not in known]
    written = {name: [(name, value)] for name, value in arguments.items()}
    for name in wrong:
        written[name] = rng.choice(
            list(_ways(rng, known[name], arguments[name], list(known), elsewhere))
        )
    pairs = [pair for each in written.values() for pair in each]
    text, runnable = call_text(tool.name, pairs), tool.runnable
    unreadable = _unreadable(runnable, text)
    complaint = unreadable or _invalid(runnable, dict(pairs))
    # What the loop does not complain of, nobody can know to be wrong.
    if complaint is None or (unreadable and count > 1):
        return None
    # What stood where another should was wrong, too, and what was left out comes last.
    touched = {*wrong, *(key for name in wrong for key, _ in written[name])}
    said = {name: value for name, value in arguments.items() if name in touched}
    right = {name: arguments[name] for name in sorted(arguments, key=lambda n: not written[n])}
    renamed = {name: written[name][0][0] for name in wrong if len(written[name]) == 1}
    as_written = _read_as(tool, {k: each for k, each in renamed.items() if each not in known})
    return Mistake(as_written, pairs, complaint, right, said, text if unreadable else "")


def _read_as(tool: DrawnTool, names: Mapping[str, str]) -> DrawnTool:
    """The tool with other names of parameters, as a model writes its signature that misread it."""
    function = tool.definition["function"]
    properties = function["parameters"]["properties"]
    renamed = {names.get(name, name): schema for name, schema in properties.items()}
    parameters = {**function["parameters"], "properties": renamed}
    return replace(tool, definition={"function": {**function, "parameters": parameters}})


def _ways(
    rng: Random, parameter: Parameter, value: Any, known: Sequence[str], elsewhere: Sequence[str]
) -> Iterator[list[Pair]]:
    """What a small model writes in the place of an argument."""
    name = parameter.name
    if parameter.required:
        yield []
    yield [(misspelt(rng, name, known), value)]
    # With half of its name, or by the name of another parameter: more often than anything else, as
    # nano did it.
    halves = (name.partition("_")[0], name.rpartition("_")[2])
    if lost := [half for half in halves if half and half not in known]:
        for _ in range(3):
            yield [(rng.choice(lost), value)]
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


def put_right(name: str, mistake: Mistake, arguments: Arguments) -> str:
    """The thought before a call is made anew."""
    opening = f"Now {listed(mistake.said, mistake.said)}." if mistake.said else "Once more."
    return f"{opening} {given(name, arguments, dict(pairs_of(arguments)))}"


def corrected(
    rng: Random, tools: Sequence[DrawnTool], tool: DrawnTool, *, held_out: bool
) -> Dialogue:
    """A request, a call of it that can't be run, perhaps twice, and the right one."""
    arguments = arguments_for(rng, tool, held_out=held_out)
    asked = phrase(rng, tool, arguments, held_out=held_out)
    talk = Dialogue(sentence(rng, asked.text))
    mistake = mistaken(rng, tools, tool, arguments)
    offered = [mistake.tool if each is tool else each for each in tools]
    told = f"{signature(mistake.tool)} with {listed(mistake.pairs, asked.named_first)}"
    _fails(talk, f"{chosen(rng, offered, mistake.tool, asked)} {told}.", mistake)
    if rng.random() < _AGAIN:
        # As nano does it: what was wrong is put right, and then the failed call copied.
        _fails(talk, put_right(mistake.tool.name, mistake, mistake.pairs), mistake)
        if not mistake.text:
            talk.result(called_before(mistake.tool.name, "invalid"))
    talk.call(put_right(tool.name, mistake, mistake.right), (tool.name, mistake.right))
    return talk


def _fails(talk: Dialogue, thought: str, mistake: Mistake) -> None:
    if mistake.text:
        talk.write(thought, mistake.text)
    else:
        talk.call(thought, (mistake.tool.name, dict(mistake.pairs)), learned=False)
    talk.result(mistake.complaint)
