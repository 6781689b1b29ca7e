"""What protects pages in the browser: headers, cookies, and the token without which no form is taken."""

import hmac
import secrets
from typing import Any, Literal
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from regulars.model.secret import Secret

Connection = ASGIConnection[Any, Any, Any, Any]

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
"""Nothing inline, nothing from elsewhere; `data:` is for the small pictures in Tabler's style sheet."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every page. Pages stay out of caches, since they show customers; other sites do not learn their paths."""

HSTS = {"Strict-Transport-Security": "max-age=31536000"}

SESSION = "session"
VISIT = "visit"
"""A random cookie that ties a form to a browser before anybody has signed in there."""
FLASH = "flash"
THEME = "theme"

CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"


def secure(connection: Connection, address: str) -> bool:
    """Whether people reach this server over TLS."""
    return connection.url.scheme == "https" or address.startswith("https://")


class Cookies:
    """The cookies of one request: what they hold, and how they are set.

    Over TLS their names begin with `__Host-`, so that neither a subdomain nor plain HTTP can set them.
    """

    def __init__(self, connection: Connection, address: str) -> None:
        self._secure = secure(connection, address)
        self._held = connection.cookies

    def name(self, name: str) -> str:
        """The cookie's full name."""
        return f"__Host-{name}" if self._secure else name

    def get(self, name: str) -> str:
        """What a cookie holds; '' where there is none."""
        return self._held.get(self.name(name), "")

    def make(self, name: str, value: str, seconds: int | None, same_site: Literal["lax", "strict"] = "lax") -> Cookie:
        """A cookie that scripts cannot read; without `seconds` it ends with the browser."""
        return Cookie(
            self.name(name), path="/", value=value, max_age=seconds, secure=self._secure, httponly=True,
            samesite=same_site,
        )  # fmt: skip

    def forget(self, name: str) -> Cookie:
        """A cookie that takes away the one of this name."""
        return self.make(name, "", 0)


def new_visit() -> str:
    """What a browser is given before its first form."""
    return secrets.token_urlsafe(16)


def csrf_token(secret: Secret, bound_to: str) -> str:
    """The token of all forms that belong to one session, or one visit."""
    return secret.mac("csrf", bound_to.replace("\0", "")).hex()


def same_token(expected: str, given: str) -> bool:
    """Compare tokens in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def from_elsewhere(connection: Connection) -> bool:
    """Whether the browser says that another site made it send this."""
    site = connection.headers.get("sec-fetch-site", "")
    if site:
        return site not in ("same-origin", "none")
    origin = connection.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc != connection.headers.get("host", "")
