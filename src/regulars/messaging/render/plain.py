"""A message as plain text: the part of an e-mail for whoever reads no HTML."""

from collections.abc import Iterator

from regulars.messaging.render.article import article_text
from regulars.messaging.render.spoken import Spoken
from regulars.messaging.told import Data, Item


def plain_text(data: Data, said: Spoken) -> str:
    """The whole text part."""
    return "\n\n".join(each for each in _parts(data, said) if each) + "\n"


def offer_line(offer: dict[str, str]) -> str:
    """An offer in one paragraph; '' where there is none."""
    price = offer.get("price", "")
    if price and "was" in offer:
        price = f"{price} instead of {offer['was']}"
    days = " ".join(f"{word} {offer[name]}" for word, name in (("from", "from"), ("until", "until")) if name in offer)
    parts = (
        offer.get("title", ""), price, f"{offer['percent']} off" if "percent" in offer else "",
        f"Your code: {offer['code']}" if "code" in offer else "", days[:1].upper() + days[1:], offer.get("terms", ""),
    )  # fmt: skip
    return " ".join(part if part[-1] in ".!?" else f"{part}." for part in parts if part)


def item_line(item: Item) -> str:
    """A product on a line."""
    price = f"{item.price} instead of {item.list_price}" if item.price and item.list_price else item.price
    return ", ".join(each for each in (item.name or item.id, price) if each)


def _parts(data: Data, said: Spoken) -> Iterator[str]:
    yield said.heading[1]
    for _, text in said.paragraphs:
        yield text
    yield offer_line(said.offer)
    yield "\n".join([said.block_title] * bool(said.items and said.block_title) + [_item(each) for each in said.items])
    if data.article:
        yield article_text(data.article.html)
    if said.url:
        yield f"{said.label}: {said.url}"
    for _, text in said.after:
        yield text
    yield "\n".join(_foot(data))


def _item(item: Item) -> str:
    return "\n  ".join(each for each in (f"- {item_line(item)}", item.why, item.url) if each)


def _foot(data: Data) -> Iterator[str]:
    yield "--"
    if data.why:
        yield data.why
    if data.preferences_url:
        yield f"What we may write to you: {data.preferences_url}"
    if data.unsubscribe_url:
        yield f"Unsubscribe: {data.unsubscribe_url}"
    yield ", ".join(each for each in (data.shop.name, data.shop.address) if each)
