"""The pages, a file each: `pages(site)` gives a file's routes."""

from collections.abc import Callable

from litestar.handlers import HTTPRouteHandler

from regulars.web.pages import (
    account,
    audit_log,
    customer,
    customer_correct,
    customer_data,
    customer_event,
    customer_orders,
    customer_suggestions,
    customer_why,
    customers,
    home,
    insights,
    live,
    product,
    rejected,
    search,
    segments,
    sign_in,
    sources,
    users,
    welcome,
)
from regulars.web.site import Site

PAGES: tuple[Callable[[Site], list[HTTPRouteHandler]], ...] = (
    home.pages,
    sign_in.pages,
    welcome.pages,
    account.pages,
    users.pages,
    audit_log.pages,
    rejected.pages,
    sources.pages,
    customers.pages,
    customer.pages,
    customer_orders.pages,
    customer_suggestions.pages,
    customer_why.pages,
    customer_correct.pages,
    customer_event.pages,
    customer_data.pages,
    search.pages,
    product.pages,
    live.pages,
    segments.pages,
    insights.pages,
)
"""A new file of pages is added here."""
