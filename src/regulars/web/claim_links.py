"""The JSON API for tills: the link that a receipt is claimed by, and its QR code to print."""

import base64
import time
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

import msgspec
from litestar import Request, post
from litestar.datastructures.state import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from regulars.clienteling.link import claim_link
from regulars.clienteling.qr import png, svg
from regulars.clienteling.receipt import BadReceipt
from regulars.model.fields import ID_LENGTH
from regulars.model.secret import Secret
from regulars.model.source import Source
from regulars.web.errors import ApiError

Call = Request[Source, Any, State]

MAX_BODY = 16 * 1024

_Id = Annotated[str, msgspec.Meta(max_length=ID_LENGTH)]


class Keeps(Protocol):
    """What the JSON API lends: the secret that links are signed with."""

    @property
    def secret(self) -> Secret:
        """The installation's."""


class ClaimLinkCall(msgspec.Struct, forbid_unknown_fields=True):
    """Which sale: the ids and the `time` that its `Order Completed` has; now where no time is given.

    `qr` is how the code is wanted: `svg`, `png` (base64) or `none`.
    """

    store_id: _Id | int = ""
    till_id: _Id | int = ""
    receipt_id: _Id | int = ""
    order_id: _Id | int = ""
    time: datetime | None = None
    qr: Annotated[str, msgspec.Meta(pattern="^(svg|png|none)$")] = "svg"


class ClaimLinkAnswer(msgspec.Struct, frozen=True):
    """The link, until when it works, and its code: an SVG document or a PNG in base64; '' where none was wanted."""

    link: str
    until: datetime
    qr: str


def claim_link_handlers(api: Keeps, address: str, days: int, errors: dict[int, Any]) -> list[HTTPRouteHandler]:
    """The paths for tills; `address` is the setting, `days` how long receipts may be claimed."""

    @post(
        "/receipts/claim-link",
        name="api.claim-link",
        summary="The link by which a receipt is claimed, and its QR code",
        status_code=200,
        request_max_body_size=MAX_BODY,
        responses=errors,
    )
    async def link(request: Call, data: JSONBody[ClaimLinkCall]) -> ClaimLinkAnswer:
        now = time.time_ns() // 1000
        said = {
            "store_id": data.store_id, "till_id": data.till_id, "receipt_id": data.receipt_id,
            "order_id": data.order_id,
        }  # fmt: skip
        base = address or f"{request.url.scheme}://{request.url.netloc}"
        try:
            found = claim_link(api.secret, base, request.user.group, said, _micros(data.time, now), now, days)
        except BadReceipt as error:
            raise ApiError(400, "bad_request", str(error)) from None
        code = {"svg": svg, "png": _base64, "none": _nothing}[data.qr](found.link)
        return ClaimLinkAnswer(found.link, datetime.fromtimestamp(found.until / 1_000_000, UTC), code)

    return [link]


def _base64(link: str) -> str:
    return base64.b64encode(png(link)).decode()


def _nothing(link: str) -> str:
    return ""


def _micros(time: datetime | None, now: int) -> int:
    if time is None:
        return now
    if time.tzinfo is None:
        raise BadReceipt("time: say which time zone it is in, such as 2026-11-22T10:00:00Z")
    return int(time.timestamp() * 1_000_000)
