"""Why an agent is not ready, in words."""

from __future__ import annotations

from typing import Any

from askwire.runner.readiness import describe_late, explain_waiting


def test_late_agents_are_named(samples: Any) -> None:
    """Who does not answer and who answers without being ready are told apart."""
    connecting = samples.status("data", state="connecting")
    degraded = samples.status("nlp", status="degraded", problem="model: not loaded.")
    mute = samples.status("nlp", status="degraded")
    assert describe_late({"data-0": connecting, "viz-0": None}, 90) == "data-0, viz-0 have not answered within 90 s"
    assert describe_late({"nlp-0": degraded}, 90) == "nlp-0 is degraded after 90 s: model: not loaded"
    assert describe_late({"nlp-0": mute}, 90) == "nlp-0 is not ready after 90 s"
    assert describe_late({"nlp-0": degraded, "viz-0": None}, 1.5) == "nlp-0, viz-0 are not ready after 1.5 s"


async def test_process_is_asked_where_heartbeats_say_nothing(samples: Any) -> None:
    """Without a problem in the heartbeats the process itself is asked."""
    mute = samples.status("nlp", status="degraded")
    assert await explain_waiting("nlp-0", mute, "http://127.0.0.1:1") == (
        "nlp-0 is degraded",
        "nlp-0: nothing answers on http://127.0.0.1:1",
    )
