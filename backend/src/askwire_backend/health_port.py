"""The port for machines: liveness, readiness, metrics."""

from __future__ import annotations

from aiohttp import web

from askwire_backend.metrics import Metrics
from askwire_backend.pool import Pool
from askwire_backend.requests import Requests

__all__ = ["build_health_app"]


def build_health_app(pool: Pool, requests: Requests, metrics: Metrics) -> web.Application:
    """Return the application with its three routes.

    A backend is ready once it dialled each agent that it knows, whatever came of it: its readiness says that it can
    tell the truth about the agents, not that they are well.
    """

    async def livez(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        checks = {"endpoints": pool.tried, "serving": not requests.draining}
        ready = all(checks.values())
        lines = [f"[{'+' if ok else '-'}] {name}" for name, ok in checks.items()]
        text = "\n".join(lines) if not ready or "verbose" in request.query else "ok"
        return web.Response(text=text + "\n", status=200 if ready else 503)

    async def render_metrics(_: web.Request) -> web.Response:
        return web.Response(body=metrics.render(), headers={"Content-Type": "text/plain; version=0.0.4"})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", render_metrics)])
    return app
