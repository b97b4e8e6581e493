# ruff: noqa: E501 - short tables are easier to read in long lines
"""Lines of one file, two or three, counted."""

from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite, quoted, wordings
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import file_name

_WORDINGS = wordings("lines")
LINES = _WORDINGS["one_file"]


def _two_files(rng: Random, held_out: bool) -> tuple[str, str]:
    if not held_out and rng.random() < 0.08:
        return "README.md", "CHANGELOG.md"
    while True:
        a, b = file_name(rng, held_out=held_out), file_name(rng, held_out=held_out)
        if a != b:
            return a, b


def _any_lines(rng: Random, count: int) -> str:
    return "".join(f"line {number + 1}\n" for number in range(count))


def count_one(rng: Random, *, held_out: bool) -> Task:
    path = file_name(rng, held_out=held_out)
    count = rng.randint(1, 10 ** rng.choice((1, 2, 2, 3, 3, 4)))
    talk = Dialogue(
        polite(rng, expand(rng, pick(rng, LINES, held_out=held_out), p=quoted(rng, path)))
    )
    talk.call("I count the lines.", ("count_lines", {"path": path}))
    talk.result(str(count))
    talk.answer("That is the result.", f"{path} has {count} {'line' if count == 1 else 'lines'}.")
    return talk.task("count lines", str(count), files={path: _any_lines(rng, count)})


def count_two(rng: Random, *, held_out: bool) -> Task:
    # To train, by how many wordings there are to learn: people ask for sums most.
    shares = (65, 25, 5, 5) if held_out else (30, 30, 20, 20)
    kind = rng.choices(("sum", "difference", "product", "ratio"), shares)[0]
    a, b = _two_files(rng, held_out)
    first, second = (rng.randint(1, 10 ** rng.choice((1, 2, 2, 3, 3))) for _ in range(2))
    sign = {"sum": "+", "difference": "-", "product": "*", "ratio": "/"}[kind]
    expression = f"{first} {sign} {second}"
    value = results.calculate(expression)
    request = expand(
        rng,
        pick(rng, _WORDINGS["two_files"][kind], held_out=held_out),
        a=quoted(rng, a),
        b=quoted(rng, b),
    )
    talk = Dialogue(polite(rng, request))
    plan = {"sum": "add", "difference": "subtract", "product": "multiply", "ratio": "divide"}[kind]
    talk.call(
        f"I count the lines of both files, then I {plan}.",
        ("count_lines", {"path": a}),
        ("count_lines", {"path": b}),
    )
    talk.result(str(first), str(second))
    talk.call(f"{a} {first}, {b} {second}.", ("calculate", {"expression": expression}))
    talk.result(value)
    text = {
        "sum": f"{a} and {b} have {value} lines together.", "difference": f"{a} and {b}: the difference is {value} lines.",
        "product": f"{a} and {b}, product of the lines: {value}", "ratio": f"{a} and {b}, ratio of the lines: {value}",
    }[kind]  # fmt: skip
    talk.answer("That is the result.", text)
    return talk.task(
        f"lines of two files, {kind}",
        value,
        files={a: _any_lines(rng, first), b: _any_lines(rng, second)},
    )


def count_three(rng: Random, *, held_out: bool) -> Task:
    paths: dict[str, None] = {}
    while len(paths) < 3:
        paths[file_name(rng, held_out=held_out)] = None
    a, b, c = paths
    counts = [rng.randint(1, 10 ** rng.choice((1, 2, 2, 3))) for _ in paths]
    expression = " + ".join(map(str, counts))
    value = results.calculate(expression)
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _WORDINGS["three_files"], held_out=held_out),
                a=quoted(rng, a),
                b=quoted(rng, b),
                c=quoted(rng, c),
            ),
        )
    )
    talk.call(
        "I count the lines of the files, then I add.",
        *(("count_lines", {"path": path}) for path in paths),
    )
    talk.result(*map(str, counts))
    found = ", ".join(f"{path} {count}" for path, count in zip(paths, counts, strict=True))
    talk.call(f"{found}.", ("calculate", {"expression": expression}))
    talk.result(value)
    talk.answer("That is the result.", f"{listing(list(paths))} have {value} lines together.")
    files = {path: _any_lines(rng, count) for path, count in zip(paths, counts, strict=True)}
    return talk.task("lines of three files", value, files=files)
