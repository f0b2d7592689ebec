"""The page in headless Chromium: keys, buttons, clicks, what is said, both colour schemes, 360 pixels.

Nothing sleeps: the WebDriver protocol answers when the page has dealt with the input.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.tests.page_tools import classic, page_of
from harness.tests.webdriver import Browser, browser, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.xdist_group("chromium"),
]
NOW = "document.getElementById('now').textContent"
STEP = "Number(document.documentElement.dataset.step)"


@pytest.fixture(scope="module")
def film() -> dict[str, Any]:
    return classic("ab_ba_deadlock")


@pytest.fixture(scope="module")
def window(
    tmp_path_factory: pytest.TempPathFactory, film: dict[str, Any]
) -> Iterator[tuple[Browser, Path]]:
    folder = tmp_path_factory.mktemp("chromium")
    file = folder / "page.html"
    file.write_text(page_of(film), encoding="utf-8")
    with browser(folder) as opened:
        yield opened, file


@pytest.fixture
def shown(window: tuple[Browser, Path]) -> Iterator[Browser]:
    """The page, freshly loaded, at its first step; no test may leave an error in the console."""
    opened, file = window
    opened.resize(1280)
    opened.open(file)
    opened.until(STEP, 1)
    yield opened
    assert opened.errors() == []


def switches(film: dict[str, Any]) -> list[int]:
    return [number for number, step in enumerate(film["steps"], 1) if step["switch"]]


def test_keys_go_forward_and_back_to_the_start_and_the_failure(
    shown: Browser, film: dict[str, Any]
) -> None:
    last = len(film["steps"])
    shown.press("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight")
    shown.until(STEP, 3)
    shown.press("End")
    shown.until(STEP, last)
    shown.press("ArrowRight")
    shown.until(STEP, last)
    shown.press("Home", "ArrowLeft")
    shown.until(STEP, 1)


def test_keys_jump_from_switch_to_switch(shown: Browser, film: dict[str, Any]) -> None:
    first, second, *_ = switches(film)
    shown.press("]")
    shown.until(STEP, first)
    shown.press("]")
    shown.until(STEP, second)
    shown.press("ArrowRight", "[")
    shown.until(STEP, second)
    shown.press("[", "[")
    shown.until(STEP, 1)


def test_buttons_do_what_they_are_named_for(shown: Browser, film: dict[str, Any]) -> None:
    first, *_ = switches(film)
    places = [
        ("forward", 2), ("next-switch", first), ("back", first - 1), ("previous-switch", 1),
        ("failure", len(film["steps"])), ("start", 1),
    ]  # fmt: skip
    for button, step in places:
        shown.click(f"#{button}")
        shown.until(STEP, step)


def test_a_click_on_a_step_goes_there(shown: Browser) -> None:
    shown.click("#step-2 td.did")
    shown.until(STEP, 2)
    shown.click("#step-4 a")
    shown.until(STEP, 4)
    assert shown.run("return document.querySelector('[aria-current=step]').id") == "step-4"


def test_everything_can_be_reached_with_the_keyboard_alone(shown: Browser) -> None:
    shown.press("Tab", "Tab", "Tab", "Tab")
    assert shown.run("return document.activeElement.id") == "forward"
    assert shown.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    shown.press("Enter")
    shown.until(STEP, 2)
    assert shown.run("return document.activeElement.id") == "forward"


def test_each_step_is_said_in_words_in_a_live_region(shown: Browser, film: dict[str, Any]) -> None:
    assert shown.run("return document.getElementById('now').getAttribute('aria-live')") == "polite"
    shown.press("]")
    first, *_ = switches(film)
    step = film["steps"][first - 1]
    said = (
        f"Step {first} of {len(film['steps'])}, a switch to B. B, Thread-1 (ann_pays), "
        f"ab_ba_deadlock.py line {step['line']}: {step['text']}."
    )
    shown.until(NOW, said)
    shown.press("End")
    assert ", the failure. " in shown.run(f"return {NOW}")


def test_a_change_is_said_and_shown_from_old_to_new(shown: Browser, film: dict[str, Any]) -> None:
    number, step = next((n, s) for n, s in enumerate(film["steps"], 1) if s["changed"])
    shown.click(f"#step-{number} a")
    name, _, new = step["changed"][0]
    assert f" {name}: nothing becomes {new}." in shown.run(f"return {NOW}")
    row = shown.run("return document.querySelector('#variables .changed').textContent")
    assert row == f"{name}nothing \u2192 {new}"


def test_the_source_has_each_thread_at_its_line(shown: Browser, film: dict[str, Any]) -> None:
    shown.press("End")
    shown.until(STEP, len(film["steps"]))
    marks = shown.run(
        "return [...document.querySelectorAll('.source li')].filter(l => l.querySelector('.badge'))"
        ".map(l => [Number(l.querySelector('.number').textContent), "
        "[...l.querySelectorAll('.badge')].map(b => b.textContent).sort().join('')])"
    )
    places = {}
    for step in film["steps"][:-1]:
        places[step["thread"]] = step["line"]
    expected: dict[int, str] = {}
    for thread, line in sorted(places.items()):
        expected[line] = expected.get(line, "") + "ABC"[thread]
    assert dict(marks) == expected


def test_locks_say_who_holds_and_who_waits(shown: Browser, film: dict[str, Any]) -> None:
    shown.press("End")
    shown.until(STEP, len(film["steps"]))
    rows = shown.run(
        "return [...document.querySelectorAll('#locks tr')]"
        ".map(row => [...row.children].map(cell => cell.textContent))"
    )
    assert rows == [["self.lock (Account 1)", "B", "C"], ["self.lock (Account 2)", "C", "B"]]
    doing = shown.run("return document.querySelectorAll('#threads .doing')[1].textContent")
    assert doing == "waits for self.lock (Account 2), held by Thread-2 (bob_pays)"


def test_threads_differ_in_letter_and_shape_not_only_in_colour(shown: Browser) -> None:
    looks = shown.run(
        "return [...document.querySelectorAll('#threads .badge')].map(b => {"
        "const s = getComputedStyle(b); return [b.textContent, s.clipPath + s.borderRadius]})"
    )
    assert len({letter for letter, _ in looks}) == len(looks) == 3
    assert len({shape for _, shape in looks}) == 3


def test_controls_have_names_and_parts_have_landmarks(shown: Browser) -> None:
    tree = shown.devtools("Accessibility.getFullAXTree")["nodes"]
    named = {
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in tree
        if not node["ignored"]
    }
    for name in ("Start", "Previous switch", "Next switch", "Failure"):
        assert ("button", name) in named
    for role in ("banner", "main", "contentinfo", "status"):
        assert role in {found for found, _ in named}
    assert {("region", "Source"), ("region", "Steps"), ("toolbar", "Go through the steps")} <= named
    assert ("columnheader", "B Thread-1 (ann_pays)") in named


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_in_both_colour_schemes(shown: Browser, scheme: str) -> None:
    shown.scheme(scheme)
    shown.press("End")
    ratios = shown.run(_CONTRASTS)
    assert min(ratios.values()) >= 4.5, ratios
    bright = shown.run(f"return ({_LUMINANCE})(getComputedStyle(document.body).backgroundColor)")
    assert (bright > 0.5) == (scheme == "light")


@pytest.mark.parametrize("width", [360, 640, 1024])
def test_the_page_never_scrolls_sideways(shown: Browser, film: dict[str, Any], width: int) -> None:
    shown.resize(width)
    for key in ("Home", "]", "End"):
        shown.press(key)
        assert shown.run("return document.documentElement.scrollWidth") <= width
    narrowest = shown.run(
        "return Math.min(...[...document.querySelectorAll('button')].map(b => b.offsetHeight))"
    )
    assert narrowest >= 36  # large enough for a thumb


def test_a_link_to_a_step_opens_there(window: tuple[Browser, Path]) -> None:
    opened, file = window
    opened.open(file)
    opened.run("location.hash = '#step-5'")
    opened.until(STEP, 5)
    assert opened.errors() == []


_LUMINANCE = """colour => {
  const [r, g, b] = colour.match(/[0-9.]+/g).map(Number)
    .map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}"""
_CONTRASTS = f"""
const luminance = {_LUMINANCE};
const behind = e => {{
  for (; e; e = e.parentElement) {{
    const colour = getComputedStyle(e).backgroundColor;
    if (!/^rgba.*, 0\\)$/.test(colour)) return colour;
  }}
}};
const found = {{}};
for (const e of document.querySelectorAll('body *')) {{
  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  if (!own || !e.checkVisibility()) continue;
  const pair = [luminance(getComputedStyle(e).color), luminance(behind(e))].sort((a, b) => b - a);
  const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
  const name = e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 20);
  found[name] = Math.min(found[name] ?? 99, Math.round(ratio * 100) / 100);
}}
return Object.fromEntries(Object.entries(found).sort((a, b) => a[1] - b[1]).slice(0, 5));
"""
