"""Pages packed for the way to the browser."""

import gzip
import io
import secrets
from collections.abc import Mapping

LEAST = 1_000
"""Fewer bytes are not worth it."""
LEVEL = 5


def packed(body: bytes, accepted: str) -> tuple[bytes, Mapping[str, str]]:
    """A page as it is sent to a browser that accepts these encodings, and its headers.

    In the header of the gzip format stands a name of random length, so that the length of an answer does not tell
    what a guess in the request had in common with the page (the attack called BREACH; as in Django's GZipMiddleware).
    """
    if len(body) < LEAST or "gzip" not in accepted:
        return body, {"Vary": "Accept-Encoding"}
    out = io.BytesIO()
    name = "x" * (1 + secrets.randbelow(100))
    with gzip.GzipFile(name, "wb", LEVEL, out, mtime=0) as file:
        file.write(body)
    return out.getvalue(), {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
