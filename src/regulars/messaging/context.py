"""What a decision says of the occasion, as messages take it: ids and words, whatever else is in it left aside."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from regulars.messaging.message import FACT

MOST_PRODUCTS: Final = 50
LONGEST: Final = 500
_BAD: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Occasion(msgspec.Struct, frozen=True):
    """Of what a message speaks; '' and () where nobody said. `expected` is a day or words, `products` are ids."""

    product: str = ""
    products: tuple[str, ...] = ()
    order: str = ""
    store: str = ""
    article: str = ""
    expected: str = ""
    tracking_url: str = ""
    why: str = ""
    facts: dict[str, str] = {}

    @property
    def every_product(self) -> tuple[str, ...]:
        """All of them, the one of the occasion first, each once."""
        return tuple(dict.fromkeys(each for each in (self.product, *self.products) if each))


def occasion_of(context: Mapping[str, Any]) -> Occasion:
    """Read a context; what is of another shape than it should be counts as not said."""
    names = ("product", "order", "store", "article", "expected", "tracking_url", "why")
    said = {name: _text(context.get(name)) for name in names}
    products = context.get("products")
    many = tuple(_text(each) for each in products[:MOST_PRODUCTS]) if isinstance(products, list | tuple) else ()
    facts = context.get("facts")
    told = facts.items() if isinstance(facts, Mapping) else ()
    return Occasion(
        **said,
        products=tuple(each for each in many if each),
        facts={name: text for name, value in told if FACT.fullmatch(str(name)) and (text := _text(value))},
    )


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _BAD.sub(" ", str(value)).strip()[:LONGEST]
