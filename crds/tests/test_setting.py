"""Reading settings from an environment."""

from __future__ import annotations

import pytest

from askwire_resources.settings import DataSettings, NlpSettings, SettingsError, load


def test_empty_variables_count_as_absent() -> None:
    """A variable that a compose file leaves empty means the default."""
    assert load(NlpSettings, {"WEBSOCKET_PORT": "", "LOG_LEVEL": ""}) == NlpSettings()


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("1", True), (" off ", False)])
def test_switches_take_the_usual_words(text: str, value: bool) -> None:
    """Compose files write switches in several ways."""
    assert load(NlpSettings, {"ENABLE_WEBSOCKETS": text}).enable_websockets is value


def test_every_wrong_variable_has_a_sentence() -> None:
    """All mistakes are told at once: name, value, what is allowed."""
    environ = {
        "WEBSOCKET_PORT": "eighty",
        "HTTP_PORT": "70000",
        "ENABLE_WEBSOCKETS": "maybe",
        "LOG_LEVEL": "loud",
        "STATEMENT_TIMEOUT_SECONDS": "nan",
    }
    with pytest.raises(SettingsError) as caught:
        load(DataSettings, environ)
    assert sorted(caught.value.problems) == [
        "ENABLE_WEBSOCKETS is 'maybe': must be true or false",
        "HTTP_PORT is '70000': must be from 0 to 65535",
        "LOG_LEVEL is 'loud': must be one of debug, info, warning, error",
        "STATEMENT_TIMEOUT_SECONDS is 'nan': must be from 0.1 s to 3600 s",
        "WEBSOCKET_PORT is 'eighty': must be a whole number",
    ]
