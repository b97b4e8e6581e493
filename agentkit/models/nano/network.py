"""The network for training: the weights of `Qwen3_5ForCausalLM`, computed over a shared prefix.

    prefix [P] ──┬── rows [N1, L1]      every row continues the same prefix and sees no other row
                 └── rows [N2, L2]

All tokens go through the projections as one long matrix; only convolution, delta rule and attention
are computed piece by piece, each row starting from the state in which the prefix ended. The result
is that of the reference implementation on `prefix + row` (`tests/models/test_nano.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch import Tensor, nn
from transformers import Qwen3_5ForCausalLM, Qwen3_5TextConfig

from agentkit.models.nano.kernels import Attend, Convolve, Normalize, delta_rule

STRETCH = 256  # tokens of the prefix whose attention is computed at once
# The first heads of this layer learn to look at the definition of the tool that is asked for, of
# the parameter that a value is for, and of a tool's next parameter.
LOOKING = 6
MIDDLE = 4  # the second linear-attention layer; three full-attention layers read its output

_P = ParamSpec("_P")
_T = TypeVar("_T")
# Parts of layers, as written or compiled. Compiled, the elementwise work between two large matrix
# products takes one pass over memory instead of many.
_steps: dict[Callable[..., Any], Callable[..., Any]] = {}


def _step(function: Callable[_P, _T]) -> Callable[_P, _T]:
    _steps[function] = function

    @wraps(function)
    def called(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return cast(_T, _steps[function](*args, **kwargs))

    return called


def compile_steps() -> None:
    """Compile the `_step` functions for this process: needs a C++ compiler and about a minute."""
    for step in _steps:
        _steps[step] = torch.compile(step, dynamic=True)


def configuration(vocabulary: int, **changes: Any) -> Qwen3_5TextConfig:
    """Return a configuration of nano's shape."""
    settings: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": 256,
        "intermediate_size": 768,
        "num_hidden_layers": 8,
        "layer_types": ["linear_attention", *["full_attention"] * 3] * 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "head_dim": 64,
        "linear_num_key_heads": 4,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 32,
        "linear_value_head_dim": 64,
        "linear_conv_kernel_dim": 64,
        "tie_word_embeddings": True,
        "max_position_embeddings": 32768,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "partial_rotary_factor": 0.25,
            "mrope_section": [3, 3, 2],
        },
    }
    return Qwen3_5TextConfig(**(settings | changes))


@dataclass
class State:
    """The state of a linear-attention layer after a piece: last convolution inputs, and memory."""

    window: Tensor
    memory: Tensor


def _norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return Normalize.apply(x, 1.0 + weight, eps)


def _project(layer: nn.Linear, x: Tensor) -> Tensor:
    """Apply a linear layer in the precision of x, whatever precision its weights have."""
    return F.linear(x, layer.weight.to(x.dtype))


def _project_all(layers: Sequence[nn.Linear], x: Tensor) -> Sequence[Tensor]:
    """Apply several linear layers to x as one matrix product."""
    weight = torch.cat([layer.weight for layer in layers])
    together = F.linear(x, weight.to(x.dtype))
    return together.split([layer.out_features for layer in layers], dim=-1)


def _convolve(x: Tensor, weight: Tensor, window: Tensor) -> Tensor:
    """Depthwise causal convolution, then SiLU; x is [N, L, channels], `window` its past inputs."""
    padded = torch.cat([window, x], dim=1).transpose(1, 2)
    return _activate(Convolve.apply(padded, weight))


@_step
def _activate(x: Tensor) -> Tensor:
    return F.silu(x.transpose(1, 2)).contiguous()


def _apart(shapes: Sequence[tuple[int, int]], *wholes: Tensor) -> Iterator[list[Tensor]]:
    """Split each long matrix into the prefix [1, P, ...] and the rows [N, L, ...] after it.

    One `split`, since the gradient of every single slice would be as large as the whole matrix.
    """
    for whole in wholes:
        pieces = whole.split([rows * length for rows, length in shapes])
        yield [piece.unflatten(0, shape) for piece, shape in zip(pieces, shapes, strict=True)]


