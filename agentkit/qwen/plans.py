"""Detects a reply that only announces what the model is about to do, and then does not do it.

Small models plan in words and end their turn (QwenLM/Qwen3#1817 sees it in most runs). Taken for an
answer, that is a false success; reminded once, most models go on. Only the last sentence counts,
and only words that announce an action, so that an offer ("Let me know …") or a promise inside an
answer is left alone.
"""

from __future__ import annotations

import re

_LAST = 400  # characters at the end of a reply that are looked at
_PLAN = re.compile(
    r"""
    (?:\A|[.!?:\n]\s*|\A[^.!?\n]{0,40},\ )                     # where a sentence begins
    (?:(?:ok|okay|sure|now|next|first|then|so|great)[,.!]?\ +){0,3}
    (?:(?:i['’]m|i\ am)\ +(?:now\ +)?(?:calling|checking|fetching|looking|querying|retrieving
       |searching)\b
    |(?:let\ me|let['’]s|i['’]ll|i\ will|i\ am\ going\ to|i['’]m\ going\ to|i\ need\ to
       |i\ should)\ +
    (?:(?:now|first|also|then|quickly|go\ ahead\ and|use\ \S{1,40}\ to)\ +){0,3}
    (?:add|analy[sz]e|calculate|call|check|compute|create|delete|edit|examine|execute|fetch|find
       |fix|gather|get|implement|inspect|invoke|list|look|open|order|query|read|retrieve|review|run
       |search|see|test|try|update|use|verify|write)\b)
    (?:[^.!?\n]|\.(?=\S))*                                      # to its end, over "A-17.5"
    [.:!…]*\s*\Z
    """,
    re.IGNORECASE | re.VERBOSE,
)

# Begins like a plan, but addresses the reader, says the thing at once, or is meant for later.
_NO_PLAN = re.compile(
    r"""
    \badd\ that\ (?:he|i|it|she|the|there|they|this|we|you)\b|\bsee\ you\b|\bcall\ it\ a\ day\b
    |\bsee:\s*\d|\bwrite\ (?:it|this)\b[^.!?\n]{0,20}:\s*\S
    |\b(?:once|as\ soon\ as)\ (?:it|that|they|you)\b
    |\bthen[.!]?\s*\Z
    """,
    re.IGNORECASE | re.VERBOSE,
)


def announces(text: str) -> bool:
    """Whether the text ends by announcing an action instead of an answer."""
    plan = _PLAN.search(text[-_LAST:])
    return plan is not None and _NO_PLAN.search(plan[0]) is None
