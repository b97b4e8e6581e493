"""Tasks over the tools that agentkit ships, with the results those tools really give."""

from collections.abc import Callable, Mapping
from random import Random

from agentkit.models.nano.generator.arithmetic import arithmetic
from agentkit.models.nano.generator.calendar import (
    add,
    add_weekday,
    between,
    file_dates,
    now,
    weekday,
)
from agentkit.models.nano.generator.folders import find, list_folder, statistics
from agentkit.models.nano.generator.lines import count_one, count_three, count_two
from agentkit.models.nano.generator.mishaps import missing_file, missing_value
from agentkit.models.nano.generator.task import Task
from agentkit.models.nano.generator.values import (
    lookup,
    order_total,
    price_times,
    read_and_calculate,
)

Maker = Callable[..., Task]

# maker, how often it is asked for, and how often to train: by how many wordings there are to learn;
# the tools it needs
FAMILIES: tuple[tuple[Maker, int, int, frozenset[str]], ...] = (
    (arithmetic, 12, 12, frozenset({"calculate"})),
    (lookup, 12, 10, frozenset({"read_file"})),
    (read_and_calculate, 20, 22, frozenset({"read_file", "calculate"})),
    (price_times, 5, 9, frozenset({"read_file", "calculate"})),
    (order_total, 1, 4, frozenset({"read_file", "calculate"})),
    (count_one, 5, 5, frozenset({"count_lines"})),
    (count_two, 11, 16, frozenset({"count_lines", "calculate"})),
    (count_three, 1, 4, frozenset({"count_lines", "calculate"})),
    (list_folder, 6, 8, frozenset({"list_files"})),
    (find, 5, 8, frozenset({"find_text"})),
    (between, 4, 4, frozenset({"days_between"})),
    (add, 4, 5, frozenset({"add_days"})),
    (weekday, 4, 4, frozenset({"weekday"})),
    (add_weekday, 3, 3, frozenset({"add_days", "weekday"})),
    (file_dates, 3, 4, frozenset({"read_file", "weekday", "days_between"})),
    (now, 6, 8, frozenset({"current_time", "days_between", "add_days"})),
    (statistics, 3, 5, frozenset({"text_statistics"})),
    (missing_file, 3, 4, frozenset({"read_file", "count_lines"})),
    (missing_value, 1, 2, frozenset({"read_file"})),
)


def shipped_task(
    rng: Random, offered: Mapping[str, object] | frozenset[str], *, held_out: bool
) -> Task:
    """A task that can be done with the tools offered, drawn by weight."""
    possible = [entry for entry in FAMILIES if entry[3] <= set(offered)]
    shares = [asked if held_out else trained for _, asked, trained, _ in possible]
    (maker, *_) = rng.choices(possible, shares)[0]
    return maker(rng, held_out=held_out)
