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

# maker, weight, the tools it needs
FAMILIES: tuple[tuple[Maker, float, frozenset[str]], ...] = (
    (arithmetic, 12, frozenset({"calculate"})),
    (lookup, 12, frozenset({"read_file"})),
    (read_and_calculate, 20, frozenset({"read_file", "calculate"})),
    (price_times, 5, frozenset({"read_file", "calculate"})),
    (order_total, 1, frozenset({"read_file", "calculate"})),
    (count_one, 5, frozenset({"count_lines"})),
    (count_two, 11, frozenset({"count_lines", "calculate"})),
    (count_three, 1, frozenset({"count_lines", "calculate"})),
    (list_folder, 6, frozenset({"list_files"})),
    (find, 5, frozenset({"find_text"})),
    (between, 4, frozenset({"days_between"})),
    (add, 4, frozenset({"add_days"})),
    (weekday, 4, frozenset({"weekday"})),
    (add_weekday, 3, frozenset({"add_days", "weekday"})),
    (file_dates, 3, frozenset({"read_file", "weekday", "days_between"})),
    (now, 6, frozenset({"current_time", "days_between", "add_days"})),
    (statistics, 3, frozenset({"text_statistics"})),
    (missing_file, 3, frozenset({"read_file", "count_lines"})),
    (missing_value, 1, frozenset({"read_file"})),
)


def shipped_task(
    rng: Random, offered: Mapping[str, object] | frozenset[str], *, held_out: bool
) -> Task:
    """A task that can be done with the tools offered, drawn by weight."""
    possible = [entry for entry in FAMILIES if entry[2] <= set(offered)]
    maker = rng.choices([entry[0] for entry in possible], [entry[1] for entry in possible])[0]
    return maker(rng, held_out=held_out)
