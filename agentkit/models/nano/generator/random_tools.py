# ruff: noqa: E501, SIM905 - tables of words are easier to read in long lines
"""Tools that nobody has seen: random names, descriptions, parameters and values, so that reading the
definition and copying the values is all that helps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from agentkit.models.nano.generator.words import KEYS, choose, file_name, pseudo_word
from agentkit.tools import Tool

# A verb, and other words by which people ask for the same.
VERBS: dict[str, tuple[str, ...]] = {
    "get": ("fetch", "show me", "give me"), "find": ("look for", "locate"), "search": ("look up",), "create": ("make", "set up"), "update": ("change",), "send": ("post",),
    "book": ("reserve",), "cancel": ("call off",), "open": (), "close": ("shut",), "start": ("begin", "launch"), "stop": ("end", "halt"), "check": ("inspect",), "show": ("display",),
    "list": ("show me all",), "add": ("put in",), "remove": ("delete", "take out"), "convert": (), "translate": (), "measure": (), "order": ("buy",), "schedule": ("plan",),
    "track": ("follow",), "compare": (), "sort": (), "merge": ("join",), "split": ("divide",), "rate": (), "review": (), "lock": (), "unlock": (), "move": ("shift",), "copy": ("duplicate",),
    "print": (), "scan": (), "play": (), "record": (), "rename": (), "publish": ("release",), "count": (), "lookup": ("look up",), "archive": (), "share": (), "upload": (), "download": (),
    "estimate": (), "validate": ("verify",), "assign": (), "approve": (), "reset": (), "restart": (), "log": (), "read": (), "write": (), "pay": (), "ship": (), "refund": (), "invite": (),
    "activate": (), "adjust": (), "analyze": (), "apply": (), "attach": (), "block": (), "browse": (), "build": (), "calculate": (), "capture": (), "charge": (), "clean": (),
    "clear": (), "collect": (), "combine": (), "commit": (), "compile": (), "compress": (), "configure": (), "connect": (), "crop": (), "decode": (), "deploy": (), "describe": (),
    "detect": (), "disable": (), "draw": (), "edit": (), "enable": (), "encrypt": (), "evaluate": (), "execute": (), "export": (), "extract": (), "filter": (), "generate": (),
    "grant": (), "import": (), "improve": (), "insert": (), "install": (), "load": (), "manage": (), "mark": (), "monitor": (), "mute": (), "notify": (), "optimize": (), "pack": (),
    "parse": (), "pause": (), "predict": (), "prepare": (), "protect": (), "recommend": (), "refresh": (), "reject": (), "render": (), "repair": (),
    "repeat": (), "replace": (), "reply": (), "resize": (), "resolve": (), "restore": (), "resume": (), "retry": (), "reverse": (), "rotate": (), "run": (), "save": (),
    "select": (), "sell": (), "sign": (), "simulate": (), "skip": (), "solve": (), "submit": (), "suggest": (), "summarize": (), "switch": (), "sync": (),
    "toggle": (), "trade": (), "transfer": (), "trim": (), "undo": (), "unpack": (), "upgrade": (), "view": (), "vote": (), "wait": (), "wake": (), "warn": (), "watch": (),
    "wipe": (), "wrap": (),
}  # fmt: skip
NOUNS = (
    "weather ticket room flight order invoice customer product lamp heater door alarm message mail meeting event task note song video "
    "photo map route train bus table hotel recipe book account payment parcel garden pump sensor robot printer server backup report "
    "price stock player team match ship plant machine camera window shelf box key card letter package contract course student "
    "user issue branch image playlist reminder contact calendar exchange currency temperature distance balance menu seat driver vehicle "
    "address advert agenda airport animal answer apartment app appointment article artist asset auction badge bag battery bike bill bird board boat "
    "bookmark bottle bucket budget bug button cake campaign candle car cart case catalog channel chart chat child city class client clock cloud "
    "coat code coin column comment company component computer coupon crate cup curtain dashboard database deal deck delivery deposit desk device diagram "
    "dictionary dinner directory dish disk doctor document dog draft drawer drone employee engine entry episode error essay exam exercise expense factory "
    "fan farm feature fence ferry field film firewall flag floor flower folder font forecast form formula forum fridge friend fruit fuel game gate "
    "gift glass goal graph grid guest guide habit hall holiday hospital host house icon idea insurance interview item job journal keyboard kitchen label "
    "language laptop layer league lecture lesson library license light link loan location lunch magazine market meal medicine member memory meter "
    "method metric mirror model module mortgage motor movie museum network newsletter node notebook notification object offer office opinion "
    "oven packet page painting paper parent park partner password patch patient pattern pen pet phone piano picture pipeline pizza plane planet plate "
    "podcast point policy poll pool port poster prescription present process profile program project promotion property proposal purchase puzzle query "
    "question queue quiz quote rack radio region rental repository reservation resource restaurant reward river road role roof rule "
    "salad sale sample sauna scene school score screen script season secret section sentence session setting shirt shoe shop shower signal skill slide "
    "snapshot sofa sound speaker spreadsheet stage stamp star station statement step store story stream street subscription suitcase supplier "
    "survey symbol tag tank target tax teacher template tent test theater thermostat thread timer topic tour toy trailer transaction trip "
    "truck tunnel tutorial umbrella uniform unit university vacation valve vendor venue village visa visitor voice volume voucher wallet warehouse washer "
    "wedding widget wine witness word workflow worker workout workspace zone"
).split()
KINDS = "word word word name name text int int int float date time email url code path enum enum bool words numbers object".split()
_TYPES = {
    "int": "integer", "float": "number", "bool": "boolean", "words": "array", "numbers": "array", "object": "object",
}  # fmt: skip
# What a parameter of a kind is usually called.
USUAL: dict[str, tuple[str, ...]] = {
    "word": ("keyword", "topic", "label", "category", "group", "tag", "color", "genre", "query", "brand", "word", "symbol", "ingredient", "username", "subject", "material"),
    "name": ("name", "city", "customer", "owner", "author", "street", "team", "country", "title", "person", "guest", "place", "location", "origin", "destination", "airport", "artist", "company", "region", "room", "hotel", "restaurant", "driver", "player", "doctor"),
    "text": ("message", "subject", "note", "description", "comment", "body", "reason", "question", "content", "caption", "headline", "text", "summary", "address", "feedback"),
    "int": ("count", "amount", "quantity", "limit", "number", "seats", "page", "year", "minutes", "port", "people", "size", "days", "hours", "nights", "copies", "guests", "tickets", "seconds", "age", "floor", "level", "rows", "volume", "height", "width"),
    "float": ("price", "weight", "rate", "temperature", "distance", "length", "budget", "ratio", "amount", "latitude", "longitude", "radius", "speed", "score", "tip"),
    "date": ("date", "day", "start date", "end date", "deadline", "due date", "birthday", "arrival", "departure", "start", "end", "check in", "check out", "from date", "until"),
    "time": ("time", "start time", "end time", "hour", "alarm time", "opening", "closing", "pickup time", "at"),
    "email": ("email", "recipient", "to", "sender", "contact", "cc", "user email", "reply to", "account"),
    "url": ("url", "link", "website", "page url", "source", "homepage", "image url", "feed"),
    "code": ("order id", "id", "code", "reference", "ticket id", "serial", "invoice id", "customer id", "key", "booking number", "sku", "flight number", "room number", "account id", "product id"),
    "path": ("path", "file", "folder", "target", "source file", "output", "input file", "filename", "directory"),
    "enum": ("unit", "status", "priority", "mode", "format", "level", "type", "language", "currency", "size", "order", "color", "direction", "quality", "category", "units"),
    "bool": ("urgent", "dry run", "force", "recursive", "private", "verbose", "notify", "overwrite", "breakfast", "insurance", "express", "repeat", "loud", "all day", "exact"),
    "words": ("tags", "names", "labels", "guests", "items", "members", "keywords", "ingredients", "colors", "cities", "toppings", "topics", "columns"),
    "numbers": ("values", "numbers", "ids", "scores", "sizes", "pages", "years", "amounts", "rooms"),
    "object": ("address", "options", "customer", "filter", "location", "settings", "person", "range", "payment", "details"),
}  # fmt: skip
_USUAL_CHOICES = (
    ("celsius", "fahrenheit"), ("low", "medium", "high"), ("open", "closed"), ("km", "miles"), ("small", "medium", "large"), ("asc", "desc"), ("json", "csv", "xml"),
    ("on", "off", "auto"), ("EUR", "USD", "GBP"), ("english", "german", "french", "spanish"), ("red", "green", "blue", "white"), ("metric", "imperial"), ("economy", "business", "first"),
    ("left", "right"), ("day", "week", "month", "year"), ("pdf", "docx", "html"), ("fast", "slow"), ("public", "private"), ("new", "used"), ("cash", "card"), ("north", "south", "east", "west"),
    ("kg", "g", "lb"), ("draft", "final"), ("hot", "cold"), ("mail", "phone", "sms"), ("todo", "doing", "done"), ("debug", "info", "warning", "error"),
)  # fmt: skip
_REAL_NAMES = (
    "Paris Berlin London Madrid Rome Vienna Oslo Dublin Lisbon Prague Warsaw Athens Cairo Tokyo Seoul Delhi Sydney Boston Chicago Denver Dallas Seattle Toronto Munich Hamburg Milan Zurich Geneva "
    "Anna Ben Tom Lisa Maria Peter Paul Laura Emma Noah Oliver Sophie Lucas Nina Max Clara David Sarah Julia Felix Mark Alice Bob Carol Eve Frank Grace Henry Ivan Jane Kate Leo Mia Nora Oscar"
).split()
_DOMAINS = ("com", "org", "net", "de", "io")


@dataclass(frozen=True)
class Parameter:
    name: str
    words: str
    kind: str
    choices: tuple[str, ...] = ()
    required: bool = True
    fields: tuple["Parameter", ...] = ()
    described: str = ""
    examples: tuple[str, ...] = ()
    range: tuple[float, ...] = ()

    @property
    def all_words(self) -> list[str]:
        """Those of its name, and of its fields' names."""
        return [word for each in (self, *self.fields) for word in each.words.split()]

    @property
    def json_type(self) -> str:
        return _TYPES.get(self.kind, "string")

    def schema(self, rng: Random, noun: str) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": self.json_type}
        if self.kind == "words":
            schema["items"] = {"type": "string"}
        if self.kind == "numbers":
            schema["items"] = {"type": "integer"}
        if self.kind == "object":
            schema["properties"] = {field.name: field.schema(rng, noun) for field in self.fields}
            schema["required"] = [field.name for field in self.fields]
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.kind == "date" and rng.random() < 0.7:
            schema["format"] = "date"
        if self.described:
            if rng.random() < 0.8:
                schema["description"] = self.described
        elif rng.random() < 0.5:
            schema["description"] = rng.choice(_ABOUT_PARAMETERS).format(
                w=self.words, W=self.words.capitalize(), n=noun, x=self.value(rng, held_out=False)
            )
        if not self.required and rng.random() < 0.3:
            schema["default"] = self.value(rng, held_out=False)
        return schema

    def value(self, rng: Random, *, held_out: bool) -> Any:
        """A value of the kind, as it stands in the arguments."""
        match self.kind:
            case "int" if self.range:
                return rng.randint(*map(int, self.range))
            case "float" if self.range:
                return round(rng.uniform(*self.range), rng.choice((1, 1, 2)))
            case "words" if self.examples and rng.random() < 0.6:
                drawn = (
                    choose(rng, self.examples, held_out=held_out) for _ in range(rng.randint(1, 3))
                )
                return list(dict.fromkeys(drawn))
            case "int":
                return rng.randint(0, 10 ** rng.choice((1, 2, 2, 3, 4)))
            case "float":
                return float(f"{rng.randint(0, 200)}.{rng.randint(1, 9)}")
            case "bool":
                return rng.random() < 0.5
            case "enum":
                return rng.choice(self.choices)
            case "words":
                return [pseudo_word(rng, held_out=held_out) for _ in range(rng.randint(1, 3))]
            case "numbers":
                return [rng.randint(0, 99) for _ in range(rng.randint(1, 4))]
            case "object":
                return {field.name: field.value(rng, held_out=held_out) for field in self.fields}
            case _ if self.examples and rng.random() < 0.6:
                return choose(rng, self.examples, held_out=held_out)
            case kind:
                return text_value(rng, kind, held_out=held_out)


