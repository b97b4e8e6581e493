# ruff: noqa: E501 - short tables are easier to read in long lines
"""Arithmetic in symbols, in words and in small stories, for the shipped calculator."""

from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite, wordings
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import choose

_WORDINGS = wordings("arithmetic")
_WORDS = {
    "+": ("plus", "+"),
    "-": ("minus", "-", "less"),
    "*": ("times", "multiplied by", "x", "*", "×"),
    "/": ("divided by", "over", "/", "÷"),
}
_TOLD = tuple(story for story, _ in _WORDINGS["stories"])
_MEANINGS = {story.removeprefix("~"): meaning for story, meaning in _WORDINGS["stories"]}


def _operand(rng: Random, style: float) -> str:
    if rng.random() < style:
        return f"{rng.randint(0, 300)}.{rng.choice(('5', '25', '75', '50', '99', str(rng.randint(1, 99)).zfill(2)))}"
    return str(rng.randint(1, 10 ** rng.choice((1, 1, 2, 2, 2, 3, 3, 4))))


def _calculation(rng: Random, held_out: bool) -> tuple[str, str]:
    """A request in words and the expression that it means."""
    style = rng.choice((0.0, 0.0, 0.0, 0.3, 0.8))
    a, b, c, d = (_operand(rng, style) for _ in range(4))
    ask = pick(rng, _WORDINGS["ask"], held_out=held_out)
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
            shown = expand(rng, pick(rng, _WORDINGS["sum"], held_out=held_out), l=listing(numbers))
            shown = shown[0].lower() + shown[1:]
            if shown.startswith(("the ", f"{a}")):
                shown = expand(rng, ask, e=shown)
            else:
                shown = shown[0].upper() + shown[1:] + rng.choice((".", "", "?"))
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
            template = pick(rng, _TOLD, held_out=held_out)
            expression = _MEANINGS[template]
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
