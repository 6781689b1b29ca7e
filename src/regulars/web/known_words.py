"""What is known of a customer, in plain words for herself."""

from typing import Final, NamedTuple

from regulars.consent.stated import BRANDS, OCCASIONS, SIZES
from regulars.model.identifier import Identifier
from regulars.profiles.reader import CustomerPage
from regulars.web.customers import channel_words, type_words
from regulars.web.formats import Formats
from regulars.web.masked import masked
from regulars.web.site import micros, worded

LOOKED, LIKES, STORES = 5, 3, 2
OWN: Final = (SIZES, BRANDS, OCCASIONS)
"""Traits that stand in a form of their own."""
NAMES: Final = frozenset(("name", "firstName", "lastName", "first_name", "last_name", "email", "phone", "loyalty_id"))
SHOWN: Final = ("city", "country", "language", "company")
"""Traits that are shown to who holds the link; of all others only that they are kept."""
LONGEST = 60


class Known(NamedTuple):
    """Something that is known: what it is about, and the words."""

    title: str
    words: str


def known_words(page: CustomerPage, fmt: Formats) -> list[Known]:
    """What is known of her, most telling first; addresses are masked."""
    found = [Known("Name", str(page.name.value)[:LONGEST])] if page.name else []
    found += [*_addresses(page), *_traits(page)]
    if page.first_seen and page.last_seen:
        first, last = fmt.date(micros(page.first_seen)), fmt.date(micros(page.last_seen))
        found.append(Known("Seen", f"First on {first}, last on {last}" if first != last else f"On {first}"))
    channels = [channel_words(each.key) for each in page.channels if each.key]
    if channels:
        found.append(Known("Where", _and(channels[:4])))
    found += [*_bought(page, fmt), *_likes(page)]
    if page.open_cart:
        n = len(page.open_cart)
        found.append(Known("In your cart", f"{fmt.number(n)} {'product' if n == 1 else 'products'}"))
    looked = [each.name[:LONGEST] for each in page.viewed_not_bought if each.name != each.product][:LOOKED]
    if looked:
        found.append(Known("Looked at, not bought", _and(looked)))
    return found


def _addresses(page: CustomerPage) -> list[Known]:
    by: dict[str, list[str]] = {}
    for each in page.identifiers:
        if not each.shared and each.type not in ("order_id", "receipt_id"):
            by.setdefault(each.type, []).append(masked(Identifier(each.type, each.space, each.value)))
    return [
        Known(type_words(type_), _and(sorted(shown)) if type_ in ("email", "phone", "loyalty_id") else _times(shown))
        for type_, shown in by.items()
    ]


def _times(shown: list[str]) -> str:
    return "One is kept" if len(shown) == 1 else f"{len(shown)} are kept"


def _traits(page: CustomerPage) -> list[Known]:
    rest = [name for name in page.traits if name not in (*NAMES, *OWN)]
    found = [Known(worded(name), str(page.traits[name].value)[:LONGEST]) for name in SHOWN if name in rest]
    others = sorted(worded(name)[:LONGEST] for name in rest if name not in SHOWN)
    if others:
        found.append(Known("Also kept", _and(others[:12], more=len(others) - 12)))
    return found


def _bought(page: CustomerPage, fmt: Formats) -> list[Known]:
    if not page.orders:
        return []
    n = f"{fmt.number(page.orders)} {'purchase' if page.orders == 1 else 'purchases'}"
    spent = " and ".join(fmt.money(each.minor, each.currency) for each in page.spend if each.minor > 0)
    stores = [each.name if each.name != each.key else f"store {each.key}" for each in page.favourite_stores[:STORES]]
    words = f"{n}{f' for {spent}' if spent else ''}{f', mostly in {_and(stores)}' if stores else ''}"
    return [Known("Bought", words)]


def _likes(page: CustomerPage) -> list[Known]:
    likes = [each.name or each.key for each in page.favourite_categories[:LIKES]]
    return [Known("Buys most", _and([each[:LONGEST] for each in likes]))] if likes else []


def _and(words: list[str], more: int = 0) -> str:
    if more > 0:
        return f"{', '.join(words)} and {more} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
