"""What every page is wired to: the database, the way pages are made, and what a form's answer is."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import psycopg
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from regulars.decisioning.decider import Decider
from regulars.decisioning.facts import Means
from regulars.decisioning.group import By
from regulars.identity.blocked import Policy
from regulars.identity.rules import RULES, Rules
from regulars.model.secret import Secret
from regulars.model.shop import Shop
from regulars.model.user import User
from regulars.storage import audit
from regulars.storage.sessions import find_session
from regulars.web import navigation
from regulars.web.assets import Assets, assets
from regulars.web.composed import COMPOSED, Composed
from regulars.web.flash import SECONDS, Flash, pack, unpack
from regulars.web.formats import Formats, formats
from regulars.web.packing import packed
from regulars.web.passwords import Passwords
from regulars.web.security import (
    CSRF_FIELD,
    FLASH,
    HEADERS,
    HSTS,
    SESSION,
    THEME,
    VISIT,
    Cookies,
    csrf_token,
    new_visit,
    secure,
)
from regulars.web.touching import Toucher
from regulars.web.watch import Watch

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[object, ...]]]
Asked = Request[Any, Any, Any]

WAIT_SECONDS = 5.0
READ_SECONDS = 30.0
"""A page that takes longer is given up: else one database that hangs would keep everybody waiting."""

THEMES = ("light", "dark")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SiteOptions(msgspec.Struct, frozen=True):
    """What an installation's settings say of its pages; see the settings of the same names."""

    address: str = ""
    locale: str = "en-GB"
    timezone: str = "UTC"
    currency: str = ""
    limited: tuple[str, ...] = ()
    """The classes of data that are kept for a limited time."""
    claim_days: int = 30
    shop: Shop = Shop()


