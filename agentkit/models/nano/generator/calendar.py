# ruff: noqa: E501 - short tables are easier to read in long lines
"""Dates and the clock."""

from datetime import date, datetime, timedelta
from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import value_file
from agentkit.models.nano.generator.phrases import expand, pick, polite, quoted, wordings
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import choose, written_date

_WORDINGS = wordings("calendar")
ZONES = {
    "Berlin": "Europe/Berlin", "Paris": "Europe/Paris", "London": "Europe/London", "Madrid": "Europe/Madrid", "Rome": "Europe/Rome",
    "Vienna": "Europe/Vienna", "Zurich": "Europe/Zurich", "Amsterdam": "Europe/Amsterdam", "Brussels": "Europe/Brussels",
    "Lisbon": "Europe/Lisbon", "Dublin": "Europe/Dublin", "Oslo": "Europe/Oslo", "Stockholm": "Europe/Stockholm", "Helsinki": "Europe/Helsinki",
    "Warsaw": "Europe/Warsaw", "Prague": "Europe/Prague", "Budapest": "Europe/Budapest", "Athens": "Europe/Athens", "Istanbul": "Europe/Istanbul",
    "Moscow": "Europe/Moscow", "New York": "America/New_York", "Chicago": "America/Chicago", "Denver": "America/Denver",
    "Los Angeles": "America/Los_Angeles", "Toronto": "America/Toronto", "Mexico City": "America/Mexico_City", "Tokyo": "Asia/Tokyo",
    "Seoul": "Asia/Seoul", "Shanghai": "Asia/Shanghai", "Singapore": "Asia/Singapore", "Dubai": "Asia/Dubai", "Kolkata": "Asia/Kolkata",
    "Bangkok": "Asia/Bangkok", "Sydney": "Australia/Sydney", "Melbourne": "Australia/Melbourne", "Cairo": "Africa/Cairo",
    "Nairobi": "Africa/Nairobi", "Auckland": "Pacific/Auckland",
}  # fmt: skip


def _date(rng: Random) -> date:
    return (
        date(2024, 1, 1) + timedelta(days=rng.randint(0, 1800))
        if rng.random() < 0.85
        else date(rng.randint(1950, 2060), rng.randint(1, 12), rng.randint(1, 28))
    )


def between(rng: Random, *, held_out: bool) -> Task:
    a = _date(rng)
    b = a + timedelta(days=rng.randint(1, 900))
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _WORDINGS["between"], held_out=held_out),
                a=written_date(rng, a),
                b=written_date(rng, b),
            ),
        )
    )
    talk.call("I count the days.", ("days_between", {"start": a.isoformat(), "end": b.isoformat()}))
    value = str((b - a).days)
    talk.result(value)
    talk.answer("That is the result.", f"From {a} to {b} it is {value} days.")
    return talk.task("days between", value)


def _span(rng: Random) -> tuple[str, str, int]:
    if rng.random() < 0.25:
        weeks = rng.randint(2, 12)
        return str(weeks), "weeks", weeks * 7
    days = rng.choice(
        (rng.randint(2, 31), rng.randint(2, 100), rng.randint(100, 1000), 10, 30, 90, 100)
    )
    return str(days), "days", days


def add(rng: Random, *, held_out: bool) -> Task:
    day, (n, unit, days) = _date(rng), _span(rng)
    back = rng.random() < 0.35
    request = expand(
        rng,
        pick(rng, _WORDINGS["subtract"] if back else _WORDINGS["add"], held_out=held_out),
        n=n,
        u=unit,
        a=written_date(rng, day),
    )
    days = -days if back else days
    talk = Dialogue(polite(rng, request))
    talk.call(
        "I subtract the days." if back else "I add the days.",
        ("add_days", {"date": day.isoformat(), "days": days}),
    )
    value = (day + timedelta(days=days)).isoformat()
    talk.result(value)
    talk.answer(
        "That is the result.", f"{n} {unit} {'before' if back else 'after'} {day} is {value}."
    )
    return talk.task("add days", value)


def weekday(rng: Random, *, held_out: bool) -> Task:
    day = _date(rng)
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng, pick(rng, _WORDINGS["weekday"], held_out=held_out), a=written_date(rng, day)
            ),
        )
    )
    talk.call("I look up the weekday.", ("weekday", {"date": day.isoformat()}))
    talk.result(f"{day:%A}")
    talk.answer("That is the result.", f"{day} is a {day:%A}.")
    return talk.task("weekday", f"{day:%A}")


def add_weekday(rng: Random, *, held_out: bool) -> Task:
    day, (n, unit, days) = _date(rng), _span(rng)
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _WORDINGS["add_weekday"], held_out=held_out),
                n=n,
                u=unit,
                a=written_date(rng, day),
            ),
        )
    )
    talk.call(
        "I add the days, then I look up the weekday.",
        ("add_days", {"date": day.isoformat(), "days": days}),
    )
    later = day + timedelta(days=days)
    talk.result(later.isoformat())
    talk.call(f"It is {later}. Now the weekday.", ("weekday", {"date": later.isoformat()}))
    talk.result(f"{later:%A}")
    talk.answer("That is the result.", f"{later} is a {later:%A}.")
    return talk.task("add days, weekday", f"{later:%A}")


_DATE_KEYS = (
    "deadline",
    "start",
    "end",
    "due",
    "release",
    "birthday",
    "date",
    "delivery",
    "opening",
    "launch",
    "exam",
    "party",
)


