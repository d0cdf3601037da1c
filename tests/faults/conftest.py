"""Fixtures of the distributions' own tests: a served agent of each kind of handler, and a backend with small agents."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def _load(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_runtime = _load("fault_tests_runtime_fixtures", "agents/runtime/tests/conftest.py")
_backend = _load("fault_tests_backend_fixtures", "backend/tests/conftest.py")

served, serving, dial, peer = _runtime.served, _runtime.serving, _runtime.dial, _runtime.peer
mesh, running = _backend.mesh, _backend.running