def text_value(rng: Random, kind: str, *, held_out: bool) -> str:
    """A string of a kind."""

    def word() -> str:
        return pseudo_word(rng, held_out=held_out)

    match kind:
        case "date":
            return (date(2024, 1, 1) + timedelta(days=rng.randint(0, 1500))).isoformat()
        case "time":
            return f"{rng.randint(0, 23):02}:{rng.choice(('00', '15', '30', '45', '05', '50'))}"
        case "email":
            return f"{word()}@{word()}.{rng.choice(_DOMAINS)}"
        case "url":
            return f"https://{word()}.{rng.choice(_DOMAINS)}{rng.choice(('', '/', '/' + word()))}"
        case "code":
            return rng.choice((
                f"{word()[:2].upper()}-{rng.randint(1, 999)}", f"{word()}-{rng.randint(1, 99)}", f"{word()[:3].upper()}{rng.randint(10, 999)}", f"#{rng.randint(1, 9999)}",
                f"{word()}_{word()}",
            ))  # fmt: skip
        case "path":
            return file_name(rng, held_out=held_out)
        case "text":
            return " ".join(word() for _ in range(rng.randint(2, 5)))
        case "name" if rng.random() < 0.4:
            return choose(rng, _REAL_NAMES, held_out=held_out)
        case "name":
            return " ".join(word().capitalize() for _ in range(rng.choice((1, 1, 2))))
        case _:
            return word()


