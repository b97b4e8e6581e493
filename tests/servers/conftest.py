"""Real servers on a loopback port, each with nano behind it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import free_port, running

from agentkit.models.nano import weights_folder
from agentkit.qwen.sampling import END_TOKENS

TEMPLATE = Path(__file__).with_name("chat_template.jinja")


@pytest.fixture(scope="session")
def nano_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """nano's files with what servers want beside the weights: a chat template, and the ids that
    end a reply. Like the small Qwen3.5 models it has no generation_config.json, and would go on
    behind the end of its turn until its tokens are spent.
    """
    folder = tmp_path_factory.mktemp("model") / "nano"
    shutil.copytree(weights_folder(), folder)
    shutil.copy(TEMPLATE, folder)
    definition = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    ids = {token["content"]: token["id"] for token in definition["added_tokens"]}
    ends = {"eos_token_id": [ids[token] for token in END_TOKENS], "do_sample": False}
    (folder / "generation_config.json").write_text(json.dumps(ends), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def transformers_serve(
    nano_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The base_url of `transformers serve`."""
    address, port = "127.0.0.1", free_port()
    program = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(nano_folder)]
    options = ["--host", address, "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    log = tmp_path_factory.mktemp("log") / "transformers_serve"
    url = f"http://{address}:{port}"
    with running([*program, *options], f"{url}/health", log, HF_HUB_OFFLINE="1"):
        yield f"{url}/v1"
