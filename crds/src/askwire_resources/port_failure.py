"""Why a port of a process could not be opened, in a sentence for the person who started it."""

from __future__ import annotations

__all__ = ["explain_port_failure"]


def explain_port_failure(variable: str, host: str, port: int, problem: OSError) -> str:
    """Return the sentence; ``variable`` is the setting that moves the port."""
    if port and "in use" in str(problem):
        return f"Port {port} ({variable}) on {host} is taken by another process; free it or set {variable}."
    return f"Port {port} ({variable}) on {host} cannot be opened: {problem.strerror or problem}."
