"""You might like: products bought by those who bought what she likes, weighed by BM25.

BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), with customers as documents and products
as words: a product in the hands of few says more than one that everybody buys, and a customer who buys everything says
little about each. Two products are alike by the sum, over the customers who bought both, of the product of their
weights.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from regulars.recommendations.columns import Floats, Ints, Weights, sums

NEIGHBOURS: Final = 100
"""So many products most alike are kept for each."""
K1, B = 1.2, 0.75
"""The usual constants of BM25."""
NONE: Final = -1


@dataclass(frozen=True)
class Neighbours:
    """For each product those most alike, best first, `NONE` where there are fewer, and how alike they are."""

    product: Ints
    strength: Weights

    @property
    def many(self) -> int:
        """How many a product has at most."""
        return int(self.product.shape[1])


def alike(liked: Ints, weight: Floats, near: Neighbours) -> tuple[Ints, Floats, Ints]:
    """Products alike to those she likes (each once): which, how much, and by which of hers most of it came."""
    product = near.product[liked]
    there = product != NONE
    value = (near.strength[liked] * weight[:, None])[there]
    found, of = np.unique(product[there], return_inverse=True)
    score = sums(of, value, len(found))
    source = np.broadcast_to(np.arange(len(liked))[:, None], product.shape)[there]
    by_value = np.argsort(value, kind="stable")
    strongest = np.zeros(len(found), np.int32)
    # Of several values for one place the last stays, which is the largest.
    strongest[of[by_value]] = source[by_value]
    return found.astype(np.int32), score, liked[strongest]
