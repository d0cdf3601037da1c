"""Limits on the files of the page."""

from __future__ import annotations

import gzip
import re

from stub_backend import page_folder

MOST_JAVASCRIPT_BYTES = 30 * 1024


def _imports(name: str, seen: set[str]) -> set[str]:
    """Follow static imports; those inside functions are loaded later, when they are needed."""
    if name in seen:
        return seen
    seen.add(name)
    text = (page_folder() / name).read_text(encoding="utf-8")
    for inner in re.findall(r"^(?:import|export) .*?from \"\./([\w.]+)\";", text, re.MULTILINE):
        _imports(inner, seen)
    return seen


def test_the_first_load_is_small() -> None:
    """What is loaded before the first chart is at most 30 KiB of JavaScript, each file compressed by itself."""
    loaded = _imports("main.js", set())
    sizes = {name: len(gzip.compress((page_folder() / name).read_bytes(), 9)) for name in loaded}
    assert sum(sizes.values()) <= MOST_JAVASCRIPT_BYTES, sizes
    assert "bokeh.js" not in loaded


def test_files_are_short() -> None:
    """No file of the page has more than 400 lines."""
    for path in page_folder().iterdir():
        assert len(path.read_text(encoding="utf-8").splitlines()) < 400, path.name


def test_the_document_names_files_that_exist() -> None:
    """Every file that index.html names is there, and there is neither an inline script nor a handler."""
    text = (page_folder() / "index.html").read_text(encoding="utf-8")
    for name in re.findall(r"/static/([\w.]+)", text):
        assert (page_folder() / name).is_file(), name
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|javascript:", text)
