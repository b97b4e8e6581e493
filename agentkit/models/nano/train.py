"""Trains nano with one command, from scratch or from weights, on CPU cores or one GPU.

    python -m agentkit.models.nano.train --folder runs/nano --hours 4
    python -m agentkit.models.nano.train --folder runs/nano --hours 4 --resume
    python -m agentkit.models.nano.train --folder runs/more --start runs/nano/weights --peak 0.5

A run is a folder: tokenizer, checkpoint, loss curve (`curve.csv`) and `weights/`, which is a normal
model folder and is rewritten with every checkpoint. With --tokens, step n always sees the same
data.

On a CPU, --compile compiles parts of the layers with the C++ compiler, which takes a minute once:
12,000 tokens of drills then took 3.5 to 4.0 s instead of 4.4 to 5.2, and 3,500 tokens with the
shipped tools 1.5 to 1.7 s instead of 1.8 to 2.2. With glibc 2.36,
`MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=8000000000` in front of the command saved
a fifth of the time but takes some GB more memory, because freed memory is kept.
"""

import argparse
import csv
import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import Qwen3_5ForCausalLM

from agentkit.models.nano.examples import draw
from agentkit.models.nano.lessons import lesson
from agentkit.models.nano.losses import batch, hardest, learn, loss_of, with_owners
from agentkit.models.nano.muon import Muon
from agentkit.models.nano.network import compile_steps, configuration, highest_score
from agentkit.models.nano.priming import prime
from agentkit.models.nano.tokenizer import save
from agentkit.models.nano.tokenizer import train as train_tokenizer

FULL_RATES = (3e-3, 2e-3, 6e-4)  # learning rates of matrices, others and embeddings
WARM_UP = 0.01
DECAY_FROM = 0.15
HIGHEST_SCORE = 60.0  # in attention, where sums of exponentials overflow near 80


def optimizers(
    model: Qwen3_5ForCausalLM, dtype: torch.dtype, rank: int = 0, workers: int = 1
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for embeddings, gates, norms, convolutions and readers."""
    matrices, others = [], []
    of_matrices, of_others, of_embeddings = FULL_RATES
    for name, parameter in model.named_parameters():
        small = "in_proj_a" in name or "in_proj_b" in name
        if "embed" not in name:
            (matrices if parameter.ndim == 2 and not small else others).append(parameter)
    return [
        Muon(matrices, lr=of_matrices, dtype=dtype, rank=rank, workers=workers),
        torch.optim.AdamW(others, lr=of_others, weight_decay=0.0, betas=(0.9, 0.98)),
        torch.optim.AdamW(
            [model.model.embed_tokens.weight], lr=of_embeddings, weight_decay=0.0, betas=(0.9, 0.98)
        ),
    ]


def rate(progress: float) -> float:
    """The share of the full learning rate: short warm-up, plateau, long linear decay."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, 0.05)
    if progress < DECAY_FROM:
        return 1.0
    return max((1.0 - progress) / (1.0 - DECAY_FROM), 0.01)


@dataclass
class Progress:
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0


def _done(progress: Progress, options: argparse.Namespace) -> float:
    """Return how much of the run is over, from 0 to 1."""
    if options.tokens:
        return progress.tokens / options.tokens
    return progress.seconds / 3600 / options.hours


def store(
    folder: Path, model: Qwen3_5ForCausalLM, tools: list[torch.optim.Optimizer], progress: Progress
) -> None:
    """Write the checkpoint and the model folder; an interrupted write keeps the old checkpoint.

    Raises OverflowError if attention could soon overflow with these weights.
    """
    layers = [layer.self_attn for layer in model.model.layers if hasattr(layer, "self_attn")]
    if (score := max(map(highest_score, layers))) > HIGHEST_SCORE:
        raise OverflowError(
            f"Expected attention scores of at most {HIGHEST_SCORE:g}, found weights that allow "
            f"{score:.0f}. Nothing was stored: start again with --resume and a lower --peak."
        )
    temporary = folder / "checkpoint.new"
    torch.save(
        {
            "model": model.state_dict(),
            "optimizers": [tool.state_dict() for tool in tools],
            "progress": vars(progress),
        },
        temporary,
    )
    temporary.replace(folder / "checkpoint.pt")
    # Half precision keeps the repository small; a small model is always loaded as float32.
    halves = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    del halves["lm_head.weight"], halves["owners"]  # tied to the embedding; only for training
    model.save_pretrained(folder / "weights", state_dict=halves)
    (folder / "weights" / "model.safetensors").chmod(0o644)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / name, folder / "weights" / name)
    (folder / "weights" / "generation_config.json").unlink(missing_ok=True)


