"""Arithmetic without floating point: a small Pratt parser that computes with fractions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Underflow,
)
from fractions import Fraction
from math import floor, isqrt
from typing import Annotated, NamedTuple

from agentkit.errors import ToolError
from agentkit.tools import Tool, tool

LONGEST_EXPRESSION = 1_000
DEEPEST_NESTING = 60
MOST_DIGITS = 10_000
MOST_DECIMAL_PLACES = 30

_TOO_LARGE = 10**MOST_DIGITS
_SHIFT: int = 10**MOST_DECIMAL_PLACES
_WRITTEN_OUT = 30
_KNOWN_DIGITS = 16
_KNOWN = 10**_KNOWN_DIGITS

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


@dataclass(frozen=True)
class _Number:
    value: Fraction
    exact: bool = True


class _Token(NamedTuple):
    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end of the expression"
        text = self.text if self.text.isprintable() else ascii(self.text)[1:-1]
        return f'"{text[:40]}" at position {self.position}'


# Numbers. An irrational square root is kept with 60 digits and marked as not exact.


def _context(digits: int) -> Context:
    failures = [Overflow, Underflow, InvalidOperation, DivisionByZero]
    reach = 2 * MOST_DIGITS
    return Context(digits, ROUND_HALF_EVEN, -reach, reach, traps=failures)


def _to_digits(value: Fraction, digits: int) -> Decimal:
    context = _context(digits)
    try:
        return context.divide(Decimal(value.numerator), Decimal(value.denominator))
    except (Overflow, Underflow):
        raise _too_large() from None


def _number(value: Fraction, exact: bool) -> _Number:
    if not exact:
        value = Fraction(_to_digits(value, 60))
    if abs(value.numerator) >= _TOO_LARGE or value.denominator >= _TOO_LARGE:
        raise _too_large()
    return _Number(value, exact)


def _too_large() -> ToolError:
    return ToolError(
        f"Expected numbers of at most {MOST_DIGITS} digits, found a result that is larger or "
        "finer. Use smaller numbers."
    )


def _require_known(*numbers: _Number) -> None:
    """Refuse roots too large for their known digits, as any further ones would be made up."""
    if any(not each.exact and abs(each.value) >= _KNOWN for each in numbers):
        raise ToolError(
            f"Expected a root of at most {_KNOWN_DIGITS} digits before the point, found a larger "
            f"one, of which the last digits are not known. Use smaller numbers."
        )


def _settled(number: _Number) -> Fraction:
    """The value without the noise in the last digits of a root."""
    return number.value if number.exact else Fraction(_to_digits(number.value, 30))


def _whole(number: _Number, what: str) -> int:
    _require_known(number)
    value = _settled(number)
    if value.denominator != 1:
        raise ToolError(
            f"Expected a whole number as {what}, found {_text(number)}. For a root use sqrt(x)."
        )
    return value.numerator


def _add(left: _Number, right: _Number) -> _Number:
    total, exact = left.value + right.value, left.exact and right.exact
    if not exact and abs(total) * 10**40 < max(abs(left.value), abs(right.value)):
        _require_known(_Number(left.value, exact), _Number(right.value, exact))
        total = Fraction(0)
    return _number(total, exact)


def _subtract(left: _Number, right: _Number) -> _Number:
    return _add(left, _Number(-right.value, right.exact))


def _multiply(left: _Number, right: _Number) -> _Number:
    return _number(left.value * right.value, left.exact and right.exact)


def _divide(left: _Number, right: _Number) -> _Number:
    if not right.value:
        raise ToolError("Division by zero: expected another divisor, found 0. Change the divisor.")
    return _number(left.value / right.value, left.exact and right.exact)


def _floor_divide(left: _Number, right: _Number) -> _Number:
    quotient = _divide(left, right)
    _require_known(quotient)
    return _Number(Fraction(floor(_settled(quotient))))


def _remainder(left: _Number, right: _Number) -> _Number:
    return _subtract(left, _multiply(right, _floor_divide(left, right)))


def _power(base: _Number, exponent: _Number) -> _Number:
    times = _whole(exponent, "exponent")
    if times < 0:
        return _power(_divide(_Number(Fraction(1)), base), _Number(Fraction(-times)))
    if not base.exact:
        return _inexact_power(base, times)
    # Checked before the work is done: the result has at least this many bits.
    bits = max(abs(base.value.numerator), base.value.denominator).bit_length() - 1
    if bits * times > _TOO_LARGE.bit_length():
        raise _too_large()
    return _number(base.value**times, exact=True)


def _inexact_power(base: _Number, times: int) -> _Number:
    try:
        power = _context(60).power(_to_digits(base.value, 60), Decimal(times))
    except (Overflow, Underflow):
        raise _too_large() from None
    except InvalidOperation:
        power = Decimal(1)  # zero to the power of zero, as Python has it
    return _number(Fraction(power), exact=False)


# Functions


def _sqrt(number: _Number) -> _Number:
    value = number.value
    if value < 0:
        raise ToolError(f"Expected zero or more in sqrt, found {_text(number)}.")
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    if root * root == value:
        return _number(root, number.exact)
    return _number(Fraction(_context(60).sqrt(_to_digits(value, 65))), exact=False)


def _abs(number: _Number) -> _Number:
    return _Number(abs(number.value), number.exact)


def _round(number: _Number, places: _Number = _Number(Fraction(0))) -> _Number:
    """Round halves away from zero, as taught at school."""
    digits = _whole(places, "second argument of round")
    if abs(digits) > MOST_DIGITS:
        raise _too_large()
    _require_known(number)
    scale, value = Fraction(10) ** digits, _settled(number)
    rounded = floor(abs(value) * scale + Fraction(1, 2)) / scale
    return _number(rounded if value >= 0 else -rounded, exact=True)


def _minimum(*numbers: _Number) -> _Number:
    return min(numbers, key=_settled)


def _maximum(*numbers: _Number) -> _Number:
    return max(numbers, key=_settled)


def _sum(*numbers: _Number) -> _Number:
    total = _Number(Fraction(0))
    for number in numbers:
        total = _add(total, number)
    return total


class _Function(NamedTuple):
    compute: Callable[..., _Number]
    most_arguments: int = LONGEST_EXPRESSION


_FUNCTIONS = {
    "abs": _Function(_abs, 1),
    "max": _Function(_maximum),
    "min": _Function(_minimum),
    "round": _Function(_round, 2),
    "sqrt": _Function(_sqrt, 1),
    "sum": _Function(_sum),
}


# Grammar


class _Operator(NamedTuple):
    strength: int
    right_strength: int
    compute: Callable[[_Number, _Number], _Number]


_SIGN_STRENGTH = 30
_OPERATORS = {
    "+": _Operator(10, 11, _add),
    "-": _Operator(10, 11, _subtract),
    "*": _Operator(20, 21, _multiply),
    "/": _Operator(20, 21, _divide),
    "//": _Operator(20, 21, _floor_divide),
    "%": _Operator(20, 21, _remainder),
    "**": _Operator(40, 40, _power),
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

    def result(self) -> _Number:
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

    def _expression(self, strength: int) -> _Number:
        if self._depth == DEEPEST_NESTING:
            raise ToolError(
                f"Expected at most {DEEPEST_NESTING} levels of nesting, found more at "
                f"{self._next}. Compute it in parts."
            )
        self._depth += 1
        number = self._operand()
        while (operator := self._operator(strength)) is not None:
            number = operator.compute(number, self._expression(operator.right_strength))
        self._depth -= 1
        return number

    def _operator(self, strength: int) -> _Operator | None:
        operator = _OPERATORS.get(self._next.text)
        if operator is None or operator.strength < strength:
            return None
        sign = self._take()
        if sign.text == "%":
            self._require_remainder(sign)
        return operator

    def _require_remainder(self, sign: _Token) -> None:
        """Refuse `10% + 5` and `10%+5`, which are meant as percent."""
        before, after = self._tokens[self._index - 2], self._next
        is_close = before.position + len(before.text) == sign.position
        if is_close and after.text in ("+", "-", "("):
            raise self._unexpected("a number")

    def _operand(self) -> _Number:
        token = self._next
        if token.kind == "number":
            return self._literal()
        if token.text == "(":
            self._take()
            return self._bracket()
        if token.text in {"+", "-"}:
            self._take()
            number = self._expression(_SIGN_STRENGTH)
            return _Number(-number.value, number.exact) if token.text == "-" else number
        if token.text.lower() in _FUNCTIONS:
            return self._call()
        raise self._unexpected("a number")

    def _literal(self) -> _Number:
        token = self._take()
        if "," in token.text and self._among_arguments:
            raise ToolError(
                f"Expected a clear number, found {token}, which may be one number or several. "
                f'Write "{token.text.replace(",", "")}" or "{token.text.replace(",", ", ")}".'
            )
        digits, _, exponent = token.text.replace(",", "").lower().partition("e")
        if abs(int(exponent or 0)) > MOST_DIGITS:
            raise _too_large()
        return _number(Fraction(digits) * Fraction(10) ** int(exponent or 0), exact=True)

    def _bracket(self) -> _Number:
        number = self._expression(0)
        self._expect(")")
        return number

    def _call(self) -> _Number:
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

    def _arguments(self) -> list[_Number]:
        outside, self._among_arguments = self._among_arguments, True
        ends = [")"]
        if end := self._end_of_list(self._index + 1):  # `sum([1, 2])`, as in Python
            self._take()
            ends.append(end)
        numbers: list[_Number] = []
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


# Output


def _text(number: _Number) -> str:
    if number.exact and _SHIFT % number.value.denominator == 0:
        return _exact_text(number.value)
    return _rounded_text(number.value)


def _exact_text(value: Fraction) -> str:
    whole, rest = divmod(abs(value.numerator) * (_SHIFT // value.denominator), _SHIFT)
    # Decimal, because str(int) refuses more than 4,300 digits.
    digits = f"{Decimal(whole):f}.{rest:0{MOST_DECIMAL_PLACES}d}".rstrip("0").rstrip(".")
    return f"-{digits}" if value < 0 else digits


def _rounded_text(value: Fraction) -> str:
    whole = _to_digits(value, 12).adjusted() + 1
    plain = abs(whole - 1) <= _WRITTEN_OUT
    # Rounding before the point would write zeros that look as exact as the other digits.
    digits = max(12, whole + 2) if plain else 12
    rounded = _to_digits(value, digits).normalize(_context(digits))
    return f"{rounded:f}" if plain else f"{rounded:e}"


@tool(effect="read")
def calculate(expression: Annotated[str, "for example (12 + 30) * 4"]) -> str:
    """Calculate an arithmetic expression exactly."""
    if len(expression) > LONGEST_EXPRESSION:
        raise ToolError(
            f"Expected an expression of at most {LONGEST_EXPRESSION} characters, "
            f"found {len(expression)}. Compute it in parts."
        )
    return _text(_Parser(_tokens(expression)).result())


tools: tuple[Tool, ...] = (calculate,)
