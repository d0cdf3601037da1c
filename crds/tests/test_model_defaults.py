"""Ports, images and bounds of a resource."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from askwire_resources.defaults import TYPE_DEFAULTS, ports_of, resolve
from askwire_resources.environment import value_at
from askwire_resources.model import AgentDeployment, AgentType, Metadata, Spec
from askwire_resources.settings import BackendSettings, DataSettings, NlpSettings, VizSettings, settings_of

_KINDS = {
    AgentType.NLP: NlpSettings,
    AgentType.DATA: DataSettings,
    AgentType.VIZ: VizSettings,
    AgentType.BACKEND: BackendSettings,
}


def _resource(kind: AgentType, **spec: Any) -> AgentDeployment:
    given = {"type": kind.value, "nlp": {}, "viz": {}, "backend": {}, "database": {}, "useWebSockets": {}, **spec}
    return AgentDeployment(metadata=Metadata(name="one"), spec=msgspec.convert(given, Spec))


def _field_type(path: str) -> inspect.Type:
    """Return the innermost type at a path of the spec."""
    current: inspect.Type = inspect.type_info(Spec)
    for part in path.split("."):
        assert isinstance(current, inspect.StructType)
        current = next(item.type for item in current.fields if item.encode_name == part)
        while isinstance(current, inspect.Metadata | inspect.UnionType):
            current = current.type if isinstance(current, inspect.Metadata) else current.types[0]
    return current


@pytest.mark.parametrize("kind", list(_KINDS))
def test_ports_default_by_type(kind: AgentType) -> None:
    """A resource without ports gets the ones of its type."""
    ports = ports_of(_resource(kind))
    assert (ports.websocket, ports.http) == (TYPE_DEFAULTS[kind].websocket_port, TYPE_DEFAULTS[kind].http_port)


def test_backend_ports_are_one_port() -> None:
    """A backend's WebSocket port is its HTTP port, whichever of the two was given."""
    assert ports_of(_resource(AgentType.BACKEND, websockets={"port": 9000})).http == 9000
    assert ports_of(_resource(AgentType.BACKEND, http={"port": 9001})).websocket == 9001


def test_resolve_fills_image_and_ports() -> None:
    """Resolving shows what depends on the type, and keeps what was given."""
    resolved = resolve(_resource(AgentType.NLP), version="1.2").spec
    assert (resolved.image, resolved.websockets.port, resolved.http.port) == ("askwire/nlp:1.2", 8011, 8001)
    assert resolve(_resource(AgentType.NLP, image="mine/nlp:3")).spec.image == "mine/nlp:3"
    assert resolve(_resource(AgentType.NLP, version="0.9")).spec.image == "askwire/nlp:0.9"


@pytest.mark.parametrize(
    ("kind", "setting"),
    [(kind, setting) for kind, settings in _KINDS.items() for _, setting in settings_of(settings) if setting.field],
    ids=lambda value: getattr(value, "env", str(value)),
)
def test_every_field_of_the_settings_is_in_the_model_with_its_bounds(kind: AgentType, setting: Any) -> None:
    """The table of settings names only fields that exist, and no field allows what the process would refuse."""
    value_at(_resource(kind), setting.field)
    if setting.minimum is None or setting.field.startswith("metadata."):
        return
    field_type = _field_type(setting.field)
    assert isinstance(field_type, inspect.IntType | inspect.FloatType)
    assert field_type.ge is not None
    assert field_type.le is not None
    assert setting.minimum <= field_type.ge
    assert field_type.le <= setting.maximum


@pytest.mark.parametrize("kind", list(_KINDS))
def test_model_defaults_are_those_of_the_settings(kind: AgentType) -> None:
    """A field that was not given means the same as a variable that was not set, but for what depends on the place."""
    resource = _resource(kind)
    own_to_the_place = {"ASKWIRE_NAME", "WEBSOCKET_HOST", "VIZ_EXPORTS"}
    for item, setting in settings_of(_KINDS[kind]):
        value = value_at(resource, setting.field) if setting.field and setting.env not in own_to_the_place else None
        if value is None or isinstance(value, tuple | msgspec.Struct):
            continue
        assert value == item.default, setting.env


def test_resources_are_frozen() -> None:
    """A resource does not change after it was read."""
    with pytest.raises(AttributeError):
        _resource(AgentType.NLP).spec.replicas = 3  # type: ignore[misc]
    assert dataclasses.is_dataclass(ports_of(_resource(AgentType.NLP)))
