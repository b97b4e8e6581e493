"""Check tool definitions for what makes a small model's calls go wrong.

    check_tools(tools) -> Finding(tool="find", what="parameters without a description: q, n")

Nothing here is an error: every tool that can be built works. These are the habits that cost a
small model its accuracy, and keywords that servers which enforce a schema do not know.
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.schemas import parameter_schemas, parts_of, required_names
from agentkit.tool_requests import resolved
from agentkit.tools import Tool
from agentkit.validation import find_faults, validator_for_part

MOST_OPTIONAL = 5
MOST_TOKENS = 300
_CHARACTERS_A_TOKEN = 4
_DEEPEST = 3  # deepest level looked into; anything deeper is too deep anyway
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ALIKE = 0.9
_HARD_WORDS = frozenset(
    {
        "not", "if", "then", "else", "pattern", "patternProperties", "propertyNames", "contains",
        "dependentSchemas", "dependentRequired", "unevaluatedProperties", "unevaluatedItems",
        "prefixItems", "uniqueItems", "multipleOf", "minProperties", "maxProperties",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing about a tool that its author may want to change, and why."""

    tool: str
    what: str


def check_tools(tools: Iterable[Tool]) -> tuple[Finding, ...]:
    """Return all findings, tool by tool, and last those about tools with similar names."""
    known = list(tools)
    single = (Finding(tool.name, what) for tool in known for what in _check(tool))
    return (*single, *_alike(known))


def estimated_tokens(tool: Tool) -> int:
    """About what the definition costs in every prompt: a quarter of its characters."""
    return len(definition_text(tool)) // _CHARACTERS_A_TOKEN


def definition_text(tool: Tool) -> str:
    """The definition as it stands in the prompt: one line of JSON."""
    return "\n" + json.dumps(tool.definition, ensure_ascii=False)


def _check(tool: Tool) -> Iterator[str]:
    properties = parameter_schemas(tool.plain_parameters)
    yield from _check_names(tool, properties)
    if len(tool.description.split()) < 3:
        yield "its description is missing or too short: say in one sentence what it does"
    bare = [
        name
        for name, part in properties.items()
        if not (_is_described(part) or _is_described(resolved(part, tool.plain_parameters)))
    ]
    if bare:
        yield f"parameters without a description: {', '.join(bare)}"
    required = set(required_names(tool.plain_parameters))
    optional = [name for name in properties if name not in required]
    if len(optional) > MOST_OPTIONAL:
        yield f"{len(optional)} optional parameters: small models fill in all that they see"
    if nullable := [name for name in optional if _is_nullable(properties[name])]:
        yield f"may be null: {', '.join(nullable)}; leaving a parameter out says the same"
    for words, is_bad in _HABITS:
        bad = [name for name, part in properties.items() if is_bad(part, tool.plain_parameters)]
        if bad:
            yield words.format(", ".join(bad))
    if hard := sorted(_HARD_WORDS & set(_keywords(tool.plain_parameters))):
        yield f"keywords that servers may refuse or ignore: {', '.join(hard)}"
    if tool.plain_parameters is not tool.parameters:
        yield "keywords that are not JSON Schema's, such as OpenAPI's: servers may not know them"
    if _depth(tool.plain_parameters, tool.plain_parameters) > 2:
        yield "objects inside objects: small models lose count of the braces"
    if (tokens := estimated_tokens(tool)) > MOST_TOKENS:
        yield f"its definition costs about {tokens} tokens in every prompt"


def _check_names(tool: Tool, properties: Mapping[str, Any]) -> Iterator[str]:
    if not _SAFE_NAME.fullmatch(tool.name):
        yield "its name is too long (over 64) or has odd characters: servers may refuse it"
    odd = [name for name in properties if not _SAFE_NAME.fullmatch(name)]
    if odd:
        yield f"parameters with names that are hard to write: {', '.join(map(repr, odd))}"


def _alike(tools: Sequence[Tool]) -> Iterator[Finding]:
    for one, other in itertools.combinations(tools, 2):
        if difflib.SequenceMatcher(None, _plain(one), _plain(other)).ratio() >= _ALIKE:
            yield Finding(other.name, f"its name is easily taken for {one.name}")


def _plain(tool: Tool) -> str:
    return re.sub(r"[\W_]+", "", tool.name).lower()


def _is_described(part: Any) -> bool:
    return isinstance(part, Mapping) and bool(part.get("description") or part.get("enum"))


def _is_untyped(part: Any, root: Mapping[str, Any]) -> bool:
    return not resolved(part, root).keys() & {"type", "enum", "const", "properties", "items"}


def _is_shapeless(part: Any, root: Mapping[str, Any], level: int = 0) -> bool:
    """Whether it is an object, or a list of objects, without a word on what is in them."""
    plain = resolved(part, root)
    types = plain.get("type")
    if types == "array" or (isinstance(types, list) and "array" in types):
        items = plain.get("items") if level <= _DEEPEST else None  # it may contain itself
        return bool(items) and _is_shapeless(items, root, level + 1)
    if types != "object" and not (isinstance(types, list) and "object" in types):
        return False
    said = any(plain.get(key) for key in ("properties", "patternProperties", "enum"))
    return not (
        said or "const" in plain or plain.get("additionalProperties") not in (None, True, {})
    )


def _has_unfit_default(part: Any, root: Mapping[str, Any]) -> bool:
    if not isinstance(part, Mapping) or "default" not in part:
        return False
    validator = validator_for_part(part, root)
    return validator is not None and bool(find_faults(part["default"], validator))


def _is_nullable(part: Any) -> bool:
    """Whether it may be null, unless null is its default: so Python writes an optional one."""
    if not isinstance(part, Mapping) or part.get("default", ...) is None:
        return False
    types = part.get("type")
    branches = [*part.get("anyOf", ()), *part.get("oneOf", ())]
    return (isinstance(types, list) and "null" in types) or any(
        isinstance(branch, Mapping) and branch.get("type") == "null" for branch in branches
    )


_HABITS = (
    ("parameters of any type: {}; every value will be text", _is_untyped),
    ("objects of any shape: {}; small models invent what is in them", _is_shapeless),
    ("defaults that the tool itself would refuse: {}", _has_unfit_default),
)
"""What is said of parameters that are bad, with the names in place of {}."""


def _keywords(schema: Any) -> Iterator[str]:
    """The keywords of a schema and of all its parts, without the names of parameters."""
    for part in parts_of(schema):
        yield from part


def _depth(schema: Any, root: Mapping[str, Any], level: int = 0) -> int:
    """How deeply objects are nested."""
    plain = resolved(schema, root)
    if level > _DEEPEST:  # a schema that may contain itself, several times
        return 0
    inner = [*(plain.get("properties") or {}).values(), plain.get("items")]
    deepest = max((_depth(part, root, level + 1) for part in inner if part), default=0)
    return deepest + ("properties" in plain)
