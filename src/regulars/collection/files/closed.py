"""Which orders of a file were given away as whole, so that a later row of one of them is noticed; in bounded memory."""

from collections.abc import Sequence
from hashlib import blake2b

BITS = 1 << 28
MOST = 3_000_000
"""So many orders are remembered; among as many, less than one is taken for another on average."""

_TIMES = 5
_WIDTH = 4


class Closed:
    """A Bloom filter of 32 MB over the keys of orders."""

    def __init__(self) -> None:
        self._bits = bytearray(BITS // 8)
        self._left = MOST

    def add(self, key: Sequence[str]) -> None:
        """Remember an order; beyond `MOST` none is."""
        if self._left:
            self._left -= 1
            for place in _places(key):
                self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, key: Sequence[str]) -> bool:
        return all(self._bits[place >> 3] & (1 << (place & 7)) for place in _places(key))


def _places(key: Sequence[str]) -> list[int]:
    drawn = blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=_TIMES * _WIDTH).digest()
    return [int.from_bytes(drawn[at : at + _WIDTH], "big") % BITS for at in range(0, len(drawn), _WIDTH)]
