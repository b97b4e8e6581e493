# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Lines of one file, two or three, counted."""

from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite, quoted
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import file_name

LINES = (
    "How many lines [does|are in|are there in|has] {p}[ have|]?", "[Count|Please count] the lines [of|in] {p}.", "[What is|Tell me|Give me] the number of lines [in|of] {p}.",
    "{p}: how many lines?", "How long is {p}, in lines?", "[Can|Could] you count the lines [of|in] {p}?", "I want to know the line count of {p}.", "How many lines [of text |]are in {p}?",
    "Of how many lines does {p} consist?", "[Line count|Number of lines] of {p}?",
    "How many lines [long is|make up|can be found in] {p}?", "Lines in {p}?", "I [need|want] the number of lines [of|in] {p}.", "[Tell me|Find out] how many lines {p} has.", "[Does|Has] {p} [have |]many lines? How many?",
    "<tell> how many lines {p} has.",
    "~<tell> how many lines there are in {p}.",
    "<give> the [number of lines|line count|length in lines] of {p}.",
    "How [long|big] is {p}? Count [its|the] lines.",
    "The number of lines [in|of] {p}, please.",
    "[Count|Please count] all lines of {p}.",
    "~{p} has how many lines?",
    "[Into how many|How many] lines is {p} [divided|split]?",
    "How many lines [would|will] I [see|get|read] in {p}?",
    "~I am [editing|reading|looking at] {p}. How many lines is it?",
    "<read> {p} and count the lines.",
    "What is the line count [of|for] {p}?",
    "wc -l {p}",
    "Do a line count [of|on] {p}.",
    "[In|For] {p}, count the lines.",
)  # fmt: skip
_LINES_THREE = (
    "How many lines do {a}, {b} and {c} have [together|in total|altogether|combined]?", "[Count|Add up] the lines of {a}, {b} and {c}.",
    "All lines of {a}, {b} and {c}: how many?", "How many lines are in {a}, {b} and {c} [together|in total]?",
    "<give> the [total |combined |]number of lines of {a}, {b} and {c}.",
    "<tell> how many lines {a}, {b} and {c} have <total>.",
    "[Count|Add|Sum] the lines [in|of] {a}, {b} and {c} [together|and add them].",
    "<work> the [sum|total] of the lines of {a}, {b} and {c}.",
    "{a}, {b} and {c}: how many lines <total>?",
    "What is the [sum|total] of the line counts of {a}, {b} and {c}?",
    "~Three files: {a}, {b} and {c}. How many lines <total>?",
    "The total line count of {a}, {b} and {c}, please.",
    "If I join {a}, {b} and {c}, how many lines is that?",
)  # fmt: skip
_LINES_TWO: dict[str, tuple[str, ...]] = {
    "sum": (
        "How many lines do {a} and {b} have [together|in total|altogether|combined]?", "[What is|Give me|Tell me] the total number of lines [in|of] {a} and {b}.",
        "[Count|Add up] the lines of {a} and {b}[ together| and add them|].", "How many lines are in {a} and {b} [together|combined|in total]?", "{a} plus {b}: how many lines altogether?",
        "[Add|Sum] the line counts of {a} and {b}.", "Together, how many lines [do|have] {a} and {b}[ have|]?", "If I join {a} and {b}, how many lines do I get?",
        "How many lines do [the files |both files, ]{a} and {b} have [together|in sum]?", "What's the combined [line count|length in lines] of {a} and {b}?",
        "How many lines in {a} and {b} [together|combined|in total|altogether|all in all]?", "Lines of {a} plus lines of {b}[ = |]?", "[Count|Please count] the lines in {a} and in {b} and [give me the sum|add them up|tell me the total].",
        "[Together|In total], {a} and {b} have how many lines?", "Total line count for {a} and {b}, please.", "I need the [total|sum] of lines in {a} and {b}.",
        "How many lines long are {a} and {b} [together|combined]?", "Both {a} and {b} have lines: how many altogether?", "[Sum up|Total] the lines of [the two files |]{a} and {b}.",
        "<give> the [total |combined |]number of lines of {a} and {b}.",
        "<tell> how many lines {a} and {b} have <total>.",
        "<work> the [sum|total] of the lines of {a} and {b}.",
        "{a} and {b}: how many lines <total>?",
        "Two files: {a} and {b}. How many lines <total>?",
        "[Count|Take] the lines of {a}, then those of {b}, and add them.",
        "What do the line counts of {a} and {b} [add up to|make together]?",
        "~What is the length of {a} and {b} <total>, in lines?",
    ),
    "difference": (
        "How many [more lines|lines more] does {a} have than {b}?", "[What is|Calculate] the difference [between|in lines between] the [line counts|numbers of lines] of {a} and {b}.",
        "By how many lines is {a} longer than {b}?", "Compare {a} with {b}: how many lines more?", "How much longer is {a} than {b}, in lines?",
        "<give> the difference [between|of] the [line counts|lines|numbers of lines] of {a} and {b}.",
        "<tell> how many more lines {a} has than {b}.",
        "<work> the difference in lines between {a} and {b}.",
        "<tell> by how many lines {a} is longer than {b}.",
        "{a} minus {b}, in lines?",
        "Subtract the line count of {b} from that of {a}.",
        "Subtract the lines of {b} from the lines of {a}.",
        "~Lines of {a} minus lines of {b}?",
        "What is the line difference [between|of] {a} and {b}?",
        "[Take|Count] the lines of {a} and subtract those of {b}.",
        "How do {a} and {b} differ in [length|lines]?",
        "How far apart are {a} and {b} in their number of lines?",
        "~Does {a} have more lines than {b}? How many more?",
        "The difference in line count between {a} and {b}, please.",
        "Is {a} longer than {b}? By how many lines?",
        "How many lines less does {b} have than {a}?",
    ),
    "product": ("[Multiply|What is the product of] the [line counts|numbers of lines] of {a} and {b}.", "Line count of {a} times that of {b}?",
        "<work> the product of the [line counts|lines|numbers of lines] of {a} and {b}.",
        "<give> the lines of {a} times the lines of {b}.",
        "~Multiply the lines of {a} by [the lines|those] of {b}.",
        "[Count|Take] the lines of {a} and of {b} and multiply them.",
        "What do the line counts of {a} and {b} give when multiplied?",
    ),
    "ratio": ("~[What is|Calculate] the ratio of the lines of {a} to [those of |]{b}.", "How many times longer is {a} than {b}, in lines?", "Lines of {a} divided by lines of {b}?",
        "<work> the ratio of the line counts of {a} and {b}.",
        "<give> the lines of {a} divided by the lines of {b}.",
        "Divide the [lines|line count|number of lines] of {a} by [that|the one] of {b}.",
        "What is the number of lines of {a} divided by that of {b}?",
        "<tell> how many times as long {a} is as {b}, in lines.",
    ),
}  # fmt: skip


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
    kind = rng.choices(("sum", "difference", "product", "ratio"), (65, 25, 5, 5))[0]
    a, b = _two_files(rng, held_out)
    first, second = (rng.randint(1, 10 ** rng.choice((1, 2, 2, 3, 3))) for _ in range(2))
    sign = {"sum": "+", "difference": "-", "product": "*", "ratio": "/"}[kind]
    expression = f"{first} {sign} {second}"
    value = results.calculate(expression)
    request = expand(
        rng, pick(rng, _LINES_TWO[kind], held_out=held_out), a=quoted(rng, a), b=quoted(rng, b)
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
                pick(rng, _LINES_THREE, held_out=held_out),
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
