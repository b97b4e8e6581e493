"""The options of a request, in the fields that each server understands.

The protocol has no field for thinking, for a thought's length, or for half of the sampling values,
so every server invented its own. Sources: docs/servers.md.
"""

from __future__ import annotations

import re
from typing import Any

from agentkit.model import Sampling
from agentkit.qwen.sampling import SIZES, sampling_values, thinks_by_default

REFUSABLE = (
    "chat_template_kwargs", "enable_thinking", "reasoning_effort", "thinking_token_budget",
    "thinking_budget_tokens", "thinking_budget", "custom_params", "top_k", "min_p",
    "presence_penalty", "repeat_penalty", "stream_options", "seed", "skip_special_tokens",
    "max_tokens",
)  # fmt: skip
"""Fields that are left out once a server has refused them by name."""
_ECHO = re.compile(r"""["'](?:input|body)["']\s*:""")  # what follows is the request, echoed
_PLACE = re.compile(r"""["'](?:loc|param)["']\s*:\s*(\[[^]]*\]|\([^)]*\)|["'][^"']*)""")
_MOST_NAMED = 2  # fields in one refusal; more mean that it echoes the request

_SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s*[bB](?![a-z])")
_NANO = re.compile(r"(?<![\w.-])nano(?![\w.-])", re.IGNORECASE)  # not `gpt-5-nano`
_THOUGHT_LENGTH = {
    "vllm": "thinking_token_budget",
    "llama.cpp": "thinking_budget_tokens",
    "alibaba": "thinking_budget",
    "sglang": "custom_params",
}
LIMITS_OF_THOUGHTS = frozenset(_THOUGHT_LENGTH.values())
"""Request fields that limit the length of a thought."""


def server_by_address(url: str) -> str | None:
    """Guess the server from its host or default port; None if neither is known."""
    if "aliyuncs.com" in url:
        return "alibaba"
    return {"11434": "ollama", "1234": "lm studio"}.get(_port(url))


def without_echo(words: str) -> str:
    """Return a refusal without the request, which FastAPI echoes after the fault."""
    return _ECHO.split(words, maxsplit=1)[0]


def refused_fields(words: str) -> set[str]:
    """Return the fields that a lower-case refusal names, in its text or by `loc` or `param`."""
    named = {field for field in REFUSABLE if field in without_echo(words)}
    if 0 < len(named) <= _MOST_NAMED:
        return named
    places = " ".join(_PLACE.findall(words))
    return {field for field in REFUSABLE if field in places} or named


def _port(url: str) -> str:
    found = re.match(r"https?://[^/]*:(\d+)", url)
    return found[1] if found else ""


def hidden_size(name: str) -> int | None:
    """Return the hidden size of a Qwen3.5 model by its served name; None if unknown."""
    if found := _SIZE.search(name):
        return SIZES.get(f"{float(found[1]):g}B")
    return SIZES["nano"] if _NANO.search(name) else None


def thinks(name: str, sampling: Sampling) -> bool | None:
    """Whether to ask for a thought. None, for an unknown model, leaves it to the server."""
    if sampling.thinking_tokens == 0:
        return False
    if sampling.thinking is not None:
        return sampling.thinking
    size = hidden_size(name)
    return None if size is None else thinks_by_default(size)


def request_options(
    name: str,
    sampling: Sampling,
    *,
    thinking: bool | None,
    tools: bool,
    server: str | None,
    pictures: bool = False,
) -> dict[str, Any]:
    """Return every request field but messages and tools; None values are left to the server."""
    size = hidden_size(name)
    values: dict[str, Any] = {
        field: getattr(sampling, field)
        for field in ("temperature", "top_p", "top_k", "min_p", "presence_penalty")
    }
    if size is not None:
        row = sampling_values(
            size, thinking=thinking is True, tools=tools, chosen=sampling, pictures=pictures
        )
        values = row._asdict()
        if server == "lm studio":
            values["repeat_penalty"] = 1.0  # no penalty, as the model card says
    options: dict[str, Any] = {
        "model": name,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.output_tokens,
        "seed": sampling.seed,
        **values,
        **_thinking(thinking, server),
    }
    if thinking is not False and sampling.thinking_tokens is not None and server is not None:
        options |= _thought_length(server, sampling.thinking_tokens)
    return {key: value for key, value in options.items() if value is not None}


def _thinking(thinking: bool | None, server: str | None) -> dict[str, Any]:
    """Return the field that turns thinking on or off; vLLM, SGLang and llama.cpp read the last."""
    if thinking is None:
        return {}
    match server:
        case "alibaba":
            return {"enable_thinking": thinking}
        case "ollama":
            return {} if thinking else {"reasoning_effort": "none"}
        case _:
            return {"chat_template_kwargs": {"enable_thinking": thinking}}


def _thought_length(server: str, tokens: int) -> dict[str, Any]:
    field = _THOUGHT_LENGTH.get(server)
    if field is None:
        return {}
    return {field: {"thinking_budget": tokens}} if field == "custom_params" else {field: tokens}
