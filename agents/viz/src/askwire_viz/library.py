"""The browser library that draws the items: the script inside the installed Bokeh."""

from __future__ import annotations

import functools
from pathlib import Path

import bokeh

from askwire_protocol.messages.charts import ChartLibrary

__all__ = ["read_library"]


@functools.cache
def read_library() -> ChartLibrary:
    """Return the script and its version, which is the version of all items made here."""
    path = Path(bokeh.__file__).parent / "server" / "static" / "js" / "bokeh.min.js"
    return ChartLibrary(
        version=bokeh.__version__, media_type="text/javascript", content=path.read_text(encoding="utf-8")
    )
