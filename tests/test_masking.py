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
        ('{"accessToken": "a1b2c3d4e5"}', '{"accessToken": "***"}'),
        ("clientSecret=a1b2c3d4", "clientSecret=***"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "AWS_SECRET_ACCESS_KEY=***"),
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
        "PWD=/home/user/project",
        "go on with page_token=abcdefgh1 or next_token: 123456789",
        "continuation_token=abcdefgh1 and nextSyncToken: abcdefgh1",
        "nextToken=abcdefgh1 and nextPageToken=abcdefgh1",
        "Expected token=identifier",
        "bearer authentication required",
        "http://host:8080?user=bob@x.org",
        "http://a:1,http://b:2,x@y",
        "task-force-one-hundred",
    ],
)
def test_other_words_stay(words: str) -> None:
    assert without_secrets(words) == words


@pytest.mark.parametrize("piece", ["x://a:", "token:", "-eyJaaaaaaaaa", "bearer ", "-----BEGIN "])
def test_a_page_that_somebody_wrote_is_looked_through_and_cut(piece: str) -> None:
    assert len(without_secrets(piece * 100_000)) < 60_000
