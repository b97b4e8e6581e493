"""The interface to a language model, and the settings of a run: sampling and limits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Protocol, Self, runtime_checkable

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from agentkit.errors import ConfigError
from agentkit.events import ModelEvent
from agentkit.messages import Message
from agentkit.tools import Toolset


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def _in_words(cls, given: Any, check: ModelWrapValidatorHandler[Self]) -> Self:
        """Raise ConfigError for an unknown setting, naming the known ones, or for a bad value."""
        known = list(cls.model_fields)
        wrong = [name for name in given if name not in known] if isinstance(given, dict) else []
        if wrong:
            raise ConfigError(f"{cls.__name__} has no {wrong[0]!r}. There are {', '.join(known)}.")
        try:
            return check(given)
        except ValidationError as error:
            fault = error.errors()[0]
            name = "".join(f".{each}" for each in fault["loc"])
            raise ConfigError(
                f"{cls.__name__}{name}: {fault['msg']}, found {fault['input']!r:.80}."
            ) from error


class Sampling(_Settings):
    """How a reply is sampled. None means the value on the model's card for its size and mode.

    `temperature` 0 is greedy. `thinking` None is on for 4B and 9B and off below. `output_tokens`
    limits one reply, `thinking_tokens` the thought in it.
    """

    thinking: bool | None = None
    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    min_p: float | None = Field(default=None, ge=0, le=1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    output_tokens: int | None = Field(default=None, ge=1)
    thinking_tokens: int | None = Field(default=None, ge=0)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)


class Limits(_Settings):
    """What one run may spend. A run that reaches a limit ends, if it can, with an answer.

    `repairs` is one allowance for everything that goes wrong in the model's replies: calls that
    can't be read or are invalid, empty answers, cut replies, the same call again and again.
    """

    turns: int = Field(default=30, ge=1, description="replies of the model")
    output_tokens: int = Field(default=32_768, ge=1, description="tokens written, in all replies")
    thinking_tokens: int = Field(default=8_192, ge=0, description="tokens of one thought")
    seconds: float = Field(default=3_600, gt=0, description="seconds of the whole run")
    repairs: int = Field(default=3, ge=0, description="replies that had to be corrected")
    tool_seconds: float = Field(default=120, gt=0, description="one call, unless its tool differs")
    result_characters: int = Field(default=16_000, ge=200, description="of one result, as shown")


@runtime_checkable
class Model(Protocol):
    """Anything that can continue a conversation."""

    @property
    def name(self) -> str:
        """The name of the model in messages and logs."""
        ...

    def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        """Stream one reply as it is being written; the last event is a `Finish`.

        The transcript must not be changed or kept. Closing the generator stops the model. Raises
        ModelError when the model or its server fails.
        """
        ...


@runtime_checkable
class SessionModel(Model, Protocol):
    """A model that keeps something open for the length of a run, such as a connection."""

    def session(self, tools: Toolset) -> AbstractAsyncContextManager[Model]:
        """The same model for one run; leaving it closes what was opened."""
        ...


def open_session(model: Model, tools: Toolset) -> AbstractAsyncContextManager[Model]:
    """A model for one run: its session if it has one, else the model itself."""
    if isinstance(model, SessionModel) and callable(model.session):
        return model.session(tools)
    return nullcontext(model)
