# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""How people ask for a call of a tool: the order, and the arguments, one after the other."""

from collections.abc import Mapping
from random import Random
from typing import Any

from agentkit.models.nano.generator.phrases import expand, listing, pick, polite
from agentkit.models.nano.generator.random_tools import VERBS, Parameter, RandomTool

_ORDERS = (
    "{v} the {n}", "{v} a {n}", "[please |]{v} the {n}", "I want to {v} the {n}", "[can|could|would] you {v} the {n}", "I [need|have] to {v} the {n}", "~{v} [my|our|this] {n}", "~it is time to {v} the {n}",
    "~let us {v} the {n}", "I would like to {v} a {n}", "~we should {v} the {n}", "help me {v} the {n}", "[go and|now|next] {v} the {n}", "{v} {n}", "[do|will] you {v} the {n} for me", "the {n}: {v} it",
    "I'd like you to {v} the {n}",
    "could you please {v} [the|my|our] {n}",
    "[next|first], {v} the {n}",
    "you should {v} the {n}",
    "we need to {v} [a|the] {n}",
    "my wish is to {v} the {n}",
    "~[kindly|quickly] {v} the {n}",
    "I [wish|plan|try] to {v} the {n}",
    "[someone|my boss|Anna] wants me to {v} the {n}",
    "[start|begin] and {v} the {n}",
    "please {v} [the|my|a|this] {n}",
    "are you able to {v} the {n}",
    "make sure to {v} the {n}",
    "{v} one {n}",
    "{v} the {n} for me",
    "what I need: {v} the {n}",
    "today we {v} the {n}",
    "is it possible to {v} the {n}",
    "your task is to {v} the {n}",
    "[please |]go ahead and {v} the {n}",
    "I want you to {v} [the|this|my] {n}",
    "[all|what] I want is to {v} the {n}",
    "be so kind as to {v} the {n}",
    "would you mind trying to {v} the {n}",
    "[it would be great|it would be nice|I'd be happy] if you could {v} the {n}",
    "somebody has to {v} the {n}",
    "[the customer|the team|my friend|Tom] [asked me|asks you] to {v} the {n}",
    "[can|could] I ask you to {v} the {n}",
    "I am trying to {v} [the|our] {n}",
    "[how about|what about] this: {v} the {n}",
    "your job [now |today |]is to {v} the {n}",
    "I was told to {v} [the|this] {n}",
    "we [want|have|would like] to {v} [our|the] {n}",
    "don't forget to {v} the {n}",
    "remember to {v} [the|that] {n}",
    "do me a favour and {v} the {n}",
    "take care to {v} the {n}",
    "to do: {v} [the |]{n}",
    "there is one thing to do: {v} the {n}",
    "[we|they|the boss] must {v} [the|that] {n}",
    "I can't {v} the {n} myself, so do it",
    "[just|simply|only] {v} the {n}",
    "[right now|straight away|at once], {v} the {n}",
    "[this time|again|once more] {v} the {n}",
    "for my [work|trip|project], {v} the {n}",
    "{v} [that|this] {n}",
    "{v} {n}, please",
    "if [you can|possible], {v} the {n}",
    "see that you {v} the {n}",
    "get ready to {v} the {n}",
    "[my plan|the plan|the goal|my goal] is to {v} the {n}",
    "you [may|can|must|have to] {v} the {n} now",
    "let me {v} the {n}",
    "why don't you {v} the {n}",
    "as agreed, {v} [the|our] {n}",
    "the two of us have to {v} the {n}",
    "my hope is to {v} the {n} quickly",
    "~I am asking you to {v} the {n}",
    "~what has to be done: {v} the {n}",
    "~I hope you can {v} the {n}",
    "~please try to {v} that {n}",
)  # fmt: skip
_BY_NAME = (
    "use {t}",
    "call {t}",
    "run {t}",
    "[please|now] [use|call|run] {t}",
    "[use|try] the {t} tool",
    "{t}",
    "~execute {t}",
    "~the {t} tool is what I need",
    "please call the tool {t}",
    "I want you to use {t}",
    "let {t} run",
    "make a call to {t}",
    "start {t}",
    "could you run {t}",
    "~invoke {t}",
    "we need {t}",
    "the function {t}",
    "apply {t}",
    "[please |]do this with {t}",
    "take {t}",
    "take the {t} function",
    "go with {t}",
    "make use of {t}",
    "[run|call] the function {t}",
    "get {t} to [work|execute]",
    "I would like to [see|call|have] {t}",
    "{t} please",
    "{t} should [help|do it|be used]",
    "there is a tool called {t}, use it",
    "your tool {t} [can do|does] this",
    "the right tool [for this |]is {t}",
    "[could|would|can] you [use|call|try] {t}",
    "send this to {t}",
    "give {t} a try",
    "open {t}",
    "I need [to call|to run|to invoke|the tool] {t}",
    "[now|next|first] [it is the turn of|comes] {t}",
    "have a go at {t}",
    "there is one tool to use here, {t}",
    "~{t} is the one to use",
    "~have {t} do this",
    "~I need a run of {t}",
    "~the job is for {t}",
)
_SINGLE = (
    "{w} {x}", "{w}: {x}", "{w} = {x}", "{w} is {x}", "the {w} is {x}", "{x} as {w}", "{w} set to {x}", "{w} should be {x}", "{x} for the {w}", "use {x} as the {w}", "{w} of {x}", "a {w} of {x}", "the {w} {x}",
    "{w} being {x}",
    "~the {w} being {x}",
    "with {x} for {w}",
    "~{w}, which is {x}",
    "{w} ({x})",
    "{x} ({w})",
    "{w} at {x}",
    "~{x} is the {w}",
    "{x} should be the {w}",
    "take {x} for {w}",
    "~the {w} should be {x}",
    "~{w} -> {x}",
    "set {w} to {x}",
    "let {w} be {x}",
    "its {w} is {x}",
    "{x} in {w}",
    "{x} goes into {w}",
    "put {x} as {w}",
    "{w} named {x}",
    "{w}={x}",
    "{w}:{x}",
    "{x} being the {w}",
    "the {w} is set to {x}",
    "a value of {x} for {w}",
    "the value {x} for {w}",
    "{w} has the value {x}",
    "{w} equal to {x}",
    "{w} equals {x}",
    "{w} => {x}",
    "{w} must be {x}",
    "{w} has to be {x}",
    "{w} will be {x}",
    "{w} - {x}",
    "{w} | {x}",
    "{w}, {x}",
    "the {w}, which should be {x}",
    "{w} [{x}]",
    "I want {x} as {w}",
    "I need {x} for the {w}",
    "we have {x} as the {w}",
    "as {w} take {x}",
    "as the {w} use {x}",
    "for {w} use {x}",
    "for the {w} I want {x}",
    "for {w}, {x}",
    "the {w} called {x}",
    "{w} known as {x}",
    "under {w} write {x}",
    "fill in {x} for {w}",
    "enter {x} as {w}",
    "choose {x} as the {w}",
    "pick {x} for {w}",
    "give it the {w} {x}",
    "make the {w} {x}",
    "here the {w} is {x}",
    "in {w} goes {x}",
    "~my {w} is {x}",
    "~{x} is what I want for {w}",
    "~the value of {w} is {x}",
    "~write {x} in {w}",
)  # fmt: skip
_YES = (
    "{w} yes",
    "{w}: true",
    "with {w}",
    "{w} on",
    "{w} is true",
    "{w} = yes",
    "{w} true",
    "set {w}",
    "{w} should be on",
    "turn {w} on",
    "{w} enabled",
    "and {w}: yes",
    "please {w}",
    "{w} wanted",
    "~{w} is yes",
    "{w}=true",
    "{w}: yes",
    "{w}: on",
    "{w} set to true",
    "{w} switched on",
    "switch on {w}",
    "set {w} to yes",
    "let {w} be true",
    "I want {w}",
    "we need {w}",
    "{w} has to be true",
    "{w} included",
    "{w} is needed",
    "{w} active",
    "activate {w}",
    "enable {w}",
    "{w}: enabled",
    "keep {w} on",
    "also {w}",
    "{w} must be on",
    "I say yes to {w}",
    "{w} (yes)",
    "~{w} is on",
    "~{w} must be yes",
    "~{w} is something I want",
    "~have {w} enabled",
)
_NO = (
    "{w} no",
    "{w}: false",
    "without {w}",
    "~{w} off",
    "{w} is false",
    "{w} = no",
    "{w} false",
    "{w} should be off",
    "turn {w} off",
    "{w} disabled",
    "not {w}",
    "no {w}",
    "{w}: no",
    "~{w} not wanted",
    "{w} is no",
    "{w}=false",
    "{w}: off",
    "{w} set to false",
    "{w} switched off",
    "switch off {w}",
    "set {w} to no",
    "let {w} be false",
    "I want no {w}",
    "we don't need {w}",
    "{w} has to be false",
    "{w} left out",
    "{w} is not needed",
    "leave {w} off",
    "leave out {w}",
    "disable {w}",
    "{w}: disabled",
    "skip {w}",
    "{w} must be off",
    "{w} stays false",
    "there is no need for {w}",
    "I say no to {w}",
    "{w} (no)",
    "I never wanted {w}",
    "~{w} must be no",
    "~{w} is off",
    "~switch {w} to off",
    "~I can do without {w}",
)
_JOINTS = (
    " with ",
    " with ",
    ", ",
    ": ",
    " for ",
    " using ",
    " - ",
    ". ",
    " where ",
    "; ",
    "~, namely ",
    "~, with ",
    " given ",
    ", where ",
    " - here ",
    ". Details: ",
    ". The details: ",
    ", details: ",
    ". In detail: ",
    ". Use these: ",
    ". Here is what you need: ",
    ". This is what we know: ",
    " like this: ",
    " as follows: ",
    ". The following is given: ",
    ". Note: ",
    ". To be exact: ",
    " on this basis: ",
    ". Parameters: ",
    ". The values: ",
    ". My input: ",
    ". You will need this: ",
    ", that is, ",
    ". It gets this: ",
    ". What I have: ",
    " ... ",
    " / ",
    ", namely this: ",
    ":\n",
    "\n",
    "~. These are the values: ",
    "~. What you need to know: ",
    "~ with the following: ",
    "~, the details are: ",
)
# Where a value alone says what it is for.
_ALONE = {
    "word": ("{o} {x}", "{o} for {x}", "{o} in {x}", "{o} called {x}", "{o} about {x}", "{o} marked {x}", "{o} under {x}", "{o} - {x}"), "name": ("{o} {x}", "{o} for {x}", "{o} in {x}", "{o} of {x}", "{o} named {x}", "{o} from {x}", "{o} with {x}", "{o} by {x}", "{o} at {x}", "{o} belonging to {x}", "{o} ({x})"), "text": ('{o}: "{x}"', '{o} "{x}"', '{o} saying "{x}"', '{o} with "{x}"', '{o} that says "{x}"', '{o} and write "{x}"', '{o} - "{x}"', '{o} with the words "{x}"'),
    "int": ("{o} {x}", "{o} number {x}", "{o} with {x}", "{o}, {x} {w}", "{o} for {x} {w}", "{o} with {x} {w}", "{o} of {x} {w}", "{o} ({x} {w})", "{o} - {x} {w}", "{o}, number {x}"), "float": ("{o} {x}", "{o} at {x}", "{o} of {x}", "{o} with {x}", "{o} for {x}", "{o}, {x} {w}", "{o} with {x} {w}", "{o} ({x})"), "date": ("{o} on {x}", "{o} for {x}", "{o} {x}", "{o} from {x}", "{o} of {x}", "{o} ({x})", "{o} dated {x}", "{o}, {x}"), "time": ("{o} at {x}", "{o} for {x}", "{o} by {x}", "{o} ({x})", "{o} at exactly {x}", "{o} from {x}", "{o}, {x}"), "email": ("{o} to {x}", "{o} for {x}", "{o} of {x}", "{o} by mail to {x}", "{o} with {x}", "{o} from {x}", "{o} ({x})", "{o} via {x}"),
    "url": ("{o} at {x}", "{o} {x}", "{o} from {x}", "{o} on {x}", "{o} under {x}", "{o} via {x}", "{o} behind {x}", "{o} ({x})"), "code": ("{o} {x}", "{o} with {x}", "{o} number {x}", "{o} no. {x}", "{o} for {x}", "{o} under {x}", "{o} with the code {x}", "{o} ({x})"), "path": ("{o} {x}", "{o} in {x}", "{o} from {x}", "{o} at {x}", "{o} stored in {x}", "{o} with {x}", "{o} ({x})"), "enum": ("{o} {x}", "{o} as {x}", "{o} in {x}", "{o} ({x})", "{o} with {x}", "{o}, {x}", "{o} - {x}", "{o} set to {x}"),
}  # fmt: skip
THEN = (
    ". Then {b}", ", then {b}", "~. With the result, {b}", ". After that, {b}", " and then {b}", ". Next, {b}", "; afterwards {b}", "~ first. Then {b}",
    ". Once that is done, {b}",
    ", after which {b}",
    ". When you have that, {b}",
    ". When it is done, {b}",
    ", and with that {b}",
    ". Using what it returns, {b}",
    "; then {b}",
    ". Finally, {b}",
    ", and after that {b}",
    ". As the second step, {b}",
    ". Only then {b}",
    "~, followed by this: {b}",
    ". After this, {b}",
    ". Afterwards {b}",
    ", next {b}",
    ". The next step: {b}",
    ". Second step: {b}",
    ". Step two: {b}",
    " -> {b}",
    ". With what comes out, {b}",
    ". With what you find, {b}",
    ". With this result {b}",
    ". This is followed by a second step: {b}",
    ". Having its answer, {b}",
    ". Go on with the result: {b}",
    ". From the result, {b}",
    ". If that works, {b}",
    ". As soon as you know it, {b}",
    ". When you know the result, {b}",
    ". Once you have the answer, {b}",
    ". When the first is done: {b}",
    ", and when you have it, {b}",
    ", and once it is done, {b}",
    " before anything else. Then {b}",
    ". Take what it says and {b}",
    ". Wait for the result, then {b}",
    "\nThen {b}",
    ", and later {b}",
    "~. Having done that, {b}",
    "~. When you have the result, {b}",
    "~, and in the next step {b}",
    "~. Use the answer to go on: {b}",
)  # fmt: skip
HANDED_ON = (
    "the result as {w}", "what you get as {w}", "{w} is the result", "{w} from the result", "that as the {w}", "the {w} is what came out", "its answer as {w}", "the {w} that you got",
    "the answer is the {w}",
    "take the result for {w}",
    "~{w} as just found",
    "{w} is what it returns",
    "the value you got as {w}",
    "with the result in {w}",
    "for {w} take what came out",
    "~set {w} to the result",
    "{w} = the result",
    "the {w} comes from the first step",
    "what it said as {w}",
    "~let {w} be its output",
    "put the answer into {w}",
    "{w} = what it returns",
    "{w}: the result",
    "{w}: what came out",
    "the result is the {w}",
    "the output as {w}",
    "its output as the {w}",
    "{w} set to what you got",
    "the {w} is what you find",
    "the {w} is the output of the first",
    "the {w} comes from the result",
    "the {w} is the answer",
    "{w} is what the first tool says",
    "{w} being the result",
    "use the result as {w}",
    "use what you get for {w}",
    "use the answer as the {w}",
    "put the result in {w}",
    "let the result be the {w}",
    "give it the result as {w}",
    "as {w} what it returned",
    "as the {w} use what was found",
    "the first result for {w}",
    "that value as {w}",
    "the {w} from before",
    "the {w} you find there",
    "the {w} that came back",
    "~what was returned as {w}",
    "~take the {w} from the answer",
    "~the {w} is the value you found",
    "~for {w} use the output",
)  # fmt: skip
ALSO = (
    ". Also, {b}",
    ", and also {b}",
    " and {b}",
    ". {b}",
    "; {b}",
    ", {b} too",
    ". At the same time {b}",
    "~. In addition, {b}",
    " as well as {b}",
    ". Besides, {b}",
    ". And {b}",
    ", plus {b}",
    ". Do this too: {b}",
    "~. Another thing: {b}",
    ". Secondly, {b}",
    ". The other task: {b}",
    ", and at the same time {b}",
    ". Apart from that, {b}",
    "~. Moreover, {b}",
    ", and in parallel {b}",
    ". On top of that, {b}",
    ". And please {b}",
    ". Additionally, {b}",
    ". Please also {b}",
    ". I also need this: {b}",
    ". And also: {b}",
    ". There is one more thing: {b}",
    ". One more: {b}",
    ", {b} as well",
    ". Furthermore, {b}",
    ". Further, {b}",
    ". In addition to that, {b}",
    ". There is something else to do: {b}",
    ". Meanwhile {b}",
    " & {b}",
    " + {b}",
    "\nAnd {b}",
    "\nAlso {b}",
    ". Another task for you: {b}",
    ". The second thing: {b}",
    ". Number two: {b}",
    ". While you do that, {b}",
    ". Independent of this, {b}",
    ", besides that {b}",
    ". Both are needed: {b}",
    ". Along with that, {b}",
    ". In parallel: {b}",
    ". I have a second request: {b}",
    "~. Something else: {b}",
    "~, and one more thing: {b}",
    "~. A second task: {b}",
    "~. While you are there, {b}",
)


