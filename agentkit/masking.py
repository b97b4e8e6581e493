"""Secrets in words that others write: an error or a log may be read by anybody.

Shapes only; the key that a client knows is masked in `models/server_secrets.py`, whatever it is.
"""

from __future__ import annotations

import re

_LONGEST = 50_000  # characters that are looked at; of an error nobody reads more
_LONGEST_SECRET = 2_000  # what is cut there may be the beginning of one
# Every repetition is bounded, because what is searched may be a page that somebody wrote.
# A login in an address, as in postgresql://user:word@host; a port or an @name is none.
_LOGIN = re.compile(
    r"(?<=://)(?:[^\s/@:]{0,80}:(?![0-9]{1,5}(?:[/?#,\s]|$))[^\s@\"<>]{0,300}|[^\s/@,:?]{1,80})@"
    r"(?:[^\s/@\"'<>,]{0,100}@){0,3}"  # of a password that holds one itself
)
# What only begins as a key is a name: keys of the newer kinds have digits, and mostly capitals.
_DIGIT, _CAPITAL = r"(?=[\w-]{0,80}[0-9])", r"(?=[\w-]{0,80}[A-Z])"
_SHAPES = re.compile(
    r"\bsk-[A-Za-z0-9_-]{12,300}|\bgh[pousr]_\w{16,300}|\bgithub_pat_\w{16,300}"
    r"|\bglpat-[\w-]{16,300}|\b(?:AKIA|ASIA)[0-9A-Z]{12,40}|\bAIza[\w-]{30,60}"
    r"|\bxox[a-z]-[A-Za-z0-9-]{10,300}|\bhf_[A-Za-z0-9]{16,300}|\bnpm_[A-Za-z0-9]{36}"
    rf"|\b(?:pypi|xai|nvapi|pplx|xapp)-{_DIGIT}{_CAPITAL}[\w-]{{16,300}}"
    rf"|\b(?:gldt|glrt|tvly|GOCSPX|PMAK|NRAK)-{_DIGIT}[\w-]{{16,300}}"
    r"|\b(?:[sr]k_(?:live|test)|whsec|gsk|r8|figd|lin_api|glsa"
    r"|dckr_[op]at|lsv2_[ps]t|pcsk|sbp|ntn|rubygems)_"
    rf"{_DIGIT}{_CAPITAL}[\w-]{{16,300}}"
    r"|\b(?:do[por]_v1|shp(?:at|ca|pa|ss))_[0-9a-f]{32,64}\b|\bdapi[0-9a-f]{32}\b"
    r"|\bya29\.[\w-]{16,500}|\bSG\.[\w-]{16,60}\.[\w-]{16,100}|\bhvs\.[\w-]{16,300}"
    r"|\bATATT3[\w=-]{16,300}|\bAGE-SECRET-KEY-1[0-9A-Z]{16,100}|(?<![0-9])[0-9]{8,10}:AA[\w-]{30,50}"
    r"|(?<=hooks\.slack\.com/services/)[\w/]{16,200}"
    r"|(?<=discord\.com/api/webhooks/)[\w/-]{16,200}"
    r"|(?<![\w-])eyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{0,2000}"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[\s\S]){0,10000}"
    r"(?:-----END [A-Z ]{0,40}-----)?"
)
_MARK = r"\\?[\"']"
_VALUE = r"[^\s\"'&,;(){}\[\]<>\\]{6,500}"
_QUOTED = r"(?:(?<=')[^'\n]{6,500}|(?<=\")[^\"\\\n]{6,500})"
# A bare `pwd` is a folder.
_WORD_OF_PASSWORDS = (
    r"(?:passw(?:or)?d|passphrase|(?-i:(?<=[A-Z]_)PASS)|(?:(?<=[;&?])|(?<=mysql_)|(?<=db_))pwd)"
)
_NAMED = re.compile(
    r"(?i)(\bbearer\s{1,3}(?=\S{0,40}[0-9]|\S{16})"
    rf"|\bauthorization(?:{_MARK})?\s?[:=]\s?(?:{_MARK})?(?:(?:basic|token)\s{{1,3}}|(?=\S{{0,40}}[0-9]))"
    # Not what leads to the next page, which a model has to pass on.
    r"|(?<!next)(?<!next_)(?<!page)(?<!page_)(?<!sync)(?<!sync_)(?<!nuation)(?<!nuation_)"
    rf"(?:(?:api|access|account|secret|private|auth|encryption)[_-]?key|(?-i:(?<!PRIMARY_)(?<!FOREIGN_)(?<!SORT_)(?<!PARTITION_)(?<=[A-Z]_)KEY)|token|secret|{_WORD_OF_PASSWORDS})"
    # A colon may also stand before plain words, as in "unexpected token: identifier".
    rf"(?:{_MARK})?\s?[:=]\s?"
    rf"(?=(?:{_MARK})?(?:[^\s\"']{{0,40}}[0-9]|[^\s\"']{{16}}))(?:{_MARK})?"
    rf"|[?&](?:sig|(?:x-amz-)?signature)=|--password\s(?=\S{{0,80}}[0-9]))(?:{_QUOTED}|{_VALUE})"
    rf"|({_WORD_OF_PASSWORDS}=[\"']?)(?:(?<=')[^'\n]{{1,500}}|(?<=\")[^\"\n]{{1,500}}|[^\s\"'&;<>]{{4,500}})"
    r"|(\b(?:set-)?cookie:\s?)(?=[\w.-]{1,100}=)[^\r\n]{1,4000}"
    r"|(<(?:password|passwd|secret|token|api_?key)>)[^<\n]{1,500}(?=</)"
)


def without_secrets(words: str) -> str:
    """Words in which logins of addresses, keys of known shapes and named secrets are `***`."""
    seen = words[: _LONGEST + _LONGEST_SECRET]
    seen = _NAMED.sub(_masked, _SHAPES.sub("***", _LOGIN.sub("***@", seen)))
    return seen if len(words) <= _LONGEST else f"{seen[:_LONGEST]} …"


def _masked(found: re.Match[str]) -> str:
    return f"{next(filter(None, found.groups()))}***"
