"""From registers, amounts and a mention to a product as it is shown; pure, without a clock."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from regulars.catalogue.registers import NOTHING, Register, Registers, payload
from regulars.catalogue.view import origin, safe_url, stated
from regulars.model.catalogue import AMOUNTS
from regulars.model.money import Amount, as_amount
from regulars.model.product import Product, ProductInfo, Variant

_mention = msgspec.json.Decoder(dict[str, str]).decode
_value = msgspec.json.Decoder(str).decode
_NOTHING = Register(0, 0, "", "", False)


class Valid(msgspec.Struct, frozen=True):
    """An amount that holds at the moment in question; `minor` None says that it ended."""

    variant: str
    kind: str
    currency: str
    valid_from: int
    minor: int | None
    source: str
    simulated: bool


class Seen(msgspec.Struct, frozen=True):
    """The first mention of a product, `client` where only public keys mentioned it."""

    client: bool
    source: str
    simulated: bool
    body: bytes


class Known(msgspec.Struct):
    """All that the tables hold of one product."""

    product: Registers | None = None
    variants: dict[str, Registers] = {}
    amounts: list[Valid] = []
    seen: Seen | None = None


def product_view(id: str, known: Known, currency: str = "") -> Product:
    """A product; its amounts are those of `currency`, where that is '' of the currency whose price is the newest."""
    registers = known.product or {}
    said, attributes = stated(registers)
    mention = {} if known.seen is None else _mention(known.seen.body)
    for name in ("sku", "name", "brand"):
        said[name] = said.get(name) or mention.get(name, "")
    for name in ("url", "image_url"):
        said[name] = said.get(name) or safe_url(mention.get(name, ""))
    said["category"] = category_path(said.get("category") or mention.get("category", ""))
    if known.product is None and mention.get("variant"):
        attributes["variant"] = mention["variant"]
    told = origin([registers, *known.variants.values()])
    catalogued = known.product is not None or bool(known.variants) or bool(known.amounts)
    seen = None if catalogued else known.seen
    own: dict[str, Any] = _chosen(known.amounts, "", currency)
    return Product(
        id=id,
        topics=tuple(said.pop("topics", ())),
        variants=tuple(_variant(part, each, known, own, currency) for part, each in _variants(known)),
        attributes=attributes,
        seen=seen is not None,
        claimed=seen is not None and seen.client,
        simulated=told.simulated
        or any(each.simulated for each in known.amounts)
        or (seen is not None and seen.simulated),
        updated=told.updated,
        sources=_sources(told.sources, known.amounts, seen),
        **own,
        **said,
    )


class _Called(msgspec.Struct, frozen=True):
    name: Register = _NOTHING
    category: Register = _NOTHING
    brand: Register = _NOTHING


_called = msgspec.msgpack.Decoder(_Called).decode


def called(body: bytes) -> ProductInfo:
    """What a product is called, of its encoded registers: in a fraction of the time that its whole view takes."""
    said = _called(payload(body))
    return ProductInfo(_text(said.name), " > ".join(category_path(_text(said.category))), _text(said.brand))


def mentioned_as(body: bytes) -> ProductInfo:
    """The same of a mention."""
    said = _mention(body)
    return ProductInfo(said.get("name", ""), " > ".join(category_path(said.get("category", ""))), said.get("brand", ""))


def _text(register: Register) -> str:
    return "" if register.value == NOTHING else _value(register.value)


def _variants(known: Known) -> Sequence[tuple[str, Registers]]:
    """All variants by id, those too of which only an amount is known."""
    priced: dict[str, Registers] = {each.variant: {} for each in known.amounts if each.variant}
    return sorted({**priced, **known.variants}.items())


def _variant(
    id: str, registers: Registers, known: Known, product: Mapping[str, Amount | None], currency: str
) -> Variant:
    said, attributes = stated(registers)
    own = _chosen(known.amounts, id, currency)
    amounts: dict[str, Any] = {kind: own[kind] or product[kind] for kind in AMOUNTS}
    return Variant(id=id, attributes=attributes, **amounts, **said)


def _chosen(amounts: Iterable[Valid], variant: str, currency: str) -> dict[str, Amount | None]:
    """Per kind the amount in the currency wanted, else in that with the newest (ties: the first by its letters)."""
    found: dict[str, Amount | None] = dict.fromkeys(AMOUNTS)
    for kind in AMOUNTS:
        holding = [
            (-each.valid_from, each.currency, each.minor)
            for each in amounts
            if each.variant == variant and each.kind == kind and each.minor is not None
            if not currency or each.currency == currency
        ]
        if holding:
            _, code, minor = min(holding)
            found[kind] = as_amount(minor, code)
    return found


def _sources(told: tuple[str, ...], amounts: Iterable[Valid], seen: Seen | None) -> tuple[str, ...]:
    more = {each.source for each in amounts} | ({seen.source} if seen else set())
    return tuple(sorted({*told, *more}))


def category_path(text: Any) -> tuple[str, ...]:
    """The levels of a path written as `Women > Knitwear`, wide to narrow."""
    return tuple(level for level in (part.strip() for part in str(text).split(">")) if level)
