"""`agentkit doctor URL`: test what a server really does, and name the flag that fixes it."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable

from agentkit.models.server import ServerModel
from agentkit.models.server_advice import advice
from agentkit.models.server_findings import Findings, load_findings, save_findings
from agentkit.models.server_probe import only_model, probe
from agentkit.terminal import visible


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("url", metavar="URL", help="such as http://localhost:8000/v1")
    parser.add_argument("-m", "--model", help="its name on the server (default: the only one)")
    parser.add_argument(
        "--again", action="store_true", help="test again instead of showing stored findings"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as one JSON object")


def main(options: argparse.Namespace) -> int:
    """Test the server, or load earlier findings; print them and keep them for `ServerModel`."""
    key = options.api_key
    name = options.model or asyncio.run(only_model(options.url, key))
    model = ServerModel(name, base_url=options.url, api_key=key)
    findings = None if options.again else load_findings(model.base_url, name)
    if findings is None:
        findings = asyncio.run(probe(model, progress=_progress(quiet=options.json)))
        _remember(model, findings)
    else:
        print("These are stored findings; test again with --again.", file=sys.stderr)
    if options.json:
        print(json.dumps(findings.model_dump()))  # JSON escapes control characters
    else:
        _print(name, findings)
    return 0


def _progress(*, quiet: bool) -> Callable[[str], None]:
    def show(subject: str) -> None:
        if not quiet:
            print(f"asking: {subject} …", file=sys.stderr)

    return show


def _remember(model: ServerModel, findings: Findings) -> None:
    try:
        save_findings(model.base_url, model.name, findings)
    except (OSError, RuntimeError) as error:
        print(f"The findings could not be stored: {error}", file=sys.stderr)


def _print(name: str, findings: Findings) -> None:
    lines = advice(findings)
    width = max(len(line.subject) for line in lines)
    print(visible(name))
    for line in lines:
        print(visible(f"  {line.subject:<{width}}  {line.finding}"))
        if line.mend:
            print(visible(f"  {'':<{width}}  → {line.mend}"))
