"""Turn what a tool returned or raised into what a model is shown: text and pictures."""

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
"""Longest result that is kept, in characters."""

_MOST_ITEMS = 100_000  # taken from an iterator
_DEEPEST = 200  # deepest nesting of a result
_MOST_REASONS = 8  # shown of an exception group
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_WITHOUT_PARTS = (str, bytes, bytearray, int, float, type, UserString)
_PLAIN = (dict, list, tuple, set, frozenset, deque)
_HIDDEN_PICTURE = (
    "a picture stands inside of something else. Return it alone, or in a list of texts and pictures"
)


def with_pictures(value: Any) -> tuple[Part, ...] | None:
    """Return the parts of a result made of pictures and texts; None for any other result."""
    pieces = value if isinstance(value, list | tuple) else [value]
    if not any(isinstance(piece, Image | Text) for piece in pieces):
        return None
    if not all(isinstance(piece, str | Text | Image) for piece in pieces):
        return None
    parts = [Text(text=piece) if isinstance(piece, str) else piece for piece in pieces]
    return tuple(part for part in parts if isinstance(part, Image) or part.text) or (parts[0],)


def as_text(value: Any) -> str:
    """Return a tool's result as text for the model. Raises only what the tool's iterator raises."""
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
    """Turn an iterator into a list, up to the size that is kept; return other values unchanged."""
    return _taken(value) if isinstance(value, Iterator) else value


def _taken(value: Iterator[Any]) -> list[Any]:
    items: list[Any] = []
    characters = 0
    for item in islice(value, _MOST_ITEMS):
        items.append(item)
        try:
            characters += 1 if isinstance(item, int | float) else _size(item)
        except Exception:  # reported later, when it can't be written
            characters += 1
        if characters > MOST_CHARACTERS:
            break
    return items


def _is_small(value: Any) -> bool:
    """Whether a value is small enough to write at once; what it holds twice counts twice."""
    return _size(value) <= MOST_CHARACTERS


def _size(value: Any) -> int:
    """The least number of characters in a value; over the limit if too deep or an iterator."""
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
    """What a value contains, by name or in order; None for a value that is not looked into."""
    if value is None or isinstance(value, _WITHOUT_PARTS):
        return None
    if isinstance(value, pydantic.RootModel):
        return _parts(value.root)
    if isinstance(value, pydantic.BaseModel) or dataclasses.is_dataclass(value):
        return _fields(value)
    if isinstance(value, Iterator):
        return _taken(value)
    plain = value if isinstance(value, _PLAIN) else _as_plain(value)
    return plain if isinstance(plain, _PLAIN) else None  # a NumPy scalar is not


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
    """Convert a container to a dict or list, up to the size kept; None for any other value."""
    try:
        if isinstance(value, Mapping):
            return dict(islice(value.items(), MOST_CHARACTERS + 1))
        if isinstance(value, Sequence | Set) and not isinstance(value, _WITHOUT_PARTS):
            return list(islice(value, MOST_CHARACTERS + 1))
    except Exception:  # third-party code
        return None
    size = getattr(value, "size", MOST_CHARACTERS)  # NumPy's arrays and scalars have it
    is_array = isinstance(size, int) and size < MOST_CHARACTERS and hasattr(value, "tolist")
    return value.tolist() if is_array else None


def _beginning(value: Any) -> str:
    """Write the beginning of a value that is too large, or has no end."""
    text = ""
    for piece in _written(value, 0):
        text += piece
        if len(text) > MOST_CHARACTERS:
            return f"{text[:MOST_CHARACTERS]}\n[more was not kept]"
    return text


def _written(value: Any, level: int) -> Iterator[str]:
    """Write a value as JSON, piece by piece."""
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
    """What an object contains, or its `str` without its address in memory."""
    if (plain := _as_plain(value)) is not None:
        return plain
    return _ADDRESS.sub("", str(value))


def reason_of(error: BaseException) -> str:
    """Describe a tool's error for the model; a ToolError's own words are meant for it."""
    try:
        words = without_secrets(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException:  # `__str__` is third-party code, too
        words = ""
    if isinstance(error, BaseExceptionGroup):  # from a TaskGroup: its errors say more
        return "; ".join(map(reason_of, islice(_leaves(error), _MOST_REASONS)))
    if isinstance(error, ToolError):
        return words or "The tool failed without a reason."
    return f"{type(error).__name__}: {words}".strip(": ")


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """Yield the errors in a group that are not groups themselves."""
    waiting: list[BaseException] = [group]
    while waiting:
        error = waiting.pop()
        if isinstance(error, BaseExceptionGroup):
            waiting += reversed(error.exceptions)
        else:
            yield error
