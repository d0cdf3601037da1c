"""Conformance suite: every rule of the protocol that shows at an agent's ports, as a named case."""

from askwire_protocol.conformance.cases import CASES, CHAPTERS
from askwire_protocol.conformance.probe import Target
from askwire_protocol.conformance.report import CaseReport, ConformanceReport, Result, render_json, render_junit
from askwire_protocol.conformance.rule import Level
from askwire_protocol.conformance.runner import check_conformance
from askwire_protocol.conformance.samples import AGENT_TYPES, Sample, Samples
from askwire_protocol.conformance.timing import Timing

__all__ = [
    "AGENT_TYPES",
    "CASES",
    "CHAPTERS",
    "CaseReport",
    "ConformanceReport",
    "Level",
    "Result",
    "Sample",
    "Samples",
    "Target",
    "Timing",
    "check_conformance",
    "render_json",
    "render_junit",
]
