# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Arithmetic in symbols, in words and in small stories, for the shipped calculator."""

from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import choose

_ASK = (
    "[What is|What's|How much is|Calculate|Compute|Work out|Evaluate|Find] {e}?", "{e}", "{e} = ?", "{e}?",
    "[Please |]calculate {e}.", "[Can|Could] you [compute|calculate|work out] {e}[ for me|]?", "[Tell me|Give me|I need] [the result of|the value of|] {e}.",
    "[Solve|Do the math:] {e}", "What do I get for {e}?", "~Figure out {e} for me.", "How much [does|would] {e} [make|come to]?",
    "[Use the calculator|With the calculator]: {e}", "~I [need|want] to know {e}.", "[Quick|Simple] [sum|calculation|math]: {e}", "[So|Now] what is {e}?", "[Let's|Please] compute {e}", "What [is|would be] the [result|value|answer] of {e}?",
    "<tell> what {e} is.",
    "<give> the [result|value|answer] of {e}.",
    "<work> {e}.",
    "~The [result|answer|value] of {e}, please.",
    "{e}: [how much|what] is it?",
    "{e} [makes|gives|is] how much?",
    "How much do I get for {e}?",
    "[Do|Run] the calculation {e}.",
    "What [would|will|does] {e} [be|give|yield|come to]?",
    "[In numbers, what|What exactly] is {e}?",
)  # fmt: skip
_SUM = (
    "add {l}",
    "{l} added together",
    "~{l} summed up",
    "[add up|sum up|total] {l}",
    "[what do] {l} [add up to|make together|give in total]",
    "the [sum|total] of {l}",
    "[what is the] sum of {l}",
    "{l}, all added",
    "the numbers {l} added up",
    "add [the numbers|together] {l}",
    "sum {l}",
    "the total when I add {l}",
    "[put|take] {l} together",
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
    ("~{a} {t}, then {b} more, then {c} more. How many in all?", "{a} + {b} + {c}"),
    ("A room is {a} [m|meters] long and {b} [m|meters] wide. [What is its area|How large is it]?", "{a} * {b}"),
    ("I have {a} {t}, [get|find|buy] {b} more and then {c} more. How many [are there|do I have|is that] [in all|altogether|now]?", "{a} + {b} + {c}"),
    ("First {a} {t}, then {b}, then {c}: how many [are there|is that] [in total|together]?", "{a} + {b} + {c}"),
    ("[Day one|Monday]: {a} {t}. [Day two|Tuesday]: {b} {t}. How many [in total|altogether]?", "{a} + {b}"),
    ("~There were {a} {t}. Then {b} [more came|were added]. How many are there now?", "{a} + {b}"),
    ("Of {a} {t}, {b} are [red|old|sold]. How many are not?", "{a} - {b}"),
    ("A [book|film|road] has {a} [pages|minutes|km] and I am at {b}. How [many|much] is left?", "{a} - {b}"),
    ("{b} [boxes|bags|rows] of {a} {t} each: how many {t}?", "{b} * {a}"),
    ("[Each|Every] [shelf|row|bag] has {a} {t}, and there are {b} of them. How many {t} [in total|altogether]?", "{a} * {b}"),
    ("One of the {t} costs {a}. What do {b} cost?", "{a} * {b}"),
    ("~[I drive|We walk|She runs] {a} km a day for {b} days. How far is that?", "{a} * {b}"),
    ("{a} {t} go into {b} [boxes|bags|rows]. How many are in each?", "{a} / {b}"),
    ("~[Divide|Split] {a} {t} [among|between|by] {b} [people|children|teams].", "{a} / {b}"),
    ("A [rope|road|wall] of {a} m is cut into {b} [equal |]pieces. How long is each?", "{a} / {b}"),
    ("{b} {t} cost {a}. What does one cost?", "{a} / {b}"),
    ("~I [pay|spend] {a}, {b} and {c}. How much is that [together|in total|altogether]?", "{a} + {b} + {c}"),
    ("I had {a}, [paid|spent] {b} and [got|found] {c}. What do I have now?", "{a} - {b} + {c}"),
    ("The price was {a}, now it is {b}. How much [cheaper|less] is it?", "{a} - {b}"),
    ("[Anna|Tom] is {a} years old, [Ben|Lisa] is {b}. How much older is [Anna|Tom]?", "{a} - {b}"),
    ("{a} {t} on each of {b} [tables|shelves], and {c} more. How many [in all|together]?", "{a} * {b} + {c}"),
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
            template = pick(rng, [story for story, _ in _STORIES], held_out=held_out)
            meanings = {story.removeprefix("~"): meaning for story, meaning in _STORIES}
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
