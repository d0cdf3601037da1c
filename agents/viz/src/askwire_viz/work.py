"""What worker processes do: payload bytes in, payload bytes out, so that the event loop encodes nothing.

The chart library is imported by the functions, not by the module: the process that serves names them, and would need
most of a second more to start, and the memory, for a library that it never uses.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from askwire_protocol.codec import decode_data
from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages.charts import ChartRequest, ExportRequest
from askwire_viz.export.picture import Picture

__all__ = ["answer_chart", "answer_export", "prepare_process"]

T = TypeVar("T", ChartRequest, ExportRequest)


def prepare_process() -> None:
    """Load all that charts and exports need and build what is asked for most, before the first request comes."""
    from askwire_viz.export.prepare import prepare
    from askwire_viz.items import learn

    learn()
    # the last of it loads when it is first used
    rows: list[list[Any] | dict[str, Any]] = [["2024-01-01", 1], ["2024-02-01", 2]]
    prepare(ExportRequest(format="html", columns=("month", "n"), rows=rows), ("html",))


def answer_chart(data: bytes) -> bytes:
    """Answer ``generate_chart``.

    Raises:
        RequestFailed: the request is wrong.
    """
    from askwire_viz.charts import make_chart

    return msgspec.json.encode(make_chart(_read(data, ChartRequest)))


def answer_export(data: bytes, formats: tuple[str, ...], lacking_browser: tuple[str, ...] = ()) -> bytes | Picture:
    """Answer ``export_chart``, or return what the browser has to draw for the answer.

    ``formats`` can be written, ``lacking_browser`` could be if there were Chromium.

    Raises:
        RequestFailed: the request is wrong, or asks for a format that is not there.
    """
    from askwire_viz.export.prepare import prepare

    prepared = prepare(_read(data, ExportRequest), formats, lacking_browser)
    return prepared if isinstance(prepared, Picture) else msgspec.json.encode(prepared)


def _read(data: bytes, kind: type[T]) -> T:
    """Decode a request; fields that do not exist are refused, or a wish in them would be lost unsaid."""
    request = decode_data(msgspec.Raw(data), kind)
    known = kind.__struct_encode_fields__
    for name in msgspec.json.decode(data or b"{}", type=dict[str, msgspec.Raw]):
        if name not in known:
            raise RequestFailed(
                ErrorCode.INVALID_ARGUMENT,
                f"data has a field that is not known here; the fields are {', '.join(known)}",
                details=(ErrorDetail(field="data", reason="unknown field"),),
            )
    return request
