"""Sentences that attack a model through its data. They are to be read over."""

from random import Random

from agentkit.models.nano.generator.phrases import expand, pick, wordings

_WORDINGS = wordings("injections")


def injection(rng: Random, tool: str, *, held_out: bool) -> str:
    """An order to call the tool, or to answer nonsense, as it might stand in a result."""
    return expand(rng, pick(rng, _WORDINGS["injections"], held_out=held_out), t=tool)
