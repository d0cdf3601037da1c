"""Backoff, routing, endpoints and catalog parts: decisions without I/O."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from askwire_backend.backoff import Backoff
from askwire_backend.catalog_sync import split_catalog
from askwire_backend.endpoints import Endpoint, EndpointsError, static_endpoints
from askwire_backend.routing import choose
from askwire_protocol.messages import Catalog, Column, Table
from askwire_resources.settings import BackendSettings


@dataclasses.dataclass
class Candidate:
    """Something to choose."""

    in_flight: int


def test_backoff_doubles_up_to_its_limit() -> None:
    """Each failure doubles the ceiling of the jittered delay, up to the limit."""
    backoff = Backoff(lambda: 1.0, first_s=0.5, limit_s=4.0, eager_failures=0)

    assert [backoff.failed() for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


def test_backoff_is_not_reset_by_a_connection_that_closes_at_once() -> None:
    """A peer that accepts and closes is dialled ever more rarely: in a minute fewer than 20 times."""
    backoff = Backoff(lambda: 0.5)
    elapsed_s, attempts = 0.0, 0
    while elapsed_s < 60:
        attempts += 1
        elapsed_s += backoff.ended(lived_s=0.01, answered=True)

    assert attempts < 20


def test_backoff_is_eager_until_the_first_connection() -> None:
    """Agents that start together with the backend are found within half a second; after a connection that is over."""
    backoff = Backoff(lambda: 1.0, eager_failures=3)

    assert [backoff.failed() for _ in range(5)] == [0.5, 0.5, 0.5, 0.5, 1.0]
    assert Backoff(lambda: 1.0).ended(lived_s=0.0, answered=False) == 0.5


def test_backoff_is_reset_by_a_useful_connection() -> None:
    """A connection that lived and answered starts the delays anew; one that never answered does not."""
    backoff = Backoff(lambda: 1.0, first_s=0.5, eager_failures=0)
    for _ in range(4):
        backoff.failed()

    assert backoff.ended(lived_s=100, answered=False) > 0.5
    assert backoff.ended(lived_s=100, answered=True) == 0.5


def test_choose_takes_the_less_busy_of_two() -> None:
    """Of two candidates taken by chance the less busy one gets the request."""
    numbers = iter([0.0, 0.0])

    assert choose([Candidate(5), Candidate(1)], lambda: next(numbers)).in_flight == 1  # type: ignore[union-attr]


def test_choose_of_none_is_none() -> None:
    """Without candidates there is no choice."""
    assert choose([], lambda: 0.0) is None


def test_endpoints_follow_the_transport_switch() -> None:
    """``*_AGENT_USE_WS`` picks WebSocket or HTTP, and an agent with one address only is reached by that one."""
    settings = BackendSettings(
        nlp_ws_url="ws://a:8011,ws://b:8011",
        nlp_http_url="http://a:8001,http://b:8001",
        data_http_url="http://c:8002",
        viz_ws_url="ws://d:8013",
        viz_http_url="http://d:8003/",
        viz_use_ws=False,
    )

    assert static_endpoints(settings) == (
        Endpoint("nlp", "ws://a:8011"),
        Endpoint("nlp", "ws://b:8011"),
        Endpoint("data", "http://c:8002"),
        Endpoint("viz", "http://d:8003"),
    )


def test_a_wrong_address_names_its_variable() -> None:
    """A word that is no address is refused with the variable's name."""
    with pytest.raises(EndpointsError, match="DATA_AGENT_WS_URL holds 'localhost:8012'"):
        static_endpoints(BackendSettings(data_ws_url="localhost:8012"))


def test_catalog_is_cut_into_bounded_parts() -> None:
    """Parts are numbered from 1, hold every table once, and stay under the limit where values can be spared."""
    values = tuple(f"value number {number}" for number in range(2000))
    tables = tuple(
        Table(schema="s", name=f"t{number}", columns=(Column(name="c", type="text", values=values),))
        for number in range(6)
    )
    parts = list(split_catalog(Catalog(version="v", tables=tables), max_part_bytes=30_000))

    assert [part.part for part in parts] == list(range(1, len(parts) + 1))
    assert {part.parts for part in parts} == {len(parts)}
    assert [table.name for part in parts for table in part.tables] == [table.name for table in tables]
    assert all(len(msgspec.json.encode(part)) < 31_000 for part in parts)
    assert not parts[0].tables[0].columns[0].values_complete
