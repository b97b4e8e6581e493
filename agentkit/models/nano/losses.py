"""The training losses of an example: its next tokens, and what the network knows of definitions.

The second loss asks the middle of the network what it knows of the definitions that it reads, and
a few heads where they look (`definitions.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch import Tensor
from transformers import Qwen3_5ForCausalLM

from agentkit.models.nano.definitions import Sought
from agentkit.models.nano.examples import Example, buckets
from agentkit.models.nano.network import logits, logits_and_inside

BUCKETS = 8  # groups of rows of similar length in a batch; with three, a third was padding
# The weight of the second loss. A tool whose name begins with another word (`mail_send_report`) is
# found by a later word of its name, which takes two steps: tokens that read a definition know how
# the name begins, and tokens that look for a tool look there. The same goes for the parameter of a
# value, where the value comes before the name, and for the next parameter of a signature, whose
# name other tools may have, too. Neither step is of use without the other, and no tool was found in
# this way before this loss was added.
OWNERS = 0.1


@dataclass(frozen=True)
class Batch:
    prefix: Tensor
    rows: list[Tensor]
    positions: Tensor
    targets: Tensor
    tokens: int
    owners: Tensor
    places: list[Tensor]
    asked: list[Tensor]


def batch(example: Example, device: str) -> Batch:
    """Make an example's tensors; `positions`: where in the long matrix a token is predicted."""
    rows, positions, targets = [], [], []
    sought: list[list[Sought]] = [[], [], []]
    start = len(example.prefix)
    tokens = start
    for bucket in buckets(example.rows, BUCKETS):
        length = max(len(row.ids) for row in bucket) - 1
        grid = torch.zeros(len(bucket), length, dtype=torch.long)
        for number, row in enumerate(bucket):
            grid[number, : len(row.ids) - 1] = torch.tensor(row.ids[:-1])
            tokens += len(row.ids)
            for gathered, found in zip(sought, row.sought, strict=True):
                gathered += [(start + number * length + place, each) for place, each in found]
            for place in range(1, len(row.ids)):
                if row.learned[place]:
                    positions.append(start + number * length + place - 1)
                    targets.append(row.ids[place])
        start += grid.numel()
        rows.append(grid.to(device))
    return Batch(
        torch.tensor(example.prefix, device=device),
        rows,
        torch.tensor(positions, device=device),
        torch.tensor(targets, device=device),
        tokens,
        torch.tensor(example.owners, device=device),
        [
            torch.tensor([place for place, _ in each], dtype=torch.long, device=device)
            for each in sought
        ],
        [
            torch.tensor([number for _, number in each], device=device)[:, None]
            == torch.tensor(numbers, device=device)
            for each, numbers in zip(sought, example.definitions, strict=True)
        ],
    )


def loss_of(model: Qwen3_5ForCausalLM, piece: Batch, dtype: torch.dtype) -> Tensor:
    scores = logits(model, piece.prefix, piece.rows, piece.positions, dtype)
    return F.cross_entropy(scores, piece.targets)


def losses_of(
    model: Qwen3_5ForCausalLM, piece: Batch, dtype: torch.dtype
) -> tuple[Tensor, Tensor | float]:
    """Return `loss_of`, and the second loss: what the network fails to know of definitions."""
    scores, (middle, late), looks = logits_and_inside(
        model, piece.prefix, piece.rows, piece.positions, piece.places, dtype
    )
    aside: Tensor | float = 0.0
    middle, late = (F.rms_norm(each, (each.shape[-1],)) for each in (middle, late))
    tokens = model.model.embed_tokens.weight.detach().to(dtype)
    # The slot before is read later: a layer of attention fetches it once it is known there.
    places = zip(piece.owners, model.owners, (middle, middle, late), strict=True)
    for owner, reader, residual in places:
        if (known := owner >= 0).any():
            read = F.linear((residual[known] @ reader).to(dtype), tokens).float()
            aside = aside + F.cross_entropy(read, owner[known])
    for looked, asked in zip(looks, piece.asked, strict=True):
        if len(looked):
            # Counts attention within the prefix only; the head may look at anything else, too.
            there = looked.masked_fill(~asked, float("-inf")).logsumexp(-1)
            aside = aside + (looked.logsumexp(-1) - there).mean()
    return F.cross_entropy(scores, piece.targets), aside


def hardest(
    model: Qwen3_5ForCausalLM, example: Example, keep: int, device: str, dtype: torch.dtype
) -> Example:
    """Reduce an example to the `keep` rows with the highest loss, if it has more.

    Reading a row costs a third of learning from it. With the shipped tools nine tenths of the loss
    of a trained model were in a fifth of the rows, with others in a third.
    """
    if len(example.rows) <= keep:
        return example
    piece = batch(example, device)
    with torch.no_grad():
        scores = logits(model, piece.prefix, piece.rows, piece.positions, dtype)
        losses = F.cross_entropy(scores, piece.targets, reduction="none")
    rows = [row for bucket in buckets(example.rows, BUCKETS) for row in bucket]
    by_row = losses.split([sum(row.learned[1:]) for row in rows])
    order = sorted(range(len(rows)), key=lambda number: -float(by_row[number].sum()))
    return replace(example, rows=[rows[number] for number in order[:keep]])


def learn(model: Qwen3_5ForCausalLM, pieces: Sequence[Batch], dtype: torch.dtype) -> float:
    """Add up the gradients of both losses; return the first one's mean over all learned tokens."""
    learned, loss = sum(len(piece.targets) for piece in pieces), 0.0
    for piece in pieces:
        share = len(piece.targets) / learned
        part, aside = losses_of(model, piece, dtype)
        (share * (part + OWNERS * aside)).backward()
        loss += share * float(part.detach())
    return loss


def with_owners(model: Qwen3_5ForCausalLM) -> None:
    """Add, for training only, the matrices that read what the model knows of definitions."""
    width = model.config.hidden_size
    model.register_parameter("owners", torch.nn.Parameter(torch.randn(3, width, width) * 0.1))
