"""What lies somewhere again, and who was waiting for it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from regulars.decisioning.journeys import queries
from regulars.decisioning.journeys.happened import Happened, products_of
from regulars.decisioning.journeys.journey import DAY
from regulars.storage.binary import bools, texts
from regulars.storage.database import Connection
from regulars.storage.engine import LakeError, open_lake
from regulars.storage.lake.insight_files import read_insight

AT_ONCE: Final = 200
"""Products that came back in one look; of more, those named first."""
MEMORY: Final = "512MB"


class Back(msgspec.Struct, frozen=True):
    """A product that lies somewhere again: in these stores, and whether it lay nowhere before; by which event."""

    product: str
    stores: tuple[str, ...]
    nowhere: bool
    event: Happened


class Shelves:
    """Knows what lay where when it looked last; a product's first look only remembers."""

    def __init__(self, connection: Connection, lake: Path | None) -> None:
        """`lake` is the folder; without one nobody is known to wait."""
        self._connection = connection
        self._lake = lake

    def came(self, events: Iterable[Happened]) -> list[Back]:
        """What lies somewhere again by these words of stock; noted in the caller's transaction."""
        last = {product: each for each in events for product in _named(each)}
        if not last:
            return []
        cursor = self._connection.cursor(binary=True)
        named = texts(sorted(last))
        now = {(product, store): lies for product, store, lies in cursor.execute(queries.SHELVES_NOW, (named,))}
        before: dict[str, dict[str, bool]] = defaultdict(dict)
        for product, store, lies in cursor.execute(queries.SHELVES, (named,)):
            before[product][store] = lies
        changed = {key: lies for key, lies in now.items() if before[key[0]].get(key[1]) != lies}
        if changed:
            products, stores = zip(*changed, strict=True)
            cursor.execute(queries.PUT_SHELVES, (texts(products), texts(stores), bools(changed.values())))
        there: dict[str, list[str]] = defaultdict(list)
        for (product, store), lies in changed.items():
            if lies and before[product]:
                there[product].append(store)
        return [
            Back(product, tuple(sorted(stores)), not any(before[product].values()), last[product])
            for product, stores in sorted(there.items())
        ][:AT_ONCE]

    def waiting(self, came: Iterable[Back], days: int, now: int) -> Iterator[tuple[bytes, Happened]]:
        """Who looked at, saved or wished for one of these within so many days and did not buy it; with what happened.

        Of what came only to some stores, those who buy in one of them.
        """
        of: Mapping[str, Back] = {each.product: each for each in came}
        if not of or self._lake is None:
            return
        since = now - days * DAY
        for product, customer, stores in self._interested(sorted(of), since):
            back = of[product]
            if not back.nowhere and not set(back.stores).intersection(stores or ()):
                continue
            store = next((each for each in back.stores if each in (stores or ())), "")
            properties = {"product_id": product, **({"store_id": store} if store else {})}
            key = f"{back.event.key}\x1f{product}\x1f{customer}"
            event = Happened(now, back.event.name, key, (product,), "", properties, back.event.simulated)
            yield bytes.fromhex(customer), event

    def _interested(self, products: list[str], since: int) -> list[tuple[str, str, list[str] | None]]:
        assert self._lake is not None
        try:
            lake = open_lake(self._lake, threads=1, memory=MEMORY)
        except LakeError:
            return []
        try:
            insight = queries.NO_STORES if read_insight(self._lake) is None else queries.STORES
            rows = lake.execute(queries.INTERESTED.format(insight), [products, since, since]).fetchall()
            return [(product, customer, stores) for product, customer, _, stores in rows]
        finally:
            lake.close()


def _named(event: Happened) -> list[str]:
    listed = event.properties.get("stock")
    found = list(event.products)
    if isinstance(listed, list):
        found += [product for each in listed if isinstance(each, dict) for product in products_of(each)]
    return list(dict.fromkeys(found))
