"""The tokenizer: byte-level BPE with Qwen3.5's control tokens, and nearly its pre-tokeniser.

    python -m agentkit.models.nano.tokenizer FOLDER

It is trained on the generator's text. One deviation makes copying easy for a tiny model:
punctuation and spaces never merge with letters, so a name has the same tokens after `"`, `=`, a
space or a new line. Only common words of prose have a form with a space before them.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from agentkit.models.nano.generator import group
from agentkit.qwen.prompt import render

VOCABULARY = 2048
_SPACE = "\u0120"

# Words of prose that are never names: a name must look the same with and without a space before it.
_SPACED_WORDS = (
    "the is and in of to for function do with use then you it can have tell are "
    "many look be your following MUST like not what how an has from there about Just Be "
    "Thank want If up but ONLY NO must Required BEFORE NOT that me much does one please both such "
    "What How on did which Now at by By than this was Which Please Can says "
    "between after before together"
)
SPACED = tuple(_SPACED_WORDS.split())

_APART = r"[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# Whole words only: "update" is not "up" with something after it.
PATTERN = rf" (?:{'|'.join(SPACED)})(?![\p{{L}}\p{{M}}\p{{N}}_-]|\.\p{{L}})|{_APART}"

_SPECIAL_NAMES = (
    "endoftext im_start im_end object_ref_start object_ref_end box_start box_end quad_start "
    "quad_end vision_start vision_end vision_pad image_pad video_pad"
)
SPECIAL = tuple(f"<|{name}|>" for name in _SPECIAL_NAMES.split())
NOT_SPECIAL = (
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
)
SOUND = (
    "<|audio_start|>",
    "<|audio_end|>",
    "<tts_pad>",
    "<tts_text_bos>",
    "<tts_text_eod>",
    "<tts_text_bos_single>",
    "<|audio_pad|>",
)
CONTROL = (*SPECIAL, *NOT_SPECIAL, *SOUND)


def added_tokens() -> list[AddedToken]:
    """The 33 control tokens in the order of the real tokenizer."""
    return [AddedToken(text, special=text not in NOT_SPECIAL, normalized=False) for text in CONTROL]


def _texts(groups: int) -> Iterator[str]:
    for seed in range(groups):
        made = group(f"tokenizer-{seed}")
        for number, task in enumerate(made.tasks):
            tools = made.tools if number == 0 else None
            text = render(task.messages, tools)
            for control in CONTROL:
                text = text.replace(control, "\n")
            yield text


def _split_by(pattern: str) -> pre_tokenizers.PreTokenizer:
    pieces = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    letters = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([pieces, letters])


def train(groups: int = 1500) -> Tokenizer:
    """Learn the merges and append the control tokens to the vocabulary."""
    texts = list(_texts(groups))
    learner = Tokenizer(models.BPE())
    learner.normalizer = normalizers.NFC()
    learner.pre_tokenizer = _split_by(_APART)
    size = VOCABULARY - len(CONTROL)
    learner.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        ),
    )
    learned: dict[str, Any] = json.loads(learner.to_str())["model"]
    known: dict[str, int] = learned["vocab"]
    spaced = [word for word in SPACED if known.get(word, size) < size - len(SPACED)]
    vocabulary = {token: place for token, place in known.items() if place < size - len(spaced)}
    merges = [(left, right) for left, right in learned["merges"] if left + right in vocabulary]
    for word in spaced:
        vocabulary[_SPACE + word] = len(vocabulary)
        merges.append((_SPACE, word))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = _split_by(PATTERN)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens(added_tokens())
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json and the configuration that transformers wants."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "clean_up_tokenization_spaces": False,
        "model_max_length": 32768,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


if __name__ == "__main__":
    save(train(), Path(sys.argv[1]))
