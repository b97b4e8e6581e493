"""What looks like a secret is shown to nobody; other words stay as they are."""

import pytest

from agentkit.masking import without_secrets


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("401 for sk-proj-AAAAbbbbCCCC1234", "401 for ***"),
        ("Bearer abcdefghijklmnop", "Bearer ***"),
        ("GET /x?api_key=SECRETSECRET123&a=1", "GET /x?api_key=***&a=1"),
        ("password=correcthorse", "password=***"),
        ('{"access_token": "a1b2c3d4e5"}', '{"access_token": "***"}'),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("ghp_0123456789abcdefABCDEF", "***"),
        ("connect http://user:pass@host failed", "connect http://***@host failed"),
        ("postgresql://u:pa/ss@db/x", "postgresql://***@db/x"),
        ("redis://:word@host", "redis://***@host"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "***"),
    ],
)
def test_a_secret_is_masked(words: str, shown: str) -> None:
    assert without_secrets(words) == shown


@pytest.mark.parametrize(
    "words",
    [
        "No article 'A-17'; there are B-02.",
        "unexpected token: identifier at line 3",
        "password: required",
        "https://medium.com/@user and mail bob@example.org",
        "http://localhost:8080/@user",
        "The secret is out.",
        "task-force-one-hundred",
    ],
)
def test_other_words_stay(words: str) -> None:
    assert without_secrets(words) == words
