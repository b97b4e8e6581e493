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
    "I [can't|cannot] work out {e}. Can you?",
    "[Any idea|Do you have any idea] what {e} [is|comes to|makes]?",
    "Would you mind [calculating|computing|working out] {e}[ for me|]?",
    "I'm stuck on {e}. What is it?",
    "[Punch|Type|Enter|Put] {e} into the calculator.",
    "What number do I get from {e}?",
    "{e}, how much would that be?",
    "{e} - what's the [result|answer]?",
    "[result|answer] of {e}",
    "[I'd like|I want|I need] {e} [calculated|computed|worked out].",
    "[Homework|Math homework|Exercise]: {e}",
    "Help me with {e}.",
    "What's the outcome of {e}?",
    "Which number is {e}?",
    "My [son|daughter|teacher] asks what {e} is.",
    "Could {e} be calculated, please?",
    "I want to be sure: what does {e} come to?",
    "Let me know what {e} [equals|comes to|gives].",
    "{e} equals what?",
    "What does {e} equal?",
    "Crunch the numbers for me: {e}",
    "Do you know how much {e} is?",
    "[The|My] task is to [compute|evaluate|find] {e}.",
    "Here is a calculation: {e}. What's the result?",
    "Tell me the number that {e} gives.",
    "I [wonder|was wondering] how much {e} comes to.",
    "What does {e} amount to?",
    "Do this on the calculator: {e}",
    "Show me what {e} [is|makes].",
    "Work this out: {e}",
    "value of {e}?",
    "Next: {e}",
    "~How much is it if I calculate {e}?",
    "~My calculation is {e}. What do I get?",
    "~Can you get me the number for {e}?",
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
    "the amount that {l} make together",
    "the grand total of {l}",
    "{l} [put|counted] together",
    "how much do {l} [come to|make] [together|in all|altogether]",
    "how much is it if I add {l}",
    "what is the total of {l}",
    "find the sum of {l}",
    "tell me what {l} [add up to|make in total]",
    "combine {l} into one [sum|total]",
    "my numbers are {l}; what is the sum",
    "if I add up {l}, what do I get",
    "[tally|count] up {l}",
    "the result of adding {l}",
    "the sum when {l} are added",
    "I have the amounts {l}: how much is that together",
    "give me the total for {l}",
    "I need {l} added up",
    "~the numbers {l} taken together",
    "~how much are {l} together",
    "~I add {l}: how much is that",
    "~which number do I get when {l} are added together",
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
    ("A [tank|barrel] holds {a} liters and {b} liters [leak|are taken] out. How much is left in it?", "{a} - {b}"),
    ("A tank has {a} liters in it. I pour in {b} more. How many liters is that now?", "{a} + {b}"),
    ("A [factory|machine] makes {a} {t} an hour. How many does it make in {b} hours?", "{a} * {b}"),
    ("My salary is {a} a month. I spend {b} on rent and {c} on food. What do I have left?", "{a} - {b} - {c}"),
    ("I owe {a} and have paid back {b}. How much do I still owe?", "{a} - {b}"),
    ("A [phone|bike|sofa] costs {a} and I pay for it in {b} equal [parts|rates|instalments]. How much is each?", "{a} / {b}"),
    ("I learn {a} words every evening. How many words is that after {b} evenings?", "{a} * {b}"),
    ("A garden is {a} m by {b} m. How many square meters is that?", "{a} * {b}"),
    ("A [shirt|lamp|clock] costs {a} and shipping is {b}. What do I pay in all?", "{a} + {b}"),
    ("A taxi ride costs {c} plus {a} per km. What do I pay for {b} km?", "{c} + {a} * {b}"),
    ("{b} tickets at {a} each, plus a fee of {c}. What's the total?", "{b} * {a} + {c}"),
    ("I drove {a} km on the first day, {b} km on the second and {c} km on the third. How far was it altogether?", "{a} + {b} + {c}"),
    ("The temperature was {a} degrees and [fell|dropped] by {b}. What is it now?", "{a} - {b}"),
    ("It was {a} degrees this morning, then it [rose|went up] by {b}. How warm is it now?", "{a} + {b}"),
    ("{a} people are on a [bus|train]. {b} get off and {c} get on. How many people are on it now?", "{a} - {b} + {c}"),
    ("The [store|shop] had {a} {t}, sold {b} and received {c}. How many are in stock?", "{a} - {b} + {c}"),
    ("I need {a} {t} and have {b} so far. How many are [missing|still to get]?", "{a} - {b}"),
    ("{a} [euros|dollars] is the price of {b} {t}. What is the price of a single one?", "{a} / {b}"),
    ("A car uses {a} liters over {b} km. How many liters per km is that?", "{a} / {b}"),
    ("We drove {a} km in {b} hours. What was our average speed?", "{a} / {b}"),
    ("A square [field|table|yard] has sides of {a} m. What is its area?", "{a} * {a}"),
    ("A field is {a} m long and {b} m wide. How long is the fence [all |]around it?", "2 * ({a} + {b})"),
    ("I bought a [guitar|bike|painting] for {a} and sold it for {c}. What was my profit?", "{c} - {a}"),
    ("We invited {a} guests and {b} said no. How many are coming?", "{a} - {b}"),
    ("A gift for {a} is paid for by {b} colleagues. What is each one's share?", "{a} / {b}"),
    ("A cake takes {a} g of flour. How much flour do I need for {b} cakes?", "{a} * {b}"),
    ("I put {a} in the bank and then take out {b} and {c}. What remains?", "{a} - {b} - {c}"),
    ("{a} {t} are packed in boxes of {b}. How many boxes is that?", "{a} / {b}"),
    ("Each of my {b} [nephews|cousins|students] gets {a} {t}. How many must I buy?", "{b} * {a}"),
    ("The first team scored {a} points, the second {b}. By how many points is the first ahead?", "{a} - {b}"),
    ("A meter of cloth costs {a}. I need {b} meters. What will it cost me?", "{a} * {b}"),
    ("A night in the hotel costs {a}, and breakfast {c} a day. What do {b} nights with breakfast cost?", "({a} + {c}) * {b}"),
    ("We have {a} and {c} in cash and split it all among {b} people. What does each one get?", "({a} + {c}) / {b}"),
    ("The bill is {a} and we add a tip of {c}. Split by {b} people, what does each pay?", "({a} + {c}) / {b}"),
    ("Yesterday {a} visitors came, today {b}. How many more were there yesterday?", "{a} - {b}"),
    ("[A worker works|I work] {b} hours at {a} an hour, minus {c} for tax. How much is that?", "{b} * {a} - {c}"),
    ("Stock: {a} {t}. Sold: {b}. Left?", "{a} - {b}"),
    ("A [coat|jacket|ticket] costs {a} and I get {b} off. What do I pay?", "{a} - {b}"),
    ("I take {b} {t} out of a bag of {a}. How many are still in the bag?", "{a} - {b}"),
    ("For lunch I paid {a}, for coffee {b}. What did both cost me?", "{a} + {b}"),
    ("{b} equal cups are filled from {a} liters of juice. How much does one hold?", "{a} / {b}"),
    ("I cut a cake of {a} g into {b} slices of the same size. How heavy is one?", "{a} / {b}"),
    ("My book has {a} pages, and I have {b} days to read it. How many pages per day?", "{a} / {b}"),
    ("~I want to read a book of {a} pages in {b} days. How many pages a day is that?", "{a} / {b}"),
    ("~A worker gets {a} per hour. What does she earn in {b} hours?", "{a} * {b}"),
    ("~My bag holds {a} {t}. I take out {b}. How many are still in it?", "{a} - {b}"),
    ("~Lunch costs {a} and a coffee costs {b}. What do I pay for both?", "{a} + {b}"),
    ("~I buy {b} {t} at {a} each and get {c} off. What do I pay?", "{b} * {a} - {c}"),
    ("~{a} liters of juice fill {b} cups of the same size. How much is in each?", "{a} / {b}"),
)  # fmt: skip
_TOLD = tuple(story for story, _ in _STORIES)
_MEANINGS = {story.removeprefix("~"): meaning for story, meaning in _STORIES}


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
