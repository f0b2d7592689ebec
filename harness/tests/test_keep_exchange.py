"""What is exported comes back the same; what is not right changes nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.keep import Asked, HintShown, Kind, Reset, Store, document, exchange
from harness.keep.fields import Wrong
from harness.keep_commands import transfer
from harness.tests.keep_tools import DAY, NOW, attempt, desk, said

Change = Callable[[Any], object]


def filled(folder: Path) -> Store:
    folder.mkdir()
    store = Store(folder)
    store.record(attempt(1, phases=(("code", 12.5),)), b"x = 1\n")
    store.record(attempt(at=NOW + DAY), b"\xff\xfe not UTF-8")
    store.record(attempt(0, kind=Kind.HUNT, variant="no_lock", at=NOW + DAY))
    store.record(attempt(0, ended=None, uid="goes-on"))
    store.add_hint(HintShown("tiny", 1, 2, NOW))
    store.add_reset(Reset("tiny", NOW))
    store.add_asked(Asked("tiny", NOW, True))
    return store


def exported(store: Store) -> Any:
    return json.loads(json.dumps(document.write(exchange.everything(store))))


def test_everything_comes_back_the_same(tmp_path: Path) -> None:
    store, other = filled(tmp_path / "a"), Store(tmp_path)
    merged = exchange.merge(other, document.read(exported(store)))
    assert (merged.attempts, merged.reviews, merged.others) == (4, 3, 3)
    assert exchange.everything(other) == exchange.everything(store)
    assert other.cards() == store.cards()


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    store = filled(tmp_path / "a")
    before = exchange.everything(store)
    merged = exchange.merge(store, document.read(exported(store)))
    assert (merged.attempts, merged.reviews, merged.others) == (0, 0, 0)
    assert exchange.everything(store) == before


def test_two_histories_make_one_whichever_way_round(tmp_path: Path) -> None:
    store, other = filled(tmp_path / "a"), Store(tmp_path)
    other.record(attempt(2, at=NOW - 3 * DAY))
    other.record(attempt(at=NOW + 9 * DAY))
    one, two = exchange.everything(store), exchange.everything(other)
    exchange.merge(store, two)
    exchange.merge(other, one)
    assert exchange.everything(store) == exchange.everything(other)
    assert store.cards() == other.cards()


def test_an_attempt_that_has_ended_elsewhere_ends_here_too(tmp_path: Path) -> None:
    store, other = filled(tmp_path / "a"), filled(tmp_path / "b")
    other.record(attempt(uid="goes-on"))
    exchange.merge(store, exchange.everything(other))
    ended = {one.uid: one.ended for one in store.attempts()}
    assert ended["goes-on"] == NOW
    exchange.merge(other, replace(exchange.everything(filled(tmp_path / "c"))))
    assert {one.uid: one.ended for one in other.attempts()}["goes-on"] == NOW


def first(name: str, field: str, value: object) -> Change:
    return lambda document: document[name][0].__setitem__(field, value)


def level(field: str, value: object) -> Change:
    return lambda document: document["attempts"][0]["levels"][0].__setitem__(field, value)


BAD: dict[str, tuple[Change, str]] = {
    "no format": (lambda d: d.pop("format"), "format is missing"),
    "another format": (lambda d: d.update(format="x"), "format is not 'systems-katas'"),
    "a later version": (lambda d: d.update(version=2), "version is 2, but 1"),
    "no list": (lambda d: d.update(attempts={}), "attempts is an object, not a list"),
    "a list missing": (lambda d: d.pop("hints"), "hints is missing"),
    "something more": (lambda d: d.update(cards=[]), "cards is not known here"),
    "no object": (lambda d: d["attempts"].append(7), "attempts[4] is 7, not an object"),
    "a field more": (first("hints", "mood", 1), "hints[0].mood is not known here"),
    "a number as name": (first("attempts", "kata", 3), "attempts[0].kata is 3, not a text"),
    "no name": (first("attempts", "kata", ""), "attempts[0].kata is '', not"),
    "escapes": (first("attempts", "kata", "\x1b[2J"), "attempts[0].kata is '\\x1b[2J', not"),
    "half a letter": (first("attempts", "implementation", "\ud800"), "implementation is"),
    "a kind": (first("attempts", "kind", "x"), "kind is 'x', not one of grade, practice, hunt"),
    "a truth": (first("attempts", "started", True), "attempts[0].started is true, not a number"),
    "no number": (first("attempts", "active", float("nan")), "attempts[0].active is nan"),
    "before time": (first("attempts", "started", -1), "not a number of seconds since 1970"),
    "too large": (first("attempts", "ended", 10**400), "attempts[0].ended is 1000"),
    "a fraction": (first("attempts", "of", 1.5), "attempts[0].of is 1.5, not a whole number"),
    "a verdict": (level("verdict", "GOOD"), "attempts[0].levels[0].verdict is 'GOOD', not one of"),
    "a level twice": (level("number", 2), "attempts[0].levels have numbers"),
    "a rating": (first("reviews", "rating", 5), "reviews[0].rating is 5"),
    "no truth": (first("asked", "shown", 1), "asked[0].shown is 1, not true or false"),
    "twice": (
        lambda d: d["attempts"].append(d["attempts"][0]),
        "attempts[4].uid stands there twice",
    ),
    "no source": (lambda d: d.update(sources={}), "source is not among the `sources`"),
    "a changed source": (
        lambda d: [source.update(text="x = 2") for source in d["sources"].values()],
        "is not",
    ),
}


@pytest.mark.parametrize(("change", "says"), BAD.values(), ids=BAD)
def test_a_bad_document_says_where_and_changes_nothing(
    tmp_path: Path, change: Change, says: str
) -> None:
    bad = exported(filled(tmp_path / "a"))
    change(bad)
    with pytest.raises(Wrong) as caught:
        document.read(bad)
    assert says in str(caught.value)
    file, at = tmp_path / "bad.json", desk(tmp_path, [])
    file.write_text(json.dumps(bad))
    with pytest.raises(UsageError, match="Nothing has been changed"):
        transfer.import_(at, str(file))
    assert at.store.attempts() == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1, column 1"),
        ('{\n"a": }', "line 2, column 6"),
        ("[1]", "the document is a list, not an object"),
        ("null", "the document is null"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 9_999, "cannot be read"),
    ],
    ids=["empty", "half", "list", "null", "deep", "digits"],
)
def test_a_file_that_is_no_document_says_where(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="cannot be imported") as caught:
        transfer.import_(desk(tmp_path, []), str(file))
    assert says in caught.value.seen


def test_a_file_that_is_no_text_or_not_there(tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="no UTF-8 text"):
        transfer.import_(desk(tmp_path, []), str(file))
    with pytest.raises(UsageError, match="No such file"):
        transfer.import_(desk(tmp_path, []), str(tmp_path / "nowhere"))


def test_an_export_is_a_new_file_and_never_another_ones(tmp_path: Path) -> None:
    filled(tmp_path / "a")
    at, file = desk(tmp_path / "a", []), tmp_path / "out.json"
    assert transfer.export(at, str(file)) == 0
    assert "4 attempts written to" in said(at)
    before = file.read_text()
    with pytest.raises(UsageError, match="exists already"):
        transfer.export(at, str(file))
    assert file.read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "out.json"]
    other = desk(tmp_path, [])
    transfer.import_(other, str(file))
    assert "4 attempts taken over, 0 known already; 3 reviews" in said(other)


def test_without_a_file_the_document_goes_to_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path / "a")
    transfer.export(desk(tmp_path / "a", []), None)
    assert len(json.loads(capsys.readouterr().out)["attempts"]) == 4
