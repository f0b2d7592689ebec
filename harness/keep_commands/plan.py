"""`kata plan`: the katas and their reviews, laid out over the days until a date."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from harness.errors import UsageError
from harness.invocation import command
from harness.keep import standing
from harness.keep.plan import Entry, Plan, lay_out
from harness.keep_commands.desk import Desk
from harness.keep_commands.words import count, duration

LONGEST = 366  # days
MOST = 12 * 60  # minutes a day
STEP = 5  # minutes, in looking for enough


def run(desk: Desk, until: str, minutes: int) -> int:
    """Prints the plan; the exit status: 1 where not everything fits."""
    last = _date(desk, until)
    if not 5 <= minutes <= MOST:
        raise UsageError(
            f"--minutes {minutes}",
            f"a number from 5 to {MOST}",
            f"kata plan --until {until} --minutes 60",
        )
    plan = _lay_out(desk, last, minutes, _to_hunt(desk))
    days = (last - desk.today).days + 1
    desk.line()
    desk.line((f" {count(days, 'day')} until {last}, {minutes} minutes a day", "bold"))
    desk.line()
    for line in _table(plan, desk.width):
        desk.line(line)
    if not plan.days:
        desk.say("Nothing to do: every kata has passed, and nothing is due before then.")
    _left_out(desk, plan, last, minutes)
    desk.line()
    return 0 if plan.whole else 1


def _lay_out(desk: Desk, last: date, minutes: int, to_hunt: Sequence[str] = ()) -> Plan:
    standings = standing.of_all(desk.katas, desk.store)
    cards = desk.store.cards()
    return lay_out(standings, cards, desk.today, last, minutes, desk.zone, to_hunt)


def _to_hunt(desk: Desk) -> list[str]:
    """The katas that have faults to hunt, of which none has been hunted."""
    hunted = {card.kata for card in desk.store.cards() if card.variant}
    return [kata.name for kata in desk.katas if kata.name not in hunted and kata.has_faults]


def _date(desk: Desk, text: str) -> date:
    example = f"kata plan --until {desk.today + timedelta(weeks=4)}"
    try:
        last = date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--until {text}: that is no date", "a date as in 2027-01-31", example
        ) from None
    days = (last - desk.today).days
    if days < 0:
        raise UsageError(f"--until {last}: that day is over", f"{desk.today} or later", example)
    if days >= LONGEST:
        raise UsageError(
            f"--until {last} is {count(days, 'day')} away", f"at most {LONGEST - 1}", example
        )
    return last


def _table(plan: Plan, width: int) -> list[str]:
    """A line an entry, the day in front of the first; on a line of its own where that is too wide."""
    beside, above = [], []
    for day, entries in plan.days:
        heads = [f" {day:%a} {day}", *[" " * 15] * len(entries)]
        rows = [f"  {duration(entry.minutes):>10}  {_what(entry)}" for entry in entries]
        beside += [head + row for head, row in zip(heads, rows, strict=False)]
        above += [heads[0], *rows]
    return beside if all(len(line) <= width for line in beside) else above


def _what(entry: Entry) -> str:
    what = f"{entry.kata}, a bug hunt" if entry.hunt else entry.kata
    if entry.review:
        what += " again" if entry.hunt else ", again"
    return what + (f" ({entry.part} of {entry.parts})" if entry.parts > 1 else "")


def _times(name: str, number: int) -> str:
    return f"{name} ({number} times)" if number > 1 else name


def _left_out(desk: Desk, plan: Plan, last: date, minutes: int) -> None:
    if plan.whole:
        return
    desk.line()
    desk.line((" There is not time for all of it.", "bold"))
    for what, names in (("", plan.katas_left_out), ("reviews of ", plan.reviews_left_out)):
        text = f"Left out: {what}{', '.join(_times(name, n) for name, n in Counter(names).items())}"
        if names:
            desk.say(text)
    enough = next(
        (more for more in range(minutes, MOST + 1, STEP) if _lay_out(desk, last, more).whole), None
    )
    if enough:
        words = ["plan", "--until", str(last), "--minutes", str(enough)]
        desk.line((" Enough would be   ", "dim"), command(*words))
    else:
        desk.say(f"No number of minutes up to {MOST} a day would be enough; take a later date.")
