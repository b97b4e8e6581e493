"""Initial weights: random, plus a hand-made copying circuit, which a tiny model learns only late.

    residual   0.. this token  72.. one before  136.. two before  192.. three before  248.. constant
    layer 0    carries the three previous tokens forward (a convolution tap each, no memory)
    layer 1    looks for a place preceded by the same tokens, and copies the token there

That is an induction head with a context of three tokens. Training may change or drop all of it; on
its own it finds nothing of the kind within the first million tokens.
"""

import torch
from torch import Tensor
from transformers import Qwen3_5ForCausalLM

_TOKEN, _CONSTANT = slice(0, 72), slice(248, 256)
_BEFORE = ((72, 64), (136, 56), (192, 56))
_WEIGHTS = ((1.0, 0.5, 0.3), (1.0, 0.7, 0.5))


def prime(model: Qwen3_5ForCausalLM, seed: int = 5) -> None:
    """Overwrite the weights of a model of nano's shape."""
    random = torch.Generator().manual_seed(seed)

    def normal(parameter: Tensor, deviation: float) -> None:
        parameter.copy_(torch.randn(parameter.shape, generator=random) * deviation)

    body = model.model
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2 and "embed" not in name:
                normal(parameter, 0.04)
            if name.endswith(("down_proj.weight", "out_proj.weight", "o_proj.weight")):
                parameter.zero_()
        embedding = body.embed_tokens.weight
        normal(embedding, 0.01)
        embedding[:, _TOKEN] = torch.randn(embedding.shape[0], 72, generator=random) * 0.08
        embedding[:, _CONSTANT] = 0.25
        _carry_the_tokens_before(body.layers[0].linear_attn)
        _copy_what_followed(body.layers[1].self_attn, random)


def _carry_the_tokens_before(layer: torch.nn.Module) -> None:
    keys = layer.key_dim
    weight, taps = layer.in_proj_qkv.weight, layer.conv1d.weight
    weight[keys : 2 * keys] = weight[:keys]
    weight[2 * keys :] *= 0.1
    taps *= 0.02
    taps[: 2 * keys, 0, -1] = 1.0
    channel = 0
    for back, (start, size) in enumerate(_BEFORE, start=1):
        for place in range(size):
            weight[2 * keys + channel, place] += 0.3
            taps[2 * keys + channel, 0, -1 - back] = 1.0
            layer.out_proj.weight[start + place, channel] += 0.045
            channel += 1
    for spare in range(channel, layer.value_dim):
        weight[2 * keys + spare, spare % 72] += 0.3
        taps[2 * keys + spare, 0, -1] = 1.0
    layer.A_log.fill_(2.77)
    layer.dt_bias.fill_(1.0)
    layer.in_proj_z.weight *= 0.2
    layer.in_proj_z.weight[:, _CONSTANT] += 0.1


def _copy_what_followed(layer: torch.nn.Module, random: torch.Generator) -> None:
    size = layer.head_dim
    still = size // 4
    for projection in (layer.q_proj, layer.k_proj, layer.v_proj):
        projection.weight *= 0.3
    heads_of_a_key = layer.num_key_value_groups
    for pair, weights in enumerate(_WEIGHTS):
        heads = (2 * pair, 2 * pair + 1)
        keys = {head // heads_of_a_key for head in heads}
        sources = [0, *(start for start, _ in _BEFORE)]
        for back, ((_, width), share) in enumerate(zip(_BEFORE, weights, strict=True)):
            match = torch.randn(size - still, width, generator=random) * 0.2 * share
            seen, asked = sources[back + 1], sources[back]
            for key in keys:
                start = key * size
                layer.k_proj.weight[start + still : start + size, seen : seen + width] += match
            for head in heads:
                start = head * 2 * size
                layer.q_proj.weight[start + still : start + size, asked : asked + width] += match
        for place in range(size):
            target = (pair * 36 + place) % 72
            for head in heads:
                layer.o_proj.weight[target, head * size + place] += 0.4
            for key in keys:
                layer.v_proj.weight[key * size + place, target] += 1.0
    layer.q_norm.weight.fill_(0.5)
    layer.k_norm.weight.fill_(0.5)
