# ruff: noqa: E501 - tables of words are easier to read in long lines
"""Tasks over the tools that agentkit ships, with the results those tools really give."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import order_file, text_lines, value_file
from agentkit.models.nano.generator.phrases import (
    expand,
    listing,
    pick,
    polite,
)
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import (
    ITEMS,
    choose,
    file_name,
    folder_name,
    pseudo_word,
    written_date,
)

ZONES = {
    "Berlin": "Europe/Berlin", "Paris": "Europe/Paris", "London": "Europe/London", "Madrid": "Europe/Madrid", "Rome": "Europe/Rome",
    "Vienna": "Europe/Vienna", "Zurich": "Europe/Zurich", "Amsterdam": "Europe/Amsterdam", "Brussels": "Europe/Brussels",
    "Lisbon": "Europe/Lisbon", "Dublin": "Europe/Dublin", "Oslo": "Europe/Oslo", "Stockholm": "Europe/Stockholm", "Helsinki": "Europe/Helsinki",
    "Warsaw": "Europe/Warsaw", "Prague": "Europe/Prague", "Budapest": "Europe/Budapest", "Athens": "Europe/Athens", "Istanbul": "Europe/Istanbul",
    "Moscow": "Europe/Moscow", "New York": "America/New_York", "Chicago": "America/Chicago", "Denver": "America/Denver",
    "Los Angeles": "America/Los_Angeles", "Toronto": "America/Toronto", "Mexico City": "America/Mexico_City", "Tokyo": "Asia/Tokyo",
    "Seoul": "Asia/Seoul", "Shanghai": "Asia/Shanghai", "Singapore": "Asia/Singapore", "Dubai": "Asia/Dubai", "Kolkata": "Asia/Kolkata",
    "Bangkok": "Asia/Bangkok", "Sydney": "Australia/Sydney", "Melbourne": "Australia/Melbourne", "Cairo": "Africa/Cairo",
    "Nairobi": "Africa/Nairobi", "Auckland": "Pacific/Auckland",
}  # fmt: skip


def quoted(rng: Random, name: str) -> str:
    """A name as people set it in a sentence."""
    return rng.choice(("{}", "{}", "{}", "{}", "`{}`", '"{}"', "'{}'", "the file {}")).format(name)


# --- arithmetic -------------------------------------------------------------------------------

_ASK = (
    "[What is|What's|How much is|Calculate|Compute|Work out|Evaluate|Find] {e}?", "{e}", "{e} = ?", "{e}?", "[What does|What is the result of] {e}?",
    "[Please |]calculate {e}.", "[Can|Could] you [compute|calculate|work out] {e}[ for me|]?", "[Tell me|Give me|I need] [the result of|the value of|] {e}.",
    "[Solve|Do the math:] {e}", "What do I get for {e}?", "Figure out {e} for me.", "How much [does|would] {e} [make|come to]?",
    "[Use the calculator|With the calculator]: {e}", "I [need|want] to know {e}.", "[Quick|Simple] [sum|calculation|math]: {e}", "[So|Now] what is {e}?", "[Let's|Please] compute {e}", "What [is|would be] the [result|value|answer] of {e}?",
)  # fmt: skip
_SUM = (
    "[the sum of|the total of] {l}",
    "add {l}",
    "{l} added together",
    "{l} summed up",
    "[add up|sum up|total] {l}",
    "[what do] {l} [add up to|make together|give in total]",
)
_WORDS = {
    "+": ("plus", "+"),
    "-": ("minus", "-", "less"),
    "*": ("times", "multiplied by", "x", "*", "×"),
    "/": ("divided by", "over", "/", "÷"),
}
_STORIES = (
    ("A [box|crate|pack|carton] holds {a} {t}. How many {t} are in {b} [boxes|crates|packs|cartons]?", "{a} * {b}"),
    ("I buy {b} {t} at {a} [euros|dollars|EUR] each. [What do I pay|What is the total|How much is it]?", "{b} * {a}"),
    ("[One|A single] ticket costs {a}. How much [do|are] {b} tickets [cost|]?", "{a} * {b}"),
    ("I had {a} {t} and [gave away|sold|lost|used] {b}. How many [are left|do I still have|remain]?", "{a} - {b}"),
    ("There are {a} {t} in one room and {b} in [another|the other]. How many [are there|] in total?", "{a} + {b}"),
    ("[Anna|Tom|My sister] has {a} {t}, [Ben|Lisa|my brother] has {b}. How many do they have together?", "{a} + {b}"),
    ("{a} {t} are shared [equally|fairly] [by|among|between] {b} [people|friends|children]. How many does each get?", "{a} / {b}"),
    ("We need {a} {t} for each of {b} tables. How many {t} is that?", "{a} * {b}"),
    ("From {a} {t}, {b} were broken. How many are good?", "{a} - {b}"),
    ("A train goes {a} km [an|per] hour. How far [does it get|does it go|is it] in {b} hours?", "{a} * {b}"),
    ("[The rent is|I pay] {a} [a|per] month. How much is that [in|for|over] {b} months?", "{a} * {b}"),
    ("I [earn|save|spend] {a} [a day|a week|every month]. How much [is that|do I have] after {b} [days|weeks|months]?", "{a} * {b}"),
    ("[The bill is|Dinner cost|A meal for] {a} [and we are|for|split by] {b} people. [What does each pay|How much per person]?", "{a} / {b}"),
    ("I buy {b} {t} for {a} each and pay with {c}. How much [change do I get|do I get back]?", "{c} - {b} * {a}"),
    ("{a} {t}, then {b} more, then {c} more. How many in all?", "{a} + {b} + {c}"),
    ("A room is {a} [m|meters] long and {b} [m|meters] wide. [What is its area|How large is it]?", "{a} * {b}"),
)  # fmt: skip


def _operand(rng: Random, style: float) -> str:
    if rng.random() < style:
        return f"{rng.randint(0, 300)}.{rng.choice(('5', '25', '75', '50', '99', str(rng.randint(1, 99)).zfill(2)))}"
    return str(rng.randint(1, 10 ** rng.choice((1, 1, 2, 2, 2, 3, 3, 4))))


def _calculation(rng: Random, held_out: bool) -> tuple[str, str]:
    """A request in words and the expression that it means."""
    style = rng.choice((0.0, 0.0, 0.0, 0.3, 0.8))
    a, b, c, d = (_operand(rng, style) for _ in range(4))
    ask = pick(rng, _ASK, held_out=held_out)
    match rng.randrange(13):
        case 0 | 1 | 2:  # as symbols
            operators = [rng.choice("++-**/") for _ in range(3)]
            shape = rng.randrange(7)
            x, y, z = operators
            expression = (
                f"{a} {x} {b}", f"{a} {x} {b} {y} {c}", f"({a} {x} {b}) {y} {c}", f"{a} {x} ({b} {y} {c})", f"{a} {x} {b} {y} {c} {z} {d}",
                f"({a} {x} {b}) {y} ({c} {z} {d})", f"{a} {x} {b}",
            )[shape]  # fmt: skip
            shown = expression
            if rng.random() < 0.25:
                shown = shown.replace(" ", "")
            if rng.random() < 0.15:
                shown = shown.replace("*", rng.choice("x×")).replace("/", rng.choice("/÷:"))
            return expand(rng, ask, e=shown), expression
        case 3 | 4:  # in words
            sign = rng.choice("+-*/")
            shown, expression = f"{a} {rng.choice(_WORDS[sign])} {b}", f"{a} {sign} {b}"
            if rng.random() < 0.35:
                more = rng.choice("+-*/" if sign in "*/" else "+-")
                shown, expression = (
                    f"{shown} {rng.choice(_WORDS[more])} {c}",
                    f"{expression} {more} {c}",
                )
            return expand(rng, ask, e=shown), expression
        case 5:  # a sum
            numbers = [a, b, c, d][: rng.randint(2, 4)]
            shown = expand(rng, pick(rng, _SUM, held_out=held_out), l=listing(numbers))
            shown = shown[0].lower() + shown[1:]
            if shown.startswith(("the ", f"{a}")):
                shown = expand(rng, ask, e=shown)
            else:
                shown = polite(rng, shown[0].upper() + shown[1:] + rng.choice((".", "", "?")))
            return shown, " + ".join(numbers)
        case 6:  # named operations
            shown, expression = rng.choice((
                (f"the difference between {a} and {b}", f"{a} - {b}"), (f"the product of {a} and {b}", f"{a} * {b}"),
                (f"the product of {a}, {b} and {c}", f"{a} * {b} * {c}"), (f"the ratio of {a} to {b}", f"{a} / {b}"),
                (f"half of {a}", f"{a} / 2"), (f"twice {a}", f"2 * {a}"), (f"double {a}", f"2 * {a}"), (f"a third of {a}", f"{a} / 3"),
                (f"a quarter of {a}", f"{a} / 4"), (f"{a} squared", f"{a} ** 2"), (f"the square of {a}", f"{a} ** 2"), (f"{a} cubed", f"{a} ** 3"),
                (f"three times {a}", f"3 * {a}"), (f"the quotient of {a} and {b}", f"{a} / {b}"),
            ))  # fmt: skip
            return expand(rng, ask, e=shown), expression
        case 7:  # average
            numbers = [a, b, c, d][: rng.randint(2, 4)]
            shown = rng.choice(
                ("the average of {}", "the mean of {}", "the mean value of {}")
            ).format(listing(numbers))
            return expand(rng, ask, e=shown), f"({' + '.join(numbers)}) / {len(numbers)}"
        case 8:  # percent
            p = rng.choice(
                (str(rng.randint(1, 100)), "10", "15", "20", "25", "50", "7.5", "2.5", "19")
            )
            sign = rng.choice(("%", " %", " percent"))
            return rng.choice((
                (expand(rng, ask, e=f"{p}{sign} of {a}"), f"{a} * {p} / 100"), (expand(rng, ask, e=f"{p}{sign} of {a}"), f"{a} * {p} / 100"),
                (f"Add {p}{sign} to {a}.", f"{a} + {a} * {p} / 100"), (f"{a} plus {p}{sign}?", f"{a} + {a} * {p} / 100"),
                (f"Take {p}{sign} off {a}.", f"{a} - {a} * {p} / 100"), (f"What is {a} minus {p}{sign}?", f"{a} - {a} * {p} / 100"),
                (f"A coat costs {a} and is reduced by {p}{sign}. What does it cost now?", f"{a} - {a} * {p} / 100"),
                (f"What [is the tip|do I tip] on {a} at {p}{sign}?".replace("[is the tip|do I tip]", rng.choice(("is the tip", "do I tip"))), f"{a} * {p} / 100"),
            ))  # fmt: skip
        case 9:  # subtract from, add to, divide by
            return rng.choice((
                (f"Subtract {a} from {b}.", f"{b} - {a}"), (f"Take {a} away from {b}.", f"{b} - {a}"), (f"Multiply {a} by {b}.", f"{a} * {b}"),
                (f"Divide {a} by {b}.", f"{a} / {b}"), (f"Add {a} to {b}.", f"{b} + {a}"), (f"Multiply {a} and {b}.", f"{a} * {b}"),
                (f"Add {a} and {b}, then multiply by {c}.", f"({a} + {b}) * {c}"), (f"Multiply {a} by {b} and add {c}.", f"{a} * {b} + {c}"),
                (f"Multiply {a} by {b}, then subtract {c}.", f"{a} * {b} - {c}"), (f"Add {a} and {b} and divide by {c}.", f"({a} + {b}) / {c}"),
                (f"Subtract {b} from {a} and multiply the result by {c}.", f"({a} - {b}) * {c}"), (f"Increase {a} by {b}.", f"{a} + {b}"),
                (f"Decrease {a} by {b}.", f"{a} - {b}"), (f"How many times does {b} go into {a}?", f"{a} / {b}"),
            ))  # fmt: skip
        case _:
            meanings = dict(_STORIES)
            template = pick(rng, tuple(meanings), held_out=held_out)
            expression = meanings[template]
            things = choose(
                rng,
                (
                    "apples",
                    "books",
                    "chairs",
                    "pens",
                    "cards",
                    "eggs",
                    "bottles",
                    "coins",
                    "stamps",
                    "bricks",
                    "plates",
                ),
                held_out=held_out,
            )
            slots = {"a": a, "b": str(rng.randint(2, 99)), "c": c, "t": things}
            for name in "abc":
                expression = expression.replace("{" + name + "}", slots[name])
            return expand(rng, template, **slots), expression


def arithmetic(rng: Random, *, held_out: bool) -> Task:
    while True:
        request, expression = _calculation(rng, held_out)
        value = results.calculate(expression)
        if not value.startswith("Cannot"):
            break
    talk = Dialogue(polite(rng, request))
    talk.call("I calculate this.", ("calculate", {"expression": expression}))
    talk.result(value)
    talk.answer("That is the result.", f"{expression} = {value}")
    return talk.task("arithmetic", value)


# --- values in files --------------------------------------------------------------------------

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
_LOOKUP_ITEMS = (
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
        rng, _LOOKUP_ITEMS if kind == "items" and rng.random() < 0.7 else _LOOKUP, held_out=held_out
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


# --- lines, folders, matches ------------------------------------------------------------------

_LINES = (
    "How many lines [does|are in|are there in|has] {p}[ have|]?", "[Count|Please count] the lines [of|in] {p}.", "[What is|Tell me|Give me] the number of lines [in|of] {p}.",
    "{p}: how many lines?", "How long is {p}, in lines?", "[Can|Could] you count the lines [of|in] {p}?", "I want to know the line count of {p}.", "How many lines [of text |]are in {p}?",
    "Of how many lines does {p} consist?", "[Line count|Number of lines] of {p}?",
    "How many lines [long is|make up|can be found in] {p}?", "Lines in {p}?", "I [need|want] the number of lines [of|in] {p}.", "[Tell me|Find out] how many lines {p} has.", "[Does|Has] {p} [have |]many lines? How many?",
)  # fmt: skip
_LINES_THREE = (
    "How many lines do {a}, {b} and {c} have [together|in total|altogether|combined]?", "[Count|Add up] the lines of {a}, {b} and {c}.", "[What is|Give me] the total number of lines [in|of] {a}, {b} and {c}.",
    "All lines of {a}, {b} and {c}: how many?", "How many lines are in {a}, {b} and {c} [together|in total]?",
)  # fmt: skip
_LINES_TWO: dict[str, tuple[str, ...]] = {
    "sum": (
        "How many lines do {a} and {b} have [together|in total|altogether|combined]?", "[What is|Give me|Tell me] the total number of lines [in|of] {a} and {b}.",
        "[Count|Add up] the lines of {a} and {b}[ together| and add them|].", "How many lines are in {a} and {b} [together|combined|in total]?", "{a} plus {b}: how many lines altogether?",
        "[Add|Sum] the line counts of {a} and {b}.", "Together, how many lines [do|have] {a} and {b}[ have|]?", "If I join {a} and {b}, how many lines do I get?",
        "How many lines do [the files |both files, ]{a} and {b} have [together|in sum]?", "What's the combined [line count|length in lines] of {a} and {b}?",
        "How many lines in {a} and {b} [together|combined|in total|altogether|all in all]?", "Lines of {a} plus lines of {b}[ = |]?", "[Count|Please count] the lines in {a} and in {b} and [give me the sum|add them up|tell me the total].",
        "[What is|Tell me] the sum of the lines [in|of] {a} and {b}[.|?]", "[Together|In total], {a} and {b} have how many lines?", "Total line count for {a} and {b}, please.", "I need the [total|sum] of lines in {a} and {b}.",
        "How many lines long are {a} and {b} [together|combined]?", "Both {a} and {b} have lines: how many altogether?", "[Sum up|Total] the lines of [the two files |]{a} and {b}.",
    ),
    "difference": (
        "How many [more lines|lines more] does {a} have than {b}?", "[What is|Calculate] the difference [between|in lines between] the [line counts|numbers of lines] of {a} and {b}.",
        "By how many lines is {a} longer than {b}?", "Compare {a} with {b}: how many lines more?", "How much longer is {a} than {b}, in lines?",
    ),
    "product": ("[Multiply|What is the product of] the [line counts|numbers of lines] of {a} and {b}.", "Line count of {a} times that of {b}?"),
    "ratio": ("[What is|Calculate] the ratio of the lines of {a} to [those of |]{b}.", "How many times longer is {a} than {b}, in lines?", "Lines of {a} divided by lines of {b}?"),
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
        polite(rng, expand(rng, pick(rng, _LINES, held_out=held_out), p=quoted(rng, path)))
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
    talk.call(
        "I count the lines of both files, then I calculate.",
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


_FOLDER_COUNT = (
    "Number of [files|entries] in {f}?", "[Tell me|I want to know] how many files {f} has.", "How full is {f}? [I mean|That is,] how many files?",
    "How many [files|entries|things] are in {f}?", "[Count|Please count] the files in {f}.", "[What is|Tell me] the number of files in {f}.", "How many files does {f} [contain|have|hold]?",
    "{f}: how many files are there?", "How many files [are there|do you see|do I have] in {f}?",
)  # fmt: skip
_FOLDER_LIST = (
    "[Show|Tell] me what is in {f}.", "[Which|What] files [does|do I find in] {f}[ have|]?", "[Look|Have a look] into {f} and [list|name] the files.", "ls {f}", "Contents of {f}?",
    "[What|Which] files are in {f}?", "[List|Show|Show me|Name] [all |the |]files [in|of] {f}.", "What [is|do you find] in {f}?", "What does {f} contain?", "Give me an overview of {f}.",
    "[Can|Could] you list {f}?", "Which names are there in {f}?",
)  # fmt: skip


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
        "I count the lines of the files, then I calculate.",
        *(("count_lines", {"path": path}) for path in paths),
    )
    talk.result(*map(str, counts))
    found = ", ".join(f"{path} {count}" for path, count in zip(paths, counts, strict=True))
    talk.call(f"{found}.", ("calculate", {"expression": expression}))
    talk.result(value)
    talk.answer("That is the result.", f"{listing(list(paths))} have {value} lines together.")
    files = {path: _any_lines(rng, count) for path, count in zip(paths, counts, strict=True)}
    return talk.task("lines of three files", value, files=files)


def list_folder(rng: Random, *, held_out: bool) -> Task:
    counting = rng.random() < 0.5
    here = rng.random() < 0.3
    folder = "." if here else folder_name(rng, held_out=held_out)
    names: set[str] = set()
    wanted = (
        rng.choice((1, 2, 3, 3, 4, 5, 6, 8, 10)) if counting else rng.choice((1, 2, 3, 3, 4, 5, 6))
    )
    while len(names) < wanted:
        names.add(file_name(rng, held_out=held_out).rsplit("/", 1)[-1])
    files = {name if here else f"{folder}/{name}": "text\n" for name in names}
    shown = (
        rng.choice(
            ("this folder", "the current folder", "the working directory", "here", "this directory")
        )
        if here
        else rng.choice(
            (
                folder,
                f"the folder {folder}",
                f"{folder}/",
                f"`{folder}`",
                f'"{folder}"',
                f"the {folder} folder",
                f"the directory {folder}",
            )
        )
    )
    request = (
        expand(
            rng, pick(rng, _FOLDER_COUNT if counting else _FOLDER_LIST, held_out=held_out), f=shown
        )
        .replace("in here", "here")
        .replace("of here", "here")
    )
    talk = Dialogue(polite(rng, request))
    asked = folder + "/" if f"{folder}/" == shown else folder
    talk.call("I list the files.", ("list_files", {} if here else {"folder": asked}))
    listed = results.list_files(files, folder)
    talk.result(listed)
    head, *found = listed.splitlines()
    subject = "This folder" if here else asked
    if counting:
        talk.answer("That is the result.", f"{subject} has {head}.")
        return talk.task("folder, how many", head.split()[0], files=files)
    talk.answer("That is the result.", f"{subject} contains {listing(found)}.")
    return talk.task("folder, which", *found, files=files)


_FIND_COUNT = (
    "[Find|Search] {t} in {f} and [count the matches|tell me how many].", "How many [hits|occurrences] [of|for] {t} [are there |]in {f}?",
    "How [often|many times] [does|is] {t} [occur|appear|used|mentioned] in {f}?", "How many lines [contain|mention|with] {t} [are there |]in {f}?", "Count the [matches|lines|occurrences] [of|with] {t} in {f}.",
    "In {f}, how many lines have {t} in them?", "How many matches for {t} are in {f}?",
)  # fmt: skip
_FIND_WHERE = (
    "[Which|In which] [line|place|file] [in|of] {f} [has|contains] {t}?", "[Locate|Find me] {t} in {f}.", "grep {t} in {f}", "Is there {t} in {f}[, and where|]?",
    "[In which file|Where] [is|does|do we find] {t} [occur|appear|mentioned|used|] in {f}?", "[Find|Search for|Look for|Search] {t} in {f}.", "Which file[s|] in {f} [contain|mention|contains|mentions] {t}?",
    "[On which line|Where exactly] is {t} in {f}?", "Can you find {t} somewhere in {f}?", "Where in {f} is {t}?", "Tell me where {t} stands in {f}.",
)  # fmt: skip


def find(rng: Random, *, held_out: bool) -> Task:
    counting = rng.random() < 0.5
    here = rng.random() < 0.3
    folder = "." if here else folder_name(rng, held_out=held_out)
    needle = (
        rng.choice(("TODO", "FIXME", "error", "import", "version", "timeout", "password"))
        if rng.random() < 0.3
        else pseudo_word(rng, held_out=held_out)
    )
    if rng.random() < 0.15:
        needle += " " + pseudo_word(rng, held_out=held_out)
    files: dict[str, str] = {}
    matches = (
        rng.choice((0, 1, 1, 2, 2, 3, 4, 6)) if counting else rng.choice((0, 1, 1, 1, 2, 2, 3))
    )
    count = rng.randint(1, 3)
    names: set[str] = set()
    while len(names) < count:
        names.add(file_name(rng, held_out=held_out).rsplit("/", 1)[-1])
    contents = {name: text_lines(rng, rng.randint(4, 40), held_out=held_out) for name in names}
    for _ in range(matches):
        lines = contents[rng.choice(sorted(contents))]
        place = rng.randrange(len(lines))
        if needle not in lines[place]:
            lines[place] = rng.choice(
                (
                    f"{lines[place]} {needle}",
                    f"{needle}: {lines[place]}",
                    f"# {needle} {lines[place]}",
                )
            )
    files = {
        name if here else f"{folder}/{name}": "\n".join(lines) + "\n"
        for name, lines in contents.items()
    }
    shown = (
        rng.choice(
            (
                "this folder",
                "this project",
                "the current folder",
                "all files here",
                "the files here",
            )
        )
        if here
        else rng.choice((folder, f"the folder {folder}", f"`{folder}`", f"the files of {folder}"))
    )
    text = rng.choice(
        (
            needle,
            f'"{needle}"',
            f"`{needle}`",
            f"'{needle}'",
            f"the word {needle}",
            f"the text {needle}",
        )
    )
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _FIND_COUNT if counting else _FIND_WHERE, held_out=held_out),
                t=text,
                f=shown,
            ),
        )
    )
    arguments = {"text": needle} if here else {"text": needle, "folder": folder}
    talk.call("I search for the text.", ("find_text", arguments))
    found = results.find_text(files, needle, folder)
    talk.result(found)
    head, *hits = found.splitlines()
    total = head.split()[0]
    if not hits:
        talk.answer("There is nothing.", f"I found no match for {needle}.")
        return talk.task("find, nothing", "no match", files=files)
    if counting:
        talk.answer("That is the result.", f"I found {head} for {needle}.")
        return talk.task("find, how many", total, files=files)
    places = []
    for hit in hits:
        path, line, _ = hit.split(":", 2)
        places.append(f"{path} line {line}")
    talk.answer("That is the result.", f"{needle}: {listing(places)}.")
    return talk.task("find, where", *places, files=files)


# --- dates ------------------------------------------------------------------------------------


def _date(rng: Random) -> date:
    return (
        date(2024, 1, 1) + timedelta(days=rng.randint(0, 1800))
        if rng.random() < 0.85
        else date(rng.randint(1950, 2060), rng.randint(1, 12), rng.randint(1, 28))
    )


_BETWEEN = (
    "How many days [pass|go by] [from|between] {a} [to|and] {b}?", "From {a} to {b}: how many days?", "[What is|Tell me] the [distance|difference|gap] [between|from] {a} [and|to] {b} in days?",
    "How many days [are|lie|are there] between {a} and {b}?", "How many days [is it |are there |]from {a} to {b}?", "[Count|Calculate] the days [from|between] {a} [to|and|until] {b}.",
    "How long is it from {a} [to|until] {b} in days?", "[What is|Give me] the number of days [between|from] {a} [and|to] {b}?", "How far apart are {a} and {b} in days?",
    "Days [between|from] {a} [and|to] {b}?", "Starting on {a}, how many days until {b}?",
)  # fmt: skip
_ADD = (
    "[What|Which] date do I get [when I add|if I add] {n} {u} to {a}?", "{a} plus {n} {u}?", "[Count|Go] {n} {u} [forward|on] from {a}.", "[What|Which] is the date {n} {u} [later than|past] {a}?",
    "[What|Which] date is {n} {u} after {a}?", "[What|Which] date [is it|do we have] {n} {u} [after|from] {a}?", "Add {n} {u} to {a}.", "What is {a} plus {n} {u}?",
    "{n} {u} on from {a}: which date?", "[If|When] [something|a project|a course] [starts|begins] on {a} and takes {n} {u}, when [is it over|does it end]?", "[What|Which] day comes {n} {u} after {a}?",
)  # fmt: skip
_SUBTRACT = (
    "[What|Which] date [is|was] {n} {u} before {a}?",
    "Subtract {n} {u} from {a}.",
    "{n} {u} back from {a}: which date?",
    "What is {a} minus {n} {u}?",
    "Which date lies {n} {u} before {a}?",
)
_WEEKDAY = (
    "[What|Which] day of the week [do we have on|is] {a}?", "Weekday of {a}?", "{a} [is|falls on] which weekday?", "On {a}, what day of the week is it?",
    "[What|Which] [weekday|day of the week] [is|was|will] {a}[ be|]?", "[On which|What] [weekday|day of the week] [does|did] {a} fall[ on|]?", "What day is {a}?", "Is {a} a [Monday|Sunday|Friday]?",
    "Tell me the weekday of {a}.", "{a}: [what|which] weekday?", "[Find|Give me|Tell me] the day of the week [for|of] {a}.", "What is the name of the day {a}?",
)  # fmt: skip
_ADD_WEEKDAY = (
    "[What|Which] [weekday|day of the week] is {n} {u} after {a}?", "[Add|Count] {n} {u} to {a} and tell me the weekday.", "On which weekday does the date {n} {u} after {a} fall?",
    "{n} {u} after {a}: which day of the week is that?", "What weekday [is it|will it be] {n} {u} after {a}?",
)  # fmt: skip


def between(rng: Random, *, held_out: bool) -> Task:
    a = _date(rng)
    b = a + timedelta(days=rng.randint(1, 900))
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _BETWEEN, held_out=held_out),
                a=written_date(rng, a),
                b=written_date(rng, b),
            ),
        )
    )
    talk.call("I count the days.", ("days_between", {"start": a.isoformat(), "end": b.isoformat()}))
    value = str((b - a).days)
    talk.result(value)
    talk.answer("That is the result.", f"From {a} to {b} it is {value} days.")
    return talk.task("days between", value)


def _span(rng: Random) -> tuple[str, str, int]:
    if rng.random() < 0.25:
        weeks = rng.randint(2, 12)
        return str(weeks), "weeks", weeks * 7
    days = rng.choice(
        (rng.randint(2, 31), rng.randint(2, 100), rng.randint(100, 1000), 10, 30, 90, 100)
    )
    return str(days), "days", days


def add(rng: Random, *, held_out: bool) -> Task:
    day, (n, unit, days) = _date(rng), _span(rng)
    back = rng.random() < 0.35
    request = expand(
        rng,
        pick(rng, _SUBTRACT if back else _ADD, held_out=held_out),
        n=n,
        u=unit,
        a=written_date(rng, day),
    )
    days = -days if back else days
    talk = Dialogue(polite(rng, request))
    talk.call(
        "I subtract the days." if back else "I add the days.",
        ("add_days", {"date": day.isoformat(), "days": days}),
    )
    value = (day + timedelta(days=days)).isoformat()
    talk.result(value)
    talk.answer(
        "That is the result.", f"{n} {unit} {'before' if back else 'after'} {day} is {value}."
    )
    return talk.task("add days", value)


def weekday(rng: Random, *, held_out: bool) -> Task:
    day = _date(rng)
    talk = Dialogue(
        polite(rng, expand(rng, pick(rng, _WEEKDAY, held_out=held_out), a=written_date(rng, day)))
    )
    talk.call("I look up the weekday.", ("weekday", {"date": day.isoformat()}))
    talk.result(f"{day:%A}")
    talk.answer("That is the result.", f"{day} is a {day:%A}.")
    return talk.task("weekday", f"{day:%A}")


def add_weekday(rng: Random, *, held_out: bool) -> Task:
    day, (n, unit, days) = _date(rng), _span(rng)
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _ADD_WEEKDAY, held_out=held_out),
                n=n,
                u=unit,
                a=written_date(rng, day),
            ),
        )
    )
    talk.call(
        "I add the days, then I look up the weekday.",
        ("add_days", {"date": day.isoformat(), "days": days}),
    )
    later = day + timedelta(days=days)
    talk.result(later.isoformat())
    talk.call(f"It is {later}. Now the weekday.", ("weekday", {"date": later.isoformat()}))
    talk.result(f"{later:%A}")
    talk.answer("That is the result.", f"{later} is a {later:%A}.")
    return talk.task("add days, weekday", f"{later:%A}")


_DATE_KEYS = (
    "deadline",
    "start",
    "end",
    "due",
    "release",
    "birthday",
    "date",
    "delivery",
    "opening",
    "launch",
    "exam",
    "party",
)
_FILE_WEEKDAY = (
    "[On which|What] weekday is the {k} in {p}?", "Which day of the week is the {k} [given |]in {p}?", "[Read|Open] {p} and tell me the weekday of the {k}.", "Look at {p}: is the {k} on a weekend?",
    "[What|Which] [weekday|day of the week] [is|does] the {k} [from|in] {p}[ fall on|]?",
)  # fmt: skip
_FILE_BETWEEN = (
    "How many days are between the {a} and the {b} in {p}?", "How many days [are there|is it] from the {a} to the {b} in {p}?", "[Read|Open] {p} and count the days from {a} to {b}.",
    "In {p}, how long is it from {a} to {b} in days?",
)  # fmt: skip


def file_dates(rng: Random, *, held_out: bool) -> Task:
    keys = rng.sample(_DATE_KEYS, rng.randint(2, 3))
    days = sorted(_date(rng) for _ in keys)
    special = {key: day.isoformat() for key, day in zip(keys, days, strict=True)}
    file = value_file(rng, held_out=held_out, kind="settings", special=special)
    if rng.random() < 0.5:
        key = rng.choice(keys)
        day = date.fromisoformat(special[key])
        talk = Dialogue(
            polite(
                rng,
                expand(
                    rng,
                    pick(rng, _FILE_WEEKDAY, held_out=held_out),
                    k=key,
                    p=quoted(rng, file.path),
                ),
            )
        )
        talk.call(
            "I read the file first, then I look up the weekday.", ("read_file", {"path": file.path})
        )
        talk.result(results.read_file({file.path: file.text}, file.path))
        talk.call(f"{file.line(key)}. Now the weekday.", ("weekday", {"date": day.isoformat()}))
        value = f"{day:%A}"
        talk.result(value)
        talk.answer("That is the result.", f"{day} is a {value}.")
        return talk.task("date in a file, weekday", value, files={file.path: file.text})
    a, b = keys[0], keys[1]
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng, pick(rng, _FILE_BETWEEN, held_out=held_out), a=a, b=b, p=quoted(rng, file.path)
            ),
        )
    )
    talk.call("I read the file first, then I count the days.", ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.call(
        f"{file.line(a)}; {file.line(b)}.",
        ("days_between", {"start": special[a], "end": special[b]}),
    )
    value = str((date.fromisoformat(special[b]) - date.fromisoformat(special[a])).days)
    talk.result(value)
    talk.answer("That is the result.", f"From {special[a]} to {special[b]} it is {value} days.")
    return talk.task("date in a file, days", value, files={file.path: file.text})


_NOW = (
    "What time is it[ now|]?",
    "[What's|Tell me] the [current |]time[ please|]?",
    "Do you have the time?",
    "How late is it?",
    "What is the time[ in UTC| right now|]?",
    "Current time?",
)
_NOW_IN = (
    "What time is it [now |]in {c}?", "[What's|Tell me|What is] the [current |local |]time in {c}?", "How late is it in {c} now?", "Current time in {c}?", "[Do you know|Can you tell me] what time it is in {c}?",
)  # fmt: skip
_TODAY = (
    "What [day|weekday] is [it |]today?",
    "What's [today's date|the date today|the date]?",
    "Which [date|day] do we have today?",
    "What is today?",
    "What date is it[ today|]?",
    "Today's date?",
    "[Is it|Is today a] [Monday|Friday|Sunday][ today|]?",
)
_UNTIL = (
    "How many days [is it|are there|] until {a}?", "How many days [are left|remain] [until|till|before] {a}?", "How long is it [until|to] {a}, in days?", "Count the days from today to {a}.",
    "How many days from [today|now] [to|until] {a}?",
)  # fmt: skip
_FROM_TODAY = (
    "[What|Which] date is it in {n} {u}?",
    "[What|Which] date [is|will be] {n} {u} from [today|now]?",
    "Which date do we have in {n} {u}?",
    "What is the date {n} {u} [from today|from now]?",
    "Today plus {n} {u}: which date?",
)


def _now(rng: Random, zone: str) -> tuple[str, datetime]:
    moment = datetime(2025, 1, 1) + timedelta(seconds=rng.randint(0, 4 * 365 * 86400))
    return results.moment_text(moment, zone), moment


def now(rng: Random, *, held_out: bool) -> Task:
    draw = rng.random()
    if draw < 0.45:
        city = choose(rng, tuple(ZONES), held_out=False)
        zone = ZONES[city]
        text, moment = _now(rng, zone)
        talk = Dialogue(polite(rng, expand(rng, pick(rng, _NOW_IN, held_out=held_out), c=city)))
        talk.call("I look at the clock.", ("current_time", {"timezone": zone}))
        talk.result(text)
        talk.answer(
            "That is the time.",
            f"In {city} it is {moment:%H:%M:%S} on {moment:%A}, {moment:%Y-%m-%d}.",
        )
        return talk.task("time in a city", f"{moment:%H:%M}")
    text, moment = _now(rng, "UTC")
    if draw < 0.65:
        talk = Dialogue(polite(rng, expand(rng, pick(rng, _NOW, held_out=held_out))))
        talk.call("I look at the clock.", ("current_time", {}))
        talk.result(text)
        talk.answer(
            "That is the time.", f"It is {moment:%H:%M:%S} UTC on {moment:%A}, {moment:%Y-%m-%d}."
        )
        return talk.task("time", f"{moment:%H:%M}")
    if draw < 0.8:
        talk = Dialogue(polite(rng, expand(rng, pick(rng, _TODAY, held_out=held_out))))
        talk.call("I look at the clock.", ("current_time", {}))
        talk.result(text)
        talk.answer("That is the date.", f"Today is {moment:%A}, {moment:%Y-%m-%d}.")
        return talk.task("today", f"{moment:%Y-%m-%d}")
    if draw < 0.9:
        target = moment.date() + timedelta(days=rng.randint(1, 700))
        talk = Dialogue(
            polite(
                rng, expand(rng, pick(rng, _UNTIL, held_out=held_out), a=written_date(rng, target))
            )
        )
        talk.call("I need today's date first, then I count the days.", ("current_time", {}))
        talk.result(text)
        talk.call(
            f"Today is {moment:%Y-%m-%d}.",
            ("days_between", {"start": f"{moment:%Y-%m-%d}", "end": target.isoformat()}),
        )
        value = str((target - moment.date()).days)
        talk.result(value)
        talk.answer(
            "That is the result.", f"From {moment:%Y-%m-%d} to {target} it is {value} days."
        )
        return talk.task("days until", value)
    n, unit, days = _span(rng)
    talk = Dialogue(
        polite(rng, expand(rng, pick(rng, _FROM_TODAY, held_out=held_out), n=n, u=unit))
    )
    talk.call("I need today's date first, then I add the days.", ("current_time", {}))
    talk.result(text)
    talk.call(
        f"Today is {moment:%Y-%m-%d}.", ("add_days", {"date": f"{moment:%Y-%m-%d}", "days": days})
    )
    value = (moment.date() + timedelta(days=days)).isoformat()
    talk.result(value)
    talk.answer("That is the result.", f"{n} {unit} after {moment:%Y-%m-%d} is {value}.")
    return talk.task("days from today", value)


# --- text -------------------------------------------------------------------------------------

_STATISTICS = (
    "How many {s} [are in|has|does] [this text|the text|this sentence|]: {t}", "Count the {s} [in|of] {t}.", "How many {s} [are in|are there in] {t}?", "The number of {s} in {t}, please?",
    "[Tell me|Give me] the number of {s} in {t}.", "{t} - how many {s}?",
)  # fmt: skip


def statistics(rng: Random, *, held_out: bool) -> Task:
    lines = text_lines(rng, 1, held_out=held_out)
    text = lines[0].capitalize() + rng.choice((".", "", "!", "?"))
    if rng.random() < 0.3:
        text += " " + text_lines(rng, 1, held_out=held_out)[0].capitalize() + "."
    counted = json.loads(results.text_statistics(text))
    wanted = rng.choice(
        [
            name
            for name in ("characters", "words", "sentences", "words", "characters")
            if name in counted
        ]
    )
    shown = (
        rng.choice(("letters and signs", "characters", "characters"))
        if wanted == "characters"
        else wanted
    )
    mark = rng.choice(('"', '"', '"', "'", "`"))
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng, pick(rng, _STATISTICS, held_out=held_out), s=shown, t=f"{mark}{text}{mark}"
            ),
        )
    )
    talk.call("I count in the text.", ("text_statistics", {"text": text}))
    talk.result(results.text_statistics(text))
    noun = wanted if counted[wanted] != 1 else wanted[:-1]
    talk.answer("That is the result.", f"The text has {counted[wanted]} {noun}.")
    return talk.task("text statistics", str(counted[wanted]))


# --- things that go wrong ---------------------------------------------------------------------


def missing_file(rng: Random, *, held_out: bool) -> Task:
    """The file is not there: say so, or take the one that was clearly meant."""
    file = value_file(rng, held_out=held_out, kind="items")
    name = rng.choice(file.names)
    folder, _, base = file.path.rpartition("/")
    prefix = f"{folder}/" if folder else ""
    stem, dot, suffix = base.rpartition(".")
    lookup_words = pick(rng, _LOOKUP_ITEMS, held_out=held_out)
    counting = rng.random() < 0.4
    if counting:
        lookup_words = pick(rng, _LINES, held_out=held_out)
    near = bool(stem) and rng.random() < 0.5
    if near:  # a slip of the pen in the name
        wrong_stem = rng.choice(
            (
                stem + "s",
                stem[:-1] or stem + "x",
                stem + stem[-1],
                stem.upper() if stem.islower() else stem.lower(),
            )
        )
        wrong = prefix + (
            wrong_stem + dot + suffix
            if rng.random() < 0.6
            else stem + dot + rng.choice(("txt", "md", "csv", "cfg", "dat"))
        )
        near = wrong != file.path
    files = {file.path: file.text}
    if not near:
        wrong = file_name(rng, held_out=held_out)
        if wrong == file.path:
            return missing_file(rng, held_out=held_out)
    tool = "count_lines" if counting else "read_file"
    error = results.missing(files, wrong)
    talk = Dialogue(polite(rng, expand(rng, lookup_words, k=name, p=quoted(rng, wrong))))
    talk.call("I count the lines." if counting else "I read the file.", (tool, {"path": wrong}))
    talk.result(error)
    if file.path not in error or not near:
        talk.answer("The file is not there.", f"I can't answer that: there is no file {wrong}.")
        return talk.task("missing file", "no file", files=files)
    talk.call(f"There is {file.path}.", (tool, {"path": file.path}))
    if counting:
        count = str(len(file.text.splitlines()))
        talk.result(count)
        talk.answer("That is the result.", f"There is no {wrong}. {file.path} has {count} lines.")
        return talk.task("nearby file", count, files=files)
    talk.result(results.read_file(files, file.path))
    talk.answer("I look it up.", f"There is no {wrong}. {file.path}: {file.line(name)}")
    return talk.task("nearby file", file.values[name], files=files)


def missing_value(rng: Random, *, held_out: bool) -> Task:
    """The file says nothing about what was asked."""
    file = value_file(rng, held_out=held_out, kind="items")
    while (
        name := choose(rng, ("elephants", "gold", "moon", "wisdom", *file.names), held_out=held_out)
    ) in file.values:
        name = pseudo_word(rng, held_out=held_out)
        if name not in file.text:
            break
    if name in file.text:
        return missing_value(rng, held_out=held_out)
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng, pick(rng, _LOOKUP_ITEMS, held_out=held_out), k=name, p=quoted(rng, file.path)
            ),
        )
    )
    talk.call("I read the file.", ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.answer("It is not there.", f"{file.path} says nothing about {name}.")
    return talk.task("missing value", "nothing", files={file.path: file.text})


Maker = Callable[..., Task]

# maker, weight, the tools it needs
FAMILIES: tuple[tuple[Maker, float, frozenset[str]], ...] = (
    (arithmetic, 12, frozenset({"calculate"})),
    (lookup, 12, frozenset({"read_file"})),
    (read_and_calculate, 20, frozenset({"read_file", "calculate"})),
    (price_times, 5, frozenset({"read_file", "calculate"})),
    (order_total, 1, frozenset({"read_file", "calculate"})),
    (count_one, 5, frozenset({"count_lines"})),
    (count_two, 11, frozenset({"count_lines", "calculate"})),
    (count_three, 1, frozenset({"count_lines", "calculate"})),
    (list_folder, 6, frozenset({"list_files"})),
    (find, 5, frozenset({"find_text"})),
    (between, 4, frozenset({"days_between"})),
    (add, 4, frozenset({"add_days"})),
    (weekday, 4, frozenset({"weekday"})),
    (add_weekday, 3, frozenset({"add_days", "weekday"})),
    (file_dates, 3, frozenset({"read_file", "weekday", "days_between"})),
    (now, 6, frozenset({"current_time", "days_between", "add_days"})),
    (statistics, 3, frozenset({"text_statistics"})),
    (missing_file, 3, frozenset({"read_file", "count_lines"})),
    (missing_value, 1, frozenset({"read_file"})),
)


def shipped_task(
    rng: Random, offered: Mapping[str, object] | frozenset[str], *, held_out: bool
) -> Task:
    """A task that can be done with the tools offered, drawn by weight."""
    possible = [entry for entry in FAMILIES if entry[2] <= set(offered)]
    maker = rng.choices([entry[0] for entry in possible], [entry[1] for entry in possible])[0]
    return maker(rng, held_out=held_out)
