# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Values in files: look one up, or calculate with several."""

from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import order_file, value_file
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite, quoted
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import ITEMS

_LOOKUP = (
    "What is the {k} in {p}?", "[Which|What] {k} [is set|is given|stands|is written] in {p}?", "[Read|Open|Look into|Look in|Check] {p} and tell me the {k}.",
    "[Find|Get|Give me|Tell me|Show me|I need] the {k} [from|in|of] {p}.", "What [does|do] {p} say [about|for] {k}?", "{p}: [what is the|which|the] {k}?",
    "What is the value of {k} in {p}?", "[Please |]look up {k} in {p}.", "[In|According to] {p}, what is [the |]{k}?", "What value does {k} have in {p}?",
    "I wonder what {k} is in {p}.", "[Can|Could] you [read|check|look up] [the |]{k} in {p}[ for me|]?", "[Which|What] value [has|is given for|belongs to] {k} in {p}?",
    "Have a look at {p}: what is the {k}?",
    "Which {k} [does|has] {p}[ have|]?", "[What about|And] the {k} in {p}?", "I need the {k}. [It is|It stands|Look] in {p}.", "{k} in {p}?", "[Open|Read] {p}. What is the {k}?",
    "[There is|We have] a file {p}. [Which|What] {k} does it [give|name|contain]?", "What is {k} set to in {p}?", "Tell me what {p} says [about|for] {k}.", "[Quote|Show] the {k} from {p}.",
    "From {p} I need the {k}.",
)  # fmt: skip
LOOKUP_ITEMS = (
    "How many {k} are [listed |]in {p}?", "[What do|How much do] {k} cost [according to|in] {p}?", "What is the [price|number|amount] of {k} in {p}?",
    "How many {k} [do we have|are there|are left] [according to|in] {p}?", "[Read|Check|Open] {p}: how many {k}?", "Look at {p}. What stands there for {k}?",
    "What [is|are] the {k} in {p}?", "[Find|Look up|Get] [the [price|value|number] of |]{k} in {p}.", "How much is given for {k} in {p}?",
    "What does {p} say about {k}?", "How much [is|are|for] {k} in {p}?", "[Which|What] number [is|stands] next to {k} in {p}?", "{p}: {k}?", "How many {k} does {p} [list|show|have]?",
    "[Tell me|I want to know] how many {k} [there are|we have] according to {p}.", "What do I pay for {k} [according to|in] {p}?", "In {p}, what is noted for {k}?",
)  # fmt: skip


_MANY = frozenset(name for name in ITEMS if name.endswith("s") and not name.endswith("ss"))


def _one(name: str) -> str:
    """One of the things that the name means."""
    if name.endswith("ies"):
        return name.removesuffix("ies") + "y"
    return name.removesuffix("es" if name.endswith(("shes", "ches", "toes", "goes")) else "s")


def _other_case(rng: Random, name: str) -> str:
    """The name as it is asked for: in small letters, or one of the things instead of many."""
    draw = rng.random()
    if draw > 0.93 and name.lower() in _MANY:
        return _one(name.lower())
    return name.lower() if draw < 0.35 else name


