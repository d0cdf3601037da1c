"""Throw-away authorities and certificates for tests of TLS."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

__all__ = ["CertificateFolder"]


@dataclasses.dataclass
class CertificateFolder:
    """A folder with ``tls.crt``, ``tls.key`` and ``ca.crt``, as a Secret of a resource's ``tls`` has them."""

    path: Path
    authority: trustme.CA = dataclasses.field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        self.path.mkdir(exist_ok=True)
        self.authority.cert_pem.write_to_path(str(self.ca_file))
        self.issue()

    @property
    def cert_file(self) -> Path:
        """The server's certificate."""
        return self.path / "tls.crt"

    @property
    def key_file(self) -> Path:
        """The certificate's key."""
        return self.path / "tls.key"

    @property
    def ca_file(self) -> Path:
        """The authority that clients trust."""
        return self.path / "ca.crt"

    @property
    def settings(self) -> dict[str, str]:
        """The three settings of a process."""
        return {
            "tls_cert_file": str(self.cert_file),
            "tls_key_file": str(self.key_file),
            "tls_ca_file": str(self.ca_file),
        }

    def issue(self, *names: str, expired: bool = False, authority: trustme.CA | None = None) -> trustme.LeafCert:
        """Replace certificate and key; without names they are for this machine's own ones."""
        not_after = datetime.now(UTC) - timedelta(hours=1) if expired else None
        issuer = authority or self.authority
        made = issuer.issue_cert(*(names or ("127.0.0.1", "localhost", "::1")), not_after=not_after)
        made.cert_chain_pems[0].write_to_path(str(self.cert_file))
        made.private_key_pem.write_to_path(str(self.key_file))
        self.key_file.chmod(0o600)
        return made
