"""What every part of the rewriter stands on: where it is, sites, temporaries, calls of hooks.

Guarantees
- Each new node has the place of the node that it stands for, so that tracebacks stay the learner's.
"""

from __future__ import annotations

import ast
import symtable

from harness.explore.scopes import shared_variables
from harness.explore.sites import Site, SiteTable

_PLACES = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)


def call(hook: str, args: list[ast.expr], at: ast.AST) -> ast.expr:
    """`hook(*args)`, standing where `at` stands."""
    node = ast.Call(func=ast.Name(id=hook, ctx=ast.Load()), args=args, keywords=[])
    ast.copy_location(node, at)
    for part in [node.func, *(a for a in args if not hasattr(a, "lineno"))]:
        ast.copy_location(part, at)
    return node


class Rewriting(ast.NodeTransformer):
    """The state of a rewriter and its smallest steps."""

    def __init__(
        self,
        source: str,
        file: str,
        sites: SiteTable,
        tree: ast.Module,
        table: symtable.SymbolTable,
    ) -> None:
        self.lines = source.encode().splitlines()
        self.file = file
        self.sites = sites
        self.shared = shared_variables(table, tree)
        self.scopes: list[tuple[str, int]] = []  # the functions that we stand in: (name, line)
        self.classes: list[str] = []
        self.temporaries = 0
        self.in_comprehension = 0

    def site(self, node: ast.expr | ast.stmt, text: ast.AST | str | None = None) -> ast.expr:
        """The number of a new site at `node`, as a constant."""
        shown = text if isinstance(text, str) else self.source(text if text is not None else node)
        function = self.scopes[-1][0] if self.scopes else "<module>"
        number = self.sites.add(Site(self.file, node.lineno, shown, function))
        return ast.copy_location(ast.Constant(number), node)

    def source(self, node: ast.AST) -> str:
        """The node as it is written; its first line, where it has several."""
        number: int = node.lineno  # type: ignore[attr-defined]
        if number > len(self.lines):  # 3.11 misplaces what stands in f-strings of several lines
            return ""
        line = self.lines[number - 1]
        same = node.end_lineno == number  # type: ignore[attr-defined]
        end = node.end_col_offset if same else len(line)  # type: ignore[attr-defined]
        return line[node.col_offset : end].decode(errors="replace")  # type: ignore[attr-defined]

    def name_text(self, name: str, at: ast.AST) -> ast.expr:
        """An attribute's name as a constant, mangled as Python does it."""
        private = name.startswith("__") and not name.endswith("__")
        owner = self.classes[-1].lstrip("_") if self.classes else ""
        mangled = f"_{owner}{name}" if private and owner else name
        return ast.copy_location(ast.Constant(mangled), at)

    def variable(self, name: str, at: ast.AST) -> ast.expr | None:
        """The key of a shared variable as a constant; None if no other thread can see it change."""
        key = self.shared.key(tuple(self.scopes), name)
        return None if key is None else ast.copy_location(ast.Constant(key), at)

    def temporary(self) -> str:
        """The name of a new local variable."""
        self.temporaries += 1
        return f"_k_{self.temporaries}"

    def twice(
        self, value: ast.expr, at: ast.AST, may_change: bool = False
    ) -> tuple[ast.expr, ast.expr]:
        """Two expressions for one value that is evaluated once: now, and again later.

        may_change: what is evaluated in between can rebind a local variable.
        """
        if isinstance(value, ast.Name) and not may_change:
            return value, ast.copy_location(ast.Name(id=value.id, ctx=ast.Load()), at)
        name = self.temporary()
        target = ast.Name(id=name, ctx=ast.Store())
        first = ast.copy_location(ast.NamedExpr(target=target, value=value), at)
        return first, ast.copy_location(ast.Name(id=name, ctx=ast.Load()), at)

    def look(self, node: ast.expr) -> ast.expr:
        """The rewritten expression, with a look into it if it is a container."""
        looks = isinstance(node, _PLACES)
        site = self.site(node) if looks else None
        visited: ast.expr = self.visit(node)
        return visited if site is None else call("_k_look", [visited, site], node)

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The rewritten statements."""
        new: list[ast.stmt] = []
        for statement in body:
            visited = self.visit(statement)
            new.extend(visited if isinstance(visited, list) else [visited])
        return new
