"""The key and the password that a client knows: no error and no log may show them."""

from __future__ import annotations

import base64
import binascii

import httpx

_SHORTEST_SECRET = 8  # "x" is in every other word


def masked(words: str, client: httpx.AsyncClient) -> str:
    """A server's words without the client's key or password, which some repeat in their errors."""
    for secret in _secrets(client.headers.get("authorization", "")):
        if len(secret) >= _SHORTEST_SECRET:
            words = words.replace(secret, "***")
    return words


def _secrets(authorization: str) -> list[str]:
    scheme, _, secret = authorization.partition(" ")
    if scheme != "Basic":
        return [secret]
    try:
        login = base64.b64decode(secret).decode()
    except (binascii.Error, UnicodeDecodeError):
        return [secret]
    return [secret, login, login.partition(":")[2]]
