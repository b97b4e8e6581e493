"""The engine: prompt ids in, events out, every prompt token computed once.

    transcript -> ids -> longest state that is a prefix of them -> only the rest through the model

A Qwen3.5 cache is part attention, part recurrent state, and can't be rolled back. So states are
kept at three places: after the system and tools, after the last question of a person (from where
the template rewrites what follows), and at the end of the conversation so far. A state is only ever
used for ids that begin with exactly its own. What the model wrote stays the ids it wrote.
"""

from __future__ import annotations

import copy
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from agentkit.errors import ConfigError, ContextOverflow, ModelError
from agentkit.events import Finish, ModelEvent
from agentkit.long_results import callable_tools
from agentkit.messages import Assistant, FinishReason, Message, Usage, has_image
from agentkit.model import Sampling
from agentkit.models.local_cache import growing_cache
from agentkit.models.local_files import find_folder, load_weights
from agentkit.models.local_sampler import UNGUIDED, Guides, Sampler
from agentkit.models.local_states import State, States
from agentkit.models.local_tokens import TextDecoder, Vocabulary
from agentkit.models.prompt_ids import PromptEncoder
from agentkit.qwen.complaints import REPETITION
from agentkit.qwen.loops import repeats_itself
from agentkit.qwen.parser import Parser
from agentkit.qwen.prompt import Segment, generation_prompt
from agentkit.qwen.sampling import END_TOKENS, sampling_values, thinks_by_default
from agentkit.tools import Toolset
from agentkit.transcripts import in_words

_PREFILL_CHUNK = 512  # tokens between two looks at whether the reply is still wanted
_ASSISTANT = Segment("<|im_start|>assistant\n", True)
_TURN_END = Segment("<|im_end|>\n", True)
_CLOSE_THOUGHT = Segment("</think>\n\n", True)
_NEEDED = ("<|im_start|>", "<think>", "</think>", "<tool_call>", "</tool_call>")


