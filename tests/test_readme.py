"""What README.md shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import agentkit.agent
from agentkit import Model, ScriptedModel, open_model

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
SCRIPT = (
    "<tool_call>\n<function=stock>\n<parameter=sku>\nA-17\n</parameter>\n</function>\n</tool_call>",
    "Yes: there are 55.",
)


def stand_in(name: str) -> Model:
    """The weights of a real model are not here; what it would say is."""
    return ScriptedModel(SCRIPT) if name.startswith("Qwen/") else open_model(name)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_each_script_in_the_readme_runs(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(agentkit.agent, "open_model", stand_in)

    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})

    assert re.search(r"55|391", capsys.readouterr().out)


def test_the_command_that_runs_the_tests_is_the_one_ci_calls() -> None:
    command = 'pip install -e ".[dev]" && pytest'

    assert command in README.read_text(encoding="utf-8")
    assert command in (README.parent / ".ci" / "run").read_text(encoding="utf-8")
