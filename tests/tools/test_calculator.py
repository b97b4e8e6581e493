"""The calculator agrees with exact fractions, refuses what it can't read, and never runs away."""

import operator
import re
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import ToolError
from agentkit_tools.calculator import calculate

compute = calculate.function


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("(12 + 30) * 4", "168"),
        ("2 + 3 * 4", "14"),
        ("10 - 3 - 2", "5"),
        ("-2 ** 2", "-4"),
        ("2 ** -1", "0.5"),
        ("2 ** 3 ** 2", "512"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("7 % -3", "-2"),
        ("7 %-3", "-2"),
        ("7 %(3)", "1"),
        ("7%3", "1"),
        ("7.5 % 2", "1.5"),
        ("--3", "3"),
        ("+3", "3"),
        (".5 + 1.", "1.5"),
        ("2^3 × 4 ÷ −2", "-16"),
        ("0 ** 0", "1"),
        ("1e3 + 1", "1001"),
    ],
)
def test_operators_bind_and_compute_as_in_python(expression: str, result: str) -> None:
    assert compute(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("sqrt(9 / 4)", "1.5"),
        ("sqrt(2)", "1.41421356237"),
        ("sqrt(2) * sqrt(2)", "2"),
        ("sqrt(2) ** 2 - 2", "0"),
        ("sqrt(2) ** 2 // 1", "2"),
        ("sqrt(10 ** 60)", "1" + "0" * 30),
        ("abs(-3.5)", "3.5"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(2.675, 2)", "2.68"),
        ("round(12345, -3)", "12000"),
        ("round(sqrt(2), 3)", "1.414"),
        ("min(3, 1, 2) + max(3, 1, 2)", "4"),
        ("sum(1, 2.5, 3)", "6.5"),
        ("SUM(1)", "1"),
        ("sum([100, 200, 300])", "600"),
        ("max((15, 200, (170 + 5) * 1))", "200"),
        ("min([2]) + sum((1), (3))", "6"),
        ("sum((1 + 2), 3)", "6"),
    ],
)
def test_functions_are_exact_where_the_result_is(expression: str, result: str) -> None:
    assert compute(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1 / 8192", "0.0001220703125"),
        ("1 / 2 ** 30", "0." + f"{5**30:030d}"),
        ("2 / 3", "0.666666666667"),
        ("-2 / 3", "-0.666666666667"),
        ("1 / 2 ** 31", "0.000000000465661287308"),
        ("1 + 1 / 3 / 10 ** 20", "1"),
        ("10 ** 40 / 3", "3.33333333333e+39"),
        ("10 ** 15 / 7", "142857142857142.86"),
        ("999999999999.5 / 3", "333333333333.17"),
        ("sqrt(2) * 10 ** 15", "1414213562373095.05"),
        ("10 ** 5000", "1" + "0" * 5000),
    ],
)
def test_a_result_is_exact_or_has_twelve_digits(expression: str, result: str) -> None:
    assert compute(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [("1,234.5 * 2", "2469"), ("1,234,567", "1234567"), ("max(1,234,5)", "234")],
)
def test_commas_group_digits_where_that_is_the_only_reading(expression: str, result: str) -> None:
    assert compute(expression) == result


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("", "found the end of the expression"),
        ("12 +", "found the end of the expression"),
        ("12 + 3 =", '"=" at position 8'),
        ("3 x 4", '"x" at position 3'),
        ("2 3", '"3" at position 3'),
        ("(2", 'or ")"'),
        ("2)", '")" at position 2'),
        ("1.2.3", '".3" at position 4'),
        ("1,5", "decimals with a point"),
        ("sum((100,200,300))", 'Write "100200300" or "100, 200, 300"'),
        ("max([1,234], 5)", 'Expected a number, found "["'),
        ("max((1,234), 5)", 'Write "1234" or "1, 234"'),
        ("sum([1, 2)", 'Expected a number, found "["'),
        ("sum([1, [2]])", 'Expected a number, found "["'),
        ("[1, 2]", 'Expected a number, found "["'),
        ("100-10%+5", "for 15 percent of 80"),
        ("7%-3", "for 15 percent of 80"),
        ("15%(80)", "for 15 percent of 80"),
        ("1,2345", '"," at position 2'),
        ("0,123", '"," at position 2'),
        ("max(1,234)", '"1234" or "1, 234"'),
        ("max(100,200,300)", "one number or several"),
        ("15% of 80", "15 / 100 * 80"),
        ("sqrt 4", '"(" after sqrt'),
        ("round(sqrt(2) * 1e35)", "the last digits are not known"),
        ("sqrt(2) * 1e35 % 10", "the last digits are not known"),
        ("(sqrt(2) + 1e50) - 1e50", "the last digits are not known"),
        ("100 - 10% + 5", "% is the remainder"),
        ("50% -10", "% is the remainder"),
        ("15% (80)", "% is the remainder"),
        ("sqrt(1, 2)", "at most 1 argument"),
        ("min()", '")" at position 5'),
        ("sin(1)", "abs, max, min, round, sqrt, sum"),
        ("__import__('os').system('id')", '"__import__" at position 1'),
        ("(lambda: 1)()", '"lambda" at position 2'),
        ("[1]", '"[" at position 1'),
        ("\x1b[31m1", '"\\x1b" at position 1'),
        ("٣ + 1", '"٣" at position 1'),
        ("sqrt(-1)", "zero or more"),
        ("2 ** 0.5", "whole number"),
        ("round(1, 0.5)", "whole number"),
    ],
)
def test_what_is_not_arithmetic_is_refused_by_token_and_position(
    expression: str, complaint: str
) -> None:
    with pytest.raises(ToolError) as error:
        compute(expression)

    assert complaint in str(error.value)


