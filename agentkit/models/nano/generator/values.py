# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Values in files: look one up, or calculate with several."""

from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import order_file, value_file
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite, quoted
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import ITEMS

_LOOKUP = (
    "What is the {k} in {p}?", "~[Which|What] {k} [is set|is given|stands|is written] in {p}?", "[Read|Open|Look into|Look in|Check] {p} and tell me the {k}.",
    "~[Find|Get|Give me|Tell me|Show me|I need] the {k} [from|in|of] {p}.", "What [does|do] {p} say [about|for] {k}?", "{p}: [what is the|which|the] {k}?",
    "What is the value of {k} in {p}?", "[Please |]look up {k} in {p}.", "[In|According to] {p}, what is [the |]{k}?", "What value does {k} have in {p}?",
    "I wonder what {k} is in {p}.", "[Can|Could] you [read|check|look up] [the |]{k} in {p}[ for me|]?", "[Which|What] value [has|is given for|belongs to] {k} in {p}?",
    "Have a look at {p}: what is the {k}?",
    "Which {k} [does|has] {p}[ have|]?", "[What about|And] the {k} in {p}?", "~I need the {k}. [It is|It stands|Look] in {p}.", "~{k} in {p}?", "[Open|Read] {p}. What is the {k}?",
    "[There is|We have] a file {p}. [Which|What] {k} does it [give|name|contain]?", "What is {k} set to in {p}?", "Tell me what {p} says [about|for] {k}.", "[Quote|Show] the {k} from {p}.",
    "~From {p} I need the {k}.",
    "<tell> what the {k} in {p} is.",
    "<give> the {k} that [is in|stands in|is given in] {p}.",
    "<read> {p} and <give> the {k}.",
    "<tell> which {k} {p} [has|names|gives|uses].",
    "{p} [has|contains|holds] the {k}. [What is it|Which one is it|Tell me]?",
    "What [did they set|was set|was written] as {k} in {p}?",
    "<give> the value [of|for|behind] {k} in {p}.",
    "[Somewhere in|In] {p} there is the {k}. [What is it?|Find it.|Tell me what it is.]",
    "The {k} [from|in|of] {p}, please.",
    "[Extract|Pull|Fetch|Retrieve] the {k} [from|out of] {p}.",
    "[Under|At] {k}, what does {p} say?",
    "What {k} [do I find|is there|do we have] in {p}?",
    "I forgot the {k}. [It is|It should be] in {p}.",
    "{p} - {k}?",
    "[How|What] is {k} [defined|configured|given] in {p}?",
    "~As what is {k} given in {p}?",
    "[The file|File] {p} should tell [us|me|you] the {k}: what is it?",
    "[My colleague|Somebody] asks [for|about] the {k}. {p} [has|knows] it.",
    "[Where|When] {p} speaks of {k}, what does it say?",
    "Which entry does {p} [have|hold] for {k}?",
    "I can't [find|see] the {k} in {p}. What is it?",
    "[Search|Scan] {p} for the {k} and [report|name|repeat] it.",
    "Does {p} [give|name|mention] the {k}? What is it?",
    "[Consult|Inspect|Use] {p}: [what is|which is] the {k}?",
    "{k}, as [given|set|written|defined] in {p}?",
    "To what is {k} set in {p}?",
    "[Copy|Repeat] the {k} of {p}.",
    "[Take|See] {p} for the {k}.",
    "What have we got as {k} in {p}?",
    "The {k}: what is it, [according to|by] {p}?",
    "I would like to see what {p} has for {k}.",
    "[Someone|They] changed {p}. What is the {k} now?",
    "[Which|What] {k} do we use according to {p}?",
    "Value of {k} in {p}, please.",
    "[Look for|Find] {k}. The file is {p}.",
    "[Remind me|Refresh my memory]: what is the {k} in {p}?",
    "What does the line [for|of|with] {k} in {p} say?",
    "{p} should contain the {k}. [Please name it|Which is it].",
    "[Get|Give] me {k}. You find it in {p}.",
    "~Which {k} can I find in {p}?",
    "~[Please check|Have a look at] the {k} in {p}.",
    "~What is noted as the {k} in {p}?",
    "~In {p} somebody wrote down the {k}. What is it?",
)  # fmt: skip
LOOKUP_ITEMS = (
    "How many {k} are [listed |]in {p}?", "[What do|How much do] {k} cost [according to|in] {p}?", "What is the [price|number|amount] of {k} in {p}?",
    "~How many {k} [do we have|are there|are left] [according to|in] {p}?", "[Read|Check|Open] {p}: how many {k}?", "Look at {p}. What stands there for {k}?",
    "What [is|are] the {k} in {p}?", "[Find|Look up|Get] [the [price|value|number] of |]{k} in {p}.", "How much is given for {k} in {p}?",
    "What does {p} say about {k}?", "How much [is|are|for] {k} in {p}?", "~[Which|What] number [is|stands] next to {k} in {p}?", "{p}: {k}?", "How many {k} does {p} [list|show|have]?",
    "[Tell me|I want to know] how many {k} [there are|we have] according to {p}.", "What do I pay for {k} [according to|in] {p}?", "In {p}, what is noted for {k}?",
    "<tell> how many {k} {p} [lists|has|shows|gives].",
    "<give> the [number|amount|price|value|figure] [for|of] {k} [from|in] {p}.",
    "<read> {p}. How many {k} are there?",
    "What [figure|number|value] does {p} [give|have|show] for {k}?",
    "{k} in {p}: how many?",
    "The [number|amount|price] of {k} in {p}, please.",
    "[In|According to] {p}, how many {k} are there?",
    "[In|By] {p}, what is the [price|number|count] of {k}?",
    "~What is [written|noted|listed] [next to|beside|behind|for] {k} in {p}?",
    "~[Of|For] {k}, how many does {p} [name|list|count]?",
    "Is there a number for {k} in {p}? Which?",
    "<read> {p} and <tell> how many {k} we have.",
    "How [large|big|high] is the [number|price|stock] of {k} in {p}?",
    "[We have some|There are some] {k} in {p}: how many?",
    "Do we have {k}? {p} should say how many.",
    "How much {p} [wants|asks|charges] for {k}: [tell me|find out].",
    "[Look|Search] for {k} in {p}: what is the [number|amount]?",
    "What amount of {k} is [in|on] {p}?",
    "[I need to know|Tell me] the [number|count|quantity] for {k} by {p}.",
    "At what [price|number] do {k} stand in {p}?",
    "{p} lists {k}. How many?",
    "How many {k} would I [find|have] according to {p}?",
    "What is the [entry|line|quantity] for {k} in {p}?",
    "The file {p} knows how many {k} we have. Look it up.",
    "[Count|Number|Price] of {k} in {p}?",
    "How many {k} does {p} [count|report|mention]?",
    "What do they want for {k} in {p}?",
    "What is the [stock|supply] of {k} in {p}?",
    "[Somebody|A customer] wants {k}. What [number|price] does {p} give?",
    "{k}: how many of them are in {p}?",
    "[Give|Name] me the [figure|quantity] of {k} that {p} has.",
    "How many {k}? [See|Check] {p}.",
    "~How many {k} can you find in {p}?",
    "~I am looking for the [amount|number] of {k} in {p}.",
    "~What does {p} list for {k}?",
)  # fmt: skip


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


