"""Links as QR codes, for tills to print."""

import io

import segno

BORDER = 4
"""Light modules around a code, without which readers do not find it."""


def svg(link: str) -> str:
    """The code as an SVG document."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="svg", border=BORDER, xmldecl=False, nl=False)
    return out.getvalue().decode()


def png(link: str, scale: int = 6) -> bytes:
    """The code as a PNG; `scale` is the pixels of one module."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="png", border=BORDER, scale=scale)
    return out.getvalue()


def data_uri(link: str) -> str:
    """The code as an address that a page can show by itself."""
    return segno.make(link, error="m", micro=False).svg_data_uri(border=BORDER, light="#fff")
