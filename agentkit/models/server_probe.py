"""Finds out what a server really does with a dozen small requests, before anything depends on it.

    await probe(model) -> Findings

The protocol does not settle this: the same request is answered in different fields, or not at all,
depending on the flags that the server was started with. `server_advice` says how to fix it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from agentkit.errors import ModelError, ModelUnavailable
from agentkit.messages import without_surrogates
from agentkit.model import Sampling
from agentkit.models.server import ServerModel
from agentkit.models.server_answers import (
    LOOKUP,
    PING,
    call_place,
    number_of,
    read_answer,
    reasoning_of,
)
from agentkit.models.server_errors import status_in
from agentkit.models.server_findings import Findings
from agentkit.models.server_options import (
    LIMITS_OF_THOUGHTS,
    refused_fields,
    request_options,
    server_by_address,
)
from agentkit.models.server_secrets import masked
from agentkit.models.server_transport import is_packed

_SECONDS = 180.0  # for one answer
_SECONDS_TO_LOOK = 10.0  # for one address
_MOST_BYTES = 5_000_000  # in one answer
_PASSING = frozenset({408, 425, 429, 502, 503, 504})
_REFUSALS = frozenset({400, 404, 405, 422, 500, 501})
_WAITS = (2.0, 5.0, 10.0)  # seconds before each retry
_COPIES = 20
_TOKEN = "<|im_end|>"
_LIVE_BELOW = 2 * _COPIES  # tokens: a live control token costs one, a broken one four or more


async def probe(
    model: ServerModel, *, progress: Callable[[str], None] = lambda _: None
) -> Findings:
    """Find out what the server does with this model; `progress` is called with each next step.

    Raises ModelUnavailable if it can't be reached, ModelError if it lacks the model or refuses even
    a plain question.
    """
    async with model.client() as client:
        asking = _Asking(model, client)
        progress("which server it is")
        found = await asking.identity()
        asking.server = found["server"]
        progress("a plain question")
        found |= await asking.thought()
        progress("the same without thinking")
        found |= await asking.thought_off()
        progress("a tool call")
        found |= await asking.call()
        progress("a call without arguments")
        found |= await asking.empty_call()
        progress("a strict schema")
        found |= await asking.strict_call()
        progress("control tokens in a message")
        found |= await asking.control_tokens()
        progress("a limit on thinking")
        found |= await asking.thought_length()
        progress("a prompt of token ids")
        found |= await asking.ids()
        return Findings(**found, refused_fields=tuple(sorted(asking.refused)))


async def only_model(base_url: str, api_key: str | None = None) -> str:
    """Return the name of the only model on a server.

    Raises ModelError if it has none or several, ModelUnavailable if it can't be reached.
    """
    model = ServerModel("any", base_url=base_url, api_key=api_key)
    base_url, address = model.base_url, f"{model.base_url}/models"
    try:
        async with model.client() as client:
            answer = json.loads((await _fetch(client, address))[1])
        names: list[str] = [without_surrogates(str(entry["id"])) for entry in answer["data"]]
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise _unreachable(base_url, error) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        advice = _advice(base_url, "name one with -m")
        raise ModelError(f"{address} lists no models. {advice}") from error
    if len(names) != 1:
        raise ModelError(
            f"Expected one model at {base_url}, found {', '.join(names) or 'none'}. "
            f"Name one with -m."
        )
    return names[0]


async def _fetch(
    client: httpx.AsyncClient,
    url: str,
    post: Mapping[str, Any] | None = None,
    seconds: float = _SECONDS_TO_LOOK,
) -> tuple[int, bytes]:
    """Return status and body. Raises TimeoutError, or ValueError if it is too long or compressed.

    httpx applies its timeout to each read: a server that sends a byte a second never exceeds it.
    """
    body = b""
    asking = client.stream("GET" if post is None else "POST", url, json=post, timeout=seconds)
    async with asyncio.timeout(seconds), asking as response:
        if is_packed(response):
            raise ValueError(f"{url} sent an unrequested compressed answer")
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > _MOST_BYTES:
                raise ValueError(f"{url} sent an answer of more than {_MOST_BYTES} bytes")
    return response.status_code, body


def _unreachable(base_url: str, error: Exception) -> ModelUnavailable:
    return ModelUnavailable(
        f"{base_url} can't be reached: {error or type(error).__name__}. Is the server running, and "
        f"does the address end in /v1?"
    )


def _advice(base_url: str, otherwise: str) -> str:
    if base_url.endswith("/v1"):
        return f"{otherwise[0].upper()}{otherwise[1:]}."
    return f"Add /v1 to the address; if that does not help, {otherwise}."


class _Asking:
    def __init__(self, model: ServerModel, client: httpx.AsyncClient) -> None:
        self._model = model
        self._client = client
        self._root = model.base_url.removesuffix("/v1")
        self._natural_thought = 0
        self._failure = ""
        self._is_refused = False  # the last request, and not only temporarily
        self._takes_tools = False
        self.server: str | None = None
        self.refused: set[str] = set()

    # --- requests -------------------------------------------------------------------------------

    async def _get(self, url: str) -> Any:
        """Return the JSON at an address; None if there is none."""
        try:
            status, body = await _fetch(self._client, url)
            return json.loads(body) if status == 200 else None
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError):
            return None

    async def _post(self, route: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        """Return status and answer, retrying after temporary failures such as too much traffic."""
        status, answer = await self._post_once(route, body)
        for seconds in _WAITS:
            if status not in _PASSING:
                break
            await asyncio.sleep(seconds)
            status, answer = await self._post_once(route, body)
        self._is_refused = status in _REFUSALS
        return status, answer

    async def _post_once(self, route: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        url = self._model.base_url + route
        try:
            status, answer = await _fetch(self._client, url, dict(body), _SECONDS)
        except (httpx.TimeoutException, TimeoutError):
            return 0, f"no answer within {_SECONDS:g} s"
        except ValueError as error:
            return 0, str(error)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(self._model.base_url, error) from error
        text = masked(answer.decode("utf-8", "replace"), self._client)
        try:
            given = json.loads(text)
        except (ValueError, RecursionError):
            return status, text
        if status == 200 and isinstance(given, dict) and given.get("error"):
            status = status_in(given["error"]) or 0  # an error despite the 200
        return status, given

    async def _ask(
        self,
        text: str,
        *,
        thinking: bool | None,
        tokens: int,
        tools: tuple[Any, ...] = (),
        **more: Any,
    ) -> dict[str, Any] | None:
        """Return one answer as `message`, `finish` and `usage`; None if the server gave none.

        A field that the server refuses by name is left out from then on.
        """
        options = request_options(
            self._model.name,
            Sampling(output_tokens=tokens),
            thinking=thinking,
            tools=bool(tools),
            server=self.server,
        )
        options = {**options, "stream": False, "temperature": 0, **more}
        options.pop("stream_options", None)
        if tools:
            options["tools"] = list(tools)
        while True:
            kept = {key: value for key, value in options.items() if key not in self.refused}
            messages = [{"role": "user", "content": text}]
            status, answer = await self._post("/chat/completions", {**kept, "messages": messages})
            if status == 200 and (read := read_answer(answer)) is not None:
                return read
            named = refused_fields(str(answer).lower())
            if status not in (400, 422) or not (named & set(kept)):
                said = str(answer)[:300]
                self._failure = f"{status}: {said}" if status else said
                return None
            self.refused |= named

    # --- findings -------------------------------------------------------------------------------

    async def identity(self) -> dict[str, Any]:
        """Find out which server it is, its version and its context length."""
        url = self._model.base_url
        found: dict[str, Any] = {"server": server_by_address(url), "version": ""}
        models = await self._get(f"{url}/models")
        entries = models.get("data") if isinstance(models, dict) else None
        entries = entries if isinstance(entries, list) else []
        known = {str(entry.get("id")): entry for entry in entries if isinstance(entry, dict)}
        entry = known.get(self._model.name) or known.get(f"{self._model.name}:latest")
        if entry is None and len(known) == 1:
            [only] = known.values()
            if only.get("owned_by") == "llamacpp":  # it serves its model under any name
                entry = only
        if entry is None and 0 < len(known) < 50:
            names = ", ".join(known)
            raise ModelError(f"{url} has no model {self._model.name!r}. It serves: {names}.")
        entry = entry or {}
        owners = {"vllm": "vllm", "sglang": "sglang", "llamacpp": "llama.cpp"}
        found["server"] = owners.get(str(entry.get("owned_by"))) or found["server"]
        found["context_tokens"] = number_of(entry.get("max_model_len"))
        if version := await self._version(f"{self._root}/version"):
            found["version"] = version
        if isinstance(properties := await self._get(f"{self._root}/props"), dict):
            settings = properties.get("default_generation_settings")
            if isinstance(settings, dict):
                found["server"] = "llama.cpp"
                found["context_tokens"] = number_of(settings.get("n_ctx"))
                found["version"] = without_surrogates(str(properties.get("build_info", "")))
        if version := await self._version(f"{self._root}/api/version"):
            found |= {"server": "ollama", "version": version}
            found["context_tokens"] = await self._ollama_context()
        return found

    async def _version(self, url: str) -> str:
        """Return the version at an address, or "": LM Studio answers any, with errors in a 200."""
        told = await self._get(url)
        version = told.get("version") if isinstance(told, dict) else None
        return without_surrogates(version) if isinstance(version, str) else ""

    async def _ollama_context(self) -> int | None:
        running = await self._get(f"{self._root}/api/ps")
        entries = running.get("models") if isinstance(running, dict) else None
        names = (self._model.name, f"{self._model.name}:latest")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("name") in names:
                return number_of(entry.get("context_length"))
        return None

    async def thought(self) -> dict[str, Any]:
        """Find out in which field the thought arrives, and whether token usage is reported."""
        answer = await self._ask("What is 12 + 30?", thinking=True, tokens=2_048)
        if answer is None:
            advice = _advice(self._model.base_url, "check the model's name and the key")
            raise ModelError(
                f"{self._model.base_url} does not answer a plain question: {self._failure}. "
                f"{advice}"
            )
        message = answer["message"]
        self._natural_thought = len(reasoning_of(message)[1])
        return {
            "thinking_field": reasoning_of(message)[0],
            "reports_usage": answer["usage"].prompt_tokens > 0,
        }

    async def thought_off(self) -> dict[str, Any]:
        answer = await self._ask("What is 12 + 30?", thinking=False, tokens=1_024)
        if answer is None:
            return {}
        field, text = reasoning_of(answer["message"])
        return {"thinking_can_be_off": not (field and text.strip())}

    async def call(self) -> dict[str, Any]:
        """Find out in which field a call arrives."""
        answer = await self._ask(
            "Call the function lookup with the key A-17.",
            thinking=False,
            tokens=1_024,
            tools=(LOOKUP,),
        )
        self._takes_tools = answer is not None
        if answer is None:
            return {"call_field": "refused"} if self._is_refused else {}
        return call_place(answer["message"])

    async def empty_call(self) -> dict[str, Any]:
        """Whether a call without arguments ends (vllm-project/vllm#50989)."""
        answer = await self._ask(
            "Call the function ping.", thinking=False, tokens=256, tools=(PING,)
        )
        return {} if answer is None else {"zero_argument_calls": answer["finish"] != "length"}

    async def strict_call(self) -> dict[str, Any]:
        strict = {**LOOKUP, "function": {**LOOKUP["function"], "strict": True}}
        answer = await self._ask(
            "Call the function lookup with the key A-17.",
            thinking=False,
            tokens=512,
            tools=(strict,),
        )
        if answer is None:
            return {"strict_schemas": False} if self._is_refused and self._takes_tools else {}
        return {"strict_schemas": answer["finish"] != "length"}

    async def control_tokens(self) -> dict[str, Any]:
        """Whether a control token in a message takes effect: then it costs a single token."""
        plain = await self._ask("x", thinking=False, tokens=1)
        marked = await self._ask("x" + _TOKEN * _COPIES, thinking=False, tokens=1)
        if plain is None or marked is None or not plain["usage"].prompt_tokens:
            return {}
        more = marked["usage"].prompt_tokens - plain["usage"].prompt_tokens
        return {"control_tokens_are_live": more < _LIVE_BELOW}

    async def thought_length(self) -> dict[str, Any]:
        """Whether the server keeps a limit on the length of a thought."""
        limits = request_options(
            self._model.name,
            Sampling(thinking_tokens=8),
            thinking=True,
            tools=False,
            server=self.server,
        )
        limit = {name: limits[name] for name in LIMITS_OF_THOUGHTS if name in limits}
        if not limit or self._natural_thought < 160:
            return {}
        answer = await self._ask("What is 12 + 30?", thinking=True, tokens=1_024, **limit)
        if answer is None:
            return {"thought_length_works": False} if self._is_refused else {}
        return {"thought_length_works": len(reasoning_of(answer["message"])[1]) < 120}

    async def ids(self) -> dict[str, Any]:
        """Whether the completions route accepts token ids."""
        body = {"model": self._model.name, "prompt": [1, 2, 3], "max_tokens": 1}
        status, answer = await self._post("/completions", body)
        is_taken = status == 200 and read_answer(answer) is not None
        return {"completions_take_ids": is_taken} if is_taken or self._is_refused else {}
