"""Tasks with scripted tools, and what runs made of them: what was right, and what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nano_tasks import stands_in

from agentkit import Assistant, Result, Tool, ToolCall
from agentkit.models.nano.generator import Task, calls_of

_COMPLAINT = ToolCall(id="", name="", arguments={}, dialect="xml")


@dataclass(frozen=True)
class Case:
    """A task, the tools on offer, and the result of the run."""

    task: Task
    tools: Sequence[Tool]
    result: Result

    @property
    def wanted(self) -> list[tuple[str, dict[str, Any]]]:
        return calls_of(self.task.messages)

    @property
    def replies(self) -> list[Assistant]:
        return [each for each in self.result.transcript if isinstance(each, Assistant)]

    @property
    def calls(self) -> list[ToolCall]:
        """The calls as they were made, and a placeholder for each other fault in the replies."""
        return [
            call
            for reply in self.replies
            for call in (*reply.tool_calls, *(_COMPLAINT for _ in reply.problems))
        ]

    @property
    def tells(self) -> bool:
        """Whether the run is done and its answer contains all that is expected."""
        return self.result.outcome == "done" and all(
            stands_in(word, self.result.text) for word in self.task.expected
        )

    @property
    def valid_calls(self) -> list[ToolCall]:
        """The calls that could be run; the loop asked for the others again."""
        return [call for call in self.calls if self.bound(call) is not None]

    def matches(self, calls: Sequence[ToolCall], *, ordered: bool = True) -> bool:
        """Whether the calls are the wanted ones, by name and typed arguments."""
        made = [(call.name, self.bound(call)) for call in calls]
        if ordered:
            return same(made, self.wanted)
        left = list(self.wanted)
        for each in made:
            found = next((other for other in left if same(each, other)), None)
            if found is None:
                return False
            left.remove(found)
        return not left

    def bound(self, call: ToolCall) -> dict[str, Any] | None:
        """Return the typed arguments of a call, or None if it is not valid."""
        tool = next((tool for tool in self.tools if tool.name == call.name), None)
        binding = tool.bind(call) if tool else None
        return None if binding is None or binding.faults else binding.arguments


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON: 1 equals 1.0, but neither equals true."""
    match one, other:
        case (dict(), dict()):
            return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
        case (list() | tuple(), list() | tuple()):
            return len(one) == len(other) and all(map(same, one, other))
        case _:
            return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


class Script:
    """Gives out the results that the generator wrote, call by call."""

    def __init__(self, task: Task) -> None:
        texts = [each["content"] for each in task.messages if each["role"] == "tool"]
        self._left = [
            (*call, text) for call, text in zip(calls_of(task.messages), texts, strict=True)
        ]

    def answer(self, name: str, arguments: dict[str, Any]) -> str:
        """Return the result of exactly this call, else the next result of this tool."""
        mine = [each for each in self._left if each[0] == name]
        exact = [each for each in mine if same(each[1], arguments)]
        if not mine:
            return f"Error: {name} is not available."
        found = (exact or mine)[0]
        self._left.remove(found)
        return str(found[2])

    def tool(self, definition: dict[str, Any]) -> Tool:
        """Make a tool with this definition that follows the script."""
        function = definition["function"]
        name = function["name"]

        async def play(**arguments: Any) -> str:
            return self.answer(name, arguments)

        return Tool.from_schema(
            play,
            name=name,
            description=function["description"],
            parameters=function["parameters"],
        )


def fault(case: Case) -> str:
    """Classify the first difference between the calls and the wanted ones."""
    for call, (name, arguments) in zip(case.calls, case.wanted, strict=False):
        tool = next((tool for tool in case.tools if tool.name == call.name), None)
        if tool is None:
            return "a tool that does not exist" if call.name else "an unusable reply"
        if call.name != name:
            return "another tool"
        given = tool.bind(call).arguments
        if missing := [each for each in arguments if each not in given]:
            return "argument left out" + (" (all)" if len(missing) == len(arguments) else "")
        if given.keys() - arguments.keys():
            return "argument added"
        for each, value in arguments.items():
            if not same(given[each], value):
                kind = tool.parameters["properties"][each]
                return f"value of {'enum' if 'enum' in kind else kind.get('type')} wrong"
    if len(case.calls) != len(case.wanted):
        return f"{len(case.calls)} calls, not {len(case.wanted)}"
    return "answer" if case.result.outcome == "done" else case.result.outcome
