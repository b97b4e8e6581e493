"""What was found about a server in plain words, each with the flag or setting that mends it."""

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
_LITTLE = 32_768  # tokens of context below which a thought and a few results do not fit


class Advice(NamedTuple):
    """One finding: what was looked at, what was found, and what to do about it, if anything."""

    subject: str
    finding: str
    mend: str = ""


def advice(findings: Findings) -> list[Advice]:
    """Every finding, in the order in which it matters."""
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
        return Advice("context", "not told", "make sure it is at least 32,768 tokens")
    mend = _CONTEXT.get(server, "give it more context") if tokens < _LITTLE else ""
    return Advice("context", f"{tokens:,} tokens", mend)


def _thought(findings: Findings, server: str) -> Advice:
    field = findings.thinking_field
    if field is None:
        return Advice("thought", "not known")
    if not field:
        return Advice(
            "thought", "none came", "enable_thinking seems to be ignored; see its template"
        )
    if field == "content":
        flag = _THOUGHTS.get(server, "the server's reasoning parser")
        return Advice("thought", "left in the content (agentkit splits it off)", flag)
    return Advice("thought", f"in {field}")


def _thought_off(findings: Findings, server: str) -> Advice:
    match findings.thinking_can_be_off:
        case None:
            return Advice("thought off", "not known")
        case True:
            return Advice("thought off", "works")
    mend = (
        "update to a release that reads reasoning_effort"
        if server == "ollama"
        else ("serve the official chat template, which reads enable_thinking")
    )
    return Advice("thought off", "is ignored", mend)


def _thought_length(findings: Findings, server: str) -> Advice:
    match findings.thought_length_works:
        case None:
            return Advice("thought length", "no limit known; agentkit cuts the stream instead")
        case True:
            return Advice("thought length", "is kept by the server")
    mend = "--enable-strict-thinking" if server == "sglang" else ""
    return Advice("thought length", "is ignored; agentkit cuts the stream instead", mend)


def _calls(findings: Findings, server: str) -> Advice:
    flag = _PARSERS.get(server, "switch the server's call parser on, for the qwen3_coder format")
    match findings.call_field:
        case None:
            return Advice("calls", "not known")
        case "tool_calls":
            return Advice("calls", "parsed by the server")
        case "tool_calls, wrong":
            return Advice("calls", "parsed wrongly: its parser is one for another model", flag)
        case "refused":
            return Advice("calls", "are refused", flag)
        case "":
            return Advice("calls", "none came", "the model may be too small, or its template odd")
        case field:
            return Advice("calls", f"left in the {field} (agentkit reads them there)", flag)


def _empty_calls(findings: Findings, server: str) -> Advice:
    if findings.zero_argument_calls is False:
        mend = (
            "update: vllm-project/vllm#50989" if server == "vllm" else "give the tool a parameter"
        )
        return Advice("calls without arguments", "do not end", mend)
    return Advice("calls without arguments", "end" if findings.zero_argument_calls else "not known")


def _strict(findings: Findings) -> Advice:
    if findings.strict_schemas is False:
        return Advice("strict schemas", "are refused or do not end; agentkit never asks for them")
    return Advice("strict schemas", "are taken" if findings.strict_schemas else "not known")


def _control_tokens(findings: Findings, server: str) -> Advice:
    match findings.control_tokens_are_live:
        case None:
            return Advice("control tokens in text", "not known; agentkit breaks them")
        case False:
            return Advice("control tokens in text", "are plain text")
    mend = "ServerModel(tokenizer=…) sends token ids" if findings.completions_take_ids else ""
    return Advice("control tokens in text", "are live; agentkit breaks them on the way", mend)


def _usage(findings: Findings) -> Advice:
    if findings.reports_usage is False:
        return Advice("token counts", "are missing, so a cut prompt can't be noticed")
    return Advice("token counts", "are reported" if findings.reports_usage else "not known")


def _ids(findings: Findings) -> Advice:
    match findings.completions_take_ids:
        case None:
            return Advice("token ids", "not known")
        case True:
            return Advice("token ids", "are taken: ServerModel(tokenizer=…) makes prompts exact")
    return Advice("token ids", "are not taken")


def _refused(findings: Findings) -> Advice:
    return Advice("refused fields", ", ".join(findings.refused_fields) or "none")
