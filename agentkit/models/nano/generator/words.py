# ruff: noqa: E501, SIM905 - tables of words are easier to read in long lines
"""Words, names and files; a checksum of each name says whether it is held out of training."""

import zlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

ITEMS = (
    "apples pears oranges bananas plums cherries grapes lemons limes melons peaches figs kiwis mangoes dates berries tomatoes "
    "carrots onions potatoes beans peas rice flour sugar salt butter milk cheese eggs bread honey coffee tea cocoa pepper nuts "
    "screws nails bolts nuts washers hammers saws drills pliers wrenches ladders brushes paint glue tape rope wire cables lamps bulbs "
    "pens pencils notebooks folders staples markers erasers rulers scissors envelopes stamps paper binders clips desks chairs tables "
    "shelves monitors keyboards mice laptops printers scanners phones tablets cameras headsets routers switches batteries chargers "
    "shirts socks shoes hats gloves scarves coats belts bags tents maps bikes helmets pumps tires plates cups bowls forks spoons "
    "knives pots pans kettles towels soap candles vases mirrors pillows blankets curtains rugs clocks rent food travel gas water "
    "electricity insurance internet repairs fuel parking hotel flights taxi books music games tickets gifts garden cleaning "
    "strawberries blueberries raspberries apricots avocados pineapples garlic spinach lettuce cucumbers mushrooms almonds walnuts"
).split()
KEYS = (
    "port host timeout version name title author owner status level mode size limit workers threads retries interval delay color "
    "language region country city street budget total count price cost weight height width length depth speed temperature pressure "
    "deadline start end due release birthday date license user email phone room floor building team manager priority category "
    "capacity visitors members students score rate tax discount balance income expenses profit revenue orders stock units "
    "max_size min_size log_level cache_size buffer_size batch_size page_size pool_size max_retries base_url database backend theme "
    "subtotal shipping quantity amount distance duration seats pages chapters rows columns requires-python build-backend encoding"
).split()
PLACES = (
    "docs data src config notes examples tests reports logs scripts assets public app lib etc input output archive invoices lists "
    "examples/data docs/guide src/main data/raw data/2026 config/prod tests/data project/docs reports/2025 home/notes shop office"
).split()
STEMS = (
    "readme notes orders fruit prices inventory budget config settings report summary todo list items stock sales shopping expenses "
    "costs server app main index guide changelog license contributing install team people plan schedule events deadlines meeting log "
    "data table results scores weather garden kitchen tools parts catalog menu recipes books trip invoice customers products "
    "warehouse january february march april may june july metrics values numbers project release dates calendar hosts network"
).split()
SUFFIXES = (
    ".txt",
    ".md",
    ".csv",
    ".cfg",
    ".ini",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".log",
    ".conf",
    ".py",
    ".rst",
    ".tsv",
)
KNOWN_FILES = (
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "DESIGN.md", "pyproject.toml", "requirements.txt", "setup.py", "Makefile",
    "examples/data/orders.txt", "examples/data/fruit.txt", "examples/hello.py", "docs/notes.md", "docs/index.md", "TODO.md", "notes.txt",
    "src/main.py", "tests/test_agent.py", "agentkit/agent.py", "agentkit/cli.py", ".gitignore", "package.json", "Dockerfile", "main.py",
)  # fmt: skip
MONTHS = (
    "January February March April May June July August September October November December".split()
)
COMMON = tuple(Path(__file__).with_name("common_words.txt").read_text().split())
# Of names that look alike, training sees more than a person's files hold.
ALIKE = 0.12
_ONSETS = (
    "b c d f g h j k l m n p r s t v w z br cr dr fl gr kl pr sk st tr th sh ch qu pl sn".split()
)
_VOWELS = "a e i o u ai ea oo ou ei".split()
_CODAS = ["", "", "", "n", "r", "s", "l", "m", "t", "k", "nd", "st", "x", "p", "rn", "lt"]


def is_held_out(name: str) -> bool:
    """About one name in eight is kept for the evaluation."""
    return zlib.crc32(name.lower().encode()) % 8 == 0


@cache
def _split(names: tuple[str, ...], held_out: bool) -> tuple[str, ...]:
    return tuple(name for name in names if is_held_out(name) == held_out) or names


def choose(rng: Random, names: Sequence[str], *, held_out: bool) -> str:
    """A name of the wanted split."""
    return rng.choice(_split(tuple(names), held_out))


def pseudo_word(rng: Random, *, held_out: bool) -> str:
    """A word out of place, which can only be copied: invented and pronounceable, or an ordinary one.

    To train, a quarter are spliced from two ordinary ones.
    """
    draw = rng.random()
    if draw < 0.35:
        return choose(rng, COMMON, held_out=held_out)
    make = _spliced if not held_out and draw < 0.6 else _syllables
    while True:
        word = make(rng)
        if len(word) > 2 and is_held_out(word) == held_out:
            return word


def _syllables(rng: Random) -> str:
    return "".join(
        rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)
        for _ in range(rng.choice((1, 2, 2, 2)))
    )


