"""The part of a source file that is worth reading beside an execution: the functions that ran."""

from __future__ import annotations

import ast

AROUND = 2  # lines shown around one that stands in no function
LONGEST = 80  # lines of a function that are shown whole; of a longer one, those around what ran
FAR = 12


def excerpt(source: str, ran: set[int]) -> list[list[int | str]]:
    """[number, text] for the lines of every function in which one of the lines `ran` stands."""
    texts = source.splitlines()
    functions = _functions(source)
    wanted: set[int] = set()
    for line in ran:
        wanted.update(_around(line, functions))
    return [[number, texts[number - 1]] for number in sorted(wanted) if 0 < number <= len(texts)]


def _functions(source: str) -> list[tuple[int, int]]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (
            min([node.lineno, *(d.lineno for d in node.decorator_list)]),
            node.end_lineno or node.lineno,
        )
        for node in ast.walk(ast.parse(source))
        if isinstance(node, kinds)
    ]


def _around(line: int, functions: list[tuple[int, int]]) -> range:
    """The innermost function around a line, or the part of it that is near."""
    inside = [(first, last) for first, last in functions if first <= line <= last]
    if not inside:
        return range(line - AROUND, line + AROUND + 1)
    first, last = max(inside)
    if last - first >= LONGEST:
        return range(max(first, line - FAR), min(last, line + FAR) + 1)
    return range(first, last + 1)