@dataclass(frozen=True)
class Wording:
    """A request with slots: the parameters in the order it gives them, and what it says without a slot."""

    text: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def renamed(self, names: Mapping[str, str]) -> "Wording":
        text = self.text
        for old in self.names:
            text = text.replace(f"{{{old}}}", f"{{{names[old]}}}")
        fixed = {names[old]: value for old, value in self.fixed.items()}
        return Wording(text, tuple(names[old] for old in self.names), fixed)

    def fits(self, arguments: Mapping[str, Any]) -> bool:
        """Whether it asks for these, in this order."""
        said = {name: arguments.get(name) for name in self.fixed}
        return tuple(arguments) == self.names and said == dict(self.fixed)


@dataclass(frozen=True)
class DrawnTool:
    """A definition, and what is needed to ask for it: a verb and a noun, or whole orders and requests."""

    name: str
    verb: str
    noun: str
    parameters: tuple[Parameter, ...]
    definition: dict[str, Any]
    orders: tuple[str, ...] = ()
    requests: tuple[Wording, ...] = ()

    @property
    def runnable(self) -> Tool:
        """A tool of this definition that does nothing."""
        function = self.definition["function"]
        return Tool.from_schema(
            lambda **arguments: "Done.",
            name=self.name,
            description=function["description"],
            parameters=function["parameters"],
        )


