"""What each line of the corpus of hostile WebSocket input means here, and who plays it.

The corpus is worded for any mesh of agents; ours differs from it in words: its BAD_MESSAGE is INVALID_MESSAGE (for the
envelope) or INVALID_ARGUMENT (for a field of a payload); its close 1008 for abuse is 4400 for undecodable messages and
4430 for those who do not read; its 4401 at the auth deadline is 4408; its query is nlp_query, its timeout_ms is
deadline_ms, its RESULT_TOO_LARGE is TOO_LARGE. Names that are not ours (version, target) were put into ours (v,
data.request_id).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["CASES", "ELSEWHERE", "Stage", "case"]


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """What a case may use: an agent with a handler of each kind, a whole mesh, and ways to start others."""

    served: Any
    serving: Any
    mesh: Any
    monkeypatch: Any
    tmp_path: Any

    @property
    def agent_port(self) -> int:
        """The agent's WebSocket port."""
        port: int = self.served.service.websocket_port
        return port

    @property
    def backend_port(self) -> int:
        """The backend's port for people."""
        port: int = self.mesh.backend.port
        return port

    @property
    def ports(self) -> tuple[tuple[int, str], ...]:
        """Both ports that speak the protocol, with their paths."""
        return ((self.agent_port, "/"), (self.backend_port, "/ws"))


Case = Callable[[Stage], Awaitable[None]]
CASES: dict[str, Case] = {}


def case(*ids: str) -> Callable[[Case], Case]:
    """Play these lines by the function."""

    def enter(function: Case) -> Case:
        for one in ids:
            assert one not in CASES
            CASES[one] = function
        return function

    return enter


ELSEWHERE = {
    "ws-content-02": "agents/viz/tests/export/test_html_file.py::test_hostile_texts_make_no_element",
    "ws-content-03": "agents/viz/tests/test_request_limits.py::test_wrong_chart_request",
    "ws-content-04": "backend/tests/page/test_page_safety.py::test_hostile_texts_of_an_answer_are_inert",
    "ws-content-06": "agents/viz/tests/export/test_browser.py::test_tooltip_shows_markup_as_text",
    "ws-content-08": "agents/viz/tests/test_shaping.py::test_what_is_not_finite_is_a_gap",
    "ws-content-09": "agents/viz/tests/test_document.py::test_no_logo_and_no_remote_resource",
    "ws-flow-03": "agents/runtime/tests/test_session.py::test_a_peer_that_does_not_read_is_cut_off",
    "ws-flow-12": "backend/tests/test_backend_pure.py::test_backoff_is_not_reset_by_a_connection_that_closes_at_once",
}
"""Lines about another layer than the two ports, with the test there that plays them."""
