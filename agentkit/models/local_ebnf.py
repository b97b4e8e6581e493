"""A toolset to the grammar of one call, in the notation that xgrammar reads.

    \\n<function=NAME>\\n  <parameter=KEY>\\n VALUE \\n</parameter>\\n ...  </function>\\n

It begins after the control token `<tool_call>` and ends before `</tool_call>`. What is forced is
form: names, types, members of enumerations. What measures a value (minimum, maxLength, pattern,
format, ...) is not, and no number is ended by force, because a mask can only cut: 150 under a
maximum of 100 would become 15, "A-175" under a pattern "A-17", and 2.5 where an integer belongs 2,
wrong values without a fault. `Tool.bind` refuses them in words instead.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agentkit.qwen.prompt import argument_text
from agentkit.schemas import Schema, declared_types, members, resolve

_TRACKED = 6
"""Parameters of an object that may come in any order, once each: a rule for each set of them.

The required ones are counted first. What is left of a larger object comes behind them, in the order
of its schema.
"""

_OPEN: Schema = {}
"""The schema of anything."""

_HEX = "[0-9a-fA-F]"
# Digits are bounded: a model can fall into endless ones, and a float must stay finite.
_INTEGER = '"-"? ("0" | [1-9] [0-9]{0,38})'
_EXPONENT = '"+"? ([0-9]{1,2} | "1" [0-9]{2} | "2" [0-4] [0-9]) | "-" [0-9]{1,3}'
_NUMBER = f'{_INTEGER} ("." [0-9]{{1,39}})? ([eE] ({_EXPONENT}))?'
# Outside of JSON a model may go on with what is no number: "5 million" must not become 5.
_WRITTEN_NUMBER = f"{_NUMBER} [^<\\n]{{0,60}}"
_NULLS = ['"None"', '"null"']
# What says more of an object than its properties; left to `Tool.bind`.
_OPENING = ("$ref", "allOf", "anyOf", "oneOf", "if", "dependentSchemas", "patternProperties")
# No escaped surrogates: half of a pair is no text.
_UNICODE = f'"u" ([0-9abcefABCEF] {_HEX}{{3}} | [dD] [0-7] {_HEX}{{2}})'
_ESCAPED = rf'"\\" (["\\/bfnrt] | {_UNICODE})'
_JSON_STRING = rf'"\"" ([^"\\\x00-\x1f] | {_ESCAPED})* "\""'
_ANYTHING = r"[\x00-\U0010ffff]*"
# A value may contain `</parameter>`, but not as if it ended there and something followed.
_TEXT = (
    "TagDispatch(loop_after_dispatch=false, excludes=("
    + ", ".join(f'"</parameter>{gap}<"' for gap in ("", " ", r"\n", r"\n\n", r"\r\n"))
    + "))"
)


class Strictness(enum.Enum):
    """How much of a tool's schema goes into the grammar."""

    EXACT = enum.auto()
    OUTER_TYPES = enum.auto()  # what a value is, not what is in it
    NAME_ONLY = enum.auto()


def call_grammar(tools: Iterable[tuple[str, Schema, Strictness]]) -> str:
    """The grammar of a call of one of the tools.

    May raise whatever a hostile schema provokes, such as RecursionError.
    """
    rules = _Rules()
    bodies = [
        f"{_literal(name + '>')} {_Function(schema, strictness, rules).body()}"
        for name, schema, strictness in tools
    ]
    return rules.text(f"{_literal(chr(10) + '<function=')} ({' | '.join(bodies)})")


class _Rules:
    """The rules of a grammar, each written once."""

    def __init__(self) -> None:
        self._bodies: list[str] = []
        self._names: dict[str, str] = {}

    def reserve(self) -> str:
        """The name of a rule whose body follows, so that it can refer to itself."""
        self._bodies.append('""')
        return f"r{len(self._bodies)}"

    def fill(self, name: str, body: str) -> str:
        """Give a reserved rule its body."""
        self._bodies[int(name[1:]) - 1] = body
        return name

    def add(self, body: str) -> str:
        """The name of the rule with this body."""
        if body not in self._names:
            self._names[body] = self.fill(self.reserve(), body)
        return self._names[body]

    def text(self, root: str) -> str:
        """The whole grammar."""
        lines = [f"r{number} ::= {body}" for number, body in enumerate(self._bodies, 1)]
        return "\n".join([f"root ::= {root}", *lines])


