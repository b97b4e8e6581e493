"""Dates and times: what the clock says, and counting days."""

import datetime
from difflib import get_close_matches
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from agentkit.errors import ToolError
from agentkit.tools import Tool, tool

# strftime("%A") would use the language of the machine.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _zone(name: str) -> datetime.tzinfo:
    if name == "UTC":  # needs no time zone data
        return datetime.UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ToolError(_unknown_zone(name)) from None


def _unknown_zone(name: str) -> str:
    zones = available_timezones()
    if not zones:
        return "Expected UTC, the only zone known here: the package tzdata is missing. Use UTC."
    # Not Etc/GMT+2, which is two hours behind UTC, nor CET for CEST: a place is unambiguous.
    known = sorted(zone for zone in zones if "/" in zone and not zone.startswith("Etc/"))
    spellings = {zone.rpartition("/")[2].casefold(): zone for zone in known}
    spellings |= {zone.casefold(): zone for zone in known}
    wanted = name[:60].strip().casefold().replace(" ", "_")
    near = get_close_matches(wanted, spellings, n=5, cutoff=0.81)  # China must not match Chita
    close = dict.fromkeys(spellings[each] for each in near)
    advice = (
        f"Spelled alike: {', '.join(close)}."
        if close
        else "A zone has the name of its main city: that of Beijing is Asia/Shanghai. "
        "Use UTC if in doubt."
    )
    return f"Expected an IANA time zone such as Europe/Berlin, found {name[:60]!a}. {advice}"


@tool(effect="read")
def current_time(timezone: Annotated[str, "IANA name such as Europe/Berlin"] = "UTC") -> str:
    """Current date and time."""
    now = datetime.datetime.now(_zone(timezone))
    return f"{now:%Y-%m-%d %H:%M:%S %Z}, {_WEEKDAYS[now.weekday()]}"


@tool(effect="read")
def days_between(
    start: Annotated[datetime.date, "the first date"],
    end: Annotated[datetime.date, "the second date"],
) -> int:
    """Number of days from one date to another."""
    return (end - start).days


@tool(effect="read")
def add_days(
    date: Annotated[datetime.date, "date to start from"],
    days: Annotated[int, "how many; less than zero goes back"],
) -> str:
    """The date a number of days after a date."""
    try:
        return (date + datetime.timedelta(days=days)).isoformat()
    except OverflowError:
        raise ToolError(
            "Expected a result between 0001-01-01 and 9999-12-31, found a date outside. "
            "Use fewer days."
        ) from None


@tool(effect="read")
def weekday(date: Annotated[datetime.date, "date such as 2026-01-31"]) -> str:
    """Day of the week of a date."""
    return _WEEKDAYS[date.weekday()]


tools: tuple[Tool, ...] = (current_time, days_between, add_days, weekday)
