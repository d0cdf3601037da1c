"""TLS of both sides: contexts that follow their files, so that new certificates count without a restart.

TlsUnusable     the files cannot be used; the text is one sentence
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

__all__ = ["TlsIdentity", "TlsTrust", "TlsUnusable", "explain_tls", "open_identity"]

_ALPN = ["http/1.1"]
_VERIFY_CLAUSES = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is self-signed",
    19: "its certificate is of an authority that is not trusted here",
    20: "its certificate is of an authority that is not trusted here",
    21: "its certificate is of an authority that is not trusted here",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}
"""By OpenSSL's numbers of verification errors; others are told in OpenSSL's words."""
_Signature = tuple[tuple[int, int, int] | None, ...]


class TlsUnusable(Exception):
    """The files of certificates cannot be used; the text is one sentence."""


class TlsIdentity:
    """What a server shows: a certificate and its key.

    ``context`` is for the server. At each handshake the files are looked at, and where they changed, the new ones are
    used from that connection on; where the new ones cannot be used, ``report`` gets one sentence and the old ones stay.

    Raises:
        TlsUnusable: at the start, the files cannot be used.
    """

    def __init__(self, cert_file: str, key_file: str, report: Callable[[str], None]) -> None:
        self._cert_file = cert_file
        self._key_file = key_file
        self._report = report
        self._signature = _sign(cert_file, key_file)
        self._current = self.context = self._load()
        self.context.sni_callback = self._follow

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(_ALPN)
        names = f"{self._cert_file} (TLS_CERT_FILE) and {self._key_file} (TLS_KEY_FILE)"
        try:
            # A key with a passphrase must fail here: without the empty one OpenSSL would ask at the terminal.
            context.load_cert_chain(self._cert_file, self._key_file, password="")
        except (OSError, ValueError) as problem:
            raise TlsUnusable(f"The certificate and key in {names} cannot be used: {_clause(problem)}.") from problem
        return context

    def _follow(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """Swap the context of one connection before the certificate is sent; called whether or not it named a host."""
        signature = _sign(self._cert_file, self._key_file)
        if signature != self._signature:
            self._signature = signature
            try:
                self._current = self._load()
            except TlsUnusable as problem:
                self._report(str(problem))
        connection.context = self._current


def open_identity(cert_file: str | None, key_file: str | None, report: Callable[[str], None]) -> TlsIdentity | None:
    """Return the identity that two settings name; None where both are unset.

    Raises:
        TlsUnusable: only one is set, or the files cannot be used.
    """
    if cert_file is None and key_file is None:
        return None
    if cert_file is None or key_file is None:
        given, absent = ("TLS_CERT_FILE", "TLS_KEY_FILE") if cert_file else ("TLS_KEY_FILE", "TLS_CERT_FILE")
        raise TlsUnusable(f"{given} is set and {absent} is not; TLS needs both.")
    return TlsIdentity(cert_file, key_file, report)


class TlsTrust:
    """Which certificates of servers are accepted: those of the authorities in a file, or else the system's.

    Names and addresses are verified always.
    """

    def __init__(self, ca_file: str | None = None) -> None:
        self._ca_file = ca_file
        self._signature: _Signature = ()
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """Return the context for a new connection, made anew where the file changed.

        Raises:
            TlsUnusable: the file cannot be used.
        """
        signature = _sign(self._ca_file) if self._ca_file else ()
        if self._context is None or signature != self._signature:
            self._context, self._signature = self._load(), signature
        return self._context

    def context_for(self, url: str) -> ssl.SSLContext | None:
        """Return the context for an address; None where its scheme is one without TLS."""
        return self.context() if url.startswith(("wss://", "https://")) else None

    def _load(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._ca_file)
        except (OSError, ValueError) as problem:
            text = f"The authorities' certificates in {self._ca_file} (TLS_CA_FILE) cannot be used: {_clause(problem)}."
            raise TlsUnusable(text) from problem
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(_ALPN)
        return context


def explain_tls(problem: BaseException | None) -> str | None:
    """Say in one clause why TLS with a server failed; None where the problem is another one."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        told = problem.verify_message.rstrip(".")
        clause = _VERIFY_CLAUSES.get(problem.verify_code)
        if clause is None:
            return f"its certificate is not accepted: {told}"
        detail = told.partition(", ")[2]
        return f"{clause} ({detail})" if detail else clause
    if isinstance(problem, ssl.SSLError):
        if problem.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
            return "it does not speak TLS on that port"
        return f"TLS failed: {_clause(problem)}"
    return None


def _clause(problem: OSError | ValueError) -> str:
    if isinstance(problem, ssl.SSLError):
        return (problem.reason or "not PEM, or not of each other").lower().replace("_", " ")
    return getattr(problem, "strerror", None) or str(problem)


def _sign(*paths: str) -> _Signature:
    return tuple(_sign_one(path) for path in paths)


def _sign_one(path: str) -> tuple[int, int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
