"""Imports run one way, and what is heavy stays where it belongs."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import agentkit

ROOT = Path(agentkit.__file__).parent
LAYERS = (
    {"errors", "messages", "alarm", "masking", "json_text", "docstrings", "threads"},
    {"transcripts", "returned", "events", "patterns", "schemas", "loose_schemas", "terminal"},
    {"fault_words"},
    {"validation"},
    {"arguments", "signature_schemas"},
    {"signatures"},
    {"tools"},
    {"model", "tool_requests", "tool_check", "long_results"},
    {"steps", "reply", "executor", "qwen"},
    {"models"},
    {"agent", "plugins", "tool_trials"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
LEVEL = {name: level for level, layer in enumerate(LAYERS) for name in layer}
ENGINE = {
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "huggingface_hub",
    "numpy",
    "xgrammar",
}


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name below `agentkit`."""
    paths = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}


MODULES = {name.removesuffix(".__init__"): path for name, path in modules().items()}


def imported(path: Path) -> Iterator[str]:
    """Full names of what a file imports, wherever in it, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(name: str) -> set[str]:
    """The modules of the package that a module of it imports."""
    found = set()
    for full in imported(MODULES[name]):
        inside = full.removeprefix("agentkit.")
        if full != inside:
            found.add(inside if inside in MODULES else inside.rpartition(".")[0])
    return found - {name}


def outside_imports(path: Path) -> set[str]:
    return {full.partition(".")[0] for full in imported(path)}


def test_every_module_has_its_layer() -> None:
    assert {name.partition(".")[0] for name in MODULES} == set(LEVEL)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_layers_below(name: str) -> None:
    home = name.partition(".")[0]
    for other in {found.partition(".")[0] for found in own_imports(name)} - {home}:
        assert LEVEL[other] <= LEVEL[home], f"{name} imports {other}"


def test_no_module_imports_itself_in_a_circle() -> None:
    TopologicalSorter({name: own_imports(name) for name in MODULES}).prepare()


def test_the_loop_knows_no_engine_but_the_door_to_all() -> None:
    engines = {name for name in own_imports("agent") if name.startswith("models")}

    assert engines == {"models"}


@pytest.mark.parametrize("name", MODULES)
def test_what_is_heavy_stays_with_the_engine(name: str) -> None:
    found = outside_imports(MODULES[name])

    if not name.startswith(("models.local", "models.nano")):
        assert not found & ENGINE
    if not name.startswith("models.server"):
        assert "httpx" not in found
    assert not found & {"requests", "dbos", "tests", "evals", "examples"}
    if not name.startswith("models.nano"):
        assert "agentkit_tools" not in found


@pytest.mark.parametrize("path", sorted((ROOT.parent / "tools").glob("*.py")), ids=lambda p: p.name)
def test_shipped_tools_use_what_a_strangers_plugin_uses(path: Path) -> None:
    own = {full.rpartition(".")[0] for full in imported(path) if full.startswith("agentkit.")}

    assert own <= {"agentkit", "agentkit.errors", "agentkit.tools"}


LOOP = {"agent", "steps", "executor", "plugins", "commands", "cli", "terminal"}


@pytest.mark.parametrize("path", sorted((ROOT.parent / "evals").glob("*.py")), ids=lambda p: p.name)
def test_evaluations_reach_the_loop_by_its_public_names(path: Path) -> None:
    inside = {f.split(".")[1] for f in imported(path) if f.startswith("agentkit.")}

    assert not inside & LOOP
