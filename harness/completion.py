"""Completion in bash, zsh and fish: kata names, levels, variants for --impl, files.

click does the work; this says what there is to choose from, and mends its scripts: bash takes
words apart at colons (`broken:VARIANT`); zsh and fish know nothing of values behind `--impl=`.

Guarantees: nothing is printed and nothing fails while somebody is typing, even where the
catalogue cannot be read. A command that has a parameter `name`, `impl` or `level`, or one whose
value is a FILE, is completed without saying more.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from harness import catalogue
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.variants import CatalogueError

VARIABLE = "_KATA_COMPLETE"  # by which the scripts ask for completions
INSTALL = {
    "bash": '# in ~/.bashrc:   eval "$(kata completion bash)"',
    "zsh": '# in ~/.zshrc, after compinit:   eval "$(kata completion zsh)"',
    "fish": "# once:   kata completion fish > ~/.config/fish/completions/kata.fish",
}
SHELLS = tuple(INSTALL)

Items = list[CompletionItem]


def script(group: click.Group, shell: str) -> str:
    """What the shell has to read, with how to install it on top."""
    prepare(group)
    kind = get_completion_class(shell)
    assert kind is not None, "click has all of SHELLS"
    source = kind(group, {}, "kata", VARIABLE).source()
    beside = Path(sys.prefix) / "bin" / "kata"
    notes = [f"# Completion of kata for {shell}. To install it,", INSTALL[shell]]
    if beside.exists() and not _on_path(beside):
        notes.append(f"# where kata is on your PATH; it is {beside}")
    first, rest = source.split("\n", 1)  # zsh: the first line, #compdef, has to stay there
    return "\n".join([first, *notes, rest] if first.startswith("#") else [*notes, first, rest])


def prepare(group: click.Group) -> None:
    """Tells the parameters of every command what there is to choose from."""
    for shell in (Bash, Zsh, Fish):
        add_completion_class(shell)
    for command in group.commands.values():
        for parameter in command.params:
            kind = _KINDS.get(parameter.name or "")
            if kind and not isinstance(parameter.type, click.Choice):
                parameter.type = kind
            elif parameter.metavar == "FILE":
                parameter.type = click.Path(allow_dash=True)


def _on_path(program: Path) -> bool:
    return str(program.parent) in os.environ.get("PATH", "").split(os.pathsep)


class KataName(click.types.StringParamType):
    """The name of a kata."""

    def shell_complete(
        self, _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> Items:
        """All that begin like this, in the order of the catalogue."""
        return [
            CompletionItem(kata.name, help=kata.title)
            for kata in _katas()
            if kata.name.startswith(incomplete)
        ]


class LevelNumber(click.types.IntParamType):
    """The number of a level, of the kata that stands before it."""

    def shell_complete(self, ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
        """Its levels; without a kata, nothing."""
        return [
            CompletionItem(str(level.number), help=level.title)
            for kata in _named(ctx)
            for level in kata.levels
            if str(level.number).startswith(incomplete)
        ]


class Implementation(click.types.StringParamType):
    """What --impl may name."""

    def shell_complete(self, ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
        """References and variants by name (what each lacks would spoil it); else files."""
        words = ["solution", "c"]
        for kata in _named(ctx):
            words = list(_implementations(kata))
        found = [CompletionItem(word) for word in words if word.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="file")]


_KINDS: dict[str, Any] = {"name": KataName(), "level": LevelNumber(), "impl": Implementation()}


def _katas() -> Iterable[Kata]:
    try:
        return catalogue.load()
    except (UsageError, CatalogueError, OSError):
        return ()


def _named(ctx: click.Context) -> Iterable[Kata]:
    """The kata on the line: where an option still lacks its value, click has not assigned it."""
    words = [ctx.params.get("name"), *ctx.args]
    return (kata for kata in _katas() if kata.name in words)


def _implementations(kata: Kata) -> Iterable[str]:
    yield "solution"
    if (kata.solutions / f"{kata.name}.c").is_file():
        yield "c"
    for kind in ("broken", "right"):
        yield from (f"{kind}:{path.stem}" for path in sorted(kata.solutions.glob(f"{kind}/*.py")))
    yield from (f"c:{path.stem}" for path in sorted(kata.solutions.glob("broken/*.c")))


class Bash(BashComplete):
    """bash, which takes words apart at colons: the line is sent whole, and taken apart here."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' line="${COMP_LINE:0:COMP_POINT}" completion type value
    local word="${line##*[[:space:]]}"
    word="${word##*=}"
    local before="${word%%"${word##*:}"}"
    [[ $COMP_WORDBREAKS == *:* ]] || before=""
    COMPREPLY=()
    for completion in $(env COMP_WORDS="$line" %(complete_var)s=bash_complete "$1"); do
        IFS=',' read -r type value <<< "$completion"
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$before"}") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def source(self) -> str:
        """The script, whichever bash there is here: it may be for another machine."""
        return ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is being typed, and that one."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)
        typing = "" if line[-1:].isspace() or not words else words.pop()
        return words[1:], typing


class _WholeWords(ShellComplete):
    """For a shell that puts in whole words: `--impl=solution`, not what stands behind the sign."""

    _before = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """As click has it; what stands before the value is kept for the answers."""
        words, typing = super().get_completion_args()
        option, sign, _ = typing.partition("=")
        self._before = option + sign if sign and option.startswith("--") else ""
        return words, typing

    def format_completion(self, item: CompletionItem) -> str:
        """A whole word, and what is said of it."""
        whole = f"{self._before}{item.value}"
        return super().format_completion(CompletionItem(whole, item.type, item.help))


class Zsh(_WholeWords, ZshComplete):
    """zsh."""


class Fish(_WholeWords, FishComplete):
    """fish, which cut what is said of a word at its first comma."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )
