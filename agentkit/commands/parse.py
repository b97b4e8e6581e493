"""`agentkit parse`: split a model's raw text into reasoning, content, calls and problems."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from agentkit.arguments import type_arguments
from agentkit.commands.lines import answer_lines
from agentkit.errors import ConfigError
from agentkit.events import CallRead, ParserEvent, TextDelta, ThinkingDelta
from agentkit.messages import Problem
from agentkit.qwen.parser import Parser
from agentkit.schemas import member_names
from agentkit.validation import find_faults, schema_validator, usable_schema

_FORMATS = ("auto", "qwen3.5-xml", "hermes-json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say in the help what a line holds; there are no options."""
    parser.epilog = (
        'A line: {"raw": "...", "thinking": true, "tools": [...]}, or "chunks" for "raw"; thinking '
        'says that the prompt ended in an open thought. The answer: {"reasoning": "...", '
        '"content": "...", "tool_calls": [...], "problems": [...]} or {"error": "..."}.'
    )


def main(options: argparse.Namespace) -> int:
    """Answer every line of standard input."""
    return answer_lines(parse_line)


def parse_line(request: dict[str, Any]) -> dict[str, Any]:
    """Parse a reply, whole or in `chunks`. Both dialects are read, whatever `format` says."""
    raw, chunks = request.get("raw", ""), request.get("chunks")
    pieces = [raw] if chunks is None else chunks
    if not isinstance(pieces, list) or not all(isinstance(piece, str) for piece in pieces):
        raise ConfigError("Expected raw to be a text, and chunks, if given, a list of texts.")
    if request.get("format", "auto") not in _FORMATS:
        raise ConfigError(f"Expected format to be one of {', '.join(_FORMATS)}.")
    schemas = _schemas(request.get("tools"))
    names = {name: tuple(member_names(schema)) for name, schema in schemas.items()}
    parser = Parser(names, thinking=bool(request.get("thinking", False)))
    events = [event for piece in pieces for event in parser.feed(piece)]
    return _answer([*events, *parser.close()], schemas)


def _answer(
    events: Iterable[ParserEvent], schemas: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    reasoning = content = ""
    calls: list[dict[str, Any]] = []
    problems: list[dict[str, str]] = []
    for event in events:
        match event:
            case ThinkingDelta():
                reasoning += event.text
            case TextDelta():
                content += event.text
            case Problem():
                problems.append({"kind": event.kind, "message": event.message})
            case CallRead():
                arguments, faults = _typed(event, schemas)
                calls.append({"name": event.name, "arguments": arguments})
                problems += faults
    return {
        "reasoning": reasoning or None,
        "content": content or None,
        "tool_calls": calls,
        "problems": problems,
    }


def _typed(
    call: CallRead, schemas: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return the arguments typed by the tool's schema, and what is wrong with them."""
    schema = schemas.get(call.name)
    if schema is None:
        known = ", ".join(schemas) or "none"
        message = f"There is no tool called {call.name!r}; there are {known}."
        return call.arguments, [{"kind": "unknown_tool", "message": message}]
    try:
        schema = usable_schema(schema)
    except ValueError:  # the parts for single parameters still help
        arguments, faults = type_arguments(call.arguments, schema, call.dialect)
    else:
        arguments, _ = type_arguments(call.arguments, schema, call.dialect)
        faults = find_faults(arguments, schema_validator(schema))
    return arguments, [{"kind": "argument", "message": f"{call.name}: {f}"} for f in faults]


def _schemas(tools: Any) -> dict[str, Mapping[str, Any]]:
    """Parameter schemas by tool name, from definitions with or without their wrapper.

    MCP and Anthropic have other names for `parameters`.
    """
    schemas: dict[str, Mapping[str, Any]] = {}
    for item in tools or ():
        function = item.get("function", item) if isinstance(item, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            raise ConfigError("Expected each tool to be an object with a function that has a name.")
        given = (function.get(key) for key in ("parameters", "inputSchema", "input_schema"))
        parameters = (each for each in given if isinstance(each, Mapping))
        schemas[function["name"]] = next(parameters, {})
    return schemas
