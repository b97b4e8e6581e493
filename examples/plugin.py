"""Tools from your own package: `examples/plugin/` is a complete one.

Installed (`pip install ./examples/plugin`) it is found by the entry point in its pyproject.toml:

    [project.entry-points."agentkit.tools"]
    shop = "shop_tools:tools"

and loaded by `load_tools(["shop"])`. Here its module is imported from the folder instead, so that
the example runs without installing anything. The model is a script.
"""

import asyncio
import importlib
import sys
from pathlib import Path

from agentkit import Agent, ScriptedModel, ToolCall, written_call

sys.path.insert(0, str(Path(__file__).with_name("plugin")))
shop_tools = importlib.import_module("shop_tools")


async def approve(call: ToolCall) -> str | None:
    """Reading is free; anything else has to be asked for."""
    effect = AGENT.tools[call.name].effect
    return None if effect == "read" else "Only reading is allowed."


MODEL = ScriptedModel([written_call("stock", sku="A-17"), "Yes, there are 55."])
AGENT = Agent(MODEL, tools=shop_tools.tools, approve=approve)
result = asyncio.run(AGENT.run("Is there enough of A-17 for an order of 40?"))
print(result.text)
