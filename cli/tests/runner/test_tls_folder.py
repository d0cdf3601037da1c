"""Where the certificates of a manifest with tls come from on one machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from askwire.failures import CommandFailed, ExitCode
from askwire.runner.tls_folder import find_tls
from askwire_resources.manifest import read_manifest
from askwire_resources.model import AgentDeployment
from askwire_resources.samples import read_sample


def _sample(*, tls: bool) -> tuple[AgentDeployment, ...]:
    text = read_sample()
    return read_manifest(
        text.replace("  mesh: demo", "  mesh: demo\n  tls: {secretName: t}") if tls else text
    ).resources


def test_a_manifest_without_tls_needs_no_folder() -> None:
    """The variable is not looked at."""
    assert find_tls(_sample(tls=False), "/no/such") is None


def test_the_three_files_stand_for_the_secret(tmp_path: Path) -> None:
    """They have the names that a Secret's keys have."""
    for name in ("tls.crt", "tls.key", "ca.crt"):
        (tmp_path / name).touch()
    found = find_tls(_sample(tls=True), str(tmp_path))
    assert found is not None
    assert (found.cert_file, found.ca_file) == (str(tmp_path / "tls.crt"), str(tmp_path / "ca.crt"))


def test_what_is_missing_is_one_sentence(tmp_path: Path) -> None:
    """No folder and no file are mistakes of whoever starts it."""
    with pytest.raises(
        CommandFailed, match=r"nlp has tls; name the folder with tls\.crt, tls\.key, ca\.crt"
    ) as unnamed:
        find_tls(_sample(tls=True), None)
    (tmp_path / "tls.crt").touch()
    with pytest.raises(CommandFailed, match=r"tls\.key and .*ca\.crt \(ASKWIRE_TLS_DIR\) cannot be read") as absent:
        find_tls(_sample(tls=True), str(tmp_path))
    assert {unnamed.value.code, absent.value.code} == {ExitCode.USAGE}
