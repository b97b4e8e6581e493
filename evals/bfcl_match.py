"""Decides whether calls are right by the Berkeley Function Calling Leaderboard's syntax-tree check.

    parameters(function, language) -> JSON Schema        the leaderboard has type names of its own
    fault(calls, answers, functions, language) -> why they are wrong, or None

An answer lists the allowed values of each parameter; "" among them means that the parameter may be
left out. Written from the published description, but more lenient in two ways: an integer is taken
for a float inside lists too, and a bare value in an answer counts as a list of one.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from agentkit.json_text import UNREADABLE, read_json, read_literal

Language = Literal["python", "java", "javascript"]
Function = Mapping[str, Any]
Call = tuple[str, Mapping[str, Any]]

_SCHEMA_TYPES = {"dict": "object", "float": "number", "tuple": "array"}
_KEPT = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})

_PYTHON_TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "float": float,
    "number": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "object": dict,
    "any": str,
}
_FOREIGN_TYPES: dict[str, type] = {
    "byte": int,
    "short": int,
    "long": int,
    "Bigint": int,
    "double": float,
    "Boolean": bool,
    "String": str,
    "char": str,
    "Array": list,
    "ArrayList": list,
    "Set": list,
    "HashMap": dict,
    "Hashtable": dict,
} | _PYTHON_TYPES


# --- definitions --------------------------------------------------------------------------------


def parameters(function: Function, language: Language = "python") -> dict[str, Any]:
    """Return the parameters as JSON Schema; Java and JavaScript values are asked for as source."""
    schema = _schema(function["parameters"])
    if language == "python":
        return schema
    name = {"java": "Java", "javascript": "JavaScript"}[language]
    properties = function["parameters"].get("properties") or {}
    return {**schema, "properties": {key: _as_text(properties[key], name) for key in properties}}


def _schema(part: Mapping[str, Any]) -> dict[str, Any]:
    declared = part.get("type")
    kind = _SCHEMA_TYPES.get(declared, declared) if isinstance(declared, str) else None
    schema = {key: value for key, value in part.items() if key not in ("type", "optional")}
    if kind in _KEPT:
        schema = {"type": kind, **schema}
    if isinstance(part.get("properties"), Mapping):
        schema["properties"] = {key: _schema(each) for key, each in part["properties"].items()}
    if isinstance(part.get("items"), Mapping):
        schema["items"] = _schema(part["items"])
    return schema


def _as_text(part: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A parameter whose value is written as source text in a string."""
    kind, items = part.get("type"), part.get("items")
    words = f"This is {language} {kind} type parameter in string representation."
    if kind in ("any", "", None):
        words = f"This parameter can be of any type of {language} object in string representation."
    if isinstance(items, Mapping) and items.get("type"):
        words += f" The list elements are of type {items['type']}."
    if isinstance(part.get("properties"), Mapping):
        words += f" Its keys are {', '.join(part['properties'])}."
    shown = {"type": "string", "description": f"{part.get('description', '')} {words}".strip()}
    return shown | ({"enum": part["enum"]} if "enum" in part else {})


# --- calls --------------------------------------------------------------------------------------


def fault(
    calls: Sequence[Call],
    answers: Sequence[Mapping[str, Any]],
    functions: Sequence[Function],
    language: Language = "python",
) -> str | None:
    """Why the calls are not the expected ones, in any order; None if they are."""
    if len(calls) != len(answers):
        return f"expected {len(answers)} calls, found {len(calls)}"
    left = list(calls)
    for answer in answers:
        ((name, allowed),) = answer.items()
        function = next(each for each in functions if each["name"] == name)
        faults = [_call_fault(call, function, allowed, language) for call in left]
        if None not in faults:
            return next(iter(faults)) or "no call is left"
        del left[faults.index(None)]
    return None


def _call_fault(
    call: Call, function: Function, allowed: Mapping[str, Any], language: Language
) -> str | None:
    name, given = call
    if name != function["name"]:
        return f"expected a call of {function['name']}, found {name}"
    declared = function["parameters"].get("properties") or {}
    for parameter in function["parameters"].get("required") or ():
        if parameter not in given:
            return f"{parameter} is missing"
    for parameter, value in given.items():
        if parameter not in declared or parameter not in allowed:
            return f"{parameter} was not expected"
        if reason := _value_fault(value, declared[parameter], allowed[parameter], language):
            return f"{parameter}: {reason}"
    for parameter, values in allowed.items():
        if parameter not in given and "" not in _alternatives(values):
            return f"{parameter} was left out"
    return None


