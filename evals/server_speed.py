"""What ServerModel costs compared with bare httpx, on a scripted server in a separate process.

    python evals/server_speed.py [--repeats 5] [--runs 256 1000] [--profile turn|growth|runs]

    turn    CPU of one turn in a run of 20 steps, streamed
    growth  the same at 100 steps, streamed and whole, and how it grows with the conversation
    runs    many runs of 5 steps at once in one process: runs per second, memory of a live run
    start   CPU of importing a usable agent, and of `agentkit --help`

The floor does the same requests with httpx alone: history as plain dicts, serialised whole for each
request, every event read with json.loads. Both are timed in turn, and the best of the repeats
counts. Exit code 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import os
import pstats
import re
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from agentkit import Agent, Limits, Sampling, ServerModel, tool

THOUGHT = "The place before held nothing, so the next one is looked at now. " * 2
ANSWER = "There is nothing anywhere."
FRAME = {"id": "chatcmpl-7f3c1d", "created": 1_760_000_000, "model": "m"}
USED = {"prompt_tokens": 900, "completion_tokens": 40, "total_tokens": 940}
PIECE = 6  # characters per event, about a token
WHOLE = "-whole"  # after a model's name: the server does not stream
QUESTION = "What is there?"
INSTRUCTIONS = "You look at places one by one and say what is there."
USABLE = (
    "from agentkit import Agent, ServerModel; Agent(ServerModel('m', base_url='http://localhost'))"
)
# Timed too, so that the ratio for `USABLE` hides nothing: the first run loads this module.
RUNNING = f"{USABLE}; import agentkit.models.server_session"
FLOOR = "import httpx; from pydantic import BaseModel"


# --- the server ----------------------------------------------------------------------------------


def event(finish: str | None = None, usage: Any = None, **delta: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    fields = {
        **FRAME,
        "object": "chat.completion.chunk",
        "choices": [] if usage else [choice],
        "usage": usage,
    }
    data = b"data: " + json.dumps(fields).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


def pieces(text: str) -> list[str]:
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def reply(step: int, last: bool) -> bytes:
    """Return a streamed response: a thought and a call, or the answer."""
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    events = [event(role="assistant", content="")]
    if last:
        events += [event(content=piece) for piece in pieces(ANSWER)]
    else:
        events += [event(reasoning_content=piece) for piece in pieces(THOUGHT)]
        named = {"name": "look", "arguments": ""}
        call = {"index": 0, "id": f"call-{step}", "type": "function", "function": named}
        events.append(event(tool_calls=[call]))
        for piece in pieces(json.dumps({"place": step})):
            more = {"index": 0, "function": {"arguments": piece}}
            events.append(event(tool_calls=[more]))
    done = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
    return b"".join([head, *events, event("stop" if last else "tool_calls"),
                     event(usage=USED), done])  # fmt: skip


def whole_reply(step: int, last: bool) -> bytes:
    """Return the same response in one piece, not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": ANSWER if last else ""}
    if not last:
        function = {"name": "look", "arguments": json.dumps({"place": step})}
        call = {"id": f"call-{step}", "type": "function", "function": function}
        message |= {"reasoning_content": THOUGHT, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "stop" if last else "tool_calls"}
    body = json.dumps({**FRAME, "object": "chat.completion", "choices": [choice], "usage": USED})
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:"
    return f"{head} {len(body)}\r\n\r\n{body}".encode()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    known: dict[tuple[int, bool, bool], bytes] = {}
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]
            body = await reader.readexactly(size)
            wanted = int(re.search(rb"steps-(\d+)", body)[1])  # type: ignore[index]
            step = body.count(b'"tool_call_id"')
            is_whole = WHOLE.encode() in body
            key = (step, step == wanted, is_whole)
            if key not in known:
                known[key] = whole_reply(*key[:2]) if is_whole else reply(*key[:2])
            writer.write(known[key])
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def serve() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**24, backlog=2_048)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


# --- the two clients -----------------------------------------------------------------------------


