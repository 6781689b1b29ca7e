"""A few customers as the lake would show them, in memory, read from PostgreSQL just now.

The rows are made by what makes the lake's, and the views over them are the lake's: a query means the same in both.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from regulars.lake import queries as lake_queries
from regulars.lake.facts import Facts
from regulars.lake.order_rows import TABLES as ORDER_TABLES
from regulars.lake.reading import chunks, snapshot
from regulars.segments import queries
from regulars.storage.binary import byteas
from regulars.storage.database import Connection
from regulars.storage.engine import blank
from regulars.storage.lake import people
from regulars.storage.lake.in_memory import InMemory
from regulars.storage.lake.insight_files import read_insight
from regulars.storage.lake.manifest import read_manifest
from regulars.storage.lake.tables import TABLES
from regulars.storage.sources import Sources

OWN: Final = ("events", "interactions", *ORDER_TABLES, "consents", "bundles", "customers", "stated")
"""What is made anew for each few."""
COMMON: Final = tuple(sorted(set(TABLES) - set(OWN)))
"""What is the same for everybody, taken from the lake: products, stores and their like."""
LEAST: Final = "512MB"


class Memory:
    """Holds a few customers at a time, on one connection to PostgreSQL; not for several threads at once."""

    def __init__(self, connection: Connection, lake: Path, memory: str = LEAST) -> None:
        """`lake` is the folder; where there is no lake yet, nothing is known of products and insight."""
        self.connection = connection
        self.database = blank(1, memory)
        self._lake = lake.absolute()
        self._folder = tempfile.TemporaryDirectory(prefix="regulars-")
        self._shelf = InMemory(Path(self._folder.name), self.database)
        self._sources = Sources(connection)
        self._common: object = None

    def close(self) -> None:
        """Give everything back."""
        self.database.close()
        self._folder.cleanup()

    def load(self, customers: Iterable[bytes]) -> None:
        """Hold these customers, as they are now, and nobody else."""
        manifest = read_manifest(self._lake)
        state = None if manifest is None else [manifest.parts.get(name) for name in COMMON]
        if self._common is None or self._common != state:
            self._shelf.bring(self._lake, manifest, COMMON)
            self._common = state
        for table in OWN:
            self._shelf.clear(table)
        self._bring(sorted(customers))
        people.number(self._shelf)
        self._shelf.show()
        self._shelf.bring_insight(self._lake, read_insight(self._lake))

    def _bring(self, customers: list[bytes]) -> None:
        with snapshot(self.connection) as reader:
            keys = [key for part in chunks(customers) for (key,) in reader.all(queries.BUNDLES_OF, byteas(part))]
            facts = Facts(reader, self._shelf, self._sources)
            facts.events_again(keys, False, reader.now.event)
            facts.people(keys)
            facts.consents(keys)
            orders = {each for part in reader.of_both(lake_queries.ORDER_KEYS_OF, keys) for each in part}
            if orders:
                facts.orders(orders)
