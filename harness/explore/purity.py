"""Does a module keep state of its own? If not, one load of it serves every execution.

Guarantees
- A module is called stateless only if nothing that runs can change what its names, its classes or its
  functions' defaults hold: there are imports, functions, classes of functions, constants, and nobody
  assigns to a global or to an attribute of anything but an instance.
"""

from __future__ import annotations

import ast

_HARMLESS_DECORATORS = {
    "property",
    "staticmethod",
    "classmethod",
    "contextmanager",
    "override",
    "final",
}


def has_module_state(tree: ast.Module) -> bool:
    """False only if it certainly has none."""
    names = {n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.FunctionDef)}
    return not all(_is_fixed(statement) for statement in tree.body) or any(
        _changes_shared(node, names) for node in ast.walk(tree)
    )


def _is_fixed(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Pass):
        return True
    if isinstance(node, ast.FunctionDef):
        return _is_plain_function(node)
    if isinstance(node, ast.ClassDef):
        return not node.decorator_list and not node.keywords and all(map(_is_fixed, node.body))
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.AnnAssign):
        return node.value is None or _is_constant(node.value)
    return isinstance(node, ast.Assign) and _is_constant(node.value)


def _is_plain_function(node: ast.FunctionDef) -> bool:
    defaults = [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
    decorators = [
        d
        for d in node.decorator_list
        if ast.unparse(d).rpartition(".")[2] not in _HARMLESS_DECORATORS
    ]
    setters = all(ast.unparse(d).endswith(".setter") for d in decorators)
    return setters and all(_is_constant(d) for d in defaults)


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(map(_is_constant, node.elts))
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    return isinstance(
        node, ast.Constant | ast.Attribute | ast.Name
    )  # a name: bound by import or a constant


def _changes_shared(node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.Global):
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("setattr", "delattr", "globals", "vars", "exec")
    if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Load):
        return isinstance(node, ast.Attribute) and node.attr == "__dict__"
    owner = node.value
    if isinstance(owner, ast.Name):
        return owner.id in names or owner.id in ("cls",)
    return isinstance(owner, ast.Call) or (
        isinstance(owner, ast.Attribute) and owner.attr == "__class__"
    )
