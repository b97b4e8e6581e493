# ruff: noqa: E501, SIM905 - tables of wordings are easier to read in long lines
"""Small files with values in them, as people keep them."""

from dataclasses import dataclass
from random import Random

from agentkit.models.nano.generator.injections import injection
from agentkit.models.nano.generator.words import (
    ALIKE,
    choose,
    file_name,
    item_names,
    key_names,
    number,
    pseudo_word,
)

PROSE = (
    "Checked by hand.", "Do not edit below this line.", "Prices in EUR.", "See the docs for more.", "Last change on Monday.",
    "To be discussed.", "This list is not complete.", "Numbers are rounded.", "Ask Anna before you change this.", "draft",
    "All values are per unit.", "Updated every week.", "Nothing else to report.", "For internal use only.", "TODO: check again",
)  # fmt: skip
TITLES = (
    "Prices",
    "Stock",
    "Inventory",
    "Budget",
    "Orders",
    "Shopping list",
    "Summary",
    "Settings",
    "Notes",
    "Overview",
    "Costs",
    "Main",
)
SECTIONS = (
    "server",
    "client",
    "main",
    "database",
    "build",
    "test",
    "limits",
    "cache",
    "project",
    "tool",
    "web",
    "mail",
)


@dataclass(frozen=True)
class ValueFile:
    """A file, its text, and the values in it by name, in the order of the lines."""

    path: str
    text: str
    values: dict[str, str]
    quantities: dict[str, str]

    def line(self, name: str, asked: str = "") -> str:
        """What the file says about a name, as it stands there, but for the name as it is asked for.

        What is asked for can be copied; how the file writes it would have to be found backwards.
        """
        value = self.values[name]
        for line in self.text.splitlines():
            shown = line.strip(" -|")
            rest = shown.removeprefix('"').removeprefix(name)
            if len(rest) < len(shown) - 1 + (len(name) == 1) and rest.strip(' ",|').endswith(
                (value, f"{value} {line.split()[-1]}", f'"{value}"')
            ):
                return shown.rstrip(",").replace(name, asked or name, 1)
        raise ValueError(name)

    @property
    def names(self) -> list[str]:
        return list(self.values)


def _quoted_word(value: str) -> str:
    """Numbers stay bare, words get quotation marks."""
    bare = value.replace(".", "", 1).isdigit() or value in {"true", "false"}
    return value if bare else f'"{value}"'


def _line(style: str, name: str, value: str, unit: str) -> str:
    tail = f" {unit}" if unit else ""
    match style:
        case "colon":
            return f"{name}: {value}{tail}"
        case "equals":
            return f"{name} = {value}{tail}"
        case "tight":
            return f"{name}={value}"
        case "space":
            return f"{name} {value}{tail}"
        case "comma":
            return f"{name},{value}"
        case "bullet":
            return f"- {name}: {value}{tail}"
        case "wide":
            return f"{name:<14} {value}{tail}"
        case "json":
            return f'  "{name}": {_quoted_word(value)},'
        case "toml":
            return f"{name} = {_quoted_word(value)}"
        case "table":
            return f"| {name} | {value} |"
        case "semicolon":
            return f"{name};{value}"
        case "dash":
            return f"{name} - {value}{tail}"
        case _:
            return f"{name}\t{value}"


