"""A model behind any OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, LM Studio, a cloud.

    ServerModel  ->  a session for each run  ->  events back to the loop

Creating one is cheap: the HTTP client and the parser are imported at the first run. The protocol
does not say how a server splits a reply, or which request fields it obeys. `agentkit doctor` finds
out and stores it as `Findings`; without them, `ServerModel` makes cautious guesses.
"""

from __future__ import annotations

import base64
import importlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from agentkit.errors import ConfigError
from agentkit.events import ModelEvent
from agentkit.masking import without_secrets
from agentkit.messages import Message
from agentkit.model import Sampling
from agentkit.models.server_deadlines import Deadlines
from agentkit.tools import Toolset

if TYPE_CHECKING:
    import httpx

    from agentkit.models.server_findings import Findings
    from agentkit.models.server_session import ServerSession

__all__ = ["Deadlines", "ServerModel"]

_SESSIONS = "agentkit.models.server_session"


class ServerModel:
    """A model by its name on a server, for example
    `ServerModel("Qwen/Qwen3.5-4B", base_url="http://localhost:8000/v1")`.

    A request is tried up to `attempts` times, but never retried once a token has been seen.
    `findings` describes the server; None loads what `agentkit doctor` stored, if anything.
    `tokenizer` is a folder with the model's tokenizer.json, or a hub name: prompts are then
    rendered here and sent as token ids to the completions route, where no data can become a control
    token; the server must accept ids there (vLLM does). Raises ConfigError for an invalid base_url
    or api_key.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        api_key: str | None = None,
        tokenizer: str | None = None,
        findings: Findings | None = None,
        deadlines: Deadlines | None = None,
        attempts: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self.base_url, login = _address(base_url)
        # No compression: a small compressed piece can expand to any size.
        self._headers = {"Accept-Encoding": "identity"}
        if login:
            self._headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        if api_key := (api_key or "").strip():  # a key read from a file ends in a line break
            if not (api_key.isascii() and api_key.isprintable()):
                raise ConfigError(
                    "Expected an api_key of printable ASCII characters; the given one has others. "
                    "Copy it again."
                )
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._tokenizer = tokenizer
        self._findings = findings
        self._deadlines = deadlines or Deadlines()
        self._attempts = max(attempts, 1)
        self._transport = transport

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        """Stream one reply over a new connection; a run keeps one open through `session`."""
        async with (
            self.session(tools) as session,
            aclosing(session.stream(transcript, tools, sampling)) as events,
        ):
            async for event in events:
                yield event

    @asynccontextmanager
    async def session(self, tools: Toolset) -> AsyncIterator[ServerSession]:
        """Open the model for one run, with one connection and each message serialised once."""
        async with self.client() as client:
            yield _sessions().ServerSession(
                self.name,
                self.base_url,
                client,
                tools,
                tokenizer=self._tokenizer,
                findings=self._findings,
                deadlines=self._deadlines,
                attempts=self._attempts,
            )

    def client(self) -> httpx.AsyncClient:
        """Return an HTTP client that sends the key. The caller must close it."""
        client: httpx.AsyncClient = _sessions().open_client(
            self._headers, self._deadlines, self._transport
        )
        return client


def _address(base_url: str) -> tuple[str, str]:
    """Return the address without user and password, which no error or log may show, and those."""
    try:
        parts = urlsplit(base_url := base_url.strip())
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises ValueError for an invalid port
    except ValueError:
        is_address = False
    if not is_address:
        # A password may contain `?` and `#`, too, so all up to the last `@` goes first.
        shown = without_secrets(re.split(r"[?#]", re.sub(r"(?s).*@", "***@", base_url))[0])
        raise ConfigError(f"Expected a base_url such as http://localhost:8000/v1, found {shown!r}.")
    if parts.query or parts.fragment:
        plain = re.split(r"[?#]", re.sub(r"(?s)//.*@", "//", base_url))[0]
        raise ConfigError(
            f"Expected a base_url without a query or fragment, found one after {plain}. Remove it, "
            f"and pass a key as api_key."
        )
    login, _, host = parts.netloc.rpartition("@")
    address = urlunsplit(parts._replace(netloc=host)).rstrip("/")
    return address, unquote(login if ":" in login or not login else f"{login}:")


def _sessions() -> Any:
    """Import the module late, because most of agentkit does without an HTTP client."""
    return cast(Any, importlib.import_module(_SESSIONS))
