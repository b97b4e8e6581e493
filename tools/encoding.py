"""Decode the bytes of files, and put texts into a form for comparison."""

import codecs
import contextlib
import unicodedata

import regex

BINARY = "binary"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_CHARACTER = 4  # bytes of UTF-8
# Sorting combining marks takes quadratic time and can't be interrupted, so long rows of them are
# split, as in the Stream-Safe Text Format of Unicode (UAX 15).
_MARKS = regex.compile(r"\p{M}{30}(?=\p{M})")
_JOINER = "\u034f"


def decoded(data: bytes, *, is_cut: bool = False) -> str:
    """Decode UTF-8, or else Windows-1252, as older programs write Western languages.

    With `is_cut`, a character that is cut off at the end is left out.
    """
    for less in range(_LONGEST_CHARACTER if is_cut else 1):
        with contextlib.suppress(UnicodeDecodeError):
            return data[: len(data) - less].decode()
    return data.decode("cp1252", errors="replace")


def what_is_no_text(data: bytes, *, is_first: bool) -> str:
    """Name the kind of content if it is not text that can be read; else an empty text."""
    if is_first and data.startswith(_UTF_16):
        return "text in UTF-16, not in UTF-8"
    return BINARY if b"\0" in data else ""


def comparable(text: str) -> str:
    """The text in a form that ignores case and how letters are composed."""
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFC", _MARKS.sub(rf"\g<0>{_JOINER}", text.casefold()))
