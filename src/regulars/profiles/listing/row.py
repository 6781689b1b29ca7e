"""One customer as lists show her: her row, made from what is stored of her and nothing else."""

from collections.abc import Sequence
from typing import Final

import msgspec

from regulars.identity.graph import PERSON
from regulars.identity.rules import Rules
from regulars.model.consent import ALL, WITHDRAWN, ConsentWord
from regulars.model.order import Order
from regulars.profiles.consents import NOT_MARKETING, latest_words, permission
from regulars.profiles.customer import customer_name
from regulars.profiles.customer_facts import CustomerFacts
from regulars.profiles.customer_products import open_cart
from regulars.profiles.fragment import Fragment, merge_all
from regulars.profiles.listing.words import plain, search_words
from regulars.profiles.names import search_name

ANONYMOUS: Final = "anonymous"
SHARED_RECORD: Final = "shared"
HIDDEN: Final = frozenset(("anonymous_id", "device_id"))
KNOWN: Final = 10
STORES: Final = 20
LONGEST_NAME: Final = 200
MOST_MONEY: Final = 2**62
NAMELESS: Final = "\uffff"
"""Sorts after every name."""

REFUSED: Final = "-"
"""Stands before a channel by which she must not be written to."""
CHANNELS: Final = {"email": ("email",), "phone": ("sms", "phone", "whatsapp"), "device_id": ("push", "webpush")}

Identifier = tuple[str, str, str, str, bool]
"""Type, space, value, standing, and whether a server showed it."""


class ListedCustomer(msgspec.Struct, frozen=True, array_like=True):
    """A row of the table of customers, field by field.

    `known` are `type:value`, strongest first; `stores` and `channels` the latest first; `first` and `last` in
    microseconds since 1970 UTC, 0 where unknown. `spend` is in minor units of `currency`, and what other currencies
    she paid in is not in it. `consents` name channels by which she may be written to for marketing, `-` before those
    by which she said no. `cart` counts the products in her open cart.
    """

    id: bytes
    kind: str
    name: str
    sorted: str
    words: str
    known: tuple[str, ...]
    first: int
    last: int
    channels: tuple[str, ...]
    stores: tuple[str, ...]
    orders: int
    spend: int
    currency: str
    consents: tuple[str, ...]
    cart: int
    simulated: bool


class Told(msgspec.Struct):
    """What is stored of one customer, as far as her row needs it."""

    fragments: list[Fragment] = []
    identifiers: list[Identifier] = []
    orders: list[Order] = []
    consents: list[ConsentWord] = []


def listed(id: bytes, told: Told, rules: Rules, currency: str) -> ListedCustomer:
    """The row of one customer; `currency` is the shop's, '' where it has none."""
    whole = merge_all(told.fragments)
    held = sorted(told.identifiers, key=lambda each: (rules.rule_of(each[0]).tier, each))
    name = customer_name((whole,), any(each[4] for each in held)).replace("\0", "")[:LONGEST_NAME]
    shown = [each for each in held if each[0] not in HIDDEN]
    kind = SHARED_RECORD if not held else PERSON if any(each[3] == PERSON for each in held) else ANONYMOUS
    code, spend, orders = _bought(told.orders, currency)
    said = [search_name(each) for each in told.fragments if each.traits or each.claimed]
    names = map(plain, dict.fromkeys([name, *said]))
    cart = open_cart(CustomerFacts(id.hex(), tuple(told.fragments), orders=tuple(told.orders)), whole)
    return ListedCustomer(
        id,
        kind,
        name,
        plain(name)[:LONGEST_NAME] or NAMELESS,
        search_words(names, (each[2] for each in shown)),
        tuple(f"{each[0]}:{each[2]}" for each in (shown or held)[:KNOWN]),
        whole.first or 0,
        whole.last or 0,
        _latest(whole.channel_last)[:STORES],
        _latest(whole.store_last)[:STORES],
        orders,
        spend,
        code,
        consent_summary(told.consents, held),
        len(cart),
        whole.simulated or any(order.simulated for order in told.orders),
    )


def consent_summary(words: Sequence[ConsentWord], held: Sequence[Identifier]) -> tuple[str, ...]:
    """By which channels somebody may be written to for marketing, and by which she said no; of others she said nothing.

    A channel counts as allowed where it is for any purpose and for any of her own addresses. What was said of
    addresses that she shares with others is weighed when a message is to go, not here.
    """
    if not words:
        return ()
    # What was said of one topic tells nothing of the channel.
    current = [word for word in latest_words(words) if "/" not in word.purpose]
    purposes = sorted({word.purpose for word in current} - NOT_MARKETING - {ALL}) or ["marketing"]
    found = []
    for type_, channels in CHANNELS.items():
        addresses = [f"{type_}:{each[2]}" for each in held if each[0] == type_]
        for channel in channels:
            if any(permission(current, p, channel, address).allowed for p in purposes for address in addresses):
                found.append(channel)
            elif any(word.word == WITHDRAWN and word.channel in (channel, ALL) for word in current):
                found.append(REFUSED + channel)
    return tuple(found)


def _bought(orders: Sequence[Order], currency: str) -> tuple[str, int, int]:
    """The currency (the shop's, else that of most of her orders), what she spent in it, and how many orders stand."""
    sure = [order for order in orders if not order.claimed]
    standing = [order for order in sure if order.known and not order.cancelled]
    counts: dict[str, int] = {}
    for order in standing:
        counts[order.currency] = counts.get(order.currency, 0) + 1
    code = currency or max(sorted(counts), key=lambda each: counts[each], default="")
    spend = sum(order.spend for order in sure if order.currency == code)
    return code, max(-MOST_MONEY, min(MOST_MONEY, spend)), len(standing)


def _latest(times: dict[str, int]) -> tuple[str, ...]:
    ranked = sorted(times, key=lambda key: (-times[key], key))
    return tuple(key.replace("\0", "")[:LONGEST_NAME] for key in ranked)
