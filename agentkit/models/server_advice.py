"""Findings about a server in plain words, each with the flag or setting that fixes it."""

from __future__ import annotations

from typing import NamedTuple

from agentkit.models.server_findings import Findings

_PARSERS = {
    "vllm": "--enable-auto-tool-choice --tool-call-parser qwen3_coder",
    "sglang": "--tool-call-parser qwen3_coder",
    "llama.cpp": "--jinja",
}
_THOUGHTS = {
    "vllm": "--reasoning-parser qwen3",
    "sglang": "--reasoning-parser qwen3",
    "llama.cpp": "--reasoning-format deepseek",
}
_CONTEXT = {
    "vllm": "--max-model-len 131072",
    "sglang": "--context-length 131072",
    "llama.cpp": "-c 131072",
    "ollama": "OLLAMA_CONTEXT_LENGTH=65536 for the server, or num_ctx in the model's file",
    "lm studio": "a larger context length in the model's load settings",
}
_LITTLE = 32_768  # tokens; a smaller context does not hold a thought and a few results


class Advice(NamedTuple):
    """One finding: what was looked at, what was found, and what to do about it, if anything."""

    subject: str
    finding: str
    mend: str = ""


def advice(findings: Findings) -> list[Advice]:
    """Describe every finding, the most important first."""
    server = findings.server or ""
    return [
        Advice("server", " ".join(filter(None, (server or "unknown", findings.version)))),
        _context(findings, server),
        _thought(findings, server),
        _thought_off(findings, server),
        _thought_length(findings, server),
        _calls(findings, server),
        _empty_calls(findings, server),
        _strict(findings),
        _control_tokens(findings, server),
        _usage(findings),
        _ids(findings),
        _refused(findings),
    ]


def _context(findings: Findings, server: str) -> Advice:
    tokens = findings.context_tokens
    if tokens is None:
        return Advice("context", "not reported", "make sure it is at least 32,768 tokens")
    mend = _CONTEXT.get(server, "give the model more context") if tokens < _LITTLE else ""
    return Advice("context", f"{tokens:,} tokens", mend)


def _thought(findings: Findings, server: str) -> Advice:
    field = findings.thinking_field
    if field is None:
        return Advice("thinking", "unknown")
    if not field:
        return Advice(
            "thinking", "none came", "enable_thinking seems to be ignored; check the chat template"
        )
    if field == "content":
        flag = _THOUGHTS.get(server, "the server's reasoning parser")
        return Advice("thinking", "left in the content (agentkit splits it off)", flag)
    return Advice("thinking", f"in the field {field}")


def _thought_off(findings: Findings, server: str) -> Advice:
    match findings.thinking_can_be_off:
        case None:
            return Advice("thinking off", "unknown")
        case True:
            return Advice("thinking off", "works")
    mend = (
        "update to a release that reads reasoning_effort"
        if server == "ollama"
        else ("serve the official chat template, which reads enable_thinking")
    )
    return Advice("thinking off", "is ignored", mend)


def _thought_length(findings: Findings, server: str) -> Advice:
    match findings.thought_length_works:
        case None:
            return Advice("thinking limit", "unknown; agentkit cuts the stream instead")
        case True:
            return Advice("thinking limit", "is kept by the server")
    mend = "--enable-strict-thinking" if server == "sglang" else ""
    return Advice("thinking limit", "is ignored; agentkit cuts the stream instead", mend)


def _calls(findings: Findings, server: str) -> Advice:
    flag = _PARSERS.get(server, "enable the server's call parser for the qwen3_coder format")
    match findings.call_field:
        case None:
            return Advice("calls", "unknown")
        case "tool_calls":
            return Advice("calls", "parsed by the server")
        case "tool_calls, wrong":
            return Advice("calls", "parsed wrongly: the parser is for another model", flag)
        case "refused":
            return Advice("calls", "are refused", flag)
        case "":
            return Advice("calls", "none came", "use a larger model, or check its chat template")
        case field:
            return Advice("calls", f"left in the {field} (agentkit reads them there)", flag)


def _empty_calls(findings: Findings, server: str) -> Advice:
    if findings.zero_argument_calls is False:
        mend = (
            "update vLLM (vllm-project/vllm#50989)"
            if server == "vllm"
            else "give the tool a parameter"
        )
        return Advice("calls without arguments", "never end", mend)
    return Advice("calls without arguments", "work" if findings.zero_argument_calls else "unknown")


def _strict(findings: Findings) -> Advice:
    if findings.strict_schemas is False:
        return Advice("strict schemas", "are refused or never end; agentkit does not use them")
    return Advice("strict schemas", "are accepted" if findings.strict_schemas else "unknown")


def _control_tokens(findings: Findings, server: str) -> Advice:
    match findings.control_tokens_are_live:
        case None:
            return Advice("control tokens in text", "unknown; agentkit breaks them up")
        case False:
            return Advice("control tokens in text", "are plain text")
    mend = "use ServerModel(tokenizer=…)" if findings.completions_take_ids else ""
    return Advice("control tokens in text", "take effect; agentkit breaks them up", mend)


def _usage(findings: Findings) -> Advice:
    if findings.reports_usage is False:
        return Advice("token counts", "are missing, so a cut prompt can't be noticed")
    return Advice("token counts", "are reported" if findings.reports_usage else "unknown")


def _ids(findings: Findings) -> Advice:
    match findings.completions_take_ids:
        case None:
            return Advice("token ids", "unknown")
        case True:
            return Advice("token ids", "are accepted: ServerModel(tokenizer=…) sends exact prompts")
    return Advice("token ids", "are not accepted")


def _refused(findings: Findings) -> Advice:
    return Advice("refused fields", ", ".join(findings.refused_fields) or "none")
