"""What reusing states saves, and how fast the engine decodes compared with `generate`.

    python evals/engine_speed.py

A random-weight model of nano's architecture (hidden 256, 8 layers) is driven through tool loops of
10 and 40 steps: 1,500 tokens before the first step, then 150 new prompt tokens and 60 generated per
step. Prompt tokens are counted, and wall time is compared with an engine that keeps no state, like
frameworks that render and prefill the whole conversation at each step. Both run here, one after
the other, on one thread. Exits with 1 if a target is missed.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import (
    Qwen3_5ForCausalLM,
    Qwen3_5TextConfig,
    StoppingCriteria,
    StoppingCriteriaList,
)

from agentkit import Assistant, Message, Sampling, System, ToolResult, Toolset, Usage, User
from agentkit.models.local_engine import Engine
from agentkit.models.local_states import State, States
from agentkit.models.nano import weights_folder
from agentkit.reply import Reply

PREFIX, NEW, GENERATED = 1_500, 150, 60
TARGETS = {10: 1.95, 40: 3.4}
DECODE_TARGET = 0.97
DECODED = {200: 400, 6_000: 200}  # prompt tokens, and how many are decoded after them
SAMPLING = Sampling(temperature=0, thinking=False, output_tokens=GENERATED)


def save_model(folder: Path) -> None:
    """Save a model with random weights that never draws control tokens."""
    torch.manual_seed(0)
    config = Qwen3_5TextConfig(
        vocab_size=2_048,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=8,
        layer_types=["linear_attention", "linear_attention", "linear_attention", "full_attention"]
        * 2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=64,
        linear_num_key_heads=4,
        linear_num_value_heads=4,
        linear_key_head_dim=64,
        linear_value_head_dim=64,
        tie_word_embeddings=False,
        max_position_embeddings=32_768,
    )
    model = Qwen3_5ForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight[-40:] = 0
    model.save_pretrained(folder)
    tokenizer = (weights_folder() / "tokenizer.json").read_text(encoding="utf-8")
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")


class Forgetful(Engine):
    """The same engine, but it keeps no state."""

    def reply(self, *arguments, **options):  # type: ignore[no-untyped-def]
        self._states._states.clear()
        self._states._sizes.clear()
        return super().reply(*arguments, **options)


def words(engine: Engine, count: int) -> str:
    """Return text of at most `count` tokens."""
    text = "one two three four five six seven eight nine ten " * count
    pieces = text.split(" ")
    ids = 0
    kept = []
    for piece in pieces:
        ids += len(engine._vocabulary._encode_text(" " + piece))
        if ids > count:
            break
        kept.append(piece)
    return " ".join(kept)


def loop(engine: Engine, steps: int) -> tuple[float, Usage, list[int]]:
    """Run a loop; return seconds, usage, and the prompt tokens computed in each step."""
    transcript: list[Message] = [System(content=words(engine, PREFIX)), User(content="Go on.")]
    result = words(engine, NEW)
    usage, computed = Usage(), []
    started = time.perf_counter()
    for step in range(steps):
        reply = Reply(step, engine._name)
        for event in engine.reply(transcript, Toolset(), SAMPLING, threading.Event()):
            reply.add(event)
        message: Assistant = reply.message()
        usage += message.usage
        computed.append(message.usage.computed_tokens)
        transcript += [message, ToolResult(call_id=str(step), name="go", content=result)]
    return time.perf_counter() - started, usage, computed


def decode_speed(engine: Engine, prompt_tokens: int, count: int) -> tuple[float, float]:
    """Tokens per second of `generate` and of the engine, after the first one of the same prompt.

    The best of several replies counts, because other processes share the CPU.
    """
    transcript = [User(content=words(engine, prompt_tokens))]
    ids, _ = engine._prompt_ids(transcript, Toolset())
    sampling = SAMPLING.model_copy(update={"output_tokens": count})
    by_generate, by_engine = [], []
    for _ in range(5):
        clock = Clock()
        with torch.no_grad():
            engine._model.generate(
                torch.tensor([ids]),
                max_new_tokens=count,
                min_new_tokens=count,
                do_sample=False,
                pad_token_id=0,
                stopping_criteria=StoppingCriteriaList([clock]),
            )
        by_generate.append(clock.speed(count))
        clock = Clock()
        engine.forward = ticking(engine.forward, clock)  # type: ignore[method-assign]
        engine._states = States(2**31)
        for _event in engine.reply(transcript, Toolset(), sampling, threading.Event()):
            pass
        del engine.forward
        by_engine.append(clock.speed(count - 1))  # the first token comes from the prompt
    return max(by_generate), max(by_engine)


def ticking(forward: Callable[..., torch.Tensor], clock: Clock) -> Callable[..., torch.Tensor]:
    """Wrap an engine's `forward` to record the time of each token after the prompt."""

    def timed(state: State, ids: Sequence[int]) -> torch.Tensor:
        logits = forward(state, ids)
        if len(ids) == 1:  # not part of the prompt
            clock.tick()
        return logits

    return timed


class Clock(StoppingCriteria):
    """Records when each token was ready."""

    def __init__(self) -> None:
        self._ticks: list[float] = []

    def tick(self) -> None:
        self._ticks.append(time.perf_counter())

    def speed(self, count: int) -> float:
        """Tokens per second from the first to the last of `count` tokens."""
        assert len(self._ticks) == count, f"{len(self._ticks)} tokens, not {count}"
        return (count - 1) / (self._ticks[-1] - self._ticks[0])

    def __call__(self, input_ids: torch.Tensor, scores: Any, **options: Any) -> torch.Tensor:
        self.tick()
        return torch.zeros(len(input_ids), dtype=torch.bool)


def main() -> int:
    """Measure and print; return 1 if a target is missed, else 0."""
    torch.set_num_threads(1)
    missed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_model(folder)
        for steps, target in TARGETS.items():
            engine = Engine.load(name, "cpu", 2**31)
            forgetful = Forgetful(name, engine._model, engine._vocabulary, 2**31)
            loop(Engine(name, engine._model, engine._vocabulary, 2**31), 1)  # warm up
            seconds, usage, computed = loop(engine, steps)
            slow, slow_usage, _ = loop(forgetful, steps)
            once = computed[0] + sum(computed[1:])
            drawn = usage.output_tokens - steps
            final = usage.prompt_tokens and once + drawn
            ratio = slow / seconds
            missed |= ratio < target
            print(
                f"{steps} steps: {once} prompt tokens computed for a window of {final}, "
                f"{slow_usage.computed_tokens} without states "
                f"({slow_usage.computed_tokens / once:.1f} times as many); {seconds:.1f} s against "
                f"{slow:.1f} s: {ratio:.2f} times faster (target {target})"
            )
        for prompt_tokens, count in DECODED.items():
            engine = Engine.load(name, "cpu", 2**31)
            generate, engine_speed = decode_speed(engine, prompt_tokens, count)
            missed |= engine_speed < DECODE_TARGET * generate
            print(
                f"decode {count} after {prompt_tokens} tokens: {engine_speed:.0f} tokens/s, "
                f"generate {generate:.0f}: {engine_speed / generate:.2f} (target {DECODE_TARGET})"
            )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
