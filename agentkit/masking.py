"""Secrets in words that others write: an error or a log may be read by anybody.

Shapes only; the key that a client knows is masked in `models/server_secrets.py`, whatever it is.
"""

from __future__ import annotations

import re

_LONGEST = 50_000  # characters that are looked at; of an error nobody reads more
# Every repetition is bounded, because what is searched may be a page that somebody wrote.
# A login in an address, as in postgresql://user:word@host; a port or an @name is none.
_LOGIN = re.compile(
    r"(?<=://)(?:[^\s/@:]{0,80}:(?![0-9]{1,5}(?:[/?#,\s]|$))[^\s@\"'<>]{0,120}|[^\s/@,:?]{1,80})@"
)
_SHAPES = re.compile(
    r"\bsk-[A-Za-z0-9_-]{12,300}|\bgh[pousr]_\w{16,300}|\bgithub_pat_\w{16,300}"
    r"|\bglpat-[\w-]{16,300}|\b(?:AKIA|ASIA)[0-9A-Z]{12,40}|\bAIza[\w-]{30,60}"
    r"|\bxox[a-z]-[A-Za-z0-9-]{10,300}|\bhf_[A-Za-z0-9]{16,300}"
    r"|(?<![\w-])eyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{0,2000}"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}KEY-----)?"
)
_VALUE = r"[^\s\"'&,;(){}\[\]]{6,500}"
_NAMED = re.compile(
    r"(?i)(\bbearer\s{1,3}(?=\S{0,40}[0-9]|\S{16})"
    r"|\bauthorization[\"']?\s?[:=]\s?[\"']?(?:basic|token)\s{1,3}"
    # Not what leads to the next page, which a model has to pass on.
    r"|(?<!next)(?<!next_)(?<!page)(?<!page_)(?<!sync)(?<!sync_)(?<!nuation)(?<!nuation_)"
    r"(?:api[_-]?key|access[_-]?key|token|secret|passw(?:or)?d)"
    # A colon may also stand before plain words, as in "unexpected token: identifier".
    rf"[\"']?\s?[:=]\s?(?=[\"']?(?:[^\s\"']{{0,40}}[0-9]|[^\s\"']{{16}}))[\"']?){_VALUE}"
    rf"|(passw(?:or)?d=){_VALUE}"
)


def without_secrets(words: str) -> str:
    """Words in which logins of addresses, keys of known shapes and named secrets are `***`."""
    if len(words) > _LONGEST:
        words = f"{words[:_LONGEST]} …"
    return _NAMED.sub(_masked, _SHAPES.sub("***", _LOGIN.sub("***@", words)))


def _masked(found: re.Match[str]) -> str:
    return f"{found[1] or found[2]}***"
