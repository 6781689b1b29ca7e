"""What the first page of a customer shows, gathered in one snapshot of the database."""

import re
from typing import Any, NamedTuple

from regulars.insights.reader import insight_of, understood
from regulars.model.money import Amount
from regulars.profiles.customer_view import IdentifierView
from regulars.profiles.moments import KINDS, Moments, moments_of
from regulars.profiles.months import Months, spend_by_month
from regulars.profiles.reader import SHARED_RECORD, CustomerPage, read_customer
from regulars.profiles.visits import by_day
from regulars.web import insight_words as words
from regulars.web.customers import channel_words
from regulars.web.formats import Formats
from regulars.web.page_errors import PageError
from regulars.web.site import Connection

FIRST = 30
"""How many things of the timeline the page begins with, and how many more come at a time."""
HEAD = 300
"""How many things may join the beginning of the timeline before the page has to be opened anew."""
REASONS = 2
"""So many things that stand out about somebody are said."""


class Shown(NamedTuple):
    """Which piece of a timeline: what stands before one place and after another ('' for no bound).

    `after` is the id of the newest event that the page shows already; what is newer is marked as fresh.
    """

    before: str = ""
    until: str = ""
    after: int = 1 << 62


_CHANNEL = re.compile(r"[^\x00-\x1f]{0,50}")
_PLACE = re.compile(r"[0-9]{1,18}\.[0-9]{1,18}")


class Narrowed(NamedTuple):
    """How a timeline is narrowed: to one channel, to one kind of thing; '' for all."""

    channel: str = ""
    what: str = ""


def narrowed(channel: str, what: str) -> Narrowed:
    """What an address says of it. Raises PageError."""
    if not _CHANNEL.fullmatch(channel) or what not in ("", *KINDS):
        raise PageError(400)
    return Narrowed(channel, what)


def place(text: str) -> str:
    """A place in a timeline as an address says it. Raises PageError."""
    if text and not _PLACE.fullmatch(text):
        raise PageError(400)
    return text


async def overview(
    connection: Connection, id: bytes, fmt: Formats, by: Narrowed, now: int, at: Shown
) -> dict[str, Any]:
    """The context of the page, with the piece of timeline that is asked for."""
    read = await read_customer(connection, id)
    if read is None:
        raise PageError(404, "Nobody has this id")
    page, orders = read.page, read.orders
    limit = HEAD if at.until else FIRST
    found = await moments_of(connection, id, limit, at.before, at.until, by.channel, by.what)
    months = spend_by_month([each.order for each in orders], lambda at: f"{fmt.local(at):%Y-%m}", now)
    return {
        "c": page,
        "id": page.id,
        "called": called(page),
        "figures": figures(page, fmt, next((each.order.time for each in orders if each.order.known), None), now),
        "orders_count": len(orders),
        "months": months,
        "month_names": month_names(months, fmt),
        "after": at.after,
        "until": at.until or ending(found),
        "is_cut": bool(at.until and found.before),
        "known": known_as(page),
        "narrow": by,
        "channels": [each.key for each in page.channels],
        "insight": await panel(connection, id, fmt),
        **timeline(found, fmt),
    }


async def panel(connection: Connection, id: bytes, fmt: Formats) -> dict[str, Any] | None:
    """What insight has on somebody: the stage and why, and what else stands out most; None where it has nothing."""
    whole, found = await understood(connection), await insight_of(connection, id)
    if whole is None or found is None:
        return None
    return {
        "found": found,
        "stage": words.STAGES.get(found.stage or "", ""),
        "kind": words.KINDS.get(found.stage or "", ""),
        "life": words.life(found, whole.as_of, fmt),
        "reasons": words.reasons(found, fmt)[:REASONS],
        "ways": words.WAYS.get(found.ways or "", ""),
        "as_of": words.as_of_words(whole, fmt),
    }


def timeline(found: Moments, fmt: Formats) -> dict[str, Any]:
    """The context of a piece of timeline."""
    return {
        "days": by_day(found.found, lambda at: fmt.local(at).date().isoformat()),
        "before": found.before,
        "last_day": fmt.local(found.found[-1].at).date().isoformat() if found.found else "",
        "kinds": KINDS,
    }


def ending(found: Moments) -> str:
    """The place after which all belongs to the beginning of a timeline that shows these."""
    if not found.before:
        return "0.0"
    if not found.found:
        return found.before
    last = found.found[-1]
    return f"{last.at}.{last.id - 1}"


def called(page: CustomerPage) -> str:
    """What a page calls somebody: a name, else what is best known, else that nothing is."""
    if page.name is not None:
        return str(page.name.value)
    if page.kind == SHARED_RECORD:
        return "Shared by several people"
    shown = [each for each in page.identifiers if not each.shared]
    for type_ in ("email", "phone", "loyalty_id", "user_id"):
        for each in shown:
            if each.type == type_:
                return each.value
    return "Visitor without a name"


class Figure(NamedTuple):
    """One key figure: its label, its value, and words beside it."""

    label: str
    value: str
    beside: str = ""


def figures(page: CustomerPage, fmt: Formats, last_order: int | None, now: int) -> list[Figure]:
    """The key figures of one customer; times in microseconds since 1970 UTC."""
    spend = _money(page.spend, fmt) or fmt.money(0)
    refunds = _money(page.refunds, fmt)
    found = [
        Figure("Spent", spend, f"{refunds} given back" if refunds else ""),
        Figure("Orders", fmt.number(page.orders), _beside_orders(page, fmt)),
    ]
    if page.orders and len(page.spend) == 1:
        each = round(page.spend[0].minor / page.orders)
        found.append(Figure("Average order", fmt.money(each, page.spend[0].currency)))
    if last_order is not None:
        found.append(Figure("Last order", fmt.ago(last_order, now), fmt.date(last_order)))
    days = f"on {fmt.number(page.sessions.days)} day{'' if page.sessions.days == 1 else 's'}"
    found.append(Figure("Visits", fmt.number(page.sessions.count), days if page.sessions.count else ""))
    channels = [channel_words(each.key) for each in page.channels]
    found.append(Figure("Channels", fmt.number(len(channels)), ", ".join(channels[:4])))
    return found


def _beside_orders(page: CustomerPage, fmt: Formats) -> str:
    words = []
    if page.cancelled_orders:
        words.append(f"{fmt.number(page.cancelled_orders)} cancelled")
    if page.claimed_orders:
        words.append(f"{fmt.number(page.claimed_orders)} only claimed")
    return ", ".join(words)


def _money(amounts: tuple[Amount, ...], fmt: Formats) -> str:
    return " + ".join(fmt.money(each.minor, each.currency) for each in amounts[:3])


def month_names(months: Months, fmt: Formats) -> dict[str, str]:
    """What each month is called, short, such as Mar 2026."""
    return {each.name: fmt.month(each.name) for each in months.months}


def known_as(page: CustomerPage) -> list[IdentifierView]:
    """Her identifiers, those that say most first."""
    order = ("user_id", "loyalty_id", "email", "phone", "wallet_serial", "social_handle")
    ranked = {type_: n for n, type_ in enumerate(order)}
    return sorted(page.identifiers, key=lambda each: (each.shared, ranked.get(each.type, 9), each.claimed, each.value))
