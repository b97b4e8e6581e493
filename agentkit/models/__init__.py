"""The engines: where a model really runs. `open_model` chooses one by name."""

from __future__ import annotations

from weakref import WeakValueDictionary

from agentkit.model import Model
from agentkit.models.local import LocalModel

_opened: WeakValueDictionary[str, LocalModel] = WeakValueDictionary()


def open_model(name: str) -> Model:
    """A model by name: "nano", a hub name such as "Qwen/Qwen3.5-4B", or a folder.

    Nothing is loaded yet; that happens with the first reply. As long as somebody uses a model, its
    name gives the same one, so that weights are not loaded twice. Raises ConfigError for an empty
    name.
    """
    model = _opened.get(name)
    if model is None:
        model = _opened[name] = LocalModel(name)
    return model
