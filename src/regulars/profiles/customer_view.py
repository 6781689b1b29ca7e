"""The shape in which a customer is shown, ready for JSON: times are UTC datetimes, money is `Amount`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from regulars.model.money import Amount

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(time: int) -> datetime:
    """Microseconds since 1970 as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=time)


class Stated(msgspec.Struct, frozen=True):
    """A value with its provenance: who said so, and when."""

    value: Any
    source: str
    time: datetime


class ContactPoint(msgspec.Struct, frozen=True):
    """An address she can be reached at; `shared` ones are never addressed, `claimed` ones nobody vouches for."""

    type: str
    value: str
    claimed: bool
    shared: bool
    sources: tuple[str, ...]


class IdentifierView(msgspec.Struct, frozen=True):
    """One identifier she is known by."""

    type: str
    space: str
    value: str
    claimed: bool
    shared: bool
    first_seen: datetime | None
    last_seen: datetime | None
    sources: tuple[str, ...]


class Presence(msgspec.Struct, frozen=True):
    """Where or on what she was present; a time is None where bounds have dropped it. `claimed`: only clients say so."""

    key: str
    name: str
    first_seen: datetime | None
    last_seen: datetime | None
    claimed: bool


class ProductSummary(msgspec.Struct, frozen=True):
    """A product in one of her lists. `n` counts events or orders that name it, never quantities.

    `claimed`: only clients say so.
    """

    product: str
    name: str
    n: int
    last: datetime
    claimed: bool


class CartItem(msgspec.Struct, frozen=True):
    """A product that lies in her cart; `quantity` as stated, '' if unstated. `claimed`: only a client says so."""

    product: str
    name: str
    quantity: str
    added: datetime
    claimed: bool


class Favourite(msgspec.Struct, frozen=True):
    """A category or store with the number of her orders that name it."""

    key: str
    name: str
    orders: int


class ConsentView(msgspec.Struct, frozen=True):
    """A current word of consent; `*` stands for every purpose or channel."""

    purpose: str
    channel: str
    address: str
    covers_all: bool
    word: str
    time: datetime
    source: str
    basis: str


class OrderSummary(msgspec.Struct, frozen=True):
    """One of her orders; `paid` is None where nobody stated an amount."""

    space: str
    order_id: str
    time: datetime
    channel: str
    store: str
    lines: int
    paid: Amount | None
    refunded: Amount | None
    cancelled: bool
    claimed: bool
    source: str


class Sessions(msgspec.Struct, frozen=True):
    """Visits told from half hours with activity: unbroken runs, days, half hours; events by channel."""

    count: int
    days: int
    half_hours: int
    events: dict[str, int]


class CustomerView(msgspec.Struct, frozen=True):
    """One customer, as everybody may see her.

    `traits` are what servers say; for a customer with any server evidence what only clients say stands in `claimed`.
    `spend` is paid less refunded of the orders servers reported and did not cancel, a currency each; orders that only
    clients report are `claimed_orders` and `claimed_spend`. Lists are ranked and cut to their first entries.
    """

    id: str
    name: Stated | None
    emails: tuple[ContactPoint, ...]
    phones: tuple[ContactPoint, ...]
    traits: dict[str, Stated]
    claimed: dict[str, Stated]
    identifiers: tuple[IdentifierView, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    channels: tuple[Presence, ...]
    stores: tuple[Presence, ...]
    devices: tuple[Presence, ...]
    orders: int
    cancelled_orders: int
    spend: tuple[Amount, ...]
    refunds: tuple[Amount, ...]
    claimed_orders: int
    claimed_spend: tuple[Amount, ...]
    last_orders: tuple[OrderSummary, ...]
    viewed: tuple[ProductSummary, ...]
    carted: tuple[ProductSummary, ...]
    bought: tuple[ProductSummary, ...]
    returned: tuple[ProductSummary, ...]
    viewed_not_bought: tuple[ProductSummary, ...]
    open_cart: tuple[CartItem, ...]
    favourite_categories: tuple[Favourite, ...]
    favourite_stores: tuple[Favourite, ...]
    consents: tuple[ConsentView, ...]
    sessions: Sessions
    simulated: bool
