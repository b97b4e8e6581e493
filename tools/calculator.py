"""Arithmetic without floating point: a small Pratt parser that computes while it reads."""

import operator
import re
from collections.abc import Callable
from typing import Annotated, NamedTuple

from agentkit.errors import ToolError
from agentkit.tools import Tool, tool
from agentkit_tools.exact_numbers import (
    Number,
    maximum,
    minimum,
    number_of,
    rounded,
    sqrt,
    total,
    written,
)

LONGEST_EXPRESSION = 1_000
DEEPEST_NESTING = 60

_TOKEN = re.compile(
    r"""
      (?P<space> \s+ )
    | (?P<number>
        (?: [1-9][0-9]{0,2} (?: ,[0-9]{3} )+ (?! ,?[0-9] ) (?: \.[0-9]* )?
          | [0-9]+ (?: \.[0-9]* )?
          | \.[0-9]+ )
        (?: [eE][+-]?[0-9]+ )? )
    | (?P<name> [^\W\d]\w* )
    | (?P<sign> \*\* | // | [-+*/%(),×÷−^] )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_SPELLINGS = {"×": "*", "÷": "/", "−": "-", "^": "**"}


class _Token(NamedTuple):
    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end of the expression"
        text = self.text if self.text.isprintable() else ascii(self.text)[1:-1]
        return f'"{text[:40]}" at position {self.position}'


class _Function(NamedTuple):
    compute: Callable[..., Number]
    most_arguments: int = LONGEST_EXPRESSION


_FUNCTIONS = {
    "abs": _Function(abs, 1),
    "max": _Function(maximum),
    "min": _Function(minimum),
    "round": _Function(rounded, 2),
    "sqrt": _Function(sqrt, 1),
    "sum": _Function(total),
}


class _Operator(NamedTuple):
    strength: int
    right_strength: int
    compute: Callable[[Number, Number], Number]


_SIGN_STRENGTH = 30
_OPERATORS = {
    "+": _Operator(10, 11, operator.add),
    "-": _Operator(10, 11, operator.sub),
    "*": _Operator(20, 21, operator.mul),
    "/": _Operator(20, 21, operator.truediv),
    "//": _Operator(20, 21, operator.floordiv),
    "%": _Operator(20, 21, operator.mod),
    "**": _Operator(40, 40, operator.pow),
}


def _tokens(expression: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(expression):
        kind, text = str(match.lastgroup), match.group()
        if kind != "space":
            tokens.append(_Token(kind, _SPELLINGS.get(text, text), match.start() + 1))
    return [*tokens, _Token("end", "", len(expression) + 1)]


class _Parser:
    """Reads tokens from left to right and computes while reading."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self._depth = 0
        self._among_arguments = False

    def result(self) -> Number:
        number = self._expression(0)
        if self._next.kind != "end":
            raise self._unexpected("an operator (+ - * / // % **) or the end")
        return number

    @property
    def _next(self) -> _Token:
        return self._tokens[self._index]

    def _take(self) -> _Token:
        token = self._next
        self._index += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._next.text != sign:
            raise self._unexpected(f'an operator or "{sign}"')
        self._take()

    def _unexpected(self, expected: str) -> ToolError:
        advice = ""
        if self._index and self._tokens[self._index - 1].text == "%":
            advice = " % is the remainder; for 15 percent of 80 write 15 / 100 * 80."
        elif self._next.text == ",":
            advice = " Write decimals with a point and thousands as 1234 or 1,234."
        elif self._next.kind == "name":
            advice = f" Only these names are known: {', '.join(_FUNCTIONS)}."
        return ToolError(f"Expected {expected}, found {self._next}.{advice}")

    def _expression(self, strength: int) -> Number:
        if self._depth == DEEPEST_NESTING:
            raise ToolError(
                f"Expected at most {DEEPEST_NESTING} levels of nesting, found more at "
                f"{self._next}. Compute it in parts."
            )
        self._depth += 1
        number = self._operand()
        while (found := self._operator(strength)) is not None:
            number = found.compute(number, self._expression(found.right_strength))
        self._depth -= 1
        return number

    def _operator(self, strength: int) -> _Operator | None:
        found = _OPERATORS.get(self._next.text)
        if found is None or found.strength < strength:
            return None
        sign = self._take()
        if sign.text == "%":
            self._require_remainder(sign)
        return found

    def _require_remainder(self, sign: _Token) -> None:
        """Refuse `10% + 5` and `10%+5`, which are meant as percent."""
        before, after = self._tokens[self._index - 2], self._next
        is_close = before.position + len(before.text) == sign.position
        if is_close and after.text in ("+", "-", "("):
            raise self._unexpected("a number")

    def _operand(self) -> Number:
        token = self._next
        if token.kind == "number":
            return self._literal()
        if token.text == "(":
            self._take()
            return self._bracket()
        if token.text in {"+", "-"}:
            self._take()
            number = self._expression(_SIGN_STRENGTH)
            return -number if token.text == "-" else number
        if token.text.lower() in _FUNCTIONS:
            return self._call()
        raise self._unexpected("a number")

    def _literal(self) -> Number:
        token = self._take()
        if "," in token.text and self._among_arguments:
            raise ToolError(
                f"Expected a clear number, found {token}, which may be one number or several. "
                f'Write "{token.text.replace(",", "")}" or "{token.text.replace(",", ", ")}".'
            )
        digits, _, exponent = token.text.replace(",", "").lower().partition("e")
        return number_of(digits, int(exponent or 0))

    def _bracket(self) -> Number:
        number = self._expression(0)
        self._expect(")")
        return number

    def _call(self) -> Number:
        name = self._take()
        if self._next.text != "(":
            raise self._unexpected(f'"(" after {name.text}')
        function, numbers = _FUNCTIONS[name.text.lower()], self._arguments()
        if len(numbers) > function.most_arguments:
            raise ToolError(
                f"Expected at most {function.most_arguments} argument(s), found {len(numbers)} "
                f"for {name}. Write thousands without commas."
            )
        return function.compute(*numbers)

    def _arguments(self) -> list[Number]:
        outside, self._among_arguments = self._among_arguments, True
        ends = [")"]
        if end := self._end_of_list(self._index + 1):  # `sum([1, 2])`, as in Python
            self._take()
            ends.append(end)
        numbers: list[Number] = []
        while not numbers or self._next.text == ",":
            self._take()
            numbers.append(self._expression(0))
        while ends:
            self._expect(ends.pop())
        self._among_arguments = outside
        return numbers

    def _end_of_list(self, index: int) -> str:
        """The closing bracket of a list or tuple that is a function's only argument, or nothing."""
        opening = self._tokens[index].text
        end = {"[": "]", "(": ")"}.get(opening, "")
        depth, commas = 0, 0
        for place, token in enumerate(self._tokens[index:] if end else (), start=index):
            depth += (token.text in "([") - (token.text in ")]") if token.text else 0
            commas += depth == 1 and token.text == ","
            if not depth:
                is_all = self._tokens[place].text == end and self._tokens[place + 1].text == ")"
                return end if is_all and (commas or opening == "[") else ""
        return ""


@tool(effect="read")
def calculate(expression: Annotated[str, "for example (12 + 30) * 4"]) -> str:
    """Calculate an arithmetic expression exactly."""
    if len(expression) > LONGEST_EXPRESSION:
        raise ToolError(
            f"Expected an expression of at most {LONGEST_EXPRESSION} characters, "
            f"found {len(expression)}. Compute it in parts."
        )
    result: str = written(_Parser(_tokens(expression)).result())
    return result


tools: tuple[Tool, ...] = (calculate,)