@_step
def _into_linear(layer: nn.Module, x: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
    own = layer.linear_attn
    y = _norm(x, layer.input_layernorm.weight, layer.input_layernorm.eps).to(dtype)
    projections = (own.in_proj_qkv, own.in_proj_z, own.in_proj_b, own.in_proj_a)
    qkv, z, b, a = _project_all(projections, y)
    decay = -own.A_log.exp() * F.softplus(a.float() + own.dt_bias)
    return qkv.float(), decay, b.float().sigmoid(), z


@_step
def _out_of_linear(layer: nn.Module, x: Tensor, out: Tensor, z: Tensor) -> Tensor:
    own = layer.linear_attn
    scale = torch.rsqrt(out.square().mean(-1, keepdim=True) + own.layer_norm_epsilon)
    out = (out * scale * own.norm.weight).flatten(1).to(z.dtype) * F.silu(z)
    return x + _project(own.out_proj, out)


def _linear(
    layer: nn.Module, x: Tensor, shapes: Sequence[tuple[int, int]], dtype: torch.dtype
) -> Tensor:
    own = layer.linear_attn
    qkv, decay, beta, z = _into_linear(layer, x, dtype)
    outs, state = [], None
    pieces = zip(shapes, *_apart(shapes, qkv, decay, beta), strict=True)
    for (rows, length), piece, own_decay, own_beta in pieces:
        if state is None:
            window = piece.new_zeros(rows, own.conv_kernel_size - 1, piece.shape[-1])
            memory = piece.new_zeros(rows, own.num_v_heads, own.head_k_dim, own.head_v_dim)
        else:
            window = state.window.expand(rows, -1, -1)
            memory = state.memory.expand(rows, -1, -1, -1)
        mixed = _convolve(piece, own.conv1d.weight, window)
        query, key, value = mixed.split([own.key_dim, own.key_dim, own.value_dim], dim=-1)
        out, memory = delta_rule(
            query.view(rows, length, -1, own.head_k_dim),
            key.view(rows, length, -1, own.head_k_dim),
            value.view(rows, length, -1, own.head_v_dim),
            own_decay,
            own_beta,
            memory,
        )
        if state is None:
            read = torch.cat([window, piece], dim=1)
            state = State(read[:, -(own.conv_kernel_size - 1) :], memory)
        outs.append(out.reshape(rows * length, -1, own.head_v_dim))
    return _out_of_linear(layer, x, torch.cat(outs), z)


def _rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    size = cosine.shape[-1]
    turned, rest = x[..., :size], x[..., size:]
    half = torch.cat([-turned[..., size // 2 :], turned[..., : size // 2]], dim=-1)
    return torch.cat([turned * cosine + half * sine, rest], dim=-1)


@_step
def _into_full(
    layer: nn.Module, x: Tensor, cosine: Tensor, sine: Tensor, dtype: torch.dtype
) -> tuple[Tensor, ...]:
    own, size = layer.self_attn, layer.self_attn.head_dim
    y = _norm(x, layer.input_layernorm.weight, layer.input_layernorm.eps).to(dtype)
    projections = _project_all((own.q_proj, own.k_proj, own.v_proj), y)
    query, key, value = (each.view(x.shape[0], -1, size) for each in projections)
    query, gate = query.view(x.shape[0], -1, size * 2).chunk(2, dim=-1)
    query = _norm(query.float(), own.q_norm.weight, own.q_norm.eps)
    key = _norm(key.float(), own.k_norm.weight, own.k_norm.eps)
    query, key = (
        _rotate(each, cosine.unsqueeze(1), sine.unsqueeze(1)).to(dtype) for each in (query, key)
    )
    return query * size**-0.5, key, value, gate


@_step
def _out_of_full(layer: nn.Module, x: Tensor, out: Tensor, gate: Tensor) -> Tensor:
    return x + _project(layer.self_attn.o_proj, (out * gate.sigmoid()).flatten(1))


def _full(
    layer: nn.Module,
    x: Tensor,
    shapes: Sequence[tuple[int, int]],
    cosine: Tensor,
    sine: Tensor,
    dtype: torch.dtype,
) -> Tensor:
    query, key, value, gate = _into_full(layer, x, cosine, sine, dtype)
    outs, before = [], None
    for (_, length), q, k, v in zip(shapes, *_apart(shapes, query, key, value), strict=True):
        if before is None:
            before = (k[0], v[0])
            # Stretch by stretch, each over those before it: half of the square is not needed.
            for first in range(0, length, STRETCH):
                here = slice(first, first + STRETCH)
                known = (each[:first] for each in before)
                outs.append(Attend.apply(q[:, here], *known, k[:, here], v[:, here]))
        else:
            outs.append(Attend.apply(q, *before, k, v))
    return _out_of_full(layer, x, torch.cat([each.flatten(0, 1) for each in outs]), gate)


@_step
def _mlp(layer: nn.Module, x: Tensor, dtype: torch.dtype) -> Tensor:
    after = layer.post_attention_layernorm
    y = _norm(x, after.weight, after.eps).to(dtype)
    mlp = layer.mlp
    hidden = F.silu(_project(mlp.gate_proj, y)) * _project(mlp.up_proj, y)
    return x + _project(mlp.down_proj, hidden)


def _looks(
    layer: nn.Module,
    head: int,
    x: Tensor,
    places: Tensor,
    prefix: int,
    cosine: Tensor,
    sine: Tensor,
) -> Tensor:
    """Attention scores [N, P] of a head, from the given positions to all of the prefix."""
    size, eps = layer.head_dim, layer.q_norm.eps
    # A query is followed by its gate, and each head has keys of its own.
    queries, keys = layer.q_proj.weight[2 * head * size :], layer.k_proj.weight[head * size :]
    query = F.linear(x[places], queries[:size].to(x.dtype)).float()
    key = F.linear(x[:prefix], keys[:size].to(x.dtype)).float()
    query = _rotate(_norm(query, layer.q_norm.weight, eps), cosine[places], sine[places])
    key = _rotate(_norm(key, layer.k_norm.weight, eps), cosine[:prefix], sine[:prefix])
    return query @ key.T * size**-0.5


def highest_score(layer: nn.Module) -> float:
    """Upper bound of a layer's attention scores, from the largest weights of both norms."""
    norms = (layer.q_norm.weight.detach(), layer.k_norm.weight.detach())
    query, key = (float((1.0 + weight).abs().max()) for weight in norms)
    return query * key * float(layer.head_dim) ** 0.5


def logits(
    model: Qwen3_5ForCausalLM,
    prefix: Tensor,
    rows: Sequence[Tensor],
    positions: Tensor,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Next-token scores at `positions` of one long matrix: the prefix, then every row.

    `dtype` is for the large products; norms, gates, delta rule and residual stay float32.
    """
    return logits_and_inside(model, prefix, rows, positions, [], dtype)[0]


def logits_and_inside(
    model: Qwen3_5ForCausalLM,
    prefix: Tensor,
    rows: Sequence[Tensor],
    positions: Tensor,
    places: Sequence[Tensor],
    dtype: torch.dtype = torch.float32,
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Return `logits`, residuals of the prefix, and attention scores of some heads.

    The residuals [P, D] are taken after layer `MIDDLE` and before layer `LOOKING`. Each entry of
    `places` holds N positions in the long matrix for one of the first heads of layer `LOOKING`,
    whose scores [N, P] go from these positions to every position of the prefix.
    """
    body = model.model
    shapes = [(1, prefix.shape[0]), *(tuple(each.shape) for each in rows)]
    numbers = [torch.arange(prefix.shape[0], device=prefix.device)]
    for count, length in shapes[1:]:
        numbers.append((torch.arange(length, device=prefix.device) + prefix.shape[0]).repeat(count))
    place = torch.cat(numbers)
    angles = place[:, None].float() * body.rotary_emb.inv_freq
    angles = torch.cat([angles, angles], dim=-1)
    cosine, sine = angles.cos(), angles.sin()
    x = body.embed_tokens(torch.cat([prefix, *(each.reshape(-1) for each in rows)]))
    eps = model.config.rms_norm_eps
    inside, looks = list[Tensor](), list[Tensor]()
    for number, layer in enumerate(body.layers):
        if number == LOOKING:
            inside.append(x[: prefix.shape[0]])
            y = _norm(x, layer.input_layernorm.weight, eps).to(dtype)
            looks = [
                _looks(layer.self_attn, head, y, mine, prefix.shape[0], cosine, sine)
                for head, mine in enumerate(places)
            ]
        if layer.block_type == "linear_attention":
            x = _linear(layer, x, shapes, dtype)
        else:
            x = _full(layer, x, shapes, cosine, sine, dtype)
        x = _mlp(layer, x, dtype)
        if number == MIDDLE:
            inside.append(x[: prefix.shape[0]])
    y = _norm(x[positions], body.norm.weight, eps).to(dtype)
    return F.linear(y, model.lm_head.weight.to(dtype)).float(), inside, looks
