"""`kata next`: what to do now, why, and the command for it."""

from harness.invocation import command
from harness.keep import standing
from harness.keep.proposal import Proposal, Why, day_of, open_katas, proposals
from harness.keep_commands.desk import Desk
from harness.keep_commands.words import count, days_from_now, duration

ALSO = 3


def run(desk: Desk) -> int:
    """Prints the proposal; the exit status."""
    standings = standing.of_all(desk.katas, desk.store)
    found = proposals(standings, desk.store.cards(), desk.today, desk.zone)
    desk.line()
    if found:
        _show(desk, found[0])
        _also(desk, found[1:])
    else:
        nothing = open_katas(standings) or all(stands.passed for stands in standings)
        _rest(desk) if nothing else _blocked(desk)
    desk.line()
    return 0


def _show(desk: Desk, first: Proposal) -> None:
    desk.line((f" {_what(first)}", "bold"), f"   {duration(first.minutes)}")
    desk.line(f"   {_why(first)}")
    desk.line()
    desk.line(("   Type   ", "dim"), _command(first))


def _also(desk: Desk, others: tuple[Proposal, ...]) -> None:
    if others:
        desk.line()
        desk.line((" After that", "dim"))
    for other in others[:ALSO]:
        desk.line(f"   {_what(other)}: {_why(other, brief=True)}")
    if len(others) > ALSO:
        desk.line(f"   and {len(others) - ALSO} more")


def _what(proposal: Proposal) -> str:
    return f"{proposal.kata}, a bug hunt" if proposal.hunt else proposal.kata


def _why(proposal: Proposal, brief: bool = False) -> str:
    if proposal.why is Why.DUE:
        days = proposal.days_over
        when = f"{count(days, 'day')} overdue" if days else "due today"
        return when + ("" if brief else ": now is when repeating it helps most")
    if proposal.why is Why.BEGUN:
        return f"begun; you stand at level {proposal.level}"
    return "new" if brief else "new: the next one whose prerequisites you have passed"


def _command(proposal: Proposal) -> str:
    if proposal.hunt:
        return command("debug", proposal.kata, "--again")
    words = {Why.DUE: ["practice"], Why.NEW: ["practice"], Why.BEGUN: ["grade"]}[proposal.why]
    return command(*words, proposal.kata)


def _rest(desk: Desk) -> None:
    desk.line((" Nothing is due, and every kata has passed.", "bold"))
    cards = desk.store.cards()
    if cards:
        days = (day_of(cards[0].due, desk.zone) - desk.today).days
        what = f"{cards[0].kata}, a bug hunt" if cards[0].variant else cards[0].kata
        desk.line(f"   The next one is due {days_from_now(days)}: {what}")
    if desk.katas:
        desk.line()
        desk.line(("   Meanwhile   ", "dim"), command("debug"), "   (a bug hunt)")


def _blocked(desk: Desk) -> None:
    desk.say(
        "No kata can be proposed: those that are left wait for prerequisites that are not in the "
        "catalogue. See `prerequisites` in their kata.toml."
    )
    desk.line()
    desk.line(("   Type   ", "dim"), command("list"))
