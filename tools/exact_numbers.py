"""Numbers without floating point: fractions, and roots of which 60 digits are known."""

from __future__ import annotations

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

from agentkit.errors import ToolError

MOST_DIGITS = 10_000
MOST_DECIMAL_PLACES = 30

_TOO_LARGE = 10**MOST_DIGITS
_SHIFT: int = 10**MOST_DECIMAL_PLACES
_WRITTEN_OUT = 30
_KNOWN_DIGITS = 16
_KNOWN = 10**_KNOWN_DIGITS


@dataclass(frozen=True)
class Number:
    """A number; an irrational square root is kept with 60 digits and is not exact.

    Its operators raise ToolError for what can't be computed, or would be too large.
    """

    value: Fraction
    exact: bool = True

    def __neg__(self) -> Number:
        return Number(-self.value, self.exact)

    def __abs__(self) -> Number:
        return Number(abs(self.value), self.exact)

    def __add__(self, other: Number) -> Number:
        total, exact = self.value + other.value, self.exact and other.exact
        if not exact and abs(total) * 10**40 < max(abs(self.value), abs(other.value)):
            _require_known(Number(self.value, exact), Number(other.value, exact))
            total = Fraction(0)
        return _bounded(total, exact)

    def __sub__(self, other: Number) -> Number:
        return self + -other

    def __mul__(self, other: Number) -> Number:
        return _bounded(self.value * other.value, self.exact and other.exact)

    def __truediv__(self, other: Number) -> Number:
        if not other.value:
            raise ToolError(
                "Division by zero: expected another divisor, found 0. Change the divisor."
            )
        return _bounded(self.value / other.value, self.exact and other.exact)

    def __floordiv__(self, other: Number) -> Number:
        quotient = self / other
        _require_known(quotient)
        return Number(Fraction(floor(_settled(quotient))))

    def __mod__(self, other: Number) -> Number:
        return self - other * (self // other)

    def __pow__(self, exponent: Number) -> Number:
        times = _whole(exponent, "exponent")
        if times < 0:
            return (Number(Fraction(1)) / self) ** Number(Fraction(-times))
        if not self.exact:
            return _inexact_power(self, times)
        # Checked before the work is done: the result has at least this many bits.
        bits = max(abs(self.value.numerator), self.value.denominator).bit_length() - 1
        if bits * times > _TOO_LARGE.bit_length():
            raise _too_large()
        return _bounded(self.value**times, exact=True)


def number_of(digits: str, exponent: int) -> Number:
    """Return the number that is written as `digits`, perhaps with a point, and an exponent."""
    if abs(exponent) > MOST_DIGITS:
        raise _too_large()
    return _bounded(Fraction(digits) * Fraction(10) ** exponent, exact=True)


def _inexact_power(base: Number, times: int) -> Number:
    try:
        power = _context(60).power(_to_digits(base.value, 60), Decimal(times))
    except (Overflow, Underflow):
        raise _too_large() from None
    except InvalidOperation:
        power = Decimal(1)  # zero to the power of zero, as Python has it
    return _bounded(Fraction(power), exact=False)


def sqrt(number: Number) -> Number:
    """The square root, exact if it is rational."""
    value = number.value
    if value < 0:
        raise ToolError(f"Expected zero or more in sqrt, found {written(number)}.")
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    if root * root == value:
        return _bounded(root, number.exact)
    return _bounded(Fraction(_context(60).sqrt(_to_digits(value, 65))), exact=False)


def rounded(number: Number, places: Number = Number(Fraction(0))) -> Number:
    """Round halves away from zero, as taught at school."""
    digits = _whole(places, "second argument of round")
    if abs(digits) > MOST_DIGITS:
        raise _too_large()
    _require_known(number)
    scale, value = Fraction(10) ** digits, _settled(number)
    nearest = floor(abs(value) * scale + Fraction(1, 2)) / scale
    return _bounded(nearest if value >= 0 else -nearest, exact=True)


def minimum(*numbers: Number) -> Number:
    """The smallest of the numbers."""
    return min(numbers, key=_settled)


def maximum(*numbers: Number) -> Number:
    """The largest of the numbers."""
    return max(numbers, key=_settled)


def total(*numbers: Number) -> Number:
    """The sum of the numbers."""
    return sum(numbers, start=Number(Fraction(0)))


def written(number: Number) -> str:
    """Write a number exactly, with up to 30 decimal places, or else with 12 digits."""
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
    nearest = _to_digits(value, digits).normalize(_context(digits))
    return f"{nearest:f}" if plain else f"{nearest:e}"


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


def _bounded(value: Fraction, exact: bool) -> Number:
    if not exact:
        value = Fraction(_to_digits(value, 60))
    if abs(value.numerator) >= _TOO_LARGE or value.denominator >= _TOO_LARGE:
        raise _too_large()
    return Number(value, exact)


def _too_large() -> ToolError:
    return ToolError(
        f"Expected numbers of at most {MOST_DIGITS} digits, found a result that is larger or "
        "finer. Use smaller numbers."
    )


def _require_known(*numbers: Number) -> None:
    """Refuse roots too large for their known digits, as any further ones would be made up."""
    if any(not each.exact and abs(each.value) >= _KNOWN for each in numbers):
        raise ToolError(
            f"Expected a root of at most {_KNOWN_DIGITS} digits before the point, found a larger "
            f"one, of which the last digits are not known. Use smaller numbers."
        )


def _settled(number: Number) -> Fraction:
    """The value without the noise in the last digits of a root."""
    return number.value if number.exact else Fraction(_to_digits(number.value, 30))


def _whole(number: Number, what: str) -> int:
    _require_known(number)
    value = _settled(number)
    if value.denominator != 1:
        raise ToolError(
            f"Expected a whole number as {what}, found {written(number)}. For a root use sqrt(x)."
        )
    return value.numerator
