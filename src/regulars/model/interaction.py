"""What a person did with a product, short of buying it."""

import msgspec

KINDS = (
    "viewed",
    "clicked",
    "added",
    "removed",
    "wishlisted",
    "unwishlisted",
    "saved",
    "unsaved",
    "compared",
    "tried_on",
    "fitting_requested",
    "reviewed",
    "shared",
)


class Interaction(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """An additive row per (product, kind, day): merge adds `n` and takes the larger `last`.

    `kind` is one of `KINDS` (never bought or returned: those come from orders); `day` counts days since 1970 UTC;
    `last` is in microseconds since 1970 UTC.
    """

    product: str
    kind: str
    day: int
    n: int
    last: int
