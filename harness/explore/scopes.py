"""Which plain variables threads can share and see change: rebound globals and rebound closure variables.

A local variable belongs to one call, hence to one thread, unless a nested function captures it. A captured
variable or a global that is bound once, before anybody else looks, needs no scheduling point.

Guarantees
- Every global that some function rebinds, and every captured variable that is bound in a nested function,
  in a loop, more than once or after the function that captures it, has a key; all accesses to it,
  wherever they stand, have the same one.
Assumptions
- All activations of one function share the keys of its variables. That can only add conflicts.
"""

from __future__ import annotations

import ast
import symtable
from dataclasses import dataclass

from harness.explore.bindings import Path, unsettled_variables


@dataclass(frozen=True)
class SharedVariables:
    """The keys of shared variables, by the function that mentions them."""

    keys: dict[Path, dict[str, str]]

    def key(self, path: Path, name: str) -> str | None:
        """The key of `name` as seen in the function at `path`, or None if no thread can see it change."""
        return self.keys.get(path, {}).get(name)


def shared_variables(module: symtable.SymbolTable, tree: ast.Module) -> SharedVariables:
    """Finds the shared variables of a module from its symbol table and its tree."""
    rebound_globals = {s for table in _functions(module) for s in _rebound_globals(table)}
    keys: dict[Path, dict[str, str]] = {}
    _collect(module, (), [], rebound_globals, unsettled_variables(tree), keys)
    return SharedVariables(keys)


def _functions(table: symtable.SymbolTable) -> list[symtable.SymbolTable]:
    found = [table] if table.get_type() == "function" else []
    return found + [f for child in table.get_children() for f in _functions(child)]


def _rebound_globals(table: symtable.SymbolTable) -> set[str]:
    return {s.get_name() for s in table.get_symbols() if s.is_declared_global() and _is_bound(s)}


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported()


def _is_function(table: symtable.SymbolTable) -> bool:
    """A function that can outlive or leave its thread: comprehensions run where they stand."""
    inline = (
        "listcomp",
        "setcomp",
        "dictcomp",
        "genexpr",
        "<listcomp>",
        "<setcomp>",
        "<dictcomp>",
        "<genexpr>",
    )
    return table.get_type() == "function" and table.get_name() not in inline


def _captured(table: symtable.SymbolTable, name: str, rebound: bool) -> bool:
    """Does a function nested in `table` use `name` as its nonlocal (if `rebound`: bind it)?"""
    for child in table.get_children():
        try:
            symbol = child.lookup(name)
        except KeyError:
            symbol = None
        free = symbol is not None and symbol.is_free()
        binds = symbol is not None and _is_bound(symbol)
        if free and (binds if rebound else _is_function(child)):
            return True
        mine = symbol is not None and symbol.is_local() and not free
        if not mine and _captured(child, name, rebound):
            return True
    return False


def _collect(
    table: symtable.SymbolTable,
    path: Path,
    owners: list[tuple[Path, set[str]]],
    rebound_globals: set[str],
    unsettled: dict[Path, set[str]],
    keys: dict[Path, dict[str, str]],
) -> None:
    if _is_function(table):
        path = (*path, (table.get_name(), table.get_lineno()))
        mine = {s.get_name() for s in table.get_symbols() if s.is_local() and not s.is_free()}
        again = unsettled.get(path, set())
        found = {name for name in mine if _captured(table, name, name not in again)}
        owners = [*owners, (path, found)]
    if table.get_type() == "function":
        named = keys.setdefault(path, {})
        for symbol in table.get_symbols():
            key = _key(symbol, owners, rebound_globals)
            if key is not None:
                named[symbol.get_name()] = key
    for child in table.get_children():
        _collect(child, path, owners, rebound_globals, unsettled, keys)


def _key(
    symbol: symtable.Symbol, owners: list[tuple[Path, set[str]]], rebound_globals: set[str]
) -> str | None:
    name = symbol.get_name()
    if symbol.is_global():
        return f"global {name}" if name in rebound_globals else None
    for path, shared in reversed(owners):
        if name in shared:
            return ".".join(function for function, _ in path) + f".{name}"
        if symbol.is_local() and not symbol.is_free():
            return None
    return None
