"""Manifests that come with the distribution."""

from __future__ import annotations

from importlib import resources

__all__ = ["DEMO", "read_sample"]

DEMO = "demo.yaml"


def read_sample(name: str = DEMO) -> str:
    """Return the text of a packaged manifest."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
