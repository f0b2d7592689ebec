"""`kata progress`: a row a kata, and a plot of the times of practice."""

from collections.abc import Sequence

from harness.invocation import command
from harness.keep import standing
from harness.keep.proposal import day_of
from harness.keep.records import Attempt, Due
from harness.keep.standing import Standing
from harness.keep_commands.desk import Desk
from harness.keep_commands.words import clock, count, days_from_now, duration

PLOTTED = 5  # attempts a kata


def run(desk: Desk) -> int:
    """Prints the table and the plot; the exit status."""
    standings = standing.of_all(desk.katas, desk.store)
    cards = desk.store.cards()
    width = max((len(kata.name) for kata in desk.katas), default=4)
    desk.line()
    desk.line((f" {'':<{width}}  levels  best  attempts  due", "dim"))
    for stands in standings:
        desk.line(*_row(desk, stands, cards, width))
    passed = sum(stands.passed for stands in standings)
    desk.line()
    desk.line((f" {passed} of {len(standings)} katas passed", "bold"), _hunts(desk, cards))
    _plot(desk, standings, width)
    desk.line()
    desk.line((" What next   ", "dim"), command("next"))
    desk.line()
    return 0


def _row(
    desk: Desk, stands: Standing, cards: Sequence[Due], width: int
) -> list[str | tuple[str, str]]:
    best = stands.best
    levels = f"{best.passed if best else 0} of {len(stands.kata.levels)}"
    points = f"{best.points:>4}" if best else "   -"
    own = (card for card in cards if card.kata == stands.kata.name and not card.variant)
    card = next(own, None)
    due = _due(desk, card) if card else "-"
    overdue = card is not None and day_of(card.due, desk.zone) <= desk.today
    return [
        f" {stands.kata.name:<{width}}  {levels:>6}  {points}  {len(stands.attempts):>8}  ",
        (due, "bold" if overdue else ""),
    ]


def _due(desk: Desk, card: Due) -> str:
    return days_from_now((day_of(card.due, desk.zone) - desk.today).days)


def _hunts(desk: Desk, cards: Sequence[Due]) -> str:
    hunts = [card for card in cards if card.variant]
    due = sum(day_of(card.due, desk.zone) <= desk.today for card in hunts)
    return f", {count(len(hunts), 'bug hunt')} tried, {due} due" if hunts else ""


def _plot(desk: Desk, standings: Sequence[Standing], width: int) -> None:
    timed = {stands.kata.name: _timed(stands) for stands in standings}
    shown = [stands for stands in standings if timed[stands.kata.name]]
    if not shown:
        return
    times = [a.active or 0.0 for stands in shown for a in timed[stands.kata.name]]
    most = max(*times, *(60.0 * stands.kata.total_minutes for stands in shown))
    room = desk.width - width - 20
    desk.line()
    desk.line((" Times of practice, oldest first; | is the kata's own time", "dim"))
    for stands in shown:
        for n, attempt in enumerate(timed[stands.kata.name]):
            name = stands.kata.name if n == 0 else ""
            par = round(room * 60.0 * stands.kata.total_minutes / most)
            bar = _bar(round(room * (attempt.active or 0.0) / most), par)
            levels = f"{attempt.passed}/{attempt.of}"
            desk.line(f" {name:<{width}}  {levels:>5} {clock(attempt.active):>8}  {bar}")
        gives = duration(stands.kata.total_minutes)
        desk.line((f" {'':<{width}}  {'gives':>5} {gives:>8}", "dim"))


def _timed(stands: Standing) -> list[Attempt]:
    """The latest that were timed and are over."""
    timed = [a for a in stands.attempts if a.active is not None and a.ended is not None]
    return timed[-PLOTTED:]


def _bar(length: int, par: int) -> str:
    """'=====   |' or '=====|==': the time, and where the kata's own time ends."""
    cells = ["="] * max(1, length) + [" "] * (par - length)
    cells.insert(par, "|")
    return "".join(cells)