def _verb(rng: Random, tool: RandomTool) -> str:
    return rng.choice((tool.verb, tool.verb, tool.verb, *VERBS.get(tool.verb, ())))


def _order(rng: Random, tool: RandomTool, held_out: bool) -> str:
    if rng.random() < 0.12:
        return expand(rng, pick(rng, _BY_NAME, held_out=held_out), t=tool.name)
    template = pick(rng, _ORDERS, held_out=held_out)
    return small(expand(rng, template, v=_verb(rng, tool), n=tool.noun))


def small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _shown(rng: Random, parameter: Parameter, value: Any) -> str:
    """A value as people write it in a sentence."""
    if isinstance(value, list):
        return listing([str(each) for each in value])
    if isinstance(value, dict):
        fields = {field.name: field for field in parameter.fields}
        return listing([f"{fields[name].words} {_shown(rng, fields[name], each)}" for name, each in value.items()])  # fmt: skip
    if isinstance(value, bool):
        return rng.choice(("yes", "true") if value else ("no", "false"))
    shown = str(value)
    if parameter.kind in ("text", "word", "name", "code", "path") and rng.random() < 0.25:
        shown = rng.choice((f'"{shown}"', f"'{shown}'", f"`{shown}`"))
    elif parameter.kind == "text" and rng.random() < 0.6:
        shown = f'"{shown}"'
    return shown


