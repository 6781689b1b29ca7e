"""A customer's page in the terminal: one thing a line, headings in bold where a person looks on."""

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime

from regulars.model.money import Amount
from regulars.profiles.customer_view import CartItem, IdentifierView, OrderSummary, Presence, ProductSummary, Stated
from regulars.profiles.reader import CustomerPage
from regulars.profiles.search import CustomerSummary

SHOWN = 10
"""How many lines of a long list are shown; `--json` gives all."""


def page_text(page: CustomerPage, bold: bool | None = None) -> str:
    """The page as text; headings are bold when standard output is a terminal, or as said."""
    strong = sys.stdout.isatty() if bold is None else bold
    title = page.name.value if page.name else _nameless(page)
    lines = [_heading(f"{title}{' [simulated data]' if page.simulated else ''}", strong)]
    for heading, rows in _sections(page):
        found = [f"  {plain(row)}" for row in rows]
        if found:
            more = [f"  … and {len(found) - SHOWN} more (--json shows all)"] if len(found) > SHOWN else []
            lines += ["", _heading(heading, strong), *found[:SHOWN], *more]
    return "\n".join(lines)


def summary_lines(found: Iterable[CustomerSummary]) -> Iterator[str]:
    """A customer a line: id, when last seen, name, what she is known as."""
    for each in found:
        known = ", ".join(f"{one.type}:{one.value}" for one in each.identifiers[:3])
        yield plain(f"{each.id}  {_day(each.last_seen)}  {each.name or f'({each.kind})'}  {known}")


def _heading(text: str, bold: bool) -> str:
    return f"\x1b[1m{plain(text)}\x1b[0m" if bold else plain(text)


def plain(text: str) -> str:
    """The text without control characters: what a stranger sent must not drive the terminal."""
    return "".join(each if each.isprintable() else " " for each in text)


def _nameless(page: CustomerPage) -> str:
    return {"shared": "Shared by several people", "anonymous": "An anonymous visitor"}.get(page.kind, "No name known")


def _sections(page: CustomerPage) -> Iterator[tuple[str, Iterable[str]]]:
    yield "Customer", (page.id, f"{page.kind}, seen {_day(page.first_seen)} to {_day(page.last_seen)}")
    yield "Known as", map(_identifier, page.identifiers)
    yield (
        "Came together with",
        (
            f"{each.type}:{each.value} ({f'of {each.customer}' if each.customer else 'shared'}{_claimed(each.claimed)})"
            for each in page.beside
        ),
    )
    yield "Traits", _traits(page.traits)
    yield "Claimed, by a public key only", _traits(page.claimed)
    yield "Orders", _orders(page)
    yield "Last orders", map(_order, page.last_orders)
    yield "In the cart", map(_carted, page.open_cart)
    yield "Viewed, not bought", map(_product, page.viewed_not_bought)
    yield "Bought", map(_product, page.bought)
    yield "Returned", map(_product, page.returned)
    yield "Favourite categories", (f"{each.name}: {each.orders} orders" for each in page.favourite_categories)
    yield "Favourite stores", (f"{each.name}: {each.orders} orders" for each in page.favourite_stores)
    yield "Channels", map(_presence, page.channels)
    yield "Devices", map(_presence, page.devices)
    yield (
        "Consents",
        (
            f"{each.purpose} by {each.channel} on {'all addresses' if each.covers_all else each.address}: {each.word}"
            f" {_day(each.time)} ({each.source})"
            for each in page.consents
        ),
    )


def _identifier(each: IdentifierView) -> str:
    marks = f"{_claimed(each.claimed)}{', shared' if each.shared else ''}"
    return f"{each.type}:{each.value} ({', '.join(each.sources)}, {_day(each.first_seen)}{marks})"


def _claimed(claimed: bool) -> str:
    return ", claimed" if claimed else ""


def _traits(traits: dict[str, Stated]) -> Iterator[str]:
    return (f"{name}: {each.value} ({each.source}, {_day(each.time)})" for name, each in traits.items())


def _orders(page: CustomerPage) -> Iterator[str]:
    if page.orders or page.cancelled_orders:
        cancelled = f", {page.cancelled_orders} more cancelled" if page.cancelled_orders else ""
        yield f"{page.orders} for {_money(page.spend)}{cancelled}"
    if page.refunds:
        yield f"refunded: {_money(page.refunds)}"
    if page.claimed_orders:
        yield f"claimed: {page.claimed_orders} for {_money(page.claimed_spend)}"


def _money(amounts: tuple[Amount, ...]) -> str:
    return " and ".join(each.text for each in amounts) or "nothing"


def _order(each: OrderSummary) -> str:
    paid = each.paid.text if each.paid else "no amount stated"
    place = f" in store {each.store}" if each.store else f" by {each.channel}" if each.channel else ""
    back = f", refunded {each.refunded.text}" if each.refunded else ""
    marks = f"{back}{', cancelled' if each.cancelled else ''}{_claimed(each.claimed)}"
    return f"{_day(each.time)}  {each.order_id}: {paid}, {each.lines} lines{place}{marks}"


def _product(each: ProductSummary) -> str:
    return f"{each.name or each.product} ({each.n}×, last {_day(each.last)}{_claimed(each.claimed)})"


def _carted(each: CartItem) -> str:
    return f"{each.name or each.product}, since {_day(each.added)}{_claimed(each.claimed)}"


def _presence(each: Presence) -> str:
    return f"{each.name or each.key}: {_day(each.first_seen)} to {_day(each.last_seen)}{_claimed(each.claimed)}"


def _day(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d}" if time else "—"
