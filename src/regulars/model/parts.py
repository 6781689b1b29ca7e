"""What each room does for one customer as a whole; `app` lists the parts, so that no command need know the rooms."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec

from regulars.model.identifier import Identifier


class Erasure(msgspec.Struct, frozen=True):
    """What is to be erased: one customer, as she stands at the place `seq` of the log.

    `customers` are all her ids, `identifiers` hers by keyed name; `hers` are her bundles, to be removed, and
    `touched` the bundles of others that hold a value of hers, to be removed and folded anew. `beside` are the keyed
    names of the identifiers that stay and stood beside hers in any of these bundles.
    """

    seq: int
    customers: tuple[bytes, ...]
    identifiers: Mapping[bytes, Identifier]
    hers: frozenset[bytes]
    touched: frozenset[bytes]
    beside: frozenset[bytes]

    @property
    def bundles(self) -> list[bytes]:
        """All bundles whose rows are removed."""
        return sorted(self.hers | self.touched)


class Erase(Protocol):
    """A room's part in an erasure: it removes every row of its tables that is filed under the erased."""

    def __call__(self, connection: Any, erasure: Erasure) -> dict[str, int]:
        """Remove them; returns how many rows of which table. To be repeated without harm."""


class Export(Protocol):
    """A room's part in an export: everything its tables hold about a customer, fit for JSON."""

    async def __call__(self, connection: Any, customer: bytes) -> Mapping[str, Any]:
        """What is held, by the names under which the export shows it."""


class Stop(Protocol):
    """Stops what waits to be delivered to a customer, so that a word of hers holds at once."""

    def __call__(
        self,
        connection: Any,
        customers: Iterable[bytes],
        why: str,
        now: int,
        *,
        channel: str = "",
        topic: str = "",
        purpose: str = "",
    ) -> int:
        """Stop it for all ids of hers, in the caller's transaction; '' means every one. Returns how many."""
