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
    "Before I print {p}: how many lines [are there|does it have|is it]?",
    "I have to review {p} [today|tomorrow|later]. How many lines should I expect?",
    "[Someone|A colleague|My boss] [sent|gave] me {p}. How many lines does it [have|contain|hold]?",
    "Could you go through {p} and tally [its|the] lines?",
    "What's the size of {p}, [measured |counted |]in lines?",
    "{p}, [total lines|line total|line count|lines total][?|]",
    "Line [total|tally|count] for {p}?",
    "[Row count|Number of rows|Number of text lines] of {p}[?|, please.]",
    "How many rows of text [are|stand|are stored] in {p}?",
    "What number of lines does {p} [have|contain|hold|come to]?",
    "[I'd be glad|It would be nice|I would be happy] to know how many lines {p} contains.",
    "[Any idea|Do you happen to know|Got any idea] how many lines {p} [runs to|has|holds]?",
    "How many lines does {p} [run to|come to|amount to|total|count|number|hold|contain|comprise]?",
    "The lines of {p} [must|have to|need to|should] be counted.",
    "How many lines were written [in|into|to] {p}?",
    "With {p} open in my editor, what would the last line number be?",
    "[Measure|Determine|Establish|Gauge] the length of {p} in lines.",
    "I [don't know|am not sure|forgot] how long {p} is. [Count|Please count|Can you count] its lines[?|.]",
    "[Run|Do|Make] a [quick |]line count [on|for|of] {p} and [tell me the result|give me the number|report it].",
    "Lines [inside|within|in] {p}, how many?",
    "[Just|Only] the number of lines in {p}, [nothing else|that's all|no more].",
    "{p} [seems|looks] [long|huge|short] to me. How many lines [does it have|are in it]?",
    "Let's see how many lines [we have|there are|you count] in {p}.",
    "What does wc -l say [about|for] {p}?",
    "Somewhere here is {p}; what is its line count?",
    "Is {p} [long|a long file]? [Tell me its number of lines|Give me its line count].",
    "How many lines has {p} got?",
    "Mind counting the lines [of|in] {p} for me?",
    "How lengthy is {p}? I mean the number of lines.",
    "[How many lines|What number of lines] would I have to scroll through in {p}?",
    "For {p} I need [one number|just one figure]: the [lines|line count].",
    "~Would you mind counting how many lines {p} contains?",
    "~What is the total of lines [inside|within] {p}?",
    "~My editor is slow with {p}. What is its length in lines?",
    "~Please report the size of {p} as a number of lines.",
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
    "How long are {a}, {b} and {c} <total>, in lines?",
    "I [will|want to|have to] [print|read|review] {a}, {b} and {c}. How many lines [is that|are they|do I get] <total>?",
    "[Lines|Line count] of {a} plus {b} plus {c}[?|]",
    "What do the lines of {a}, {b} and {c} [add up to|come to|amount to|make together]?",
    "Suppose {a}, {b} and {c} are [merged|glued together|put into one file]. How many lines would the result have?",
    "{a} + {b} + {c}, lines <total>?",
    "[Tally|Total|Add up|Sum up] the lines [across|of|in] {a}, {b} and {c}.",
    "Taking {a}, {b} and {c} together, how many lines are there?",
    "What is the grand total of lines [in|across|over] {a}, {b} and {c}?",
    "[Count|Take] the lines of {a}, then of {b}, then of {c}, and [add|sum up] the three numbers.",
    "How many lines do we get [when|if] we put {a}, {b} and {c} together?",
    "The lines of {a}, {b} and {c} should be counted and added [up|together].",
    "Number of lines in {a}, in {b} and in {c}: what's the sum?",
    "Across {a}, {b} and {c}, how many lines [do I have|are there|do you count] <total>?",
    "There are three files, {a}, {b} and {c}. [What is|Give me] their [combined|joint|total] line count.",
    "[Combined|Joint|Total] length of {a}, {b} and {c} in lines?",
    "<read> {a}, {b} and {c} and [tell me|work out] how many lines they have <total>.",
    "Run wc -l on {a}, {b} and {c} and give me [only the total|just the sum].",
    "[Any idea|Do you happen to know] how many lines {a}, {b} and {c} come to <total>?",
    "~How many lines would a file made of {a}, {b} and {c} have?",
    "~Please count the lines in each of {a}, {b} and {c} and tell me the grand total.",
    "~I have to read {a}, {b} and {c} today. What is their total number of lines?",
    "~{a}, {b}, {c}: combined line count?",
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
        "I [will|want to|have to] [print|read|review] {a} and {b}. How many lines [is that|are they|do I get] <total>?",
        "Suppose {a} and {b} are [merged|glued together|put into one file]. How many lines would the result have?",
        "What [is|would be] the [joint|combined|total|overall] length of {a} and {b}, in lines?",
        "Taking {a} and {b} together, how many lines are there?",
        "[Tally|Total|Tot up] the lines [across|of|in] {a} and {b}.",
        "How many lines does {a} have if you add those of {b}?",
        "{a} + {b}: lines <total>?",
        "[Lines|Line count] of {a} and {b} [summed|added|added up|totalled][?|]",
        "Add the number of lines [in|of] {a} to the number of lines [in|of] {b}.",
        "Add the lines in {b} to the lines in {a}[, what do you get?|.|; how many?]",
        "If [you|I|we] [append|attach|add] {b} to {a}, how many lines would there be?",
        "The lines of {a} and {b} should be counted and added [up|together].",
        "Across {a} and {b}, how many lines [do I have|are there|do you count] <total>?",
        "What do {a} and {b} [come to|amount to|sum to|add up to] in lines?",
        "There are two files, {a} and {b}. [What is|Give me] their [combined|joint|total] line count.",
        "[Any idea|Do you happen to know] how many lines {a} and {b} come to <total>?",
        "<read> both {a} and {b} and [tell me|work out] how many lines they have <total>.",
        "Run wc -l on {a} and {b} and give me [only the total|just the sum].",
        "How many lines do I have to [read|review|scroll through] if I open both {a} and {b}?",
        "I [wrote|got|received] {a} and {b}. How many lines is that <total>?",
        "Number of lines in {a}, number of lines in {b}: what's the sum?",
        "[Sum|Total|Grand total] of the lines in {a} and {b}, [nothing else|that's all|please].",
        "With {a} and {b} put together, how many lines do we [get|have]?",
        "How many lines [are stored|can be found|stand] in {a} and {b} <total>?",
        "Two files here, {a} and {b}: what is the line total?",
        "[I'd be glad|It would be nice] to know how many lines {a} and {b} have <total>.",
        "Take {a} and {b} as one [big |long |]file; how many lines has it?",
        "The line total [over|of|for] {a} and {b}?",
        "~I want to append {b} to {a}. How many lines will the new file have?",
        "~Please count both {a} and {b} and report the sum of their lines.",
        "~How many lines will I have to read if I print {a} as well as {b}?",
        "~{a} and {b}: total number of lines?",
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
        "By what number of lines does {a} [exceed|surpass|outgrow|beat] {b}?",
        "How many lines [shorter|smaller|less long] is {b} than {a}?",
        "{b} is shorter than {a}. By how many lines?",
        "{a} is [said to be|supposed to be|probably] longer than {b}; how many lines [more|longer] is it?",
        "What's the gap in [line count|lines|length in lines] between {a} and {b}?",
        "Line count of {a} less [that|the line count] of {b}?",
        "[Count|Take] both {a} and {b} and [tell me|work out|report] how many lines more the first [has|one has].",
        "How many lines does {b} [still |]need to be as long as {a}?",
        "How many lines must be added to {b} to [match|reach|equal] the length of {a}?",
        "How many lines [would|do] I have to [remove|cut|delete] from {a} to make it as long as {b}?",
        "{a} versus {b}: [difference|gap] in lines?",
        "[Lines|Line counts] of {a} and {b}: [what's the difference?|difference, please.|how far apart are they?]",
        "From the number of lines [in|of] {a}, [subtract|take away|deduct] the number of lines [in|of] {b}.",
        "[Deduct|Take away] the lines of {b} from those of {a}[. What is left?|; what remains?|.]",
        "If the lines of {b} are [taken away|subtracted] from the lines of {a}, how many [remain|are left]?",
        "In lines, how much [bigger|larger|longer] is {a} than {b}?",
        "How large is the difference in [length|size] between {a} and {b}, counted in lines?",
        "How many extra lines does {a} have [compared to|compared with|over|relative to] {b}?",
        "[Compared to|Compared with] {b}, how many [more|additional|extra] lines are in {a}?",
        "I [think|guess|believe] {a} has more lines than {b}. How many more [is it|are they|are there]?",
        "My two files {a} and {b} [are not equally long|differ in length]. By how many lines?",
        "[Any idea|Do you happen to know] by how many lines {a} and {b} differ?",
        "~How many lines are left if I take those of {b} away from those of {a}?",
        "~What is the gap between the number of lines in {a} and in {b}?",
        "~I compared {a} with {b} and {a} looks longer. How many extra lines are there?",
    ),
    "product": ("[Multiply|What is the product of] the [line counts|numbers of lines] of {a} and {b}.", "Line count of {a} times that of {b}?",
        "<work> the product of the [line counts|lines|numbers of lines] of {a} and {b}.",
        "<give> the lines of {a} times the lines of {b}.",
        "~Multiply the lines of {a} by [the lines|those] of {b}.",
        "[Count|Take] the lines of {a} and of {b} and multiply them.",
        "What do the line counts of {a} and {b} give when multiplied?",
        "How much is the number of lines [in|of] {a} times the number of lines [in|of] {b}?",
        "[Lines|Line counts] of {a} and {b}, multiplied[?|]",
        "{a} times {b}, in lines?",
        "What do you get [if|when] you multiply the line counts of {a} and {b}?",
        "Take how many lines {a} has and multiply [it|that] by how many {b} has.",
        "I [need|want|am after] the product: [lines|line count] of {a} times [lines|line count] of {b}.",
        "The line [counts|numbers|totals] of {a} and {b} should be multiplied [with each other|together].",
        "Each line of {a} is paired with each line of {b}. How many pairs [are there|do I get]?",
        "Product of the lines [in|of] {a} and {b}[, please.|?]",
        "How many lines in {a} and how many in {b}? [Multiply the two|Give me their product].",
        "[Count|Please count] both {a} and {b} in lines, then multiply the [two |]numbers.",
        "A table has one row per line of {a} and one column per line of {b}. How many cells has it?",
        "lines of {a} * lines of {b}",
        "What [is|would be] the line count of {a} multiplied by the line count of {b}?",
        "[Any idea|Do you happen to know] what the line counts of {a} and {b} make when multiplied?",
        "~I combine each line of {a} with each line of {b}. How many combinations are there?",
        "~How much do I get if I multiply how many lines {a} has by how many {b} has?",
        "~{a} and {b}: product of the line counts?",
        "~Please count the lines in {a} and in {b} and tell me their product.",
        "How many combinations of one line of {a} and one line of {b} [exist|can I make]?",
    ),
    "ratio": ("~[What is|Calculate] the ratio of the lines of {a} to [those of |]{b}.", "How many times longer is {a} than {b}, in lines?", "Lines of {a} divided by lines of {b}?",
        "<work> the ratio of the line counts of {a} and {b}.",
        "<give> the lines of {a} divided by the lines of {b}.",
        "Divide the [lines|line count|number of lines] of {a} by [that|the one] of {b}.",
        "What is the number of lines of {a} divided by that of {b}?",
        "<tell> how many times as long {a} is as {b}, in lines.",
        "What [is|would be] the line count of {a} divided by the line count of {b}?",
        "By what factor is {a} longer than {b}, [counted |measured |]in lines?",
        "How many times do the lines of {b} fit into [the lines|those] of {a}?",
        "[Ratio|Quotient] of [line counts|lines], {a} over {b}[?|]",
        "[What is|Give me|I need] the quotient of the [lines|line counts] of {a} and {b}.",
        "Take how many lines {a} has and divide [it|that] by how many {b} has.",
        "In lines, {a} is how many times as [long|big] as {b}?",
        "{a} divided by {b}, in lines?",
        "[Count|Please count] both {a} and {b} in lines, then divide the first [number |]by the second.",
        "For each line of {b}, how many lines does {a} have[ on average|]?",
        "lines of {a} / lines of {b}",
        "The number of lines of {a} over that of {b}[, please.|?]",
        "How do {a} and {b} relate in length? Divide the first line count by the second.",
        "The lines of {a} should be divided by [the lines|those] of {b}.",
        "What do you get [if|when] you divide the lines of {a} by [the lines|those] of {b}?",
        "How long is {a} relative to {b}? [Give|Tell] me the ratio of [the |their ]line counts.",
        "What factor lies between the line count of {a} and [that|the one] of {b}?",
        "~By which factor is the line count of {a} greater than that of {b}?",
        "~How much do I get if I divide how many lines {a} has by how many {b} has?",
        "~{a} to {b}: ratio of the line counts?",
        "~Please count the lines in {a} and in {b} and tell me their quotient.",
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