def resident() -> float:
    """The resident memory of this process in KiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024


class Gate:
    """Holds every run in its third call until all are there, to see what a live run weighs."""

    def __init__(self) -> None:
        self.expected = 0
        self.waiting = 0
        self.open = asyncio.Event()
        self.weigh = resident
        self.kilobytes = 0.0

    async def passed(self, place: int) -> None:
        if self.expected and place == 2:
            self.waiting += 1
            if self.waiting == self.expected:
                gc.collect()
                self.kilobytes = self.weigh()
                self.open.set()
            await self.open.wait()


gate = Gate()


@tool(effect="read")
async def look(place: int) -> str:
    """Look at a place."""
    await gate.passed(place)
    return f"There is nothing at {place}."


def our_run(url: str, steps: int, mode: str = "") -> Callable[[], Awaitable[None]]:
    limits = Limits(turns=1_000, output_tokens=1_000_000)
    sampling = Sampling(thinking=True, temperature=0.6, top_p=0.95, top_k=20)
    model = ServerModel(f"steps-{steps}{mode}", base_url=url)
    agent = Agent(model, instructions=INSTRUCTIONS, tools=[look], limits=limits, sampling=sampling)

    async def run() -> None:
        result = await agent.run(QUESTION)
        assert (result.outcome, result.text) == ("done", ANSWER)
        assert len(result.transcript) == 2 * steps + 3

    return run


def bare_run(url: str, steps: int, mode: str = "") -> Callable[[], Awaitable[None]]:
    definitions = [look.definition]
    options = {
        "model": f"steps-{steps}{mode}",
        **({} if mode else {"stream": True, "stream_options": {"include_usage": True}}),
        "max_tokens": 8_192,
        "temperature": 0.6,
        "top_p": 0.95,
        "top_k": 20,
        "chat_template_kwargs": {"enable_thinking": True},
        "tools": definitions,
    }
    headers = {"content-type": "application/json"}

    async def run() -> None:
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": INSTRUCTIONS},
            {"role": "user", "content": QUESTION},
        ]
        async with httpx.AsyncClient(timeout=None) as client:
            while True:
                body = json.dumps({**options, "messages": messages})
                async with client.stream(
                    "POST", f"{url}/chat/completions", content=body, headers=headers
                ) as response:
                    read = bare_whole if mode else bare_events
                    content, thought, name, arguments = await read(response)
                if not name:
                    assert (content, len(messages)) == (ANSWER, 2 * steps + 2)
                    return
                function = {"name": name, "arguments": arguments}
                call = {"id": f"call_{len(messages)}", "type": "function", "function": function}
                messages += [
                    {"role": "assistant", "content": content, "reasoning_content": thought,
                     "tool_calls": [call]},
                    {"role": "tool", "tool_call_id": call["id"],
                     "content": await look.function(**json.loads(arguments))},
                ]  # fmt: skip

    return run


async def bare_events(response: httpx.Response) -> tuple[str, str, str, str]:
    """Content, thought, name and arguments of a streamed reply."""
    content, thought, name, arguments = "", "", "", ""
    async for line in response.aiter_lines():
        if not line.startswith("data:") or line == "data: [DONE]":
            continue
        for choice in json.loads(line[5:])["choices"]:
            delta = choice["delta"]
            content += delta.get("content") or ""
            thought += delta.get("reasoning_content") or ""
            for call in delta.get("tool_calls") or ():
                name = call["function"].get("name") or name
                arguments += call["function"].get("arguments") or ""
    return content, thought, name, arguments


async def bare_whole(response: httpx.Response) -> tuple[str, str, str, str]:
    """Content, thought, name and arguments of a reply in one piece."""
    message = json.loads(await response.aread())["choices"][0]["message"]
    function = message["tool_calls"][0]["function"] if message.get("tool_calls") else {}
    return (
        message["content"],
        message.get("reasoning_content", ""),
        function.get("name", ""),
        function.get("arguments", ""),
    )


Client = Callable[..., Callable[[], Awaitable[None]]]


# --- measuring -----------------------------------------------------------------------------------


def milliseconds_per_turn(
    url: str, steps: int, repeats: int, mode: str = ""
) -> tuple[float, float]:
    """CPU milliseconds of one turn: ours, and the floor's."""
    best = {our_run: float("inf"), bare_run: float("inf")}
    with asyncio.Runner() as runner:
        for _ in range(repeats + 1):
            for client in best:
                run = client(url, steps, mode)
                gc.collect()
                started = time.process_time()
                runner.run(run())  # type: ignore[arg-type]
                best[client] = min(best[client], time.process_time() - started)
    ours, bare = (seconds / (steps + 1) * 1e3 for seconds in best.values())
    return ours, bare


async def at_once(client: Client, url: str, runs: int) -> None:
    """Make many runs of 5 steps at once that share one model, as a program would."""
    run = client(url, 5)
    await asyncio.gather(*[run() for _ in range(runs)])


def many(client: Client, url: str, runs: int, repeats: int) -> tuple[float, float]:
    """Runs per second, by wall-clock time and by CPU time."""
    clock, cpu = float("inf"), float("inf")
    for _ in range(repeats):
        gc.collect()
        started, used = time.perf_counter(), time.process_time()
        asyncio.run(at_once(client, url, runs))
        clock = min(clock, time.perf_counter() - started)
        cpu = min(cpu, time.process_time() - used)
    return runs / clock, runs / cpu


