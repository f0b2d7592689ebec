"""The notes of a round: the headings that a strong answer has, and whether something stands under them.

Guarantees: what a person has written is never changed; a file that is there is left as it is.
"""

import re
from pathlib import Path

# Heading, the question that it answers, the phase that it belongs to.
HEADINGS = (
    ("Scope and questions", "What is asked for, what is not, what did you ask?", "clarify"),
    ("Assumptions", "What do you take for granted where nobody answered?", "clarify"),
    ("Primitives chosen and why", "Which lock, queue or atomic, and what goes wrong without it?", "whiteboard"),
    ("The happy path", "One request from beginning to end, in five steps.", "whiteboard"),
    ("The bottleneck", "What is the first thing to be too slow, and at what load?", "whiteboard"),
    ("Failure modes", "Who waits for ever, what gets lost, what if it is called twice?", "whiteboard"),
    ("Trade-offs", "What did you not choose, and when would you?", "whiteboard"),
    ("What changes at 100 times the scale", "What breaks first, what would you build then?", "whiteboard"),
)  # fmt: skip


def template(title: str) -> str:
    """An empty set of notes."""
    parts = [f"# {title}: notes\n"]
    for heading, question, _ in HEADINGS:
        parts.append(f"## {heading}\n\n<!-- {question} -->\n")
    return "\n".join(parts)


def prepare(path: Path, title: str) -> None:
    """Writes the empty notes, unless there are some."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template(title))
    except FileExistsError:
        pass


def filled(text: str) -> dict[str, bool]:
    """For each heading, whether something stands under it."""
    bare = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    sections = re.split(r"^##\s+", bare, flags=re.MULTILINE)[1:]
    written = {}
    for section in sections:
        heading, _, body = section.partition("\n")
        written[heading.strip().lower()] = bool(body.strip())
    return {heading: written.get(heading.lower(), False) for heading, _, _ in HEADINGS}


def missing(text: str) -> list[str]:
    """The headings under which nothing stands yet."""
    return [heading for heading, done in filled(text).items() if not done]


def read(path: Path) -> str:
    """The notes as they are; '' where there are none that can be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
