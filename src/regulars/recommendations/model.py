"""What was learnt: products alike, their gaps, what sells where; no customer is in it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from regulars.recommendations.again import Gaps
from regulars.recommendations.alike import Neighbours
from regulars.recommendations.columns import NOWHERE, Flags, Floats, Ints, Texts, places
from regulars.recommendations.popular import Popular, in_store

UNKNOWN_GAP = 90.0
"""Days between two purchases of a product that the model does not know."""
SELLING = 2_000
"""So many products are held for each store, for those of whom little is known."""
STORES_HELD = 300
"""For so many stores at most."""


@dataclass(frozen=True)
class Catalogue:
    """The products and stores by their sorted ids; of each product its name and category (a number, -1 for none).

    `offered` says whether the shop still offers it: what is off its shelves is never recommended.
    """

    product: Texts
    name: Texts
    category: Ints
    categories: Texts
    store: Texts
    offered: Flags


@dataclass(frozen=True)
class Model:
    """All of it as of a day (since 1970 UTC).

    `length` is the mean of how much customers have in all, each purchase counting less the older it is; `inverse` says
    how much it tells that somebody has a product.
    """

    as_of: float
    customers: int
    length: float
    catalogue: Catalogue
    inverse: Floats
    gaps: Gaps
    near: Neighbours
    popular: Popular

    @classmethod
    def nothing(cls) -> "Model":
        """A model that knows nothing."""
        none, floats, weights = np.zeros(0, np.int32), np.zeros(0), np.zeros(0, np.float32)
        words = np.zeros(0, "S1")
        catalogue = Catalogue(words, words, none, words, words, np.zeros(0, bool))
        near = Neighbours(np.zeros((0, 1), np.int32), np.zeros((0, 1), np.float32))
        popular = Popular(weights, weights, np.zeros(1, np.int32), none, weights)
        return cls(0.0, 0, 1.0, catalogue, floats, Gaps(weights, none), near, popular)

    def products(self, ids: list[str]) -> Ints:
        """The numbers of products; -1 for one that the model does not know."""
        return places(self.catalogue.product, ids)

    def store(self, id: str) -> int:
        """The number of a store; `NOWHERE` for one that the model does not know, and for ''."""
        return int(places(self.catalogue.store, [id])[0]) if id else NOWHERE

    def id_of(self, product: int) -> str:
        """A product's id."""
        return bytes(self.catalogue.product[product]).decode()

    def ids_of(self, products: Ints) -> list[str]:
        """The ids of several products."""
        found: list[bytes] = self.catalogue.product[products].tolist()
        return [each.decode() for each in found]

    def name_of(self, product: int) -> str:
        """A product's name, '' where nobody said one."""
        return bytes(self.catalogue.name[product]).decode()

    def category_of(self, product: int) -> str:
        """The narrowest level of a product's category, '' where nobody said one."""
        of = int(self.catalogue.category[product])
        return "" if of < 0 else bytes(self.catalogue.categories[of]).decode().rpartition(" > ")[2]

    def selling_in(self, store: int) -> tuple[Ints, Floats]:
        """The `SELLING` products that sell best lately in a store, and their shares of its sales, best first."""
        held = self._selling.get(store)
        if held is not None:
            return held
        share = in_store(self.popular, store)
        share[~np.asarray(self.catalogue.offered)] = 0.0
        best = np.argpartition(-share, SELLING)[:SELLING] if len(share) > SELLING else np.arange(len(share))
        best = best[share[best] > 0]
        number: Ints = best[np.lexsort((best, -share[best]))].astype(np.int32)
        found = number, share[number]
        if len(self._selling) < STORES_HELD:
            self._selling[store] = found
        return found

    @cached_property
    def _selling(self) -> dict[int, tuple[Ints, Floats]]:
        return {}
