"""Mutants of a reference: the same module with one small mistake that somebody could make.

Guarantees: the same source has the same mutants in the same order, no two with the same text and
none with the reference's. Docstrings, annotations and the texts of errors stay as they are.
Assumptions: the source is read as an `ast` and written from it, so a mutant has no comments.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.audit.operators import BLOCKS, INSIDES, Block, Inside, head, is_calm, swapped

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One mistake, and the module that has it."""

    operator: str
    function: str  # with its class, as `__qualname__` has it; "module" outside all
    line: int  # of the reference
    before: str
    after: str
    source: str
    about_locks: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What the notes call it by: lines move, this stays, however it is wrapped."""
        return (self.function, " ".join(self.before.split()), " ".join(self.after.split()))


@dataclass(frozen=True)
class _Place:
    """A statement, where it is listed."""

    function: str
    block: list[ast.stmt]
    index: int


def mutants(source: str) -> list[Mutant]:
    """All of them, by line."""
    tree = ast.parse(source)
    seen = {_written(tree)}
    found = []
    for place in list(_places(tree, "")):
        for mutant in _here(tree, place):
            if mutant.source not in seen:
                seen.add(mutant.source)
                found.append(mutant)
    return sorted(found, key=lambda mutant: mutant.line)


def spread(found: Sequence[Mutant], limit: int) -> list[Mutant]:
    """At most `limit` of them: those about locks first, of the others every n-th."""
    locks = [mutant for mutant in found if mutant.about_locks]
    rest = [mutant for mutant in found if not mutant.about_locks]
    chosen = set(_evenly(locks, limit))
    chosen |= set(_evenly(rest, limit - len(chosen)))
    return [mutant for mutant in found if mutant in chosen]


def _evenly(found: Sequence[Mutant], limit: int) -> list[Mutant]:
    if len(found) <= limit:
        return list(found)
    return [found[number * len(found) // limit] for number in range(limit)]


def _places(parent: ast.AST, function: str) -> Iterator[_Place]:
    """Every statement within, with the function that it belongs to."""
    for field in ("body", "orelse", "handlers", "finalbody"):
        children = getattr(parent, field, [])
        for index, child in enumerate(children):
            if isinstance(child, ast.ExceptHandler):
                yield from _places(child, function)
                continue
            inner = function
            if isinstance(child, Function | ast.ClassDef):
                inner = f"{function}.{child.name}".lstrip(".")
            yield _Place(inner, children, index)
            yield from _places(child, inner)


def _here(tree: ast.Module, place: _Place) -> Iterator[Mutant]:
    old = place.block[place.index]
    if isinstance(old, ast.Import | ast.ImportFrom) or _is_text(old):
        return
    for block in BLOCKS:
        yield from _of_block(tree, place, block)
    if not isinstance(old, ast.Raise):
        for node, field, index in list(_expressions(old)):
            for inside in INSIDES:
                yield from _of_expression(tree, place, (node, field, index), inside)


def _of_block(tree: ast.Module, place: _Place, operator: Block) -> Iterator[Mutant]:
    block, start = place.block, place.index
    old = block[start : start + operator.width]
    if len(old) < operator.width or any(_is_text(each) for each in old):
        return
    if operator.apply is swapped and _is_setting_up(place, old):
        return
    for new in operator.apply(old):
        block[start : start + len(old)] = new
        try:
            before, after = operator.tell(old, new)
            yield _mutant(tree, place, old[0], operator, before, after)
        finally:
            block[start : start + len(new)] = old


def _of_expression(
    tree: ast.Module, place: _Place, where: tuple[ast.AST, str, int | None], operator: Inside
) -> Iterator[Mutant]:
    statement = place.block[place.index]
    old = _get(where)
    before = head(statement)
    for new in operator.apply(old):
        _put(where, new)
        try:
            yield _mutant(tree, place, old, operator, before, head(statement))
        finally:
            _put(where, old)


def _mutant(
    tree: ast.Module, place: _Place, where: ast.stmt | ast.expr, operator: Block | Inside,
    before: str, after: str,
) -> Mutant:  # fmt: skip
    source = _written(tree)
    function = place.function or "module"
    return Mutant(
        operator.name, function, where.lineno, before, after, source, operator.about_locks
    )


def _written(tree: ast.Module) -> str:
    return ast.unparse(tree) + "\n"


def _expressions(parent: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Where there is an expression in a statement, the statements inside it left out."""
    for field, value in ast.iter_fields(parent):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.JoinedStr):
                continue
            if isinstance(child, ast.expr):
                yield parent, field, index
            if isinstance(child, ast.AST):
                yield from _expressions(child)


def _get(where: tuple[ast.AST, str, int | None]) -> ast.expr:
    node, field, index = where
    value = getattr(node, field)
    expression = value if index is None else value[index]
    assert isinstance(expression, ast.expr)
    return expression


def _put(where: tuple[ast.AST, str, int | None], new: ast.expr) -> None:
    node, field, index = where
    if index is None:
        setattr(node, field, new)
    else:
        getattr(node, field)[index] = new


def _is_text(statement: ast.stmt) -> bool:
    """A docstring, or something as idle."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_setting_up(place: _Place, statements: Sequence[ast.stmt]) -> bool:
    early = not place.function or place.function.endswith("__init__")
    return early and all(map(is_calm, statements))
