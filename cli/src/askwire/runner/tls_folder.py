"""The folder that stands for the Secrets with certificates on this machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from askwire.failures import CommandFailed, ExitCode
from askwire_resources.environment import TlsPaths
from askwire_resources.model import AgentDeployment

__all__ = ["find_tls"]

_FILES = ("tls.crt", "tls.key", "ca.crt")


def find_tls(resources: Sequence[AgentDeployment], folder: str | None) -> TlsPaths | None:
    """Return the three files for a manifest with ``tls``; None where no resource has it.

    Raises:
        CommandFailed: no folder was named, or a file cannot be read.
    """
    secured = next((each.metadata.name for each in resources if each.spec.tls is not None), None)
    if secured is None:
        return None
    if not folder:
        text = f"{secured} has tls; name the folder with {', '.join(_FILES)} in ASKWIRE_TLS_DIR."
        raise CommandFailed(text, ExitCode.USAGE)
    paths = [Path(folder).absolute() / name for name in _FILES]
    absent = [str(path) for path in paths if not os.access(path, os.R_OK)]
    if absent:
        raise CommandFailed(f"{' and '.join(absent)} (ASKWIRE_TLS_DIR) cannot be read.", ExitCode.USAGE)
    cert_file, key_file, ca_file = map(str, paths)
    return TlsPaths(cert_file=cert_file, key_file=key_file, ca_file=ca_file)
