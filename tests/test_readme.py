"""What README.md shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_each_script_in_the_readme_runs(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "README.md", "exec"), {"__name__": "__main__"})

    assert re.search(r"55|391", capsys.readouterr().out)


def test_the_command_that_runs_the_tests_is_the_one_ci_calls() -> None:
    command = 'pip install -e ".[dev]" && pytest'

    assert command in README.read_text(encoding="utf-8")
    assert command in (README.parent / ".ci" / "run").read_text(encoding="utf-8")
