"""The pictures of simulated products: drawn when they are asked for, so that nothing has to be kept."""

from litestar import Response
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.simulation.everyday.pictures import drawn
from regulars.web.access import Door
from regulars.web.routes import page

_HEADERS = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}


def pictures_handler() -> HTTPRouteHandler:
    """`GET /pictures/{name}`: an SVG of some 500 bytes; 404 where the town has no such product."""

    @page("/pictures/{name:str}", "pictures", Door.PUBLIC)
    async def pictures(name: FromPath[str]) -> Response[str]:
        svg = drawn(name)
        if svg is None:
            raise NotFoundException("there is no such picture")
        return Response(svg, media_type="image/svg+xml", headers=_HEADERS)

    return pictures
