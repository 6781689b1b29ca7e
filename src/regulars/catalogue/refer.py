"""What a thing is found by: words for the search, and references such as `gtin:…` and `topic:…`."""

from typing import Any, Final

from regulars.catalogue.registers import Registers, values
from regulars.model.catalogue import ARTICLE, PRODUCT, STORE, VARIANT

LONGEST_WORDS: Final = 500
MOST_REFS: Final = 500
_SEARCHED = {PRODUCT: ("name", "brand", "sku", "gtin"), STORE: ("name",), ARTICLE: ("title",)}


def search_words(key: tuple[str, str, str], registers: Registers) -> str:
    """What a search looks through: names and numbers in small letters, '' for what is not searched."""
    kind, id, _ = key
    fields = _SEARCHED.get(kind)
    if fields is None:
        return ""
    said = values(registers)
    return plain_words([id, *(said.get(field) for field in fields)])


def plain_words(parts: list[Any]) -> str:
    """The texts among these as one in small letters, cut to a bound."""
    return " ".join(part.casefold() for part in parts if type(part) is str and part)[:LONGEST_WORDS]


def refs_of(key: tuple[str, str, str], registers: Registers) -> list[str]:
    """What leads to a thing, sorted: its sku and GTIN, the topics and products that it is about."""
    kind, _, _ = key
    said = values(registers)
    found = {f"topic:{topic}" for topic in _list(said.get("topics"))}
    if kind in (PRODUCT, VARIANT):
        found |= {sku_ref(said["sku"])} if said.get("sku") else set()
        found |= {gtin_ref(said["gtin"])} if said.get("gtin") else set()
    elif kind == ARTICLE:
        found |= {f"product:{product}" for product in _list(said.get("products"))}
    else:
        return []
    return sorted(found)[:MOST_REFS]


def sku_ref(sku: str) -> str:
    """The reference of a stock number."""
    return f"sku:{sku}"


def gtin_ref(gtin: str) -> str:
    """The reference of a GTIN, however many leading zeros, blanks and dashes it is written with."""
    plain = gtin.replace(" ", "").replace("-", "")
    return f"gtin:{plain.zfill(14) if plain.isascii() and plain.isdigit() else gtin}"


def _list(value: Any) -> list[str]:
    return [each for each in value if type(each) is str] if type(value) is list else []
