# ruff: noqa: E501 - short tables are easier to read in long lines
"""How people ask for a call of a tool: the order, and the arguments, one after the other."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from agentkit.models.nano.generator.phrases import expand, listing, pick, polite, wordings
from agentkit.models.nano.generator.plans import Request, small
from agentkit.models.nano.generator.random_tools import (
    USUAL,
    VERBS,
    DrawnTool,
    Parameter,
    Wording,
)
from agentkit.models.nano.generator.words import written_date

_WORDINGS = wordings("random_requests")
THEN = _WORDINGS["then"]
HANDED_ON = _WORDINGS["handed_on"]
ALSO = _WORDINGS["also"]
_SLOT = re.compile(r"{\w+}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


def is_iso(tool: DrawnTool, name: str) -> bool:
    """Whether the definition says how a date is written."""
    schema = tool.definition["function"]["parameters"]["properties"][name]
    return "format" in schema or "YYYY" in schema.get("description", "")


def _verb(rng: Random, tool: DrawnTool, held_out: bool) -> str:
    """Mostly that of the tool, else one that means the same, where that can have been learned."""
    others = () if held_out else VERBS.get(tool.verb, ())
    return rng.choice((tool.verb, tool.verb, tool.verb, *others))


def _order(rng: Random, tool: DrawnTool, held_out: bool) -> Request:
    draw = rng.random()
    if draw < 0.12:
        text = expand(rng, pick(rng, _WORDINGS["by_name"], held_out=held_out), t=tool.name)
        return Request(text, text, name=tool.name)
    verb = tool.verb
    # A real description says more than one made by rule, so there is more to learn from it.
    if draw < (0.3 if tool.orders and not held_out else 0.18):
        text = small(tool.definition["function"]["description"].split(". ")[0].rstrip("."))
    elif tool.orders:
        text = rng.choice(tool.orders)
    else:
        verb = _verb(rng, tool, held_out)
        template = pick(rng, _WORDINGS["orders"], held_out=held_out)
        text = small(expand(rng, template, v=verb, n=tool.noun))
    if tool.orders:
        return Request(text, text)
    return Request(text, text, tuple(sorted((verb, tool.noun), key=text.lower().find)))


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


def _style(rng: Random, held_out: bool) -> str:
    """How a parameter and its value are mentioned."""
    if not held_out and rng.random() < 0.4:
        return small(expand(rng, rng.choice(_WORDINGS["built"])))
    return pick(rng, _WORDINGS["single"], held_out=held_out)


def _mention(
    rng: Random, style: str, parameter: Parameter, value: Any, *, held_out: bool
) -> tuple[str, bool]:
    """A parameter with its value, and whether it is named first."""
    if isinstance(value, bool) and rng.random() < 0.7:
        template = pick(rng, _WORDINGS["yes"] if value else _WORDINGS["no"], held_out=held_out)
        return template.format(w=parameter.words), True
    if isinstance(value, dict):
        style = rng.choice(("{w} with {x}", "{w}: {x}"))
    words = parameter.words if rng.random() < 0.9 else parameter.name
    named_first = style.index("{w}") < style.index("{x}")
    return style.format(w=words, x=_shown(rng, parameter, value)), named_first


def _in_passing(rng: Random, order: str, given: Mapping[Parameter, Any]) -> str:
    """`book a table for Anna on 2026-05-01`: each value alone says what it is for."""
    for parameter, value in given.items():
        shown = _shown(rng, parameter, value)
        if parameter.kind == "text":
            shown = shown.strip("\"'`")
        order = rng.choice(_WORDINGS["alone"][parameter.kind]).format(
            o=order, x=shown, w=parameter.words
        )
    return order


def _speaks_for_itself(tool: DrawnTool, parameter: Parameter, *, held_out: bool) -> bool:
    """Whether its value alone shows which parameter it is for.

    It is one of an enum, or of a type that no other parameter has, or the name tells what belongs
    there. A name that was never trained on tells nothing to a model that knows only its training.
    """
    if parameter.kind not in _WORDINGS["alone"]:
        return False
    kinds = [each.kind for each in tool.parameters]
    types = [each.json_type for each in tool.parameters if each.kind != "enum"]
    if parameter.kind != "enum" and types.count(parameter.json_type) == 1:
        return True
    told = parameter.kind == "enum" or (parameter.words in USUAL[parameter.kind] and not held_out)
    return told and kinds.count(parameter.kind) == 1


def _filled(rng: Random, tool: DrawnTool, wording: Wording, arguments: Mapping[str, Any]) -> str:
    """A request of daily life with its values."""
    known = {parameter.name: parameter for parameter in tool.parameters}
    text = wording.text
    for name in wording.names:
        if f"{{{name}}}" not in text:
            continue
        shown = _shown(rng, known[name], arguments[name])
        if _ISO.fullmatch(shown) and is_iso(tool, name) and rng.random() < 0.2:
            shown = written_date(rng, date.fromisoformat(shown))
        if text.startswith(f"{{{name}}}") and shown[0].isalpha():
            shown = f'"{shown}"'  # the first letter of a request is made large or small
        text = text.replace(f"{{{name}}}", shown)
    return text


def phrase(
    rng: Random,
    tool: DrawnTool,
    arguments: Mapping[str, Any],
    *,
    held_out: bool,
    more: str = "",
) -> Request:
    """A request for one call, in one sentence without its end; `more` is one further mention.

    The arguments are mentioned in the order that they have.
    """
    fitting = [wording for wording in tool.requests if wording.fits(arguments)]
    # To train, more often in plain words: that is how a real definition is learned to be read.
    if fitting and not more and rng.random() < (0.85 if held_out else 0.6):
        wording = rng.choice(fitting)
        text = _filled(rng, tool, wording, arguments)
        return Request(text, _SLOT.sub("", wording.text))
    asked = _order(rng, tool, held_out)
    order = asked.text
    known = {parameter.name: parameter for parameter in tool.parameters}
    given = {known[name]: value for name, value in arguments.items()}
    plain = {p: v for p, v in given.items() if _speaks_for_itself(tool, p, held_out=held_out)}
    leads = list(plain) == list(given)[: len(plain)]  # the order of the arguments stays
    # To train, more often: the type that the definition gives has to be found for each value.
    often = (0.55 if len(given) == 1 else 0.35) if held_out else 0.6
    if plain and leads and rng.random() < often:
        order = _in_passing(rng, order, plain)
        given = {p: v for p, v in given.items() if p not in plain}
    styles = [_style(rng, held_out)] * len(given)
    if rng.random() < 0.4:
        styles = [_style(rng, held_out) for _ in given]
    pairs = zip(styles, given.items(), strict=True)
    mentions = [_mention(rng, style, p, value, held_out=held_out) for style, (p, value) in pairs]
    parts = [text for text, _ in mentions]
    first = zip(given, mentions, strict=True)
    named_first = frozenset(parameter.name for parameter, (_, named) in first if named)
    if more:
        parts.append(more)
    if not parts:
        return replace(asked, text=order)
    joined = listing(parts) if rng.random() < 0.6 else rng.choice((", ", ", ", "; ")).join(parts)
    text = order + pick(rng, _WORDINGS["joints"], held_out=held_out) + joined
    return replace(asked, text=text, named_first=named_first)


def sentence(rng: Random, text: str) -> str:
    """As a whole message."""
    text = text[:1].upper() + text[1:] if rng.random() < 0.85 else text
    ends = ("", "?") if "?" in text else (".", "", ".", "!", "?")
    return polite(rng, text + rng.choice(ends))


def arguments_for(rng: Random, tool: DrawnTool, *, held_out: bool) -> dict[str, Any]:
    """Values for all required parameters and for some of the others, in the order of a request."""
    known = {parameter.name: parameter for parameter in tool.parameters}
    if tool.requests and rng.random() < 0.8:
        wording = rng.choice(tool.requests)
        drawn = {name: known[name].value(rng, held_out=held_out) for name in wording.names}
        return drawn | dict(wording.fixed)
    wanted = [p for p in tool.parameters if p.required or rng.random() < 0.5]
    if rng.random() < 0.5:
        rng.shuffle(wanted)
    return {p.name: p.value(rng, held_out=held_out) for p in wanted}
