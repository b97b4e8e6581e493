"""A run from the command line ends, whatever its tools do."""

import subprocess
import sys

import pytest

STUBBORN = """
import asyncio
import signal
import sys
from agentkit import ConfigError
from agentkit.commands.run import _to_its_end

async def never_end():
    while True:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            pass

async def run():
    task = asyncio.create_task(never_end())
    await asyncio.sleep(0.01)
    print("done", flush=True)
    if ENDS == "error":
        raise ConfigError("no model")
    if ENDS == "pipe":
        raise BrokenPipeError
    if ENDS == "fault":
        1 / 0
    if ENDS == "interrupt":
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(30)
    return 3

raise SystemExit(_to_its_end(run(), lambda error: print(error, file=sys.stderr)))
"""


@pytest.mark.parametrize(
    ("ends", "code", "said"),
    [
        ("well", 3, ""),
        ("error", 1, "no model"),
        ("interrupt", 130, ""),
        ("pipe", 1, ""),
        ("fault", 1, "ZeroDivisionError"),
    ],
)
def test_a_tool_that_will_not_be_cancelled_does_not_keep_the_program_from_ending(
    ends: str, code: int, said: str
) -> None:
    script = f"ENDS = {ends!r}\n{STUBBORN}"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )

    assert (ended.returncode, ended.stdout) == (code, "done\n")
    assert said in ended.stderr
