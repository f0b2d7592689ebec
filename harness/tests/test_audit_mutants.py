"""Each operator makes the mistake that it is named for, and the notes are read as they are written."""

import ast
from textwrap import dedent

import pytest

from harness import catalogue, mutants_command
from harness.audit import mutation
from harness.audit.mutants import Mutant, mutants, spread
from harness.audit.mutation import Fate, Mutation, read_notes
from harness.tests.grading_tools import TINY, Workbench


def made(source: str, operator: str) -> list[tuple[str, str]]:
    """Lines before and after, of one operator's mutants."""
    found = mutants(dedent(source))
    return [(mutant.before, mutant.after) for mutant in found if mutant.operator == operator]


def sources(source: str, operator: str) -> list[str]:
    return [m.source for m in mutants(dedent(source)) if m.operator == operator]


LOCKED = """
with lock:
    first()
    last()
"""


def test_a_lock_is_dropped_and_its_body_kept() -> None:
    assert sources(LOCKED, "lock dropped") == ["first()\nlast()\n"]
    assert made(LOCKED, "lock dropped") == [("with lock:", "if True:")]


def test_a_lock_that_gives_a_name_is_not_dropped() -> None:
    assert made("with lock as held:\n    use(held)", "lock dropped") == []


def test_the_last_statement_is_moved_out_of_a_lock() -> None:
    assert sources(LOCKED, "lock released too early") == ["with lock:\n    first()\nlast()\n"]
    assert made(LOCKED, "lock released too early") == [("last()", "last()  # after with lock:")]


def test_the_first_statement_is_moved_out_of_a_lock() -> None:
    assert sources(LOCKED, "lock taken too late") == ["first()\nwith lock:\n    last()\n"]
    assert made(LOCKED, "lock taken too late") == [("first()", "first()  # before with lock:")]


def test_a_while_that_waits_becomes_an_if() -> None:
    assert made("while not ready:\n    changed.wait()", "while to if") == [
        ("while not ready:", "if not ready:")
    ]
    assert made("while more:\n    step()", "while to if") == []


def test_one_is_told_instead_of_all() -> None:
    assert made("changed.notify_all()", "notify_all to notify") == [
        ("changed.notify_all()", "changed.notify()")
    ]


@pytest.mark.parametrize("name", ["notify", "notify_all", "set", "release"])
def test_a_signal_is_dropped(name: str) -> None:
    assert made(f"it.{name}()", "signal dropped") == [(f"it.{name}()", "pass")]


def test_what_cleans_up_is_lost_or_done_only_if_all_goes_well() -> None:
    source = """
    try:
        work()
    finally:
        tidy()
    """
    assert sources(source, "finally lost") == ["work()\n", "work()\ntidy()\n"]


def test_neighbours_are_swapped() -> None:
    assert made("a()\nb()\nc()", "statements swapped") == [
        ("a(); b()", "b(); a()"),
        ("b(); c()", "c(); b()"),
    ]


def test_what_a_constructor_sets_up_is_not_swapped() -> None:
    source = """
    class Thing:
        def __init__(self, size):
            self.size = size
            self.lock = Lock()
            self.changed = Condition(self.lock)
    """
    assert made(source, "statements swapped") == [
        (
            "self.lock = Lock(); self.changed = Condition(self.lock)",
            "self.changed = Condition(self.lock); self.lock = Lock()",
        )
    ]


@pytest.mark.parametrize("line", ["a = b", "a: int = b", "a *= b", "del a", "f()"])
def test_a_statement_is_dropped(line: str) -> None:
    assert made(line, "statement dropped") == [(line, "pass")]


@pytest.mark.parametrize("line", ["raise E", "return"])
def test_an_early_end_is_dropped(line: str) -> None:
    source = f"def f():\n    if bad:\n        {line}\n    g()"
    assert made(source, "early end dropped") == [(line, "pass")]


def test_a_condition_is_forced() -> None:
    assert made("if a:\n    f()", "condition forced") == [
        ("if a:", "if True:"),
        ("if a:", "if False:"),
    ]
    assert made("while a:\n    f()", "condition forced")[1] == ("while a:", "while False:")
    assert made("x = f() if a else g()", "condition forced") == [
        ("x = f() if a else g()", "x = f()"),
        ("x = f() if a else g()", "x = g()"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a < b", "a <= b"), ("a <= b", "a < b"), ("a > b", "a >= b"), ("a >= b", "a > b"),
        ("a == b", "a != b"), ("a != b", "a == b"), ("a is b", "a is not b"),
        ("a is not b", "a is b"),
    ],
)  # fmt: skip
def test_a_comparison_becomes_its_neighbour(before: str, after: str) -> None:
    assert made(f"x = {before}", "comparison") == [(f"x = {before}", f"x = {after}")]


def test_each_comparison_of_a_chain_has_a_mutant() -> None:
    assert [after for _, after in made("x = a <= b < c", "comparison")] == [
        "x = a < b < c",
        "x = a <= b <= c",
    ]


def test_plus_becomes_minus_and_back() -> None:
    assert made("x = a + b", "plus and minus") == [("x = a + b", "x = a - b")]
    assert made("x -= a", "plus and minus") == [("x -= a", "x += a")]


def test_a_constant_is_off_by_one() -> None:
    assert made("x = f(1)", "constant") == [("x = f(1)", "x = f(2)"), ("x = f(1)", "x = f(0)")]
    assert made("x = 0", "constant") == [("x = 0", "x = 1")]
    assert made("x = True", "constant") == [("x = True", "x = False")]


