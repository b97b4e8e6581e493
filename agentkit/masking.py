"""Secrets in words that others write: an error or a log may be read by anybody."""

from __future__ import annotations

import re

# A login in an address, as in postgresql://user:word@host; a port or an @name is none.
_LOGIN = re.compile(r"(?<=://)(?:[^\s/@:]*:(?![0-9]{1,5}/)[^\s@\"'<>]*|[^\s/@]+)@")
_SHAPES = re.compile(
    r"\bsk-[A-Za-z0-9_-]{12,}|\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{16,}|\bglpat-[\w-]{16,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{12,}|\bAIza[\w-]{30,}|\bxox[a-z]-[A-Za-z0-9-]{10,}"
    r"|\bhf_[A-Za-z0-9]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.|\n)*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
_VALUE = r"[^\s\"'&,;(){}\[\]]{6,}"
_NAMED = re.compile(
    r"(?i)(\bbearer\s+|\bauthorization[\"']?\s*[:=]\s*[\"']?(?:basic|token)\s+"
    r"|(?<![a-z])(?:api[_-]?key|(?:[a-z]+[_-])?token|(?:[a-z]+[_-])?secret|passw(?:or)?d|pwd)"
    # A colon may also stand before plain words, as in "unexpected token: identifier".
    rf"[\"']?\s?(?:=\s?|:\s?(?=[\"']?[^\s\"']*[0-9]))[\"']?){_VALUE}"
)


def without_secrets(words: str) -> str:
    """Words in which logins of addresses, keys of known shapes and named secrets are `***`."""
    return _NAMED.sub(r"\1***", _SHAPES.sub("***", _LOGIN.sub("***@", words)))
