"""nano, the embedded model: 16 megabytes that prove the plumbing, trained by us from scratch.

    generator/ -> tokenizer.py -> train.py -> weights/

It is the same class, chat format and control tokens as Qwen3.5. A test bench, not an assistant.
"""

from pathlib import Path


def weights_folder() -> Path:
    """The folder that holds the weights and the tokenizer, as `from_pretrained` wants it."""
    return Path(__file__).with_name("weights")
