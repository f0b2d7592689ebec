"""Rewrites everything that binds or changes: assignments, in-place operators, `del`, targets of loops.

A store has its point right before it. Where Python stores several values in one statement
(`self.a, total = f()`) a thread can be interrupted between any two of them, so a target with a shared
variable in it is taken apart: unpacked into temporaries first, then stored one by one, from left to right.
"""

from __future__ import annotations

import ast

from harness.explore.rewriting import Rewriting, call

_IN_PLACE = {
    ast.Add: "iadd",
    ast.Sub: "isub",
    ast.Mult: "imul",
    ast.Div: "itruediv",
    ast.FloorDiv: "ifloordiv",
    ast.Mod: "imod",
    ast.Pow: "ipow",
    ast.LShift: "ilshift",
    ast.RShift: "irshift",
    ast.BitAnd: "iand",
    ast.BitOr: "ior",
    ast.BitXor: "ixor",
    ast.MatMult: "imatmul",
}
_UNPACKS = (ast.Tuple, ast.List)


def _assign(target: ast.expr, value: ast.expr, at: ast.AST) -> ast.stmt:
    return ast.copy_location(ast.Assign(targets=[target], value=value), at)


class Stores(Rewriting):
    """The part of the rewriter for statements that bind or change something."""

    # -- subscripts -----------------------------------------------------------------------------

    def index(self, node: ast.expr) -> ast.expr:
        """What stands between the brackets."""
        if not isinstance(node, ast.Slice):
            return self.visit(node)  # type: ignore[no-any-return]
        none = ast.Constant(None)
        parts = [p if p is not None else none for p in (node.lower, node.upper, node.step)]
        return call("_k_slice", [self.visit(p) for p in parts], node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        site = self.site(node)
        if isinstance(node.ctx, ast.Load):
            box = self.visit(node.value)
            return call("_k_getitem", [box, self.index(node.slice), site], node)
        if self.in_comprehension:
            return self.generic_visit(node)
        hook = "_k_key" if isinstance(node.ctx, ast.Store) else "_k_del"
        first, again = self.twice(self.visit(node.value), node)
        node.value = first
        node.slice = call(hook, [again, self.index(node.slice), site], node)
        return node

    # -- in-place operators: a read, a point, and a write ------------------------------------------

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if isinstance(node.target, ast.Attribute):
            return self._augmented_attribute(node, node.target)
        if isinstance(node.target, ast.Subscript):
            return self._augmented_item(node, node.target)
        return self._augmented_name(node, node.target)

    def _in_place(self, node: ast.AugAssign, old: ast.expr, value: ast.expr) -> ast.expr:
        name = ast.copy_location(ast.Constant(_IN_PLACE[type(node.op)]), node)
        return call("_k_inplace", [name, old, value, self.site(node, node.target)], node)

    def _augmented_attribute(self, node: ast.AugAssign, target: ast.Attribute) -> ast.AST:
        shown = self.source(target)
        rebinds = _binds(node.value)
        value = self.look(node.value)
        first, again = self.twice(self.visit(target.value), node, rebinds)
        name = self.name_text(target.attr, node)
        read = call("_k_read", [first, name, self.site(target, shown)], node)
        old = ast.copy_location(ast.Attribute(value=read, attr=target.attr, ctx=ast.Load()), node)
        write = call("_k_write", [again, name, self.site(target, shown)], node)
        store = ast.Attribute(value=write, attr=target.attr, ctx=ast.Store())
        return _assign(store, self._in_place(node, old, value), node)

    def _augmented_item(self, node: ast.AugAssign, target: ast.Subscript) -> ast.AST:
        shown = self.source(target)
        rebinds = _binds(node.value)
        value = self.look(node.value)
        first, again = self.twice(self.visit(target.value), node, rebinds or _binds(target.slice))
        key, key_again = self.twice(self.index(target.slice), node, rebinds)
        old = call("_k_getitem", [first, key, self.site(target, shown)], node)
        index = call("_k_key", [again, key_again, self.site(target, shown)], node)
        store = ast.Subscript(value=again, slice=index, ctx=ast.Store())
        return _assign(store, self._in_place(node, old, value), node)

    def _augmented_name(self, node: ast.AugAssign, target: ast.Name) -> ast.AST:
        loaded = ast.copy_location(ast.Name(id=target.id, ctx=ast.Load()), target)
        new = self._in_place(node, self.visit(loaded), self.look(node.value))
        return self._bind(target, new, node)

    # -- assignments ------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> ast.AST:
        key = self.variable(node.id, node)
        if key is None or not isinstance(node.ctx, ast.Load):
            return node
        return call("_k_second", [call("_k_load", [key, self.site(node)], node), node], node)

    def _bind(self, target: ast.Name, value: ast.expr, at: ast.stmt) -> ast.stmt:
        """`target = value`, where value is rewritten already."""
        return _assign(target, self._stored(target, value), at)

    def _stored(self, target: ast.Name, value: ast.expr) -> ast.expr:
        key = self.variable(target.id, target)
        return value if key is None else call("_k_store", [value, key, self.site(target)], target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        node.value = self._stored(node.target, self.visit(node.value))
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        opens = any(isinstance(t, (*_UNPACKS, ast.Subscript)) for t in node.targets)
        value = self.look(node.value) if opens else self.visit(node.value)
        if len(node.targets) == 1:
            return self._store(node.targets[0], value, node)
        if not any(map(self._binds_shared, node.targets)):
            node.value = value
            node.targets = [self.visit(target) for target in node.targets]
            return node
        name = self.temporary()
        new = [_assign(ast.Name(id=name, ctx=ast.Store()), value, node)]
        for target in node.targets:
            loaded = ast.copy_location(ast.Name(id=name, ctx=ast.Load()), node)
            new += self._store(target, loaded, node)
        return new

    def _binds_shared(self, target: ast.AST) -> bool:
        return any(
            isinstance(part, ast.Name)
            and isinstance(part.ctx, ast.Store)
            and self.variable(part.id, part) is not None
            for part in ast.walk(target)
        )

    def _store(self, target: ast.expr, value: ast.expr, at: ast.stmt) -> list[ast.stmt]:
        """The statements for `target = value`, where value is rewritten already."""
        if isinstance(target, ast.Name):
            return [self._bind(target, value, at)]
        if not isinstance(target, _UNPACKS) or not self._binds_shared(target):
            return [_assign(self.visit(target), value, at)]
        parts, later = self._parts(target, at)
        return [_assign(parts, value, at), *later]

    def _parts(self, target: ast.Tuple | ast.List, at: ast.stmt) -> tuple[ast.expr, list[ast.stmt]]:
        """The same pattern with temporaries, and the statements that store them where they belong."""
        parts: list[ast.expr] = []
        later: list[ast.stmt] = []
        for part in target.elts:
            starred = isinstance(part, ast.Starred)
            real = part.value if isinstance(part, ast.Starred) else part
            name = self.temporary()
            kept: ast.expr = ast.copy_location(ast.Name(id=name, ctx=ast.Store()), part)
            if starred:
                kept = ast.copy_location(ast.Starred(value=kept, ctx=ast.Store()), part)
            parts.append(kept)
            later += self._store(
                real, ast.copy_location(ast.Name(id=name, ctx=ast.Load()), part), at
            )
        return ast.copy_location(ast.Tuple(elts=parts, ctx=ast.Store()), target), later

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
            if isinstance(node.target, ast.Name):
                node.value = self._stored(node.target, node.value)
        if not isinstance(node.target, ast.Name):
            node.target = self.visit(node.target)
        return node

    def target_of(self, target: ast.expr, at: ast.stmt) -> tuple[ast.expr, list[ast.stmt]]:
        """A loop's or a `with`'s target, and the statements that its body begins with."""
        if not self._binds_shared(target):
            return self.visit(target), []
        name = self.temporary()
        loaded = ast.copy_location(ast.Name(id=name, ctx=ast.Load()), target)
        kept = ast.copy_location(ast.Name(id=name, ctx=ast.Store()), target)
        return kept, self._store(target, loaded, at)

    def visit_With(self, node: ast.With) -> ast.AST:
        later: list[ast.stmt] = []
        for item in node.items:
            item.context_expr = self.visit(item.context_expr)
            if item.optional_vars is not None and len(node.items) == 1:
                item.optional_vars, later = self.target_of(item.optional_vars, node)
            elif item.optional_vars is not None:  # the next item may use the name
                item.optional_vars = self.visit(item.optional_vars)
        node.body = [*later, *self.block(node.body)]
        return node

    # -- other statements that bind names ------------------------------------------------------------

    def announced(self, names: list[str], node: ast.stmt) -> list[ast.stmt]:
        """`node`, after a point for each shared variable that it binds."""
        new: list[ast.stmt] = []
        for name in names:
            key = self.variable(name, node)
            if key is not None:
                none = ast.copy_location(ast.Constant(None), node)
                told = call("_k_store", [none, key, self.site(node, name)], node)
                new.append(ast.copy_location(ast.Expr(told), node))
        return [*new, node]

    def visit_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        node.targets = [self.visit(target) for target in node.targets]
        return self.announced(names, node)

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        return self.announced([a.asname or a.name.partition(".")[0] for a in node.names], node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        return self.announced([a.asname or a.name for a in node.names], node)


def _binds(node: ast.AST) -> bool:
    return any(isinstance(part, ast.NamedExpr) for part in ast.walk(node))
