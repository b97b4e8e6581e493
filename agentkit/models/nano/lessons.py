"""Chooses what each training step shows: the kinds of lessons, and how often each is drawn."""

from dataclasses import dataclass
from random import Random

from tokenizers import Tokenizer

from agentkit.models.nano.examples import Example, copying, draw, drills, finding
from agentkit.models.nano.generator import Until

# Shares, each of what those before it leave: copying, talk, drills, the search for a tool, and
# tasks with the shipped tools.
COPYING = 0.03
# Thousands of wordings ask for no call; mixed with other tasks, a run would see few of them.
TALK, TALKS_PER_TASK = 0.05, 8
DRILLS, DRILLS_FIRST, FIRST_UNTIL = 0.3, 0.5, 0.3
DRILLS_PER_TASK = 3  # a drill is short
# The search is learned early and at a high rate, or hardly at all: after 280 steps with this many
# lessons, the first token of a name among up to eight was found in 84 to 98 %, before by chance.
FINDING, FINDING_FIRST = 0.1, 0.6
SHIPPED = 0.5
SETS, SETS_TO_CHOOSE_FROM = 3, 8
# How far a task is learned, and how many times as many tasks a lesson then has; below, the share of
# lessons for each. With the shipped tools the later steps are hard; with others, the first thought,
# and the second call of a chain or after an error, which only whole tasks and drills reach.
DEPTHS: dict[Until, int] = {"answer": 1, "reply": 2, "thought": 3, "tool": 8}
DEPTH_SHARES = {"shipped": (0.65, 0.3, 0.05, 0.0), "strangers": (0.3, 0.15, 0.3, 0.25)}
# With --start most tasks and drills are known already: of every `DRAWN`, only the hardest one is
# learned, until the last part of the run shows them as they come.
DRAWN, DRAWN_UNTIL = 4, 0.8


@dataclass(frozen=True)
class Lesson:
    """What one worker learns from in one step: the `keep` hardest rows of each example."""

    examples: list[Example]
    keep: int


def lesson(
    step: int,
    rank: int,
    tokenizer: Tokenizer,
    *,
    name: str,
    tasks: int,
    done: float,
    trained: bool,
) -> Lesson:
    """Draw one worker's examples for a step; all workers get the same kind, so that none waits.

    `name`: seeds all that is drawn. `tasks`: how many follow each prefix. `done`: how much of the
    run is over, from 0 to 1. `trained`: whether the run started from weights.

    The shipped tools are always the same, so one prefix serves many tasks. Of other tools, several
    sets are shown at once: from one set per step the model learns that set, not how to read any.
    """
    rng, seed = Random(f"lesson-{step}"), f"{name}-{step}-{rank}"
    if rng.random() < COPYING:
        example = copying(seed, tokens=tokenizer.token_to_id("<|endoftext|>") or 0)
        return Lesson([example], len(example.rows))
    if rng.random() < TALK:
        keep = tasks * TALKS_PER_TASK
        talk = draw(seed, tokenizer, size=keep, shipped_share=1.0, talk_share=1.0)
        return Lesson([talk], keep)
    new = done < FIRST_UNTIL and not trained
    drawn = DRAWN if trained and done < DRAWN_UNTIL else 1
    if rng.random() < (DRILLS_FIRST if new else DRILLS):
        keep = tasks * DRILLS_PER_TASK
        return Lesson([drills(seed, tokenizer, size=keep * drawn)], keep)
    if rng.random() < (FINDING_FIRST if new else FINDING):
        found = [finding(f"{seed}-{n}", tokenizer, size=tasks) for n in range(SETS_TO_CHOOSE_FROM)]
        return Lesson(found, tasks)
    shipped = rng.random() < SHIPPED
    shares = DEPTH_SHARES["shipped" if shipped else "strangers"]
    until = rng.choices(list(DEPTHS), shares)[0]
    sets = 1 if shipped else SETS_TO_CHOOSE_FROM if until == "tool" else SETS
    keep = max(1, tasks * DEPTHS[until] // sets)
    examples = [
        draw(
            f"{seed}-{n}",
            tokenizer,
            size=keep * drawn,
            shipped_share=float(shipped),
            until=until,
        )
        for n in range(sets)
    ]
    return Lesson(examples, keep)