def _spliced(rng: Random) -> str:
    """The beginning of one ordinary word and the end of another.

    Ordinary words are so few that a model knows by heart how each goes on, and then writes that
    ("con", "ta", "iner") instead of copying ("con", "ta", "ct").
    """
    first, last = (choose(rng, COMMON, held_out=False) for _ in range(2))
    return first[: rng.randint(2, 5)] + last[-rng.randint(2, 5) :]


def item_names(rng: Random, count: int, *, held_out: bool) -> list[str]:
    """Different names for things that have a number: mostly known words, some invented, some of two words."""
    names: dict[str, None] = {}
    invented = rng.choice((0.0, 0.0, 0.0, 0.3, 0.7))
    adjectives = (
        "red",
        "green",
        "small",
        "large",
        "old",
        "new",
        "blue",
        "black",
        "white",
        "fresh",
        "dry",
        "long",
        "big",
        "cheap",
    )
    while len(names) < count:
        if rng.random() < invented:
            name = pseudo_word(rng, held_out=held_out)
        else:
            name = choose(rng, ITEMS, held_out=held_out)
        if rng.random() < 0.06:
            name = f"{rng.choice(adjectives)} {name}"
        elif (
            not held_out and rng.random() < ALIKE and (plain := [n for n in names if " " not in n])
        ):
            name = f"{rng.choice(adjectives)} {rng.choice(plain)}"
        names[name] = None
    return list(names)


def key_names(rng: Random, count: int, *, held_out: bool) -> list[str]:
    """Different setting names."""
    names: dict[str, None] = {}
    while len(names) < count:
        draw = rng.random()
        if draw < 0.65:
            name = choose(rng, KEYS, held_out=held_out)
        elif draw < 0.85:
            name = pseudo_word(rng, held_out=held_out)
        else:
            joiner = rng.choice("_-. ")
            name = f"{pseudo_word(rng, held_out=held_out)}{joiner}{choose(rng, KEYS, held_out=held_out)}"
        names[name] = None
    return list(names)


def folder_name(rng: Random, *, held_out: bool) -> str:
    draw = rng.random()
    if draw < 0.7:
        return choose(rng, PLACES, held_out=held_out)
    if draw < 0.9:
        return pseudo_word(rng, held_out=held_out)
    return f"{choose(rng, PLACES, held_out=held_out)}/{pseudo_word(rng, held_out=held_out)}"


def file_name(rng: Random, *, held_out: bool) -> str:
    """A path as people have them."""
    draw = rng.random()
    if draw < 0.25:
        return choose(rng, KNOWN_FILES, held_out=held_out)
    stem = (
        choose(rng, STEMS, held_out=held_out) if draw < 0.7 else pseudo_word(rng, held_out=held_out)
    )
    if rng.random() < 0.15:
        stem += rng.choice("_-") + rng.choice(
            (str(rng.randint(1, 2030)), pseudo_word(rng, held_out=held_out))
        )
    if rng.random() < 0.1:
        stem = stem.upper() if rng.random() < 0.5 else stem.capitalize()
    name = stem + rng.choice(SUFFIXES)
    return name if rng.random() < 0.5 else f"{folder_name(rng, held_out=held_out)}/{name}"


def file_names(rng: Random, count: int, *, held_out: bool) -> list[str]:
    """Different names of the files of one folder, sorted."""
    names: set[str] = set()
    while len(names) < count:
        name = file_name(rng, held_out=held_out).rsplit("/", 1)[-1]
        if not held_out and names and rng.random() < 2 * ALIKE:
            name = _like(rng, rng.choice(sorted(names)), name)
        names.add(name)
    return sorted(names)


def _like(rng: Random, one: str, other: str) -> str:
    """A file's name that begins as one of these and ends as the other, or the other one."""
    beginnings = [one.rpartition(".")[0], other.rpartition(".")[0]]
    endings = [other.rpartition(".")[2], one.rpartition(".")[2]]
    place = rng.randrange(2)
    if not all(beginnings) or is_held_out(beginnings[place]):
        return other
    return f"{beginnings[place]}.{endings[place]}"


def number(rng: Random, *, decimals: float = 0.2) -> str:
    """A number as written in a file or a question."""
    if rng.random() < decimals:
        return f"{rng.randint(0, 10 ** rng.randint(1, 3))}.{rng.choice(('5', '25', '75', '50', '99', '20', str(rng.randint(1, 99)).zfill(2)))}"
    return str(rng.randint(1, 10 ** rng.choice((1, 2, 2, 2, 3, 3, 4))))


def written_date(rng: Random, day: date) -> str:
    """A date as people write it."""
    month = MONTHS[day.month - 1]
    return rng.choice((
        day.isoformat(), day.isoformat(), day.isoformat(), day.isoformat(), f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}",
        f"{month[:3]} {day.day}, {day.year}", f"{day.day}. {month} {day.year}", f"{day.day} {month[:3]} {day.year}",
    ))  # fmt: skip
