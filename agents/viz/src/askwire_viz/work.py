"""What worker processes do: payload bytes in, payload bytes out, so that the event loop encodes nothing."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from askwire_protocol.codec import decode_data
from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages.charts import ChartRequest, ChartType, ExportRequest
from askwire_viz.charts import make_chart
from askwire_viz.export.prepare import Picture, prepare
from askwire_viz.items import learn
from askwire_viz.skeleton import warm_up

__all__ = ["answer_chart", "answer_export", "prepare_process"]

T = TypeVar("T", ChartRequest, ExportRequest)


def prepare_process() -> None:
    """Load the chart library and build what is asked for most, before the first request comes."""
    learn()
    warm_up((ChartType.BAR, ChartType.HORIZONTAL_BAR, ChartType.LINE))


def answer_chart(data: bytes) -> bytes:
    """Answer ``generate_chart``.

    Raises:
        RequestFailed: the request is wrong.
    """
    return msgspec.json.encode(make_chart(_read(data, ChartRequest)))


def answer_export(data: bytes, formats: tuple[str, ...], lacking_browser: tuple[str, ...] = ()) -> bytes | Picture:
    """Answer ``export_chart``, or return what the browser has to draw for the answer.

    ``formats`` can be written, ``lacking_browser`` could be if there were Chromium.

    Raises:
        RequestFailed: the request is wrong, or asks for a format that is not there.
    """
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
