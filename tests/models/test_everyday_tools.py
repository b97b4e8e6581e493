"""The tables of everyday tools are sound, and their requests say what the call of them has."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tokenizers import Tokenizer

from agentkit.messages import ToolCall
from agentkit.models.nano import generator, weights_folder
from agentkit.models.nano.examples import draw
from agentkit.models.nano.generator import group
from agentkit.models.nano.generator.everyday_tools import everyday_tool
from agentkit.models.nano.generator.plans import About, Request, known_by, plan
from agentkit.models.nano.generator.random_requests import arguments_for, phrase
from agentkit.models.nano.generator.random_tasks import (
    chain,
    near_miss,
    no_tool,
    parallel,
    single,
)
from agentkit.models.nano.generator.random_tools import DrawnTool, random_tool
from agentkit.models.nano.generator.shared_words import shares_a_word
from agentkit.models.nano.generator.strangers import strangers
from agentkit.models.nano.generator.task import calls_of
from agentkit.models.nano.generator.words import is_held_out
from agentkit.qwen.prompt import argument_text

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


@pytest.mark.parametrize("maker", [single, parallel, chain])
def test_a_conversation_holds_every_value_that_is_called_with(maker: Any) -> None:
    rng = Random(4)
    for _ in range(300):
        tools = strangers(rng, 3, held_out=False, everyday=1.0)
        task = maker(rng, tools, held_out=False)
        said = "\n".join(m["content"] for m in task.messages if m["role"] in ("user", "tool"))
        for name, arguments in calls_of(task.messages):
            tool = next(tool for tool in tools if tool.name == name)
            fixed = {each for wording in tool.requests for each in wording.fixed}
            free = {each.name for each in tool.parameters if each.kind not in ("bool", "date")}
            for parameter in free & arguments.keys() - fixed:
                value = arguments[parameter]
                assert all(str(each) in said for each in as_list(value)), (parameter, task)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_a_thought_names_the_right_tool_last_and_its_arguments() -> None:
    rng = Random(5)
    guesses, stuck = 0, 0
    for _ in range(100):
        tools = strangers(rng, 3, held_out=False)
        task = single(rng, tools, held_out=False)
        ((name, arguments),) = calls_of(task.messages)
        about, _, rest = task.messages[1]["reasoning_content"].partition(": ")
        looked, _, listed = rest.partition("yes. ")
        looked += "yes"
        request = task.messages[0]["content"].lower()
        assert all(word.lower() in request for word in about.split())
        *wrong, (right, found) = re.findall(r"(\S+)\? ([^?]*)(?:, (?=\S+\?)|$)", looked)
        assert right == name
        assert re.fullmatch(r"(?:[^,:?]+ yes, )*(?:[^,:?]+ )?yes", found)
        pairs = [(each, argument_text(value)) for each, value in arguments.items()]
        forms = "|".join
        either = [forms(map(re.escape, (f"{each}: {v}", f"{v} as {each}"))) for each, v in pairs]
        expected = ", ".join(f"(?:{each})" for each in either) or "nothing"
        defined = next(each.definition["function"] for each in tools if each.name == name)
        signature = rf"{re.escape(name)}\({_names_and_types(defined['parameters'])}\)"
        assert re.fullmatch(rf"{signature} with {expected}\.", listed)
        assert {guess for guess, _ in wrong} <= {each.name for each in tools} - {name}
        assert all(end == "no" or end.endswith(" no") for _, end in wrong)
        guesses += len(wrong)
        stuck += len(wrong) > 3
    assert 80 < guesses < 240
    assert 3 < stuck < 30


def _written(name: str, arguments: Mapping[str, Any]) -> ToolCall:
    texts = {key: argument_text(value) for key, value in arguments.items()}
    return ToolCall(id="1", name=name, arguments=texts, dialect="xml")


def _names_and_types(schema: Mapping[str, Any]) -> str:
    """A pattern for all names in order, also those within objects."""
    told = []
    for name, each in schema["properties"].items():
        inner = rf"object\({_names_and_types(each)}\)" if "properties" in each else r"\w+"
        told.append(f"{re.escape(name)} {inner}")
    return ", ".join(told)


def _made(name: str, description: str, **properties: object) -> DrawnTool:
    parameters = {"type": "object", "properties": properties}
    function = {"name": name, "description": description, "parameters": parameters}
    return DrawnTool(name, "", "", (), {"type": "function", "function": function})


TOOLS = [
    _made("update_mails", "Updates a stored mail of the archive."),
    _made("updatePhoto", "Updates a photo."),
    _made("store", "Holds what is stored."),
]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("the mail is old, so update it", "mail update"),  # in the order of the request
        ("please update this letter", "update"),  # shared words only
        ("send the mail that is stored in the archive again", "mail archive"),  # the rarest
    ],
)
def test_a_request_is_known_by_the_words_that_tell_its_tool(asked: str, expected: str) -> None:
    about = About(expected, tuple(expected.split()))

    assert known_by(TOOLS, TOOLS[0], Request(asked, asked)) == about


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("write it anew, I insist on it", "write it anew"),  # shares no word: how it begins
        ("a letter stored by mistake", "a letter stored"),  # one word, not of the name
    ],
)
def test_a_request_without_such_words_is_known_by_its_opening(asked: str, expected: str) -> None:
    assert known_by(TOOLS, TOOLS[0], Request(asked, asked)) == About(expected)


def test_a_request_is_known_by_the_name_or_by_verb_and_noun_where_it_says_them() -> None:
    named = Request("call update_mails", "call update_mails", name="update_mails")
    worded = Request("refresh the stored mail", "refresh the stored mail", ("refresh", "mail"))

    assert known_by(TOOLS, TOOLS[0], named) == About("update_mails")
    assert known_by(TOOLS, TOOLS[0], worded) == About("refresh mail", ("refresh", "mail"))


def test_a_plan_looks_at_a_wrong_tool_until_a_word_is_missing() -> None:
    request = Request("update the mail", "update the mail")
    plans = {plan(Random(seed), TOOLS, TOOLS[0], {}, request) for seed in range(200)}
    right = "update_mails? update yes, mail yes. update_mails() with nothing."

    assert f"update mail: {right}" in plans
    assert f"update mail: updatePhoto? update yes, mail no, {right}" in plans
    assert f"update mail: store? update no, updatePhoto? update yes, mail no, {right}" in plans
    again = "updatePhoto? update yes, mail no, updatePhoto? update yes, mail no"
    assert f"update mail: {again}, {right}" in plans  # it stays wrong


def test_a_plan_says_all_parameters_and_the_arguments_as_the_request_does() -> None:
    asked = Request("update it", "update it", named_first=frozenset({"day"}))
    tool = _made(
        "update_mails",
        "Updates mails.",
        sizes={"type": "array", "items": {"type": "integer"}},
        day={"type": "string", "format": "date"},
        mode={"type": "string", "enum": ["new", "old"]},
    )

    said = plan(Random(1), [tool], tool, {"day": "2026-05-01", "sizes": [8, 9]}, asked)

    assert said == (
        "update: update_mails? update yes. update_mails(sizes array, day date, mode enum) "
        "with day: 2026-05-01, [8, 9] as sizes."
    )


@pytest.mark.parametrize("held_out", [False, True])
def test_the_arguments_of_a_plan_have_the_order_of_the_request(held_out: bool) -> None:
    rng, seen = Random(9), 0
    while seen < 60:
        tool = random_tool(rng, held_out=held_out)
        arguments = arguments_for(rng, tool, held_out=held_out)
        known = {each.name: each for each in tool.parameters}
        asked = phrase(rng, tool, arguments, held_out=held_out)
        plain = [name for name in arguments if known[name].kind in ("email", "url", "date", "time")]
        if len(plain) < 2 or len({arguments[name] for name in plain}) < len(plain):
            continue
        places = [asked.text.index(str(arguments[name])) for name in plain]
        assert places == sorted(places), asked.text
        for name, place in zip(plain, places, strict=True):
            words = asked.text[:place]
            if name in asked.named_first:
                assert known[name].words in words or name in words
        seen += 1


def test_a_wrong_guess_is_not_learned_but_what_becomes_of_it_is() -> None:
    tokenizer = Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
    seen = 0
    for seed in range(20):
        lesson = draw(str(seed), tokenizer, size=4, shipped_share=0.0, until="thought")
        for row in lesson.rows:
            pairs = list(zip(row.ids, row.learned, strict=True))
            text = tokenizer.decode(row.ids, skip_special_tokens=False)
            if text.count("<|im_start|>assistant") > 1:
                continue  # of a second turn nothing before it is learned
            learned = tokenizer.decode([each for each, known in pairs if known])
            for guess, missing in re.findall(r"(\S+)\? (?:[^,:?]+ yes, )*([^,:?]* ?no), ", text):
                named = f"{guess}? "  # elsewhere it may be the right one
                assert learned.count(named) < text.count(named)
                assert f"{missing}, " in learned
                seen += 1
    assert seen


def test_a_text_shares_a_word_with_a_tool_when_its_name_or_description_has_it() -> None:
    rng = Random(6)
    tool = next(
        tool
        for tool in iter(lambda: everyday_tool(rng, held_out=False), None)
        if "hotel" in tool.definition["function"]["description"]
    )

    assert shares_a_word(tool, "which HOTELS would you take")
    assert not shares_a_word(tool, "what is it about a zebra")


@pytest.mark.parametrize("everyday", [0.0, 1.0])
def test_what_no_tool_can_do_is_asked_as_what_they_can(everyday: float) -> None:
    rng, declined = Random(7), 0
    for _ in range(60):
        tools = strangers(rng, 4, held_out=False, everyday=everyday)
        task = no_tool(rng, tools, held_out=False)
        if not calls_of(task.messages):
            declined += 1
            thought = task.messages[-1]["reasoning_content"]
            assert thought.endswith("none.")
            about = thought.partition(": ")[0]  # of daily life it may hold a value
            assert everyday or not any(shares_a_word(tool, about) for tool in tools)
    assert declined > 50


def test_a_near_miss_has_a_word_of_a_tool_and_is_declined() -> None:
    rng, missed = Random(8), 0
    for _ in range(60):
        tools = strangers(rng, 4, held_out=False, everyday=0.0)
        task = near_miss(rng, tools, held_out=False)
        assert not calls_of(task.messages)
        about, _, rest = task.messages[-1]["reasoning_content"].partition(": ")
        assert rest.endswith("none.")
        missed += any(shares_a_word(tool, about) for tool in tools)
    assert missed > 30


def test_the_tools_of_a_training_set_often_share_words() -> None:
    rng, shared = Random(9), 0
    for _ in range(40):
        tools = strangers(rng, 6, held_out=False, everyday=0.0)
        assert len({(tool.verb, tool.noun) for tool in tools}) == 6
        shared += len({tool.verb for tool in tools}) < 6 and len({t.noun for t in tools}) < 6
    assert shared > 20


def test_the_tools_of_a_training_set_often_share_parameters_with_their_type() -> None:
    rng, shared = Random(9), 0
    for _ in range(60):
        tools = strangers(rng, 6, held_out=False, everyday=0.0)
        drawn = [{(each.words, each.kind) for each in tool.parameters} for tool in tools]
        shared += len(set().union(*drawn)) < sum(map(len, drawn))
    assert 20 < shared < 45


def test_no_two_tools_are_asked_for_in_the_same_words() -> None:
    asked: dict[str, set[str]] = {}
    for entry in entries():
        for request in entry["requests"]:
            text = request if isinstance(request, str) else request["text"]
            words = " ".join(re.findall("[a-z]+", re.sub(r"{\w+}", "", text).lower()))
            asked.setdefault(words, set()).add(entry["name"])

    assert not {words: names for words, names in asked.items() if len(names) > 1}


def test_tools_to_choose_from_are_few_and_without_parameters() -> None:
    tokenizer = Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
    for seed in range(20):
        made = group(seed, size=8, shipped_share=0.0, until="tool")
        assert 2 <= len(made.tools) <= 10
        assert all(len(calls_of(task.messages)) <= 2 for task in made.tasks)
        lesson = draw(str(seed), tokenizer, size=2, shipped_share=0.0, until="tool")
        assert '"properties": {}' in tokenizer.decode(lesson.prefix, skip_special_tokens=False)


def test_without_thinking_the_plan_of_a_call_is_said() -> None:
    made = [group(seed, shipped_share=0.0) for seed in range(10)]
    quiet = [
        task
        for each in made
        for task, thinks in zip(each.tasks, each.thinking, strict=True)
        if not thinks and calls_of(task.messages)
    ]

    assert quiet
    for task in quiet:
        replies = [message for message in task.messages if message["role"] == "assistant"]
        assert all(reply["content"] and not reply["reasoning_content"] for reply in replies)
