"""The command `agentkit`: one small module per subcommand, imported when it is called."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence

from agentkit.errors import AgentkitError
from agentkit.terminal import in_lines

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # disk full, quota, file too large
_COMMANDS = {
    "run": "run a task and show the thoughts, the calls, the results and the answer",
    "tools": "list, show, check or try tools",
    "doctor": "test what a model server really does, and say how to fix it",
    "render": "turn messages into a prompt, JSON lines in and out",
    "parse": "split a model's raw text into reasoning, content and calls, JSON lines in and out",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0 only when everything went well."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the parent process
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="agentkit", description="Run small local Qwen3.5 models as agents."
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    chosen = next((word for word in given if word in _COMMANDS), None)
    module = importlib.import_module(f"agentkit.commands.{chosen}") if chosen else None
    known = {
        name: subparsers.add_parser(name, help=description, description=description)
        for name, description in _COMMANDS.items()
    }
    if module is not None and chosen is not None:
        module.add_arguments(known[chosen])
    options, unknown = parser.parse_known_args(given)
    if unknown:
        # argparse takes the first of several words as the task and does not know the rest.
        hint = (
            " (put the task in quotes)"
            if chosen == "run" and not unknown[0].startswith("-")
            else ""
        )
        (known[chosen] if chosen else parser).error(
            f"unrecognized arguments: {' '.join(unknown)}{hint}"
        )
    if options.version:
        print("agentkit", importlib.import_module("importlib.metadata").version("agentkit"))
        return 0
    if module is None:
        parser.print_help(sys.stderr)
        return 2
    # Removed, so that plugins, tools and the programs they start don't see it.
    options.api_key = os.environ.pop("AGENTKIT_API_KEY", None)
    try:
        return int(module.main(options))
    except AgentkitError as error:
        print(in_lines(f"agentkit: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        is_left = isinstance(error, BrokenPipeError)  # the reader closed the pipe: no error
        if not is_left and error.errno not in _FULL:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not is_left:
            print(
                f"agentkit: {error.strerror or error}: the output is incomplete.", file=sys.stderr
            )
        return 1