def _other_case(rng: Random, name: str) -> str:
    """The name as it is asked for: in small letters, or one of the things instead of many."""
    draw = rng.random()
    if draw > 0.95 and name.lower() in _MANY:
        return _one(name.lower())
    return name.lower() if draw < 0.25 else name


def lookup(rng: Random, *, held_out: bool) -> Task:
    kind = rng.choice(("items", "settings"))
    file = value_file(rng, held_out=held_out, kind=kind)
    name = rng.choice(file.names)
    template = pick(
        rng, LOOKUP_ITEMS if kind == "items" and rng.random() < 0.7 else _LOOKUP, held_out=held_out
    )
    asked = _other_case(rng, name)
    shown = asked
    if kind == "settings":
        shown = rng.choice((asked, asked, asked, f"`{asked}`", f'"{asked}"'))
    talk = Dialogue(polite(rng, expand(rng, template, k=shown, p=quoted(rng, file.path))))
    talk.call("I read the file.", ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.answer(f"I look up {asked}.", f"{file.path}: {file.line(name)}")
    return talk.task("file value", file.values[name], files={file.path: file.text})


_OPERATIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "sum": ((
        "[What do|How much do] {k} [in|from] {p} cost [together|in total|altogether]?",
        "How much are {k} [together|in total|in all] [in|according to] {p}?",
        "[Read|Open|Look into] {p} and [add|add up|sum] {k}.", "{p}: {k} together?",
        "In {p}, what is [the sum of |]{k} [together|in total|]?", "Put {k} of {p} together: how much is that?", "What is the total for {k} according to {p}?",
        "[What is|What would be] the total [price|cost|amount|number] of {k} in {p}?", "If I [buy|take|order] {k} [from|in|listed in] {p}, what do I pay?",
        "How much do I pay for {k} [at the prices in|according to] {p}?", "What do {k} add up to in {p}?", "~[Using|With] the [prices|numbers|values] in {p}, what are {k} together?",
        "<give> the sum of {k} in {p}.",
        "<work> the total of {k} [from|in] {p}.",
        "~<tell> what {k} in {p} [make|give|come to|add up to] <total>.",
        "<read> {p} and <tell> how much {k} are <total>.",
        "~[Add|Add up|Sum up|Sum|Total] {k} [as given|that stand|listed] in {p}.",
        "{k}, <total>, according to {p}?",
        "How [many|much] [is|are] {k} <total> in {p}?",
        "What is {a} plus {b} in {p}?",
        "[Take|Use] {p} and add {k}.",
        "From {p}: {k}, <total>.",
        "[According to|In] {p}, how many {k} are there <total>?",
        "The [sum|total] of {k} in {p}, please.",
        "<give> {k} of {p} <total>.",
        "In {p} you find {k}. What is the [sum|total]?",
        "[Count|Sum] {k} of {p} together.",
        "How much would {k} [cost|be] <total> [at the prices of|in|by] {p}?",
        "~We need {k}. What [is|makes] the total [in|by|from] {p}?",
        "How [many|much] do {k} of {p} make [together|in all]?",
        "I [take|buy|want] {k} from {p}. [What is the sum|How much in all|What do I pay]?",
        "{k} [of|in|from] {p}, added up?",
        "[Total up|Tally] {k} in {p}.",
        "[Look into|Check|See] {p}: {k} make how much <total>?",
        "The numbers of {k} in {p}, [summed up|added together]: what is it?",
        "How big is the [sum|total] of {k} in {p}?",
        "[Both|All] of these are in {p}: {k}. [Add them|What is their sum|Sum them up].",
        "[By|From] {p}, what [would|do] {k} come to <total>?",
        "Could you add [up |]{k}? The [values|numbers|prices] are in {p}.",
        "Give me one number for {k} <total>; [they are|look] in {p}.",
        "[Someone|A customer] orders {k}. What is the total by {p}?",
        "If we [put|count|take] {k} of {p} together, what do we get?",
        "{p} has {k}. What do they [come to|make|give] <total>?",
        "What sum do {k} [make|give|have] in {p}?",
        "How much for {k} <total>? See {p}.",
        "[Join|Combine] the numbers of {k} in {p} into one sum.",
        "We [sold|bought|have] {k}, see {p}. How many is that <total>?",
        "~What do {k} in {p} sum up to?",
        "~Please add {k}; the numbers are in {p}.",
        "~{p} lists {k}. How much is it <total>?",
        "~What is the combined number of {k} in {p}?",
    ), "+"),
    "difference": ((
        "What is the difference between {k} in {p}?", "[How much|How many] more is {a} than {b} in {p}?", "[Read|Open] {p} and subtract {b} from {a}.",
        "[By how much|How much] [does|do] {a} exceed {b} in {p}?", "In {p}, how far apart are {k}?", "[What is|Compute|Calculate] {a} minus {b} [in|from|with the values in] {p}.",
        "How much more do {a} cost than {b} in {p}?",
        "[What|How much] is left of {a} [after|if I take away] {b} in {p}?", "~Difference of {k} in {p}?", "[Take|Deduct] {b} from {a}, [both|the numbers are] in {p}.", "How much higher is {a} than {b} according to {p}?",
        "<give> the difference between {k} in {p}.",
        "<work> the difference of {k} [from|in] {p}.",
        "<tell> how much more {a} is than {b} in {p}.",
        "~<read> {p}. What is {a} minus {b}?",
        "How [many|much] more {a} than {b} [are there|are|is it] in {p}?",
        "Subtract {b} from {a}, both from {p}.",
        "What remains of {a} if {b} is subtracted, [according to|in] {p}?",
        "[By how much|How much] is {a} [larger|bigger|more] than {b} in {p}?",
        "[Compare|Look at] {k} in {p}: what is the difference?",
        "{a} less {b} in {p}?",
        "The difference [of|between] {k} in {p}, please.",
        "[In|According to] {p}, how many more {a} than {b} are there?",
        "~Take the {b} away from the {a} in {p}.",
        "~{p}: {a} minus {b}?",
        "<tell> by how much {a} [differs from|is more than] {b} in {p}.",
        "[In|By] {p}, {a} minus {b} [is|makes|gives] what?",
        "Is there more {a} than {b} in {p}? [By how much|How much more]?",
        "How many {a} are left in {p} if I [give away|remove|take off] as many as {b}?",
        "[From|Off] {a}, take {b}; both are in {p}.",
        "How much [less|fewer] is {b} than {a} in {p}?",
        "{p}: how much [more|higher] is {a} than {b}?",
        "What is the gap between {a} and {b} in {p}?",
        "[See|Check|Use] {p} and [deduct|subtract] {b} from {a}.",
        "Reduce {a} by {b}, with the numbers in {p}.",
        "[By what amount|By how many] does {a} [beat|exceed|pass] {b} in {p}?",
        "{a} without {b}: what is left, by {p}?",
        "[Find|Get] {a} and {b} in {p}, then subtract the second from the first.",
        "What [margin|distance] is there between {a} and {b} in {p}?",
        "How much does {a} have over {b} in {p}?",
        "~How far is {a} above {b} in {p}?",
        "~By how many do {a} and {b} in {p} differ?",
        "~Look at {p} and tell me {a} minus {b}.",
    ), "-"),
    "product": ((
        "[What is|Calculate|Find] the product of {k} in {p}.", "Multiply {k} [in|from|of] {p}.", "~[Read|Open] {p} and multiply {k}.", "What do {k} of {p} give when multiplied?",
        "What is {a} times {b} in {p}?",
        "{a} multiplied by {b}, [values|numbers] from {p}?", "[Multiply|Take the product of] the values of {k} [given|listed] in {p}.",
        "<give> the product of {k} in {p}.",
        "<work> {a} times {b} [from|in] {p}.",
        "<read> {p} and multiply {a} by {b}.",
        "~[In|According to] {p}, what is {a} multiplied by {b}?",
        "<tell> what {k} in {p} make when multiplied.",
        "The product of {k} in {p}, please.",
        "{p}: {a} times {b}?",
        "Multiply the numbers of {k} in {p}.",
        "[Look up|Find] {k} in {p} and multiply them.",
        "What [is|gives] {a} times {b}, [by|with the numbers of] {p}?",
        "{k} of {p}, multiplied: how much?",
        "[Times|Product]: {k} in {p}.",
        "How much is {a} [times|multiplied by|x] {b} in {p}?",
        "Use {p}: {a} times {b} is what?",
        "If I multiply {k} of {p}, what [do I get|comes out]?",
        "[See|Check] {p} and give me the product of {k}.",
        "Multiply the first by the second: {k}, from {p}.",
        "What product do {k} [have|make|give] in {p}?",

        "~How large is the product of {k} in {p}?",
        "~Please multiply {k}, the numbers are in {p}.",
    ), "*"),
    "average": ((
        "What is the [average|mean] of {k} in {p}?", "[Calculate|Find|Give me] the [average|mean] of {k} [from|in] {p}.", "In {p}, what do {k} average?",
        "[Read|Open] {p} and average {k}.",
        "<work> the [average|mean] of {k} [from|in] {p}.",
        "<read> {p} and take the [average|mean] of {k}.",
        "~<tell> what {k} in {p} are on average.",
        "[Average|Take the mean of] {k} in {p}.",
        "What [average|mean] do {k} have in {p}?",
        "The [average|mean] of {k} in {p}, please.",
        "{p}: [average|mean] of {k}?",
        "How high is the [average|mean] of {k} [in|according to] {p}?",
        "[What is|Give me] the middle value, I mean the average, of {k} in {p}.",
        "On average, how [much|many] are {k} in {p}?",
        "[Look up|Find] {k} in {p} and [average them|take their mean].",
        "{k} of {p}: what is the [average|mean]?",
        "How large is the [mean|average] of {k} [by|in] {p}?",
        "What do {k} of {p} come to on average?",
        "Mean of {k}, see {p}?",
        "[See|Check|Use] {p}: [average|mean] of {k}?",
        "The average over {k} in {p}?",
        "Sum {k} of {p} and divide by how many they are.",
        "I [want|need] the [average|mean] of {k}. The numbers are in {p}.",
        "Which average do {k} [reach|give] in {p}?",
        "~What is {k} on average, according to {p}?",
        "~Please take the mean of {k}; see {p}.",
        "~How much are {k} in {p} on average?",
    ), "avg"),
}  # fmt: skip


