"""The document of `kata export`: all that is kept, as JSON; and how it is read back.

Guarantees: `write` then `read` gives the same; `read` checks everything, so that what it returns can be
kept as it is, and says of a document that is not right where that is: `attempts[3].levels[0].verdict`.
Assumptions: FORMAT and VERSION stand at the top. A field more or less is a new version. Cards are not
in it: they follow from the reviews.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.keep.fields import At, Reader, Wrong
from harness.keep.records import Asked, Attempt, HintShown, Kind, LevelOutcome, Reset, Review
from harness.verdict import Verdict

FORMAT = "systems-katas"
VERSION = 1


@dataclass(frozen=True)
class Everything:
    """All that is kept."""

    attempts: tuple[Attempt, ...]
    hints: tuple[HintShown, ...]
    resets: tuple[Reset, ...]
    asked: tuple[Asked, ...]
    reviews: tuple[Review, ...]
    sources: Mapping[str, bytes]  # by SHA-256


def write(everything: Everything) -> dict[str, Any]:
    """The document."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "attempts": [_attempt(attempt) for attempt in everything.attempts],
        "hints": [vars(hint) for hint in everything.hints],
        "resets": [vars(reset) for reset in everything.resets],
        "asked": [vars(asked) for asked in everything.asked],
        "reviews": [vars(review) for review in everything.reviews],
        "sources": {digest: _text(body) for digest, body in everything.sources.items()},
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    levels = [vars(level) for level in attempt.levels]
    phases = [{"phase": phase, "seconds": seconds} for phase, seconds in attempt.phases]
    fields = {name: value for name, value in vars(attempt).items() if name != "number"}
    return {**fields, "levels": levels, "phases": phases}


def _text(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def read(document: Any) -> Everything:
    """What stands in the document; Wrong where it is not as it should be."""
    top = Reader(document, At())
    if top.text("format") != FORMAT:
        raise Wrong(top.at / "format", f"is not {FORMAT!r}")
    version = top.number("version")
    if version != VERSION:
        raise Wrong(top.at / "version", f"is {version:.0f}, but {VERSION} is what can be read here")
    sources = top.inner("sources")
    everything = Everything(
        attempts=top.each("attempts", _read_attempt),
        hints=top.each("hints", _read_hint),
        resets=top.each("resets", lambda row: Reset(row.name("kata"), row.moment("at"))),
        asked=top.each("asked", _read_asked),
        reviews=top.each("reviews", _read_review),
        sources={digest: _read_source(sources, digest) for digest in sources.names()},
    )
    top.done()
    _check_unique([attempt.uid for attempt in everything.attempts], "attempts")
    _check_unique([review.uid for review in everything.reviews], "reviews")
    for n, attempt in enumerate(everything.attempts):
        if attempt.source is not None and attempt.source not in everything.sources:
            raise Wrong(top.at / "attempts" / n / "source", "is not among the `sources`")
    return everything


def _check_unique(uids: list[str], where: str) -> None:
    seen = set()
    for n, uid in enumerate(uids):
        if uid in seen:
            raise Wrong(At() / where / n / "uid", "stands there twice")
        seen.add(uid)


def _read_attempt(row: Reader) -> Attempt:
    levels = row.each("levels", _read_level)
    of = row.count("of")
    numbers = [level.number for level in levels]
    if len(set(numbers)) < len(numbers) or any(number > of for number in numbers):
        raise Wrong(row.at / "levels", f"have numbers that are not different ones from 1 to {of}")
    return Attempt(
        kata=row.name("kata"),
        kind=row.member("kind", Kind),
        started=row.moment("started"),
        ended=row.perhaps("ended", row.moment),
        levels=levels,
        of=of,
        active=row.perhaps("active", row.duration),
        par=row.perhaps("par", row.duration),
        phases=row.each("phases", lambda part: (part.name("phase"), part.duration("seconds"))),
        variant=row.text("variant"),
        implementation=row.text("implementation"),
        source=row.perhaps("source", row.text),
        uid=row.name("uid"),
    )


def _read_level(row: Reader) -> LevelOutcome:
    return LevelOutcome(
        row.count("number"),
        row.perhaps("verdict", lambda name: row.member(name, Verdict)),
        row.perhaps("passed_at", row.duration),
    )


def _read_hint(row: Reader) -> HintShown:
    level, number = row.count("level"), row.count("number")
    return HintShown(row.name("kata"), level, number, row.moment("at"))


def _read_asked(row: Reader) -> Asked:
    return Asked(row.name("kata"), row.moment("at"), row.truth("shown"))


def _read_review(row: Reader) -> Review:
    rating = row.count("rating")
    if rating > 4:
        raise Wrong(row.at / "rating", f"is {rating}, not one of 1, 2, 3, 4")
    return Review(row.name("uid"), row.name("kata"), row.text("variant"), row.moment("at"), rating)


def _read_source(sources: Reader, digest: str) -> bytes:
    row = sources.inner(digest)
    decode: Callable[[str], bytes]
    if "base64" in row.names():
        field, decode = "base64", base64.b64decode
    else:
        field, decode = "text", lambda text: text.encode()
    try:
        body = decode(row.text(field))
    except ValueError as error:
        raise Wrong(row.at / field, f"cannot be read: {error}") from None
    row.done()
    if hashlib.sha256(body).hexdigest() != digest:
        raise Wrong(row.at, "is not the text whose SHA-256 this is")
    return body
