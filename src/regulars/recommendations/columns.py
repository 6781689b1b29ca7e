"""Purchases as columns, the one shape that models learn from and are evaluated on."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]
Weights: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.bytes_]

NOWHERE = -1
"""The store of what was bought in none, such as on the web."""


@dataclass(frozen=True)
class Purchases:
    """What was bought: one row a customer, product and order, all columns of one length.

    `customer`, `product` and `store` are numbers from 0 on (`store` may be `NOWHERE`); `day` is the time in days since
    1970 UTC, with its fraction.
    """

    customer: Ints
    product: Ints
    store: Ints
    day: Floats

    def __len__(self) -> int:
        return len(self.day)

    def where(self, rows: Flags) -> "Purchases":
        """Only some of the rows."""
        return Purchases(self.customer[rows], self.product[rows], self.store[rows], self.day[rows])


def purchases(customer: Any, product: Any, store: Any, day: Any) -> Purchases:
    """Purchases from anything that makes arrays. Raises ValueError where the columns differ in length."""
    columns = Purchases(
        np.asarray(customer, np.int32), np.asarray(product, np.int32), np.asarray(store, np.int32),
        np.asarray(day, np.float64),
    )  # fmt: skip
    if not len(columns.customer) == len(columns.product) == len(columns.store) == len(columns.day):
        raise ValueError("the columns of purchases differ in length")
    return columns


def sums(place: Any, values: Any, many: int) -> Floats:
    """The values added up by place, for `many` places."""
    return np.bincount(place, weights=values, minlength=many).astype(np.float64, copy=False)


def places(sorted_ids: Texts, wanted: list[str]) -> Ints:
    """Where each of these ids stands among sorted UTF-8 ids; -1 for one that is not there."""
    if not len(sorted_ids) or not wanted:
        return np.full(len(wanted), -1, np.int32)
    width = sorted_ids.dtype.itemsize
    # As wide as the known ids, else all of these would be copied; what is longer is none of them.
    asked = [each if len(each) <= width else b"" for each in (text.encode() for text in wanted)]
    keys = np.array(asked, dtype=sorted_ids.dtype)
    at = np.searchsorted(sorted_ids, keys).clip(max=len(sorted_ids) - 1)
    return np.where((sorted_ids[at] == keys) & (keys != b""), at, -1).astype(np.int32)


def texts(values: list[str]) -> Texts:
    """Texts as UTF-8 in one array."""
    return np.array([each.encode() for each in values], dtype=np.bytes_) if values else np.zeros(0, "S1")
