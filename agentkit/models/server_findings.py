"""What a server was found to do, stored per address and model.

`agentkit doctor` writes the findings and `ServerModel` reads them: one JSON file for each pair,
below the user's cache folder.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError


class Findings(BaseModel):
    """How one server behaves with one model. None means that it could not be determined.

    `thinking_field` is the field with the thought: `reasoning`, `reasoning_content`, `content`, or
    "" if there was none. `call_field` is the field with a call: `tool_calls` if the server's parser
    works for this model's dialect (`tool_calls, wrong` if it does not), else where the call was
    left; "" if none came, `refused` if the server refuses tools.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    server: str | None = None
    version: str = ""
    context_tokens: int | None = None
    thinking_field: str | None = None
    thinking_can_be_off: bool | None = None
    thought_length_works: bool | None = None
    call_field: str | None = None
    call_dialect: str | None = None
    zero_argument_calls: bool | None = None
    strict_schemas: bool | None = None
    control_tokens_are_live: bool | None = None
    reports_usage: bool | None = None
    completions_take_ids: bool | None = None
    refused_fields: tuple[str, ...] = ()

    @property
    def leaves_thought_in_content(self) -> bool | None:
        """Whether the thought is in the content, before its closing tag; None if unknown."""
        return None if not self.thinking_field else self.thinking_field == "content"


def findings_file(base_url: str, name: str) -> Path:
    """Return the file for the findings about a model at an address."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = hashlib.sha256(f"{base_url}\n{name}".encode("utf-8", "backslashreplace")).hexdigest()[:24]
    return cache / "agentkit" / "servers" / f"{key}.json"


def load_findings(base_url: str, name: str) -> Findings | None:
    """Load stored findings; None if there are none, or if they can't be read."""
    try:
        return Findings.model_validate_json(findings_file(base_url, name).read_bytes())
    except (OSError, ValidationError, RuntimeError):  # RuntimeError: there is no home folder
        return None


def save_findings(base_url: str, name: str, findings: Findings) -> Path:
    """Store findings and return their file. Raises OSError if it can't be written."""
    file = findings_file(base_url, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".new")
    temporary.write_text(findings.model_dump_json(indent=2) + "\n", encoding="utf-8")
    temporary.replace(file)
    return file
