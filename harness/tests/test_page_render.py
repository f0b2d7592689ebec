"""The page as a text: harmless whatever the candidate says, and in need of nothing."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from harness.page import page
from harness.page.escape import data, text, visible
from harness.tests.page_tools import CAPTION, classic, page_of

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`&amp;\x00\x1b[31m\u202e\ud800"


class Read(HTMLParser):
    """All elements with their attributes, and the texts of some."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]


def everywhere(film: dict[str, Any], words: str) -> dict[str, Any]:
    """The film with `words` in place of every text."""
    nasty: dict[str, Any] = json.loads(json.dumps(film))
    nasty["threads"] = [words for _ in film["threads"]]
    nasty["variables"] = [[words, words]]
    for file in nasty["files"]:
        file["name"] = words
        file["lines"] = [[number, words] for number, _ in file["lines"]]
    for step in nasty["steps"]:
        step["text"] = step["function"] = words
        step["changed"] = [[words, words, words]]
        step["held"] = [[thread, words] for thread, _ in step["held"]]
        step["waits"] = [[t, words, other, words] for t, _, other, _ in step["waits"]]
    return nasty


def test_nothing_that_a_candidate_says_becomes_markup() -> None:
    film = classic("ab_ba_deadlock")
    usual, nasty = everywhere(film, "usual"), everywhere(film, NASTY)
    words = dict.fromkeys(
        ("kata", "implementation", "verdict", "promise", "headline", "report"), NASTY
    )
    attacked = Read(page(nasty, replace(CAPTION, **words, again=NASTY)))
    assert attacked.tags() == Read(page(usual, CAPTION)).tags()
    assert [
        a for _, attributes in attacked.elements for a in attributes if a.startswith("on")
    ] == []


def test_the_data_come_out_as_they_went_in_but_visible() -> None:
    film = everywhere(classic("ab_ba_deadlock"), NASTY)
    read = Read(page_of(film))
    found = json.loads(read.texts["script"][0])
    assert found["threads"][0] == visible(NASTY)
    assert found["steps"][0]["thread"] == film["steps"][0]["thread"]


def test_what_cannot_be_seen_is_written_out() -> None:
    assert visible("a\tb\x00\u202e\ud800 é 字") == "a   b\\x00\\u202e\\ud800 é 字"
    assert text("<'\">&") == "&lt;&#x27;&quot;&gt;&amp;"
    assert "<" not in data({"a": ["</script>", "<!--"]})
    page_of(everywhere(classic("lost_update"), NASTY)).encode("utf-8")


def test_the_page_needs_nothing_from_anywhere() -> None:
    read = Read(page_of(classic("ab_ba_deadlock")))
    for _, attributes in read.elements:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))
    (policy,) = [a["content"] for _, a in read.elements if "http-equiv" in a]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "@import" not in read.texts["style"][0]
    assert "url(" not in read.texts["style"][0]


def test_without_javascript_every_step_is_in_a_table_with_headings() -> None:
    film = classic("ab_ba_deadlock")
    page = page_of(film)
    read = Read(page)
    columns = [a for tag, a in read.elements if tag == "th" and a.get("scope") == "col"]
    rows = [a for tag, a in read.elements if tag == "th" and a.get("scope") == "row"]
    assert len(columns) >= 1 + len(film["threads"])
    assert len(rows) == len(film["steps"])
    for step in film["steps"]:
        assert text(step["text"]) in page


def test_the_same_film_gives_the_same_page() -> None:
    assert page_of(classic("lost_update")) == page_of(classic("lost_update"))


def test_what_was_left_out_is_said() -> None:
    film = {**classic("lost_update"), "left_out": 1234}
    assert "1,234 are left out" in page_of(film)
