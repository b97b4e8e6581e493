"""What a model is told comes from the docstring, in whatever style it is written."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from agentkit import tool
from agentkit.docstrings import first_paragraph, parameter_words

GOOGLE = """Look up the weather
of a city.

Args:
    city (str): The city,
        as it is called there.
    days: How many: 1 to 7.

Returns:
    str: Some words.
"""
NUMPY = """Look up the weather
of a city.

Parameters
----------
city : str
    The city, as it is called there.
days : int, optional
    How many: 1 to 7.

Returns
-------
str
    Some words.
"""
SPHINX = """Look up the weather
of a city.

:param city: The city, as it is called there.
:type city: str
:param days: How many: 1 to 7.
:returns: Some words.
"""
EPYDOC = SPHINX.replace(":param", "@param").replace(":type", "@type").replace(":re", "@re")


def weather(city: str, days: int = 3) -> str:
    return f"{city} {days}"


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, SPHINX, EPYDOC])
@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_its_first_words_and_its_parameters_are_shown(
    docstring: str, gap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weather, "__doc__", docstring.replace("\n\n", gap, 1))

    made = tool(weather)

    assert made.description == "Look up the weather of a city."
    assert {name: each["description"] for name, each in made.parameters["properties"].items()} == {
        "city": "The city, as it is called there.",
        "days": "How many: 1 to 7.",
    }


def test_a_docstring_without_first_words_has_no_description(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weather, "__doc__", "Args:\n    city: The city.\n    days: How many.")

    assert first_paragraph(weather) == ""


def test_words_of_the_signature_come_first() -> None:
    @tool
    def book(
        day: Annotated[str, "as 2026-05-01"],
        seats: Annotated[int, Field(ge=1)],
        name: str = Field("Ann", description="who comes"),
        note: Annotated[str, "what else"] | None = None,
    ) -> str:
        """Book a table.

        Args:
            day: not this
            seats: How many.
            name: nor this
            note: nor this
            table: which nobody can give
        """
        return f"{day} {seats} {name} {note}"

    shown = book.parameters["properties"]

    assert {name: each["description"] for name, each in shown.items()} == {
        "day": "as 2026-05-01",
        "seats": "How many.",
        "name": "who comes",
        "note": "what else",
    }


def test_prose_that_looks_like_a_section_is_prose() -> None:
    @tool
    def note(text: str) -> str:
        """Write it down. Note: once
        args are given, the text:
        it is kept.

        Usage: see https://example.org: there.
        """
        return text

    assert note.description == "Write it down. Note: once args are given, the text: it is kept."
    assert "description" not in note.parameters["properties"]["text"]


@pytest.mark.parametrize(
    "words", ["Example", "Notes", "Convert units, see the\nnotes\nand more.", "Args: to be parsed."]
)
def test_a_word_that_titles_a_section_elsewhere_is_a_word(words: str) -> None:
    def convert(text: str) -> str:
        return text

    convert.__doc__ = words
    assert first_paragraph(convert) == " ".join(words.split())


def test_attributes_are_no_parameters() -> None:
    def convert(text: str) -> str:
        """Convert.

        Args:
            text: What to convert.

        Attributes:
            text: Something else.
        """
        return text

    assert parameter_words(convert) == {"text": "What to convert."}


PIECES = st.sampled_from(
    (
        *("Args:", "\n", "    ", "a (str): x", "Parameters\n---\n", "a : int\n", ":param a: b"),
        *(":type", ":", "@param x: y", "@", "(", "Raises\n---", "Example::\n", "*x", "x, y: z"),
    )
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60))
def test_no_docstring_fails(docstring: str) -> None:
    def documented() -> None: ...

    documented.__doc__ = docstring
    assert all(parameter_words(documented).values())
    assert "\n" not in first_paragraph(documented)
