"""The static files: read once, compressed once, and served under an address that changes with any of them."""

import gzip
import mimetypes
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from litestar import Request, Response
from litestar.datastructures.state import State
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.web.access import Door
from regulars.web.routes import page

ROOT = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
COMPRESSED = frozenset({".woff2", ".png"})
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


class Asset:
    """One file: its bytes, the same gzipped where that is smaller, and its type."""

    def __init__(self, path: Path) -> None:
        self.plain = path.read_bytes()
        self.type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        packed = b"" if path.suffix in COMPRESSED else gzip.compress(self.plain, 9, mtime=0)
        self.packed = packed if packed and len(packed) < len(self.plain) else b""


class Assets:
    """All static files of the pages. Raises FileNotFoundError where the browser's libraries were not made."""

    def __init__(self, root: Path = ROOT) -> None:
        files = sorted(path for path in root.rglob("*") if path.is_file())
        self._files = {path.relative_to(root).as_posix(): Asset(path) for path in files}
        if "vendor/htmx.js" not in self._files:
            raise FileNotFoundError("the browser's libraries are missing: run `make setup`, or `python web/build.py`")
        digest = sha256()
        for name, asset in self._files.items():
            digest.update(name.encode() + b"\0" + sha256(asset.plain).digest())
        self.version = digest.hexdigest()[:16]

    def path(self, name: str) -> str:
        """The address of a file. Raises KeyError where there is no such file."""
        self._files[name]
        return f"/static/{self.version}/{name}"

    def answer(self, request: Request[Any, Any, Any], version: str, name: str) -> Response[bytes]:
        """The file as it is sent. Raises NotFoundException, also for another version's address."""
        asset = self._files.get(name)
        if asset is None or version != self.version:
            raise NotFoundException("there is no such file")
        headers = {**FOREVER, "Vary": "Accept-Encoding"}
        if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.packed, media_type=asset.type, headers={**headers, "Content-Encoding": "gzip"})
        return Response(asset.plain, media_type=asset.type, headers=headers)


@cache
def assets() -> Assets:
    """The static files of this program, read once for the process. Raises as `Assets`."""
    return Assets()


def assets_handler(assets: Assets) -> HTTPRouteHandler:
    """`GET /static/…`."""

    @page("/static/{version:str}/{file:path}", "static", Door.PUBLIC)
    async def static(request: Request[Any, Any, State], version: FromPath[str], file: FromPath[str]) -> Response[bytes]:
        return assets.answer(request, version, file.lstrip("/"))

    return static