def test_and_becomes_or_and_not_is_dropped() -> None:
    assert made("x = a and b", "and, or") == [("x = a and b", "x = a or b")]
    assert made("x = not a", "not dropped") == [("x = not a", "x = a")]


def test_one_of_two_bounds_is_dropped() -> None:
    assert made("x = min(a, b)", "bound dropped") == [
        ("x = min(a, b)", "x = a"),
        ("x = min(a, b)", "x = b"),
    ]


def test_texts_and_annotations_have_no_mutants() -> None:
    source = '''
    """Not 1."""
    def f(a: "Table[0, 1]") -> Pair[1]:
        """Nor 0."""
        raise E(f"{a + 1}")
    '''
    assert {m.operator for m in mutants(dedent(source))} == {"early end dropped"}


def test_a_mutant_says_where_it_is() -> None:
    source = "class A:\n    def f(self):\n        g()\n"
    (mutant,) = mutants(source)
    assert (mutant.function, mutant.line, mutant.key) == ("A.f", 3, ("A.f", "g()", "pass"))
    moved = next(m for m in mutants(LOCKED) if m.operator == "lock taken too late")
    assert moved.key == ("module", "first()", "first() # before with lock:")


@pytest.mark.parametrize("kata", catalogue.load(), ids=lambda kata: kata.name)
def test_a_reference_has_the_same_mutants_and_its_notes_know_them(kata: catalogue.Kata) -> None:
    source = kata.solution.read_text()
    found = mutants(source)
    assert found == mutants(source)
    texts = {mutant.source for mutant in found}
    assert len(texts) == len(found)
    assert ast.unparse(ast.parse(source)) + "\n" not in texts
    assert any(mutant.about_locks for mutant in found)
    gone = set(mutation.explained(kata)) - {mutant.key for mutant in found}
    assert not gone, f"{kata.name}/notes.md explains mutants that there are not: {gone}"


def test_of_too_many_those_about_locks_are_kept_and_the_others_spread() -> None:
    source = LOCKED + "".join(f"x{n} = a\n" for n in range(100))
    found = mutants(source)
    few = spread(found, 20)
    assert len(few) == 20
    assert sum(m.about_locks for m in few) == sum(m.about_locks for m in found)
    assert [m for m in found if m in few] == few
    assert few[-1].line > 90


NOTES = """
# Notes

- `elsewhere`: `a` -> `b`: not under the heading.

## Mutants that survive

Prose.

- `A.f`: `g()` -> `pass`: nothing can
  be seen of it.
- `A.f`: `a; b` -> `b; a`, `A.g`: `if x < 1:` ->
  `if x <= 1:`. One reason for both.
- `A.h`: `no()` -> `pass`

## Next

- `later`: `a` -> `b`: nor this.
"""


def test_the_notes_name_survivors_with_a_reason() -> None:
    assert read_notes(NOTES) == [
        ("A.f", "g()", "pass"),
        ("A.f", "a; b", "b; a"),
        ("A.g", "if x < 1:", "if x <= 1:"),
    ]
    assert read_notes("# Notes\n") == []


def mutant(before: str) -> Mutant:
    return Mutant("statement dropped", "f", 1, before, "pass", before)


def test_a_note_on_what_does_not_survive_is_stale_unless_it_was_not_graded() -> None:
    a, b, c, d = map(mutant, "abcd")
    fates = (Fate(a, ""), Fate(b, "test"), Fate(c, ""))
    kata = catalogue.load()[0]
    notes = tuple(("f", before, "pass") for before in "abde")
    result = Mutation(kata, (a, b, c, d), fates, notes)
    assert result.survivors == [a, c]
    assert result.unexplained == [c]
    assert result.stale == [("f", "b", "pass"), ("f", "e", "pass")]


def test_survivors_are_named_until_they_are_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = map(mutant, "ab")
    fates = (Fate(a, ""), Fate(b, "a test"))
    kata = catalogue.load()[0]

    def said(*notes: str) -> tuple[int, str]:
        keys = tuple(("f", before, "pass") for before in notes)
        result = Mutation(kata, (a, b), fates, keys)
        monkeypatch.setattr(mutants_command, "mutate", lambda kata, tell: result)
        return mutants_command.run(kata.name, 1), capsys.readouterr().out

    status, out = said()
    assert status == 1
    assert f"{kata.name}: 1 of 2 mutants killed, 1 survive" in out
    assert "survives   line 1, statement dropped\n           `f`: `a` -> `pass`" in out
    assert "1 to be killed by" in out
    status, out = said("a")
    assert status == 0
    assert "explained  line 1" in out
    assert "Each survivor is explained." in out
    status, out = said("a", "b")
    assert status == 1
    assert "stale      `f`: `b` -> `pass`" in out


def test_mutants_are_graded_by_the_kata_s_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutation, "AT_MOST", 3)
    heard = []
    result = mutation.mutate(catalogue.find("tiny", TINY), lambda *done: heard.append(done))
    assert heard == [(1, 3), (2, 3), (3, 3)]
    assert all(fate.killed_by.startswith("test_") for fate in result.fates)
    assert not result.survivors
    assert len(result.all) > 3


def test_repeats_of_mutants_are_a_mistake(bench: Workbench) -> None:
    ran = bench.kata("audit", "tiny", "--mutants", "--repeat", "2")
    assert ran.status == 2
    assert "kata audit tiny --mutants" in ran.err
