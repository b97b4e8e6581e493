"""Puts one reply together from what a server sends, and stops one that runs away.

Servers split a reply into reasoning, content and calls with parsers of their own, which lose calls
in any of the three. So the pieces are put back into the order in which the model wrote them and
read by the parser that the in-process engine uses; structured calls are taken when complete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from agentkit.events import CallRead, ModelEvent, ParserEvent, TextDelta, ThinkingDelta
from agentkit.messages import FinishReason, Problem, Usage
from agentkit.models.server_calls import (
    StructuredCalls,
    half_call,
    has_half,
    without_arguments,
)
from agentkit.models.server_characters import Joiner, with_whole_characters
from agentkit.models.server_damage import is_damaged
from agentkit.models.server_delta import OTHER_ROLES, Delta
from agentkit.models.server_excess import Excess
from agentkit.models.server_quotes import Quotes, typed
from agentkit.qwen.complaints import REPETITION
from agentkit.qwen.parser import Parser
from agentkit.qwen.quoting import Mender, mended, mended_in
from agentkit.tools import Toolset

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "tool_use": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
}
_ANNOUNCES_CALLS = ("tool_calls", "function_call", "tool_use")
_LONGEST_TOKEN = 128  # characters, such as a row of dashes
_MOST_TOKENS = 10**9  # a larger count is nonsense, as is a negative one
_MOST_SAID = 20_000  # characters that are searched for arguments
_ARGUMENTS = re.compile(r"""["'](?:arguments|parameters)["']\s*:\s*["']?\{\s*\\?["']""")
LOST_CALL = Problem(
    kind="unreadable_call",
    message="Your reply was to call a tool, but no call could be read, so nothing was run. Write "
    "the whole call again.",
)


class Reading:
    """One reply while it arrives.

    `unsplit` says whether this server leaves the thought in the content; None if it is unknown.
    `mend` restores control tokens in data, which were broken up on their way to the server.
    """

    def __init__(
        self,
        tools: Toolset,
        *,
        thinking: bool | None,
        unsplit: bool | None,
        thinking_tokens: int | None,
        output_tokens: int,
        mend: bool = True,
    ) -> None:
        self._tools = tools
        self._mend = mend
        self._thought_mender, self._text_mender = Mender(), Mender()
        self._parser: Parser | None = None
        self._in_thought = False
        self._held: list[str] | None = None
        self._held_end = ""
        if thinking is not False and unsplit:
            # The prompt opens the thought, so without a closing tag there is no answer.
            self._parser = self._new_parser(thinking=True)
        elif thinking is not False and unsplit is None:
            self._held = []  # may be a thought: a closing tag or the end decides
        self._calls = StructuredCalls()
        self._reason: str | None = None
        self._choice: int | None = None
        self._saw_pieces = False
        self._speaker = ""
        self.saw_content = False
        self._thought_joiner, self._text_joiner = Joiner(), Joiner()
        self._said: list[str] = []  # thought and text, which may hold a call's arguments
        self._limit = output_tokens
        self._excess = Excess(thinking_tokens=thinking_tokens, output_tokens=output_tokens)
        self.usage = Usage()
        self.thought = ""  # as shown, for a route that can continue it
        self._saw_reasoning = False
        self.thought_field = ""
        self.recovered_calls = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing that may still arrive matters."""
        return self._excess.is_over

    @property
    def thought_too_long(self) -> bool:
        """Whether the thought went over its limit."""
        return self._excess.thought_too_long

    @property
    def has_stray_close(self) -> bool:
        """Whether a thought ended that was not requested, and so was shown as text."""
        return self._parser is not None and self._parser.has_stray_close

    def take(self, delta: Delta) -> list[ModelEvent]:
        """The events that one delta completes."""
        if delta.usage is not None:
            self.usage = _usage(delta.usage)
        if self._choice is None and (delta.goes_on or delta.finish):
            self._choice = delta.choice
        if self._choice is not None and delta.choice not in (self._choice, None):
            return []  # part of another reply to the same request
        self._speaker = delta.role or self._speaker
        if self._speaker in OTHER_ROLES:  # text of other roles is no part of the reply
            delta = replace(delta, reasoning="", content="", calls=[])
        if delta.finish and _REASONS.get(self._reason or "stop") == "stop":
            self._reason = delta.finish.lower()  # a later reason does not undo a cut
        if delta.is_whole or (delta.may_be_whole and self._saw_pieces):
            delta = self._rest_of(delta)
            if self._parser is None and self._held is None:
                self._held = []  # this delays nothing, and an unrequested thought can be found
        self._saw_pieces |= delta.goes_on and not delta.may_be_whole
        events: list[ParserEvent] = []
        self.thought_field = delta.thought_field or self.thought_field
        self._said += (delta.reasoning, delta.content)
        if reasoning := self._thought_joiner.feed(delta.reasoning):
            events += self._thought(reasoning)
        if content := self._text_joiner.feed(delta.content):
            self.saw_content = True
            events += self._content(content)
        for call in delta.calls:
            self._calls.add(call)
        turn_is_over = self._parser is not None and self._parser.is_done
        self._excess.take(delta, calls=len(self._calls), turn_is_over=turn_is_over)
        return self._shown(events)

    def close(self, quotes: Quotes) -> list[ModelEvent]:
        """Return the remaining events once the stream has ended."""
        events = self._joined()
        was_held = bool(self._held)
        if self._held:
            events += self._release(thinking=False)
        own = self._calls.read(self._takes_arguments, is_whole=self._reason is not None)
        if self._parser is not None:
            events += self._parser.close(is_followed=bool(own))
        own = self._whole_ones(own, events)
        kept = self._without_doubles(events, own, quotes)
        if was_held:
            kept = _without_drafts(kept, is_alone=not own)
        self.recovered_calls = sum(isinstance(each, CallRead) for each in kept)
        announced = bool(self._tools) and self._reason in _ANNOUNCES_CALLS
        if self._excess.repeats:
            kept.append(REPETITION)
        elif announced and not _acts(kept) and not _acts(own):
            kept.append(LOST_CALL)
        return self._shown([*kept, *own]) + self._mended()

    def _joined(self) -> list[ParserEvent]:
        """Read what was held back as half a character."""
        events: list[ParserEvent] = []
        if half := self._thought_joiner.flush():
            events += self._thought(half)
        if half := self._text_joiner.flush():
            events += self._content(half)
        return events

    def _mended(self) -> list[ModelEvent]:
        """What was held back as half a control token that may have been broken up."""
        rest: list[ModelEvent] = []
        if thought := self._thought_mender.flush():
            rest.append(ThinkingDelta(thought))
        if text := self._text_mender.flush():
            rest.append(TextDelta(text))
        return rest

    def _whole_ones(
        self, own: Sequence[CallRead | Problem], events: Sequence[ParserEvent]
    ) -> list[CallRead | Problem]:
        """The server's own calls; arguments that its parser lost may still stand in the text."""
        whole = [typed(each, self._tools) for each in events if isinstance(each, CallRead)]
        is_broken = any(isinstance(each, Problem) for each in events)
        return [
            without_arguments(item.name) if self._may_lack_arguments(item, is_broken) else item
            for item in own
            if not self._is_part_of_another(item, whole)
        ]

    def _without_doubles(
        self, events: Sequence[ParserEvent], own: Sequence[CallRead | Problem], quotes: Quotes
    ) -> list[ParserEvent]:
        """The text's events with only those calls that the server's parser did not find."""
        found = [typed(item, self._tools) for item in own if isinstance(item, CallRead)]
        kept: list[ParserEvent] = []
        for event in events:
            if not isinstance(event, CallRead):
                kept.append(event)
            elif has_half(event):
                kept.append(half_call(event.name))
            elif (same := typed(event, self._tools)) in found:
                found.remove(same)
            else:
                kept.append(quotes.problem(event) or event)
        return kept

    def _takes_arguments(self, name: str) -> bool:
        return name not in self._tools or bool(self._tools.parameters[name])

    def _may_lack_arguments(self, item: CallRead | Problem, is_broken: bool) -> TypeGuard[CallRead]:
        """Whether a call may have left its arguments behind in the thought or the text."""
        if not isinstance(item, CallRead) or item.arguments or not self._takes_arguments(item.name):
            return False
        said = "".join(self._said)[-_MOST_SAID:]
        if item.name not in said:
            return False
        names = "|".join(map(re.escape, self._tools.parameters.get(item.name, ())))
        parameter = rf"""<parameter(?:=|\s+name=)["'\s]*(?:{names})\b"""
        return is_broken or bool(_ARGUMENTS.search(said) or re.search(parameter, said))

    def _is_part_of_another(
        self, item: CallRead | Problem, whole: Sequence[tuple[str, dict[str, Any]]]
    ) -> bool:
        """Whether this is a damaged copy of a call that stands whole in the text."""
        if not isinstance(item, CallRead) or (own := typed(item, self._tools)) in whole:
            return False
        return any(name == own[0] and is_damaged(own[1], given) for name, given in whole)

    def finish(self, *, said_done: bool) -> FinishReason | None:
        """Return how the reply ended, or None if the stream broke before it said so.

        `said_done` says that `[DONE]` came, which some servers send without a finish reason.
        """
        excess = self._excess
        if excess.repeats or excess.thought_too_long or excess.is_too_long:
            return "cut"
        if excess.goes_on_after_turn:
            return "stop"
        if self._reason is None:
            return "stop" if said_done else None
        # A reason that no server is known to give for a whole reply, such as "abort", is a cut.
        reason = _REASONS.get(self._reason, "cut")
        # Some servers say "stop" for a reply that used up its tokens (transformers serve does).
        return "length" if reason == "stop" and self._told_tokens >= self._limit else reason

    def spent(self) -> Usage:
        """Return the usage of a reply that was cut short, counted here: no server reports it."""
        tokens = self._excess.thought_tokens
        return Usage(output_tokens=tokens, thinking_tokens=tokens)

    def cost(self) -> Usage:
        """Return the reply's usage; tokens are counted here if the server gives no sane count."""
        return self.usage.model_copy(
            update={"output_tokens": self._told_tokens or self._excess.tokens}
        )

    @property
    def _told_tokens(self) -> int:
        """The server's count of the reply's tokens; 0 if it is missing or implausible."""
        told = self.usage.output_tokens
        return told if self._excess.characters // _LONGEST_TOKEN <= told <= 2 * self._limit else 0

    def _rest_of(self, delta: Delta) -> Delta:
        """Return what a whole message, at a stream's end, adds to the pieces that came before."""
        if self._calls.are_bare and any(call.arguments for call in delta.calls):
            self._calls = StructuredCalls()
        return replace(
            delta,
            reasoning="" if self._saw_reasoning else delta.reasoning,
            content="" if self.saw_content else delta.content,
            calls=[] if self._calls else delta.calls,
        )

    def _shown(self, events: Sequence[ParserEvent]) -> list[ModelEvent]:
        if not self._mend:
            self.thought += "".join(e.text for e in events if isinstance(e, ThinkingDelta))
            return [with_whole_characters(event) for event in events]
        shown: list[ModelEvent] = []
        for event in map(with_whole_characters, events):
            match event:
                case CallRead():
                    arguments = mended_in(event.arguments)
                    shown.append(CallRead(mended(event.name), arguments, event.dialect))
                case ThinkingDelta():
                    if text := self._thought_mender.feed(event.text):
                        shown.append(ThinkingDelta(text))
                case TextDelta():
                    if text := self._text_mender.feed(event.text):
                        shown.append(TextDelta(text))
                case _:
                    shown.append(event)
        return shown

    def _thought(self, text: str) -> list[ParserEvent]:
        self._saw_reasoning = True
        events = self._release(thinking=False) if self._held and not self._holds_blanks() else []
        self._held = None
        self._excess.count_thought(text)
        if self._parser is None or not (self._in_thought or self.saw_content):
            # The server does split off thoughts, whatever the findings say.
            self._parser = self._new_parser(thinking=True)
            self._in_thought = True
        if not self._in_thought:  # after the text began: shown as a thought, never parsed
            return [*events, ThinkingDelta(text)]
        return events + self._parser.feed(text)

    def _content(self, text: str) -> list[ParserEvent]:
        if self._held is not None:
            self._held.append(text)
            self._held_end = (self._held_end + text)[-len(text) - len("</think>") :]
            if "</think>" not in self._held_end:
                return []
            return self._release(thinking=True)
        if self._parser is None:
            if text.isspace():  # a thought may still come
                return []
            self._parser = self._new_parser(thinking=False)
        if self._in_thought and text.strip():
            self._in_thought = False
            if self._parser.is_done:  # an end token in the thought ends only the thought
                self._parser = self._new_parser(thinking=False)
                return self._parser.feed(text)
            return self._parser.end_thought() + self._parser.feed(text)
        if self._parser.is_thinking and not self._in_thought:
            self._excess.count_thought(text)
        return self._parser.feed(text)

    def _new_parser(self, *, thinking: bool) -> Parser:
        return Parser(self._tools.parameters, thinking=thinking)

    def _holds_blanks(self) -> bool:
        return all(text.isspace() for text in self._held or ())

    def _release(self, *, thinking: bool) -> list[ParserEvent]:
        text, self._held = "".join(self._held or ()), None
        self._parser = self._new_parser(thinking=thinking)
        return self._parser.feed(text)


def _without_drafts(events: Sequence[ParserEvent], *, is_alone: bool) -> list[ParserEvent]:
    """Turn calls into drafts unless they end the text, which may be an unclosed thought.

    All are drafts beside a call that the server's own parser found (`is_alone` is False).
    """
    kept: list[ParserEvent] = []
    for event in reversed(events):
        is_alone &= not (isinstance(event, TextDelta) and event.text.strip())
        if isinstance(event, CallRead) and not is_alone:
            kept.append(_draft(event.name))
        else:
            kept.append(event)
    return kept[::-1]


def _draft(name: str) -> Problem:
    return Problem(
        kind="unwanted_call",
        message=f"The call of {name} was not run, because it was not all that your reply ended "
        f"with. If it is meant, write it again at the end of a reply.",
        raw=name,
    )


def _acts(events: Sequence[ParserEvent]) -> bool:
    return any(isinstance(event, CallRead | Problem) for event in events)


def _usage(fields: Mapping[str, Any]) -> Usage:
    def number(value: Any) -> int:
        return value if isinstance(value, int) and 0 < value < _MOST_TOKENS else 0

    def detail(group: str, name: str) -> int:
        details = fields.get(group)
        return number(details.get(name)) if isinstance(details, dict) else 0

    return Usage(
        prompt_tokens=number(fields.get("prompt_tokens")),
        reused_tokens=detail("prompt_tokens_details", "cached_tokens"),
        output_tokens=number(fields.get("completion_tokens")),
        thinking_tokens=detail("completion_tokens_details", "reasoning_tokens"),
    )
