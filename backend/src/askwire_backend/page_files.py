"""The page's files: read once, sent compressed, and not sent again to a browser that has them."""

from __future__ import annotations

import dataclasses
import hashlib
import mimetypes
from pathlib import Path

from aiohttp import ETag, web

__all__ = ["PageFiles"]

_FOLDER = Path(__file__).parent / "page"


@dataclasses.dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    media_type: str
    etag: str


class PageFiles:
    """All files of the page's folder, by name; nothing else can be asked for."""

    def __init__(self) -> None:
        self._files = {path.name: _read(path) for path in sorted(_FOLDER.iterdir()) if path.is_file()}

    def respond(self, name: str, request: web.Request) -> web.Response:
        """Return the file, or 304 when the browser has it, or 404."""
        file = self._files.get(name)
        if file is None:
            return web.Response(status=404, text="There is no such file.\n")
        known = request.if_none_match or ()
        headers = {"Cache-Control": "no-cache"}
        if any(tag.value == file.etag for tag in known):
            response = web.Response(status=304, headers=headers)
        else:
            response = web.Response(body=file.body, headers={**headers, "Content-Type": file.media_type})
            response.enable_compression()
        response.etag = ETag(file.etag)
        return response


def _read(path: Path) -> _File:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    media_type = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return _File(body, media_type, hashlib.sha256(body).hexdigest()[:32])
