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
    "I leave on {a} and [return|come back] on {b}. How many days am I [gone|away]?",
    "My [contract|lease|visa|subscription] is valid from {a} [to|until] {b}; how many days does that make?",
    "Work out how many days [we have|there are] between {a} and {b}.",
    "By how many days does {b} come after {a}?",
    "By how many days does {a} precede {b}?",
    "I check in on {a} and check out on {b}. How many nights is that?",
    "The [sale|exhibition|festival] opens on {a} and closes on {b}. For how many days does it run?",
    "Start[ date|]: {a}. End[ date|]: {b}. Number of days?",
    "start {a}, end {b}, days in between?",
    "Could you count how many days [elapse|pass] between {a} and {b}?",
    "Reckon the days that lie between {a} and {b} for me.",
    "If today were {a}, how many days would it be [to|until] {b}?",
    "[Two dates|I have two dates]: {a} and {b}. How many days apart are they?",
    "[What's|Find] the length in days of the [period|stretch] {a} to {b}.",
    "It's about the [period|time span|interval] from {a} to {b}. Its length in days?",
    "Between {a} and {b} there are how many days?",
    "{b} minus {a}, in days?",
    "Counting from {a}, how many days have passed by {b}?",
    "I [ordered|posted] a [parcel|letter] on {a} and it arrived on {b}. How many days did it take?",
    "[My friend|My boss|She] was [in hospital|abroad|on leave] from {a} to {b}. How many days was that?",
    "day count {a} to {b}",
    "Take {a} as the start and {b} as the end: how many days lie in between?",
    "I'm trying to work out the number of days from {a} to {b}.",
    "How big is the gap between {a} and {b}, [counted|measured] in days?",
    "Measure the [time|span] from {a} to {b} in days.",
    "How many days must I wait from {a} until {b}?",
    "How much time, in days, do I have from {a} to {b}?",
    "I missed work from {a} until {b}. How many days did I lose?",
    "When we begin on {a}, how many days does it take to reach {b}?",
    "~How much time is there between {a} and {b}, counted in days?",
    "~I was away from {a} to {b}. How many days did I miss?",
    "~If I begin on {a}, after how many days is it {b}?",
    "~Please count how many days I have to wait from {a} to {b}.",
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
    "[My|The] [visa|ticket|pass|contract] is valid for {n} {u} from {a}. [On which date|When] does it [expire|run out|end]?",
    "We [bought|signed] it on {a} and have {n} {u} to [pay|return it|cancel]. What is the final date?",
    "An invoice [dated|from] {a} is due [in|after] {n} {u}. [What is the due date|By which date must I pay]?",
    "Shift {a} forward by {n} {u}.",
    "The [meeting|match|concert] on {a} is [postponed|delayed] by {n} {u}. What is the new date?",
    "[Delivery|Shipping] takes {n} {u}. If I order on {a}, when will it [arrive|come|be here]?",
    "Let {n} {u} go by from {a}. What date is it then?",
    "Wait {n} {u} from {a}: [what|which] date is it then?",
    "Advance {a} by {n} {u}.",
    "Extend {a} by {n} {u}. What's the [new|resulting] date?",
    "{a} + {n} {u}[ = ?|]",
    "Can you add {n} {u} onto {a} for me?",
    "I [leave|set off|depart] on {a} and stay away for {n} {u}. When am I back?",
    "The [warranty|guarantee|trial] begins on {a}. It [runs|lasts] {n} {u}. What is the end date?",
    "We are at {a}. Jump {n} {u} ahead. Which date do we land on?",
    "Suppose it is {a}. What will the date be in {n} {u}?",
    "What's the calendar date exactly {n} {u} later than {a}?",
    "If you count {n} {u} onwards from {a}, on which date do you end up?",
    "My next appointment is {n} {u} after the one on {a}. Which date is that?",
    "Put {n} {u} on top of {a}.",
    "The deadline is {n} {u} after {a}, so on which date?",
    "start {a}, duration {n} {u}, end date?",
    "Seeds sown on {a} need {n} {u} to [sprout|grow]. On what date are they ready?",
    "By what date will {n} {u} be over if we begin on {a}?",
    "On what date does a period of {n} {u} that starts on {a} end?",
    "I expect the parcel {n} {u} after my order of {a}. What date should I write down?",
    "From {a} I need {n} {u} more. On which date do I reach the goal?",
    "~We begin on {a} and need {n} {u}. On which date are we done?",
    "~Which date do I reach if I go {n} {u} forward from {a}?",
    "~I get my parcel {n} {u} after {a}. When will that be?",
    "~My order from {a} takes {n} {u} to arrive. What date should I expect it?",
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
    "Go backwards from {a} by {n} {u}.",
    "I have to [book|register|apply|cancel] {n} {u} before {a}. Which date is that?",
    "[The event|The wedding|My flight] is on {a}. I need to be ready {n} {u} [earlier|in advance]. Which date is that?",
    "Reminder {n} {u} ahead of {a}: on which date?",
    "Wind the calendar back {n} {u} from {a}.",
    "{a} - {n} {u}[ = ?|]",
    "It ended on {a} and had taken {n} {u}. When did it [start|begin]?",
    "A job takes {n} {u} and must be finished on {a}. On which date must it start?",
    "Suppose it is {a}. What was the date {n} {u} ago?",
    "Counting back {n} {u} from {a}, which date do I [reach|land on|get to]?",
    "Deduct {n} {u} from {a}.",
    "Which date precedes {a} by {n} {u}?",
    "The exam is on {a}; I start studying {n} {u} earlier. When is that?",
    "Notice must be given {n} {u} prior to {a}. What date is that?",
    "{n} {u} prior to {a}?",
    "Reduce {a} by {n} {u}.",
    "On {a} the [puppy|baby] was {n} {u} old. When was it born?",
    "{a} less {n} {u} is what date?",
    "Look back {n} {u} from {a}: what was the date?",
    "[Find|Give me] the day that is {n} {u} earlier than {a}.",
    "If you rewind {n} {u} from {a}, which date do you arrive at?",
    "I came home on {a} from a trip of {n} {u}. On what date did I leave?",
    "Bills must be settled {n} {u} ahead of {a}, so which day is that?",
    "On what date is the rent to be paid if it must be there {n} {u} before {a}?",
    "~My trip ends on {a} after {n} {u}. When did it start?",
    "~Which day comes {n} {u} before {a}?",
    "~What date do I get when I go back {n} {u} from {a}?",
    "~The rent is due {n} {u} before {a}, so on what date?",
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
    "[I have|There is] [an appointment|a meeting|a concert] on {a}. What day of the week is that?",
    "Is {a} a [working day|weekday] or a weekend day?",
    "Is {a} [during|part of] the weekend?",
    "Could {a} be a [Thursday|Wednesday|Saturday]?",
    "Am I right that {a} is a [Tuesday|Friday|Monday]?",
    "Do you happen to know [what|which] weekday {a} [is|was]?",
    "weekday {a}",
    "day of the week for {a}[?|]",
    "Name the day of the week on which {a} falls.",
    "{a} - a [Monday|Friday|Sunday]?",
    "[My wife|My son|Anna|My grandfather] was born on {a}. What weekday was that?",
    "[Was|Is] it a [Wednesday|Thursday] on {a}?",
    "What does the calendar say for {a}: Monday, Tuesday, or what?",
    "Which of the seven days of the week is {a}?",
    "The [invoice|letter|photo|contract] is dated {a}. Which day of the week does that correspond to?",
    "[Check|Consult|Look at] the calendar: which weekday is {a}?",
    "Turn {a} into a weekday.",
    "Monday to Sunday: which one is {a}?",
    "Please determine the weekday that belongs to {a}.",
    "Would {a} be a [Sunday|Saturday]?",
    "I [forgot|don't remember] [which|what] weekday {a} is. Can you tell?",
    "[Our wedding|The party|My birthday|The exam] is on {a}. Is that a [Saturday|Friday|Thursday]?",
    "{a} lands on what day of the week?",
    "What's the weekday name for {a}?",
    "Which day of the week should I write next to {a}?",
    "I need to know whether {a} is a [Monday|Thursday|Sunday].",
    "My [train|bus] leaves on {a}. Monday, Tuesday, ...?",
    "~Is it a Monday or a Tuesday on {a}?",
    "~Our flight leaves on {a}. What weekday would that be?",
    "~Which weekday goes with {a}?",
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
    "[A course|The trial|A fair] starts on {a} and lasts {n} {u}. On which day of the week is it over?",
    "I [order|buy] it on {a} and delivery takes {n} {u}. On which weekday does it arrive?",
    "Suppose it is {a}. Which day of the week will it be in {n} {u}?",
    "The [meeting|exam|match] on {a} is postponed by {n} {u}. What weekday is the new date?",
    "[Move|Go] {n} {u} forward from {a}. Which day of the week do we land on?",
    "{a} + {n} {u} = which weekday?",
    "weekday of {a} plus {n} {u}[?|]",
    "Is the day {n} {u} after {a} a [Monday|Sunday|Friday|Wednesday]?",
    "Does the day {n} {u} after {a} fall on a weekend?",
    "Count {n} {u} on from {a} and name the day of the week.",
    "Let {n} {u} pass after {a}: what weekday is it then?",
    "Could you work out the weekday of the day that comes {n} {u} after {a}?",
    "A bill from {a} is due in {n} {u}. On what day of the week is that?",
    "I leave on {a} and come back {n} {u} later. On which weekday do I come back?",
    "Find the date {n} {u} after {a}, then its weekday.",
    "Which day, Monday to Sunday, comes {n} {u} after {a}?",
    "My next visit is {n} {u} after {a}. What day of the week will that be?",
    "Will it be a [Saturday|Tuesday|Thursday] {n} {u} after {a}?",
    "~I start on {a} and I am done {n} {u} later. Which day of the week is that?",
    "~{n} {u} from {a}, will that be a Sunday?",
    "~What is the weekday of the date that is {n} {u} later than {a}?",
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
    "I [wrote|noted|saved] the {k} in {p}. [Which|What] day of the week [is it|does it fall on]?",
    "Is the {k} in {p} a [Monday|Friday|Sunday]?",
    "Does the {k} [given|listed|written] in {p} fall on a [Saturday|weekend|Thursday]?",
    "Weekday of the {k} in {p}?",
    "The {k} is [written|stored|saved|noted] in {p}. Name its [weekday|day of the week].",
    "Find the {k} in {p}, then its day of the week.",
    "[Look up|Get] the {k} in {p}. On which weekday does it fall?",
    "Going by {p}, what weekday is the {k}?",
    "There is a date called {k} in {p}. What weekday is that?",
    "Under {k}, {p} has a date. Which day of the week is it?",
    "{p} says when the {k} is. Is that on a weekend?",
    "I'd like the weekday, not just the date, of the {k} in {p}.",
    "Could you see in {p} which weekday the {k} [is|lands on]?",
    "Check the {k} in {p} and turn it into a weekday.",
    "{k} in {p}: day of the week?",
    "On what day, Monday to Sunday, is the {k} in {p}?",
    "{p} contains the {k}. On what day of the week would it be?",
    "~My {k} is in {p}. What day of the week would that be?",
    "~Get the {k} from {p}, then say which weekday it falls on.",
    "~What is the day of the week for the {k} that {p} contains?",
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
    "{p} has two dates, {a} and {b}. How many days apart are they?",
    "[Open|Take] {p}: how many days after the {a} is the {b}?",
    "In {p}, how many days before the {b} is the {a}?",
    "By how many days does the {b} come after the {a} in {p}?",
    "Find the {a} and the {b} in {p} and work out the days between them.",
    "How many days pass between {a} and {b}, going by {p}?",
    "Using {p}, count how many days lie between the {a} and the {b}.",
    "I saved the {a} and the {b} in {p}. What is the [gap|difference|distance] in days?",
    "What's the difference in days between the {a} and the {b} [from|in] {p}?",
    "How much time, in days, does {p} leave between the {a} and the {b}?",
    "From {a} to {b} in {p}, number of days?",
    "Look up {a} and {b} in {p} and tell me how far apart they are in days.",
    "How many days must I wait from the {a} to the {b}, according to {p}?",
    "{a} to {b} in {p}, in days?",
    "With the dates in {p}: how long from {a} to {b}, in days?",
    "Could you check in {p} how many days there are from {a} to {b}?",
    "Both {a} and {b} are noted in {p}. The days between the two, please.",
    "~How far apart are the {a} and the {b} in {p}, in days?",
    "~In {p} you find the {a} and the {b}. Count the days between them.",
    "~I noted the {a} and the {b} in {p}. How many days lie between the two?",
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
    "I don't have a watch[ with me| on me|]. What time is it?",
    "My [clock|watch] [has stopped|is broken]. Can you tell me the time?",
    "I switched my phone off and have no clock here. How late is it?",
    "Got the time?",
    "What's the hour?",
    "Clock, please.",
    "What's the time on your clock?",
    "time check",
    "Look at the clock and tell me what it says.",
    "How late is it by now?",
    "Is it [noon|midnight|evening|morning] [yet|already]?",
    "What time would it be right now?",
    "[At the moment|Right now], what time is it?",
    "I've lost track of time. How late is it?",
    "Is it past [noon|midnight] [yet|already]?",
    "Read me the clock.",
    "Could I have the time?",
    "What's the exact time[ at this moment|]?",
    "[The time in UTC|UTC time], please.",
    "Would you mind telling me the time?",
    "What does your watch say?",
    "Which time of the day is it, to the minute?",
    "~My phone is off, what time is it?",
    "~What time is it at the moment?",
    "~What hour of the day is it?",
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
    "[My sister|A colleague|My boss] [lives|works|is] in {c}. What time is it there[ now|]?",
    "If I [phone|ring|call] {c} now, what time will it be there?",
    "Is it [late|early|night|day] in {c} [now|right now|at the moment]?",
    "Are people in {c} asleep now? What time is it there?",
    "[The time for|A time check for] {c}, please.",
    "time {c}",
    "What are the clocks in {c} showing?",
    "What's the local time over in {c}?",
    "How late would it be in {c} right now?",
    "I'm [flying|travelling|moving] to {c}: what's the time there at the moment?",
    "Can I [call|ring|reach] my friends in {c} now, or is it too late there?",
    "Look at the clock for {c}.",
    "Right now in {c}: what time?",
    "People in {c} see what time on their watches?",
    "For someone in {c}, what time is it?",
    "Could you look up the hour in {c}?",
    "We have a call with {c}. What time is it over there?",
    "My brother and his wife moved to {c}. How late is it for them?",
    "~My brother is in {c}. What time is it for him?",
    "~In {c}, what do the clocks say?",
    "~I need to reach someone in {c}. What's their local time?",
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
    "I [forgot|don't know] [what day it is|which day it is|today's date]. Can you help?",
    "Which date should I [write|put] on [this letter|the contract|my exam] today?",
    "Could you look at the calendar? What's today?",
    "Today is what day?",
    "[day|date] today?",
    "What's the day today?",
    "Is it [Tuesday|Wednesday|Thursday|Saturday] already?",
    "Is today a [weekday|working day|weekend day]?",
    "Is it the weekend [yet|already]?",
    "What does the calendar say[ today|]?",
    "[Which|What] day of the month is it?",
    "I need to date a letter. What's today's date?",
    "Which year, month and day is it today?",
    "We have which date today?",
    "I lost track of the days. What day is it?",
    "The full date of today, please.",
    "Today: weekday and date?",
    "Remind me what today's date is.",
    "Which day is it now?",
    "What date goes on the form if I fill it in today?",
    "~Can you tell me the day we have today?",
    "~What day of the week do we have today?",
    "~I have to write the date on a form. What is it today?",
    "~What date is on your calendar now?",
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
    "How many more days [until|till|to] {a}?",
    "How many days must [I|we] still wait until {a}?",
    "[My vacation|The wedding|The concert] [starts|is] on {a}. How many days from today is that?",
    "Counting from today, how many days remain to {a}?",
    "How much time is left until {a}, in days?",
    "countdown to {a} in days",
    "Give me a countdown: days to {a}.",
    "How many days lie between today and {a}?",
    "The [due date|delivery|closing date] is {a}. How many days have I got?",
    "I'm counting the days to {a}. How many are left?",
    "Starting today, after how many days is it {a}?",
    "Difference in days between today and {a}?",
    "By how many days is {a} ahead of today?",
    "Is it still long until {a}? How many days?",
    "{a} is still how many days off?",
    "How many days separate today from {a}?",
    "Today to {a}: how many days?",
    "[I|We] can't wait for {a}. How many days to go?",
    "How many days will pass before it is {a}?",
    "How soon is {a}, in days?",
    "My [ticket|pass|contract] [expires|ends] on {a}. In how many days is that?",
    "~How many more days do I have to wait for {a}?",
    "~My visa ends on {a}. How many days are left from today?",
    "~How many days to go until {a}?",
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
    "[Delivery|Shipping] takes {n} {u}. If I order [today|now], on which date will it [arrive|be here]?",
    "I have {n} {u} from today to [pay|answer|finish]. What date is the deadline?",
    "Counting from today, [what|which] date [lies|is] {n} {u} ahead?",
    "[Go|Jump|Count] {n} {u} forward from today.",
    "What date will the calendar show {n} {u} from now?",
    "Today + {n} {u}?",
    "My [visa|ticket|pass] expires in {n} {u}. What date is that?",
    "If today is day zero, which date is {n} {u} later?",
    "Let's meet again in {n} {u}. Which date do I put down?",
    "Beginning today, a course lasts {n} {u}. On which date does it end?",
    "Look {n} {u} into the future: what is the date?",
    "Let {n} {u} go by from today: what date is it then?",
    "The [baby|package] is expected in {n} {u}; give me the date.",
    "On the calendar, where are we {n} {u} from today?",
    "date in {n} {u}?",
    "I'm back in {n} {u}. On which date should you expect me?",
    "We postpone today's meeting by {n} {u}. What is the new date?",
    "{n} {u} later than today is what date?",
    "I told the guests to arrive in {n} {u}; put a date on that.",
    "My new job begins in {n} {u}, so which date is it?",
    "~I have to pay in {n} {u}. On what date is that?",
    "~If I wait {n} {u} from now, what date will it be?",
    "~Our guests arrive in {n} {u}. What date will that be?",
    "~I start my new job {n} {u} from now. What's the date of that?",
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