_TOLD = {
    "sum": "{} come to {} together.", "difference": "The difference between {} is {}.", "product": "The product of {} is {}.",
    "average": "The average of {} is {}.",
}  # fmt: skip


_PLANS = {"sum": "add", "difference": "subtract", "product": "multiply", "average": "average"}


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
        while count > 2 and "{a}" in template:  # it names two things only
            template = pick(rng, templates, held_out=held_out)
        shown = listing(_articles(rng, asked))
        request = expand(rng, template, k=shown, a=asked[0], b=asked[-1], p=quoted(rng, file.path))
    talk = Dialogue(polite(rng, request))
    wanted = "everything" if everything else ", ".join(asked)
    plan = f"I read the file, then I {_PLANS[operation]}: {wanted}."
    talk.call(plan, ("read_file", {"path": file.path}))
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
    "~<give> the [sum|total] of everything in {p}.",
    "<work> the [sum|total] of all [numbers|values] in {p}.",
    "<read> {p} and [add up|sum] all [numbers|values|entries].",
    "<tell> how [much|many] all [entries|items|things] in {p} are <total>.",
    "What do all the [numbers|values|entries] in {p} add up to?",
    "How [much|many] is everything in {p} <total>?",
    "[Add|Sum|Total] everything in {p}.",
    "~The total of {p}, please.",
    "What is the grand total [of|in] {p}?",
    "How many [items|pieces] does {p} [have|list] <total>?",
    "All [numbers|values|amounts] in {p} <total>?",
    "[Put|Count|Take] everything in {p} together.",
    "What [is|would be] the [sum|total] if I add [everything|all lines|every number] in {p}?",
    "How much do I have to pay for [everything|the whole list|all] in {p}?",
    "The numbers in {p}, all added up: how much?",
    "Whole [sum|total] of {p}?",
    "[Tally|Total up] {p}.",
    "How many are all the [things|pieces|entries] in {p} <total>?",
    "What is the [sum|total] over all lines of {p}?",
    "[Check|See] {p}: what does it all come to?",
    "Give me the sum of {p}.",
    "Every number in {p} added: what is the sum?",
    "All of {p} <total>?",
    "~What does it all add up to in {p}?",
    "~Sum all the numbers in {p}, please.",
    "~How much is the whole of {p}?",
)  # fmt: skip
_ALL_AVERAGE = (
    "What is the [average|mean] of all [values|numbers|entries] in {p}?",
    "[Calculate|Find] the [average|mean] [value|] of {p}.",
    "Average everything in {p}.",
    "<give> the [average|mean] of all [numbers|values] in {p}.",
    "<work> the [average|mean] of everything in {p}.",
    "<read> {p} and take the [average|mean] of all [numbers|values|entries].",
    "~<tell> what the [average|mean] of the [numbers|values] in {p} is.",
    "What is the [average|mean] [in|of] {p}?",
    "On average, what do the entries of {p} come to?",
    "The mean of all values of {p}, please.",
    "How high is the average over all entries in {p}?",
    "How much is an entry of {p} on average?",
    "All values in {p}: what is their [average|mean]?",
    "[See|Check] {p} and average all [numbers|values].",
    "Give me the mean over everything in {p}.",
    "What is the average line in {p} worth?",
    "Sum {p} and divide by the number of entries.",
    "[Mean|Average] of {p}?",
    "Which average do all the numbers in {p} have?",
    "~What is the average number in {p}?",
    "~Please take the mean of everything in {p}.",
    "~How large are the values in {p} on average?",
)
_TIMES = (
    "What do {n} {k} cost [according to|with the prices in|in] {p}?", "[How much|What] [do I pay|is it] for {n} {k} [according to|with the prices in|at the price in] {p}?",
    "I [need|want|buy|take|order] {n} {k}. What [do they cost|is the price|do I pay] [according to|in|by] {p}?", "With the price list {p}, what are {n} {k}?",
    "[Read|Check|Look into] {p}: what do {n} {k} cost?", "Price of {n} {k} [in|by] {p}?", "[Calculate|Work out] the [price|cost] of {n} {k} [from|using|with] {p}.",
    "~<tell> what {n} {k} cost [according to|in|by] {p}.",
    "<give> the [price|cost] of {n} {k} [according to|in|from] {p}.",
    "<read> {p} and <work> the [price|cost] of {n} {k}.",
    "How much [is it|do I pay|would it be] for {n} {k} [in|by|according to] {p}?",
    "[If I buy|If I take|For] {n} {k}, what do I pay [according to|by|with] {p}?",
    "{n} {k} [at the price of|by|according to] {p}: how much?",
    "~What is the [price|cost|total] for {n} {k} in {p}?",
    "We [need|buy|order] {n} {k}. <read> {p} and <tell> what that costs.",
    "{n} times the [price|value] of {k} in {p}?",
    "Multiply the [price|number] of {k} in {p} by {n}.",
    "What would I pay for {n} {k} at the prices [in|of] {p}?",
    "How expensive are {n} {k} [in|by] {p}?",
    "The price of {k} is in {p}. What do {n} cost?",
    "[A customer|Somebody] [wants|takes|orders] {n} {k}. What is the [bill|price], by {p}?",
    "{p} has the price of {k}. How much for {n}?",
    "What will {n} {k} cost me? See {p}.",
    "How much money do I need for {n} {k}, [by|according to] {p}?",
    "[Look up|Find] {k} in {p}; I take {n}. How much?",
    "{n} of the {k} in {p}: what do they cost?",
    "[At|With] the prices of {p}, {n} {k} [are|cost|make] how much?",
    "What is the cost of {n} {k} [by|in|at the prices of] {p}?",
    "[Get|Take] the price of {k} from {p}, times {n}.",
    "I [order|take] {n} {k} from {p}. How much is that?",
    "How much do {n} {k} come to with {p}?",
    "[Bill|Charge] me {n} {k} by {p}: how much?",
    "Please price {n} {k} with {p}.",
    "What do they want for {n} {k} in {p}?",
    "~{p} says what {k} cost. What do I pay for {n}?",
    "~How much are {n} {k} in {p}?",
    "~I would like {n} {k}. What will they cost, by {p}?",
)  # fmt: skip
_TIMES_TWO = (
    "What do {n} {a} and {m} {b} cost [together|in total|] [according to|with the prices in|in] {p}?",
    "I [need|buy|take|want] {n} {a} and {m} {b}. [What do I pay|How much is that] [according to|by|in] {p}?", "{n} {a} plus {m} {b} at the prices of {p}: how much?",
    "How much [are|is it for] {n} {a} and {m} {b} [in|by|according to] {p}?",
    "~<tell> what {n} {a} and {m} {b} cost [according to|in|by] {p}.",
    "<give> the [total |]price of {n} {a} and {m} {b} [in|by|from] {p}.",
    "<work> the price of {n} {a} and {m} {b} with {p}.",
    "[For|If I buy] {n} {a} and {m} {b}, what do I pay [by|according to|with] {p}?",
    "~How much do I pay for {n} {a} and {m} {b} [in|at the prices of|by] {p}?",
    "<read> {p}: what do {n} {a} and {m} {b} cost <total>?",
    "{n} {a} and {m} {b} [by|at the prices in|according to] {p}?",
    "We [need|order] {n} {a} and {m} {b}. <read> {p} and <work> the total.",
    "What is the total [for|of] {n} {a} plus {m} {b} in {p}?",
    "With the prices of {p}, how much are {n} {a} and {m} {b}?",
    "[A customer|Somebody] [wants|takes|orders] {n} {a} and {m} {b}. What is the [bill|total], by {p}?",
    "What will {n} {a} and {m} {b} cost me? See {p}.",
    "How much money do I need for {n} {a} plus {m} {b}, [by|according to] {p}?",
    "[Look up|Find] the prices in {p}: {n} {a} and {m} {b} make how much?",
    "{n} {a}, {m} {b}, prices in {p}. What is the sum?",
    "[At|With] the prices of {p}, {n} {a} and {m} {b} [are|cost|make] how much?",
    "I [order|take] {n} {a} and also {m} {b} from {p}. How much is that?",
    "Please price {n} {a} and {m} {b} with {p}.",
    "What do they want for {n} {a} and {m} {b} in {p}?",
    "[Get|Take] the prices from {p}: {n} times {a} and {m} times {b}.",
    "~How much are {n} {a} plus {m} {b} in {p}?",
    "~I would like {n} {a} and {m} {b}. What will that cost, by {p}?",
    "~The prices are in {p}. What do {n} {a} and {m} {b} come to?",
)  # fmt: skip


