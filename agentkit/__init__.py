"""agentkit: small local Qwen3.5 models as agents that can be trusted with tools."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.agent import Agent as Agent
    from agentkit.errors import AgentkitError as AgentkitError
    from agentkit.errors import ConfigError as ConfigError
    from agentkit.errors import ContextOverflow as ContextOverflow
    from agentkit.errors import ModelError as ModelError
    from agentkit.errors import ModelTimeout as ModelTimeout
    from agentkit.errors import ModelUnavailable as ModelUnavailable
    from agentkit.errors import PluginError as PluginError
    from agentkit.errors import StoreError as StoreError
    from agentkit.errors import ToolDefinitionError as ToolDefinitionError
    from agentkit.errors import ToolError as ToolError
    from agentkit.events import Event as Event
    from agentkit.events import TextDelta as TextDelta
    from agentkit.events import ThinkingDelta as ThinkingDelta
    from agentkit.messages import Assistant as Assistant
    from agentkit.messages import Image as Image
    from agentkit.messages import Message as Message
    from agentkit.messages import Result as Result
    from agentkit.messages import System as System
    from agentkit.messages import Text as Text
    from agentkit.messages import ToolCall as ToolCall
    from agentkit.messages import ToolResult as ToolResult
    from agentkit.messages import Usage as Usage
    from agentkit.messages import User as User
    from agentkit.model import Limits as Limits
    from agentkit.model import Model as Model
    from agentkit.model import Sampling as Sampling
    from agentkit.models import open_model as open_model
    from agentkit.models.local import LocalModel as LocalModel
    from agentkit.models.scripted import ScriptedModel as ScriptedModel
    from agentkit.models.scripted import ScriptedReply as ScriptedReply
    from agentkit.models.scripted import written_call as written_call
    from agentkit.models.server import ServerModel as ServerModel
    from agentkit.plugins import load_tools as load_tools
    from agentkit.tools import Tool as Tool
    from agentkit.tools import Toolset as Toolset
    from agentkit.tools import tool as tool
    from agentkit.transcripts import dump_transcript as dump_transcript
    from agentkit.transcripts import load_transcript as load_transcript

_HOMES = {
    "agentkit.agent": ("Agent",),
    "agentkit.errors": (
        "AgentkitError",
        "ConfigError",
        "ContextOverflow",
        "ModelError",
        "ModelTimeout",
        "ModelUnavailable",
        "PluginError",
        "StoreError",
        "ToolDefinitionError",
        "ToolError",
    ),
    "agentkit.events": ("Event", "TextDelta", "ThinkingDelta"),
    "agentkit.messages": (
        "Assistant",
        "Image",
        "Message",
        "Result",
        "System",
        "Text",
        "ToolCall",
        "ToolResult",
        "Usage",
        "User",
    ),
    "agentkit.model": ("Limits", "Model", "Sampling"),
    "agentkit.models": ("open_model",),
    "agentkit.models.local": ("LocalModel",),
    "agentkit.models.scripted": ("ScriptedModel", "ScriptedReply", "written_call"),
    "agentkit.models.server": ("ServerModel",),
    "agentkit.plugins": ("load_tools",),
    "agentkit.tools": ("Tool", "Toolset", "tool"),
    "agentkit.transcripts": ("dump_transcript", "load_transcript"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Load a public name's module when the name is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'agentkit' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
