"""Puts a call to a hook in front of every access to what threads can share.

A module's source is parsed, its functions are rewritten and the tree is compiled again: no tracing, so
the price is one Python call an access. What is rewritten, and to what (`n` is the site's number):

    x.a                 _k_read(x, 'a', n).a          the hook runs right before the load
    x.a = v             _k_write(x, 'a', n).a = v     ... after v is evaluated, right before the store
    x.a += v            _k_write(x, 'a', n).a = _k_inplace(op, _k_read(x, 'a', n).a, v, n)
    x.m(v)              _k_method(x, 'm', n)(v)       for a container the hook runs after v is evaluated
    x[k]                _k_getitem(x, k, n)
    x[k] = v            x[_k_key(x, k, n)] = v         (`del x[k]`: _k_del)
    f(v)                _k_call(f, n)(v)              len(q), list(q), heappush(q, x), next(it) ...
    if x / x in y       if _k_look(x, n) / x in _k_look(y, n)
    for v in x          for v in _k_iter(x, n)
    g (rebound global or closure variable)     _k_second(_k_load(key, n), g)
    g = v                                      g = _k_store(v, key, n)
    while / for body    _k_turn(n) first
    def __eq__(...)     _k_enter() first: functions in C call it in the middle of `x in q`, heappush(q, x) ...
    t[k](v)             _k_call(t[k], n)(v)

Guarantees
- Line numbers and file names are those of the source, so tracebacks are the learner's.
- Name mangling, evaluation order and the number of evaluations of each operand are Python's.
Assumptions
- Code that stands in a module's or a class's body, outside of any function, runs in one thread.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Collection, Iterable
from types import CodeType

from harness.explore.rewriting import call
from harness.explore.shapes import CALLED_BY_C
from harness.explore.sites import Site, SiteTable
from harness.explore.stores import Stores

_OPERATORS_OF_CONTAINERS = (ast.Add, ast.Sub, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)


def instrument(
    source: str, file: str, sites: SiteTable, only: Collection[str] | None = None
) -> CodeType:
    """The module's code with its hooks; raises SyntaxError as `compile` does.

    only: the names of the classes and functions at the top that are rewritten ("Thread.run": one method of
        a class); all of them if None.
    """
    tree = ast.parse(source, file)
    table = symtable.symtable(source, file, "exec")
    rewriter = _Rewriter(source, file, sites, tree, table)
    rewriter.rewrite(tree.body if only is None else _chosen(tree.body, only))
    return compile(ast.fix_missing_locations(tree), file, "exec", dont_inherit=True)


_instrumented: dict[tuple[str, str, int], tuple[CodeType, list[Site]]] = {}


def instrument_once(
    source: str, file: str, sites: SiteTable, only: Collection[str] | None = None
) -> CodeType:
    """As `instrument`, once a process for each number that its sites begin with.

    For what is the same for every candidate: the library and the suite.
    """
    first = len(sites)
    known = _instrumented.get((file, source, first))
    if known is not None:
        sites.extend(known[1])
        return known[0]
    code = instrument(source, file, sites, only)
    _instrumented[file, source, first] = (code, sites.since(first))
    return code


def _chosen(body: Iterable[ast.stmt], only: Collection[str]) -> Iterable[ast.stmt]:
    for node in body:
        name = getattr(node, "name", "")
        if name in only:
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from (n for n in node.body if f"{name}.{getattr(n, 'name', '')}" in only)


class _Rewriter(Stores):
    """Rewrites function bodies; leaves module and class bodies as they are."""

    # -- where we are -------------------------------------------------------------------------

    def rewrite(self, body: Iterable[ast.stmt]) -> None:
        """Rewrites the functions of a module's statements, in place."""
        self._outside(body)

    def _outside(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            for node in _functions_below(statement):
                self._definition(node)

    def _definition(self, node: ast.AST) -> None:
        if isinstance(node, ast.ClassDef):
            self.classes.append(node.name)
            self._outside(node.body)
            self.classes.pop()
        elif isinstance(node, ast.FunctionDef):
            self._function_body(node)
        elif isinstance(node, ast.Lambda):
            self._lambda_body(node)

    def _function_body(self, node: ast.FunctionDef) -> None:
        self.scopes.append((node.name, node.lineno))
        comprehensions, self.in_comprehension = self.in_comprehension, 0
        node.body = self.block(node.body)
        if node.name in CALLED_BY_C:
            node.body.insert(_has_docstring(node), self._entry(node))
        self.in_comprehension = comprehensions
        self.scopes.pop()

    @staticmethod
    def _entry(node: ast.FunctionDef) -> ast.stmt:
        return ast.copy_location(ast.Expr(call("_k_enter", [], node)), node.body[0])

    def _lambda_body(self, node: ast.Lambda) -> None:
        self.scopes.append(("lambda", node.lineno))
        node.body = self.visit(node.body)
        self.scopes.pop()

    def _defaults(self, arguments: ast.arguments) -> None:
        """Defaults are evaluated where the function is defined."""
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [d and self.visit(d) for d in arguments.kw_defaults]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> list[ast.stmt]:
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        self._defaults(node.args)
        self._function_body(node)
        return self.announced([node.name], node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._defaults(node.args)
        self._lambda_body(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> list[ast.stmt]:
        self._definition(node)
        return self.announced([node.name], node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    # -- attributes ---------------------------------------------------------------------------

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        site = self.site(node)
        hook = "_k_read" if isinstance(node.ctx, ast.Load) else "_k_write"
        node.value = call(
            hook, [self.visit(node.value), self.name_text(node.attr, node), site], node
        )
        return node

    # -- calls --------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = node.func
        if isinstance(function, ast.Attribute):
            name = self.name_text(function.attr, function)
            parts = [self.visit(function.value), name, self.site(function)]
            node.func = call("_k_method", parts, function)
        elif isinstance(function, ast.Name) and function.id not in ("super", "locals", "vars"):
            node.func = call("_k_call", [self.visit(function), self.site(node)], function)
        elif isinstance(function, ast.Subscript | ast.Call | ast.IfExp):
            node.func = call("_k_call", [self.visit(function), self.site(function)], function)
        else:
            node.func = self.visit(function)
        node.args = [self.visit(argument) for argument in node.args]
        for keyword in node.keywords:
            opens = keyword.arg is None
            keyword.value = self.look(keyword.value) if opens else self.visit(keyword.value)
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        node.keys = [key and self.visit(key) for key in node.keys]
        pairs = zip(node.keys, node.values, strict=True)
        node.values = [self.look(v) if key is None else self.visit(v) for key, v in pairs]
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.AST:
        site = self.site(node.value)
        node.value = call("_k_from", [self.visit(node.value), site], node.value)
        return node

    # -- containers that are looked at, and loops -----------------------------------------------------

    def visit_If(self, node: ast.If) -> ast.AST:
        node.test = self.look(node.test)
        node.body = self.block(node.body)
        node.orelse = self.block(node.orelse)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        node.test = self.look(node.test)
        node.body = self.visit(node.body)
        node.orelse = self.visit(node.orelse)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        node.test = self.look(node.test)
        if node.msg is not None:
            node.msg = self.visit(node.msg)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        node.operand = (
            self.look(node.operand) if isinstance(node.op, ast.Not) else self.visit(node.operand)
        )
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        node.values = [self.look(value) for value in node.values]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        node.left = self.look(node.left)
        node.comparators = [self.look(value) for value in node.comparators]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        joins = isinstance(node.op, _OPERATORS_OF_CONTAINERS)
        node.left = self.look(node.left) if joins else self.visit(node.left)
        node.right = self.look(node.right) if joins else self.visit(node.right)
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.AST:
        node.value = (
            self.look(node.value) if isinstance(node.ctx, ast.Load) else self.visit(node.value)
        )
        return node

    def _block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        new: list[ast.stmt] = []
        for statement in body:
            visited = self.visit(statement)
            new.extend(visited if isinstance(visited, list) else [visited])
        return new

    def _turn(self, node: ast.While | ast.For, kind: str) -> ast.stmt:
        site = self.site(node, kind)
        return ast.copy_location(ast.Expr(call(f"_k_{kind}", [site], node)), node)

    def visit_While(self, node: ast.While) -> ast.AST:
        turn = self._turn(node, "while")
        node.test = self.look(node.test)
        node.body = [turn, *self.block(node.body)]
        node.orelse = self.block(node.orelse)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        site = self.site(node.iter)
        node.iter = call("_k_iter", [self.visit(node.iter), site], node.iter)
        node.target, stored = self.target_of(node.target, node)
        node.body = [self._turn(node, "for"), *stored, *self.block(node.body)]
        node.orelse = self.block(node.orelse)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        site = self.site(node.iter)
        node.iter = call("_k_iter", [self.visit(node.iter), site], node.iter)
        node.target = self.visit(node.target)
        node.ifs = [self.look(test) for test in node.ifs]
        return node

    def _comprehension(self, node: ast.AST) -> ast.AST:
        self.in_comprehension += 1
        self.generic_visit(node)
        self.in_comprehension -= 1
        return node

    visit_ListComp = _comprehension  # noqa: N815 - the name that ast.NodeVisitor calls
    visit_SetComp = _comprehension  # noqa: N815 - the name that ast.NodeVisitor calls
    visit_DictComp = _comprehension  # noqa: N815 - the name that ast.NodeVisitor calls
    visit_GeneratorExp = _comprehension  # noqa: N815 - the name that ast.NodeVisitor calls

    # -- left alone -----------------------------------------------------------------------------

    def visit_Match(self, node: ast.Match) -> ast.AST:
        node.subject = self.look(node.subject)
        for case in node.cases:  # patterns hold expressions that must stay as they are
            case.guard = self.look(case.guard) if case.guard is not None else None
            case.body = self.block(case.body)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                value.value = self.look(value.value)
                if value.format_spec is not None:
                    value.format_spec = self.visit(value.format_spec)
        return node


def _has_docstring(node: ast.FunctionDef) -> bool:
    first = node.body[0]
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)


def _functions_below(node: ast.AST) -> Iterable[ast.AST]:
    """Outermost functions, lambdas and classes of a statement that stands outside of any function."""
    if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
        yield node
        return
    if isinstance(node, ast.AsyncFunctionDef):
        return
    for child in ast.iter_child_nodes(node):
        yield from _functions_below(child)
