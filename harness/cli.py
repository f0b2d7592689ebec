"""The command line: `kata`, `python -m harness`, and what the bootstrap hands over to.

Guarantees: exit status 0 if all levels asked for pass, 1 if not all, 2 if the command or a file
cannot be used (with what was seen, what was expected, and a command to type), 130 for Ctrl-C.
"""

import sys
from collections.abc import Callable
from typing import Any

import click

from harness.errors import UsageError, did_you_mean
from harness.variants import CatalogueError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
IMPL_HELP = "Instead of your own file: a path, solution, broken:VARIANT or right:VARIANT."


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


@click.group(cls=Commands, context_settings=CONTEXT)
def kata() -> None:
    """Live-coding katas for systems interviews, with verdicts that can be trusted.

    \b
    kata list                      which katas there are
    kata grade thread_pool         grade what you wrote in katas/thread_pool/thread_pool.py
    kata grade                     grade all of them
    """


@kata.command("list")
def list_katas() -> None:
    """Show the katas, in the order to take them."""
    from harness import catalogue
    from harness.scoreboard import print_catalogue

    print_catalogue(catalogue.load())


@kata.command()
@click.argument("name", required=False)
@click.option("--impl", metavar="WHAT", help=IMPL_HELP)
@click.option("--level", type=int, metavar="N", help="This level alone.")
@click.option("--all", "keep_going", is_flag=True, help="Go on past a level that fails.")
@click.option("--json", "json_file", metavar="FILE", help="Write the result as JSON; - for stdout.")
def grade(
    name: str | None, impl: str | None, level: int | None, keep_going: bool, json_file: str | None
) -> None:
    """Grade one kata, or all of them where no NAME is given.

    \b
    kata grade thread_pool
    kata grade thread_pool --impl ~/elsewhere/pool.py
    kata grade thread_pool --impl solution --level 2
    """
    from harness import grade_command

    sys.exit(grade_command.run(name, impl, level, keep_going, json_file))


@kata.command()
@click.argument("name")
@click.argument("failure", metavar="TEST[:SCHEDULE]")
@click.option("--impl", metavar="WHAT", help=IMPL_HELP)
def replay(name: str, failure: str, impl: str | None) -> None:
    """Run one failure again, exactly as a report showed it.

    Reports print this command, ready to type.
    """
    from harness import replay_command

    sys.exit(replay_command.run(name, failure, impl))


@kata.command()
@click.argument("name", required=False)
@click.option("--repeat", type=int, default=1, metavar="N", help="N times: do all verdicts agree?")
def audit(name: str | None, repeat: int) -> None:
    """Try every variant on its suite: which test kills which?

    \b
    kata audit sliding_window
    kata audit --repeat 20
    """
    from harness import audit_command

    sys.exit(audit_command.run(name, repeat))


@kata.command(context_settings={"ignore_unknown_options": True})
@click.argument("pytest_options", nargs=-1, type=click.UNPROCESSED)
def check(pytest_options: tuple[str, ...]) -> None:
    """Run the project's own tests (not your solutions: that is `grade`).

    Anything further goes to pytest: kata check -k catalogue
    """
    from harness import check_command

    sys.exit(check_command.run(pytest_options))


def main() -> None:
    """Runs the command line; every error that a person can mend becomes a message."""
    from harness.invocation import go_where_the_person_stands

    go_where_the_person_stands()
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

    print(f"kata: {error.seen}", file=sys.stderr)
    if error.expected:
        print(f"  expected   {error.expected}", file=sys.stderr)
    if error.try_next:
        words = error.try_next
        if words == "kata" or words.startswith("kata "):
            words = program() + words.removeprefix("kata")
        print(f"  try        {words}", file=sys.stderr)
    return 2