def held_out_loss(model: Qwen3_5ForCausalLM, tokenizer: Tokenizer, device: str) -> float:
    examples = [draw(f"check-{n}", tokenizer, size=16, held_out=True) for n in range(6)]
    with torch.no_grad():
        losses = [float(loss_of(model, batch(each, device), torch.float32)) for each in examples]
    return sum(losses) / len(losses)


def combine(model: Qwen3_5ForCausalLM, numbers: list[float], workers: int) -> list[float]:
    """Average the gradients of all workers, and add up their numbers."""
    if workers == 1:
        return numbers
    # Lessons without definitions give the readers no gradient; all workers get the same kind.
    gradients = [each.grad for each in model.parameters() if each.grad is not None]
    flat = torch.cat(
        [*(gradient.reshape(-1) / workers for gradient in gradients), torch.tensor(numbers)]
    )
    torch.distributed.all_reduce(flat)
    start = 0
    for gradient in gradients:
        gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
        start += gradient.numel()
    return [float(number) for number in flat[start:]]


def _begin(
    rank: int, tokenizer: Tokenizer, options: argparse.Namespace
) -> tuple[Qwen3_5ForCausalLM, list[torch.optim.Optimizer], Progress]:
    """Load the weights to start from, or make new ones, or restore the whole checkpoint."""
    if options.start:
        model = Qwen3_5ForCausalLM.from_pretrained(options.start, dtype=torch.float32)
    else:
        shape = configuration(
            tokenizer.get_vocab_size(), eos_token_id=tokenizer.token_to_id("<|endoftext|>")
        )
        model = Qwen3_5ForCausalLM(shape)
        prime(model)
    with_owners(model)
    model.to(options.device)
    tools = optimizers(model, getattr(torch, options.precision), rank, options.workers)
    if not options.resume:
        return model, tools, Progress()
    stored = torch.load(options.folder / "checkpoint.pt", map_location=options.device)
    found, expected = stored["model"]["owners"].shape, model.owners.shape
    if found != expected:
        raise SystemExit(
            f"Expected a checkpoint of this version, whose readers have shape {tuple(expected)}, "
            f"found shape {tuple(found)}. "
            f"Continue from its weights: --start {options.folder / 'weights'} and a new --folder."
        )
    model.load_state_dict(stored["model"])
    for tool, state in zip(tools, stored["optimizers"], strict=True):
        tool.load_state_dict(state)
    return model, tools, Progress(**stored["progress"])


def _settle(rank: int, options: argparse.Namespace) -> None:
    """Set up the process: threads, seed, compilation, and the group of workers."""
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(5)
    if options.compile:
        compile_steps()
    if options.workers > 1:
        store_file = f"file://{(options.folder / 'rendezvous').resolve()}"
        torch.distributed.init_process_group(
            "gloo", init_method=store_file, rank=rank, world_size=options.workers
        )


def work(rank: int, options: argparse.Namespace) -> None:
    """Run the training loop; each worker has its own groups of tasks and the same weights."""
    _settle(rank, options)
    folder, dtype = options.folder, getattr(torch, options.precision)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model, tools, progress = _begin(rank, tokenizer, options)
    report = Report(folder, options, progress) if rank == 0 else None
    if report:
        report.began(model)
    done = _done(progress, options)
    launcher = os.getppid()
    clock = time.monotonic()
    last_store = progress.seconds
    wish = folder / "store"
    while done < 1.0:
        if options.workers > 1 and os.getppid() != launcher:
            raise SystemExit("The training program has ended, so this worker stops. Use --resume.")
        shown = lesson(
            progress.step,
            rank,
            tokenizer,
            name=options.name,
            tasks=options.tasks,
            done=done,
            trained=options.start is not None,
        )
        pieces = [
            batch(hardest(model, example, shown.keep, options.device, dtype), options.device)
            for example in shown.examples
        ]
        loss = learn(model, pieces, dtype)
        now = time.monotonic()
        spent = now - clock if rank == 0 else 0.0
        clock = now
        read = sum(piece.tokens for piece in pieces)
        total, tokens, spent = combine(model, [loss, float(read), spent], options.workers)
        progress = Progress(
            progress.step + 1, progress.tokens + int(tokens), progress.seconds + spent
        )
        done = _done(progress, options)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for tool, full in zip(tools, FULL_RATES, strict=True):
            tool.param_groups[0]["lr"] = options.peak * full * rate(done)
            tool.step()
            tool.zero_grad(set_to_none=True)
        if report:
            report.line(progress, total / options.workers)
            if done >= 1.0 or progress.seconds - last_store > 480 or wish.exists():
                report.checked(progress, held_out_loss(model, tokenizer, options.device))
                store(folder, model, tools, progress)
                wish.unlink(missing_ok=True)
                last_store = progress.seconds


