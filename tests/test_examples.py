"""Every example runs as it stands, from a clone."""

import os
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import agentkit.agent
from agentkit import ScriptedModel, written_call
from agentkit.models.nano import weights_folder

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


WITH_NANO = {
    "hello": ([written_call("calculate", expression="17 * 23"), "It is 391."], "It is 391.\n"),
    "streaming_events": (
        [
            "<think>\nI count.\n</think>\n\n"
            + written_call("count_lines", path="examples/data/fruit.txt"),
            "It has 6 lines.",
        ],
        "\n-> count_lines({'path': 'examples/data/fruit.txt'})\n<- 6\nIt has 6 lines.\ndone,",
    ),
}
SCRIPTED = {
    "plugin": "Yes, there are 55.\n",
    "parallel_tools": (
        "call_1_1 soup is ready\ncall_1_2 roast is ready\ncall_1_3 cake is ready\n"
        "Dinner is served.\n"
    ),
    "resume": "stopped after: 14.4\n3 messages loaded\n6 in the end: Together 32.40.\n",
}


def test_every_example_is_run_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(WITH_NANO) | set(SCRIPTED)


@pytest.mark.parametrize("name", SCRIPTED)
def test_an_example_with_a_scripted_model_runs(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    sys.modules.pop("shop_tools", None)  # the plugin's, which other tests install anew

    assert capsys.readouterr().out == SCRIPTED[name]


@pytest.mark.parametrize("name", WITH_NANO)
def test_an_example_with_nano_runs_with_a_script_in_its_place(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replies, shown = WITH_NANO[name]
    monkeypatch.setattr(agentkit.agent, "open_model", lambda _: ScriptedModel(replies))
    monkeypatch.chdir(ROOT)
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")

    assert shown in capsys.readouterr().out


@pytest.mark.skipif(not any(weights_folder().glob("*.safetensors")), reason="nano is not trained")
@pytest.mark.parametrize("name", WITH_NANO)
def test_an_example_with_nano_runs_as_a_user_would_run_it(name: str) -> None:
    result = subprocess.run(
        [sys.executable, f"examples/{name}.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # more than one stalls on a busy machine
    )

    assert result.stdout.strip()


def test_the_plugin_declares_the_entry_point_of_its_module() -> None:
    project = tomllib.loads((EXAMPLES / "plugin" / "pyproject.toml").read_text("utf-8"))
    points = project["project"]["entry-points"]["agentkit.tools"]

    assert points == {"shop": "shop_tools:tools"}
    assert project["tool"]["setuptools"]["py-modules"] == ["shop_tools"]
    assert (EXAMPLES / "plugin" / "shop_tools.py").is_file()