def _value_fault(
    value: Any, declared: Mapping[str, Any], allowed: Any, language: Language
) -> str | None:
    kind = declared.get("type")
    if language != "python":
        if not isinstance(value, str):
            return f"expected source text in a string, found {value!r}"
        value = read_source(value, str(kind))
    values = _alternatives(allowed)
    if not _has_type(value, declared, values, language):
        return f"expected {kind or 'any'}, found {value!r}"
    if not any(_equal(value, each) for each in values):
        return f"expected {' or '.join(map(repr, values))}, found {value!r}"
    return None


def _alternatives(allowed: Any) -> list[Any]:
    return allowed if isinstance(allowed, list) else [allowed]


def _has_type(
    value: Any, declared: Mapping[str, Any], answers: Sequence[Any], language: Language
) -> bool:
    """Whether a value has the declared type, or that of the answers, which may name a variable."""
    types = _PYTHON_TYPES if language == "python" else _FOREIGN_TYPES
    expected = types.get(str(declared.get("type")), str)
    meant = [type(answer) for answer in answers if answer != ""][:1]
    if type(value) in meant or (type(value) is int and float in (expected, *meant)):
        return True
    if type(value) is not expected:
        return False
    items = declared.get("items")
    if not isinstance(value, list) or not isinstance(items, Mapping):
        return True
    lists = [answer for answer in answers if isinstance(answer, list)] or [[]]
    return any(all(_has_type(each, items, answer, language) for each in value) for answer in lists)


def _equal(value: Any, answer: Any) -> bool:
    """Whether a value equals an allowed one; in an object, each key has its own alternatives."""
    match value, answer:
        case (str(), str()):
            return _plain(value) == _plain(answer)
        case (dict(), dict()):
            return all(
                key in answer
                and any(_equal(value[key], each) for each in _alternatives(answer[key]))
                for key in value
            ) and all(key in value or "" in _alternatives(answer[key]) for key in answer)
        case (list(), list()):
            return len(value) == len(answer) and all(map(_equal, value, answer))
        case _:
            return isinstance(value, bool) == isinstance(answer, bool) and bool(value == answer)


def _plain(text: str) -> str:
    """Normalise text: lower case, no spaces, less punctuation, one kind of quotes."""
    return re.sub(r"[ ,./\-_*^]", "", text).lower().replace("'", '"')


# --- Java and JavaScript ------------------------------------------------------------------------

_NUMBERS = {
    "byte": (r"-?\d+", int),
    "short": (r"-?\d+", int),
    "integer": (r"-?\d+", int),
    "long": (r"-?\d+[lL]?", int),
    "Bigint": (r"-?\d+n?", int),
    "float": (r"-?\d+(\.\d+)?([eE][+-]?\d+)?[fF]?", float),
    "double": (r"-?\d+(\.\d+)?([eE][+-]?\d+)?[dD]?", float),
}


def read_source(text: str, kind: str) -> Any:
    """Read a value written in Java or JavaScript; else return the text, taken for a variable."""
    if kind in _NUMBERS:
        pattern, number = _NUMBERS[kind]
        return number(text.rstrip("lLnfFdD")) if re.fullmatch(pattern, text.strip()) else text
    if kind in ("boolean", "Boolean"):
        return {"true": True, "false": False}.get(text.strip(), text)
    if _FOREIGN_TYPES.get(kind) in (list, dict):
        value = _read_container(text)
        return value if isinstance(value, _FOREIGN_TYPES[kind]) else text
    return text


_PUT = re.compile(r"\bput\(\s*(.+?)\s*,\s*(.+?)\s*\)\s*;")
_LISTS = (
    re.compile(r"(?:.*\W)?(?:asList|List\.of|Set\.of)\((.*?)\)\s*\)?", re.DOTALL),
    re.compile(r"new\s+\w+\s*\[\s*\]\s*\{(.*)\}", re.DOTALL),
    re.compile(r"new\s+(?:Array|Linked)List\s*<.*?>\s*\(\s*()\)"),
)


def _read_container(text: str) -> Any:
    """Read a list or map written as JSON, as a JavaScript literal, or as Java that builds one."""
    text = text.strip().rstrip(";")
    pairs = _PUT.findall(text)
    lists = [found[1] for pattern in _LISTS if (found := pattern.fullmatch(text))]
    if pairs or text.startswith("new HashMap"):
        text = "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
    elif lists:
        text = f"[{lists[0]}]"
    text = re.sub(r"([{,]\s*)([A-Za-z_$][\w$]*)\s*:", r'\1"\2":', text)
    as_json = read_json(re.sub(r"'([^'\"]*)'", r'"\1"', text))
    return read_literal(text) if as_json is UNREADABLE else as_json
