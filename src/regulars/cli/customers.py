"""`regulars customers`: find a customer, and read her page."""

import argparse

from regulars.cli import correct, forget
from regulars.cli.command import CliError, Subparsers, command, group, open_app, show
from regulars.cli.customer_page import page_text, summary_lines
from regulars.cli.whom import ACTOR, WHO, AsyncConnection, one, read
from regulars.profiles.reader import CustomerPage, customer_page
from regulars.profiles.search import MOST, CustomerSummary, search
from regulars.storage import audit


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    customers = group(subparsers, "customers", "Find and read customers")
    found = command(customers, "search", "By part of a name, e-mail, phone or card", _search)
    found.add_argument("text", metavar="TEXT")
    found.add_argument("-n", type=int, default=20, metavar="N", help=f"how many at most (default: 20, up to {MOST})")
    shown = command(customers, "show", "One customer's page", _show)
    shown.add_argument("who", metavar="ID|TYPE:VALUE", help=WHO)
    correct.add(customers)
    forget.add(customers)


def _search(options: argparse.Namespace) -> None:
    if not 1 <= options.n <= MOST:
        raise CliError(f"-n: must be 1 to {MOST}")
    app = open_app(options)

    async def run(connection: AsyncConnection) -> tuple[CustomerSummary, ...]:
        found = await search(connection, options.text, options.n, app.settings.policy, app.settings.rules)
        await audit.record(connection, ACTOR, "search", [bytes.fromhex(each.id) for each in found])
        return found

    found = read(app, run)
    show(options, found, "\n".join(summary_lines(found)) or "nobody found")


def _show(options: argparse.Namespace) -> None:
    app = open_app(options)

    async def run(connection: AsyncConnection) -> CustomerPage:
        customer = await one(connection, app, options.who)
        page = await customer_page(connection, customer)
        if page is None:
            raise CliError("nobody is known by that")
        await audit.record(connection, ACTOR, "show", [customer])
        return page

    page = read(app, run)
    show(options, page, page_text(page))
