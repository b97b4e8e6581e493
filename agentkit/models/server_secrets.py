"""Masks the key and the password of a client, which no error and no log may show."""

from __future__ import annotations

import base64
import binascii
import html
import json
import urllib.parse

import httpx

from agentkit.masking import without_secrets

_SHORTEST_SECRET = 8  # a shorter one, such as "x", is part of ordinary words


def masked(words: str, client: httpx.AsyncClient) -> str:
    """Mask the client's key and password, and what looks like another secret, in a text."""
    for secret in _secrets(client.headers.get("authorization", "")):
        if len(secret) >= _SHORTEST_SECRET:
            for written in _spellings(secret):
                words = words.replace(written, "***")
    return without_secrets(words)


def _spellings(secret: str) -> list[str]:
    """Return a secret as it is, and as it is written in JSON, in a URL and in HTML."""
    quoted = json.dumps(secret)[1:-1]
    in_address = (urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret))
    return [secret, quoted.replace("/", "\\/"), quoted, *in_address, html.escape(secret)]


def _secrets(authorization: str) -> list[str]:
    scheme, _, secret = authorization.partition(" ")
    if scheme != "Basic":
        return [secret]
    try:
        login = base64.b64decode(secret).decode()
    except (binascii.Error, UnicodeDecodeError):
        return [secret]
    return [secret, login, login.partition(":")[2]]
