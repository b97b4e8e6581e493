"""Calls that can't be written wrong: a guide for the sampler, made with xgrammar.

    free text  --`<tool_call>`-->  only what the grammar of one call allows  --`</tool_call>`-->

Nothing is masked outside of a call: thoughts, answers, the next call and the end of the turn are
the model's own. A grammar is compiled when the first call of a toolset is opened, and kept. Only a
`LocalModel` with `constrained=True` imports this.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping

import torch
import xgrammar

from agentkit.models.local_ebnf import Strictness, call_grammar
from agentkit.models.local_tokens import Vocabulary
from agentkit.schemas import Schema
from agentkit.tools import Toolset

_KEPT = 32  # compiled grammars; each takes some megabytes


class CallGuides:
    """The guides of one model, which share what was compiled."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._compiler: xgrammar.GrammarCompiler | None = None
        self._compiled: OrderedDict[str, xgrammar.CompiledGrammar | None] = OrderedDict()

    def __call__(self, tools: Toolset, thinking: bool) -> CallGuide:
        """The guide of one reply; `thinking` says that it begins inside a thought."""
        return CallGuide(self, tools, thinking)

    def compiled(self, tools: Toolset) -> xgrammar.CompiledGrammar | None:
        """The grammar of one call; None if nothing can be called, or nothing can be compiled."""
        schemas = {name: tool.plain_parameters for name, tool in tools.items()}
        key = json.dumps(schemas, default=repr)
        if key not in self._compiled:
            self._compiled[key] = self._compile_best(schemas) if schemas else None
            if len(self._compiled) > _KEPT:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(key)
        return self._compiled[key]

    def _compile_best(self, schemas: Mapping[str, Schema]) -> xgrammar.CompiledGrammar | None:
        """All tools exactly; if that fails, each as strictly as it can be compiled alone."""
        everything = self._compile(schemas, dict.fromkeys(schemas, Strictness.EXACT))
        if everything is not None:
            return everything
        chosen = {
            name: next(
                (way for way in Strictness if self._compile({name: schema}, {name: way})), None
            )
            for name, schema in schemas.items()
        }
        strictness = {name: way for name, way in chosen.items() if way is not None}
        # A tool left out could never be called, which is worse than a grammar less.
        return self._compile(schemas, strictness) if len(strictness) == len(schemas) else None

    def _compile(
        self, schemas: Mapping[str, Schema], strictness: Mapping[str, Strictness]
    ) -> xgrammar.CompiledGrammar | None:
        try:
            text = call_grammar(
                (name, schema, strictness[name]) for name, schema in schemas.items()
            )
            return self._ready_compiler().compile_grammar(text)
        except Exception:  # whatever a hostile schema provokes; the call is validated all the same
            return None

    def _ready_compiler(self) -> xgrammar.GrammarCompiler:
        if self._compiler is None:
            vocabulary = self.vocabulary
            # An empty token is never allowed, so that no control token stands inside a call. The
            # one that closes it is what ends the grammar.
            tokens = [
                b"" if vocabulary.control_text(number) else vocabulary.token_bytes(number)
                for number in range(vocabulary.size)
            ]
            info = xgrammar.TokenizerInfo(
                tokens,
                xgrammar.VocabType.RAW,
                vocab_size=vocabulary.size,
                stop_token_ids=[vocabulary.control["</tool_call>"]],
            )
            # One thread: a reply must not take every core, and most grammars are small.
            self._compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
        return self._compiler


class CallGuide:
    """Masks the logits of one reply while a call is open."""

    def __init__(self, guides: CallGuides, tools: Toolset, thinking: bool) -> None:
        self._guides = guides
        self._tools = tools
        self._thinking = thinking
        self._at_line_start = True
        self._matcher: xgrammar.GrammarMatcher | None = None
        self._bits = xgrammar.allocate_token_bitmask(1, guides.vocabulary.size)

    def mask(self, logits: torch.Tensor) -> torch.Tensor:
        """The logits with what may not follow at minus infinity."""
        if self._matcher is None:
            return logits
        self._matcher.fill_next_token_bitmask(self._bits)
        bits = self._bits[0].to(logits.device)
        places = torch.arange(32, dtype=torch.int32, device=logits.device)
        allowed = (bits[:, None] >> places & 1).bool().flatten()[: len(logits)]
        return logits.masked_fill(~allowed, -torch.inf)

    def accept(self, number: int) -> None:
        """Take note of an id that was drawn, or forced by the thinking budget."""
        if self._matcher is not None:
            if not self._matcher.accept_token(number) or self._matcher.is_terminated():
                self._matcher = None
                self._at_line_start = True
            return
        control = self._guides.vocabulary.control_text(number)
        if control in ("<think>", "</think>"):
            self._thinking = control == "<think>"
        # Inside a line it may be a word about calls, which must not be turned into one.
        if control == "<tool_call>" and self._at_line_start and not self._thinking:
            grammar = self._guides.compiled(self._tools)
            self._matcher = xgrammar.GrammarMatcher(grammar) if grammar else None
        self._follow_line(number, control)

    def _follow_line(self, number: int, control: str | None) -> None:
        """Whether only white space stands on the line that the reply has come to."""
        if control is not None:
            self._at_line_start = control == "</think>"
            return
        *before, last = self._guides.vocabulary.token_bytes(number).rsplit(b"\n", 1)
        self._at_line_start = not last.strip() and (bool(before) or self._at_line_start)