def _usual(share: float, held_out: bool) -> float:
    """How often a word is one of the field's.

    To train, less often than people do it: what is known by heart is not read any more.
    """
    return share if held_out else 0.6 * share


# How often, to train, a name begins with neither verb nor noun (`mail_send_report`): it has to be
# found from its middle. With two of thirteen it was missed six times as often as others, of eight.
_PREFIXED = 0.4
# How often, to train, any other has its noun in the plural: with one of thirteen `repeat_leagues`
# was now and then taken for a tool without leagues, and looked at for ever.
_PLURAL = 0.2


def _tool_name(rng: Random, verb: str, noun: str, held_out: bool) -> str:
    space = pseudo_word(rng, held_out=held_out)
    prefixed = (f"{space}_{verb}_{noun}", f"{space}.{verb}_{noun}")
    if not held_out and rng.random() < _PREFIXED:
        return rng.choice((*prefixed, f"{space}-{verb}-{noun}", f"{space}__{noun}_{verb}", f"{space}{verb.capitalize()}{noun.capitalize()}"))  # fmt: skip
    if not held_out and rng.random() < _PLURAL:
        return f"{verb}_{noun}s"
    return rng.choice((
        f"{verb}_{noun}", f"{verb}_{noun}", f"{verb}_{noun}", f"{verb}{noun.capitalize()}", f"{noun}.{verb}", f"{noun}-{verb}", f"{noun}_{verb}", f"{noun}{verb.capitalize()}",
        *prefixed, f"{verb}_{noun}s", f"{verb}_the_{noun}", f"{verb.capitalize()}{noun.capitalize()}",
    ))  # fmt: skip


