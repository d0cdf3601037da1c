"""Run the checks of agents and backend, and try failed ones again while there is time."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from askwire.backend_api import open_backend
from askwire.checks.definitions import CheckDefinition, CheckId, CheckOutcome, CheckResult, Scope, checks_of
from askwire.checks.probes import AGENT_PROBES, BACKEND_PROBES, Finding, ProbeFailed, find_question
from askwire_protocol.client import open_link
from askwire_protocol.errors import ConnectionFailed, RequestFailed
from askwire_protocol.http_client import open_http_link
from askwire_protocol.link import Link
from askwire_protocol.tls import TlsTrust

__all__ = ["CheckTarget", "TargetReport", "run_checks"]

_RETRY_S = 0.5
_TYPE_BY_REQUEST = {"nlp_query": Scope.NLP, "sql_query": Scope.DATA, "generate_chart": Scope.VIZ}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CheckTarget:
    """An agent or the backend; ``scope`` ANY_AGENT means that the welcome says what it is."""

    name: str
    url: str
    scope: Scope
    token: str | None = None
    ca_file: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TargetReport:
    """All outcomes of one target, in order."""

    target: CheckTarget
    outcomes: tuple[CheckOutcome, ...]


async def run_checks(targets: Sequence[CheckTarget], *, wait_s: float) -> AsyncIterator[TargetReport]:
    """Yield a report for each target in order; failed checks are tried again until ``wait_s`` is over."""
    until_s = time.monotonic() + wait_s
    question = await _find_question(targets)
    for target in targets:
        while True:
            outcomes = await _check_target(target, question)
            left_s = until_s - time.monotonic()
            if left_s <= 0 or not any(map(_may_pass_later, outcomes)):
                break
            await asyncio.sleep(min(_RETRY_S, left_s))
            question = await _find_question(targets)
        yield TargetReport(target=target, outcomes=outcomes)


def _may_pass_later(outcome: CheckOutcome) -> bool:
    """A warning of good health is about rights in the database, which waiting does not change."""
    if outcome.definition.id is CheckId.AGENT_HEALTH:
        return outcome.result is CheckResult.ERROR
    return outcome.result is not CheckResult.OK


async def _check_target(target: CheckTarget, question: str) -> tuple[CheckOutcome, ...]:
    return await (_check_backend if target.scope is Scope.BACKEND else _check_agent)(target, question)


async def _check_agent(target: CheckTarget, question: str) -> tuple[CheckOutcome, ...]:
    connection, *_ = checks_of(Scope.ANY_AGENT)
    started_s = time.monotonic()
    try:
        link = await _open(target)
    except ConnectionFailed as problem:
        failed = CheckOutcome(definition=connection, result=CheckResult.ERROR, error=problem.reason)
        return (failed, *(_skip(check) for check in checks_of(target.scope)[1:]))
    try:
        welcome = link.welcome
        what = " ".join(part for part in (welcome.agent, welcome.version) if part) or "no name given"
        outcomes = [_passed(connection, Finding(f"{what}, {link.transport}"), started_s)]
        for check in _choose_checks(target.scope, welcome.capabilities)[1:]:
            probe = AGENT_PROBES[check.id]
            outcomes.append(await _run_one(check, lambda probe=probe: probe(link, question)))  # type: ignore[misc]
        return tuple(outcomes)
    finally:
        await link.close()


async def _check_backend(target: CheckTarget, question: str) -> tuple[CheckOutcome, ...]:
    outcomes: list[CheckOutcome] = []
    async with open_backend(target.url, token=target.token, ca_file=target.ca_file) as api:
        for check in checks_of(Scope.BACKEND):
            if outcomes and outcomes[0].result is CheckResult.ERROR:
                outcomes.append(_skip(check))
                continue
            probe = BACKEND_PROBES[check.id]
            outcomes.append(await _run_one(check, lambda probe=probe: probe(api, question)))  # type: ignore[misc]
    return tuple(outcomes)


async def _run_one(check: CheckDefinition, probe: Callable[[], Awaitable[Finding]]) -> CheckOutcome:
    started_s = time.monotonic()
    try:
        return _passed(check, await probe(), started_s)
    except RequestFailed as failed:
        error = f"{failed.code}: {failed.message}"
    except ConnectionFailed as problem:
        error = problem.reason
    except ProbeFailed as problem:
        error = str(problem)
    elapsed_ms = (time.monotonic() - started_s) * 1000
    return CheckOutcome(definition=check, result=CheckResult.ERROR, error=error, elapsed_ms=elapsed_ms)


def _passed(check: CheckDefinition, finding: Finding, started_s: float) -> CheckOutcome:
    return CheckOutcome(
        definition=check,
        result=CheckResult.WARNING if finding.warning else CheckResult.OK,
        note=finding.note,
        error=finding.warning,
        elapsed_ms=(time.monotonic() - started_s) * 1000,
    )


def _skip(check: CheckDefinition) -> CheckOutcome:
    return CheckOutcome(definition=check, result=CheckResult.SKIPPED)


def _choose_checks(scope: Scope, capabilities: Sequence[str]) -> tuple[CheckDefinition, ...]:
    """Return the checks of what the agent is; of an agent that was only named by its address the welcome decides."""
    if scope is Scope.ANY_AGENT:
        scope = next((found for name, found in _TYPE_BY_REQUEST.items() if name in capabilities), scope)
    return checks_of(scope)


async def _open(target: CheckTarget) -> Link:
    tls = TlsTrust(target.ca_file)
    if target.url.startswith(("http://", "https://")):
        return await open_http_link(target.url, token=target.token, tls=tls)
    return await open_link(target.url, token=target.token, tls=tls)


async def _find_question(targets: Sequence[CheckTarget]) -> str:
    for target in targets:
        if target.scope is Scope.BACKEND:
            continue
        with contextlib.suppress(ConnectionFailed):
            link = await _open(target)
            try:
                if "catalog" in link.welcome.capabilities or target.scope is Scope.DATA:
                    return await find_question(link)
            finally:
                await link.close()
    return "How many rows are there?"