def lookup(rng: Random, *, held_out: bool) -> Task:
    kind = rng.choice(("items", "settings"))
    file = value_file(rng, held_out=held_out, kind=kind)
    name = rng.choice(file.names)
    template = pick(
        rng, LOOKUP_ITEMS if kind == "items" and rng.random() < 0.7 else _LOOKUP, held_out=held_out
    )
    asked = _other_case(rng, name)
    asked = (
        rng.choice((asked, asked, asked, f"`{asked}`", f'"{asked}"'))
        if kind == "settings"
        else asked
    )
    talk = Dialogue(polite(rng, expand(rng, template, k=asked, p=quoted(rng, file.path))))
    talk.call("I read the file.", ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.answer("I look it up.", f"{file.path}: {file.line(name)}")
    return talk.task("file value", file.values[name], files={file.path: file.text})


_OPERATIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "sum": ((
        "[What do|How much do] {k} [in|from] {p} cost [together|in total|altogether]?", "[What is|Give me|Calculate|Find] the [sum|total] of {k} in {p}.",
        "[Add|Add up|Sum up|Total] {k} [from|in|of] {p}.", "How much are {k} [together|in total|in all] [in|according to] {p}?",
        "[Read|Open|Look into] {p} and [add|add up|sum] {k}.", "How many {k} are in {p} [together|in total|altogether]?", "{p}: {k} together?",
        "In {p}, what is [the sum of |]{k} [together|in total|]?", "Put {k} of {p} together: how much is that?", "What is the total for {k} according to {p}?",
        "[What is|What would be] the total [price|cost|amount|number] of {k} in {p}?", "If I [buy|take|order] {k} [from|in|listed in] {p}, what do I pay?",
        "How much do I pay for {k} [at the prices in|according to] {p}?", "What do {k} add up to in {p}?", "[Using|With] the [prices|numbers|values] in {p}, what are {k} together?",
    ), "+"),
    "difference": ((
        "What is the difference between {k} in {p}?", "[How much|How many] more is {a} than {b} in {p}?", "[Read|Open] {p} and subtract {b} from {a}.",
        "[By how much|How much] [does|do] {a} exceed {b} in {p}?", "In {p}, how far apart are {k}?", "[What is|Compute|Calculate] {a} minus {b} [in|from|with the values in] {p}.",
        "How much more do {a} cost than {b} in {p}?",
        "[What|How much] is left of {a} [after|if I take away] {b} in {p}?", "Difference of {k} in {p}?", "[Take|Deduct] {b} from {a}, [both|the numbers are] in {p}.", "How much higher is {a} than {b} according to {p}?",
    ), "-"),
    "product": ((
        "[What is|Calculate|Find] the product of {k} in {p}.", "Multiply {k} [in|from|of] {p}.", "[Read|Open] {p} and multiply {k}.", "What do {k} of {p} give when multiplied?",
        "What is {a} times {b} in {p}?",
        "{a} multiplied by {b}, [values|numbers] from {p}?", "[Multiply|Take the product of] the values of {k} [given|listed] in {p}.",
    ), "*"),
    "average": ((
        "What is the [average|mean] of {k} in {p}?", "[Calculate|Find|Give me] the [average|mean] of {k} [from|in] {p}.", "In {p}, what do {k} average?",
        "[Read|Open] {p} and average {k}.",
    ), "avg"),
}  # fmt: skip


_TOLD = {
    "sum": "{} come to {} together.", "difference": "The difference between {} is {}.", "product": "The product of {} is {}.",
    "average": "The average of {} is {}.",
}  # fmt: skip


def _combine(numbers: list[str], operation: str) -> str:
    if operation == "avg":
        return f"({' + '.join(numbers)}) / {len(numbers)}"
    return f" {operation} ".join(numbers)


def _articles(rng: Random, names: list[str]) -> list[str]:
    return [f"the {name}" for name in names] if rng.random() < 0.5 else names


