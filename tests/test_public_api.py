"""The public names are few, are all there, and cost nothing until they are used."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import agentkit

SOURCE = Path(agentkit.__file__)


def typed_names() -> list[str]:
    """What a type checker sees: the names imported under TYPE_CHECKING."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    (block,) = (
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    aliases = [alias for node in imports for alias in node.names]
    assert all(alias.name == alias.asname for alias in aliases)
    return [alias.name for alias in aliases]


def test_the_exported_names_are_those_that_type_checkers_see() -> None:
    assert agentkit.__all__ == sorted(typed_names())


def test_a_reader_can_hold_the_public_names() -> None:
    assert len(agentkit.__all__) <= 40


@pytest.mark.parametrize("name", agentkit.__all__)
def test_every_public_name_is_there_and_has_words(name: str) -> None:
    value = getattr(agentkit, name)

    if inspect.isclass(value) or inspect.isfunction(value):
        assert value.__doc__
        assert value.__name__ == name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nobody'"):
        _ = agentkit.Nobody


def test_star_import_and_dir_show_the_public_names() -> None:
    namespace: dict[str, object] = {}
    exec("from agentkit import *", namespace)

    assert set(agentkit.__all__) <= set(namespace)


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )


LOADED = """
import sys
names = sorted({name.partition(".")[0] for name in sys.modules} & %r)
assert not names, names
"""


def test_importing_agentkit_loads_nothing_heavy_reads_nothing_and_says_nothing() -> None:
    heavy = {
        "torch",
        "transformers",
        "tokenizers",
        "httpx",
        "pydantic",
        "jsonschema",
        "asyncio",
        "socket",
        "agentkit_tools",
    }
    watch = """
import sys
opened = []
def hook(event, arguments):
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc")):
        opened.append(arguments[0])
    if event.startswith("socket."):
        opened.append(event)
sys.addaudithook(hook)
"""
    check = "\nassert not opened, opened\n"
    result = run_python(f"{watch}\nimport agentkit\n{check}\n{LOADED % heavy}")

    assert (result.stdout, result.stderr) == ("", "")


def test_an_agent_loads_no_engine_until_a_model_has_to_speak() -> None:
    heavy = {"torch", "transformers", "tokenizers", "huggingface_hub", "httpx", "numpy"}
    result = run_python(
        "import agentkit\n"
        "agentkit.Agent('nano', tools=agentkit.load_tools())\n"
        "agentkit.LocalModel('Qwen/Qwen3.5-4B')\n"
        f"{LOADED % heavy}"
    )

    assert (result.stdout, result.stderr) == ("", "")
