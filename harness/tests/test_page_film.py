"""Films: what the page is made of.

To accept a changed film, run with KATA_GOLDEN=write and read the difference before committing it.
"""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from harness.explore.film import MOST_STEPS, choose
from harness.grading.results import Check, Finding, Grade, LevelResult, as_json
from harness.tests.grading_tools import ROOT
from harness.tests.page_tools import classic, film_from
from harness.verdict import Verdict

GOLDEN = Path(__file__).parent / "golden" / "film_ab_ba_deadlock.json"


def test_the_film_of_a_deadlock_is_the_golden_one() -> None:
    text = json.dumps(classic("ab_ba_deadlock"), indent=1) + "\n"
    if os.environ.get("KATA_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["lost_update", "lost_wakeup"])
def test_a_film_is_the_same_in_every_process(name: str) -> None:
    code = (
        "import json; from harness.tests.page_tools import classic; "
        f"print(json.dumps(classic({name!r})))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    films = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**environment, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert films == {json.dumps(classic(name)).encode() + b"\n"}


def test_a_lost_update_shows_both_writes_and_the_line_that_noticed() -> None:
    steps = classic("lost_update")["steps"]
    changes = [change for step in steps for change in step["changed"]]
    assert changes == [
        ["self.balance", "", "0"], ["self.balance", "0", "2"], ["self.balance", "2", "1"],
    ]  # fmt: skip
    assert [step["fails"] for step in steps] == [False] * (len(steps) - 1) + [True]
    assert steps[-1]["text"] == "1 and 2 were deposited; the balance is 1"


def test_switches_are_where_another_thread_goes_on() -> None:
    steps = classic("lost_update")["steps"]
    for before, after in pairwise(steps):
        assert after["switch"] == (before["thread"] != after["thread"])


def test_a_deadlock_ends_with_who_holds_and_who_waits_for_what() -> None:
    last = classic("ab_ba_deadlock")["steps"][-1]
    assert last["held"] == [[1, "self.lock (Account 1)"], [2, "self.lock (Account 2)"]]
    assert [(thread, other, lock) for thread, _, other, lock in last["waits"]] == [
        (0, 1, ""),
        (1, 2, "self.lock (Account 2)"),
        (2, 1, "self.lock (Account 1)"),
    ]


def test_a_lock_is_held_from_taking_it_to_letting_go_of_it() -> None:
    held = False
    for step in classic("lost_wakeup")["steps"]:
        held = (held or step["kind"] == "take") and step["kind"] != "release"
        assert bool(step["held"]) == held


def test_what_a_containers_method_changes_is_seen(tmp_path: Path) -> None:
    film = film_from(
        tmp_path,
        """
        import heapq

        class Box:
            def __init__(self):
                self.heap = []
                self.table = {"a": 1}

        def scenario():
            box = Box()
            heapq.heappush(box.heap, 3)
            box.heap.append(4)
            box.table["b"] = 2
            box.heap[0] += 1
            assert False, "as meant"
        """,
    )
    changes = [change for step in film["steps"] for change in step["changed"]]
    assert changes == [
        ["self.heap", "", "empty"],
        ["self.table", "", "1 item"],
        ["self.heap", "empty", "[3]"],
        ["self.heap", "[3]", "[3, 4]"],
        ["self.table", "1 item", "2 items"],
        ["self.heap", "[3, 4]", "[4, 4]"],
    ]


def test_no_code_of_the_candidate_runs_to_show_a_value(tmp_path: Path) -> None:
    film = film_from(
        tmp_path,
        """
        CALLS = []

        class Meta(type):
            __name__ = property(lambda cls: CALLS.append("name") or "x")

        class Odd(metaclass=Meta):
            def __init__(self):
                self.inside = self
            def __repr__(self):
                CALLS.append("repr")
                return "x"
            def __eq__(self, other):
                CALLS.append("eq")
                return True
            def __hash__(self):
                CALLS.append("hash")
                return 5
            def __len__(self):
                CALLS.append("len")
                return 1

        class Holder:
            @property
            def computed(self):
                CALLS.append("property")
                return 7

        def scenario():
            holder = Holder()
            holder.odd = Odd()
            holder.table = {holder.odd: 1}
            holder.odd.inside = 1
            holder.listed = [holder.odd]
            holder.listed[0] = Odd()
            holder.table[holder.odd]
            holder.table[holder.odd] = 2
            assert CALLS == ["hash"] * 3, f"called {CALLS}"
            assert False, "as meant"
        """,
    )
    assert film["steps"][-1]["text"] == "as meant"


def test_time_that_passes_is_told(tmp_path: Path) -> None:
    film = film_from(
        tmp_path,
        """
        import time

        class Box:
            full = False

        def scenario():
            box = Box()
            time.sleep(1.5)
            box.full = True
            assert False, "as meant"
        """,
    )
    assert [step.get("time") for step in film["steps"] if step["kind"] == "write"] == [1.5]


def test_of_a_long_execution_the_steps_that_matter_are_kept(tmp_path: Path) -> None:
    film = film_from(
        tmp_path,
        """
        import threading

        class Box:
            def __init__(self):
                self.lock = threading.Lock()
                self.count = 0

        def work(box):
            for _ in range(1500):
                box.count += 1

        def scenario():
            box = Box()
            thread = threading.Thread(target=work, args=(box,))
            thread.start()
            thread.join()
            assert box.count == 0, "as meant"
        """,
    )
    steps = film["steps"]
    assert len(steps) == MOST_STEPS
    assert film["left_out"] > 500
    assert sum(step["skipped"] for step in steps) == film["left_out"]
    changes = [change for step in steps for change in step["changed"]]
    for before, after in pairwise(changes):
        assert before[2] == after[1], "a change is told from where the last one left off"
    assert changes[-1] == ["self.count", "1499", "1500"]
    assert "end" in {step["kind"] for step in steps}


def test_what_weighs_most_is_kept_and_of_equals_the_latest() -> None:
    assert choose(list("abcd"), [1, 5, 1, 1], 3) == [1, 2, 3]


def test_only_the_functions_that_ran_are_shown() -> None:
    (file,) = classic("lost_update")["files"]
    assert not file["suite"]
    shown = "\n".join(text for _, text in file["lines"])
    assert "def deposit(self" in shown
    assert "class Fixed" not in shown


def test_results_for_others_have_no_film_in_them() -> None:
    finding = Finding("wrong", film="{}")
    check = Check("test_it", 1, "It works.", Verdict.WRONG, finding=finding)
    level = LevelResult(1, "core", Verdict.WRONG, (check,), 1)
    document = as_json(Grade("tiny", "Tiny", "", "tiny.py", (level,), 0.1))
    assert "film" not in document["levels"][0]["checks"][0]["finding"]
