"""`--help`: every command shows how it is typed."""

import click
import pytest

from harness import cli


@pytest.mark.parametrize("name", sorted(cli.kata.commands))
def test_every_command_has_an_example_in_its_help(name: str) -> None:
    command = cli.kata.commands[name]
    text = command.get_help(click.Context(command, info_name=f"kata {name}"))
    examples = [line for line in text.splitlines()[1:] if f"kata {name}" in line]
    assert examples, text
