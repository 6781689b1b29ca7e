"""The web server: pages, tracking API, JSON API, health and OpenAPI as one application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from psycopg_pool import AsyncConnectionPool

from regulars import __version__
from regulars.collection.appender import LogAppender
from regulars.collection.keys import KeyDirectory, Pool
from regulars.collection.redaction import IpPolicy
from regulars.identity.blocked import Policy
from regulars.identity.rules import RULES, Rules
from regulars.messaging.inbound.take import Means
from regulars.model.secret import Secret
from regulars.storage.database import options
from regulars.web.access import Door, declared
from regulars.web.api import Api, api_router
from regulars.web.assets import assets_handler
from regulars.web.composed import COMPOSED, Composed
from regulars.web.errors import HANDLERS
from regulars.web.guard import make_guard
from regulars.web.health import health_router
from regulars.web.hosts import only_hosts
from regulars.web.inbound import inbound_handler
from regulars.web.metrics import Metrics, metrics_handler
from regulars.web.page_errors import choosing, page_handlers
from regulars.web.pages import PAGES
from regulars.web.pictures import pictures_handler
from regulars.web.pooled import Pooled, given_back, stands
from regulars.web.site import Site, SiteOptions
from regulars.web.slots import Slots, slots_router, snippet_handler
from regulars.web.tracking import Tracking, tracking_router
from regulars.web.tracking_schema import SECURITY_SCHEMES

POLICY = Policy()
OPTIONS = SiteOptions()
CONNECTIONS = 8
"""How many look-ups read at once; more of them wait."""


def create_server(
    conninfo: str,
    secret: Secret,
    policy: Policy = POLICY,
    rules: Rules = RULES,
    ip: IpPolicy = IpPolicy.MASK,
    site: SiteOptions = OPTIONS,
    composed: Composed = COMPOSED,
) -> Litestar:
    """The application on one database; it starts while PostgreSQL still comes up, and answers 503 until then."""
    metrics = Metrics()
    appender = LogAppender(conninfo, metrics.appended)
    metrics.watch(lambda: appender.waiting_bytes)
    kwargs = {"options": options(), "connect_timeout": 5}
    pool: Pool = AsyncConnectionPool(
        conninfo, connection_class=Pooled, kwargs=kwargs, min_size=1, max_size=CONNECTIONS, open=False,
        reconnect_timeout=2**31, check=stands, reset=given_back,
    )  # fmt: skip
    keys = KeyDirectory(pool)
    pages = Site(pool, secret, site, policy, rules, composed)
    slots = Slots(pages, keys)
    told = page_handlers(pages)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await pool.open(wait=False)
        await appender.start()
        warming = asyncio.create_task(pages.warm())
        try:
            yield
        finally:
            warming.cancel()
            await asyncio.gather(warming, return_exceptions=True)
            await appender.stop()
            await pages.decider.stop()
            await slots.stop()
            await pages.toucher.stop()
            await pool.close()

    app = Litestar(
        [
            tracking_router(Tracking(keys, appender, secret, ip, answered=metrics.answered)),
            api_router(
                Api(pool, keys, secret, policy, rules),
                composed.latest,
                composed.as_of,
                site.address,
                site.claim_days,
                pages.decider,
            ),
            slots_router(slots),
            snippet_handler(),
            inbound_handler(
                Api(pool, keys, secret, policy, rules).caller, conninfo, Means(secret, rules, policy, composed.mail)
            ),
            health_router(appender),
            metrics_handler(metrics, pool),
            assets_handler(pages.assets),
            pictures_handler(),
            Router("/", route_handlers=[each for of in PAGES for each in of(pages)], exception_handlers=told),
        ],
        guards=[make_guard(pages)],
        lifespan=[lifespan],
        exception_handlers=choosing(told, HANDLERS),
        openapi_config=_openapi(),
        logging_config=None,
    )
    app.asgi_handler = only_hosts(app.asgi_handler)
    return app


def _openapi() -> OpenAPIConfig:
    secret = SecurityScheme(type="http", scheme="basic", description="A secret key as user, no password.")
    return OpenAPIConfig(
        title="Regulars",
        version=__version__,
        description="Signals in, one person, decisions out.",
        openapi_router=Router("/schema", route_handlers=[], opt=declared(Door.PUBLIC)),
        components=Components(security_schemes={**SECURITY_SCHEMES, "secretKey": secret}),
        # JSON only: the pages that show it would load their scripts from elsewhere.
        render_plugins=[JsonRenderPlugin()],
    )
