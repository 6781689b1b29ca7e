"""What a customer's view is made from: rows the caller has gathered for all her bundles."""

import msgspec

from regulars.model.consent import ConsentWord
from regulars.model.interaction import Interaction
from regulars.model.order import Order
from regulars.model.product import ProductInfo
from regulars.profiles.fragment import Fragment


class KnownIdentifier(msgspec.Struct, frozen=True):
    """One identifier of a customer. `claimed`: only clients said so; times in microseconds since 1970 UTC, or None."""

    type: str
    space: str
    value: str
    claimed: bool = False
    shared: bool = False
    first: int | None = None
    last: int | None = None
    sources: tuple[str, ...] = ()


class CustomerFacts(msgspec.Struct, frozen=True):
    """All that is stored of one customer.

    `orders` are those whose `owner` report is of one of her bundles. `products` and `stores` name what the rows
    mention, as far as the catalogue knows. `server` says whether any server evidence stands for her; where the
    fragments show it, it need not be said. `proven` are the (product, kind) of interactions that a server told of.
    """

    id: str
    fragments: tuple[Fragment, ...] = ()
    identifiers: tuple[KnownIdentifier, ...] = ()
    orders: tuple[Order, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    consents: tuple[ConsentWord, ...] = ()
    products: dict[str, ProductInfo] = {}
    stores: dict[str, str] = {}
    server: bool = False
    proven: frozenset[tuple[str, str]] = frozenset()
