"""Tools as people really have them, with requests in the words of daily life.

They stand in `wordings/everyday/*.toml`. One tool in eight is never trained on. Each time one is
drawn its name, its optional parameters and their order are others, so that reading the definition
helps and knowing it by heart does not.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from agentkit.models.nano.generator.random_tools import DrawnTool, Parameter, Wording
from agentkit.models.nano.generator.words import is_held_out, pseudo_word

_FOLDER = Path(__file__).with_name("wordings") / "everyday"
_SLOT = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class _Entry:
    """One tool of the tables."""

    name: str
    descriptions: tuple[str, ...]
    orders: tuple[str, ...]
    requests: tuple[Wording, ...]
    parameters: tuple[Parameter, ...]


def _wording(written: str | Mapping[str, Any]) -> Wording:
    if isinstance(written, str):
        return Wording(written, tuple(_SLOT.findall(written)))
    fixed = {name: value for name, value in written.items() if name != "text"}
    text = written["text"]
    return Wording(text, (*_SLOT.findall(text), *fixed), fixed)


def _parameter(written: Mapping[str, Any]) -> Parameter:
    return Parameter(
        written["name"],
        written["name"].replace("_", " "),
        written["kind"],
        tuple(written.get("choices", ())),
        written.get("required", True),
        described=written["description"],
        examples=tuple(written.get("examples", ())),
        range=tuple(written.get("range", ())),
    )


@cache
def _entries(held_out: bool) -> tuple[_Entry, ...]:
    entries = []
    for file in sorted(_FOLDER.glob("*.toml")):
        for written in tomllib.loads(file.read_text("utf-8"))["tools"]:
            if is_held_out(written["name"]) == held_out:
                entries.append(
                    _Entry(
                        written["name"],
                        tuple(written["descriptions"]),
                        tuple(written["orders"]),
                        tuple(map(_wording, written["requests"])),
                        tuple(map(_parameter, written["parameters"])),
                    )
                )
    return tuple(entries)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _named(rng: Random, name: str, held_out: bool) -> str:
    space, camel = pseudo_word(rng, held_out=held_out), _camel(name)
    respelled = (camel, camel[:1].upper() + camel[1:], name.replace("_", "-"))
    within = (name.replace("_", ".", 1), f"{space}.{name}", f"{space}_{name}")
    return rng.choice((name, name, name, *respelled, *within))


def _parameters(rng: Random, entry: _Entry) -> dict[str, Parameter]:
    """Those of the entry by name: some optional ones missing, in another order, in camelCase."""
    kept = [each for each in entry.parameters if each.required or rng.random() < 0.75]
    if rng.random() < 0.5:
        rng.shuffle(kept)
    spelled = _camel if rng.random() < 0.2 else str
    return {each.name: replace(each, name=spelled(each.name)) for each in kept}


def everyday_tool(rng: Random, *, held_out: bool) -> DrawnTool:
    """One of the tools in one of its forms."""
    entry = rng.choice(_entries(held_out))
    parameters = _parameters(rng, entry)
    names = {old: parameter.name for old, parameter in parameters.items()}
    requests = tuple(
        wording.renamed(names) for wording in entry.requests if names.keys() >= set(wording.names)
    )
    name = _named(rng, entry.name, held_out)
    words = entry.name.split("_")
    schema = {
        "type": "object",
        "properties": {each.name: each.schema(rng, words[-1]) for each in parameters.values()},
    }
    if required := [each.name for each in parameters.values() if each.required]:
        schema["required"] = required
    function = {"name": name, "description": rng.choice(entry.descriptions), "parameters": schema}
    return DrawnTool(
        name,
        words[0],
        words[-1],
        tuple(parameters.values()),
        {"type": "function", "function": function},
        entry.orders,
        requests,
    )
