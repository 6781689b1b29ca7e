"""What a `Product Updated` says: the product, its variants, and what they cost from when on."""

from typing import Any, Final

from regulars.catalogue.given import Known, address_text, fields_of, long_text, moment, topics
from regulars.model.catalogue import AMOUNTS, PRODUCT, VARIANT, AmountWord, ThingWord
from regulars.model.fields import identity, objects, path, text
from regulars.model.money import currency_code, minor_units
from regulars.model.rejection import Reason, Refused

_WHERE = "$.properties"
_MONEY = frozenset({*AMOUNTS, "currency", "valid_from", "prices"})
_GTIN = ("gtin", "barcode", "ean", "upc")

_PRODUCT: Final[Known] = {
    "sku": (("sku",), identity),
    "gtin": (_GTIN, identity),
    "name": (("name", "title"), text),
    "description": (("description",), long_text),
    "category": (("category",), path),
    "brand": (("brand",), text),
    "image_url": (("image_url", "image"), address_text),
    "url": (("url",), address_text),
    "status": (("status",), text),
    "topics": (("topics",), topics),
}
_VARIANT: Final[Known] = {
    "sku": (("sku",), identity),
    "gtin": (_GTIN, identity),
    "name": (("name", "title"), text),
    "size": (("size",), text),
    "colour": (("colour", "color"), text),
    "image_url": (("image_url", "image"), address_text),
    "url": (("url",), address_text),
    "status": (("status",), text),
}
_PRODUCT_IDS = _MONEY | {"product_id", "id", "variants"}
_VARIANT_IDS = _MONEY | {"variant_id", "id"}

Said = tuple[tuple[ThingWord, ...], tuple[AmountWord, ...]]


def product_words(properties: dict[str, Any], product: str, time: int, currency: str) -> Said:
    """The words about a product and its variants; amounts without a time are valid from `time`. Raises Refused."""
    if properties.get("variant_id") is not None:
        words = "name a variant in `variants`, each with a variant_id of its own"
        raise Refused(Reason.WRONG_TYPE, f"{_WHERE}.variant_id", words)
    things = [ThingWord(PRODUCT, product, "", fields_of(properties, _PRODUCT, _PRODUCT_IDS, _WHERE))]
    money = _Money(product, _currency(properties, _WHERE, currency), moment(properties, "valid_from", _WHERE) or time)
    amounts = money.amounts(properties, "", _WHERE)
    for index, item in enumerate(objects(properties, "variants", _WHERE) or ()):
        where = f"{_WHERE}.variants[{index}]"
        variant = variant_id(item, where)
        things.append(ThingWord(VARIANT, product, variant, fields_of(item, _VARIANT, _VARIANT_IDS, where)))
        amounts += money.amounts(item, variant, where)
    return tuple(things), tuple(amounts)


def variant_id(item: dict[str, Any], where: str) -> str:
    """A variant's id: `variant_id`, else `id`, else `sku`. Raises Refused(MISSING_FIELD)."""
    found = identity(item, "variant_id", where) or identity(item, "id", where) or identity(item, "sku", where)
    if not found:
        raise Refused(Reason.MISSING_FIELD, f"{where}.variant_id", "a variant needs an id")
    return found


class _Money:
    """Reads amounts of one product: what an object does not state of currency and time it has from around it."""

    def __init__(self, product: str, currency: str, valid_from: int) -> None:
        self._product = product
        self._currency = currency
        self._valid_from = valid_from

    def amounts(self, item: dict[str, Any], variant: str, where: str) -> list[AmountWord]:
        """The amounts of an object, and of its list `prices`."""
        currency = _currency(item, where, self._currency)
        valid_from = moment(item, "valid_from", where) or self._valid_from
        inner = _Money(self._product, currency, valid_from)
        found = [
            AmountWord(self._product, variant, kind, currency, valid_from, inner._minor(item, kind, where))
            for kind in AMOUNTS
            if kind in item and item[kind] != ""
        ]
        for index, each in enumerate(objects(item, "prices", where) or ()):
            place = f"{where}.prices[{index}]"
            found += inner.amounts(each, variant or identity(each, "variant_id", place), place)
        return found

    def _minor(self, item: dict[str, Any], kind: str, where: str) -> int | None:
        if item[kind] is None:
            return None
        minor = minor_units(item[kind], self._currency, f"{where}.{kind}")
        if minor < 0:
            raise Refused(Reason.BAD_AMOUNT, f"{where}.{kind}", "must not be negative")
        return minor


def _currency(item: dict[str, Any], where: str, otherwise: str) -> str:
    return currency_code(item.get("currency"), f"{where}.currency") or otherwise
