"""JUnit XML, as Jenkins, GitLab and most other services read it.

Specification: there is no official one. This follows the schema of Jenkins' xUnit plugin
(junit-10.xsd) and GitLab's page "Unit test reports", of which it uses only what both know.

    testsuites              the grade, or all of them
      testsuite             a level
        properties          kata, implementation, verdict
        testcase            a check; classname is KATA.level_N: GitLab tells cases apart by
                            classname and name, Jenkins groups by what is before the last dot
          failure           a verdict; NOT STARTED too: a stub must not look green
          error             CRASH, and a file that cannot be loaded
          skipped           a check that is not applicable; one for all checks of a level that
                            was not reached, or that were not run, since the grade has no names
          system-out        of a check that passed: the promise, and how far it was searched

`type` of a failure is the verdict, `message` the headline, its text the whole report.
"""

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from harness.formats.cases import Case, Status, cases
from harness.formats.words import clean
from harness.grading.results import NOT_REACHED, Grade, LevelResult

_ELEMENTS = {Status.FAILED: "failure", Status.BROKE: "error"}


def render(grade: Grade) -> str:
    """One kata."""
    return render_all((grade,))


def render_all(grades: Sequence[Grade]) -> str:
    """Several katas, one after the other."""
    root = Element("testsuites")
    rows = [case for grade in grades for level in grade.levels for case in cases(grade, level)]
    _sum_up(root, "katas" if len(grades) != 1 else grades[0].kata, rows, skipped=False)
    root.set("time", _time(sum(grade.seconds for grade in grades)))
    for grade in grades:
        for level in grade.levels:
            _suite(root, grade, level)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(root: Element, grade: Grade, level: LevelResult) -> None:
    rows = cases(grade, level)
    suite = SubElement(root, "testsuite")
    _sum_up(suite, f"{grade.kata} level {level.number}: {level.title}", rows)
    suite.set("time", _time(level.seconds))
    properties = SubElement(suite, "properties")
    told = {
        "kata": grade.kata,
        "implementation": grade.implementation or "own",
        "verdict": level.verdict or NOT_REACHED,
    }
    for name, value in told.items():
        SubElement(properties, "property", name=name, value=clean(value))
    for case in rows:
        _testcase(suite, grade.kata, case)


def _sum_up(element: Element, name: str, rows: Sequence[Case], skipped: bool = True) -> None:
    """The name and the counts; the schema knows `skipped` for a testsuite alone."""
    statuses = [case.status for case in rows]
    element.set("name", clean(name))
    element.set("tests", str(len(rows)))
    element.set("failures", str(statuses.count(Status.FAILED)))
    element.set("errors", str(statuses.count(Status.BROKE)))
    if skipped:
        element.set("skipped", str(statuses.count(Status.SKIPPED)))


def _testcase(suite: Element, kata: str, case: Case) -> None:
    element = SubElement(
        suite,
        "testcase",
        classname=f"{kata}.level_{case.level}",
        name=case.name,
        time=_time(case.seconds),
    )
    if case.status is Status.SKIPPED:
        SubElement(element, "skipped", message=case.headline)
    elif case.status is Status.PASSED:
        SubElement(element, "system-out").text = case.text
    else:
        failure = SubElement(
            element, _ELEMENTS[case.status], type=case.verdict, message=case.headline
        )
        failure.text = case.text


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
