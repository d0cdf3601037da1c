"""Who may come in at the port for people: hosts, origins, and what pages are allowed to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

from askwire_protocol.hosts import host_allowed, host_name
from askwire_resources.settings import BackendSettings

__all__ = ["SECURITY_HEADERS", "Borders"]

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Borders:
    """Refuses requests of foreign pages and for names that are not ours."""

    def __init__(self, settings: BackendSettings) -> None:
        self._origins = frozenset(_split(settings.allowed_origins))
        self._hosts = frozenset(host_name(name) for name in _split(settings.allowed_hosts))

    def refusal(self, request: web.Request) -> str | None:
        """Return why a request is refused; None when it may come in."""
        host = request.headers.get("Host")
        if not host_allowed(host, self._hosts):
            return "This Host is not served here; the setting ALLOWED_HOSTS lists more names."
        origins = request.headers.getall("Origin", [])
        if not origins:
            return None
        if len(origins) > 1 or not self._own(origins[0], host or ""):
            return "Pages of this Origin may not ask here; the setting ALLOWED_ORIGINS lists more."
        return None

    def _own(self, origin: str, host: str) -> bool:
        if origin in self._origins:
            return True
        try:
            url = URL(origin)
        except ValueError:
            return False
        # A proxy may have ended TLS, so both schemes of our own host and port are ours.
        return url.scheme in ("http", "https") and url.raw_authority == host.lower()

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Check every request and add the headers to every response."""
        refusal = self.refusal(request)
        if refusal is not None:
            return web.Response(status=403, text=refusal + "\n", headers=SECURITY_HEADERS)
        try:
            return await handler(request)
        except web.HTTPException as problem:
            problem.headers.update(SECURITY_HEADERS)
            raise


async def add_security_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Add the headers when a response begins; for the application's ``on_response_prepare``."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
