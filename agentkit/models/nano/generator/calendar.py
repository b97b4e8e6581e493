# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Dates and the clock."""

from datetime import date, datetime, timedelta
from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import value_file
from agentkit.models.nano.generator.phrases import expand, pick, polite, quoted
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import choose, written_date

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


_BETWEEN = (
    "How many days [pass|go by] [from|between] {a} [to|and] {b}?", "From {a} to {b}: how many days?", "[What is|Tell me] the [distance|difference|gap] [between|from] {a} [and|to] {b} in days?",
    "How many days [are|lie|are there] between {a} and {b}?", "How many days [is it |are there |]from {a} to {b}?", "[Count|Calculate] the days [from|between] {a} [to|and|until] {b}.",
    "~How long is it from {a} [to|until] {b} in days?", "[What is|Give me] the number of days [between|from] {a} [and|to] {b}?", "How far apart are {a} and {b} in days?",
    "Days [between|from] {a} [and|to] {b}?", "Starting on {a}, how many days until {b}?",
    "<tell> how many days [are between|lie between|there are between] {a} and {b}.",
    "<tell> how many days it is from {a} to {b}.",
    "<give> the number of days [from|between] {a} [to|and] {b}.",
    "<work> the days [from|between] {a} [to|and|until] {b}.",
    "~{a} to {b}, how many days?",
    "~How many days separate {a} [and|from] {b}?",
    "How [long|many days] is the time from {a} to {b}?",
    "The number of days from {a} to {b}, please.",
    "[A project|A trip|A course|Something] [runs|lasts|goes] from {a} to {b}. How many days is that?",
    "If [I start|it starts] on {a} and [I end|it ends] on {b}, how many days is that?",
    "What is the time between {a} and {b}, in days?",
    "How many days after {a} is {b}?",
    "How many days before {b} is {a}?",
)  # fmt: skip
_ADD = (
    "~[What|Which] date do I get [when I add|if I add] {n} {u} to {a}?", "{a} plus {n} {u}?", "[Count|Go] {n} {u} [forward|on] from {a}.", "[What|Which] is the date {n} {u} [later than|past] {a}?",
    "[What|Which] date is {n} {u} after {a}?", "[What|Which] date [is it|do we have] {n} {u} [after|from] {a}?", "What is {a} plus {n} {u}?",
    "{n} {u} on from {a}: which date?", "[If|When] [something|a project|a course] [starts|begins] on {a} and takes {n} {u}, when [is it over|does it end]?", "~[What|Which] day comes {n} {u} after {a}?",
    "<tell> [which|what] date is {n} {u} after {a}.",
    "<tell> which day it is {n} {u} after {a}.",
    "<give> the date {n} {u} after {a}.",
    "Add {n} {u} to the date {a}.",
    "Start at {a} and [add|go on] {n} {u}.",
    "Which date follows {a} by {n} {u}?",
    "[It|A trip] starts on {a} and [lasts|takes] {n} {u}. When does it end?",
    "What do I get if I add {n} {u} to {a}?",
    "The date {n} {u} after {a}, please.",
    "~{n} {u} after {a}, what date is that?",
    "{n} {u} from {a}: which date?",
    "What will the date be {n} {u} after {a}?",
    "When is it {n} {u} after {a}?",
)  # fmt: skip
_SUBTRACT = (
    "[What|Which] date [is|was] {n} {u} before {a}?",
    "Subtract {n} {u} from {a}.",
    "{n} {u} back from {a}: which date?",
    "What is {a} minus {n} {u}?",
    "Which date lies {n} {u} before {a}?",
    "<tell> [which|what] date was {n} {u} before {a}.",
    "<give> the date {n} {u} before {a}.",
    "[Count|Go] {n} {u} back from {a}.",
    "{a} minus {n} {u}: which date?",
    "Take {n} {u} [off|away from] {a}.",
    "What [was|is] the date {n} {u} earlier than {a}?",
    "If I subtract {n} {u} from {a}, [what|which] date [do I get|is it]?",
    "{n} {u} before {a}, what date is that?",
    "~The date {n} {u} before {a}, please.",
    "What do I get if I take {n} {u} from {a}?",
    "[When|Which day] was it {n} {u} before {a}?",
)
_WEEKDAY = (
    "[What|Which] day of the week [do we have on|is] {a}?", "Weekday of {a}?", "{a} [is|falls on] which weekday?", "On {a}, what day of the week is it?",
    "[What|Which] [weekday|day of the week] [is|was|will] {a}[ be|]?", "[On which|What] [weekday|day of the week] [does|did] {a} fall[ on|]?", "What day is {a}?", "Is {a} a [Monday|Sunday|Friday]?",
    "Tell me the weekday of {a}.", "{a}: [what|which] weekday?", "[Find|Give me|Tell me] the day of the week [for|of] {a}.", "What is the name of the day {a}?",
    "~<tell> [which|what] [weekday|day of the week] {a} [is|was|falls on].",
    "<give> the [weekday|day of the week] [of|for] {a}.",
    "The weekday of {a}, please.",
    "~{a} - what day of the week?",
    "Was {a} a [Monday|Tuesday|Saturday|Sunday]?",
    "I was born on {a}. [What|Which] [weekday|day of the week] was [it|that]?",
    "[What|Which] day [is|was] it on {a}?",
    "[Does|Did] {a} fall on a [weekend|Sunday|Monday]?",
    "We meet on {a}. Which day of the week is that?",
    "~The date is {a}. What weekday is it?",
    "Look up the weekday [of|for] {a}.",
)  # fmt: skip
_ADD_WEEKDAY = (
    "[What|Which] [weekday|day of the week] is {n} {u} after {a}?", "[Add|Count] {n} {u} to {a} and tell me the weekday.", "~On which weekday does the date {n} {u} after {a} fall?",
    "{n} {u} after {a}: which day of the week is that?", "What weekday [is it|will it be] {n} {u} after {a}?",
    "<tell> [which|what] [weekday|day of the week] it is {n} {u} after {a}.",
    "<give> the [weekday|day of the week] {n} {u} after {a}.",
    "[Add|Go] {n} {u} [to|from] {a}: [which|what] weekday is that?",
    "[What|Which] day of the week [comes|is it|do we have] {n} {u} after {a}?",
    "~If I add {n} {u} to {a}, which [weekday|day of the week] [do I get|is it]?",
    "The weekday {n} {u} after {a}, please.",
    "{a} plus {n} {u}: which weekday?",
    "It starts on {a} and takes {n} {u}. On [which|what] weekday does it end?",
    "Which weekday will it be {n} {u} from {a}?",
)  # fmt: skip


