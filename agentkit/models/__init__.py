"""The engines that run a model. `open_model` opens an in-process model by name."""

from __future__ import annotations

from weakref import WeakValueDictionary

from agentkit.model import Model
from agentkit.models.local import LocalModel

_opened: WeakValueDictionary[str, LocalModel] = WeakValueDictionary()


def open_model(name: str) -> Model:
    """Return a model by name: "nano", a hub name such as "Qwen/Qwen3.5-4B", or a folder.

    Weights are loaded with the first reply. As long as a model is in use, its name returns the same
    object, so that weights are not loaded twice. Raises ConfigError for an empty name.
    """
    model = _opened.get(name)
    if model is None:
        model = _opened[name] = LocalModel(name)
    return model
