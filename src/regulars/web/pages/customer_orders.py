"""One customer's orders: each once, however often it was reported, with its lines and what came back of it."""

from typing import Annotated, Any, NamedTuple

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from regulars.catalogue.reader import names_of
from regulars.model.order import OrderReport
from regulars.model.product import ProductInfo
from regulars.profiles.order_reader import ToldOrder, told_page
from regulars.profiles.reader import customer_head
from regulars.recommendations.reader import said_of
from regulars.web.access import PEOPLE
from regulars.web.customers import ADVISERS, Moved, moved, opened, tabs
from regulars.web.overview import called
from regulars.web.page_errors import PageError
from regulars.web.pages.customer import WORDS
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Site
from regulars.web.suggesting import gifts_in

PAGE = 10
_Page = Annotated[int, QueryParameter(ge=1, le=1_000_000)]

FLAGS = {
    "no_amount": "Nobody told what it cost.",
    "refund_without_amount": "It came back without an amount; the whole order counts as given back.",
    "refund_currency_differs": "A refund in another currency is not taken off.",
    "refund_over_paid": "More was said to be given back than was paid; no more than that is taken off.",
}


class Reporter(NamedTuple):
    """Who reported an order, whether that is only claimed, when, and how often."""

    source: str
    claimed: bool
    time: int
    n: int


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers/{id:str}/orders", "customer.orders", PEOPLE)
    async def orders(request: Call, id: FromPath[str], page: _Page = 1) -> Answer:
        async with site.reading() as connection:
            try:
                current = await opened(connection, site, request, id, "orders")
            except Moved as to:
                return moved(site, request, id, to)
            customer = await customer_head(connection, current)
            if customer is None:
                raise PageError(404)
            count, shown = await told_page(connection, current, (page - 1) * PAGE, PAGE)
            wanted = {line.product for each in shown for line in each.order.lines}
            wanted |= {back.product for each in shown for back in each.order.returned}
            stores = {each.order.place.store_id for each in shown} - {""}
            products, named = await names_of(connection, wanted - {""}, stores)
            said = await said_of(connection, current)
        context: dict[str, Any] = {
            "c": customer, "id": customer.id, "called": called(customer), "count": count, "orders": shown,
            "reporters": [reporters(each) for each in shown], "flags": FLAGS, "number": page,
            "last": max(1, -(-count // PAGE)), "stores": named, "tabs": tabs(request), "tab": "/orders",
            "product_name": _namer(products), "gifts": [gifts_in(said, each.order) for each in shown],
            "may": request.user.role in ADVISERS,
        }  # fmt: skip
        return site.render(request, "customer_orders.html", **WORDS, **context)

    return [orders]


def reporters(told: ToldOrder) -> list[Reporter]:
    """Who reported an order, a line for each source, the deciding one first."""
    by: dict[tuple[str, int], list[OrderReport]] = {}
    for report in told.reports:
        by.setdefault((report.source, report.trust), []).append(report)
    return [
        Reporter(source, not trust, min(each.time for each in found), len(found))
        for (source, trust), found in by.items()
    ]


def _namer(products: dict[str, ProductInfo]) -> Any:
    def name(product: str, said: str) -> str:
        known = products.get(product)
        return said or (known.name if known and known.name else product) or "Something without a name"

    return name