def file_dates(rng: Random, *, held_out: bool) -> Task:
    keys = rng.sample(_DATE_KEYS, rng.randint(2, 3))
    days = sorted(_date(rng) for _ in keys)
    special = {key: day.isoformat() for key, day in zip(keys, days, strict=True)}
    file = value_file(rng, held_out=held_out, kind="settings", special=special)
    if rng.random() < 0.5:
        key = rng.choice(keys)
        day = date.fromisoformat(special[key])
        talk = Dialogue(
            polite(
                rng,
                expand(
                    rng,
                    pick(rng, _WORDINGS["file_weekday"], held_out=held_out),
                    k=key,
                    p=quoted(rng, file.path),
                ),
            )
        )
        talk.call(
            f"I read the file, then I look up the weekday of: {key}.",
            ("read_file", {"path": file.path}),
        )
        talk.result(results.read_file({file.path: file.text}, file.path))
        talk.call(f"{file.line(key)}. Now the weekday.", ("weekday", {"date": day.isoformat()}))
        value = f"{day:%A}"
        talk.result(value)
        talk.answer("That is the result.", f"{day} is a {value}.")
        return talk.task("date in a file, weekday", value, files={file.path: file.text})
    a, b = keys[0], keys[1]
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _WORDINGS["file_between"], held_out=held_out),
                a=a,
                b=b,
                p=quoted(rng, file.path),
            ),
        )
    )
    talk.call(
        f"I read the file, then I count the days: {a}, {b}.", ("read_file", {"path": file.path})
    )
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.call(
        f"{file.line(a)}; {file.line(b)}.",
        ("days_between", {"start": special[a], "end": special[b]}),
    )
    value = str((date.fromisoformat(special[b]) - date.fromisoformat(special[a])).days)
    talk.result(value)
    talk.answer("That is the result.", f"From {special[a]} to {special[b]} it is {value} days.")
    return talk.task("date in a file, days", value, files={file.path: file.text})


def _now(rng: Random, zone: str) -> tuple[str, datetime]:
    moment = datetime(2025, 1, 1) + timedelta(seconds=rng.randint(0, 4 * 365 * 86400))
    return results.moment_text(moment, zone), moment


def now(rng: Random, *, held_out: bool) -> Task:
    draw = rng.random()
    if draw < 0.45:
        city = choose(rng, tuple(ZONES), held_out=False)
        zone = ZONES[city]
        text, moment = _now(rng, zone)
        talk = Dialogue(
            polite(rng, expand(rng, pick(rng, _WORDINGS["now_in"], held_out=held_out), c=city))
        )
        talk.call("I look at the clock.", ("current_time", {"timezone": zone}))
        talk.result(text)
        talk.answer(
            "That is the time.",
            f"In {city} it is {moment:%H:%M:%S} on {moment:%A}, {moment:%Y-%m-%d}.",
        )
        return talk.task("time in a city", f"{moment:%H:%M}")
    text, moment = _now(rng, "UTC")
    if draw < 0.65:
        talk = Dialogue(polite(rng, expand(rng, pick(rng, _WORDINGS["now"], held_out=held_out))))
        talk.call("I look at the clock.", ("current_time", {}))
        talk.result(text)
        talk.answer(
            "That is the time.", f"It is {moment:%H:%M:%S} UTC on {moment:%A}, {moment:%Y-%m-%d}."
        )
        return talk.task("time", f"{moment:%H:%M}")
    if draw < 0.8:
        talk = Dialogue(polite(rng, expand(rng, pick(rng, _WORDINGS["today"], held_out=held_out))))
        talk.call("I look at the clock.", ("current_time", {}))
        talk.result(text)
        talk.answer("That is the date.", f"Today is {moment:%A}, {moment:%Y-%m-%d}.")
        return talk.task("today", f"{moment:%Y-%m-%d}")
    if draw < 0.9:
        target = moment.date() + timedelta(days=rng.randint(1, 700))
        talk = Dialogue(
            polite(
                rng,
                expand(
                    rng,
                    pick(rng, _WORDINGS["until"], held_out=held_out),
                    a=written_date(rng, target),
                ),
            )
        )
        talk.call("I need today's date first, then I count the days.", ("current_time", {}))
        talk.result(text)
        talk.call(
            f"Today is {moment:%Y-%m-%d}.",
            ("days_between", {"start": f"{moment:%Y-%m-%d}", "end": target.isoformat()}),
        )
        value = str((target - moment.date()).days)
        talk.result(value)
        talk.answer(
            "That is the result.", f"From {moment:%Y-%m-%d} to {target} it is {value} days."
        )
        return talk.task("days until", value)
    n, unit, days = _span(rng)
    talk = Dialogue(
        polite(rng, expand(rng, pick(rng, _WORDINGS["from_today"], held_out=held_out), n=n, u=unit))
    )
    talk.call("I need today's date first, then I add the days.", ("current_time", {}))
    talk.result(text)
    talk.call(
        f"Today is {moment:%Y-%m-%d}.", ("add_days", {"date": f"{moment:%Y-%m-%d}", "days": days})
    )
    value = (moment.date() + timedelta(days=days)).isoformat()
    talk.result(value)
    talk.answer("That is the result.", f"{n} {unit} after {moment:%Y-%m-%d} is {value}.")
    return talk.task("days from today", value)
