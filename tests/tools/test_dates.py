"""Dates and times are exact, speak English on every machine, and refuse in words."""

import datetime
import re
import zoneinfo
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import ToolError
from agentkit_tools.dates import add_days, current_time, days_between, weekday


def test_the_current_time_names_its_zone_and_weekday() -> None:
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    text = current_time.function()
    after = datetime.datetime.now(datetime.UTC)

    shown, day = text.split(" UTC, ")
    moment = datetime.datetime.fromisoformat(shown).replace(tzinfo=datetime.UTC)
    assert before <= moment <= after
    assert day == weekday.function(moment.date())


def test_the_current_time_of_another_zone_is_shown_in_that_zone() -> None:
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d CES?T, [A-Z][a-z]+day",
        current_time.function("Europe/Berlin"),
    )


@pytest.mark.parametrize(
    ("zone", "nearest"),
    [
        ("Berlin", "Europe/Berlin"),
        ("europe/berlin ", "Europe/Berlin"),
        ("Europe/Berlim", "Europe/Berlin"),
        ("New York", "America/New_York"),
    ],
)
def test_an_unknown_zone_is_answered_with_the_nearest_names(zone: str, nearest: str) -> None:
    with pytest.raises(ToolError) as error:
        current_time.function(zone)

    assert nearest in str(error.value)


@pytest.mark.parametrize("place", ["Beijing", "Mumbai", "San Francisco", "China", "Washington"])
def test_a_place_that_is_no_zone_is_not_sent_to_another_that_is_spelled_alike(place: str) -> None:
    with pytest.raises(ToolError, match="name of its main city"):
        current_time.function(place)


@pytest.mark.parametrize(
    "zone",
    ["", ".", "..", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b", "\ud800", "x" * 9999],
)
def test_a_zone_that_is_no_name_is_refused(zone: str) -> None:
    with pytest.raises(ToolError) as error:
        current_time.function(zone)

    assert "IANA" in str(error.value)
    assert len(str(error.value)) < 500


@pytest.fixture
def _without_system_zones() -> Iterator[None]:
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()


@pytest.mark.usefixtures("_without_system_zones")
def test_utc_needs_no_time_zone_data() -> None:
    assert " UTC, " in current_time.function()
    with pytest.raises(ToolError) as error:
        current_time.function("Nowhere/Land")
    assert "UTC" in str(error.value)


@pytest.mark.parametrize("name", ["UTC+2", "GMT+2", "CEST", "JST", "EDT", "BST", "utc"])
def test_a_zone_without_a_place_is_not_sent_to_a_wrong_one(name: str) -> None:
    with pytest.raises(ToolError, match="such as Europe/Berlin") as error:
        current_time.function(name)
    near = str(error.value).partition("Spelled alike: ")[2]
    assert all("/" in each and "Etc" not in each for each in near.rstrip(".").split(", ") if each)


@given(st.dates(), st.dates())
def test_adding_the_days_between_two_dates_leads_from_one_to_the_other(
    start: datetime.date, end: datetime.date
) -> None:
    assert add_days.function(start, days_between.function(start, end)) == end.isoformat()


def test_days_are_counted_over_leap_days_and_backwards() -> None:
    leap, march = datetime.date(2024, 2, 28), datetime.date(2024, 3, 1)

    assert days_between.function(leap, march) == 2
    assert days_between.function(march, leap) == -2
    assert add_days.function(march, -1) == "2024-02-29"


@pytest.mark.parametrize("days", [10**7, -(10**7), 10**12, 10**400])
def test_a_date_beyond_the_calendar_is_refused(days: int) -> None:
    with pytest.raises(ToolError) as error:
        add_days.function(datetime.date(2026, 11, 23), days)

    assert "9999-12-31" in str(error.value)


def test_the_weekday_is_in_english() -> None:
    assert weekday.function(datetime.date(2026, 11, 26)) == "Thursday"


def test_a_model_sees_dates_as_dates() -> None:
    assert add_days.parameters["properties"]["date"]["format"] == "date"
