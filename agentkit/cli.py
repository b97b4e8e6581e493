"""The command `agentkit`: one small module for each subcommand, imported when it is called."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence

from agentkit.errors import AgentkitError
from agentkit.terminal import in_lines

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # a disk, a quota, a file's limit
_COMMANDS = {
    "run": "run a task and show the thoughts, the calls, the results and the answer",
    "tools": "list, show, check or try tools",
    "doctor": "ask a model server what it really does, and what to mend",
    "render": "messages to prompt, JSON lines in and out",
    "parse": "a model's raw text to reasoning, content and calls, JSON lines in and out",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0 only when everything went well."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who began the program
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="agentkit", description="Small local Qwen3.5 models as agents to be trusted."
    )
    parser.add_argument("--version", action="store_true", help="show the version and end")
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
        # The first of several words is the task; argparse has no idea of the rest.
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
    # Plugins, tools and the programs they start don't see it.
    options.api_key = os.environ.pop("AGENTKIT_API_KEY", None)
    try:
        return int(module.main(options))
    except AgentkitError as error:
        print(in_lines(f"agentkit: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        is_left = isinstance(error, BrokenPipeError)  # by the reader of a pipe: nothing to say
        if not is_left and error.errno not in _FULL:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not is_left:
            print(
                f"agentkit: {error.strerror or error}, so the output is not whole.", file=sys.stderr
            )
        return 1
