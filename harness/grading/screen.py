"""Reads a candidate before it runs: is it Python, and does it keep its hands off the grader?

Guarantees: nothing is executed. A refusal names line and reason in one sentence.
Assumptions: this is the first of several fences (audit.py, fingerprint.py, the parent process),
there to give the clearest message. It does not have to be complete, but it must never refuse
what an honest kata needs; so it refuses only what reaches into the interpreter or the grader.
"""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Standard library modules that reach past the kata: memory, frames, processes, other tests.
REFUSED_MODULES = frozenset(
    "_testcapi _testinternalcapi ctypes _ctypes faulthandler gc imp importlib inspect "
    "multiprocessing _posixsubprocess pdb pty pydoc runpy site subprocess test trace tracemalloc "
    "unittest doctest bdb code codeop _imp _frozen_importlib zipimport pkgutil".split()
)
REFUSED_NAMES = frozenset(
    "_getframe _current_frames _current_exceptions f_back f_globals f_locals f_builtins tb_frame "
    "gi_frame cr_frame ag_frame __subclasses__ __globals__ __closure__ cell_contents __builtins__ "
    "__loader__ settrace setprofile addaudithook _getframemodulename _clear_type_cache".split()
)
# Attributes that are only refused on the module `sys` (or whatever it was imported as).
REFUSED_IN_SYS = frozenset({"modules", "meta_path", "path_hooks", "monitoring", "gettrace"})


@dataclass(frozen=True)
class Refusal:
    """Why a candidate is not even run."""

    line: int | None
    sentence: str
    source: str = ""  # the line itself


def screen(path: Path) -> Refusal | None:
    """The first thing in the file that rules it out, or None."""
    try:
        content = path.read_bytes()
        tree = ast.parse(content, str(path))
        text = _decoded(content)
        compile(tree, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return _unreadable(error)
    except (ValueError, RecursionError, MemoryError) as error:
        return Refusal(None, f"This file cannot be read as Python: {error or type(error).__name__}")
    lines = text.splitlines()
    for line, sentence in sorted(_Screen().objections(tree), key=lambda found: found[0]):
        return Refusal(line, sentence, lines[line - 1] if line <= len(lines) else "")
    return None


def _decoded(content: bytes) -> str:
    """As Python decodes it; SyntaxError where it cannot. (`ast.parse` looks past comments.)"""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{content[error.start]:02x} is not {encoding}"
        raise SyntaxError(what, (None, line, None, None)) from None


def _unreadable(error: SyntaxError) -> Refusal:
    source = (error.text or "").rstrip()
    if source and error.offset:
        source += "\n" + " " * (error.offset - 1) + "^"
    return Refusal(error.lineno, f"This file is not valid Python: {error.msg}.", source)


class _Screen:
    """Walks the whole tree once; remembers which names came from imports."""

    def __init__(self) -> None:
        self._imported: dict[str, str] = {}  # name in the file -> what it stands for

    def objections(self, tree: ast.Module) -> Iterator[tuple[int, str]]:
        nodes = [node for part in tree.body if not _is_main(part) for node in ast.walk(part)]
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from self._import(node)
        # A name that the file binds itself as well is the file's own wherever it stands.
        for name in set(_bound(nodes)) & set(self._imported):
            del self._imported[name]
        for node in nodes:
            line = getattr(node, "lineno", 0)
            for sentence in self._objection(node):
                yield line, sentence

    def _import(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[int, str]]:
        origin = (node.module or ".") if isinstance(node, ast.ImportFrom) else ""
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "A kata is one module: there is nothing to import relatively."
            return
        for alias in node.names:
            top = (origin or alias.name).partition(".")[0]
            if top in REFUSED_MODULES:
                yield node.lineno, f"A kata needs no `{top}`: it reaches past the kata itself."
            elif top not in sys.stdlib_module_names:
                yield node.lineno, f"A kata uses the standard library alone, without `{top}`."
            elif origin == "sys" and alias.name in REFUSED_IN_SYS | REFUSED_NAMES:
                yield node.lineno, _reaches(f"sys.{alias.name}")
            name = alias.asname or alias.name.partition(".")[0]
            self._imported[name] = f"{origin}.{alias.name}" if origin else top

    def _objection(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Attribute(attr=attr, value=value):
                if attr in REFUSED_NAMES:
                    yield _reaches(attr)
                elif attr in REFUSED_IN_SYS and self._origin(value) == "sys":
                    yield _reaches(f"sys.{attr}")
                if isinstance(node.ctx, ast.Store | ast.Del) and self._origin(node):
                    yield _replaces(self._origin(node))
            case ast.Subscript(ctx=ast.Store() | ast.Del()) if self._origin(node):
                yield _replaces(self._origin(node))
            case ast.Name(id=name) if name in REFUSED_NAMES:
                yield _reaches(name)
            case ast.Constant(value=str(text)) if text in REFUSED_NAMES:
                yield _reaches(text)
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[target, *_]):
                if self._origin(target):
                    yield _replaces(self._origin(target))

    def _origin(self, node: ast.expr) -> str:
        """'threading.Thread.start' for a chain that begins at an import, else ''."""
        match node:
            case ast.Name(id=name):
                return self._imported.get(name, "")
            case ast.Attribute(value=value, attr=attr):
                base = self._origin(value)
                return f"{base}.{attr}" if base else ""
            case ast.Subscript(value=value):
                return self._origin(value)
        return ""


def _is_main(node: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":`, which grading never enters."""
    match node:
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id="__name__"),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value="__main__")],
            ),
            orelse=[],
        ):
            return True
    return False


def _bound(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name


def _reaches(name: str) -> str:
    return f"`{name}` reaches into the interpreter or the grader; a kata has no use for it."


def _replaces(name: str) -> str:
    return f"It replaces `{name}`, which belongs to the standard library, not to this module."
