"""A server in a process of its own that surely ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

READY_SECONDS = 90  # on a busy machine; alone it takes under ten


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], url: str, log: Path, **variables: str) -> Iterator[None]:
    """A server that answers at `url`; its whole process group is ended at the end."""
    environment: Mapping[str, str] = os.environ | {"OMP_NUM_THREADS": "1"} | variables
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_until_ready(process, url, log)
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(READY_SECONDS * 5):
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        try:
            process.wait(timeout=0.2)  # a pause that ends at once if the server has died
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-3_000:]}")