class Engine:
    """One loaded model. Not safe to use from two threads at once; `LocalModel` sees to that."""

    def __init__(
        self,
        name: str,
        model: Any,
        vocabulary: Vocabulary,
        cache_bytes: int,
        guides: Guides = lambda tools, thinking: UNGUIDED,
    ) -> None:
        self._guides = guides
        self._name = name
        self._model = model
        self._vocabulary = vocabulary
        self._config = model.config.get_text_config()
        self._window = int(self._config.max_position_embeddings)
        # Renamed in transformers 5.24, which warns of the old name.
        takes = inspect.signature(model.forward).parameters
        self._cache_argument = "cache" if "cache" in takes else "past_key_values"
        self._states = States(cache_bytes)
        self._prompts = PromptEncoder(self._encode_turn)
        missing = [token for token in (*END_TOKENS, *_NEEDED) if token not in vocabulary.control]
        if missing:
            raise ModelError(
                f"The tokenizer of {name} has no {', '.join(missing)}. Expected a Qwen3.5 model."
            )
        rows = int(self._config.vocab_size)
        if vocabulary.size > rows:
            raise ModelError(
                f"The tokenizer of {name} has {vocabulary.size} tokens, and its weights {rows}. "
                f"Expected the tokenizer that belongs to them."
            )
        self.ends = {vocabulary.control[token] for token in END_TOKENS}
        self.thought_start = vocabulary.control["<think>"]
        self.thought_end = vocabulary.control["</think>"]
        self._new_line = vocabulary.encode([Segment("\n", True)])
        self._close_thought = vocabulary.encode([_CLOSE_THOUGHT])

    @classmethod
    def load(
        cls,
        name: str,
        device: str | None,
        cache_bytes: int,
        guides: Callable[[Vocabulary], Guides] | None = None,
    ) -> Engine:
        """Load weights and tokenizer. Raises ModelError with what to do if that fails."""
        folder: Path = find_folder(name)
        vocabulary = Vocabulary(folder)
        model = load_weights(name, folder, device)
        if guides is None:
            return cls(name, model, vocabulary, cache_bytes)
        return cls(name, model, vocabulary, cache_bytes, guides(vocabulary))

    def reply(
        self,
        transcript: Sequence[Message],
        tools: Toolset,
        sampling: Sampling,
        stopped: threading.Event,
    ) -> Iterator[ModelEvent]:
        """One reply as it is generated; ends early, without a Finish, once `stopped` is set.

        Raises ModelError if the memory is used up; what was kept of conversations is let go then.
        """
        try:
            yield from self._reply(transcript, tools, sampling, stopped)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            self._states.clear()
            raise ModelError(
                f"{self._name} ran out of memory. Use a smaller model, a shorter conversation, or "
                f"a smaller cache_bytes."
            ) from error

    @torch.no_grad()
    def _reply(
        self,
        transcript: Sequence[Message],
        tools: Toolset,
        sampling: Sampling,
        stopped: threading.Event,
    ) -> Iterator[ModelEvent]:
        transcript = in_words(transcript)
        if any(map(has_image, transcript)):
            raise ConfigError(f"{self._name} reads text here, and the conversation has an image.")
        thinking = self._thinks(sampling)
        opening = self._vocabulary.encode(generation_prompt(thinking)[1:])
        prompt, marks = self._prompt_ids(transcript, tools)
        ids = prompt + opening
        if len(ids) >= self._window:
            raise self._overflow(f"{len(ids)}")
        budget = min(sampling.output_tokens or self._window, self._window - len(ids))
        state = self._states.take(ids) or self._empty()
        reused = len(state.ids)
        logits = self._prefill(state, ids, marks, stopped)
        if logits is None:
            return
        values = sampling_values(
            self._config.hidden_size, thinking=thinking, tools=bool(tools), chosen=sampling
        )
        callable_now = callable_tools(tools, transcript)
        guide = self._guides(callable_now, thinking)
        sampler = Sampler(values, self._vocabulary.size, sampling.seed, guide)
        writer = _Writer(self, state, sampler)
        parser = Parser(callable_now.parameters, thinking=thinking, exact=True)
        decoder = TextDecoder(self._vocabulary)
        for number in writer.write(
            logits, budget, stopped, thinking=thinking, thought_limit=sampling.thinking_tokens
        ):
            text = self._vocabulary.control_text(number)
            if text is not None:
                yield from parser.feed(decoder.flush())
                yield from parser.feed(text, control=True)
            else:
                yield from parser.feed(decoder.decode(number))
        self._states.put(state)
        if stopped.is_set():
            return
        yield from parser.feed(decoder.flush())
        yield from parser.close()
        if writer.reason == "cut":
            yield REPETITION
        usage = Usage(
            prompt_tokens=len(ids),
            reused_tokens=reused,
            output_tokens=len(writer.ids),
            thinking_tokens=writer.thinking_tokens,
        )
        yield Finish(writer.reason, usage, tuple(opening + writer.ids))

    def _overflow(self, tokens: str) -> ContextOverflow:
        return ContextOverflow(
            f"The conversation has {tokens} tokens, and {self._name} reads {self._window}. "
            f"Start a new one, or let tools return less."
        )

    def _thinks(self, sampling: Sampling) -> bool:
        if sampling.thinking_tokens == 0:
            return False
        if sampling.thinking is not None:
            return sampling.thinking
        return thinks_by_default(self._config.hidden_size)

    # --- ids ------------------------------------------------------------------------------------

    def _prompt_ids(
        self, transcript: Sequence[Message], tools: Toolset
    ) -> tuple[list[int], list[int]]:
        """The prompt up to the model's turn, and where in it states are worth keeping."""
        prompt = self._prompts.encode(transcript, tools, self._written)
        assistant = self._vocabulary.encode([_ASSISTANT])
        marks = [prompt.opening_length]
        if prompt.query_length is not None:
            marks.append(prompt.query_length + len(assistant))
        return prompt.ids + assistant, marks

    def _encode_turn(self, segments: Sequence[Segment]) -> list[int]:
        """Encode a turn, unless it is so long that counting its tokens would only cost memory."""
        least = sum(len(each.text) for each in segments) // self._vocabulary.longest
        if least >= self._window:
            raise self._overflow(f"at least {least}")
        return self._vocabulary.encode(segments)

    def _written(self, message: Message, with_thought: bool) -> list[int] | None:
        """A turn by the ids that were generated; None if this model did not write it as it is."""
        if not isinstance(message, Assistant) or not self._wrote(message):
            return None
        return self._written_ids(message.token_ids, thought=with_thought)

    def _wrote(self, message: Assistant) -> bool:
        """Whether this model wrote a reply, and nobody has changed it since."""
        if not message.token_ids or message.model != self._name:
            return False
        return message.tokens_say in ("", message.fingerprint)

    def _written_ids(self, written: Sequence[int], *, thought: bool) -> list[int] | None:
        """A reply by the ids that were generated; None if they, or its thought, can't be told."""
        ids = list(written)
        if not all(0 <= number < self._vocabulary.size for number in ids):
            return None  # of another tokenizer
        if not thought:
            if self.thought_end not in ids:
                return None
            ids = ids[ids.index(self.thought_end) + 1 :]
            while ids and not self._vocabulary.token_bytes(ids[0]).strip(b"\n"):
                if self._vocabulary.control_text(ids[0]) is not None:
                    break
                ids.pop(0)
        if ids and ids[-1] in self.ends:
            ids.pop()  # whichever ended it, the turn ends as the template ends it
        start = self._vocabulary.encode([_ASSISTANT])
        return start + ids + self._vocabulary.encode([_TURN_END])

    # --- the model ------------------------------------------------------------------------------

    def _empty(self) -> State:
        return State([], growing_cache(self._config), False)

    def _prefill(
        self, state: State, ids: list[int], marks: Sequence[int], stopped: threading.Event
    ) -> torch.Tensor | None:
        """Bring a state up to `ids`, keeping snapshots at `marks`; None if stopped on the way."""
        logits = None
        stops = sorted({mark for mark in marks if len(state.ids) < mark < len(ids)} | {len(ids)})
        for stop in stops:
            while len(state.ids) < stop:
                if stopped.is_set():
                    if state.ids:
                        self._states.put(state)
                    return None
                end = min(len(state.ids) + _PREFILL_CHUNK, stop)
                logits = self.forward(state, ids[len(state.ids) : end])
            if stop < len(ids):
                self._keep_copy(state)
        return logits

    def _keep_copy(self, state: State) -> None:
        """A snapshot for later replies, if there is room for one."""
        try:
            self._states.put(State(list(state.ids), copy.deepcopy(state.cache), True))
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise

    def forward(self, state: State, ids: Sequence[int]) -> torch.Tensor:
        """Run ids through the model after a state; the logits after the last, on one axis."""
        output = self._model(
            input_ids=torch.tensor([list(ids)], device=self._model.device),
            use_cache=True,
            logits_to_keep=1,
            **{self._cache_argument: state.cache},
        )
        state.ids.extend(ids)
        logits: torch.Tensor = output.logits[0, -1]
        return logits

    def closing_ids(self, last: int | None) -> list[int]:
        """What closes a thought after the id `last`: a line break unless there is one."""
        broken = last is None or self._vocabulary.token_bytes(last).endswith(b"\n")
        return ([] if broken else list(self._new_line)) + self._close_thought


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a device is used up, or this machine, of which torch says so in words only."""
    said = ("can't allocate memory", "not enough memory", "out of memory")
    return isinstance(error, torch.OutOfMemoryError) or any(each in str(error) for each in said)


class _Writer:
    """Draws the ids of one reply."""

    def __init__(self, engine: Engine, state: State, sampler: Sampler) -> None:
        self._engine = engine
        self._state = state
        self._sampler = sampler
        self.ids: list[int] = []
        self.thinking_tokens = 0
        self.reason: FinishReason = "length"

    def write(
        self,
        logits: torch.Tensor,
        budget: int,
        stopped: threading.Event,
        *,
        thinking: bool,
        thought_limit: int | None,
    ) -> Iterator[int]:
        """Ids to be shown, until the turn ends, `budget` is spent, or `stopped` is set.

        `thinking` tells whether the reply begins inside a thought. Thoughts of `thought_limit`
        tokens together, or one that repeats itself, are closed by force; None is no limit. A reply
        that repeats itself is cut.
        """
        in_thought = thinking
        while len(self.ids) < budget and not stopped.is_set():
            looping = repeats_itself(self.ids)
            if looping and not in_thought:
                self.reason = "cut"
                break
            spent = thought_limit is not None and self.thinking_tokens >= thought_limit
            if in_thought and (looping or spent):
                forced = self._engine.closing_ids(self.ids[-1] if self.ids else None)
                in_thought = False
                yield from self._take(forced)
                logits = self._engine.forward(self._state, forced)
                continue
            number = self._sampler.draw(logits)
            if number in self._engine.ends:
                self._end(number)
                break
            yield from self._take([number])
            self.thinking_tokens += in_thought
            # A thought may be opened again, or where there was to be none.
            in_thought = number != self._engine.thought_end and (
                in_thought or number == self._engine.thought_start
            )
            if len(self.ids) < budget:
                logits = self._engine.forward(self._state, [number])

    def _take(self, ids: Sequence[int]) -> Iterator[int]:
        for number in ids:
            self.ids.append(number)
            self._sampler.note(number)
            yield number

    def _end(self, number: int) -> None:
        self.reason = "stop"
        self.ids.append(number)
