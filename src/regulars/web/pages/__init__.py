"""The pages, a file each: `pages(site)` gives a file's routes."""

from collections.abc import Callable

from litestar.handlers import HTTPRouteHandler

from regulars.web.pages import account, audit_log, customer, customers, home, search, sign_in, users, welcome
from regulars.web.site import Site

PAGES: tuple[Callable[[Site], list[HTTPRouteHandler]], ...] = (
    home.pages,
    sign_in.pages,
    welcome.pages,
    account.pages,
    users.pages,
    audit_log.pages,
    customers.pages,
    customer.pages,
    search.pages,
)
"""A new file of pages is added here."""
