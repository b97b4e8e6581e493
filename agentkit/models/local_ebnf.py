"""A toolset to the grammar of one call, in the notation that xgrammar reads.

    \\n<function=NAME>\\n  <parameter=KEY>\\n VALUE \\n</parameter>\\n ...  </function>\\n

It begins after the control token `<tool_call>` and ends before `</tool_call>`. What is forced is
form: names, types, members of enumerations, plain patterns, dates. What is a measure (minimum,
maxLength, maxItems, ...) is not, because a mask can only cut: 150 under a maximum of 100 would
become 15, a wrong value without a fault. `Tool.bind` refuses it in words instead.
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

_DAYS = '"0" [1-9] | [12] [0-9]'
_DATE = (
    f'[0-9]{{4}} "-" (("01" | "03" | "05" | "07" | "08" | "10" | "12") "-" ({_DAYS} | "3" [01])'
    f' | ("04" | "06" | "09" | "11") "-" ({_DAYS} | "30") | "02-" ({_DAYS}))'
)
_CLOCK = '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] (":" [0-5] [0-9] ("." [0-9]{1,6})?)?'
_TIME = f'{_CLOCK} ("Z" | [+\\-] [0-9]{{2}} ":" [0-9]{{2}})?'
_HEX = "[0-9a-fA-F]"
_FORMATS = {
    "date": _DATE,
    "time": _TIME,
    "date-time": f"{_DATE} [T ] {_TIME}",
    "uuid": ' "-" '.join(f"{_HEX}{{{count}}}" for count in (8, 4, 4, 4, 12)),
}
# Digits are bounded: a model can fall into endless ones, and a float must stay finite.
_INTEGER = '"-"? ("0" | [1-9] [0-9]{0,38})'
_EXPONENT = '"+"? ([0-9]{1,2} | "1" [0-9]{2} | "2" [0-4] [0-9]) | "-" [0-9]{1,3}'
_NUMBER = f'{_INTEGER} ("." [0-9]{{1,39}})? ([eE] ({_EXPONENT}))?'
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
        parts = {
            name: f"{_literal(f'<parameter={name}>{chr(10)}')} {self._closed(part)}"
            for name, part in _properties(self._root).items()
            if part is not False
        }
        extra = None
        if self._root.get("additionalProperties"):
            name = self._rules.add(r"""[^<>"' \t\n\r]{1,100}""")
            extra = f'"<parameter=" {name} ">\\n" {self._closed(True)}'
        end = _literal("</function>\n")
        return f'"\\n" {self._in_any_order(parts, self._root, extra, "", end)}'

    def _closed(self, schema: Any) -> str:
        """A raw value and what ends it."""
        options = [self._raw(option) for option in self._alternatives(schema)]
        known = [option for option in options if option is not None]
        if not known or len(known) < len(options):
            return f"{self._rules.add(_TEXT)} {_literal('</parameter>' + chr(10))}"
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
                    pattern = self._pattern(schema)
                    if pattern is None:
                        return None
                    options.append(self._rules.add(pattern))
                case "boolean":
                    options += ['"True"', '"False"', '"true"', '"false"']
                case "null":
                    options += ['"None"', '"null"']
                case _:
                    options.append(self._json_of(name, schema))
        return _either(options) or None

    def _pattern(self, schema: Schema) -> str | None:
        """The form of a string, if it is one that can be forced."""
        if self._strictness is not Strictness.EXACT:
            return None
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            return _pattern(pattern)
        return _FORMATS.get(str(schema.get("format")))

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
                pattern = self._pattern(schema)
                if pattern is None:
                    return self._rules.add(_JSON_STRING)
                return f'"\\"" {self._rules.add(pattern)} "\\""'
            case "integer":
                return self._rules.add(_INTEGER)
            case "number":
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
        parts = {
            name: f"{_literal(json.dumps(name, ensure_ascii=False) + ': ')} {self._json(part)}"
            for name, part in _properties(schema).items()
            if part is not False
        }
        more = schema.get("additionalProperties", not parts)
        extra = None
        if more is not False or "patternProperties" in schema:
            value = self._json(True if "patternProperties" in schema else more)
            extra = f'{self._rules.add(_JSON_STRING)} ": " {value}'
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
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference not in seen:
                yield from self._alternatives(resolve(reference, self._root), (*seen, reference))
            return
        for union in ("anyOf", "oneOf"):
            if isinstance(schema.get(union), Sequence):
                for part in schema[union]:
                    # A member that says nothing leaves the whole union open.
                    yield from list(self._alternatives(part, seen)) or [_OPEN]
                return
        parts = schema.get("allOf")
        if isinstance(parts, Sequence) and not declared_types(schema):
            found = [option for part in parts for option in self._alternatives(part, seen)]
            if len(parts) == 1:
                yield from found
                return
            # What holds for all of them together is left to `Tool.bind`.
            kinds = [name for option in found for name in declared_types(option)]
            yield from ({"type": name} for name in kinds[:1])
            return
        yield schema


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


_PATTERN_PIECE = re.compile(
    r"(?P<digit>\\d)|\\(?P<escaped>\W)|\[(?!\^)(?P<members>(?:\\[d\W]|[^\\\[\]])+)\]"
    r"|(?P<open>\((?:\?:)?)(?!\?)|(?P<same>[)|*+?]|\{\d{1,3}(?:,\d{0,3})?\})|(?P<plain>[^\\.^$\[\]{}()|*+?])"
)


def _pattern(pattern: str) -> str | None:
    """A regular expression as a rule; None if it is not anchored, or not of the simple kind.

    The simple kind lists the characters it allows, so that Python and the grammar read it alike.
    """
    if not re.fullmatch(r"\^.{0,200}\$", pattern) or not pattern.isprintable():
        return None
    pieces, place = [], 1
    while place < len(pattern) - 1:
        match = _PATTERN_PIECE.match(pattern, place, len(pattern) - 1)
        if match is None:
            return None
        place = match.end()
        if match["members"]:
            members = re.sub(r"\\(\w)|\\(\W)", _class_member, match["members"])
            pieces.append(f"[{members}]")
        elif match["digit"]:
            pieces.append("[0-9]")
        elif match["open"]:
            pieces.append("(")
        else:
            text = match["escaped"] or match["plain"]
            pieces.append(_literal(text) if text else match["same"])
    return f"({' '.join(pieces)})" if pieces else '""'


def _class_member(match: re.Match[str]) -> str:
    if match[1]:
        return "0-9"
    return "\\" + match[2] if match[2] in "\\]-^" else match[2]