def between(rng: Random, *, held_out: bool) -> Task:
    a = _date(rng)
    b = a + timedelta(days=rng.randint(1, 900))
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _BETWEEN, held_out=held_out),
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
        pick(rng, _SUBTRACT if back else _ADD, held_out=held_out),
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
        polite(rng, expand(rng, pick(rng, _WEEKDAY, held_out=held_out), a=written_date(rng, day)))
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
                pick(rng, _ADD_WEEKDAY, held_out=held_out),
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
_FILE_WEEKDAY = (
    "[On which|What] weekday is the {k} in {p}?", "Which day of the week is the {k} [given |]in {p}?", "~[Read|Open] {p} and tell me the weekday of the {k}.", "Look at {p}: is the {k} on a weekend?",
    "[What|Which] [weekday|day of the week] [is|does] the {k} [from|in] {p}[ fall on|]?",
    "<tell> [which|what] [weekday|day of the week] the {k} in {p} [is|falls on].",
    "<give> the [weekday|day of the week] of the {k} [in|from] {p}.",
    "<read> {p}. [Which|What] weekday is the {k}?",
    "On [which|what] day of the week is the {k}, according to {p}?",
    "{p} [has|gives] the date of the {k}. Which weekday is it?",
    "The {k} in {p}: which weekday?",
    "~In {p}, what weekday is the {k}?",
    "[Which|What] day of the week does {p} give for the {k}?",
    "Take the {k} from {p} and <tell> which weekday it is.",
)  # fmt: skip
_FILE_BETWEEN = (
    "How many days are between the {a} and the {b} in {p}?", "How many days [are there|is it] from the {a} to the {b} in {p}?", "[Read|Open] {p} and count the days from {a} to {b}.",
    "In {p}, how long is it from {a} to {b} in days?",
    "~<tell> how many days are between the {a} and the {b} in {p}.",
    "~<give> the number of days from {a} to {b} [in|from] {p}.",
    "<read> {p}. How many days are there from the {a} to the {b}?",
    "[According to|In] {p}, how many days [are|lie] between {a} and {b}?",
    "How long is it from the {a} to the {b} in {p}, in days?",
    "<work> the days between {a} and {b} in {p}.",
    "{p}: how many days from {a} to {b}?",
    "Days between the {a} and the {b} in {p}?",
    "The {a} and the {b} are in {p}. How many days [are between them|is it]?",
)  # fmt: skip


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
                    pick(rng, _FILE_WEEKDAY, held_out=held_out),
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
                rng, pick(rng, _FILE_BETWEEN, held_out=held_out), a=a, b=b, p=quoted(rng, file.path)
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