def price_times(rng: Random, *, held_out: bool) -> Task:
    file = value_file(rng, held_out=held_out, kind="items")
    names = rng.sample(file.names, 1 if rng.random() < 0.6 else 2)
    counts = [str(rng.randint(2, 60)) for _ in names]
    asked = [_other_case(rng, name) for name in names]
    template = pick(rng, _TIMES if len(names) == 1 else _TIMES_TWO, held_out=held_out)
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
    found = "; ".join(file.line(name) for name in names)
    talk.call(f"{found}.", ("calculate", {"expression": expression}))
    talk.result(value)
    label = listing([f"{count} {name}" for count, name in zip(counts, names, strict=True)])
    talk.answer("That is the result.", f"{label} cost {value}.")
    return talk.task("price times quantity", value, files={file.path: file.text})


_ORDER = (
    "What do [all |]the {k} in {p} cost [together|in total|altogether|]?", "~[Multiply|Take] quantity [and|by|times] price of [the |]{k} in {p}.", "What is quantity times price [for|of] {k} in {p}?",
    "In {p}, how much are all the {k}?", "[Calculate|Find] the total [price|cost] of [the |]{k} in {p}.",
    "<give> the total for {k} in {p}, quantity times price.",
    "<work> what all {k} in {p} cost.",
    "<read> {p} and multiply quantity and price of {k}.",
    "<tell> what we pay for all the {k} in {p}.",
    "How much do all {k} in {p} cost <total>?",
    "What is the total [price|cost] of all {k} in {p}?",
    "~Total cost of the {k} in {p}?",
    "The {k} in {p}: what do all of them cost?",
    "Quantity times price of {k}, [see|from] {p}?",
    "In {p} there are {k} with a quantity and a price. What do they cost in all?",
    "[For|Of] {k}, multiply the quantity in {p} by the price.",
    "What do we [pay|spend] for the {k} [in|by] {p}?",
    "How much money goes into the {k} of {p}?",
    "The {k} of {p} <total>: what do they cost?",
    "[See|Check] {p}: the whole price of {k}?",
    "What does the order of {k} in {p} cost?",
    "How much is the line of {k} in {p}, quantity times price?",
    "All the {k} in {p}: what is the total price?",
    "~What do we owe for all {k} in {p}?",
    "~Find {k} in {p} and multiply its quantity by its price.",
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