class Report:
    """Prints how far the run is and writes the loss curve."""

    def __init__(self, folder: Path, options: argparse.Namespace, progress: Progress) -> None:
        file = folder / "curve.csv"
        lines = file.read_text().splitlines(keepends=True) if file.exists() else []
        # Drop the rows written after the checkpoint from which the run resumes.
        kept = [line for line in lines if int(line.split(",")[0]) <= progress.step]
        file.write_text("".join(kept))
        self._curve = file.open("a", newline="")
        self._rows = csv.writer(self._curve)
        self._options = options
        self._loss = 0.0
        self._last = progress

    def began(self, model: Qwen3_5ForCausalLM) -> None:
        count = sum(each.numel() for each in model.parameters())
        print(f"{count:,} parameters on {self._options.device}", flush=True)

    def line(self, progress: Progress, loss: float) -> None:
        """Print and record a line, at most every 20 seconds."""
        self._loss = 0.97 * self._loss + 0.03 * loss if self._loss else loss
        seconds = progress.seconds - self._last.seconds
        if seconds < 20:
            return
        speed = (progress.tokens - self._last.tokens) / seconds
        left = self._options.hours * 3600 - progress.seconds
        if self._options.tokens:
            left = (self._options.tokens - progress.tokens) / speed
        print(
            f"step {progress.step}  {progress.tokens / 1e6:.2f} M tokens  loss {self._loss:.4f}  "
            f"{speed:.0f} tokens/s  {left / 60:.0f} min left", flush=True,
        )  # fmt: skip
        self._write(progress)
        self._last = progress

    def checked(self, progress: Progress, held_out: float) -> None:
        print(f"held-out loss {held_out:.4f}, stored", flush=True)
        self._write(progress, round(held_out, 5))

    def _write(self, progress: Progress, held_out: float | str = "") -> None:
        self._rows.writerow(
            [
                progress.step,
                progress.tokens,
                round(progress.seconds),
                round(self._loss, 5),
                held_out,
            ]
        )
        self._curve.flush()


def _name(start: Path | None) -> str:
    """Return the seed for drawing tasks, so that runs from other weights draw other tasks."""
    if start is None:
        return "train"
    return hashlib.sha256((start / "model.safetensors").read_bytes()).hexdigest()[:12]


def main() -> None:
    parser = argparse.ArgumentParser(description="Train nano.")
    parser.add_argument("--folder", type=Path, required=True, help="the folder of the run")
    parser.add_argument(
        "--hours",
        type=float,
        default=4.0,
        help="length of the run; the learning rate falls to almost zero by its end",
    )
    parser.add_argument(
        "--tokens",
        type=int,
        default=0,
        help="length of the run in tokens instead of hours; repeats exactly on one machine",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=2,
        help="processes; better on a shared machine than threads, which wait for each other",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of each worker")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--tasks", type=int, default=16, help="tasks after each prefix")
    parser.add_argument(
        "--precision",
        choices=("bfloat16", "float32"),
        default="bfloat16",
        help="of the large products; choose float32 on a CPU without bfloat16 instructions",
    )
    parser.add_argument(
        "--compile", action="store_true", help="compile parts of the layers (CPU, C++ compiler)"
    )
    parser.add_argument(
        "--start", type=Path, help="a model folder to continue from, with its tokenizer"
    )
    parser.add_argument(
        "--peak",
        type=float,
        default=1.0,
        help="share of the full learning rate; use less with --start",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue from the folder's checkpoint, unless the run is over",
    )
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.name = _name(options.start)
    if options.device != "cpu":
        options.workers = 1
    if options.start:
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(options.start / name, options.folder / name)
    if not (options.folder / "tokenizer.json").exists():
        print("learning the tokenizer", flush=True)
        save(train_tokenizer(), options.folder)
    (options.folder / "rendezvous").unlink(missing_ok=True)
    if options.workers == 1:
        work(0, options)
    else:
        torch.multiprocessing.spawn(work, (options,), nprocs=options.workers)


if __name__ == "__main__":
    main()
