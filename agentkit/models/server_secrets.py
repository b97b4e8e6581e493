"""The key and the password that a client knows: no error and no log may show them."""

from __future__ import annotations

import base64
import binascii
import html
import json
import urllib.parse

import httpx

from agentkit.masking import without_secrets

_SHORTEST_SECRET = 8  # "x" is in every other word


def masked(words: str, client: httpx.AsyncClient) -> str:
    """A server's words without the client's key or password, or what looks like another secret."""
    for secret in _secrets(client.headers.get("authorization", "")):
        if len(secret) >= _SHORTEST_SECRET:
            for written in _spellings(secret):
                words = words.replace(written, "***")
    return without_secrets(words)


def _spellings(secret: str) -> list[str]:
    """A secret as it stands, and in JSON, in an address and in HTML."""
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
