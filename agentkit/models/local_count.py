"""How many tokens a text costs a model, by its own tokenizer. No weights are read."""

from __future__ import annotations

from agentkit.models.local_files import find_folder
from agentkit.models.local_tokens import Vocabulary
from agentkit.qwen.prompt import Segment


def count_tokens(model: str, *texts: str) -> list[int]:
    """The tokens of each text. Raises ModelError if the model is not there."""
    vocabulary = Vocabulary(find_folder(model))
    return [len(vocabulary.encode([Segment(text, False)])) for text in texts]
