"""A random-weight model of nano's architecture: the engine's arithmetic needs no training."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from transformers import Qwen3_5ForCausalLM, Qwen3_5TextConfig

from agentkit.models.nano import weights_folder


def save_random_model(folder: Path, *, layers: int = 4, hidden: int = 64) -> Path:
    """A folder with random weights and nano's tokenizer. It never draws a control token."""
    torch.manual_seed(0)
    config = Qwen3_5TextConfig(
        vocab_size=2_048,
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        layer_types=["linear_attention", "full_attention"] * (layers // 2),
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        linear_num_key_heads=2,
        linear_num_value_heads=2,
        linear_key_head_dim=32,
        linear_value_head_dim=32,
        tie_word_embeddings=False,
        max_position_embeddings=4_096,
    )
    model = Qwen3_5ForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(4)  # far from uniform, so that a wrong state shows
        model.lm_head.weight[-40:] = 0  # the control tokens stand at the end of the vocabulary
    model.save_pretrained(folder)
    shutil.copy(weights_folder() / "tokenizer.json", folder)
    return folder


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return save_random_model(tmp_path_factory.mktemp("random"))
