"""`agentkit tools`: what is installed, from where, and what failed to load."""

from __future__ import annotations

import argparse
import json

from agentkit.errors import PluginError
from agentkit.plugins import find_plugins
from agentkit.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", nargs="?", choices=("list", "show"), default="list")
    parser.add_argument("name", nargs="?", help="the tool to show")


def main(options: argparse.Namespace) -> int:
    """List all tools, or show one; plugins that failed are named and do not fail the command."""
    return _show(options.name) if options.action == "show" else _list()


def _list() -> int:
    terminal = Terminal()
    for plugin in find_plugins():
        terminal.line(f"{plugin.name}  (from {plugin.package})", "bold")
        if plugin.error is not None:
            terminal.line(f"  failed to load: {plugin.error}", "red")
        for tool in plugin.tools:
            terminal.line(f"  {tool.name:<18} {tool.description}")
    return 0


def _show(name: str | None) -> int:
    if name is None:
        raise PluginError("Expected the name of a tool: agentkit tools show NAME.")
    found = {tool.name: tool for plugin in find_plugins() for tool in plugin.tools}
    if name not in found:
        raise PluginError(f"No tool is called {name!r}. Installed: {', '.join(found) or 'none'}.")
    Terminal().line(json.dumps(found[name].definition, indent=2, ensure_ascii=False))
    return 0
