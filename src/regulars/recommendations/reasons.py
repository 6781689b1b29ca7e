"""Why a product is recommended, in words; the two strongest reasons."""

from typing import Final

from regulars.recommendations.model import Model

TRENDING: Final = 1.5
"""A product that sells so many times more than usual is said to."""
_SAID: Final = {
    "wishlisted": "on the wish list", "saved": "saved for later", "added": "put in the cart", "compared": "compared",
    "tried_on": "tried on", "fitting_requested": "asked for a fitting", "viewed": "looked at", "clicked": "looked at",
}  # fmt: skip


def why_again(times: int, since: float, gap: float, seen: int) -> tuple[str, ...]:
    """Why a product of hers is due: how often and when she bought it; after what time people buy it again.

    `seen` is how many gaps the typical one rests on: where there are few, nothing is said of it.
    """
    said = [f"Bought {_times(times)}, {'' if times == 1 else 'last '}{_ago(since)}"]
    if seen >= 5:
        said.append(f"Usually bought again after about {_days(gap)}")
    return tuple(said)


def why_like(model: Model, number: int, source: int, kinds: dict[int, str], store: str) -> tuple[str, ...]:
    """Why a product may be liked: what of hers it goes with (`kinds` says how she likes it, '' for bought), what sells.

    `kinds` also says of the product itself what she did with it. `store` is '' where none was asked for.
    """
    said = []
    if number in kinds:
        said.append(f"Already {_SAID.get(kinds[number], 'bought')}")
    if source >= 0:
        name = model.name_of(source) or f"product {model.id_of(source)}"
        said.append(f"Goes with {name} ({_SAID.get(kinds.get(source, ''), 'bought')})")
    if float(model.popular.trend[number]) >= TRENDING:
        said.append("Sells more than usual just now")
    if source < 0:
        where = f" in store {store}" if store else ""
        category = model.category_of(number)
        said.append(f"Popular{where} just now" + (f", in {category}" if category else ""))
    return tuple(said[:2])


def _times(times: int) -> str:
    return {1: "once", 2: "twice"}.get(times, f"{times} times")


def _ago(days: float) -> str:
    whole = int(days)
    return {0: "today", 1: "yesterday"}.get(whole, f"{whole} days ago")


def _days(days: float) -> str:
    if days < 1.5:
        return "a day"
    return f"{round(days)} days" if days < 60 else f"{round(days / 30.4)} months"
