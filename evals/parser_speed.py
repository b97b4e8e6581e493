"""What the parser costs compared with a scan that only looks for tags, and how that cost grows.

    python evals/parser_speed.py

Text comes in deltas of four characters, as from a fast model. Both are timed in turn, in CPU time,
and the best of several rounds counts. Exits with 1 if the parser is too slow.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable

from agentkit.qwen.parser import Parser

DELTA = 4
MOST = 8.0
MOST_GROWTH = 1.1
TAGS = ("<tool_call>", "</tool_call>")
TOOLS = {"write_file": ("path", "content")}


def call(size: int) -> str:
    """Return a call with `size` characters of code as an argument."""
    line = 'print("a < b & c", values[0])  # `code`, <b>markup</b>\n'
    content = (line * (size // len(line) + 1))[:size]
    return (
        "<tool_call>\n<function=write_file>\n<parameter=path>\nsrc/main.py\n</parameter>\n"
        f"<parameter=content>\n{content}\n</parameter>\n</function>\n</tool_call>"
    )


def parse(deltas: list[str]) -> None:
    """Parse one reply."""
    parser = Parser(TOOLS, thinking=False)
    for delta in deltas:
        parser.feed(delta)
    parser.close()


def scan(deltas: list[str]) -> None:
    """The least that any streaming parser does: look for the tags in each new piece."""
    keep = max(map(len, TAGS)) - 1
    tail = ""
    for delta in deltas:
        window = tail + delta
        for tag in TAGS:
            window.find(tag)
        tail = window[-keep:]


def best(work: Callable[[list[str]], None], deltas: list[str]) -> float:
    """CPU seconds for one pass."""
    passes = max(1, 20_000 // len(deltas))
    start = time.process_time()
    for _ in range(passes):
        work(deltas)
    return (time.process_time() - start) / passes


def measure(text: str, rounds: int = 9) -> tuple[float, float]:
    """The best CPU seconds of the parser and of the scan, timed in turn."""
    deltas = [text[start : start + DELTA] for start in range(0, len(text), DELTA)]
    times = [(best(parse, deltas), best(scan, deltas)) for _ in range(rounds)]
    return min(parser for parser, _ in times), min(floor for _, floor in times)


def main() -> int:
    """Print the table; return 1 if a target is missed, else 0."""
    texts = {f"{size} KB": "Let me write it.\n\n" + call(size * 1000) for size in (1, 20, 200)}
    texts["20 calls"] = "\n".join(call(200) for _ in range(20))
    texts["answer"] = "The value of `x` is 5, so a < b holds & that is all.\n" * 400
    print(f"{'':16}{'parser':>12}{'scan':>12}{'ratio':>8}   per delta of {DELTA} characters")
    totals: dict[str, float] = {}
    missed = False
    for name, text in texts.items():
        parser, floor = measure(text)
        totals[name] = parser
        count = math.ceil(len(text) / DELTA)
        ratio = parser / floor
        # An answer is emitted delta by delta, which no scan does: its ratio is only reported.
        missed = missed or (ratio > MOST and name != "answer")
        print(f"{name:16}{parser / count * 1e9:9.0f} ns{floor / count * 1e9:9.0f} ns{ratio:8.1f}")
    growth = math.log(totals["200 KB"] / totals["20 KB"]) / math.log(
        len(texts["200 KB"]) / len(texts["20 KB"])
    )
    missed = missed or growth > MOST_GROWTH
    print(f"\ngrowth from 20 KB to 200 KB: n^{growth:.2f}")
    print(f"targets: a ratio of at most {MOST:.0f}, growth of at most n^{MOST_GROWTH}")
    print("missed" if missed else "met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