class _Function:
    """Writes what stands between `<function=NAME>` and `</tool_call>`."""

    def __init__(self, schema: Schema, strictness: Strictness, rules: _Rules) -> None:
        self._root = schema
        self._strictness = strictness
        self._rules = rules
        # By type and the identity of the schema, which is kept so that it stays its own.
        self._containers: dict[tuple[str, int], tuple[str, Schema]] = {}

    def body(self) -> str:
        if self._strictness is Strictness.NAME_ONLY:
            return self._rules.add(_ANYTHING)
        is_open = _is_open(self._root)
        required = self._root.get("required") or ()
        parts = {
            name: f"{_literal(f'<parameter={name}>{chr(10)}')} "
            f"{self._closed(part, is_optional=name not in required)}"
            for name, part in (_properties(self._root) if not is_open else {}).items()
            if part is not False
        }
        extra = None
        if is_open or self._root.get("additionalProperties") not in (None, False):
            name = self._rules.add(r"""[^<>"' \t\n\r]{1,100}""")
            extra = f'"<parameter=" {name} ">\\n" {self._closed(True)}'
        end = _literal("</function>\n")
        return f'"\\n" {self._in_any_order(parts, self._root, extra, "", end)}'

    def _closed(self, schema: Any, *, is_optional: bool = False) -> str:
        """A raw value and what ends it. Models fill what they could leave out with a null."""
        options = [self._raw(option) for option in self._alternatives(schema)]
        known = [option for option in options if option is not None]
        if not known or len(known) < len(options):
            return f"{self._rules.add(_TEXT)} {_literal('</parameter>' + chr(10))}"
        known += _NULLS if is_optional else []
        return f"({_either(known)}) {_literal(f'{chr(10)}</parameter>{chr(10)}')}"

    def _raw(self, schema: Schema) -> str | None:
        """A value as Qwen3.5 writes it outside of JSON; None if that is any text."""
        listed = members(schema)
        if listed is not None:
            texts = [text for value in listed for text in _spellings(value)]
            return _either(_literal(text) for text in texts) or None
        options: list[str] = []
        for name in declared_types(schema):
            match name:
                case "string":
                    return None
                case "integer" | "number":
                    options.append(self._rules.add(_WRITTEN_NUMBER))
                case "boolean":
                    options += ['"True"', '"False"', '"true"', '"false"']
                case "null":
                    options += _NULLS
                case _:
                    options.append(self._json_of(name, schema))
        return _either(options) or None

    # --- JSON -----------------------------------------------------------------------------------

    def _json(self, schema: Any) -> str:
        options = [self._json_alternative(option) for option in self._alternatives(schema)]
        return _either(options) if options else self._any_json()

    def _json_alternative(self, schema: Schema) -> str:
        listed = members(schema)
        if listed is not None:
            return _either(_literal(json.dumps(value, ensure_ascii=False)) for value in listed)
        options = [self._json_of(name, schema) for name in declared_types(schema)]
        return _either(options) or self._any_json()

    def _json_of(self, name: str, schema: Schema) -> str:
        """A JSON value of one type."""
        match name:
            case "string":
                return self._rules.add(_JSON_STRING)
            case "integer" | "number":
                return self._rules.add(_NUMBER)
            case "boolean":
                return '("true" | "false")'
            case "null":
                return '"null"'
            case "array" | "object":
                return self._container(name, schema)
            case _:
                return self._any_json()

    def _container(self, name: str, schema: Schema) -> str:
        if self._strictness is not Strictness.EXACT:
            schema = _OPEN
        key = name, id(schema)
        if key in self._containers:
            return self._containers[key][0]
        rule = self._rules.reserve()
        self._containers[key] = rule, schema
        body = self._array(schema) if name == "array" else self._object(schema)
        return self._rules.fill(rule, body)

    def _array(self, schema: Schema) -> str:
        first = schema.get("prefixItems")
        places = list(first) if isinstance(first, Sequence) else []
        items = schema.get("items", True)
        most = schema.get("maxItems")
        closed = items is False or (bool(places) and most == len(places))
        if not places:
            if closed:
                return '"[]"'
            item = self._rules.add(self._json(items))
            return f'"[" ({item} (", " {item})*)? "]"'
        tail = "" if closed else f'(", " {self._rules.add(self._json(items))})*'
        least = schema.get("minItems", 0)
        for place in range(len(places) - 1, -1, -1):
            separator = '", "' if place else ""
            tail = f"{separator} {self._rules.add(self._json(places[place]))} {tail}"
            tail = tail if place < least else f"({tail})?"
        return f'"[" {tail} "]"'

    def _object(self, schema: Schema) -> str:
        if _is_open(schema):
            schema = _OPEN
        parts = {
            name: f"{_literal(json.dumps(name, ensure_ascii=False) + ': ')} {self._json(part)}"
            for name, part in _properties(schema).items()
            if part is not False
        }
        more = schema.get("additionalProperties", not parts)
        extra = None
        if more is not False:
            extra = f'{self._rules.add(_JSON_STRING)} ": " {self._json(more)}'
        return f'"{{" {self._in_any_order(parts, schema, extra, ", ", _literal("}"))}'

    def _any_json(self) -> str:
        """Any JSON value."""
        return self._rules.add(
            _either(
                self._json_of(name, _OPEN)
                for name in ("string", "number", "boolean", "null", "array", "object")
            )
        )

    # --- schemas --------------------------------------------------------------------------------

    def _in_any_order(
        self, parts: Mapping[str, str], schema: Schema, extra: str | None, separator: str, end: str
    ) -> str:
        """The parts of an object: tracked ones in any order, then the others in theirs."""
        required = schema.get("required")
        needed = [name for name in parts if isinstance(required, Sequence) and name in required]
        tracked = [*needed, *(name for name in parts if name not in needed)][:_TRACKED]
        others = [
            (self._rules.add(parts[name]), name in needed) for name in parts if name not in tracked
        ]
        unknown = [self._rules.add(extra)] if extra else []
        written = [self._rules.add(parts[name]) for name in tracked]
        wanted = sum(1 << place for place, name in enumerate(tracked) if name in needed)
        gap = f"{_literal(separator)} " if separator else ""
        states: dict[tuple[int, bool], str] = {}
        rests: dict[tuple[int, bool], str] = {}

        def rest(place: int, begun: bool) -> str:
            if place == len(others):
                return end
            key = (place, begun and bool(gap))
            if key not in rests:
                part, is_needed = others[place]
                options = [f"{gap if begun else ''}{part} {rest(place + 1, True)}"]
                options += [] if is_needed else [rest(place + 1, begun)]
                rests[key] = self._rules.add(" | ".join(options))
            return rests[key]

        def state(done: int, begun: bool) -> str:
            key = (done, begun and bool(gap))
            if key in states:
                return states[key]
            states[key] = self._rules.reserve()
            lead = gap if begun else ""
            options = [f"{lead}{part} {state(done, True)}" for part in unknown]
            options += [
                f"{lead}{part} {state(done | 1 << place, True)}"
                for place, part in enumerate(written)
                if not done & 1 << place
            ]
            if done & wanted == wanted:
                options.append(rest(0, begun))
            return self._rules.fill(states[key], " | ".join(options))

        return state(0, False)

    def _alternatives(self, schema: Any, seen: tuple[str, ...] = ()) -> Iterator[Schema]:
        """The members of a union, with references followed; nothing if anything may stand here."""
        if not isinstance(schema, Mapping):
            return
        if schema.get("nullable") is True:
            yield {"type": "null"}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference not in seen:
                yield from self._alternatives(resolve(reference, self._root), (*seen, reference))
            return
        if _properties(schema) and _is_open(schema):
            yield from ({"type": name} for name in declared_types(schema) or ["object"])
            return
        for union in ("anyOf", "oneOf"):
            if isinstance(schema.get(union), Sequence):
                for part in schema[union]:
                    # A member that says nothing leaves the whole union open.
                    yield from list(self._alternatives(part, seen)) or [_OPEN]
                return
        parts = schema.get("allOf")
        if isinstance(parts, Sequence) and not declared_types(schema):
            found = [list(self._alternatives(part, seen)) for part in parts]
            if len(parts) == 1:
                yield from found[0]
                return
            # What holds for all of them together is left to `Tool.bind`.
            kinds = [_kinds(options) for options in found]
            common = set.intersection(*filter(None, kinds)) if any(kinds) else set()
            yield from ({"type": name} for name in sorted(common))
            return
        yield schema