def kind_and_words(rng: Random, *, held_out: bool, depth: int = 0) -> tuple[str, str]:
    """The kind of a parameter, and what it is called; in an object (`depth`) is no other."""
    kind = rng.choice(KINDS)
    while depth and kind == "object":
        kind = rng.choice(KINDS)
    return kind, _words(rng, kind, held_out=held_out)


def _words(rng: Random, kind: str, *, held_out: bool) -> str:
    """What a parameter is called: what the field calls it, or anything."""
    if rng.random() < _usual(0.5, held_out):
        return choose(rng, USUAL[kind], held_out=held_out)

    def one_word() -> str:
        if rng.random() < _usual(0.5, held_out):
            return choose(rng, KEYS, held_out=held_out)
        return pseudo_word(rng, held_out=held_out)

    # To train, oftener of two words: of those one was left out, where the request has both.
    parts = [one_word() for _ in range(rng.choice((1, 1, 1, 2) if held_out else (1, 1, 2, 2)))]
    return " ".join(parts).replace("_", " ").replace("-", " ")


def _choices(rng: Random, *, held_out: bool) -> tuple[str, ...]:
    if rng.random() < 0.5:
        return rng.choice(_USUAL_CHOICES)
    named = (pseudo_word(rng, held_out=held_out) for _ in range(rng.randint(2, 5)))
    return tuple(dict.fromkeys(named))


# How often a parameter is one of those that the tools of a set share, if they share any.
_SHARED = 0.6


def _parameter(
    rng: Random, *, held_out: bool, shared: Sequence[tuple[str, str]] = (), depth: int = 0
) -> Parameter:
    if shared and rng.random() < _SHARED:
        kind, words = rng.choice(shared)
    else:
        kind, words = kind_and_words(rng, held_out=held_out, depth=depth)
    parts = words.split()
    camel = parts[0] + "".join(part.capitalize() for part in parts[1:])
    name = rng.choice(("_".join(parts), "_".join(parts), "_".join(parts), camel))
    fields: dict[str, Parameter] = {}
    if kind == "object":
        for _ in range(rng.randint(1, 2)):
            field = _parameter(rng, held_out=held_out, depth=1)
            fields[field.name] = field
    choices = _choices(rng, held_out=held_out) if kind == "enum" else ()
    return Parameter(name, words, kind, choices, rng.random() < 0.72, tuple(fields.values()))


def behind_another_word(rng: Random, tool: DrawnTool, *, held_out: bool) -> DrawnTool:
    """The tool with a name that begins with neither verb nor noun."""
    first, second = rng.sample((tool.verb, tool.noun), 2)
    name = f"{pseudo_word(rng, held_out=held_out)}{rng.choice('._-')}{first}_{second}"
    function = {**tool.definition["function"], "name": name}
    return replace(tool, name=name, definition={**tool.definition, "function": function})


