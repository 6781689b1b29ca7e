"""How good a ranked list is: normalised discounted cumulative gain at 10."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import numpy as np

DEPTH: Final = 10
_GAIN: Final = 1 / np.log2(np.arange(2, DEPTH + 2))
_BEST: Final = np.cumsum(_GAIN)


def ndcg(ranked: Sequence[str], wanted: AbstractSet[str]) -> float:
    """NDCG@10 of a list, 0 to 1 (Järvelin and Kekäläinen 2002), every wanted thing worth the same.

    What is wanted and could not be recommended still counts in the denominator. Raises ValueError where nothing is.
    """
    if not wanted:
        raise ValueError("nothing is wanted")
    gained = sum(float(_GAIN[at]) for at, each in enumerate(ranked[:DEPTH]) if each in wanted)
    return gained / float(_BEST[min(len(wanted), DEPTH) - 1])
