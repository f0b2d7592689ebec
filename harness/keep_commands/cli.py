"""These commands on the command line: their arguments, and their help with examples."""

import sys

import click


def register(group: click.Group) -> None:
    """Adds them to the group."""
    for one in (history, progress, next_, plan, export, import_, hint, reset, solution):
        group.add_command(one)


@click.command()
@click.argument("name", required=False)
@click.option("--last", type=click.IntRange(min=1), default=20, metavar="N", help="So many.")
def history(name: str | None, last: int) -> None:
    """Show your attempts, newest first; with NAME in full, with splits and personal bests.

    \b
    kata history
    kata history thread_pool --last 5
    """
    from harness.keep_commands import desk, history

    sys.exit(history.run(desk.open_desk(), name, last))


@click.command()
def progress() -> None:
    """Show how far you are in each kata, what is due, and your times.

    \b
    kata progress
    """
    from harness.keep_commands import desk, progress

    sys.exit(progress.run(desk.open_desk()))


@click.command("next")
def next_() -> None:
    """Propose what to do now, and say why.

    What is due to be repeated comes first, then what you have begun, then the next kata whose
    prerequisites you have passed.

    \b
    kata next
    """
    from harness.keep_commands import desk, proposing

    sys.exit(proposing.run(desk.open_desk()))


@click.command()
@click.option("--until", required=True, metavar="DATE", help="The last day: 2027-01-31.")
@click.option(
    "--minutes", type=int, default=60, metavar="M", help="Minutes a day; 60 if not given."
)
def plan(until: str, minutes: int) -> None:
    """Lay the katas and their reviews out over the days until a date.

    \b
    kata plan --until 2027-01-31
    kata plan --until 2027-01-31 --minutes 90
    """
    from harness.keep_commands import desk, plan

    sys.exit(plan.run(desk.open_desk(), until, minutes))


@click.command()
@click.argument("file", required=False, type=click.Path(allow_dash=True))
def export(file: str | None) -> None:
    """Write all that is kept of your work as JSON, to a new FILE or to standard output.

    \b
    kata export backup.json
    """
    from harness.keep_commands import desk, transfer

    sys.exit(transfer.export(desk.open_desk(), file))


@click.command("import")
@click.argument("file", type=click.Path(allow_dash=True))
def import_(file: str) -> None:
    """Take over what `kata export` wrote; - reads standard input.

    What is known already is not doubled. A file that is not right changes nothing.

    \b
    kata import backup.json
    """
    from harness.keep_commands import desk, transfer

    sys.exit(transfer.import_(desk.open_desk(), file))


@click.command()
@click.argument("name")
@click.option("--level", type=int, metavar="N", help="Instead of the level where you stand.")
@click.option("--again", is_flag=True, help="Those that you have had already.")
def hint(name: str, level: int | None, again: bool) -> None:
    """Show the next hint for the level where you stand, one at a time.

    \b
    kata hint thread_pool
    kata hint thread_pool --level 2
    kata hint thread_pool --again
    """
    from harness.keep_commands import desk, hint

    sys.exit(hint.run(desk.open_desk(), name, level, again))


@click.command()
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Every kata.")
def reset(name: str | None, everything: bool) -> None:
    """Put the stub back, to start afresh. What you wrote is kept, and you are told where.

    \b
    kata reset thread_pool
    kata reset --all
    """
    from harness.keep_commands import desk, reset

    sys.exit(reset.run(desk.open_desk(), name, everything))


@click.command()
@click.argument("name")
def solution(name: str) -> None:
    """Show the notes, and the difference from your file to the reference.

    After a pass; before one, only when you ask twice.

    \b
    kata solution thread_pool
    """
    from harness.keep_commands import desk, solution

    sys.exit(solution.run(desk.open_desk(), name))