_DESCRIPTIONS = (
    "{Verb} the {noun}.", "{Verb} a {noun}", "{Verb} {noun}s.", "Use it to {verb} the {noun}.", "{Verb}s a {noun} and returns what came of it.", "This function can {verb} any {noun}.",
    "A tool to {verb} {noun}s", "Lets you {verb} one {noun}.", "{Verb} a {noun} by its details.", "{Verb} a {noun} for the user.", "Helps to {verb} the {noun} of a person.", "Tool: {verb} {noun}.",
    "Will {verb} the given {noun} at once.", "{Verb} one or more {noun}s in the system", "{Noun}: {verb} it.", "Asks the server to {verb} a {noun}.", "To {verb} a {noun}, call this.", "{Verb} an existing {noun}.",
)  # fmt: skip
# What else stands in a description, and tells nothing about what the tool is for.
_REMARKS = (
    "Returns JSON.", "Returns the result as text.", "The result is a short text.", "Needs no login.", "It may take a few seconds.", "Fails if something is missing.", "Use it once for each request.", "Values are not checked.",
    "Only for registered users.", "See the manual.", "Optional values may be left out.", "Works worldwide.", "Nothing is changed.", "Be careful.", "Times are local.", "Dates are written YYYY-MM-DD.", "Version 2.",
)  # fmt: skip
_ABOUT_PARAMETERS = (
    "{W}", "The {w}.", "{w} of it", "The {w} of the {n}", "{W} of the {n}.", "The {w} to use.", "{W}, for example {x}", "{W} (e.g. {x}).", "Which {w} is wanted", "{W} as the user gave it.", "What {w} the {n} has.",
    "A {w}", "Its {w}.", "The {w} that belongs to the {n}.", "{W} for the {n}, such as {x}.",
)  # fmt: skip


def random_verb(rng: Random, *, held_out: bool) -> str:
    if rng.random() < _usual(0.8, held_out):
        return choose(rng, tuple(VERBS), held_out=held_out)
    return pseudo_word(rng, held_out=held_out)


def random_noun(rng: Random, *, held_out: bool) -> str:
    if rng.random() < _usual(0.7, held_out):
        return choose(rng, NOUNS, held_out=held_out)
    return pseudo_word(rng, held_out=held_out)


def random_tool(
    rng: Random,
    *,
    held_out: bool,
    most: int = 6,
    verbs: Sequence[str] = (),
    nouns: Sequence[str] = (),
    shared: Sequence[tuple[str, str]] = (),
) -> DrawnTool:
    """A tool with 0 to `most` parameters.

    Its verb and noun are of these, and many of its parameters (kind and words), if there are some.
    """
    verb = rng.choice(verbs) if verbs else random_verb(rng, held_out=held_out)
    noun = rng.choice(nouns) if nouns else random_noun(rng, held_out=held_out)
    parameters: dict[str, Parameter] = {}
    for _ in range(min(rng.choice((0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6)), most)):
        parameter = _parameter(rng, held_out=held_out, shared=shared)
        said = [word for each in (*parameters.values(), parameter) for word in each.all_words]
        if len(set(said)) == len(said):  # else nobody could tell which of them is meant
            parameters[parameter.name] = parameter
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {p.name: p.schema(rng, noun) for p in parameters.values()},
    }
    required = [p.name for p in parameters.values() if p.required]
    if required:
        schema["required"] = required
    name = _tool_name(rng, verb, noun, held_out)
    words = {"verb": verb, "Verb": verb.capitalize(), "noun": noun, "Noun": noun.capitalize()}
    description = rng.choice(_DESCRIPTIONS).format(**words)
    if rng.random() < 0.3:
        description = f"{description.rstrip('.')}. {rng.choice(_REMARKS)}"
    definition = {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": schema},
    }
    return DrawnTool(name, verb, noun, tuple(parameters.values()), definition)
