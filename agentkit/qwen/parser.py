"""Parses the model's text into events while it is still being written.

    feed(text) -> [ThinkingDelta | TextDelta | CallRead | Problem]      as early as it is certain
    close()    -> the rest                                              once the model has stopped

No I/O, and no types: it knows which tools and parameters exist, but only `Tool.bind` knows what
they mean. Invariants: what was streamed adds up to what is stored; no part of a tag is ever shown;
how the text was split makes no difference; time is linear; nothing raises.

Text flows through until a tag opens that may be a call. From there on everything is held until
the model has stopped, because only the complete rest shows which tags are data (`readings.py`),
and no call is run before the reply is complete anyway. Two kinds of opening are not held: one in
Markdown code, and one inside a thought that goes on after it. The latter is shown as a draft, and
parsed again if nothing follows the thought: what looked like the end of the call may have been
data of a call that ends with the thought.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from agentkit.events import CallRead, ParserEvent, TextDelta, ThinkingDelta
from agentkit.messages import Problem
from agentkit.qwen.calls import CallReader
from agentkit.qwen.channel import Channel
from agentkit.qwen.complaints import cut_call, looks_like_call
from agentkit.qwen.drafts import Drafts
from agentkit.qwen.foreign import LONGEST, looks_foreign
from agentkit.qwen.late_close import late_close
from agentkit.qwen.markdown import Code, Quoted
from agentkit.qwen.strays import BEGINNINGS, BEHIND_A_CALL, CLOSERS, OPENING, Strays, Verdict
from agentkit.qwen.tags import SPECIAL, Kind, Tools, function_name
from agentkit.qwen.thoughts import ThoughtWatch

_SPECIAL_IN_TEXT = re.compile(rf"{SPECIAL.pattern}|(?P<stray>{CLOSERS})|(?P<opening>{OPENING})")
_BEGINNINGS = (
    "<tool_call>",
    "<think>",
    "</think>",
    "<tool_response>",
    "<|im_end|>",
    "<|im_start|>",
    "<|endoftext|>",
    *BEGINNINGS,
)
_PART_OF_FUNCTION = re.compile(
    r"<(?:f|fu|fun|func|funct|functi|functio|function|i|in|inv|invo|invok|invoke)"
    r"|<(?:function|invoke)[= \t][^<>\n]{0,250}"
)
_OPENING_IN_PART = re.compile(r"<(?:to|fu|in)")
_LONGEST_TAG = 260
_CALL_INSIDE = re.compile(r"\s*(?:[{\[]|<(?:function|invoke)[=\s]|<tool_call>)|\s{200}")
_END_OF_LINE = re.compile(r"[ \t\r]*\n")
_OWN_TURN = re.compile(r"assistant[ \t\r]*\n")
_PART_OF_OWN_TURN = re.compile(r"(?:a(?:s(?:s(?:i(?:s(?:t(?:a(?:n(?:t[ \t\r]*)?)?)?)?)?)?)?)?)?\Z")
_PARAMETER = re.compile(r"\s*<parameter[=\s]")
_CALL_INSIDE_PART = re.compile(r"\s*(?:<[a-z_]{0,10})?")


class Parser:
    """Reads one reply.

    `thinking` says that the prompt ended inside an open `<think>`. `exact` says that control
    tokens are marked by `feed(…, control=True)`; then the same characters in ordinary tokens are
    text, so what a model quotes from data is never a call.
    """

    def __init__(self, tools: Tools, *, thinking: bool, exact: bool = False) -> None:
        self._tools = tools
        self._exact = exact
        self._thinking = thinking
        self._may_begin_late = not thinking  # a thought without `<think>` may still be closed
        self._thought = Channel()
        self._visible = Channel()
        self._code = Code()
        self._buffer = ""
        self._offset = 0  # of the buffer's start in the whole text
        self._real: set[int] = set()
        self._held: list[str] | None = None  # pieces since an opening that may be a call
        self._held_length = 0
        self._watch = ThoughtWatch()
        self._drafts = Drafts(tools)
        self._shown: list[str] = []  # the visible text, as long as it is short
        self._shown_length = 0
        self._strays = Strays()
        self._suspect: Problem | None = None
        self._data_until = -1  # end of an unreadable text that may be a call
        self._is_meant = False  # what looked like a call was closed as one
        self._around: set[Kind] = set()  # closing tags of possible calls whose opening is shown
        self._is_broken = False  # a call could not be read; a function after it may be part of it
        self._is_followed = False
        self.has_stray_close = False  # a `</think>` without a `<think>` was read
        self._done = False
        self._closed = False

    @property
    def is_done(self) -> bool:
        """Whether the turn has ended; nothing that follows is read."""
        return self._done

    @property
    def is_thinking(self) -> bool:
        """Whether the thought has not ended yet."""
        return self._thinking

    def feed(self, text: str, *, control: bool = False) -> list[ParserEvent]:
        """Take more of the model's text; `control` says it is one control token."""
        if self._done or not text:
            return []
        if control:
            self._real.add(self._offset + len(self._buffer) + self._held_length)
        if self._held is None:
            self._buffer += text
            return list(self._scan())
        self._held.append(text)
        self._held_length += len(text)
        return list(self._watch_thought(text)) if self._thinking else []

    def end_thought(self) -> list[ParserEvent]:
        """End a thought that is known to be over without its closing tag, which may still come."""
        events = self.feed("</think>")
        self._may_begin_late = True
        return events

    def close(self, *, is_followed: bool = False) -> list[ParserEvent]:
        """Decide everything that was held back, now that the model has stopped.

        `is_followed`: calls arrived by another route, so the thought did not end with this text,
        and the model did not fail to call anything.
        """
        if self._closed:
            return []
        self._closed = True
        self._is_followed = is_followed
        events: list[ParserEvent] = []
        if not self._done:
            if self._held is not None:
                self._release()
            events += self._scan(final=True)
            events += self._end_of_draft()
            self._done = True
        if not is_followed and not any(isinstance(each, Problem) for each in events):
            # Reported even beside a call that was read: no intended call is dropped silently.
            acts = any(isinstance(each, CallRead) for each in events)
            found = self._suspect or (None if acts else self._foreign())
            events += [found] if found else []
        return events

    # --- text that flows through ----------------------------------------------------------------

    def _scan(self, *, final: bool = False) -> Iterator[ParserEvent]:
        """Emit what is certain; with `final`, decide the rest, too."""
        reader: CallReader | None = None
        late_close = -1
        position = 0
        while not self._done:
            special = SPECIAL if self._thinking else _SPECIAL_IN_TEXT
            match = special.search(self._buffer, position)
            if match is None:
                end = self._certain(position)
                yield from self._show(self._buffer[position:end])
                if final:
                    yield from self._cut_tag(self._buffer[end:])
                    end = len(self._buffer)
                position = end
                break
            yield from self._show(self._buffer[position : match.start()])
            position = match.start()
            verdict = self._judge(match, final)
            if verdict == "wait":
                break
            if verdict == "text":
                self._note_shown(match, final)
                yield from self._show(match[0])
                position = match.end()
            elif verdict == "tag":
                yield from self._act_on(match)
                position = match.end()
            elif verdict == "turn":  # the reply repeats the prompt's last line
                position = self._buffer.index("\n", match.end()) + 1
            elif self._thinking and (length := self._watch_from(position)) >= 0:
                yield from self._show(self._buffer[position : position + length])
                position += length
            elif not final:
                self._hold(position)
                return
            elif self._thinking:
                yield from self._last_of_thought(position)
                position = len(self._buffer)
            else:
                if reader is None:
                    reader = self._reader()
                    late_close = self._late_close(reader, position) if self._may_begin_late else -1
                if position < late_close:
                    yield from self._draft_in_text(position, late_close)
                    position = late_close
                    continue
                position = yield from self._read_block(reader, match, position)
        self._buffer = self._buffer[position:]
        self._offset += position

    def _read_block(
        self, reader: CallReader, match: re.Match[str], position: int
    ) -> Generator[ParserEvent, None, int]:
        """Emit what a call's opening tag begins, once all text is there; return where it ends."""
        block = reader.read(position)
        quoted = reader.quoted_until(block, position, self._around)
        if position < self._data_until:
            quoted = match.end()
        elif match["function"] and self._is_broken:
            # What it ends with that it did not open belongs to the call before it.
            borrows = self._buffer[position : block.end].endswith("</tool_call>")
            quoted = max(quoted, block.end) if borrows else quoted
        if quoted >= 0:
            # It is part of something that looked like a call but can't be read.
            self._suspect = self._suspect or looks_like_call(match[0])
            self._is_meant = True
            yield from self._show(self._buffer[position:quoted])
            return quoted
        if block.calls or block.problems:
            self._drafts.forget()  # the intended call is this one
        if block.calls and not self._is_meant:
            self._suspect = None  # the text before only talked about calls
        yield from block.calls
        yield from block.problems
        if match["function"] and block.end == match.end():  # perhaps only talked about
            if _PARAMETER.match(self._buffer, match.end()):
                self._data_until = position + max(len(each.raw) for each in block.problems)
            yield from self._show(match[0])
            return match.end()
        self._code = Code()
        if block.problems and not block.calls:
            # The text after it may still be inside a value, so a function there is no bare call.
            self._around |= {Kind.FUNCTION_CLOSE, Kind.CALL_CLOSE}
            self._is_broken = True
        self._visible.pause()
        strays = BEHIND_A_CALL.match(self._buffer, block.end)
        return strays.end() if strays else block.end

    def _cut_tag(self, part: str) -> Iterator[ParserEvent]:
        """Handle a partial tag at the reply's end: a cut call if it opens a line, text or stray."""
        opens = _OPENING_IN_PART.match(part) is not None and self._at_line_start()
        is_text = not self._thinking and self._code.holds(part, 0, final=True) == "no"
        if opens and is_text:
            self._suspect = cut_call(part)
        elif not (is_text and self._is_apart() and self._strays.may_be_cut(part)):
            yield from self._show(part)

    def _certain(self, position: int) -> int:
        """Return where an unfinished tag may begin in the buffer, or else the buffer's end."""
        opening = self._buffer.rfind("<", max(position, len(self._buffer) - _LONGEST_TAG))
        if opening < 0:
            return len(self._buffer)
        part = self._buffer[opening:]
        if any(tag.startswith(part) for tag in _BEGINNINGS) or _PART_OF_FUNCTION.fullmatch(part):
            return opening
        return len(self._buffer)

    def _judge(self, match: re.Match[str], final: bool) -> Verdict:
        """Classify what looks like a tag."""
        if not self._is_real(match):
            return "text"
        if self._thinking and match["close"] is not None:
            return "tag"  # the first one ends the thought, wherever it stands
        quoted = self._is_quoted(match, final)
        if quoted == "yes" and self._code.may_have_ended:
            if match["call"] is not None:
                self._suspect = looks_like_call(match[0])
            elif match["end"] is not None or match["close"] is not None:
                return "tag"  # right after the marks that close a block of code
        if quoted != "no":
            return "text" if quoted == "yes" else "wait"
        if match.lastgroup == "stray":
            return self._strays.judge(
                self._buffer,
                match,
                self._is_control,
                is_apart=self._is_apart(),
                is_glued=self._visible.ends_in_a_letter,
                is_after_sentence=self._visible.ends_a_sentence,
                final=final,
            )
        if match.lastgroup == "opening":
            return "text"
        if match["close"] is not None:
            return "text" if self._strays.is_open("think") else "tag"
        if match["think"] is not None:
            channel = self._thought if self._thinking else self._visible
            opens = not channel.started or (not self._thinking and self._at_line_start())
            return "tag" if opens else "text"
        if match["end"] is not None:
            if own := self._own_turn(match, final):
                return own
            mid_line = match[0] == "<tool_response>" and not self._at_line_start()
            return "text" if mid_line else "tag"
        return self._judge_opening(match, final)

    def _own_turn(self, match: re.Match[str], final: bool) -> Verdict | None:
        """Return `turn` if the reply begins by opening its own turn, `wait` if it may."""
        if match[0] != "<|im_start|>" or self._offset + match.start() > 0:
            return None
        if _OWN_TURN.match(self._buffer, match.end()):
            return "turn"
        may_go_on = not final and _PART_OF_OWN_TURN.match(self._buffer, match.end())
        return "wait" if may_go_on else None

    def _judge_opening(self, match: re.Match[str], final: bool) -> Verdict:
        at_line_start = self._at_line_start()
        if match["function"] is not None:
            if function_name(match, self._tools) not in self._tools or not at_line_start:
                if at_line_start:
                    self._around.add(Kind.FUNCTION_CLOSE)
                return "text"
            if self._exact:
                self._suspect = looks_like_call(match[0])
                return "text"
            return "call"
        if _CALL_INSIDE.match(self._buffer, match.end()):
            return "call"
        rest = _CALL_INSIDE_PART.match(self._buffer, match.end())
        if rest and rest.end() == len(self._buffer):
            if not final:
                return "wait"
            if at_line_start or self._visible.ends_in_words or rest[0].strip():
                return "call"  # cut at its opening
        if at_line_start and _END_OF_LINE.match(self._buffer, match.end()):
            self._around.add(Kind.CALL_CLOSE)
        if at_line_start and not self._thinking:
            self._suspect = looks_like_call(match[0])
        return "text"

    def _note_shown(self, match: re.Match[str], final: bool) -> None:
        """Remember which tags are shown; in code they are quoted and open nothing."""
        if self._thinking or self._is_quoted(match, final) == "yes":
            return
        if match[0].startswith("</"):
            self._is_meant |= "</tool_call>" in match[0] and Kind.CALL_CLOSE in self._around
            self._strays.closed(match[0])
        else:
            self._strays.opened(match[0])

    def _is_real(self, match: re.Match[str]) -> bool:
        spelled_out = match["function"] is not None or match.lastgroup in ("stray", "opening")
        return spelled_out or self._is_control(match.start())

    def _is_control(self, place: int) -> bool:
        """Whether what stands there in the buffer counts as a control token."""
        return not self._exact or self._offset + place in self._real

    def _is_quoted(self, match: re.Match[str], final: bool) -> Quoted:
        """Whether a tag stands in code: `yes`, `no`, or `unknown` until the line has ended."""
        return self._code.holds(self._buffer, match.end(), final=final)

    def _at_line_start(self) -> bool:
        return self._code.line_is_blank()

    def _is_apart(self) -> bool:
        return self._at_line_start() or self._visible.ends_in_a_word

    def _act_on(self, match: re.Match[str]) -> Iterator[ParserEvent]:
        """Act on a tag that is not shown."""
        if match.lastgroup == "stray":
            self._strays.hidden(match[0])
            if self._at_line_start():
                self._visible.drop_line()
        elif match["end"] is not None:
            yield from self._end_of_draft()
            self._done = True
        elif match["think"] is not None:
            if not self._thinking and self._thought.started:
                self._thought.pause()
            self._drafts.forget()  # the thought goes on
            self._thinking, self._may_begin_late = True, False
            self._code = Code()
        elif self._thinking:
            self._thinking = False
            self._code = Code()
            self._around, self._is_broken = set(), False
        else:
            self.has_stray_close = self.has_stray_close or self._at_line_start()
            if self._code.may_have_ended:
                self._code = Code()

    def _show(self, text: str) -> Iterator[ParserEvent]:
        if not text:
            return
        self._code.advance(text)
        if self._thinking:
            self._drafts.take(text)
            if shown := self._thought.take(text):
                yield ThinkingDelta(shown)
            return
        if shown := self._visible.take(text):
            self._drafts.forget()  # text follows the thought
            self._strays.behind = ""
            self._shown_length += len(shown)
            if self._shown_length <= LONGEST:
                self._shown.append(shown)
            yield TextDelta(shown)

    # --- text that is held ----------------------------------------------------------------------

    def _hold(self, position: int) -> None:
        """Keep everything from an opening on."""
        self._offset += position
        self._held = [self._buffer[position:]]
        self._held_length = len(self._held[0])
        self._buffer = ""

    def _release(self) -> None:
        """Put what was held back into the buffer."""
        self._buffer = "".join(self._held or ())
        self._held, self._held_length = None, 0

    @property
    def _control(self) -> set[int] | None:
        """The offsets of control tokens in the whole text; None if all tags count as such."""
        return self._real if self._exact else None

    def _reader(self) -> CallReader:
        real = {offset - self._offset for offset in self._real} if self._exact else None
        return CallReader(self._buffer, self._tools, real)

    def _late_close(self, reader: CallReader, position: int) -> int:
        """Return where a thought that began without a tag ends, or -1."""
        found = late_close(self._buffer, position, reader, self._is_real)
        self._suspect = found.suspect or self._suspect
        return found.place

    def _draft_in_text(self, position: int, close: int) -> Iterator[ParserEvent]:
        """Emit the text before the end of such a thought, calls included, as part of it."""
        self._code = Code()
        self._visible.pause()
        if shown := self._thought.take(self._buffer[position:close]):
            yield ThinkingDelta(shown)

    # --- calls inside a thought -----------------------------------------------------------------

    def _watch_from(self, position: int) -> int:
        """Return after how many characters from `position` the thought goes on, or -1."""
        self._drafts.open(self._offset + position)
        self._watch = ThoughtWatch()
        return self._watch.goes_on(self._buffer, position)

    def _watch_thought(self, text: str) -> Iterator[ParserEvent]:
        """Release what is held as soon as the thought is seen to go on after it."""
        length = self._watch.goes_on(text)
        if length < 0:
            return
        self._release()
        yield from self._show(self._buffer[:length])
        self._buffer = self._buffer[length:]
        self._offset += length
        yield from self._scan()

    def _last_of_thought(self, position: int) -> Iterator[ParserEvent]:
        """Read complete calls of known tools at the very end of a thought that never closed."""
        rest = self._buffer[position:]
        if self._is_followed:
            yield from self._show(rest)
            return
        shown = self._drafts.length
        ending = self._drafts.ending(rest, self._control, self._around)
        self._drafts.forget()
        is_shown = ending.problems or not ending.calls or ending.start < shown
        yield from self._show(rest if is_shown else rest[: ending.start - shown])
        yield from ending.events(self._tools)

    def _end_of_draft(self) -> Iterator[ParserEvent]:
        """Emit the calls of a shown draft if the thought ended with it."""
        if not self._drafts.length or self._is_followed:
            return
        ending = self._drafts.ending("", self._control, self._around)
        self._drafts.forget()
        if ending.is_end:
            yield from ending.events(self._tools)

    def _foreign(self) -> Problem | None:
        """Report a reply meant as a call in another format: not run, and not an answer."""
        if self._shown_length > LONGEST:
            return None
        text = "".join(self._shown)
        whole = text + self._strays.behind
        is_call = looks_foreign(text, self._tools) or looks_foreign(whole, self._tools)
        return looks_like_call(whole) if is_call else None