@pytest.mark.parametrize("expression", ["1 / 0", "1 // 0", "1 % 0", "0 ** -1", "1 / (2 - 2)"])
def test_division_by_zero_is_named(expression: str) -> None:
    with pytest.raises(ToolError) as error:
        compute(expression)

    assert "Division by zero" in str(error.value)


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9",
        "9**9**9**9",
        "(1/9)**9**9",
        "9**-9**9",
        "(9**9999)**9999",
        "*".join(["9**9999"] * 100),
        "1e10001",
        "1e999999999999",
        "round(1, 10**9)",
        "sqrt(2)**99999999",
        "sqrt(2)**9**9000",
        "10**10000",
    ],
)
def test_a_result_beyond_the_bound_is_refused_before_it_is_computed(expression: str) -> None:
    with pytest.raises(ToolError) as error:
        compute(expression)

    assert "at most 10000 digits" in str(error.value)


@pytest.mark.parametrize("part", ["(", "-", "2**", "abs(", "1+("])
def test_deep_nesting_is_refused_and_never_exhausts_the_stack(part: str) -> None:
    with pytest.raises(ToolError) as error:
        compute((part * 1000)[:999] + "1")

    assert "nesting" in str(error.value)


def test_an_expression_of_more_than_a_thousand_characters_is_refused() -> None:
    assert compute("+".join(["1"] * 500)) == "500"
    with pytest.raises(ToolError) as error:
        compute("1" * 1001)

    assert "1001" in str(error.value)


OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def written(value: Fraction) -> str:
    return f"({value.numerator} / {value.denominator})"


numbers = st.fractions(max_denominator=10**6).map(lambda value: (written(value), value))


def joined(
    parts: st.SearchStrategy[tuple[str, Fraction]],
) -> st.SearchStrategy[tuple[str, Fraction]]:
    return st.tuples(parts, st.sampled_from(sorted(OPERATORS)), parts).map(
        lambda drawn: join(*drawn)
    )


def join(
    left: tuple[str, Fraction], sign: str, right: tuple[str, Fraction]
) -> tuple[str, Fraction]:
    if sign == "/" and not right[1]:
        sign = "+"
    return f"({left[0]} {sign} {right[0]})", OPERATORS[sign](left[1], right[1])


@given(st.recursive(numbers, joined, max_leaves=12))
def test_any_expression_equals_the_fraction_it_stands_for(drawn: tuple[str, Fraction]) -> None:
    expression, value = drawn

    assert compute(f"{expression} - {written(value)}") == "0"


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=20, min_value=-(10**9), max_value=10**9
    )
)
def test_a_finite_decimal_comes_back_unchanged(number: object) -> None:
    assert Fraction(compute(f"{number:f}")) == Fraction(f"{number:f}")


@given(st.fractions())
def test_a_rounded_result_is_within_half_a_unit_of_its_twelfth_digit(value: Fraction) -> None:
    shown = Fraction(compute(written(value)))

    assert abs(shown - value) <= abs(value) * Fraction(1, 2 * 10**11)


@given(
    st.text(alphabet="0123456789.,+-*/%()^eE smaxinqrtound×−", max_size=40) | st.text(max_size=20)
)
def test_any_text_gives_a_result_or_a_tool_error(text: str) -> None:
    with suppress(ToolError):
        assert re.fullmatch(r"-?\d+(\.\d+)?(e[+-]\d+)?", compute(text))
