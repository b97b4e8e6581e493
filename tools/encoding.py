"""From the bytes of a file to text, and texts that are compared."""

import codecs
import contextlib
import unicodedata

import regex

BINARY = "binary"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_CHARACTER = 4  # bytes of UTF-8
# Putting marks in order takes the square of their number, and nothing can interrupt it: they are
# parted after so many, as in the Stream-Safe Text Format of Unicode (UAX 15).
_MARKS = regex.compile(r"\p{M}{30}(?=\p{M})")
_JOINER = "\u034f"


def decoded(data: bytes, *, is_cut: bool = False) -> str:
    """UTF-8, or else as older programs write Western languages.

    A character that is cut off at its end is left out.
    """
    for less in range(_LONGEST_CHARACTER if is_cut else 1):
        with contextlib.suppress(UnicodeDecodeError):
            return data[: len(data) - less].decode()
    return data.decode("cp1252", errors="replace")


def what_is_no_text(data: bytes, *, is_first: bool) -> str:
    """What a file is that holds this, if it is no text that can be read; else empty."""
    if is_first and data.startswith(_UTF_16):
        return "text in UTF-16, not in UTF-8"
    return BINARY if b"\0" in data else ""


def comparable(text: str) -> str:
    """Without regard to case, and to how letters are composed."""
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFC", _MARKS.sub(rf"\g<0>{_JOINER}", text.casefold()))
