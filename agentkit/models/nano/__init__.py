"""nano, the embedded model: 16 megabytes, trained from scratch, that prove the plumbing works.

    generator/ -> tokenizer.py -> train.py -> weights/

It has Qwen3.5's model class, chat format and control tokens. A test bench, not an assistant.
"""

from pathlib import Path


def weights_folder() -> Path:
    """The folder that holds the weights and the tokenizer, as `from_pretrained` wants it."""
    return Path(__file__).with_name("weights")
