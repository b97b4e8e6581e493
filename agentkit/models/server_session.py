"""One run's conversation with a server, and the HTTP client that it uses.

transcript -> request body -> server-sent events -> the model's raw text, put together again
           -> our parser -> events
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from agentkit.errors import ConfigError, ContextOverflow
from agentkit.events import Finish, ModelEvent
from agentkit.long_results import callable_tools
from agentkit.messages import Message, Usage, has_image
from agentkit.model import Sampling
from agentkit.models.server_count import Tripwire
from agentkit.models.server_deadlines import Deadlines
from agentkit.models.server_errors import ASKED_FOR, TEXT_AS_ARGUMENTS, CallLost
from agentkit.models.server_exact import ExactConversation
from agentkit.models.server_findings import Findings, load_findings
from agentkit.models.server_options import (
    LIMITS_OF_THOUGHTS,
    refused_fields,
    request_options,
    server_by_address,
    thinks,
    without_echo,
)
from agentkit.models.server_quotes import Quotes
from agentkit.models.server_reading import LOST_CALL, Reading
from agentkit.models.server_transport import Connection
from agentkit.models.server_wire import Conversation
from agentkit.tools import Toolset

_LIMITS = httpx.Limits(keepalive_expiry=60.0)  # a tool may take its time between two requests
# Proxies from the environment are for other machines and can't reach a server on this one.
_AT_HOME: dict[str, httpx.AsyncBaseTransport | None] = {
    f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")
}
_THOUGHT = re.compile(r"(?<![\w-])reasoning(?:_content)?(?![\w-])")  # the field, not a flag
_OUTPUT_TOKENS = 32_768  # where the caller sets no limit


@cache
def _trusted() -> ssl.SSLContext:
    """Return trusted certificates, shared by all clients: loading them costs more than a run."""
    return httpx.create_ssl_context()


def open_client(
    headers: dict[str, str], deadlines: Deadlines, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """Return an HTTP client for one run. The caller must close it."""
    _check_proxies()
    timeout = httpx.Timeout(None, connect=deadlines.connect)
    try:
        return httpx.AsyncClient(
            headers=headers,
            timeout=timeout,
            limits=_LIMITS,
            transport=transport,
            mounts=_AT_HOME,
            verify=_trusted(),
        )
    except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
        raise ConfigError(
            f"Can't create an HTTP client with the settings of this environment: {error}. Check "
            f"HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR."
        ) from error


def _check_proxies() -> None:
    """Refuse invalid ports: they fail only mid-run, with an error that may show a password."""
    proxies = getproxies()
    for name in ("http", "https", "all"):
        try:
            _ = urlsplit(proxies.get(name, "")).port
        except ValueError:
            raise ConfigError(
                f"{name.upper()}_PROXY has an invalid port; expected a number up to 65535. Write / "
                f"and @ in its password as %2F and %40."
            ) from None


class ServerSession:
    """A `ServerModel` opened for one run."""

    def __init__(
        self,
        name: str,
        base_url: str,
        client: httpx.AsyncClient,
        tools: Toolset,
        *,
        tokenizer: str | None,
        findings: Findings | None,
        deadlines: Deadlines,
        attempts: int,
    ) -> None:
        self.name = name
        self._url = base_url
        route = "/completions" if tokenizer else "/chat/completions"
        self._connection = Connection(client, base_url + route, deadlines, attempts)
        self._conversation = (
            ExactConversation(tools, tokenizer) if tokenizer else Conversation(tools)
        )
        findings = findings or load_findings(base_url, name) or Findings()
        if findings.thinking_field == "reasoning":
            self._conversation.name_thoughts("reasoning")
        self._server = findings.server or server_by_address(base_url)
        self._without = set(findings.refused_fields)
        if findings.thought_length_works is False:
            self._without |= LIMITS_OF_THOUGHTS
        self._renames_limit = False
        self._unsplit = findings.leaves_thought_in_content
        self._thinks_anyway = (
            findings.thinking_can_be_off is False and findings.leaves_thought_in_content is True
        )
        self._tripwire = Tripwire()

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        """Stream one reply. Without a `Finish` at its end it broke off, and no call may run.

        Raises ModelError: ModelUnavailable and ModelTimeout where trying again may help,
        ContextOverflow if the server can't read, or did not read, the whole conversation.
        """
        thinking = thinks(self.name, sampling)
        spent = Usage()
        callable_now = callable_tools(tools, transcript)
        reading = self._reading(callable_now, sampling, thinking)
        try:
            first = self._read(reading, transcript, tools, sampling, thinking)
            async with aclosing(first) as events:
                async for event in events:
                    yield event
            if reading.thought_too_long and not reading.saw_content:
                # We cut the stream. A chat route can't continue a thought: ask again without one.
                spent, thought, thinking = reading.spent(), reading.thought, False
                reading = self._reading(callable_now, sampling, thinking)
                again = self._read(reading, transcript, tools, sampling, thinking)
                with self._after(thought):
                    async with aclosing(again) as events:
                        async for event in events:
                            yield event
        except CallLost:  # Groq, llama.cpp and Ollama report it as an error
            yield LOST_CALL
            yield Finish("stop", spent)
            return
        for event in reading.close(Quotes(transcript, callable_now)):
            yield event
        self._thinks_anyway |= thinking is False and reading.has_stray_close
        if reading.thought_field:
            self._conversation.name_thoughts(reading.thought_field)
        self._check_prompt(reading.usage)
        reason = reading.finish(said_done=self._connection.said_done)
        if reason is not None:
            recovered = Usage(recovered_calls=reading.recovered_calls)
            yield Finish(reason, spent + reading.cost() + recovered)

    @contextmanager
    def _after(self, thought: str) -> Iterator[None]:
        """While this is entered, a prompt of token ids ends with this thought, closed."""
        self._conversation.go_on_after(thought)
        try:
            yield
        finally:
            self._conversation.go_on_after("")

    def _reading(self, tools: Toolset, sampling: Sampling, thinking: bool | None) -> Reading:
        is_raw = isinstance(self._conversation, ExactConversation)
        unsplit = True if is_raw else self._unsplit
        if thinking is False and self._thinks_anyway:
            thinking = unsplit = None  # the answer may follow a thought, or none
        return Reading(
            tools,
            thinking=thinking,
            unsplit=unsplit,
            thinking_tokens=sampling.thinking_tokens,
            output_tokens=sampling.output_tokens or _OUTPUT_TOKENS,
            mend=not is_raw,
        )

    async def _read(
        self,
        reading: Reading,
        transcript: Sequence[Message],
        tools: Toolset,
        sampling: Sampling,
        thinking: bool | None,
    ) -> AsyncGenerator[ModelEvent, None]:
        """Send one request and feed its deltas to the reading until either has ended."""
        options = request_options(
            self.name,
            sampling,
            thinking=thinking,
            tools=bool(tools),
            server=self._server,
            pictures=any(map(has_image, transcript)),
        )

        def body() -> bytes:
            kept = {key: value for key, value in options.items() if key not in self._without}
            if self._renames_limit and "max_tokens" in kept:
                kept["max_completion_tokens"] = kept.pop("max_tokens")
            return self._conversation.body(transcript, kept, thinking)

        async with aclosing(self._connection.events(body, self._adapt)) as groups:
            async for group in groups:
                for delta in group:
                    for shown in reading.take(delta):
                        yield shown
                if reading.is_over:
                    return

    def _adapt(self, words: str) -> bool:
        """Adapt further requests to a refusal; False if it suggests nothing new."""
        if TEXT_AS_ARGUMENTS.search(words):
            return self._conversation.send_arguments_as_objects()
        if "max_completion_tokens" in words and not self._renames_limit:
            self._renames_limit = True  # OpenAI's own newer name
            return True
        told = without_echo(words)
        if ASKED_FOR.search(told):
            words = f"max_tokens {words}"  # whatever the server calls it
        if named := refused_fields(words) - self._without:
            self._without |= named
            return True
        return _THOUGHT.search(told) is not None and self._conversation.leave_out_thoughts()

    def _check_prompt(self, usage: Usage) -> None:
        sent, questions = self._conversation.tokens, self._conversation.questions
        # Some servers leave reused tokens out of their count of the prompt.
        is_apart = usage.reused_tokens > usage.prompt_tokens
        read = usage.prompt_tokens + (usage.reused_tokens if is_apart else 0)
        if missing := self._tripwire.missing(sent, read, questions):
            raise ContextOverflow(
                f"{self._url} read only {read} tokens of a prompt of at least {read + missing}. "
                f"It cuts long prompts without saying so, and the instructions and the tools are "
                f"lost first. Give the server a larger context (`agentkit doctor {self._url}` says "
                f"how), or let tools return less."
            )
