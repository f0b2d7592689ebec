"""A folder of submissions: each gets its own verdict, whatever its neighbours do."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness import catalogue
from harness.grading.launch import MARK
from harness.submissions.find import find
from harness.tests.grading_tools import HERE, ROOT, Ran, Workbench

pytestmark = pytest.mark.xdist_group("grade_all")  # which share `graded`

SOLUTION = "solutions/tiny/tiny.py"
BROKEN = "solutions/tiny/broken"
# What a submission is made of, the verdict that it gets, and the points. In 20 folders, in order.
CLASS = {
    "ada": (SOLUTION, "PASS", 100),
    "alan": (f"{BROKEN}/add_without_the_lock.py", "RACE", 33),
    "barbara": ("hostile/spins_in_a_method.py", "HANG", 0),
    "bjarne": (SOLUTION, "PASS", 100),
    "brian": ("hostile/memory_bit_by_bit.py", "CRASH", 0),
    "dennis": ("hostile/os_exit_in_a_method.py", "CRASH", 0),
    "donald": (f"{BROKEN}/nobody_notifies.py", "DEADLOCK", 66),
    "edsger": (SOLUTION, "PASS", 100),
    "frances": ("hostile/forks_without_end.py", "WRONG", 0),
    "grace": ("solutions/tiny/right/a_list_of_amounts.py", "PASS", 100),
    "guido": ("hostile/segfaults.py", "CRASH", 0),
    "john": ("syntax error", "WRONG", 0),
    "ken": ("katas/tiny/tiny.py", "NOT STARTED", 0),
    "leslie": (f"{BROKEN}/amount_ignored.py", "WRONG", 0),
    "linus": ("hostile/prints_a_gigabyte.py", "PASS", 100),
    "margaret": ("hostile/sys_exit_at_import.py", "WRONG", 0),
    "niklaus": ("hostile/deadlocks_with_itself.py", "DEADLOCK", 0),
    "radia": (SOLUTION, "PASS", 100),
    "robin": ("hostile/starts_a_shell.py", "WRONG", 0),
    "tony": (SOLUTION, "PASS", 100),
}


def source(bench: Workbench, name: str) -> str:
    if name == "syntax error":
        return "class Counter(:\n"
    return ((HERE if name.startswith("hostile") else bench.root) / name).read_text()


def folder(bench: Workbench, **files: str) -> Path:
    """A folder with these files; `__` in a name is a slash, `_py` at its end is the suffix."""
    base = bench.root / "handed in"
    base.mkdir()
    for name, text in files.items():
        path = base / (name.replace("__", "/").removesuffix("_py") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return base


def grade_all(bench: Workbench, *words: str, columns: int = 80) -> Ran:
    file = bench.state / "all.json"
    given = ["grade-all", "handed in", *words, "--json", str(file)]
    ran = bench.kata(*given, COLUMNS=str(columns))
    document = json.loads(file.read_text()) if file.exists() else None
    return Ran(ran.status, ran.out, ran.err, document)


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench(tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="module")
def graded(workbench: Workbench) -> Ran:
    base = workbench.root / "handed in"
    for student, (name, _, _) in CLASS.items():
        (base / student).mkdir(parents=True)
        (base / student / "tiny.py").write_text(source(workbench, name))
    return grade_all(workbench, "--format", "junit", "-o", "documents")


def test_twenty_submissions_get_each_its_own_verdict(graded: Ran) -> None:
    assert graded.status == 1, graded.err
    rows = graded.document["submissions"]
    seen = {row["student"]: (row["verdict"], row["points"]) for row in rows}
    assert seen == {name: (verdict, points) for name, (_, verdict, points) in CLASS.items()}
    assert list(seen) == sorted(seen)
    assert graded.document["passed"] == sum(verdict == "PASS" for _, verdict, _ in CLASS.values())


def test_the_table_has_a_row_a_submission_in_order_with_what_failed_first(graded: Ran) -> None:
    lines = graded.out.splitlines()
    rows = [line.split()[0] for line in lines if line[:2].strip() and " of 3 " in line]
    assert rows == sorted(CLASS)
    (alan,) = [n for n, line in enumerate(lines) if line.startswith(" alan")]
    assert lines[alan].split()[1:] == ["1", "of", "3", "33", "RACE"]
    assert "Adds from two threads all count." in lines[alan + 1]
    assert "7 of 20 submissions pass" in graded.out
    assert max(len(line) for line in lines if not line.startswith(" See why")) <= 80
    assert "Traceback" not in graded.out + graded.err


def test_a_document_a_submission_is_written(workbench: Workbench, graded: Ran) -> None:
    written = sorted(path.name for path in (workbench.root / "documents").iterdir())
    assert written == [f"{student}-tiny.xml" for student in sorted(CLASS)]


def test_nothing_is_left_running_and_ones_own_history_is_as_it_was(
    workbench: Workbench, graded: Ran
) -> None:
    assert left_of(workbench) == []
    assert not (workbench.state / "history.db").exists()


def left_of(bench: Workbench) -> list[psutil.Process]:
    """Processes of gradings and nurseries of this workbench; all have its state in them."""
    left = []
    for process in psutil.process_iter():
        try:
            if MARK in process.environ() and str(bench.state) in str(process.environ()):
                left.append(process)
        except psutil.Error:
            continue
    return left


# -- which files are whose ------------------------------------------------------------------------


def submissions(document: Any) -> dict[str, str | None]:
    return {row["student"]: row["reason"] for row in document["submissions"]}


def test_all_layouts_are_recognised_and_the_rest_is_listed(bench: Workbench) -> None:
    stub = source(bench, "katas/tiny/tiny.py")
    base = folder(
        bench, ann__tiny=stub, bob_tiny=stub, tiny__cid=stub, dan__katas__tiny__tiny=stub,
        ann__helper=stub, tiny=stub, eve=stub, test_tiny=stub,
    )  # fmt: skip
    (base / "notes.txt").write_text("late: bob")
    (base / ".DS_Store").write_text("")
    ran = grade_all(bench)
    assert submissions(ran.document) == dict.fromkeys(["ann", "bob", "cid", "dan"])
    left = {row["path"]: row["reason"] for row in ran.document["left_out"]}
    assert sorted(left) == ["ann/helper.py", "eve.py", "notes.txt", "test_tiny.py", "tiny.py"]
    assert "say --kata NAME" in left["eve.py"]
    assert all(path in ran.out for path in left)
    assert set(submissions(grade_all(bench, "--kata", "tiny").document)) == {
        "ann", "bob", "cid", "dan", "eve"
    }  # fmt: skip


def test_what_cannot_be_graded_has_a_row_with_the_reason(bench: Workbench) -> None:
    stub = source(bench, "katas/tiny/tiny.py")
    base = folder(bench, ann_tiny=stub, ann__tiny=stub, bob_tiny=stub)
    outside = bench.root / "outside.py"
    outside.write_text(stub)
    (base / "cid_tiny.py").symlink_to(outside)
    (base / "dan_tiny.py").symlink_to(base / "nowhere.py")
    (base / "eve").symlink_to(bench.root / "katas", target_is_directory=True)
    (base / "fay_tiny.py").write_text("#" * (2 << 20))
    os.mkfifo(base / "gus_tiny.py")
    ran = grade_all(bench)
    reasons = submissions(ran.document)
    assert reasons == {
        "ann": "there are two files: tiny.py and ann_tiny.py",
        "bob": None,
        "cid": "a link out of the folder",
        "dan": "a link to nothing",
        "fay": "it has more than 1 MiB: that is no kata",
        "gus": "it is not an ordinary file",
    }
    assert ran.document["left_out"] == [{"path": "eve", "reason": "a link out of the folder"}]
    assert "NOT GRADED" in ran.out
    assert "5 not graded" in ran.out
    assert ran.status == 1


def test_files_are_read_as_editors_and_systems_leave_them(bench: Workbench) -> None:
    right = source(bench, SOLUTION)
    base = folder(bench)
    for student, content, _ in AS_THEY_COME:
        (base / student).mkdir()
        (base / student / "tiny.py").write_bytes(content(right))
    ran = grade_all(bench)
    seen = {row["student"]: row["verdict"] for row in ran.document["submissions"]}
    assert seen == {student: verdict for student, _, verdict in AS_THEY_COME}
    assert "Jürgen Groß" in ran.out
    assert "Traceback" not in ran.out + ran.err


AS_THEY_COME: list[tuple[str, Callable[[str], bytes], str]] = [
    ("Ada Lovelace", str.encode, "PASS"),
    ("Jürgen Groß", str.encode, "PASS"),
    ("CRLF", lambda text: text.replace("\n", "\r\n").encode(), "PASS"),
    ("a byte order mark", lambda text: text.encode("utf-8-sig"), "PASS"),
    ("Latin-1, which it says", lambda text: f"# coding: latin-1\n# \xe9\n{text}".encode("latin-1"), "PASS"),
    ("Latin-1, which it does not say", lambda text: f"# \xe9\n{text}".encode("latin-1"), "WRONG"),
    ("a null byte", lambda text: text.encode() + b"x = 1\0\n", "WRONG"),
    ("empty", lambda _: b"", "WRONG"),
]  # fmt: skip


def test_a_folder_that_cannot_be_looked_into_costs_the_others_nothing(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = source(bench, "katas/tiny/tiny.py")
    base = folder(bench, ann__tiny=stub, bob__tiny=stub)
    iterdir = Path.iterdir

    def guarded(path: Path) -> Iterator[Path]:
        if path.name == "ann":  # as root, whom the tests may run as, nothing is forbidden
            raise PermissionError(13, "Permission denied", str(path))
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", guarded)
    found = find(base, catalogue.load(bench.root))
    assert [row.student for row in found.submissions] == ["bob"]
    assert [row.reason for row in found.left_out] == ["it cannot be read: Permission denied"]


def test_a_name_cannot_reach_the_terminal_as_a_command(bench: Workbench) -> None:
    base = folder(bench)
    os.mkdir(os.fsencode(base) + b"/\x1b[2Jx\xff\n")
    (next(base.iterdir()) / "tiny.py").write_text(source(bench, "katas/tiny/tiny.py"))
    ran = grade_all(bench)
    assert "\x1b" not in ran.out
    assert "\\x1b[2Jx\\udcff" in ran.out


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_rows_fit_the_terminal(bench: Workbench, columns: int) -> None:
    broken = source(bench, f"{BROKEN}/amount_ignored.py")
    base = folder(bench, a_very_long_name_of_a_student_indeed_tiny=broken)
    (base / "a file with a long name that nobody can place anywhere, alas.txt").write_text("")
    out = grade_all(bench, columns=columns).out
    lines = [line for line in out.splitlines() if not line.startswith(" See why")]
    assert max(map(len, lines)) <= columns


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["nowhere"], "is not there"),
        (["katas/tiny/tiny.py"], "is not a folder"),
        (["handed in", "--kata", "tinny"], "Did you mean tiny?"),
        (["handed in"], "no submission in handed in; 1 left out"),
        (["handed in", "--jobs", "0"], "Invalid value for '--jobs'"),
        (["handed in", "--kata", "tiny", "--format", "junit"], "--format and -o go together"),
        (["handed in", "--kata", "tiny", "--json", "no/such/f"], "cannot be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_used_is_said_at_once(bench: Workbench, words: list[str], seen: str) -> None:
    folder(bench, eve="")
    ran = bench.kata("grade-all", *words)
    assert ran.status == 2
    assert seen in ran.err
    assert "Traceback" not in ran.err


# -- stopping -------------------------------------------------------------------------------------


# Each call takes seconds, with signs of life between them: it goes on for a minute and more.
SLOWLY = "return self._count + 0 * sum(range(10**8))\n"


def test_ctrl_c_reports_what_is_done_and_leaves_nothing_running(bench: Workbench) -> None:
    folder(
        bench,
        ann_tiny=source(bench, f"{BROKEN}/amount_ignored.py"),
        bob_tiny=source(bench, SOLUTION).replace("return self._count\n", SLOWLY, 1),
        cid_tiny=source(bench, SOLUTION),
    )
    document = bench.state / "all.json"
    with subprocess.Popen(
        [sys.executable, "-c", "from harness.cli import main; main()",
         "grade-all", "handed in", "--jobs", "1", "--json", str(document)],
        cwd=bench.root, env=bench.environment(PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stderr
        seen = ""
        while " ann " not in seen:
            line = process.stdout.readline()
            assert line, seen + process.stderr.read()
            seen += line
        process.send_signal(signal.SIGINT)
        asked = time.monotonic()
        seen += process.stdout.read()
        assert process.wait() == 130, process.stderr.read()
        assert time.monotonic() - asked < 50
        assert "Traceback" not in process.stderr.read()
    assert "Stopped." in seen
    table = json.loads(document.read_text())
    assert table["stopped"] is True
    verdicts = {row["student"]: row["verdict"] for row in table["submissions"]}
    assert verdicts == {"ann": "WRONG", "bob": None, "cid": None}
    assert left_of(bench) == []
