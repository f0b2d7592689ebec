"""The command line: `kata`, `python -m harness`, and what the bootstrap hands over to.

Guarantees: exit status 0 if all levels asked for pass, 1 if not all, 2 if the command or a file
cannot be used (with what was seen, what was expected, and a command to type), 130 for Ctrl-C.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from harness.errors import UsageError, did_you_mean
from harness.keep_commands import cli as keep_commands
from harness.variants import CatalogueError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
IMPL_HELP = (
    "Instead of your own file: a path, solution, c, broken:VARIANT, right:VARIANT, c:VARIANT."
)
FORMATS = ("json", "junit", "gradescope", "exercism")  # as harness.formats has them
AS_FORM = click.option(
    "--format", "form", type=click.Choice(FORMATS), metavar="FORM",
    help=f"Write it for other programs too, as one of {', '.join(FORMATS)}.",
)  # fmt: skip


class Commands(click.Group):
    """A group that suggests the nearest command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion where there is no such command."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            known = sorted(self.commands)
            raise UsageError(
                f"there is no command {args[0]!r}.{did_you_mean(args[0], known)}",
                "one of " + ", ".join(known),
                "kata --help",
            )
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings=CONTEXT, invoke_without_command=True)
@click.pass_context
def kata(ctx: click.Context) -> None:
    """Live-coding katas for systems interviews, with verdicts that can be trusted.

    \b
    kata list                      which katas there are
    kata grade thread_pool         grade what you wrote for it
    kata grade                     grade all of them
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(2)


@kata.command("list")
def list_katas() -> None:
    """Show the katas, in the order to take them.

    \b
    kata list
    """
    from harness import catalogue
    from harness.scoreboard import print_catalogue

    print_catalogue(catalogue.load())


@kata.command()
@click.argument("name", required=False)
@click.option("--impl", metavar="WHAT", help=IMPL_HELP)
@click.option("--level", type=int, metavar="N", help="This level alone.")
@click.option("--all", "keep_going", is_flag=True, help="Go on past a level that fails.")
@click.option("--json", "json_file", metavar="FILE", help="Write the result as JSON; - for stdout.")
@AS_FORM
@click.option("-o", "output", metavar="FILE", help="Where --format goes; stdout if not said.")
def grade(
    name: str | None,
    impl: str | None,
    level: int | None,
    keep_going: bool,
    json_file: str | None,
    form: str | None,
    output: str | None,
) -> None:
    """Grade one kata, or all of them where no NAME is given.

    \b
    kata grade thread_pool
    kata grade thread_pool --impl ~/elsewhere/pool.py
    kata grade thread_pool --impl solution --level 2
    kata grade thread_pool --format junit -o thread_pool.xml
    """
    from harness import grade_command
    from harness.formats.files import Wanted

    wanted = Wanted(json_file, form, output)
    sys.exit(grade_command.run(name, impl, level, keep_going, wanted))


@kata.command("grade-all")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--kata", "name", metavar="NAME", help="This kata alone; DIR/STUDENT.py are for it.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="So many at once; else one a processor."
)
@click.option("--json", "json_file", metavar="FILE", help="Write all as JSON; - for stdout.")
@AS_FORM
@click.option("-o", "output", metavar="FOLDER", help="Where --format goes: a file a submission.")
def grade_all(
    folder: Path,
    name: str | None,
    jobs: int | None,
    json_file: str | None,
    form: str | None,
    output: str | None,
) -> None:
    """Grade a folder of submissions, side by side, and show them in one table.

    A submission is DIR/STUDENT/KATA.py, DIR/KATA/STUDENT.py, DIR/STUDENT_KATA.py, a clone
    DIR/STUDENT, or, with --kata, DIR/STUDENT.py. Nothing is added to your own history.

    \b
    kata grade-all submissions
    kata grade-all submissions --kata thread_pool --jobs 4 --json grades.json
    kata grade-all submissions --format gradescope -o results
    """
    from harness import grade_all_command

    sys.exit(grade_all_command.run(folder, name, jobs, json_file, form, output))


@kata.command()
@click.argument("name")
@click.argument("failure", metavar="TEST[:SCHEDULE]")
@click.option("--impl", metavar="WHAT", help=IMPL_HELP)
@click.option(
    "--html", metavar="FILE", type=click.Path(path_type=Path), help="A page to step through it."
)
def replay(name: str, failure: str, impl: str | None, html: Path | None) -> None:
    """Run one failure again, exactly as a report showed it.

    Reports print this command, ready to type. With --html it also writes a page for the browser
    that goes through the failure step by step; the page needs no network.

    \b
    kata replay thread_pool test_NAME:a30b-b11c
    kata replay thread_pool test_NAME:a30b-b11c --html page.html
    """
    from harness import replay_command

    sys.exit(replay_command.run(name, failure, impl, html))


@kata.command()
@click.argument("name", required=False)
@click.option("--repeat", type=int, default=1, metavar="N", help="N times: do all verdicts agree?")
@click.option("--mutants", is_flag=True, help="Try small mistakes in the reference instead.")
def audit(name: str | None, repeat: int, mutants: bool) -> None:
    """Try every variant on its suite: which test kills which?

    \b
    kata audit sliding_window
    kata audit sliding_window --mutants
    kata audit --repeat 20

    The first run looks for every test that fails; those after it look at the test that a broken variant
    names, and at the levels below.
    """
    from harness import audit_command, mutants_command

    sys.exit((mutants_command if mutants else audit_command).run(name, repeat))


@kata.command()
@click.argument("name", required=False)
def sanitize(name: str | None) -> None:
    """Run the C references under sanitizers: they are clean, and each broken C variant is caught.

    \b
    kata sanitize
    kata sanitize spsc_ring_buffer
    """
    from harness import sanitize_command

    sys.exit(sanitize_command.run(name))


@kata.command()
@click.argument("name")
@click.option("--impl", metavar="WHAT", help=IMPL_HELP)
@click.option("--json", "json_file", metavar="FILE", help="Write all windows; - for stdout.")
@click.option(
    "--rounds", type=click.IntRange(min=1), default=30, show_default=True, metavar="N",
    help="Windows of each contender.",
)  # fmt: skip
def compare(name: str, impl: str | None, json_file: str | None, rounds: int) -> None:
    """Compare your code's speed with the references and with what one would take instead.

    All do the same work, in interleaved rounds of short windows. The ratio is to the Python reference:
    2x is twice as fast.

    \b
    kata compare spsc_ring_buffer
    kata compare token_bucket --impl solution --json figures.json
    """
    from harness import compare_command

    sys.exit(compare_command.run(name, impl, json_file, rounds))


@kata.command()
@click.argument("name")
@click.option("--minutes", type=float, metavar="M", help="In all; the phases share them.")
def practice(name: str, minutes: float | None) -> None:
    """Practise a kata against the clock: clarify, whiteboard, code, review.

    A round that was left, or cut short, goes on where it was.

    \b
    kata practice thread_pool
    kata practice thread_pool --minutes 45
    """
    from harness import practice_command

    sys.exit(practice_command.run(name, minutes))


@kata.command()
@click.argument("name", required=False)
@click.option("--read", is_flag=True, help="Name the kind of fault and its line before it may run.")
@click.option("--again", is_flag=True, help="One that you have hunted before: what is due first.")
@click.option("--give-up", is_flag=True, help="Show what is missing, and end the hunt.")
def debug(name: str | None, read: bool, again: bool, give_up: bool) -> None:
    """Hunt a bug: a program with a fault, to find and to mend.

    A hunt that was left goes on where it was. Faults that you have not seen come first, then those
    that are due, then the one that you saw longest ago.

    \b
    kata debug
    kata debug token_bucket --read
    """
    from harness import debug_command

    sys.exit(debug_command.run(name, read, give_up, again))


@kata.command()
@click.argument("name")
@click.option("--poll", is_flag=True, help="Look at the file instead of waiting for events.")
def watch(name: str, poll: bool) -> None:
    """Grade on every save.

    \b
    kata watch thread_pool
    """
    from harness import watch_command

    sys.exit(watch_command.run(name, poll))


@kata.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def print_completion(shell: str) -> None:
    """Print the script that completes kata in your shell, and how to install it.

    \b
    eval "$(kata completion bash)"
    eval "$(kata completion zsh)"
    kata completion fish > ~/.config/fish/completions/kata.fish
    """
    from harness import completion

    click.echo(completion.script(kata, shell))


@kata.command(context_settings={"ignore_unknown_options": True})
@click.argument("pytest_options", nargs=-1, type=click.UNPROCESSED)
def check(pytest_options: tuple[str, ...]) -> None:
    """Run the project's own tests (not your solutions: that is `grade`).

    Anything further goes to pytest: kata check -k catalogue
    """
    from harness import check_command

    sys.exit(check_command.run(pytest_options))


keep_commands.register(kata)


def main() -> None:
    """Runs the command line; every error that a person can mend becomes a message."""
    from harness.invocation import go_where_the_person_stands

    go_where_the_person_stands()
    if "_KATA_COMPLETE" in os.environ:
        from harness import completion

        completion.prepare(kata)
    sys.exit(_guarded(lambda: kata.main(prog_name="kata", standalone_mode=False)))


def _guarded(run: Callable[[], Any]) -> int:
    try:
        status = run()
        return status if isinstance(status, int) else 0
    except UsageError as error:
        return _explain(error)
    except CatalogueError as error:
        return _explain(UsageError(str(error), "a catalogue as CONTRIBUTING.md describes it"))
    except click.UsageError as error:
        usage = f"{error.ctx.command_path} --help" if error.ctx else "kata --help"
        return _explain(UsageError(error.format_message(), "", usage))
    except click.exceptions.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        print("\nStopped. Nothing was recorded.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone: `kata grade | head`
        sys.stdout = None
        return 1


def _explain(error: UsageError) -> int:
    from harness.invocation import program
    from harness.layout import hanging, report_width
    from harness.report import make_console

    width = report_width(make_console(stderr=True))
    print(hanging("kata: ", error.seen, width), file=sys.stderr)
    if error.expected:
        print(hanging("  expected   ", error.expected, width), file=sys.stderr)
    if error.try_next:
        words = error.try_next
        if words == "kata" or words.startswith("kata "):
            words = program() + words.removeprefix("kata")
        print(f"  try        {words}", file=sys.stderr)
    return 2
