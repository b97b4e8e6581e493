"""The probe against servers that behave as flags, or their lack, make them behave."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from agentkit import ModelError, ModelUnavailable
from agentkit.models import server_probe
from agentkit.models.server import ServerModel
from agentkit.models.server_advice import advice
from agentkit.models.server_findings import Findings, load_findings
from agentkit.models.server_probe import only_model, probe

NAME = "Qwen/Qwen3.5-4B"
XML = (
    "<tool_call>\n<function=lookup>\n<parameter=key>\nA-17\n</parameter>\n</function>\n</tool_call>"
)
THOUGHT = "Twelve and thirty are forty-two, which is what is asked for here. " * 4


class FakeServer:
    """A server with the ways that are switched on; everything else is as it should be."""

    def __init__(
        self, *ways: str, version: str = "0.19.0", name: str = NAME, owner: str = "vllm"
    ) -> None:
        self.ways = ways
        self.version = version
        self.entry = {"id": name, "owned_by": owner, "max_model_len": 4096}
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/v1/models":
                return httpx.Response(200, json={"data": [self.entry]})
            case "/api/version" if "ollama" in self.ways:
                return httpx.Response(200, json={"version": "0.17.0"})
            case "/api/ps" if "ollama" in self.ways:
                loaded = {"name": self.entry["id"], "context_length": 8192}
                return httpx.Response(200, json={"models": [loaded]})
            case "/version":
                return httpx.Response(200, json={"version": self.version})
            case "/v1/chat/completions":
                return self._chat(json.loads(request.content))
            case "/v1/completions" if "ids" in self.ways:
                return httpx.Response(200, json={"choices": [{"text": "a"}]})
            case _:
                return httpx.Response(404)

    def _chat(self, body: dict[str, Any]) -> httpx.Response:
        self.bodies.append(body)
        if "no top_k" in self.ways and "top_k" in body:
            return httpx.Response(400, text="Unrecognized request argument: top_k")
        thinking = body.get("chat_template_kwargs", {}).get("enable_thinking", True)
        thinks = thinking or "thinks anyway" in self.ways
        message: dict[str, Any] = {"role": "assistant", "content": "42"}
        finish = "stop"
        if "tools" in body and "no tools" in self.ways:
            return httpx.Response(400, text='"auto" tool choice requires --tool-call-parser')
        if "tools" in body:
            message, finish = self._call(body["tools"][0]["function"])
        elif thinks and "no reasoning parser" in self.ways:
            message["content"] = f"{THOUGHT}\n</think>\n\n42"
        elif thinks:
            short = "thinking_token_budget" in body and "keeps no limit" not in self.ways
            message["reasoning"] = THOUGHT[:20] if short else THOUGHT
        copies = body["messages"][0]["content"].count("<|im_end|>")
        prompt = 12 + copies * (1 if "live" in self.ways else 6)
        usage = {} if "no usage" in self.ways else {"prompt_tokens": prompt}
        choices = [{"message": message, "finish_reason": finish}]
        return httpx.Response(200, json={"choices": choices, "usage": usage})

    def _call(self, function: dict[str, Any]) -> tuple[dict[str, Any], str]:
        if function["name"] == "ping" and "blank calls" in self.ways:
            return {"content": "\n" * 200}, "length"
        if "no call parser" in self.ways:
            return {"content": XML}, "stop"
        arguments = '{"key": "A-17"}' if function["name"] == "lookup" else "{}"
        call = {"id": "x", "function": {"name": function["name"], "arguments": arguments}}
        return {"content": None, "tool_calls": [call]}, "tool_calls"

    async def probed(self) -> Findings:
        transport = httpx.MockTransport(self)
        return await probe(ServerModel(NAME, base_url="http://s.test/v1", transport=transport))


async def test_a_server_that_was_started_well_has_nothing_to_mend_but_its_context() -> None:
    found = await FakeServer("ids").probed()

    assert found == Findings(
        server="vllm",
        version="0.19.0",
        context_tokens=4_096,
        thinking_field="reasoning",
        thinking_can_be_off=True,
        thought_length_works=True,
        call_field="tool_calls",
        zero_argument_calls=True,
        strict_schemas=True,
        control_tokens_are_live=False,
        reports_usage=True,
        completions_take_ids=True,
    )
    assert [line.mend for line in advice(found) if line.mend] == ["--max-model-len 131072"]


@pytest.mark.parametrize(
    ("way", "found", "words"),
    [
        ("no reasoning parser", {"thinking_field": "content"}, "--reasoning-parser qwen3"),
        ("no call parser", {"call_field": "content", "call_dialect": "xml"}, "qwen3_coder"),
        ("no tools", {"call_field": "refused", "strict_schemas": None}, "--tool-call-parser qwen3"),
        ("thinks anyway", {"thinking_can_be_off": False}, "chat template"),
        ("keeps no limit", {"thought_length_works": False}, "cuts the stream"),
        ("blank calls", {"zero_argument_calls": False}, "50989"),
        ("live", {"control_tokens_are_live": True}, "agentkit breaks them"),
        ("no usage", {"reports_usage": False}, "can't be noticed"),
        ("no top_k", {"refused_fields": ("top_k",)}, "top_k"),
    ],
)
async def test_what_is_wrong_is_found_and_has_its_mend(
    way: str, found: dict[str, Any], words: str
) -> None:
    findings = await FakeServer(way).probed()

    assert {name: getattr(findings, name) for name in found} == found
    assert any(words in line.finding + line.mend for line in advice(findings))


async def test_a_model_that_the_server_does_not_have_is_named_with_those_it_has() -> None:
    model = ServerModel(
        "other", base_url="http://s.test/v1", transport=httpx.MockTransport(FakeServer())
    )

    with pytest.raises(ModelError, match="It serves: Qwen"):
        await probe(model)


@pytest.mark.parametrize(
    ("owner", "listed"),
    [("llamacpp", "/models/Qwen3.5-4B-Q8_0.gguf"), ("library", "qwen3.5:latest")],
    ids=["llama.cpp answers to any name", "Ollama adds a tag"],
)
async def test_a_name_that_the_server_takes_need_not_be_the_listed_one(
    owner: str, listed: str
) -> None:
    server = FakeServer("ollama" if owner == "library" else "", name=listed, owner=owner)
    model = ServerModel(
        "qwen3.5", base_url="http://s.test/v1", transport=httpx.MockTransport(server)
    )

    found = await probe(model)

    assert found.call_field == "tool_calls"
    assert found.context_tokens == (8192 if owner == "library" else 4096)


NO_ROUTE = {"error": "Unexpected endpoint or method. (GET /api/version). Returning 200 anyway"}


async def test_a_version_that_is_no_text_is_stored_and_shown() -> None:
    server = FakeServer()

    def respond(request: httpx.Request) -> httpx.Response:
        is_version = request.url.path == "/version"
        words = b'{"version": "1\\ud800\\u009b31m"}'
        return httpx.Response(200, content=words) if is_version else server(request)

    model = ServerModel(NAME, base_url="http://s.test/v1", transport=httpx.MockTransport(respond))
    found = await probe(model)

    assert found.version == "1?\x9b31m"
    assert load_findings("http://s.test/v1", "m\ud800") is None  # and no error


async def test_an_error_that_is_called_a_success_is_no_version() -> None:
    server = FakeServer()

    def respond(request: httpx.Request) -> httpx.Response:
        response = server(request)
        is_version = request.url.path.endswith("version")
        return httpx.Response(200, json=NO_ROUTE) if is_version else response

    model = ServerModel(NAME, base_url="http://s.test/v1", transport=httpx.MockTransport(respond))
    found = await probe(model)

    assert (found.server, found.version) == ("vllm", "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (NO_ROUTE, r"Unexpected endpoint.*Add /v1 to the address"),
        ({"error": {"message": "Provider returned error", "code": 400}}, "400: .*Provider"),
        ({"choices": []}, "plain question: 200: {'choices': "),
        ({"choices": None}, "plain question: 200: {'choices': "),
    ],
)
async def test_a_success_without_an_answer_is_no_finding(body: dict[str, Any], words: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=body))

    with pytest.raises(ModelError, match=words):
        await probe(ServerModel(NAME, base_url="http://s.test", transport=transport))

    model = ServerModel(NAME, base_url="http://s.test", transport=transport)
    async with model.client() as client:
        assert (await server_probe._Asking(model, client).ids()).get(
            "completions_take_ids"
        ) is not True


async def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(ModelUnavailable, match="Is the server running"):
        await only_model("http://127.0.0.1:9/v1")


async def test_an_answer_without_end_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 100_000
            yield b" " * 100_000

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=endless())

    client = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    monkeypatch.setattr(ServerModel, "client", lambda self: client)

    with pytest.raises(ModelError, match=r"lists no models\. Name one with -m"):
        await only_model("http://s.test/v1")
    assert read < 6_000_000


async def test_an_address_without_models_may_lack_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(404, text="nothing here"))
    client = httpx.AsyncClient(transport=transport)
    monkeypatch.setattr(ServerModel, "client", lambda self: client)

    with pytest.raises(ModelError, match=r"lists no models\. Add /v1 to the address"):
        await only_model("http://s.test")


async def test_what_passes_is_waited_for_and_says_nothing_of_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_probe, "_WAITS", (0.0, 0.0))
    statuses = [429, 503, 200]
    whole = {"choices": [{"message": {"content": "42"}, "finish_reason": "stop"}]}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(statuses.pop(0) if statuses else 429, json=whole)

    model = ServerModel("m", base_url="http://server.test/v1")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        asking = server_probe._Asking(model, client)
        assert await asking.ids() == {"completions_take_ids": True}
        assert await asking.ids() == {}
        assert await asking.strict_call() == {}
        statuses[:] = [404]
        assert await asking.ids() == {"completions_take_ids": False}