@cache
def _environment() -> Environment:
    """One for the process: it keeps the templates that it has compiled."""
    made = Environment(
        loader=PackageLoader("regulars.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False, finalize=_shown,
    )  # fmt: skip
    made.globals.update(csrf_name=CSRF_FIELD, search_path=navigation.SEARCH, search_words=navigation.SEARCH_WORDS)
    made.globals.update(product_path=navigation.product_path)
    made.filters.update(initials=initials, micros=micros, plain=plain, told=told, worded=worded)
    return made


def initials(name: str) -> str:
    """The first letters of a name's first two words, for its round mark; `?` where there is no letter."""
    words = ["".join(letter for letter in word if letter.isalnum()) for word in name.split()]
    return "".join(word[0] for word in words if word)[:2].upper() or "?"


_TURNING = re.compile("[\u061c\u202a-\u202e\u2066-\u2069]")


def plain(text: object) -> str:
    """A value that somebody sent, without the characters that would turn the text around it to the other side."""
    return _TURNING.sub("", str(text))


def _shown(value: Any) -> Any:
    """What a template puts on a page: text as `plain` has it, everything else as it is."""
    return plain(value) if type(value) is str and _TURNING.search(value) else value


def visible(text: str) -> str:
    """Text as it was received, with such characters written out as JSON writes them."""
    return _TURNING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+")


def worded(name: str) -> str:
    """The name of a field as people write it: `postalCode` and `postal_code` are Postal code."""
    words = " ".join(_HUMPS.sub(" ", name).split())
    return words if not words or words.isupper() else words[0].upper() + words[1:].lower()


def told(thing: Mapping[str, Any]) -> str:
    """Fields and what they say in one line; what says nothing is left out."""
    return ", ".join(
        f"{worded(str(name))}: {value}" for name, value in thing.items() if value not in (None, "", [], {})
    )


def micros(moment: datetime) -> int:
    """A datetime as templates' formats take it: microseconds since 1970 UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Site:
    """The pages of one installation."""

    pool: Pool
    secret: Secret
    options: SiteOptions
    policy: Policy
    rules: Rules = RULES
    composed: Composed = COMPOSED
    assets: Assets = field(default_factory=assets)
    environment: Environment = field(default_factory=_environment)
    passwords: Passwords = field(default_factory=Passwords)
    warmers: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    watch: Watch = field(init=False)
    decider: Decider = field(init=False)
    toucher: Toucher = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "watch", Watch(self.pool))
        means, said = Means(self.rules, self.secret), self.options
        by = By(means, self.policy, self.composed.contact, said.timezone, said.currency)
        object.__setattr__(self, "decider", Decider(str(self.pool.conninfo), by))
        object.__setattr__(self, "toucher", Toucher(str(self.pool.conninfo), self.secret, self.rules))

    async def warm(self) -> None:
        """Do beforehand what the first look at a page would have to wait for: templates, locale, `warmers`."""
        await asyncio.to_thread(self._prepare)
        for find in self.warmers:
            try:
                await find()
            except (psycopg.Error, PoolTimeout, TimeoutError):
                # The database is not there yet: then the first look waits.
                return

    def _prepare(self) -> None:
        self.formats(None).moment(0)
        for name in self.environment.list_templates():
            self.environment.get_template(name)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """One snapshot of the database; what is written in it (the audit) is committed before it is left."""
        async with asyncio.timeout(READ_SECONDS), self.pool.connection(timeout=WAIT_SECONDS) as connection:
            await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            async with connection.transaction():
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A transaction that sees what others commit meanwhile; for changes."""
        async with asyncio.timeout(READ_SECONDS), self.pool.connection(timeout=WAIT_SECONDS) as connection:
            await connection.set_isolation_level(psycopg.IsolationLevel.READ_COMMITTED)
            async with connection.transaction():
                yield connection

    async def user_of(self, token: str) -> User | None:
        """Who is signed in by a session's token."""
        if not token:
            return None
        async with self.writing() as connection:
            return await find_session(connection, token)

    def cookies(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Cookies:
        """The cookies of a request."""
        return Cookies(connection, self.options.address)

    def base(self, request: Asked) -> str:
        """The address of this server as people reach it: the settings', else as it was asked."""
        return self.options.address or f"{request.url.scheme}://{request.url.netloc}"

    def formats(self, user: User | None) -> Formats:
        """How a user reads numbers and times; without one, how the shop does."""
        locale = (user.locale if user else "") or self.options.locale
        timezone = (user.timezone if user else "") or self.options.timezone
        return formats(locale, timezone, self.options.currency)

    def render(
        self, request: Asked, template: str, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> Response[bytes]:
        """A page, or a part of one: the template with its context and what all templates may use.

        These are: `user` (None where nobody is signed in), `here` (the path), `fmt`, `now`, `asset(name)`, `csrf`,
        `entries`, `theme`, `flash`.
        """
        cookies = self.cookies(request)
        user, session = request.scope.get("user"), cookies.get(SESSION)
        visit, given = cookies.get(VISIT), list[Cookie]()
        if user is None and not visit:
            visit = new_visit()
            given.append(cookies.make(VISIT, visit, None))
        flash = None
        if cookies.get(FLASH) and template[0] != "_":
            flash = unpack(self.secret, session or visit, cookies.get(FLASH))
            given.append(cookies.forget(FLASH))
        theme = cookies.get(THEME)
        text = self.part(
            request,
            template,
            csrf=csrf_token(self.secret, session if user else visit),
            is_here=navigation.is_here,
            theme=theme if theme in THEMES else "",
            theme_cookie=cookies.name(THEME),
            flash=flash,
            **context,
        )
        body, coding = packed(text.encode("utf-8", "replace"), request.headers.get("accept-encoding", ""))
        return Response(
            body, status_code=status, media_type="text/html", cookies=given,
            headers={**self._headers(request), **coding, **(headers or {})},
        )  # fmt: skip

    def part(self, request: Asked, template: str, **context: Any) -> str:
        """A part of a page as text, without a form's token: what pages that grow by themselves are sent."""
        user = request.scope.get("user")
        return self.environment.get_template(template).render(
            user=user,
            here=request.url.path,
            fmt=self.formats(user),
            now=time.time_ns() // 1000,
            asset=self.assets.path,
            entries=navigation.entries(user) if user else [],
            **context,
        )

    def see_other(
        self, request: Asked, path: str, flash: Flash | None = None, cookies: list[Cookie] | None = None
    ) -> Response[Any]:
        """The answer to a form: go on to a path of this site, and say there what was done."""
        held, given = self.cookies(request), list(cookies or [])
        if flash is not None:
            bound = next((each.value for each in given if each.key == held.name(SESSION)), held.get(SESSION))
            given.append(held.make(FLASH, pack(self.secret, bound or held.get(VISIT), flash), SECONDS))
        headers = {**self._headers(request), "Location": path}
        if request.headers.get("hx-request"):
            headers["HX-Redirect"] = path
        return Response(b"", status_code=303, headers=headers, cookies=given, media_type="text/html")

    async def audit(self, connection: Connection, user: User, action: str, detail: str = "") -> None:
        """Write a change into the audit log, in the transaction that makes it; customers' own go by `storage.audit`."""
        await audit.record(connection, user.actor, action, (), detail)

    def _headers(self, request: Asked) -> dict[str, str]:
        return {**HEADERS, **HSTS} if secure(request, self.options.address) else HEADERS
