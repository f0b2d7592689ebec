"""The ways in which a mutant may differ from the reference: one small mistake each.

A block operator is given neighbouring statements and yields what may stand in their place; an
expression operator does the same for one expression. The driver is `harness.audit.mutants`.

Guarantees: what is yielded is new at the top and shares its parts with what was given, which is
left as it was. Not every mistake is one: some mutants are as right as the reference.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Statements = Sequence[ast.stmt]
Lines = tuple[str, str]  # before and after, each as one line


def head(statement: ast.stmt) -> str:
    """A statement on one line; of one that has others in it, its own part."""
    alone = copy.copy(statement)
    for field in ("body", "orelse", "handlers", "finalbody", "decorator_list"):
        if hasattr(alone, field):
            setattr(alone, field, [])
    return " ".join(ast.unparse(alone).split())


def heads(old: Statements, new: Statements) -> Lines:
    """What was written, and what is written instead."""
    return "; ".join(map(head, old)), "; ".join(map(head, new))


def lock_lines(old: Statements, new: Statements) -> Lines:
    """The `with` alone: its body is as it was."""
    return head(old[0]), "if True:"


def last_lines(old: Statements, new: Statements) -> Lines:
    """The statement that was moved out at the end."""
    return head(new[-1]), f"{head(new[-1])}  # after {head(old[0])}"


def first_lines(old: Statements, new: Statements) -> Lines:
    """The statement that was moved out at the beginning."""
    return head(new[0]), f"{head(new[0])}  # before {head(old[0])}"


def finally_lines(old: Statements, new: Statements) -> Lines:
    """What is left of the part that always runs."""
    assert isinstance(old[0], ast.Try)
    body = old[0].body
    return "finally:", "if True:" if len(new) > len(body) else "if False:"


@dataclass(frozen=True)
class Block:
    """A mistake among `width` neighbouring statements."""

    name: str
    width: int
    apply: Callable[[Statements], Iterator[Statements]]
    tell: Callable[[Statements, Statements], Lines] = heads
    about_locks: bool = False


@dataclass(frozen=True)
class Inside:
    """A mistake within an expression."""

    name: str
    apply: Callable[[ast.expr], Iterator[ast.expr]]
    about_locks: bool = False


SIGNALS = {"notify", "notify_all", "set", "release", "put", "put_nowait"}
WAITS = {"wait", "wait_for", "acquire", "sleep", "get", "join"}
NEIGHBOURS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
Sides = dict[type[ast.operator], type[ast.operator]]
OPPOSITES: Sides = {ast.Add: ast.Sub, ast.Sub: ast.Add}


def lock_dropped(old: Statements) -> Iterator[Statements]:
    """The body of a `with` without it; one that gives something a name is needed to be at all."""
    match old[0]:
        case ast.With(items=items, body=body) if not any(item.optional_vars for item in items):
            yield body


def last_moved_out(old: Statements) -> Iterator[Statements]:
    """The last statement under a lock comes after it."""
    match old[0]:
        case ast.With(items=items, body=[*first, last]) if first:
            yield [_with(items, first), last]


def first_moved_out(old: Statements) -> Iterator[Statements]:
    """The first statement under a lock comes before it."""
    match old[0]:
        case ast.With(items=items, body=[first, *last]) if last:
            yield [first, _with(items, last)]


def looks_once(old: Statements) -> Iterator[Statements]:
    """`if` for a `while` that waits."""
    match old[0]:
        case ast.While(test=test, body=body, orelse=[]) if _calls(body) & WAITS:
            yield [ast.If(test, body, [])]


def signal_dropped(old: Statements) -> Iterator[Statements]:
    """Nobody is told."""
    match old[0]:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))) if name in SIGNALS:
            yield [ast.Pass()]


def finally_dropped(old: Statements) -> Iterator[Statements]:
    """What cleans up is left out, or done only if all goes well."""
    match old[0]:
        case ast.Try(handlers=[], body=body, finalbody=[_, *_] as last):
            yield body
            yield [*body, *last]


def swapped(old: Statements) -> Iterator[Statements]:
    """The other way round."""
    first, second = old
    if not any(isinstance(each, ast.FunctionDef | ast.ClassDef) for each in old):
        yield [second, first]


def deleted(old: Statements) -> Iterator[Statements]:
    """An assignment or a call is not done."""
    match old[0]:
        case ast.Assign() | ast.AugAssign() | ast.Delete() | ast.Expr(value=ast.Call()):
            yield [ast.Pass()]
        case ast.AnnAssign(value=ast.expr()):
            yield [ast.Pass()]


def goes_on(old: Statements) -> Iterator[Statements]:
    """What ends a call or a loop early does not."""
    if isinstance(old[0], ast.Raise | ast.Return | ast.Break | ast.Continue):
        yield [ast.Pass()]


def forced(old: Statements) -> Iterator[Statements]:
    """A condition that always holds, or never."""
    for value in (True, False):
        match old[0]:
            case ast.If(body=body, orelse=orelse):
                yield [ast.If(ast.Constant(value), body, orelse)]
            case ast.While(body=body, orelse=orelse):
                yield [ast.While(ast.Constant(value), body, orelse)]


def one_told_instead_of_all(old: ast.expr) -> Iterator[ast.expr]:
    """`notify` for `notify_all`."""
    match old:
        case ast.Attribute(value=value, attr="notify_all"):
            yield ast.Attribute(value, "notify", ast.Load())


def neighbour_compared(old: ast.expr) -> Iterator[ast.expr]:
    """`<` for `<=`, and the like."""
    if isinstance(old, ast.Compare):
        for number, kind in enumerate(old.ops):
            ops = [*old.ops[:number], NEIGHBOURS[type(kind)](), *old.ops[number + 1 :]]
            yield ast.Compare(old.left, ops, old.comparators)


def plus_and_minus(old: ast.expr) -> Iterator[ast.expr]:
    """`-` for `+`."""
    if isinstance(old, ast.BinOp) and type(old.op) in OPPOSITES:
        yield ast.BinOp(old.left, OPPOSITES[type(old.op)](), old.right)


def added_the_other_way(old: Statements) -> Iterator[Statements]:
    """`-=` for `+=`."""
    match old[0]:
        case ast.AugAssign(target=target, op=op, value=value) if type(op) in OPPOSITES:
            yield [ast.AugAssign(target, OPPOSITES[type(op)](), value)]


def off_by_one(old: ast.expr) -> Iterator[ast.expr]:
    """A whole number, and its neighbours; a truth, and its opposite."""
    match old:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
            if value > 0:
                yield ast.Constant(value - 1)


def and_or(old: ast.expr) -> Iterator[ast.expr]:
    """`or` for `and`."""
    if isinstance(old, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(old.op, ast.And) else ast.And(), old.values)


def not_dropped(old: ast.expr) -> Iterator[ast.expr]:
    """The opposite is asked."""
    match old:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand


def branch_forced(old: ast.expr) -> Iterator[ast.expr]:
    """One side of a conditional expression, whatever its condition."""
    if isinstance(old, ast.IfExp):
        yield old.body
        yield old.orelse


def bound_dropped(old: ast.expr) -> Iterator[ast.expr]:
    """One argument of `min` or `max`, whatever the other is."""
    match old:
        case ast.Call(func=ast.Name(id="min" | "max"), args=[first, second], keywords=[]):
            yield first
            yield second


BLOCKS = (
    Block("lock dropped", 1, lock_dropped, lock_lines, about_locks=True),
    Block("lock released too early", 1, last_moved_out, last_lines, about_locks=True),
    Block("lock taken too late", 1, first_moved_out, first_lines, about_locks=True),
    Block("while to if", 1, looks_once, about_locks=True),
    Block("signal dropped", 1, signal_dropped, about_locks=True),
    Block("finally lost", 1, finally_dropped, finally_lines, about_locks=True),
    Block("statements swapped", 2, swapped),
    Block("statement dropped", 1, deleted),
    Block("early end dropped", 1, goes_on),
    Block("condition forced", 1, forced),
    Block("plus and minus", 1, added_the_other_way),
)
INSIDES = (
    Inside("notify_all to notify", one_told_instead_of_all, about_locks=True),
    Inside("comparison", neighbour_compared),
    Inside("plus and minus", plus_and_minus),
    Inside("constant", off_by_one),
    Inside("and, or", and_or),
    Inside("not dropped", not_dropped),
    Inside("condition forced", branch_forced),
    Inside("bound dropped", bound_dropped),
)


def _with(items: list[ast.withitem], body: list[ast.stmt]) -> ast.With:
    return ast.With(items, body, lineno=0)  # `ast.unparse` looks at it


def _calls(body: Statements) -> set[str]:
    """The methods that are called in it."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    return {node.func.attr for node in nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}  # fmt: skip


def is_calm(statement: ast.stmt) -> bool:
    """A name for something that needs no other thread and nothing of the object.

    In a constructor, or where constants are defined, the order of two of these is no matter: if one
    needs the other, to load the module fails.
    """
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return False
    return not any(isinstance(node, ast.Name) and node.id == "self"
                   for node in ast.walk(statement.value))  # fmt: skip
