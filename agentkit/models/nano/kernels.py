"""Norm, convolution, delta rule and attention as training computes them on a CPU.

Where torch's own gradient or a fused kernel is slow for many short rows after one long prefix, the
gradient is written out; the tests hold each against the reference.
"""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch import Tensor
from torch.autograd.function import once_differentiable

CHUNK = 32  # tokens per chunk of the delta rule


class Normalize(torch.autograd.Function):
    """`F.rms_norm` over the last dimension, with fewer passes over memory; inputs are float32."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        scale = (length.square_() / x.shape[-1]).add_(eps).rsqrt_()
        normal = x * scale
        ctx.save_for_backward(normal, scale, weight)
        return normal * weight

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        normal, scale, weight = ctx.saved_tensors
        to_each = grad * normal
        along = (to_each @ weight).unsqueeze_(-1) / normal.shape[-1]
        to_x = (grad * weight).addcmul_(normal, along, value=-1).mul_(scale)
        return to_x, to_each.flatten(0, -2).sum(0), None


class Convolve(torch.autograd.Function):
    """Depthwise convolution of [N, C, L] with weights [C, 1, K].

    Both gradients are convolutions, too, and computed as such: torch's own gradient of the weights
    took at least six times as long on a CPU.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return F.conv1d(x, weight, groups=weight.shape[0])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        rows, channels, length = x.shape
        taps = weight.shape[-1]
        to_x = F.conv1d(F.pad(grad, (taps - 1, taps - 1)), weight.flip(-1), groups=channels)
        # Convolves each row and channel separately, with its gradient as the kernel.
        own = grad.reshape(rows * channels, 1, -1)
        to_weight = F.conv1d(x.reshape(1, -1, length), own, groups=rows * channels)
        return to_x, to_weight.view(rows, channels, taps).sum(0)[:, None]


def delta_rule(
    query: Tensor, key: Tensor, value: Tensor, decay: Tensor, beta: Tensor, memory: Tensor
) -> tuple[Tensor, Tensor]:
    """The gated delta rule in chunks; shapes [N, L, H, D], gates [N, L, H], memory [N, H, K, V]."""
    rows, length, heads, _ = query.shape
    pad = -length % CHUNK
    query, key = (x * torch.rsqrt((x * x).sum(-1, keepdim=True) + 1e-6) for x in (query, key))
    query = query * query.shape[-1] ** -0.5
    query, key, value = (F.pad(x, (0, 0, 0, 0, 0, pad)) for x in (query, key, value))
    decay, beta = (F.pad(x, (0, 0, 0, pad)) for x in (decay, beta))
    chunks = (length + pad) // CHUNK
    query, key, value = (
        x.view(rows, chunks, CHUNK, heads, x.shape[-1]).permute(0, 3, 1, 2, 4).contiguous()
        for x in (query, key, value)
    )
    decay, beta = (x.view(rows, chunks, CHUNK, heads).permute(0, 3, 1, 2) for x in (decay, beta))
    sums = decay.cumsum(-1)
    lower = torch.ones(CHUNK, CHUNK, dtype=torch.bool, device=query.device).tril()
    pairs = (sums.unsqueeze(-1) - sums.unsqueeze(-2)).masked_fill(~lower, float("-inf")).exp()
    keys_beta = key * beta.unsqueeze(-1)
    earlier = (keys_beta @ key.transpose(-1, -2)) * pairs  # its diagonal is not used
    within = (query @ key.transpose(-1, -2)) * pairs
    right = torch.cat([value * beta.unsqueeze(-1), keys_beta * sums.exp().unsqueeze(-1)], dim=-1)
    right = torch.linalg.solve_triangular(earlier, right, upper=False, unitriangular=True)
    new, from_memory = right.split([value.shape[-1], key.shape[-1]], dim=-1)
    query = query * sums.exp().unsqueeze(-1)
    key = (key * (sums[..., -1:] - sums).exp().unsqueeze(-1)).transpose(-1, -2)
    ends = sums[..., -1].exp()[..., None, None]
    out = []
    parts = (part.unbind(2) for part in (query, key, within, new, from_memory, ends))
    for query, key, within, new, from_memory, end in zip(*parts, strict=True):
        fresh = new - from_memory @ memory
        out.append(query @ memory + within @ fresh)
        memory = memory * end + key @ fresh
    joined = torch.stack(out, dim=2).permute(0, 2, 3, 1, 4).reshape(rows, chunks * CHUNK, heads, -1)
    return joined[:, :length], memory