_NOW = (
    "What time is it[ now|]?",
    "[What's|Tell me] the [current |]time[ please|]?",
    "Do you have the time?",
    "How late is it?",
    "What is the time[ in UTC| right now|]?",
    "Current time?",
    "~<tell> what time it is.",
    "<give> the [current |]time.",
    "The time, please.",
    "Is it late[ already| now|]?",
    "What does the clock say?",
    "Can you look at the clock?",
    "What hour is it?",
    "~Time[ please|]?",
    "Time now?",
    "What time do we have?",
)
_NOW_IN = (
    "What time is it [now |]in {c}?", "[What's|Tell me|What is] the [current |local |]time in {c}?", "How late is it in {c} now?", "Current time in {c}?", "[Do you know|Can you tell me] what time it is in {c}?",
    "<tell> what time it is in {c}.",
    "<give> the [current |local |]time in {c}.",
    "{c}: what time is it?",
    "Time in {c}?",
    "What does the clock say in {c}?",
    "[I call|I want to call|We call] [someone|a friend] in {c}. What time is it there?",
    "How late is it in {c}?",
    "What hour is it in {c}?",
    "~What time do they have in {c}?",
)  # fmt: skip
_TODAY = (
    "What [day|weekday] is [it |]today?",
    "What's [today's date|the date today|the date]?",
    "Which [date|day] do we have today?",
    "What is today?",
    "What date is it[ today|]?",
    "Today's date?",
    "[Is it|Is today a] [Monday|Friday|Sunday][ today|]?",
    "<tell> what [date|day] it is[ today|].",
    "<give> [today's date|the date of today|the current date].",
    "Which day of the week is today?",
    "What day do we have?",
    "Current date?",
    "The date, please.",
    "Which weekday is it today?",
    "~What is the current date?",
)
_UNTIL = (
    "How many days [is it|are there|] until {a}?", "How many days [are left|remain] [until|till|before] {a}?", "How long is it [until|to] {a}, in days?", "Count the days from today to {a}.",
    "How many days from [today|now] [to|until] {a}?",
    "<tell> how many days [it is|are left|remain] until {a}.",
    "<give> the number of days [until|to] {a}.",
    "~<work> the days from today to {a}.",
    "~How many days do I have [until|before] {a}?",
    "How many days from now to {a}?",
    "{a} is how many days [away|from today|from now]?",
    "Days until {a}?",
    "[The party|My exam|The deadline|Our trip] is on {a}. How many days are left?",
    "How far is {a} from today, in days?",
    "In how many days is {a}?",
)  # fmt: skip
_FROM_TODAY = (
    "[What|Which] date is it in {n} {u}?",
    "~[What|Which] date [is|will be] {n} {u} from [today|now]?",
    "Which date do we have in {n} {u}?",
    "What is the date {n} {u} [from today|from now]?",
    "Today plus {n} {u}: which date?",
    "<tell> [which|what] date it is in {n} {u}.",
    "<give> the date {n} {u} from [today|now].",
    "Add {n} {u} to today.",
    "In {n} {u}, what date is it?",
    "{n} {u} from today: which date?",
    "Which day will it be in {n} {u}?",
    "What will the date be in {n} {u}?",
    "[It|The project] takes {n} {u} from today. When is it done?",
    "[My trip|The holiday] starts in {n} {u}. Which date is that?",
)


def _now(rng: Random, zone: str) -> tuple[str, datetime]:
    moment = datetime(2025, 1, 1) + timedelta(seconds=rng.randint(0, 4 * 365 * 86400))
    return results.moment_text(moment, zone), moment


def now(rng: Random, *, held_out: bool) -> Task:
    draw = rng.random()
    if draw < 0.45:
        city = choose(rng, tuple(ZONES), held_out=False)
        zone = ZONES[city]
        text, moment = _now(rng, zone)
        talk = Dialogue(polite(rng, expand(rng, pick(rng, _NOW_IN, held_out=held_out), c=city)))
        talk.call("I look at the clock.", ("current_time", {"timezone": zone}))
        talk.result(text)
        talk.answer(
            "That is the time.",
            f"In {city} it is {moment:%H:%M:%S} on {moment:%A}, {moment:%Y-%m-%d}.",
        )
        return talk.task("time in a city", f"{moment:%H:%M}")
    text, moment = _now(rng, "UTC")
    if draw < 0.65:
        talk = Dialogue(polite(rng, expand(rng, pick(rng, _NOW, held_out=held_out))))
        talk.call("I look at the clock.", ("current_time", {}))
        talk.result(text)
        talk.answer(
            "That is the time.", f"It is {moment:%H:%M:%S} UTC on {moment:%A}, {moment:%Y-%m-%d}."
        )
        return talk.task("time", f"{moment:%H:%M}")
    if draw < 0.8:
        talk = Dialogue(polite(rng, expand(rng, pick(rng, _TODAY, held_out=held_out))))
        talk.call("I look at the clock.", ("current_time", {}))
        talk.result(text)
        talk.answer("That is the date.", f"Today is {moment:%A}, {moment:%Y-%m-%d}.")
        return talk.task("today", f"{moment:%Y-%m-%d}")
    if draw < 0.9:
        target = moment.date() + timedelta(days=rng.randint(1, 700))
        talk = Dialogue(
            polite(
                rng, expand(rng, pick(rng, _UNTIL, held_out=held_out), a=written_date(rng, target))
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
        polite(rng, expand(rng, pick(rng, _FROM_TODAY, held_out=held_out), n=n, u=unit))
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
