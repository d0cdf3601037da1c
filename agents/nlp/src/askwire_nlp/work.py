"""What worker processes do; the language model and the catalogs live here and nowhere else."""

from __future__ import annotations

import datetime as dt
import importlib.util
from typing import TYPE_CHECKING

import msgspec

from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages.catalog import Catalog
from askwire_protocol.messages.questions import NlpQuery

if TYPE_CHECKING:
    from askwire_nlp.engine import Engine

__all__ = ["answer", "load_catalog", "load_model"]

_engines: list[Engine] = []


def load_model(model: str) -> None:
    """Load the language model and warm it up.

    Raises:
        RequestFailed: there is no such model.
    """
    # only this process pays for spaCy and the SQL writer
    from askwire_nlp.engine import Engine
    from askwire_nlp.rehearsal import rehearse

    if importlib.util.find_spec(model) is None:
        raise RequestFailed(ErrorCode.FAILED_PRECONDITION, f"NLP_MODEL is {model!r}: no such package is installed.")
    engine = Engine(model)
    rehearse(engine)
    _engines[:] = [engine]


def load_catalog(encoded: bytes) -> None:
    """Make a catalog (encoded as MessagePack) ready in this process."""
    _engine().load(msgspec.msgpack.decode(encoded, type=Catalog))


def answer(encoded: bytes, today: str) -> bytes:
    """Answer one ``nlp_query`` (both encoded: MessagePack in, JSON out).

    Raises:
        RequestFailed: the catalog that the query names is not here.
    """
    from askwire_nlp.engine import UnknownCatalog

    query = msgspec.msgpack.decode(encoded, type=NlpQuery)
    try:
        return msgspec.json.encode(_engine().answer(query, dt.date.fromisoformat(today)))
    except UnknownCatalog as unknown:
        raise RequestFailed(
            ErrorCode.FAILED_PRECONDITION, f"The catalog {unknown.version!r} is not known to this agent."
        ) from None


def _engine() -> Engine:
    if not _engines:
        raise RequestFailed(ErrorCode.FAILED_PRECONDITION, "The language model is not loaded yet.")
    return _engines[0]
