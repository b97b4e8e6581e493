"""What a tool returned, or raised, as a model is shown it: a text, or texts and pictures."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import UserString, deque
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any

import pydantic
import pydantic_core

from agentkit.errors import ToolError
from agentkit.masking import without_secrets
from agentkit.messages import Image, Part, Text

MOST_CHARACTERS = 1_000_000
"""Of a result that are kept at all."""

_MOST_ITEMS = 100_000  # taken of something that yields
_DEEPEST = 200  # levels of a result that are written at once
_MOST_REASONS = 8  # of a group of errors
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_WITHOUT_PARTS = (str, bytes, bytearray, int, float, type, UserString)
_PLAIN = (dict, list, tuple, set, frozenset, deque)
_HIDDEN_PICTURE = (
    "a picture stands inside of something else. Return it alone, or in a list of texts and pictures"
)


def with_pictures(value: Any) -> tuple[Part, ...] | None:
    """Pictures and texts that a tool returned as such; None for anything else."""
    pieces = value if isinstance(value, list | tuple) else [value]
    if not any(isinstance(piece, Image | Text) for piece in pieces):
        return None
    if not all(isinstance(piece, str | Text | Image) for piece in pieces):
        return None
    parts = [Text(text=piece) if isinstance(piece, str) else piece for piece in pieces]
    return tuple(part for part in parts if isinstance(part, Image) or part.text) or (parts[0],)


def as_text(value: Any) -> str:
    """What a tool returned, for the model. Fails only where the tool does, in what it yields."""
    if value is None:
        return "Done."
    value = at_rest(value)
    try:
        if not _is_small(value):
            return _beginning(value)
        plain = pydantic_core.to_jsonable_python(value, fallback=_own_words)
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    except Exception as error:
        return f"Done, but what was returned can't be shown: {reason_of(error)}"


def at_rest(value: Any) -> Any:
    """What was returned; of something that yields, a list, as far as it would be kept."""
    return _taken(value) if isinstance(value, Iterator) else value


def _taken(value: Iterator[Any]) -> list[Any]:
    items: list[Any] = []
    characters = 0
    for item in islice(value, _MOST_ITEMS):
        items.append(item)
        try:
            characters += 1 if isinstance(item, int | float) else _size(item)
        except Exception:  # what can't be looked into is told when it is to be written
            characters += 1
        if characters > MOST_CHARACTERS:
            break
    return items


def _is_small(value: Any) -> bool:
    """Whether all of a value can be written at once; what it holds twice counts twice."""
    return _size(value) <= MOST_CHARACTERS


def _size(value: Any) -> int:
    """How many characters a value has at least; more than are kept if it is too deep or yields."""
    size = 0
    inside = [iter((value,))]
    while inside:
        for item in inside[-1]:
            if isinstance(item, Image):
                raise TypeError(_HIDDEN_PICTURE)
            size += len(item) if isinstance(item, str | bytes) else 1
            is_endless = isinstance(item, Iterator) or len(inside) > _DEEPEST
            if size > MOST_CHARACTERS or is_endless:
                return max(size, MOST_CHARACTERS + 1)
            parts = _parts(item)
            if isinstance(parts, dict):
                size += sum(len(key) for key in parts if isinstance(key, str))
                parts = parts.values()
            if parts is not None:
                inside.append(iter(parts))
                break
        else:
            inside.pop()
    return size


def _parts(value: Any) -> Any:
    """What a value holds by name, or one after the other; None for one that is not looked into."""
    if value is None or isinstance(value, _WITHOUT_PARTS):
        return None
    if isinstance(value, pydantic.RootModel):
        return _parts(value.root)
    if isinstance(value, pydantic.BaseModel) or dataclasses.is_dataclass(value):
        return _fields(value)
    if isinstance(value, Iterator):
        return _taken(value)
    plain = value if isinstance(value, _PLAIN) else _as_plain(value)
    return plain if isinstance(plain, _PLAIN) else None  # an array's scalar is none


def _fields(value: Any) -> dict[str, Any]:
    """The fields of an object, without those that its author excludes."""
    declared = getattr(type(value), "__pydantic_fields__", {})
    if isinstance(value, pydantic.BaseModel):
        held = {name: value.__dict__[name] for name in declared if name in value.__dict__}
        held |= value.__pydantic_extra__ or {}
    else:
        names = (field.name for field in dataclasses.fields(value))
        held = {name: getattr(value, name, None) for name in names}
    shown = {}
    for name, part in held.items():
        field = declared.get(name)
        if field is None or not field.exclude:
            shown[(field and field.serialization_alias) or name] = part
    return shown


def _as_plain(value: Any) -> Any:
    """The dict or list that a container is like, as far as it is kept; None for what is none."""
    try:
        if isinstance(value, Mapping):
            return dict(islice(value.items(), MOST_CHARACTERS + 1))
        if isinstance(value, Sequence | Set) and not isinstance(value, _WITHOUT_PARTS):
            return list(islice(value, MOST_CHARACTERS + 1))
    except Exception:  # a stranger's code
        return None
    size = getattr(value, "size", MOST_CHARACTERS)  # of an array or a scalar as in NumPy
    is_array = isinstance(size, int) and size < MOST_CHARACTERS and hasattr(value, "tolist")
    return value.tolist() if is_array else None


def _beginning(value: Any) -> str:
    """The beginning of a value that is too large, or has no end."""
    text = ""
    for piece in _written(value, 0):
        text += piece
        if len(text) > MOST_CHARACTERS:
            return f"{text[:MOST_CHARACTERS]}\n[more was not kept]"
    return text


def _written(value: Any, level: int) -> Iterator[str]:
    """A value as JSON, piece by piece."""
    parts = _parts(value)
    if parts is None:
        plain = pydantic_core.to_jsonable_python(value, fallback=_own_words)
        yield json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        return
    if level > _DEEPEST:
        raise ValueError(f"it is nested more than {_DEEPEST} deep, or contains itself")
    is_mapping = isinstance(parts, dict)
    yield "{" if is_mapping else "["
    for place, item in enumerate(parts):
        yield "," if place else ""
        if is_mapping:
            (name,) = pydantic_core.to_jsonable_python({item: None}, fallback=_own_words)
            yield f"{json.dumps(name, ensure_ascii=False)}:"
        yield from _written(parts[item] if is_mapping else item, level + 1)
    yield "}" if is_mapping else "]"


def _own_words(value: Any) -> Any:
    """What an object holds, or says of itself, without its address in memory."""
    if (plain := _as_plain(value)) is not None:
        return plain
    return _ADDRESS.sub("", str(value))


def reason_of(error: BaseException) -> str:
    """What a tool raised, in words for the model: its own, if they were meant for it."""
    try:
        words = without_secrets(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException:  # a stranger's code, too
        words = ""
    if isinstance(error, BaseExceptionGroup):  # of tasks, whose own words the model can use
        return "; ".join(map(reason_of, islice(_leaves(error), _MOST_REASONS)))
    if isinstance(error, ToolError):
        return words or "The tool failed without a reason."
    return f"{type(error).__name__}: {words}".strip(": ")


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """The errors in a group that are no groups themselves."""
    waiting: list[BaseException] = [group]
    while waiting:
        error = waiting.pop()
        if isinstance(error, BaseExceptionGroup):
            waiting += reversed(error.exceptions)
        else:
            yield error
