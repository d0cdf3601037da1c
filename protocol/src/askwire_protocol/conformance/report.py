"""What a run of the suite found, and how programs read it: JSON and JUnit's XML (no I/O)."""

from __future__ import annotations

import enum
import re
from xml.etree import ElementTree as ElementTree

import msgspec

__all__ = ["CaseReport", "ConformanceReport", "Result", "render_json", "render_junit"]

# XML has no way to write these, not even escaped
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Result(enum.StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class CaseReport(msgspec.Struct, frozen=True, kw_only=True):
    """One case; ``expected`` and ``found`` are set where it failed, ``reason`` where it was skipped."""

    id: str
    level: str
    chapter: str
    rule: str
    result: Result
    elapsed_ms: float
    expected: str | None = None
    found: str | None = None
    reason: str | None = None


class ConformanceReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run."""

    url: str
    http_url: str | None
    level: str
    agent: str | None
    """Name that the agent gives itself."""
    agent_type: str
    elapsed_ms: float
    cases: tuple[CaseReport, ...]

    def having(self, result: Result) -> tuple[CaseReport, ...]:
        """Return the cases that ended so."""
        return tuple(case for case in self.cases if case.result is result)

    @property
    def is_conformant(self) -> bool:
        """True when no case failed and at least one passed."""
        return not self.having(Result.FAILED) and bool(self.having(Result.PASSED))


def render_json(report: ConformanceReport) -> str:
    """Return the whole report as indented JSON, with the verdict in ``conformant``."""
    whole = {"conformant": report.is_conformant, **msgspec.structs.asdict(report)}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


def render_junit(report: ConformanceReport) -> str:
    """Return the report as JUnit's XML, one test case for each rule."""
    suite = ElementTree.Element(
        "testsuite",
        name=f"askwire conformance {report.level}",
        hostname=_clean(report.url),
        tests=str(len(report.cases)),
        failures=str(len(report.having(Result.FAILED))),
        errors="0",
        skipped=str(len(report.having(Result.SKIPPED))),
        time=_seconds(report.elapsed_ms),
    )
    for case in report.cases:
        _add_case(suite, case)
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode")


def _add_case(suite: ElementTree.Element, case: CaseReport) -> None:
    classname = f"askwire.conformance.{case.level.replace('.', '_')}"
    element = ElementTree.SubElement(
        suite, "testcase", name=case.id, classname=classname, time=_seconds(case.elapsed_ms)
    )
    if case.result is Result.FAILED:
        failure = ElementTree.SubElement(element, "failure", message=_clean(case.rule), type="violated")
        failure.text = _clean(f"expected: {case.expected}\nfound: {case.found}")
    elif case.result is Result.SKIPPED:
        ElementTree.SubElement(element, "skipped", message=_clean(case.reason or ""))


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text)


def _seconds(elapsed_ms: float) -> str:
    return f"{elapsed_ms / 1000:.3f}"
