"""What is counted in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit_tools.text import text_statistics


@pytest.mark.parametrize(
    ("text", "words", "lines", "sentences"),
    [
        ("", 0, 0, 0),
        ("Hello", 1, 1, 1),
        ("One. Two! Three?", 3, 1, 3),
        ("One.\nTwo", 2, 2, 2),
        ("One.\n\nTwo.\n", 2, 3, 2),
        ('He said "Go." Then he went.', 6, 1, 2),
        ("It costs 3.50 today...", 4, 1, 1),
        ("你好。再见！", 1, 1, 2),
        ("「こんにちは。」", 1, 1, 1),
        ("Hallo. „Ja.“ Nein.", 3, 1, 3),
        ("यह है। वह है।", 4, 1, 2),
        ("مرحبا؟ نعم.", 2, 1, 2),
        (" \n ", 0, 2, 0),
    ],
)
def test_words_lines_and_sentences_are_counted(
    text: str, words: int, lines: int, sentences: int
) -> None:
    assert text_statistics.function(text) == {
        "characters": len(text),
        "words": words,
        "lines": lines,
        "sentences": sentences,
    }


@given(st.text())
def test_a_text_has_no_more_words_than_characters(text: str) -> None:
    counts = text_statistics.function(text)

    assert counts["words"] <= counts["characters"]
    assert counts["lines"] <= counts["characters"]


def test_long_runs_of_punctuation_take_linear_time() -> None:
    assert text_statistics.function("." * 1_000_000 + "x")["sentences"] == 1
