"""Segments to token ids, and token ids back to text: the only place where control tokens arise.

Two tokenizers are built from one file: the model's own, of which only the table of added tokens is
used, and one without any added token. Text between control tokens is always encoded by the second,
so no data can become a control token, in whatever field it stands; benign text gets the very ids
the stock tokenizer gives it, since that splits at added tokens first. A census after encoding
checks it all the same and refuses the prompt if it does not hold.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer

from agentkit.errors import ModelError
from agentkit.qwen.prompt import Segment


class Vocabulary:
    """The ids of one model. Raises ModelError if the folder has no usable tokenizer."""

    def __init__(self, folder: Path) -> None:
        file = folder / "tokenizer.json"
        try:
            definition = json.loads(file.read_text(encoding="utf-8"))
            added = {token["content"]: token["id"] for token in definition["added_tokens"]}
            definition["added_tokens"] = []
            definition["truncation"] = definition["padding"] = None  # left there by a training
            self._plain = Tokenizer.from_str(json.dumps(definition))
        except FileNotFoundError as error:
            raise ModelError(
                f"No tokenizer.json in {folder}. Expected the files of a Qwen3.5 model; download "
                f"the whole repository."
            ) from error
        except Exception as error:  # tokenizers raises bare exceptions of its own
            raise ModelError(f"{file} is not a tokenizer: {error}") from error
        self.control: dict[str, int] = added
        self._control_text = {number: text for text, number in added.items()}
        self._control_pattern = re.compile(
            "|".join(re.escape(text) for text in sorted(added, key=len, reverse=True))
        )
        self.size = max(added.values(), default=-1) + 1
        self.longest = max(map(len, definition["model"]["vocab"]), default=1)  # token, in bytes
        self._bytes: dict[int, bytes] = {}

    def encode(self, segments: Iterable[Segment]) -> list[int]:
        """The ids of a prompt. Raises ModelError if the census finds a control token in data."""
        ids: list[int] = []
        text = ""
        wanted = 0
        for segment in segments:
            if not segment.control:
                text += segment.text
                continue
            position = 0
            for match in self._control_pattern.finditer(segment.text):
                ids += self._encode_text(text + segment.text[position : match.start()])
                ids.append(self.control[match[0]])
                text, position = "", match.end()
                wanted += 1
            text += segment.text[position:]
        ids += self._encode_text(text)
        found = sum(1 for number in ids if number in self._control_text)
        if found != wanted:
            raise ModelError(
                f"Text in the conversation would have become {found - wanted} control tokens, so "
                f"the prompt was refused. This tokenizer is not that of a Qwen3.5 model."
            )
        return ids

    def _encode_text(self, text: str) -> list[int]:
        return list(self._plain.encode(text, add_special_tokens=False).ids) if text else []

    def control_text(self, number: int) -> str | None:
        """The control token an id stands for, or None for ordinary text."""
        return self._control_text.get(number)

    def token_bytes(self, number: int) -> bytes:
        """The bytes an ordinary id stands for; a character may be spread over several ids."""
        known = self._bytes.get(number)
        if known is None:
            token = self._plain.id_to_token(number) or ""
            known = bytes(_BYTES[character] for character in token if character in _BYTES)
            self._bytes[number] = known
        return known


class TextDecoder:
    """Ids of one reply to text, piece by piece; characters come out only when they are whole."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def decode(self, number: int) -> str:
        """The text that an ordinary id completes."""
        return self._decoder.decode(self._vocabulary.token_bytes(number))

    def flush(self) -> str:
        """What is left of a character that was never completed."""
        return self._decoder.decode(b"", final=True)


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's printable stand-ins for bytes, as byte-level BPE vocabularies write them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    alphabet = {chr(byte): byte for byte in printable}
    others = [byte for byte in range(256) if byte not in set(printable)]
    return alphabet | {chr(256 + index): byte for index, byte in enumerate(others)}


_BYTES = _byte_alphabet()
