"""The tables of everyday tools are sound, and their requests say what the call of them has."""

import re
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agentkit.models.nano import generator
from agentkit.models.nano.generator.everyday_tools import everyday_tool
from agentkit.models.nano.generator.random_requests import arguments_for, in_order, phrase, telling
from agentkit.models.nano.generator.random_tasks import no_tool, plan, single
from agentkit.models.nano.generator.strangers import strangers
from agentkit.models.nano.generator.task import calls_of
from agentkit.models.nano.generator.words import is_held_out

TABLES = sorted(Path(generator.__file__).parent.glob("wordings/everyday/*.toml"))
KINDS = frozenset(
    "word name text int float bool enum date time email url code path words numbers".split()  # noqa: SIM905
)
Entry = dict[str, Any]


def entries() -> list[Entry]:
    return [entry for file in TABLES for entry in tomllib.loads(file.read_text("utf-8"))["tools"]]


def faults(entry: Entry) -> list[str]:
    """What is wrong with an entry of the tables."""
    found = []
    parameters = {each["name"]: each for each in entry["parameters"]}
    if len(parameters) != len(entry["parameters"]):
        found.append("a parameter twice")
    for name, parameter in parameters.items():
        kind = parameter["kind"]
        if kind not in KINDS or not parameter["description"]:
            found.append(f"{name}: kind or description")
        if kind == "enum" and len(parameter.get("choices", ())) < 2:
            found.append(f"{name}: choices")
        if kind in ("int", "float") and len(parameter.get("range", ())) != 2:
            found.append(f"{name}: range")
    needed = {name for name, each in parameters.items() if each.get("required", True)}
    for request in entry["requests"]:
        text, fixed = (request, {}) if isinstance(request, str) else (request["text"], request)
        slots = re.findall(r"{(\w+)}", text)
        given = {*slots, *(fixed.keys() - {"text"})}
        if len(set(slots)) != len(slots) or given - parameters.keys() or needed - given:
            found.append(f"slots of {text!r}")
        if any(parameters[slot]["kind"] == "bool" for slot in slots if slot in parameters):
            found.append(f"a slot for yes or no in {text!r}")
        for name in fixed.keys() & parameters.keys() - {"text"}:
            choices = parameters[name].get("choices", (True, False))
            if parameters[name]["kind"] in ("enum", "bool") and fixed[name] not in choices:
                found.append(f"{name} of {text!r}")
    return found


def test_every_entry_is_sound() -> None:
    wrong = {entry["name"]: faults(entry) for entry in entries() if faults(entry)}

    assert not wrong


def test_names_are_given_once_and_one_in_eight_is_held_out() -> None:
    names = [entry["name"] for entry in entries()]

    assert len(set(names)) == len(names) >= 300
    assert 0.08 < sum(map(is_held_out, names)) / len(names) < 0.17


@pytest.mark.parametrize("held_out", [False, True])
def test_training_and_held_out_tools_are_apart(held_out: bool) -> None:
    rng = Random(3)
    orders = {tuple(entry["orders"]): entry["name"] for entry in entries()}
    drawn = {orders[everyday_tool(rng, held_out=held_out).orders] for _ in range(200)}

    assert {is_held_out(name) for name in drawn} == {held_out}


def test_a_request_holds_every_value_that_it_does_not_say_in_other_words() -> None:
    rng = Random(4)
    for _ in range(300):
        tool = everyday_tool(rng, held_out=False)
        arguments = arguments_for(rng, tool, held_out=False)
        kinds = {each.name: each.kind for each in tool.parameters}
        fixed = {name for wording in tool.requests for name in wording.fixed}
        asked = phrase(rng, tool, arguments, held_out=False)
        for name, value in arguments.items():
            if kinds[name] in ("int", "email", "code", "url") and name not in fixed:
                assert str(value) in asked.text


def test_a_thought_names_the_tool_and_its_parameters_in_the_order_of_the_definition() -> None:
    rng = Random(5)
    for _ in range(100):
        tools = strangers(rng, 3, held_out=False)
        task = single(rng, tools, held_out=False)
        ((name, arguments),) = calls_of(task.messages)
        tool = next(tool for tool in tools if tool.name == name)
        thought = task.messages[1]["reasoning_content"]
        about = re.match(r"For (.+) I use ", thought)
        assert thought == plan(name, arguments, about[1] if about else "")
        assert list(in_order(tool, arguments)) == list(arguments)
        if about:
            request = task.messages[0]["content"].lower()
            assert all(word.lower() in request for word in about[1].split())


def test_words_are_telling_when_name_or_description_has_them() -> None:
    rng = Random(6)
    tool = next(
        tool
        for tool in iter(lambda: everyday_tool(rng, held_out=False), None)
        if "hotel" in tool.definition["function"]["description"]
    )

    assert telling(tool, "which HOTELS would you take, and what is a zebra") == ["HOTELS"]


def test_what_no_tool_can_do_names_no_verb_and_noun_of_any() -> None:
    rng = Random(7)
    for _ in range(60):
        tools = strangers(rng, 4, held_out=False, everyday=0.0)
        task = no_tool(rng, tools, held_out=False)
        found = re.match(r"For (.+) there is no tool", task.messages[-1]["reasoning_content"])
        if found:
            assert not any(telling(tool, found[1]) for tool in tools)
