"""Which local variables change after a nested function can have seen them.

`lock = Lock()` above `def worker(): ...` is settled: whoever captures it sees one value for ever. A name
that is bound twice, in a loop, or below the function that captures it is not.

Guarantees
- A name that is not listed is bound once in its function, before the text of any function that uses it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

Path = tuple[tuple[str, int], ...]  # the functions around a place: (name, line), outermost first
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_Spot = tuple[int, int]


@dataclass
class _Names:
    """What one function does with names."""

    bound: dict[str, list[_Spot]] = field(default_factory=dict)
    captured: dict[str, _Spot] = field(
        default_factory=dict
    )  # where the first user of the name begins
    looped: set[str] = field(default_factory=set)

    def bind(self, name: str, spot: _Spot, in_loop: bool) -> None:
        self.bound.setdefault(name, []).append(spot)
        if in_loop:
            self.looped.add(name)

    def unsettled(self) -> set[str]:
        return {
            name
            for name, spots in self.bound.items()
            if len(spots) > 1
            or name in self.looped
            or (name in self.captured and self.captured[name] < spots[0])
        }


def unsettled_variables(tree: ast.Module) -> dict[Path, set[str]]:
    """The unsettled variables of each function of a module."""
    found: dict[Path, set[str]] = {}
    for node in ast.iter_child_nodes(tree):
        _walk(node, (), _Names(), False, found)
    return found


def _walk(
    node: ast.AST, path: Path, names: _Names, in_loop: bool, found: dict[Path, set[str]]
) -> None:
    for name in _bound_by(node):
        names.bind(name, _spot(node), in_loop)
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        for used in ast.walk(node):
            if isinstance(used, ast.Name):
                names.captured.setdefault(used.id, _spot(node))
    if isinstance(node, _FUNCTIONS):
        _function(node, path, found)
        return
    looping = in_loop or isinstance(node, _LOOPS)
    inner = _Names() if isinstance(node, ast.ClassDef) else names
    for child in ast.iter_child_nodes(node):
        # A comprehension's own variable is its own: 3.11's symbol table says so, 3.12's does not.
        if not (isinstance(node, ast.comprehension) and child is node.target):
            _walk(child, path, inner, looping, found)


def _function(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
    path: Path,
    found: dict[Path, set[str]],
) -> None:
    name = "lambda" if isinstance(node, ast.Lambda) else node.name
    path = (*path, (name, node.lineno))
    names = _Names()
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    for parameter in [*every, node.args.vararg, node.args.kwarg]:
        if parameter is not None:
            names.bind(parameter.arg, (0, 0), False)
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    for child in body:
        _walk(child, path, names, False, found)
    found.setdefault(path, set()).update(names.unsettled())


def _spot(node: ast.AST) -> _Spot:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _bound_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id] if not isinstance(node.ctx, ast.Load) else []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return [node.name] if node.name is not None else []
    return [node.rest] if isinstance(node, ast.MatchMapping) and node.rest is not None else []
