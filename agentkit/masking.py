"""Mask secrets in text from other code, since anybody may read an error or a log.

Only known shapes are found; the key that a client knows is masked in `models/server_secrets.py`.
"""

from __future__ import annotations

import re
import string

_LONGEST = 50_000  # characters kept; nobody reads more of an error
_LONGEST_SECRET = 2_000  # searched beyond the cut, which may split a secret
# Every repetition is bounded, because the text may come from an untrusted page.
# A login in a URL, as in postgresql://user:word@host; a port or an @name is not one.
_LOGIN = re.compile(
    r"(?<=://)(?:[^\s/@:]{0,80}:(?![0-9]{1,5}(?:[/?#,\s]|$))[^\s@\"<>]{0,300}|[^\s/@,:?]{1,80})@"
    r"(?:[^\s/@\"'<>,]{0,100}@){0,3}"  # a password may contain an @
)
# Text that only begins like a key is a name: newer kinds of keys have digits, and mostly capitals,
# or are one long word.
_DIGIT, _CAPITAL = r"(?=[\w-]{0,80}[0-9])", r"(?=[\w-]{0,80}[A-Z])"
_WORD = r"(?=[A-Za-z0-9]{20})"
_SHAPES = re.compile(
    r"\bsk-[A-Za-z0-9_-]{12,300}|\bgh[pousr]_\w{16,300}|\bgithub_pat_\w{16,300}"
    r"|\bglpat-[\w-]{16,300}|\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{12,40}|\bAIza[\w-]{30,60}"
    r"|\bxox[a-z]-[A-Za-z0-9-]{10,300}|\bhf_[A-Za-z0-9]{16,300}|\bnpm_[A-Za-z0-9]{36}"
    rf"|\b(?:pypi|xai|nvapi|pplx|xapp|csk|tskey|sess)-(?:{_DIGIT}{_CAPITAL}|{_WORD})[\w-]{{16,300}}"
    rf"|\b(?:gldt|glrt|tvly|GOCSPX|PMAK|NRAK|HRKU|sq0[a-z]{{3}}|pat-[a-z]{{2}}[0-9])-"
    rf"(?:{_DIGIT}|{_WORD})[\w-]{{16,300}}"
    r"|\b(?:[sr]k_(?:live|test)|rzp_(?:live|test)|whsec|gsk|r8|figd|lin_api|glsa|apify_api|sntrys"
    r"|dckr_[op]at|lsv2_[ps]t|pcsk|sbp|ntn|rubygems|secret)_"
    rf"(?:{_DIGIT}{_CAPITAL}|{_WORD})[\w-]{{14,300}}"
    r"|\b(?:do[por]_v1|shp(?:at|ca|pa|ss))_[0-9A-Za-z]{32,64}\b|\bdapi[0-9A-Za-z]{32}\b"
    r"|\bkey-[0-9a-f]{32}\b|\b(?:SK|AC)[0-9a-f]{32}\b|\bGR1348941[\w-]{20,40}|\b1//0[\w-]{30,200}"
    # A key of an unknown service, told by its scattered digits; numbered ids are not keys.
    r"|\b(?!(?:call|toolu|chatcmpl|msg|resp|req|run|thread|file|pi|ch|in|cus|sub|evt|test|sha[0-9]+)[_-])"
    r"[a-z][a-z0-9]{1,11}[_-](?=(?:[A-Za-z]{1,20}[0-9]{1,9}){3})"
    r"(?=[a-z0-9]{0,60}[A-Z])(?=[A-Z0-9]{0,60}[a-z])[A-Za-z0-9]{24,200}\b"
    r"|\bya29\.[\w-]{16,500}|\bSG\.[\w-]{16,60}\.[\w-]{16,100}|\bhvs\.[\w-]{16,300}"
    r"|\bAT[AC]TT3[\w=-]{16,300}|\bAGE-SECRET-KEY-1[0-9A-Z]{16,100}|(?<![0-9])[0-9]{8,10}:AA[\w-]{30,50}"
    # A bot token of Discord begins with the digits of its id in base64.
    r"|\b(?:[MNO][A-Za-z0-9]{3}){5}[\w-]{3,8}\.[\w-]{6}\.[\w-]{27,40}\b|\bops_eyJ[\w-]{16,1000}"
    rf"|\bEAA[A-Z](?=[A-Za-z]{{0,40}}[0-9])\w{{20,300}}"
    r"|\btskey-(?:auth|api|client)-[\w-]{16,300}"
    r"|(?<=\b[Bb]asic )(?=[A-Za-z+/]{0,40}[0-9])[A-Za-z0-9+/]{12,300}={0,2}"
    r"|(?<=hooks\.slack\.com/services/)[\w/]{16,200}"
    r"|(?<=discord\.com/api/webhooks/)[\w/-]{12,200}"
    r"|(?<![\w-])eyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{0,2000}"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[\s\S]){0,10000}"
    r"(?:-----END [A-Z ]{0,40}-----)?"
)
_MARK = r"\\?[\"']"
_VALUE = r"[^\s\"'&,;(){}\[\]<>\\]{6,500}"
_QUOTED = r"(?:(?<=')[^'\n]{6,500}|(?<=\")[^\"\\\n]{6,500})"
# A bare `pwd` means a folder.
_WORD_OF_PASSWORDS = (
    r"(?:passw(?:or)?d|passphrase|passcode|(?-i:(?<=[A-Z]_)PASS|\bPASS(?==))"
    r"|(?:(?<=[;&?])|(?<=mysql_)|(?<=db_))pwd)"
)
_KEY = r"(?:(?:api|access|secret|private|encryption|signing)[_-]?key(?:_base)?|client[_-]?secret)"
_IS = rf"(?:{_MARK})?\s?[:=：]\s?"
# A plain word may follow such a name, too, as in "unexpected token: identifier".
_RUN = "|".join(f"{letter}{{5}}" for letter in string.ascii_lowercase)  # AAAAA is no word
_LIKE_A_SECRET = rf"(?:[^\s\"']{{0,40}}[0-9]|[^\s\"']{{16}}|{_RUN})"
_PLAIN = (
    r"(?:none|null|undefined|required|missing|expected|invalid|incorrect|unknown|forbidden|optional"
    r"|string|identifier|localhost|\w{0,40}(?:key|secret)|[\w./-]{1,80}\.(?:pem|key|json|txt))\b"
)
_NO_PATH = r"(?=[\w+=-]{0,40}[0-9])(?=[\w+=-]{8,200}(?![\w./]))"
_NAMED = re.compile(
    rf"(?i)(\bbearer[\s:]{{1,3}}(?={_LIKE_A_SECRET})"
    rf"|\bauthorization{_IS}(?:{_MARK})?(?:(?:basic|bearer|token)\s{{1,3}}|(?=\S{{0,40}}[0-9]))"
    # Not a page token, which a model has to pass on to get the next page.
    r"|(?<!next)(?<!next_)(?<!page)(?<!page_)(?<!sync)(?<!sync_)(?<!nuation)(?<!nuation_)"
    rf"(?:{_KEY}|(?:account|auth)[_-]?key|(?-i:(?<!PRIMARY_)(?<!FOREIGN_)(?<!SORT_)(?<!PARTITION_)(?<=[A-Z]_)KEY)"
    rf"|token|secret|\bjwt|{_WORD_OF_PASSWORDS}){_IS}(?=(?:{_MARK})?{_LIKE_A_SECRET})(?:{_MARK})?"
    rf"|{_KEY}=(?!{_PLAIN})|\b(?:auth|credentials?){_IS}(?:{_MARK})?{_NO_PATH}"
    r"|[?&](?:sig|(?:x-amz-)?signature)=|(?<=, )signature="
    r"|[?&]key=(?=[\w-]{12})(?=[\w-]{0,40}(?-i:[A-Z]))(?=[\w-]{0,40}[0-9]|\w{30})"
    r"|--(?:password|token|api-key)[ =](?!-)(?=\S{0,80}[0-9]|[^\s\"'-]{16})|\bsshpass\s-p\s?"
    rf"|\bcurl\s(?:[^\n]{{0,200}}\s)?(?:-u|--user)[ =][^\s:]{{1,80}}:)(?:{_QUOTED}|{_VALUE})"
    rf"|({_WORD_OF_PASSWORDS}=[\"']?)(?:(?<=')[^'\n]{{1,500}}|(?<=\")[^\"\n]{{1,500}}|[^\s\"'&;<>]{{4,500}})"
    rf"|({_WORD_OF_PASSWORDS}\\?[\"']:\s?\\?[\"'])(?!{_PLAIN})[^\s\"'\\]{{4,500}}(?=\\?[\"'])"
    r"|(\b(?:set-)?cookie:\s?)(?=[\w.-]{1,100}=)[^\r\n]{1,4000}"
    r"|(<(?:password|passwd|secret|token|api_?key)>)[^<\n]{1,500}(?=</)"
)


def without_secrets(words: str) -> str:
    """Replace logins in URLs, keys of known shapes and named secrets by `***`; cut long text."""
    seen = words[: _LONGEST + _LONGEST_SECRET]
    seen = _NAMED.sub(_masked, _SHAPES.sub("***", _LOGIN.sub("***@", seen)))
    return seen if len(words) <= _LONGEST else f"{seen[:_LONGEST]} …"


def _masked(found: re.Match[str]) -> str:
    return f"{next(filter(None, found.groups()))}***"
