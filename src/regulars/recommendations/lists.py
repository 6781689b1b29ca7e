"""The two lists as they are handed out: what to buy again and what may be liked, with reasons in words."""

import time
from collections.abc import Collection
from typing import Final

import msgspec

from regulars.recommendations.model import Model
from regulars.recommendations.ranking import POOL, Again, Like, rank_again, rank_like
from regulars.recommendations.reader import AsyncConnection, lying_in, taste_of
from regulars.recommendations.reasons import why_again, why_like
from regulars.recommendations.taste import NOTHING_KNOWN, Taste
from regulars.segments.moment import AUTO, DAY, moment

MOST: Final = 100
AGAIN, LIKE = "again", "like"
LISTS: Final = (AGAIN, LIKE)


class Asked(msgspec.Struct, frozen=True):
    """What is asked for: which lists, how many of each (1 to `MOST`), in which store ('' for any), without what.

    `as_of` is the setting: by itself, data that ended long ago are looked at from the end of their last day.
    """

    lists: tuple[str, ...] = LISTS
    limit: int = 10
    store: str = ""
    without: frozenset[str] = frozenset()
    as_of: str = AUTO


class Recommended(msgspec.Struct, frozen=True):
    """One product, best first in its list; `score` compares within one answer only. `reasons`: the strongest first."""

    product: str
    name: str
    score: float
    reasons: tuple[str, ...]


class Lists(msgspec.Struct, frozen=True):
    """Time to buy again, and you might like; a list that was not asked for is empty.

    `store` is whose stock and sales they rest on: the one asked for, else where she buys; '' for none. `stock` says
    whether it told what lies there. `model` is the day (since 1970) of the model, None while there is none.
    """

    again: tuple[Recommended, ...] = ()
    like: tuple[Recommended, ...] = ()
    store: str = ""
    stock: bool = False
    model: float | None = None


async def lists_of(
    connection: AsyncConnection, model: Model | None, customer: bytes | None, asked: Asked, now: float | None = None,
    read: Taste | None = None,
) -> Lists:  # fmt: skip
    """The lists of a customer at `now` (days since 1970; else as asked), or of somebody unknown: what sells in a store.

    The store that is asked for masks: what is told not to lie there is in neither list. Without a model there is
    nothing to like, and what to buy again rests on her own purchases alone. `read` is her taste where it was read
    already.
    """
    known = read or (NOTHING_KNOWN if customer is None else await taste_of(connection, customer))
    known_model = model or Model.nothing()
    at = present(known_model, known, asked.as_of) if now is None else now
    place = known_model.store(asked.store or known.store)
    again = rank_again(known_model, known, at) if AGAIN in asked.lists else None
    many = POOL if asked.store else asked.limit
    like = rank_like(known_model, known, at, place, asked.without, many) if LIKE in asked.lists else None
    lying = None
    if asked.store:
        lying = await lying_in(connection, asked.store, _candidates(known_model, again, like))
    return Lists(
        () if again is None else _again(known_model, again, asked, lying),
        () if like is None else _like(known_model, like, known, asked, lying),
        asked.store or known.store,
        lying is not None,
        None if model is None else model.as_of,
    )


def present(model: Model, known: Taste, as_of: str) -> float:
    """The day (since 1970 UTC, with its fraction) that recommendations look from: now, or the end of old data."""
    newest = max([model.as_of, *(each.day for each in known.own)])
    return moment(as_of, time.time_ns() // 1000, int(newest * DAY) if newest > 0 else None) / DAY


def _candidates(model: Model, again: Again | None, like: Like | None) -> list[str]:
    found = [] if again is None else again.product[:POOL]
    return found + ([] if like is None else model.ids_of(like.number))


def _again(model: Model, found: Again, asked: Asked, lying: Collection[str] | None) -> tuple[Recommended, ...]:
    chosen = []
    for at, product in enumerate(found.product):
        if product in asked.without or (lying is not None and product not in lying):
            continue
        number = int(found.number[at])
        seen = int(model.gaps.seen[number]) if number >= 0 else 0
        reasons = why_again(int(found.times[at]), float(found.since[at]), float(found.gap[at]), seen)
        name = model.name_of(number) if number >= 0 else ""
        chosen.append(Recommended(product, name, round(float(found.score[at]), 6), reasons))
        if len(chosen) == asked.limit:
            break
    return tuple(chosen)


def _like(
    model: Model, found: Like, known: Taste, asked: Asked, lying: Collection[str] | None
) -> tuple[Recommended, ...]:  # fmt: skip
    chosen = []
    kinds: dict[int, str] | None = None
    for at, (number, product) in enumerate(zip(found.number.tolist(), model.ids_of(found.number), strict=True)):
        if lying is not None and product not in lying:
            continue
        kinds = _kinds(model, known) if kinds is None else kinds
        reasons = why_like(model, number, int(found.source[at]), kinds, asked.store or known.store)
        chosen.append(Recommended(product, model.name_of(number), round(float(found.score[at]), 6), reasons))
        if len(chosen) == asked.limit:
            break
    return tuple(chosen)


def _kinds(model: Model, known: Taste) -> dict[int, str]:
    """How she came to like each product, the weightiest way; '' for one that she bought."""
    said = {each.product: (each.weight, each.kind) for each in sorted(known.likings, key=lambda each: each.weight)}
    said |= {each.product: (0.0, "") for each in known.own}
    numbers = model.products(list(said)).tolist()
    return {number: kind for number, (_, kind) in zip(numbers, said.values(), strict=True) if number >= 0}
