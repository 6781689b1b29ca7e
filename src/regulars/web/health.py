"""Whether this process lives, and whether it can do its work: for those who supervise it, without a key."""

from typing import Any

from litestar import Response, Router, get

from regulars.collection.appender import LogAppender
from regulars.web.access import Door, declared
from regulars.web.tracking_schema import ErrorAnswer, promised

_NOT_YET = {503: promised(ErrorAnswer, "Not yet, or not now; Retry-After says when to ask again.")}
_TEXT = {"Cache-Control": "no-store"}


def health_router(appender: LogAppender) -> Router:
    """`/healthz` answers while the process is up; `/readyz` only while the log takes writes, else 503."""

    @get("/healthz", name="health.live", summary="The process is up")
    async def live() -> Response[Any]:
        return Response({"status": "up"}, headers=_TEXT)

    @get("/readyz", name="health.ready", summary="The database answers and the log takes writes", responses=_NOT_YET)
    async def ready() -> Response[Any]:
        if await appender.ready():
            return Response({"status": "ready"}, headers=_TEXT)
        said = {"code": "unavailable", "message": "the database does not take writes; ask again later"}
        return Response(said, status_code=503, headers={**_TEXT, "Retry-After": "1"})

    return Router("/", route_handlers=[live, ready], opt=declared(Door.PUBLIC), tags=["health"])
