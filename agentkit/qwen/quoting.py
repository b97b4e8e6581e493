"""Breaks control tokens in text that a server tokenises itself, and mends them in its replies.

Nothing in the OpenAI protocol says how content is tokenised, so `<|im_end|>` in a web page may end
the turn. A zero-width joiner after the first character makes it ordinary text for every tokenizer
and leaves it readable. Where joiners stand already, breaking adds one more and mending removes one,
so text that looks like a broken token survives, too.
"""

from __future__ import annotations

import re
from typing import Any

from agentkit.json_text import with_texts

_JOINER = "\u200d"
_OPENINGS = "<", r"\[", r"\]"
_QWEN = (
    r"\|[a-z_]+\|>|/?(?:tool_call|tool_response|think|tts_[a-z_]+)>"  # <|im_end|>, <tool_call>, …
    r"|(?:function|invoke)[= \t]"  # not tokens, but they may open a call even without <tool_call>
)
_OTHERS = (
    r"/?s>|bos>|eos>|pad>|unk>|(?:start|end)_of_(?:turn|image|audio|utterance)>"  # Mistral, Gemma
    r"|(?:start|end)_function_[a-z]+>|(?:image|audio)_soft_token>|escape>"  # FunctionGemma
    r'|\|[a-z_]+>|[a-z_]+\|>|\|"\|>'  # Gemma 4: <|turn>, <turn|>
    r"|\|/?[A-Za-z0-9_]+\|>|[se]op>"  # Llama 3, Harmony, GLM, Phi
    r"|(?:BOS|EOS|EOP|MASK)_TOKEN>|(?:PAD|UNK|CLS|SEP)>"  # Cohere
    r"|</?SYS>>|(?:PRE|MID|SUF|EOT)>|/?role>|(?:beginning|end)_of_sentence>"  # Llama 2, Ling
    r"|mask>|cls>|sep>|fim-[a-z]+>|filename>"  # encoders and models for code
    r"|/?arg_(?:key|value)>|/?(?:seed|minimax):[a-z_]+>|SPECIAL_\d+>"  # GLM, Seed, Nemotron
    r"|/?longcat_[a-z_]+>|fim_[a-z]+>|file_sep>|repo_?name>"  # LongCat, StarCoder
    r"|gh_stars>|issue_(?:start|comment|closed)>|jupyter_(?:start|text|code|output|script)>"
    r"|commit_(?:before|msg|after)>|empty_output>"  # StarCoder
    r"|extra_id_\d+>|reserved_\d+>|unused\d+>|eo[dha]>"  # Nemotron, Baichuan, Gemma, InternLM
    r"|\[[a-z]+\u2581[^<>\[\]\s]{1,40}\]>"  # Seed-Coder
    # DeepSeek and Hunyuan use wide bars; no known model has Qwen's tokens with wide bars
    r"|/?\uff5c(?!im_)[^<>\uff5c\s]{1,50}\uff5c"
)
_BRACKETED = (
    r"/?(?:INST|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CONTENT|SYSTEM_PROMPT|THINK|ARGS"
    r"|CALL_ID|PREFIX|SUFFIX|MIDDLE|IMG|IMG_BREAK|IMG_END|[gs]?MASK|[BE]OS|EOT|AUDIO|BEGIN_AUDIO"
    r"|CONTROL(?:_\d+)?|TRANSCRIBE|MODEL_SETTINGS|UNK|PAD|CLS|SEP|EXTRA_ID_\d+|UNUSED_TOKEN_\d+)\]"
    r"|\|[a-z_]+\|\]|e~\["  # EXAONE, MiniMax
)
_CLOSED = r"(?:~!?b[\[\]]|![a-z]~\[|<\][a-z_]{1,20}\[>\[)"  # MiniMax: ]~b]
_PLACES = rf"(?={_QWEN}|{_OTHERS})", rf"(?={_BRACKETED})", rf"(?={_CLOSED})"
_WHOLE = re.compile("|".join(f"{a}{_JOINER}*{b}" for a, b in zip(_OPENINGS, _PLACES, strict=True)))
_BROKEN = re.compile("|".join(f"{a}{_JOINER}+{b}" for a, b in zip(_OPENINGS, _PLACES, strict=True)))

_LONGEST = 60  # characters, more than any token has
_MAY_GROW = re.compile(rf"[<\[\]](?:{_JOINER}\S{{0,{_LONGEST}}})?\Z")


def broken(text: str) -> str:
    """Return the text with every control token of a known model family broken."""
    if "<" not in text and "[" not in text and "]" not in text:
        return text
    return _WHOLE.sub(lambda match: match[0] + _JOINER, text)


def broken_name(name: str) -> str:
    """Break the name of a tool or an argument, after which a template writes a `>`."""
    return broken(f"{name}>")[:-1]


def mended(text: str) -> str:
    """Undo `broken`."""
    if _JOINER not in text:
        return text
    return _BROKEN.sub(lambda match: match[0][: -len(_JOINER)], text)


class Mender:
    """`mended` for a text that arrives in pieces: a token that may be incomplete is held back."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Add text and return what is certain so far."""
        text, self._held = self._held + text, ""
        found = _MAY_GROW.search(text, max(0, len(text) - _LONGEST - 2))
        while found and _BROKEN.match(text, found.start()):
            found = _MAY_GROW.search(text, found.start() + 1)
        if found:
            self._held = found[0]
        # All of it is mended at once: the end of one token may be the beginning of another.
        whole = mended(text)
        return whole[: len(whole) - len(mended(self._held))]

    def flush(self) -> str:
        """Return what is still held, once the text has ended."""
        text, self._held = self._held, ""
        return mended(text)


def broken_in(value: Any) -> Any:
    """Apply `broken` to every string of a JSON value, keys included."""
    return with_texts(value, broken)


def mended_in(value: Any) -> Any:
    """Apply `mended` to every string of a JSON value, keys included."""
    return with_texts(value, mended)
