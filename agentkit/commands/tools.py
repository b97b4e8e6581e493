"""`agentkit tools`: list installed tools, show and check them, and try them on a model."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence

from agentkit.errors import ConfigError
from agentkit.model import Model, Sampling
from agentkit.models import open_model
from agentkit.plugins import find_plugins, find_tools
from agentkit.terminal import Terminal, call_line, visible
from agentkit.tool_check import check_tools, estimated_tokens
from agentkit.tool_trials import Report, Trial, try_tools
from agentkit.tools import Tool

_ACTIONS = {
    "list": "list all tools, the toolsets they are from, and what failed to load",
    "show": "show the definitions as a model sees them",
    "check": "find what in the definitions misleads small models, and what they cost in tokens; "
    "exit code 1 if anything is found",
    "try": "give a model requests made from the schemas; the tools are not run",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions, each with its own options; without one, the tools are listed."""
    parser.set_defaults(action="list")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    made = {
        name: actions.add_parser(name, help=description, description=description)
        for name, description in _ACTIONS.items()
    }
    for name in ("show", "check", "try"):
        made[name].add_argument(
            "name", metavar="NAME", help="a tool, a toolset, or a Python file with tools"
        )
    trial = made["try"]
    trial.add_argument(
        "-m", "--model", help="hub name, folder, or nano (default: $AGENTKIT_MODEL, else nano)"
    )
    trial.add_argument(
        "--requests", type=int, default=5, metavar="N", help="requests for each tool (default: 5)"
    )
    trial.add_argument("--seed", type=int, default=0, help="for other requests (default: 0)")
    trial.add_argument("--no-think", action="store_true", help="answer without thinking first")


def main(options: argparse.Namespace) -> int:
    """List, show, check or try tools; listing does not fail because a plugin does."""
    match options.action:
        case "show":
            return _show(find_tools(options.name))
        case "check":
            return _check(find_tools(options.name))
        case "try":
            return asyncio.run(_try(find_tools(options.name), options))
        case _:
            return _list()


def _list() -> int:
    terminal = Terminal()
    for plugin in find_plugins():
        terminal.line(f"{plugin.name}  (from {plugin.package})", "bold")
        if plugin.error is not None:
            terminal.line(f"  failed to load: {plugin.error}", "red")
        for tool in plugin.tools:
            terminal.line(f"  {tool.name:<18} {tool.description}")
    return 0


def _show(tools: Sequence[Tool]) -> int:
    terminal = Terminal()
    for tool in tools:
        terminal.line(json.dumps(tool.definition, indent=2, ensure_ascii=False))
    return 0


def _check(tools: Sequence[Tool]) -> int:
    """Print the findings by tool; return 1 if there are any, so that a build can fail."""
    terminal, findings = Terminal(), check_tools(tools)
    for tool in tools:
        terminal.line(f"{tool.name}  (about {estimated_tokens(tool)} tokens)", "bold")
        for finding in findings:
            if finding.tool == tool.name:
                terminal.line(f"  {finding.what}", "red")
    return 1 if findings else 0


# --- try ----------------------------------------------------------------------------------------


async def _try(tools: Sequence[Tool], options: argparse.Namespace) -> int:
    """Print a table and what went wrong; return 0 if every tool could be tried."""
    if options.requests < 1:
        raise ConfigError(f"Expected at least 1 request, found {options.requests}.")
    model = open_model(options.model or os.environ.get("AGENTKIT_MODEL") or "nano")
    sampling = Sampling(thinking=False if options.no_think else None, seed=options.seed)
    terminal, reports = Terminal(), []
    terminal.line(f"{'tool':<28}{'hits':>10}{'tokens':>10}", "bold")
    made = try_tools(
        model,
        tools,
        requests=options.requests,
        seed=options.seed,
        sampling=sampling,
        progress=_show_progress,
    )
    try:
        async for report in made:
            reports.append(report)
            _show_progress("")
            _print_row(terminal, report)
    finally:
        _show_progress("")
    for report in reports:
        _print_faults(terminal, report)
    terminal.line(_tokens_line(model, reports), "dim")
    return 0 if all(report.trials for report in reports) else 1


def _show_progress(text: str) -> None:
    """Show progress in one line that is overwritten, if a person watches."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{visible(text)}", end="", file=sys.stderr, flush=True)


def _print_row(terminal: Terminal, report: Report) -> None:
    hits = f"{report.hits} of {len(report.trials)}"
    tokens = f"{'' if report.counted else '~'}{report.tokens}"
    terminal.line(f"{report.tool:<28}{hits:>10}{tokens:>10}")


def _print_faults(terminal: Terminal, report: Report) -> None:
    if report.note is not None:
        terminal.line(f"{report.tool}: {report.note}", "red")
    for trial in report.trials:
        if trial.fault is not None:
            terminal.line(f"{report.tool}: {trial.fault}", "red")
            terminal.line(f"  asked   {trial.request.text}\n  called  {_calls(trial)}")


def _calls(trial: Trial) -> str:
    return ", ".join(call_line(call) for call in trial.calls) or "nothing"


def _tokens_line(model: Model, reports: Sequence[Report]) -> str:
    total = sum(report.tokens for report in reports)
    if all(report.counted for report in reports):
        return f"The definitions cost {total} tokens in every prompt of {model.name}."
    return f"The definitions cost about {total} tokens in every prompt (characters / 4)."
