"""Conversations sent as token ids to the completions route, where no data can be a control token.

The prompt is rendered by our own template and encoded here, with control and data kept apart, as in
the in-process engine. The server returns the model's raw text.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from agentkit.errors import ConfigError
from agentkit.messages import Message, has_image
from agentkit.models.prompt_ids import PromptEncoder
from agentkit.qwen.prompt import Segment, generation_prompt
from agentkit.qwen.sampling import END_TOKENS
from agentkit.tools import Toolset
from agentkit.transcripts import in_words

_CHAT_ONLY = ("chat_template_kwargs", "enable_thinking", "reasoning_effort")


class ExactConversation:
    """One run's prompts as token ids; each turn is encoded once per position it can stand in.

    `tokenizer` is a folder or a hub name. Raises ModelError if it has no tokenizer.json.
    """

    def __init__(self, tools: Toolset, tokenizer: str) -> None:
        # Imported by name, because the package tokenizers belongs to the extra `local`.
        files = cast(Any, importlib.import_module("agentkit.models.local_files"))
        tokens = cast(Any, importlib.import_module("agentkit.models.local_tokens"))
        folder = Path(tokenizer).expanduser()
        self._vocabulary = tokens.Vocabulary(
            folder if folder.is_dir() else files.find_tokenizer(tokenizer)
        )
        self._tools = tools
        self._prompts = PromptEncoder(self._vocabulary.encode)
        self._thought = ""
        self.tokens = 0
        self.questions = 0  # user questions; thoughts before the last are left out

    def go_on_after(self, thought: str) -> None:
        """End the next prompts with this thought and its closing tag; "" stops that."""
        self._thought = thought

    def send_arguments_as_objects(self) -> bool:
        """Return False: our own template reads arguments as they are."""
        return False

    def leave_out_thoughts(self) -> bool:
        """Return False: thoughts are a part of the rendered prompt."""
        return False

    def name_thoughts(self, field: str) -> None:
        """Do nothing: thoughts are a part of the rendered prompt."""

    def body(
        self,
        transcript: Sequence[Message],
        options: Mapping[str, Any],
        thinking: bool | None = None,
    ) -> bytes:
        """Return the body of a request for a reply to the transcript."""
        ids = self._prompt(transcript) + self._opening(thinking)
        self.tokens = len(ids)
        ends = [self._vocabulary.control[token] for token in END_TOKENS]
        fields = {key: value for key, value in options.items() if key not in _CHAT_ONLY}
        fields |= {"prompt": ids, "stop_token_ids": ends, "skip_special_tokens": False}
        return json.dumps(fields).encode()

    def _opening(self, thinking: bool | None) -> list[int]:
        if self._thought:
            written = [Segment(self._thought, False), Segment("\n</think>\n\n", True)]
            segments = [*generation_prompt(True), *written]
        else:
            segments = [*generation_prompt(thinking is not False)]
        return cast(list[int], self._vocabulary.encode(segments))

    def _prompt(self, transcript: Sequence[Message]) -> list[int]:
        transcript = in_words(transcript)
        if any(map(has_image, transcript)):
            raise ConfigError(
                "A prompt of token ids has no place for a picture, and the conversation has one. "
                "Leave out tokenizer=… to send pictures."
            )
        prompt = self._prompts.encode(transcript, self._tools)
        self.questions = prompt.questions
        return prompt.ids
