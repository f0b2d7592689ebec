"""`python -m harness.bench`: measure, show the tables, and keep them as JSON or in the README.

Exits 0 whatever the figures are: it is a benchmark and not a test.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from harness.bench.catalogue import PROGRAMS
from harness.bench.children import Interpreters
from harness.bench.goals import judge
from harness.bench.run import Row, rows
from harness.bench.setting import as_list, setting_of
from harness.bench.table import as_markdown, as_rich, grids
from harness.bench.tools import TOOLS

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
NAMES = [program.name for program in PROGRAMS]


@click.command()
@click.option("--program", "programs", multiple=True, type=click.Choice(NAMES), help="Only this.")
@click.option("--tool", "tools", multiple=True, type=click.Choice(list(TOOLS)), help="Only this.")
@click.option("--seconds", default=10.0, show_default=True, help="Budget of each search.")
@click.option("--python", default=sys.executable, help="The Python that has the rivals installed.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the rows there.")
@click.option("--markdown", is_flag=True, help="Write the tables into harness/bench/README.md.")
def main(
    programs: tuple[str, ...],
    tools: tuple[str, ...],
    seconds: float,
    python: str,
    json_file: Path | None,
    markdown: bool,
) -> None:
    """Measure the explorer beside frontrun and interleave-test on nine classic bugs."""
    console = Console(stderr=True)
    interpreters = Interpreters(python, seconds)
    versions = _versions(tools or tuple(TOOLS), interpreters, console)
    chosen = [program for program in PROGRAMS if not programs or program.name in programs]
    result: list[Row] = []
    with console.status("measuring"):
        for row in rows(chosen, list(versions), interpreters):
            result.append(row)
            console.print(_line(row), highlight=False, markup=False)
    _show(result, setting_of(versions, interpreters), json_file, markdown)


def _versions(tools: Sequence[str], interpreters: Interpreters, console: Console) -> dict[str, str]:
    """The tools that are there; the others are left out with a word."""
    found = {tool: interpreters.version(tool) for tool in tools}
    for tool, version in found.items():
        if version is None:
            need = " (needs Python 3.12 or later)" if tool == "interleave" else ""
            console.print(
                f"{TOOLS[tool].title} is left out: {interpreters.python(tool)} does not have it. "
                f"pip install {TOOLS[tool].distribution}{need}"
            )
    return {tool: version for tool, version in found.items() if version is not None}


def _line(row: Row) -> str:
    found = f"found in {row.find_seconds * 1000:.1f} ms" if row.found else "missed"
    return (
        f"{row.program} {row.order} {TOOLS[row.tool].title}: {found}, {row.rate:,.0f}/s, {row.note}"
    )


def _show(
    result: Sequence[Row], setting: dict[str, str], json_file: Path | None, markdown: bool
) -> None:
    goals = judge(result)
    tables = grids(result, goals)
    for table in tables:
        Console().print(as_rich(table))
    if json_file is not None:
        document = {**setting, "rows": list(map(asdict, result)), "goals": list(map(asdict, goals))}
        json_file.write_text(json.dumps(document, indent=2) + "\n")
    if markdown:
        _fill("\n".join([as_list(setting), *map(as_markdown, tables)]))


def _fill(figures: str) -> None:
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}")


if __name__ == "__main__":
    main()