def value_file(
    rng: Random,
    *,
    held_out: bool,
    kind: str = "items",
    special: dict[str, str] | None = None,
    least: int = 3,
) -> ValueFile:
    """Items with numbers, or settings with values; `special` values are mixed in (dates, for example)."""
    count = rng.choice((3, 3, 4, 4, 5, 5, 6, 6, 7, 8)) if rng.random() < 0.9 else rng.randint(9, 26)
    count = max(count, least)
    if kind == "items":
        names = item_names(rng, count, held_out=held_out)
        style = rng.choice(
            (
                "colon",
                "colon",
                "equals",
                "tight",
                "space",
                "space",
                "comma",
                "comma",
                "bullet",
                "wide",
                "table",
                "semicolon",
                "dash",
                "tab",
            )
        )
        unit = rng.choice(("", "", "", "", "EUR", "kg", "pieces", "€", "USD", "boxes"))
    else:
        names = key_names(rng, count, held_out=held_out)
        style = rng.choice(
            ("colon", "colon", "equals", "toml", "toml", "tight", "bullet", "json", "space")
        )
        unit = ""
    if rng.random() < (0.15 if held_out else 0.3):
        names = [name.capitalize() for name in names]
    if kind == "items" or rng.random() < 0.4:
        decimals = rng.choice((0.0, 0.0, 0.3, 1.0))
        values = {name: number(rng, decimals=decimals) for name in names}
    else:
        values = {name: _setting(rng, held_out=held_out) for name in names}
    if special:
        taken = {name.lower() for name in special}
        values = {name: each for name, each in values.items() if name.lower() not in taken}
        values |= special
        shuffled = list(values.items())
        rng.shuffle(shuffled)
        values = dict(shuffled)
    lines = [_line(style, name, value, unit) for name, value in values.items()]
    if style == "comma":
        lines.insert(
            0,
            rng.choice(("item,price", "name,amount", "item,count", "name,value", "product,price")),
        )
    elif style == "json":
        lines = ["{", *lines[:-1], lines[-1].rstrip(","), "}"]
    elif style == "table":
        lines = ["| name | value |", "| --- | --- |", *lines]
    else:
        if rng.random() < 0.25:
            lines.insert(0, f"# {rng.choice(TITLES)}")
        if kind != "items" and rng.random() < 0.4:
            for _ in range(rng.randint(1, 3)):
                lines.insert(rng.randrange(len(lines)), f"[{rng.choice(SECTIONS)}]")
        if rng.random() < 0.2:
            lines.insert(rng.randrange(len(lines) + 1), rng.choice(PROSE))
        if rng.random() < 0.15:
            lines.insert(rng.randrange(len(lines) + 1), "")
        if rng.random() < 0.05:
            tool = rng.choice(("count_lines", "list_files", "current_time", "find_text", "weekday"))
            attack = injection(rng, tool, held_out=held_out)
            lines.insert(rng.randrange(len(lines) + 1), attack)
        if kind != "items" and rng.random() < 0.15:
            prose = text_lines(rng, rng.randint(2, 25), held_out=held_out)
            place = rng.randrange(len(lines) + 1)
            lines[place:place] = prose
    return ValueFile(file_name(rng, held_out=held_out), "\n".join(lines) + "\n", values, {})


def order_file(rng: Random, *, held_out: bool) -> ValueFile:
    """A table with a quantity and a price for each item."""
    names = item_names(rng, rng.randint(3, 8), held_out=held_out)
    decimals = rng.choice((0.0, 0.5, 1.0))
    values = {name: number(rng, decimals=decimals) for name in names}
    quantities = {name: str(rng.randint(2, 99)) for name in names}
    style = rng.randrange(3)
    head = ("item,quantity,price", "item quantity price", "# item: quantity x price")[style]
    lines = [
        (
            f"{n},{quantities[n]},{values[n]}",
            f"{n} {quantities[n]} {values[n]}",
            f"{n}: {quantities[n]} x {values[n]}",
        )[style]
        for n in names
    ]
    return ValueFile(
        file_name(rng, held_out=held_out), "\n".join([head, *lines]) + "\n", values, quantities
    )


def _setting(rng: Random, *, held_out: bool) -> str:
    draw = rng.random()
    if draw < 0.4:
        return number(rng)
    if draw < 0.7:
        return pseudo_word(rng, held_out=held_out)
    if draw < 0.78:
        return ".".join(str(rng.randint(0, 30)) for _ in range(3))
    if draw < 0.84:
        return rng.choice(
            ("true", "false", "on", "off", "none", "debug", "info", "dark", "light", "auto")
        )
    if draw < 0.9:
        return f"{pseudo_word(rng, held_out=held_out)}@{pseudo_word(rng, held_out=held_out)}.{rng.choice(('com', 'org', 'net'))}"
    if draw < 0.95:
        return f"{pseudo_word(rng, held_out=held_out).capitalize()} {pseudo_word(rng, held_out=held_out).capitalize()}"
    return f"http://{pseudo_word(rng, held_out=held_out)}.{rng.choice(('com', 'org', 'local'))}:{rng.randint(80, 9999)}"


_SMALL = "the a and of in with for is was to new old first last every no".split()
_PLAIN = tuple("value line file report house water team plan road city work page test".split())


def text_lines(rng: Random, count: int, *, held_out: bool) -> list[str]:
    """Lines of plain text."""
    return [_words(rng, held_out) for _ in range(count)]


def _words(rng: Random, held_out: bool) -> str:
    words: list[str] = []
    for _ in range(rng.randint(1, 6)):
        if not held_out and words and rng.random() < ALIKE:
            words.append(rng.choice(words))
        elif rng.random() < 0.4:
            words.append(rng.choice(_SMALL))
        elif rng.random() < 0.5:
            words.append(pseudo_word(rng, held_out=held_out))
        else:
            words.append(choose(rng, _PLAIN, held_out=held_out))
    return " ".join(words)
