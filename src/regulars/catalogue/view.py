"""From registers to what is shown: stores, articles, campaigns and coupons; pure, without a clock."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from regulars.catalogue.given import ATTRIBUTE
from regulars.catalogue.registers import NOTHING, Registers, values
from regulars.model.article import Article
from regulars.model.store import OpeningHours, Store
from regulars.model.thing import Thing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_URLS: Final = ("url", "image_url")


class Origin(msgspec.Struct, frozen=True):
    """Who spoke last of a thing's fields: whether any of it is simulated, the latest time, the sources by name."""

    simulated: bool
    updated: datetime | None
    sources: tuple[str, ...]


def instant(time: int) -> datetime:
    """Microseconds since 1970 as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=time)


def origin(parts: Iterable[Registers]) -> Origin:
    """The origin of everything that these registers say."""
    spoken = [each for registers in parts for each in registers.values() if each.value != NOTHING]
    latest = max((each.time for each in spoken), default=None)
    return Origin(
        any(each.simulated for each in spoken),
        None if latest is None else instant(latest),
        tuple(sorted({each.source for each in spoken})),
    )


def stated(registers: Registers) -> tuple[dict[str, Any], dict[str, Any]]:
    """The known fields and the attributes, each without what nobody says; unsafe addresses are left out."""
    known: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for name, value in values(registers).items():
        if name.startswith(ATTRIBUTE):
            attributes[name.removeprefix(ATTRIBUTE)] = value
        else:
            known[name] = safe_url(value) if name in _URLS else value
    return known, attributes


def safe_url(value: str) -> str:
    """An address that a page may link to: http, https or a path of its own site; '' for any other."""
    return value if value.lower().startswith(("http://", "https://")) or _is_path(value) else ""


def _is_path(value: str) -> bool:
    return value.startswith("/") and not value.startswith(("//", "/\\"))


def store_view(id: str, registers: Registers) -> Store:
    """A store as its registers describe it."""
    said, attributes = stated(registers)
    address = said.pop("address", {})
    address = address if type(address) is dict else {"text": address}
    hours = said.pop("opening_hours", None)
    zone = said.pop("timezone", "")
    country = said.pop("country", "") or str(address.get("country", ""))
    return Store(
        id=id,
        timezone=zone if zone and zone_known(zone) else "",
        country=country.upper() if len(country) == 2 else country,
        address=address,
        opening_hours=None if hours is None else msgspec.convert(hours, OpeningHours),
        attributes=attributes,
        **said,
        **msgspec.structs.asdict(origin([registers])),
    )


@lru_cache(maxsize=1000)
def zone_known(name: str) -> bool:
    """Whether this machine knows a time zone of this IANA name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def article_view(id: str, registers: Registers) -> Article:
    """An article as its registers describe it, its body as received."""
    said, attributes = stated(registers)
    lists: dict[str, Any] = {name: tuple(said.pop(name, ())) for name in ("products", "topics")}
    published = said.pop("published", None)
    return Article(
        id=id,
        published=None if published is None else instant(published),
        attributes=attributes,
        **lists,
        **said,
        **msgspec.structs.asdict(origin([registers])),
    )


def thing_view(kind: str, id: str, registers: Registers) -> Thing:
    """A campaign or coupon."""
    known, attributes = stated(registers)
    return Thing(kind, id, {**attributes, **known}, *msgspec.structs.astuple(origin([registers])))