def memory(name: str, url: str, runs: int, *, traced: bool) -> float:
    """KiB of a live run, measured in a fresh process."""
    command = [sys.executable, __file__, "--memory", name, "--url", url, "--runs", str(runs)]
    command += ["--traced"] if traced else []
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def memory_here(client: Client, url: str, runs: int, *, traced: bool) -> float:
    asyncio.run(at_once(client, url, 2))
    gc.collect()
    if traced:
        tracemalloc.start()
        gate.weigh = lambda: tracemalloc.get_traced_memory()[0] / 1024
    before = gate.weigh()
    gate.expected = runs
    asyncio.run(at_once(client, url, runs))
    return (gate.kilobytes - before) / runs


def milliseconds_to_start(*command: str, repeats: int) -> float:
    """CPU milliseconds of a whole process, the best of several."""
    best = float("inf")
    for _ in range(repeats + 2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, used * 1e3)
    return best


def profile(what: str, url: str, runs: int) -> None:
    """Print where our side spends its time."""
    steps = {"turn": 20, "growth": 100}
    profiler = cProfile.Profile(time.process_time)
    run = our_run(url, steps.get(what, 5))
    asyncio.run(run())  # type: ignore[arg-type]
    profiler.enable()
    asyncio.run(run() if what in steps else at_once(our_run, url, runs))  # type: ignore[arg-type]
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


def report(url: str, repeats: int, counts: list[int]) -> bool:
    """Print all measurements; return whether all targets are met."""
    verdicts: list[bool] = []

    def row(name: str, ours: float, bare: float, unit: str, target: str, met: bool) -> None:
        verdicts.append(met)
        word = "" if met else "  MISSED"
        ratio = f"{ours / bare:>6.2f}" if bare > 0 else f"{'-':>6}"
        print(f"{name:<40}{ours:>9.3f}{bare:>9.3f} {unit:<6}{ratio}  {target}{word}")

    print(f"{'':<40}{'ours':>9}{'floor':>9} {'':<6}{'ratio':>6}  target")
    few, few_bare = milliseconds_per_turn(url, 20, repeats)
    row("CPU of a turn, 20 steps", few, few_bare, "ms", "<= 1.25", few / few_bare <= 1.25)
    lots, lots_bare = milliseconds_per_turn(url, 100, repeats)
    row("CPU of a turn, 100 steps, streamed", lots, lots_bare, "ms", "", True)
    whole, whole_bare = milliseconds_per_turn(url, 100, repeats, WHOLE)
    row("CPU of a turn, 100 steps, whole", whole, whole_bare, "ms", "<= 1.5",
        whole / whole_bare <= 1.5)  # fmt: skip
    growth, growth_bare = max(lots - few, 0) / 80, max(lots_bare - few_bare, 0) / 80
    row("growth with each step", growth, growth_bare, "ms", "<= 0.01 ms", growth <= 0.01)
    for count in counts:
        clock, cpu = many(our_run, url, count, max(repeats // 2, 1))
        bare_clock, bare_cpu = many(bare_run, url, count, max(repeats // 2, 1))
        row(f"{count} runs at once", clock, bare_clock, "/s", ">= 0.9", clock / bare_clock >= 0.9)
        row(f"{count} runs at once, by CPU", cpu, bare_cpu, "/s", ">= 0.9", cpu / bare_cpu >= 0.9)
        live = memory("ours", url, count, traced=True)
        live_bare = memory("bare", url, count, traced=True)
        row(f"Python's memory, run of {count}", live, live_bare, "KiB", "<= 40 KiB", live <= 40)
        live = memory("ours", url, count, traced=False)
        live_bare = memory("bare", url, count, traced=False)
        row(f"resident memory, run of {count}", live, live_bare, "KiB", "", True)
    usable = milliseconds_to_start(sys.executable, "-c", USABLE, repeats=repeats)
    floor = milliseconds_to_start(sys.executable, "-c", FLOOR, repeats=repeats)
    row("import of a usable agent", usable, floor, "ms", "<= 1.3", usable / floor <= 1.3)
    running = milliseconds_to_start(sys.executable, "-c", RUNNING, repeats=repeats)
    row("and what its first run imports", running, floor, "ms", "", True)
    helped = milliseconds_to_start(sys.executable, "-m", "agentkit", "--help", repeats=repeats)
    python = milliseconds_to_start(sys.executable, "-c", "pass", repeats=repeats)
    row("agentkit --help", helped, python, "ms", "<= 8 (120 ms where python takes 15)",
        helped / python <= 8)  # fmt: skip
    return all(verdicts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--runs", type=int, nargs="+", default=[256, 1_000])
    parser.add_argument("--profile", choices=("turn", "growth", "runs"))
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--memory", choices=("ours", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--traced", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection for each run
    if options.serve:
        asyncio.run(serve())
    if options.memory:
        client = our_run if options.memory == "ours" else bare_run
        print(memory_here(client, options.url, options.runs[0], traced=options.traced))
        return 0
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        if options.profile:
            profile(options.profile, url, options.runs[0])
            return 0
        return 0 if report(url, options.repeats, options.runs) else 1
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
