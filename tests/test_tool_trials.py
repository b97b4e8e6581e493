"""A trial runs no tool, and says what was wrong with the calls that a model made."""

import json
from collections.abc import Sequence

import pytest

from agentkit import LocalModel, Message, ScriptedModel, Tool, tool
from agentkit.messages import Assistant, User
from agentkit.model import Model
from agentkit.tool_requests import make_requests
from agentkit.tool_trials import Report, definition_tokens, try_tools


@tool
def order(sku: str, units: int, gift: bool = False) -> str:
    """Order units of an article."""
    raise AssertionError("a tool that is tried is not run")


@tool
def cancel(sku: str) -> str:
    """Cancel the order of an article."""
    raise AssertionError("a tool that is tried is not run")


TOOLS = (order, cancel)


def written(name: str, arguments: object) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def knowing_model(change: str = "") -> Model:
    """A model that knows what was made, and may change one thing about it."""
    known = {request.text: request for each in TOOLS for request in make_requests(each, 5)}

    def reply(transcript: Sequence[Message]) -> str:
        spoken = sum(isinstance(message, Assistant) for message in transcript)
        task = next(message for message in transcript if isinstance(message, User))
        request = known[str(task.content)]
        arguments = dict(request.arguments)
        if spoken > (1 if change == "twice" else 0):
            return "Done."
        match change:
            case "nothing":
                return "I can't."
            case "other":
                return written("cancel" if request.tool == "order" else "order", arguments)
            case "unknown":
                return written("ordr", arguments)
            case "missing":
                del arguments["sku"]
            case "value":
                arguments["sku"] = "wrong"
            case "more":
                arguments |= {"gift": True} if request.tool == "order" else {}
            case "default":
                arguments.setdefault("gift", False)
                if request.tool == "cancel":
                    del arguments["gift"]
        return written(request.tool, arguments)

    return ScriptedModel(reply)


async def reports(model: Model, tools: Sequence[Tool] = TOOLS) -> list[Report]:
    return [report async for report in try_tools(model, tools)]


@pytest.mark.parametrize("change", ["", "default"])
async def test_right_calls_are_hits_and_no_tool_runs(change: str) -> None:
    found = await reports(knowing_model(change))

    assert [report.tool for report in found] == ["order", "cancel"]
    assert all(report.hits == len(report.trials) == 5 for report in found)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("nothing", "no call"),
        ("other", "called cancel"),
        ("unknown", "called ordr, which does not exist"),
        ("missing", "invalid: sku: required, but missing"),
        ("value", 'sku is "wrong", expected "'),
        ("twice", "called 2 times"),
    ],
)
async def test_what_was_wrong_is_said(change: str, fault: str) -> None:
    report = (await reports(knowing_model(change)))[0]

    assert report.hits == 0
    assert all((trial.fault or "").startswith(fault) for trial in report.trials)


async def test_an_argument_that_nobody_asked_for_is_wrong() -> None:
    report = (await reports(knowing_model("more")))[0]
    faults = {
        trial.fault for trial in report.trials if trial.request.arguments.get("gift") is not True
    }

    assert len(faults) >= 1
    assert all(fault and fault.startswith("gift is true, ") for fault in faults)


async def test_a_tool_without_requests_is_reported_with_the_reason() -> None:
    schema = {
        "type": "object",
        "properties": {"code": {"type": "string", "pattern": "^q{7}$"}},
        "required": ["code"],
    }
    odd = Tool.from_schema(print, name="odd", description="Find it.", parameters=schema)
    (report,) = await reports(ScriptedModel([]), [odd])

    assert report.trials == ()
    assert "'code'" in (report.note or "")


def test_tokens_are_counted_by_the_models_own_tokenizer_or_estimated() -> None:
    counted, exact = definition_tokens(TOOLS, LocalModel("nano"))
    estimated, guessed = definition_tokens(TOOLS, ScriptedModel([]))

    assert exact
    assert not guessed
    assert all(count > 10 for count in (*counted, *estimated))
    assert counted[0] > counted[1]