class Attend(torch.autograd.Function):
    """Attention of rows over a prefix that all of them share, and over themselves.

    query [N, L, H, D], already scaled; prefix keys and values [P, G, D]; own keys and values
    [N, L, G, D]; the result is [N, L, H, D]. Written out because a fused kernel needs a copy of the
    prefix for each row: here it is one large product. The prefix itself is read in the same way,
    each stretch of it over those before.

    The highest score is not subtracted before the exponential: queries and keys are normalized, so
    no score exceeds `highest_score` (27 in trained weights), and sums of exponentials overflow only
    near 80.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        prefix_key: Tensor,
        prefix_value: Tensor,
        key: Tensor,
        value: Tensor,
    ) -> Tensor:
        rows, length, _, size = query.shape
        groups = key.shape[2]
        q = query.view(rows, length, groups, -1, size).permute(2, 0, 1, 3, 4)
        q = q.reshape(groups, -1, size).contiguous()
        far_k, far_v = (x.transpose(0, 1).contiguous() for x in (prefix_key, prefix_value))
        k, v = (x.permute(2, 0, 1, 3).reshape(-1, length, size) for x in (key, value))
        far = (q @ far_k.transpose(1, 2)).exp_()
        near = (q.view(groups * rows, -1, size) @ k.transpose(1, 2)).exp_()
        seen = torch.ones(length, length, dtype=q.dtype, device=q.device).tril()
        near.view(groups * rows, length, -1, length).mul_(seen[:, None])
        near = near.view(groups, -1, length)
        share = (far.sum(-1, keepdim=True) + near.sum(-1, keepdim=True)).reciprocal_()
        out = far @ far_v
        out += (near.view(groups * rows, -1, length) @ v).view(out.shape)
        out *= share
        ctx.save_for_backward(q, far_k, far_v, k, v, far, near, share, out)
        ctx.shape = query.shape
        return out.view(groups, rows, length, -1, size).permute(1, 2, 0, 3, 4).reshape(query.shape)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        q, far_k, far_v, k, v, far, near, share, out = ctx.saved_tensors
        rows, length, _, size = ctx.shape
        groups = q.shape[0]
        grad = grad.view(rows, length, groups, -1, size).permute(2, 0, 1, 3, 4)
        grad = grad.reshape(q.shape).contiguous() * share
        weighted = (grad * out).sum(-1, keepdim=True)
        each = (groups * rows, -1, size)
        d_far = (grad @ far_v.transpose(1, 2)).sub_(weighted).mul_(far)
        d_near = (grad.view(each) @ v.transpose(1, 2)).view(near.shape).sub_(weighted).mul_(near)
        near, d_near = (x.view(groups * rows, -1, length) for x in (near, d_near))
        d_q = d_far @ far_k
        d_q += (d_near @ k).view(q.shape)
        d_k, d_v = d_near.transpose(1, 2) @ q.view(each), near.transpose(1, 2) @ grad.view(each)
        d_k, d_v = (x.view(groups, rows, length, size).permute(1, 2, 0, 3) for x in (d_k, d_v))
        return (
            d_q.view(groups, rows, length, -1, size).permute(1, 2, 0, 3, 4).reshape(ctx.shape),
            (d_far.transpose(1, 2) @ q).transpose(0, 1),
            (far.transpose(1, 2) @ grad).transpose(0, 1),
            d_k,
            d_v,
        )
