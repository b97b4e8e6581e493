"""Finds the errors in what a server says, and the exception that each one is."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Mapping
from typing import Any

from agentkit.errors import ContextOverflow, ModelError, ModelUnavailable

_LONGEST_WAIT = 60.0  # seconds; a longer Retry-After is capped
_TRY_AGAIN = frozenset({408, 425, 429, *range(500, 600)}) - {501, 505}
_WORDS_OF_ERRORS = ("message", "detail", "code", "error_code", "errors")
ASKED_FOR = re.compile(
    r"max_(?:completion_|new_)?tokens|(?:in|for) the (?:completion|output)"
    r"|requested [1-9]\d* output tokens"
)
"""How a server says that too many tokens were requested for the reply."""
TEXT_AS_ARGUMENTS = re.compile(
    r"item pairs from a mapping|filter:? '?items|method: items|into (?:value )?pairs"
)
"""Errors of templates that expect a call's arguments as an object (ggml-org/llama.cpp#19905)."""
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window|limit)|maximum context|exceeds the available context"
    r"|(?:prompt|input|conversation|messages?|request|text) (?:is |are |was )?too (?:long|large)"
    r"|range of input length|too many (?:input |prompt )?tokens|request entity too large"
    r"|maximum (?:allowed|prompt) length|exceeds? the maximum number of (?:input )?tokens"
    r"|prompt exceeds max(?:imum)? length|exceed(?:s|ed) (?:the )?model(?:'s)? token limit"
    r"|max_seq_len"
    r"|reduce the length of the (?:messages|prompt|input)"
)
_LOST_CALL = re.compile(
    r"tool_use_failed|failed to parse input at pos|error parsing tool call"
    r"|xml syntax error|failed to parse xml|expected element type <"  # Ollama reads XML strictly
)
_ENDED_IN_CALL = re.compile(  # from Ollama too
    r'(?:^|"(?:message|error)": ?")(?:unexpected )?eof\s*(?:"|$)'
)
_NO_ROUTE = re.compile(r"unexpected endpoint or method")  # LM Studio says it with a 200
_CHECK = "Check base_url, which usually ends in /v1, and the model's name."
_NOT_CONFIGURED = re.compile(r"is set but \w+ is not configured")  # vLLM, about a field
_MAY_BE_TOO_LONG = frozenset({400, 413, 422, 500, 502, 503})  # others are about keys or traffic
_LOADS = re.compile(r"loading model|model\b.{0,200}\bloading")  # llama.cpp; Hugging Face
_FAILS = re.compile(r"error (?:while )?loading|fail|out of memory")
_TRAFFIC = re.compile(r"please wait|per minute|per day|throttl|rate.?limit|loading")


class CallLost(ModelError):
    """The server's own parser failed on the model's call, which must be written again."""


class StillLoading(ModelUnavailable):
    """The server is up, but is still loading its model."""


class Refused(Exception):
    """The server refused this request, but may accept a changed one."""

    def __init__(self, words: str, error: ModelError) -> None:
        super().__init__(words)
        self.words = words  # in lower case
        self.error = error


def error_in(event: Mapping[str, Any], *, has_finished: bool) -> Any:
    """Return the error in an event of a stream, under whichever key; None if it has none.

    What follows the finish of a reply is an error only if it is named as one.
    """
    error = event.get("error") or _error_of_choice(event)
    return error or (None if has_finished else _unnamed_error(event))


def _error_of_choice(event: Mapping[str, Any]) -> Any:
    """Return the error that OpenRouter reports for its provider, or MiniMax for itself."""
    choices, own = event.get("choices"), event.get("base_resp")
    if isinstance(own, dict) and own.get("status_code"):
        return own
    choice = choices[0] if isinstance(choices, list) and choices else None
    return choice.get("error") if isinstance(choice, dict) else None


def _unnamed_error(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the event if it is an error, though not under the protocol's key `error`."""
    if "error" in (event.get("object"), event.get("type")):
        return event
    if "choices" in event or "usage" in event:
        return None
    said = (event.get(key) for key in _WORDS_OF_ERRORS)
    return event if any(value and value != 200 for value in said) else None


def status_in(error: Any) -> int | None:
    """Return the HTTP status in an error's `code`; None if there is none."""
    code = error.get("code") if isinstance(error, dict) else None
    code = int(code) if isinstance(code, str) and code.isdecimal() and len(code) == 3 else code
    return code if isinstance(code, int) and 400 <= code < 600 else None


def failure(error: Any, url: str, words: str, details: str, *, has_begun: bool) -> Exception:
    """Return the exception for an error in a stream; before a reply begins it is like a refusal.

    `words` are shown; `details` are all that the server sent with them.
    """
    if _LOST_CALL.search(words.lower()):
        return CallLost(f"{url} could not parse the model's tool call: {words}")
    if has_begun:
        kind = ContextOverflow if _TOO_LONG.search(words.lower()) else ModelUnavailable
        return kind(f"{url} reported an error: {words}")
    return refusal(status_in(error), url, words, details=details)


def refusal(
    status: int | None, url: str, body: str, wait: float | None = None, *, details: str = ""
) -> Exception:
    """Return the exception for a server's error; `status` is None if a stream's error has none.

    `body` is shown; the meaning is looked for in `details` too.
    """
    lowered = f"{body} {details}".lower()
    is_too_long = _TOO_LONG.search(lowered) and not _TRAFFIC.search(lowered)
    overflow = ContextOverflow(f"{url} says the conversation is too long: {body}")
    if status in (400, 422, None) and is_too_long and ASKED_FOR.search(lowered):
        return Refused(lowered, overflow)  # it may fit without max_tokens
    if status == 413 or (status == 429 and "request too large" in lowered):
        return overflow  # permanent: too much for a single request
    if is_too_long and (status is None or status in _MAY_BE_TOO_LONG):
        return overflow
    if _LOST_CALL.search(lowered) or (status == 500 and _ENDED_IN_CALL.search(lowered)):
        return CallLost(f"{url} could not parse the model's tool call: {body}")
    if TEXT_AS_ARGUMENTS.search(lowered):  # sent as a 400 or a 500
        return Refused(lowered, ModelError(f"{url} can't read earlier tool calls: {body}"))
    if _NO_ROUTE.search(lowered):
        return ModelError(f"{url} is not a route of this server: {body} {_CHECK}")
    if status is None:
        return ModelUnavailable(f"{url} reported an error: {body}")
    if status in (400, 422) or _NOT_CONFIGURED.search(lowered):
        return Refused(lowered, ModelError(f"{url} refused the request ({status}): {body}"))
    if status == 503 and _LOADS.search(lowered) and not _FAILS.search(lowered):
        return StillLoading(f"{url} is still loading its model: {body}", retry_after=wait)
    if status in _TRY_AGAIN:
        return ModelUnavailable(f"{url} answered {status}: {body}", retry_after=wait)
    if status in (401, 403):
        return ModelError(f"{url} does not accept this api_key ({status}): {body}")
    said = f": {body}" if body else ""
    advice = "" if status == 402 else f" {_CHECK}"  # 402 is about payment
    return ModelError(f"{url} answered {status}{said}.{advice}")


def retry_after(value: str | None) -> float | None:
    """Return the seconds to wait, from a number or a date, capped; None if it is unusable."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(seconds, _LONGEST_WAIT) if seconds > 0 else None
