"""HTML that was made for a mail program or another site, shown in a frame where nothing of it can run or lead away."""

from typing import Final

from litestar import Response

from regulars.web.security import HEADERS, POLICY

FRAMED: Final = {"Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
"""Headers of a page that holds such a frame."""

_LETTER: Final = {
    **HEADERS,
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "img-src 'self' data: https: http:",
            "style-src 'unsafe-inline'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
            "sandbox",
        ]
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
}
_PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 0; padding: 20px; }} h2 {{ font-size: 1.2rem; margin: 0 0 8px; }}
h3 {{ font-size: 1rem; margin: 12px 0 6px; }} p {{ margin: 0 0 8px; }}
ul {{ list-style: none; margin: 0 0 14px; padding: 0; }}
li {{ padding: 6px 0; }} img {{ vertical-align: middle; margin-right: 10px; border-radius: 8px; object-fit: cover; }}
a {{ color: inherit; }}
.regulars-action {{ display: inline-block; padding: 9px 16px; border: 1px solid; border-radius: 8px; }}
</style></head><body>{body}</body></html>"""


def letter(html: str, status: int = 200) -> Response[bytes]:
    """An e-mail's HTML as the content of a frame."""
    return Response(html.encode("utf-8", "replace"), status_code=status, media_type="text/html", headers=_LETTER)


def piece(html: str, title: str = "On the site", status: int = 200) -> Response[bytes]:
    """A piece of HTML as the content of a frame, in the plainest dress."""
    return letter(_PAGE.format(title=title, body=html), status)
