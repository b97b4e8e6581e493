"""Every exception agentkit raises, grouped by who has to act.

    AgentkitError
    ├── ConfigError               the author: what was put together can't work
    │   ├── ToolDefinitionError       a function or schema that can't be a tool
    │   └── PluginError               a plugin that can't be loaded
    ├── ModelError                the operator: the model or its server failed
    │   ├── ModelTimeout              it took longer than allowed
    │   ├── ModelUnavailable          worth trying again
    │   └── ContextOverflow           the conversation is longer than the model's window
    └── StoreError                the operator: a stored transcript can't be read
    ToolError                     the model: raised inside a tool, becomes a ToolResult

A message says what was expected, what was found, and what to do.
"""

from typing import Any


class AgentkitError(Exception):
    """Base of everything agentkit raises."""


class ConfigError(AgentkitError):
    """The author put something together that can't work."""


class ToolDefinitionError(ConfigError):
    """A function or a schema can't be offered to a model as a tool."""


class PluginError(ConfigError):
    """A plugin could not be loaded."""


class ModelError(AgentkitError):
    """The model, or the server it runs on, failed.

    `transcript` holds the messages of the run that it ended; another run can continue from them.
    """

    transcript: tuple[Any, ...] = ()


class ModelTimeout(ModelError):
    """The model took longer than allowed."""


class ModelUnavailable(ModelError):
    """The model can't be reached at the moment; trying again may help.

    `retry_after` is the number of seconds its server asked to wait, or None if it did not say.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ContextOverflow(ModelError):
    """The conversation does not fit into the model's window."""


class StoreError(AgentkitError):
    """A stored transcript can't be read."""


class ToolError(Exception):
    """Raised inside a tool; its message tells the model what went wrong and what to do."""