def _kinds(options: Sequence[Schema]) -> set[str]:
    """The types of a union, or none if one of its members may be of any."""
    kinds = [set(declared_types(option)) for option in options]
    found = set().union(*kinds) if all(kinds) else set()
    return found | {"integer"} if "number" in found else found


def _is_open(schema: Schema) -> bool:
    """Whether an object may have what its properties do not say."""
    required = schema.get("required")
    needed = required if isinstance(required, Sequence) else ()
    known = _properties(schema)
    return any(key in schema for key in _OPENING) or any(name not in known for name in needed)


def _properties(schema: Schema) -> Mapping[str, Any]:
    declared = schema.get("properties")
    return declared if isinstance(declared, Mapping) else {}


def _spellings(value: Any) -> list[str]:
    """A member of an enumeration as the template writes it, and as JSON does."""
    if isinstance(value, str):
        return [value]
    return list(dict.fromkeys([argument_text(value), json.dumps(value, ensure_ascii=False)]))


def _either(options: Iterable[str]) -> str:
    """One of several; the empty text if there are none."""
    unique = list(dict.fromkeys(options))
    return f"({' | '.join(unique)})" if len(unique) > 1 else "".join(unique)


def _literal(text: str) -> str:
    """A text in quotes. Raises UnicodeEncodeError for half of a surrogate pair."""
    text.encode()
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\x{ord(match[0]):02x}", escaped) + '"'
