# ruff: noqa: E501 - short tables are easier to read in long lines
"""Values in files: look one up, or calculate with several."""

from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import order_file, value_file
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite, quoted, wordings
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import ITEMS

_WORDINGS = wordings("values")
LOOKUP_ITEMS = _WORDINGS["lookup_items"]
_NOT_MANY = {"gas", "pliers", "scissors", "sales"}
_IRREGULAR = {"knives": "knife", "shelves": "shelf", "scarves": "scarf"}
_MANY = frozenset(name for name in ITEMS if name[-1] == "s" and name[-2] != "s") - _NOT_MANY


def _one(name: str) -> str:
    """One of the things that the name means."""
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    if name.endswith("ies"):
        return name.removesuffix("ies") + "y"
    return name.removesuffix("es" if name.endswith(("shes", "ches", "toes", "goes")) else "s")


def other_case(rng: Random, name: str, *, held_out: bool) -> str:
    """The name as it is asked for: in small letters, or one of the things instead of many.

    To train, more often: of a hundred names few would show it.
    """
    draw = rng.random()
    if draw > (0.95 if held_out else 0.85) and name.lower() in _MANY:
        return _one(name.lower())
    return name.lower() if draw < (0.25 if held_out else 0.4) else name


def lookup(rng: Random, *, held_out: bool) -> Task:
    kind = rng.choice(("items", "settings"))
    file = value_file(rng, held_out=held_out, kind=kind)
    name = rng.choice(file.names)
    template = pick(
        rng,
        LOOKUP_ITEMS if kind == "items" and rng.random() < 0.7 else _WORDINGS["lookup"],
        held_out=held_out,
    )
    asked = other_case(rng, name, held_out=held_out)
    shown = asked
    if kind == "settings":
        shown = rng.choice((asked, asked, asked, f"`{asked}`", f'"{asked}"'))
    talk = Dialogue(polite(rng, expand(rng, template, k=shown, p=quoted(rng, file.path))))
    talk.call("I read the file.", ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.answer(f"I look up {asked}.", f"{file.path}: {file.line(name, asked)}")
    return talk.task("file value", file.values[name], files={file.path: file.text})


_TOLD = {
    "sum": "{} come to {} together.", "difference": "The difference between {} is {}.", "product": "The product of {} is {}.",
    "average": "The average of {} is {}.",
}  # fmt: skip


_SIGNS = {"sum": "+", "difference": "-", "product": "*", "average": "avg"}
_PLANS = {"sum": "add", "difference": "subtract", "product": "multiply", "average": "average"}


def _combine(numbers: list[str], operation: str) -> str:
    if operation == "avg":
        return f"({' + '.join(numbers)}) / {len(numbers)}"
    return f" {operation} ".join(numbers)


def _articles(rng: Random, names: list[str]) -> list[str]:
    return [f"the {name}" for name in names] if rng.random() < 0.5 else names


def read_and_calculate(rng: Random, *, held_out: bool) -> Task:
    # To train, by how many wordings there are to learn: people ask for sums most.
    shares = (70, 15, 5, 10) if held_out else (40, 25, 15, 20)
    operation = rng.choices(("sum", "difference", "product", "average"), shares)[0]
    templates, sign = _WORDINGS["operations"][operation], _SIGNS[operation]
    count = 2 if operation in ("difference", "product") else rng.choice((2, 2, 2, 2, 2, 3, 3, 4))
    while True:
        file = value_file(rng, held_out=held_out, kind="items", least=count)
        chosen = rng.sample(file.names, count)
        if rng.random() < 0.3:
            chosen.sort(key=file.names.index)
        everything = (
            operation in ("sum", "average")
            and rng.random() < (0.15 if held_out else 0.3)
            and len(file.names) <= 6
        )
        if everything:
            chosen = file.names
        expression = _combine([file.values[name] for name in chosen], sign)
        value = results.calculate(expression)
        if not value.startswith("Cannot"):
            break
    asked = [other_case(rng, name, held_out=held_out) for name in chosen]
    if everything:
        asked = chosen
        template = pick(
            rng,
            _WORDINGS["all_sum"] if operation == "sum" else _WORDINGS["all_average"],
            held_out=held_out,
        )
        request = expand(rng, template, p=quoted(rng, file.path))
    else:
        template = pick(rng, templates, held_out=held_out)
        while count > 2 and "{a}" in template:  # it names two things only
            template = pick(rng, templates, held_out=held_out)
        shown = listing(_articles(rng, asked))
        request = expand(rng, template, k=shown, a=asked[0], b=asked[-1], p=quoted(rng, file.path))
    talk = Dialogue(polite(rng, request))
    wanted = "everything" if everything else ", ".join(asked)
    plan = f"I read the file, then I {_PLANS[operation]}: {wanted}."
    talk.call(plan, ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    found = "; ".join(map(file.line, chosen, asked))
    talk.call(f"{found}.", ("calculate", {"expression": expression}))
    talk.result(value)
    talk.answer("That is the result.", _TOLD[operation].format(listing(asked), value))
    return talk.task(f"read and {operation}", value, files={file.path: file.text})


def price_times(rng: Random, *, held_out: bool) -> Task:
    file = value_file(rng, held_out=held_out, kind="items")
    names = rng.sample(file.names, 1 if rng.random() < 0.6 else 2)
    counts = [str(rng.randint(2, 60)) for _ in names]
    asked = [other_case(rng, name, held_out=held_out) for name in names]
    template = pick(
        rng, _WORDINGS["times"] if len(names) == 1 else _WORDINGS["times_two"], held_out=held_out
    )
    request = expand(
        rng,
        template,
        n=counts[0],
        m=counts[-1],
        k=asked[0],
        a=asked[0],
        b=asked[-1],
        p=quoted(rng, file.path),
    )
    wanted = [f"{count} {name}" for count, name in zip(counts, asked, strict=True)]
    expression = " + ".join(f"{n} * {file.values[k]}" for n, k in zip(counts, names, strict=True))
    value = results.calculate(expression)
    talk = Dialogue(polite(rng, request))
    plan = f"I read the file, then I take the prices of: {', '.join(wanted)}."
    talk.call(plan, ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    found = "; ".join(map(file.line, names, asked))
    talk.call(f"{found}.", ("calculate", {"expression": expression}))
    talk.result(value)
    talk.answer("That is the result.", f"{listing(wanted)} cost {value}.")
    return talk.task("price times quantity", value, files={file.path: file.text})


def order_total(rng: Random, *, held_out: bool) -> Task:
    file = order_file(rng, held_out=held_out)
    name = rng.choice(file.names)
    expression = f"{file.quantities[name]} * {file.values[name]}"
    value = results.calculate(expression)
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _WORDINGS["order"], held_out=held_out),
                k=name,
                p=quoted(rng, file.path),
            ),
        )
    )
    plan = f"I read the file, then I multiply: {name}."
    talk.call(plan, ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.call(
        f"{file.line(name)}.",
        ("calculate", {"expression": expression}),
    )
    talk.result(value)
    talk.answer("That is the result.", f"{name} cost {value} in total.")
    return talk.task("order total", value, files={file.path: file.text})
