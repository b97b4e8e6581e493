"""One run's talk with a server, and the HTTP client that it goes through.

transcript -> request body -> server-sent events -> the model's raw text, put together again
           -> our parser -> events
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import cache

import httpx

from agentkit.errors import ContextOverflow
from agentkit.events import Finish, ModelEvent
from agentkit.messages import Message, Usage
from agentkit.model import Sampling
from agentkit.models.server_count import Tripwire
from agentkit.models.server_deadlines import Deadlines
from agentkit.models.server_exact import ExactConversation
from agentkit.models.server_findings import Findings, load_findings
from agentkit.models.server_options import REFUSABLE, request_options, server_by_address, thinks
from agentkit.models.server_quotes import Quotes
from agentkit.models.server_reading import Reading
from agentkit.models.server_transport import Connection
from agentkit.models.server_wire import Conversation
from agentkit.tools import Toolset

_LIMITS = httpx.Limits(keepalive_expiry=60.0)  # a tool may take its time between two requests
_OUTPUT_TOKENS = 32_768  # where the caller sets no limit


@cache
def _trusted() -> ssl.SSLContext:
    """Certificates to trust, for all clients: reading them costs more than a run."""
    return httpx.create_ssl_context()


def open_client(
    headers: dict[str, str], deadlines: Deadlines, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """A client for one run; to be closed by who asked for it."""
    timeout = httpx.Timeout(None, connect=deadlines.connect)
    return httpx.AsyncClient(
        headers=headers, timeout=timeout, limits=_LIMITS, transport=transport, verify=_trusted()
    )


class ServerSession:
    """`ServerModel` for the length of one run."""

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
        self._server = findings.server or server_by_address(base_url)
        self._without = set(findings.refused_fields)
        self._renames_limit = False
        self._unsplit = findings.leaves_thought_in_content
        self._thinks_anyway = (
            findings.thinking_can_be_off is False and findings.leaves_thought_in_content is True
        )
        self._tripwire = Tripwire()

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        """One reply. Without a `Finish` at its end the stream was broken, and nothing may run.

        Raises ModelError: ModelUnavailable and ModelTimeout where trying again may help,
        ContextOverflow if the server can't read, or did not read, the whole conversation.
        """
        thinking = thinks(self.name, sampling)
        spent = Usage()
        reading = self._reading(tools, sampling, thinking)
        async with aclosing(self._read(reading, transcript, tools, sampling, thinking)) as events:
            async for event in events:
                yield event
        if reading.thought_too_long:
            # The stream was cut. A chat route takes up no thought: the answer is asked for without.
            spent = reading.spent()
            if isinstance(self._conversation, ExactConversation):
                self._conversation.go_on_after(reading.thought)
            thinking = False
            reading = self._reading(tools, sampling, thinking)
            again = self._read(reading, transcript, tools, sampling, thinking)
            async with aclosing(again) as events:
                async for event in events:
                    yield event
            if isinstance(self._conversation, ExactConversation):
                self._conversation.go_on_after("")
        for event in reading.close(Quotes(transcript, tools)):
            yield event
        # A thought that stood in the content proves nothing of the next reply: it may have none.
        self._unsplit = False if reading.saw_reasoning else self._unsplit
        self._thinks_anyway |= thinking is False and reading.has_stray_close
        self._check_prompt(reading.usage)
        reason = reading.finish(said_done=self._connection.said_done)
        if reason is not None:
            recovered = Usage(recovered_calls=reading.recovered_calls)
            yield Finish(reason, spent + reading.cost() + recovered)

    def _reading(self, tools: Toolset, sampling: Sampling, thinking: bool | None) -> Reading:
        is_raw = isinstance(self._conversation, ExactConversation)
        unsplit = True if is_raw else self._unsplit
        if thinking is False and self._thinks_anyway:
            thinking = unsplit = None  # a thought may stand before the answer, or none
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
        """Feed one request's events to a reading until either has ended."""
        options = request_options(
            self.name, sampling, thinking=thinking, tools=bool(tools), server=self._server
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

    def _adapt(self, refusal: str) -> bool:
        """Change what is sent as a refusal suggests; False if there is nothing to change."""
        lowered = refusal.lower()
        if "item pairs from a mapping" in lowered:
            return self._conversation.send_arguments_as_objects()
        if "max_completion_tokens" in lowered and not self._renames_limit:
            self._renames_limit = True  # OpenAI's own newer name
            return True
        if "reasoning_content" in lowered and self._conversation.leave_out_thoughts():
            return True
        if "max_completion_tokens" in lowered or "the completion" in lowered:
            lowered += " max_tokens"  # the room asked for the reply, in other words
        named = {field for field in REFUSABLE if field in lowered} - self._without
        self._without |= named
        return bool(named)

    def _check_prompt(self, usage: Usage) -> None:
        missing = self._tripwire.missing(self._conversation.tokens, usage.prompt_tokens)
        if missing:
            raise ContextOverflow(
                f"{self._url} has read {usage.prompt_tokens} tokens of a prompt that has at least "
                f"{usage.prompt_tokens + missing}: it cuts long prompts without saying so, and "
                f"what is lost first are the instructions and the tools. Give the server a larger "
                f"context (`agentkit doctor {self._url}` says how), or let tools return less."
            )
