"""Which agents have answered since the start."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from askwire.runner.plan import PlanOptions, RunPlan, plan_run
from askwire.runner.startup import StartupWatch
from askwire_resources.manifest import read_manifest
from askwire_resources.samples import read_sample


def _plan() -> RunPlan:
    ports: Iterator[int] = count(50000)
    return plan_run(read_manifest(read_sample()).resources, PlanOptions(bind_host="localhost"), ports)


def test_complete_once_every_agent_has_answered(samples: Any) -> None:
    """An agent counts from its first answered heartbeat, and is told of once."""
    plan = _plan()
    watch = StartupWatch(plan.backends[0], plan.agents)
    assert not watch.complete
    nlp = samples.status("nlp", url="ws://127.0.0.1:8011")
    data = samples.status("data", url="ws://127.0.0.1:8012", state="connecting", last_error="refused")
    assert [each.name for each in watch.update(samples.table(nlp, data))] == ["nlp-0"]
    assert watch.update(samples.table(nlp, data)) == ()
    assert watch.missing() == (("data-0", data), ("viz-0", None))
    viz = samples.status("viz", url="http://127.0.0.1:8003/")
    good = samples.status("data", url="ws://127.0.0.1:8012")
    assert [each.name for each in watch.update(samples.table(nlp, good, viz))] == ["data-0", "viz-0"]
    assert watch.complete


def test_degraded_agents_are_waited_for(samples: Any) -> None:
    """An agent that answers and cannot work yet does not complete the start."""
    plan = _plan()
    watch = StartupWatch(plan.backends[0], [agent for agent in plan.agents if agent.name == "data-0"])
    degraded = samples.status("data", url="ws://127.0.0.1:8012", status="degraded", problem="database: refused")
    assert watch.update(samples.table(degraded)) == ()
    assert watch.missing() == (("data-0", degraded),)
    watch.update(samples.table(samples.status("data", url="ws://127.0.0.1:8012", status="ok")))
    assert watch.complete


def test_a_backend_alone_is_complete_when_it_answers(samples: Any) -> None:
    """Without agents there is nothing but the backend to wait for."""
    plan = _plan()
    watch = StartupWatch(plan.backends[0], ())
    assert not watch.complete
    watch.update(samples.table())
    assert watch.complete