def _mention(rng: Random, style: str, parameter: Parameter, value: Any, *, held_out: bool) -> str:
    if isinstance(value, bool) and rng.random() < 0.7:
        template = pick(rng, _YES if value else _NO, held_out=held_out)
        return template.format(w=parameter.words)
    if isinstance(value, dict):
        style = rng.choice(("{w} with {x}", "{w}: {x}"))
    words = parameter.words if rng.random() < 0.9 else parameter.name
    return style.format(w=words, x=_shown(rng, parameter, value))


def _in_passing(rng: Random, order: str, given: Mapping[Parameter, Any]) -> str:
    """`book a table for Anna on 2026-05-01`: each value alone says what it is for."""
    for parameter, value in given.items():
        shown = _shown(rng, parameter, value)
        if parameter.kind == "text":
            shown = shown.strip("\"'`")
        order = rng.choice(_ALONE[parameter.kind]).format(o=order, x=shown, w=parameter.words)
    return order


def phrase(
    rng: Random,
    tool: RandomTool,
    arguments: Mapping[str, Any],
    *,
    held_out: bool,
    more: str = "",
) -> str:
    """A request for one call, in one sentence without its end; `more` is one further mention.

    The arguments are mentioned in the order that they have.
    """
    order = _order(rng, tool, held_out)
    known = {parameter.name: parameter for parameter in tool.parameters}
    given = {known[name]: value for name, value in arguments.items()}
    kinds = [parameter.kind for parameter in tool.parameters]
    plain = {p: v for p, v in given.items() if p.kind in _ALONE and kinds.count(p.kind) == 1}
    leads = list(plain) == list(given)[: len(plain)]  # the order of the arguments stays
    if plain and leads and rng.random() < (0.55 if len(given) == 1 else 0.35):
        order = _in_passing(rng, order, plain)
        given = {p: v for p, v in given.items() if p not in plain}
    styles = [pick(rng, _SINGLE, held_out=held_out)] * len(given)
    if rng.random() < 0.4:
        styles = [pick(rng, _SINGLE, held_out=held_out) for _ in given]
    pairs = zip(styles, given.items(), strict=True)
    parts = [_mention(rng, style, p, value, held_out=held_out) for style, (p, value) in pairs]
    if more:
        parts.append(more)
    if not parts:
        return order
    joined = listing(parts) if rng.random() < 0.6 else rng.choice((", ", ", ", "; ")).join(parts)
    return order + pick(rng, _JOINTS, held_out=held_out) + joined


def sentence(rng: Random, text: str) -> str:
    """As a whole message."""
    text = text[:1].upper() + text[1:] if rng.random() < 0.85 else text
    return polite(rng, text + rng.choice((".", "", ".", "!", "?")))


def arguments_for(rng: Random, tool: RandomTool, *, held_out: bool) -> dict[str, Any]:
    """Values for all required parameters and for half of the others, in the order of a request."""
    wanted = [p for p in tool.parameters if p.required or rng.random() < 0.5]
    if rng.random() < 0.5:
        rng.shuffle(wanted)
    return {p.name: p.value(rng, held_out=held_out) for p in wanted}
