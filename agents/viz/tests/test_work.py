"""What is loaded where, and when."""

from __future__ import annotations

import subprocess
import sys

from askwire_protocol.messages.charts import ChartRequest
from askwire_viz.charts import make_chart
from askwire_viz.items import learn
from askwire_viz.skeleton import _make_skeleton
from askwire_viz.work import prepare_process


def test_first_chart_of_each_kind_builds_nothing(samples: dict[str, ChartRequest]) -> None:
    """A prepared process has the layouts that charts of usual size need."""
    _make_skeleton.cache_clear()
    learn.cache_clear()
    prepare_process()
    built = _make_skeleton.cache_info().misses
    for kind, request in samples.items():
        assert make_chart(request).chart_type == kind
    assert _make_skeleton.cache_info().misses == built


def test_serving_process_loads_no_chart_library() -> None:
    """Only the workers draw; the process that serves starts sooner and stays smaller without it."""
    code = "import sys, askwire_viz.handler; print('bokeh.models' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