def read_and_calculate(rng: Random, *, held_out: bool) -> Task:
    operation = rng.choices(("sum", "difference", "product", "average"), (70, 15, 5, 10))[0]
    templates, sign = _OPERATIONS[operation]
    count = 2 if operation in ("difference", "product") else rng.choice((2, 2, 2, 2, 2, 3, 3, 4))
    while True:
        file = value_file(rng, held_out=held_out, kind="items", least=count)
        chosen = rng.sample(file.names, count)
        if rng.random() < 0.3:
            chosen.sort(key=file.names.index)
        everything = (
            operation in ("sum", "average") and rng.random() < 0.15 and len(file.names) <= 6
        )
        if everything:
            chosen = file.names
        expression = _combine([file.values[name] for name in chosen], sign)
        value = results.calculate(expression)
        if not value.startswith("Cannot"):
            break
    asked = [_other_case(rng, name) for name in chosen]
    if everything:
        template = pick(rng, _ALL_SUM if operation == "sum" else _ALL_AVERAGE, held_out=held_out)
        request = expand(rng, template, p=quoted(rng, file.path))
    else:
        template = pick(rng, templates, held_out=held_out)
        shown = listing(_articles(rng, asked))
        request = expand(rng, template, k=shown, a=asked[0], b=asked[-1], p=quoted(rng, file.path))
    talk = Dialogue(polite(rng, request))
    talk.call("I read the file first, then I calculate.", ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    found = "; ".join(file.line(name) for name in chosen)
    talk.call(f"{found}.", ("calculate", {"expression": expression}))
    talk.result(value)
    talk.answer("That is the result.", _TOLD[operation].format(listing(chosen), value))
    return talk.task(f"read and {operation}", value, files={file.path: file.text})


_ALL_SUM = (
    "[What is|Give me|Calculate] the [sum|total] of all [values|numbers|entries|items|amounts] in {p}.", "Add [up |]all the [numbers|values] in {p}.",
    "[What does|How much does] everything in {p} [cost|come to|add up to]?", "How many [things|pieces|items] are in {p} altogether?", "Sum up the whole of {p}.",
    "[What do|How much do] all [items|entries|things] in {p} [cost|make] together?",
)  # fmt: skip
_ALL_AVERAGE = (
    "What is the [average|mean] of all [values|numbers|entries] in {p}?",
    "[Calculate|Find] the [average|mean] [value|] of {p}.",
    "Average everything in {p}.",
)
_TIMES = (
    "What do {n} {k} cost [according to|with the prices in|in] {p}?", "[How much|What] [do I pay|is it] for {n} {k} [according to|with the prices in|at the price in] {p}?",
    "I [need|want|buy|take|order] {n} {k}. What [do they cost|is the price|do I pay] [according to|in|by] {p}?", "With the price list {p}, what are {n} {k}?",
    "[Read|Check|Look into] {p}: what do {n} {k} cost?", "Price of {n} {k} [in|by] {p}?", "[Calculate|Work out] the [price|cost] of {n} {k} [from|using|with] {p}.",
)  # fmt: skip
_TIMES_TWO = (
    "What do {n} {a} and {m} {b} cost [together|in total|] [according to|with the prices in|in] {p}?",
    "I [need|buy|take|want] {n} {a} and {m} {b}. [What do I pay|How much is that] [according to|by|in] {p}?", "{n} {a} plus {m} {b} at the prices of {p}: how much?",
    "How much [are|is it for] {n} {a} and {m} {b} [in|by|according to] {p}?",
)  # fmt: skip


def price_times(rng: Random, *, held_out: bool) -> Task:
    file = value_file(rng, held_out=held_out, kind="items")
    if rng.random() < 0.6:
        name, n = rng.choice(file.names), str(rng.randint(2, 60))
        request = expand(
            rng,
            pick(rng, _TIMES, held_out=held_out),
            n=n,
            k=_other_case(rng, name),
            p=quoted(rng, file.path),
        )
        expression, thought = f"{n} * {file.values[name]}", f"{file.line(name)}."
        label = f"{n} {name}"
    else:
        (a, b), n, m = rng.sample(file.names, 2), str(rng.randint(2, 60)), str(rng.randint(2, 60))
        request = expand(
            rng,
            pick(rng, _TIMES_TWO, held_out=held_out),
            n=n,
            m=m,
            a=_other_case(rng, a),
            b=_other_case(rng, b),
            p=quoted(rng, file.path),
        )
        expression = f"{n} * {file.values[a]} + {m} * {file.values[b]}"
        thought = f"{file.line(a)}; {file.line(b)}."
        label = f"{n} {a} and {m} {b}"
    value = results.calculate(expression)
    talk = Dialogue(polite(rng, request))
    talk.call("I read the file first, then I calculate.", ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.call(thought, ("calculate", {"expression": expression}))
    talk.result(value)
    talk.answer("That is the result.", f"{label} cost {value}.")
    return talk.task("price times quantity", value, files={file.path: file.text})


_ORDER = (
    "What do [all |]the {k} in {p} cost [together|in total|altogether|]?", "[Multiply|Take] quantity [and|by|times] price of [the |]{k} in {p}.", "What is quantity times price [for|of] {k} in {p}?",
    "In {p}, how much are all the {k}?", "[Calculate|Find] the total [price|cost] of [the |]{k} in {p}.",
)  # fmt: skip


def order_total(rng: Random, *, held_out: bool) -> Task:
    file = order_file(rng, held_out=held_out)
    name = rng.choice(file.names)
    expression = f"{file.quantities[name]} * {file.values[name]}"
    value = results.calculate(expression)
    talk = Dialogue(
        polite(
            rng, expand(rng, pick(rng, _ORDER, held_out=held_out), k=name, p=quoted(rng, file.path))
        )
    )
    talk.call("I read the file first, then I calculate.", ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.call(
        f"{file.line(name)}.",
        ("calculate", {"expression": expression}),
    )
    talk.result(value)
    talk.answer("That is the result.", f"{name} cost {value} in total.")
    return talk.task("order total", value, files={file.path: file.text})
