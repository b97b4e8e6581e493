"""The engines: where a model really runs. `open_model` chooses one by name."""

from __future__ import annotations

from agentkit.model import Model
from agentkit.models.local import LocalModel


def open_model(name: str) -> Model:
    """A model by name: "nano", a hub name such as "Qwen/Qwen3.5-4B", or a folder.

    Nothing is loaded yet; that happens with the first reply. Raises ConfigError for an empty name.
    """
    return LocalModel(name)
