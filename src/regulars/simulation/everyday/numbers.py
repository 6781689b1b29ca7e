"""The page of numbers that a town can be checked by: what was simulated, as the truth has it."""

from typing import Any

import msgspec

from regulars.simulation.everyday import targets
from regulars.simulation.everyday.tally import Tally, middle


class Numbers(msgspec.Struct, frozen=True):
    """What a town holds; shares lie between 0 and 1, and are None where there is nothing to divide by.

    `counts` has every other count by name: orders by channel, gifts, refunds, complaints and so on. `campaigns` has for
    each campaign how many got the message and were held back, and how many of each bought in its two weeks.
    """

    origin: str
    over: str
    seed: int
    first_day: str
    days: int
    events: int
    strong: int
    persons: int
    households: int
    stores: int
    products: int
    sessions: int
    conversion: float | None
    conversion_new: float | None
    conversion_returning: float | None
    median_pages: float
    median_minutes: float
    carts_left: float | None
    sources: dict[str, int]
    names: dict[str, int]
    counts: dict[str, int]
    campaigns: dict[str, dict[str, int]]


class Size(msgspec.Struct, frozen=True):
    """What is known of a town without counting."""

    over: str
    seed: int
    first_day: str
    days: int
    persons: int
    households: int
    stores: int
    products: int


def numbers(size: Size, tally: Tally) -> Numbers:
    """The page, from what was counted."""
    counts = tally.counts
    new, returning = counts["sessions_new"], counts["sessions_returning"]
    bought = counts["sessions_new_bought"], counts["sessions_returning_bought"]
    campaigns: dict[str, dict[str, int]] = {}
    for campaign, what in sorted(tally.campaigns):
        campaigns.setdefault(campaign, {})[what] = tally.campaigns[campaign, what]
    return Numbers(
        origin="simulated",
        **msgspec.structs.asdict(size),
        events=sum(tally.sources.values()),
        strong=counts["strong"],
        sessions=new + returning,
        conversion=_share(sum(bought), new + returning),
        conversion_new=_share(bought[0], new),
        conversion_returning=_share(bought[1], returning),
        median_pages=middle(tally.pages),
        median_minutes=round(middle(tally.seconds) / 60, 2),
        carts_left=_share(counts["carts_left"], counts["carts_started"]),
        sources=dict(sorted(tally.sources.items())),
        names=dict(sorted(tally.names.items())),
        counts={name: counts[name] for name in sorted(counts) if name != "strong"},
        campaigns=campaigns,
    )


def calibration(found: Numbers) -> list[tuple[str, float | None, float]]:
    """Each published figure by name: what came out, and what it should be."""
    return [
        ("sessions with an order", found.conversion, targets.CONVERSION),
        ("the same, new visitors", found.conversion_new, targets.CONVERSION_NEW),
        ("the same, returning visitors", found.conversion_returning, targets.CONVERSION_RETURNING),
        ("product pages of a session, median", found.median_pages, targets.MEDIAN_PAGES),
        ("minutes of a session, median", found.median_minutes, targets.MEDIAN_MINUTES),
        ("carts left behind", found.carts_left, targets.CARTS_LEFT),
    ]


def page(found: Numbers) -> str:
    """The page as people read it."""
    over = f", laid over {found.over}" if found.over else ""
    lines = [
        f"A simulated town{over}: {found.days} days from {found.first_day}, seed {found.seed}. Example data.",
        f"{found.events:>10,} events, {found.strong:,} of them with an account, an e-mail or a card",
        f"{found.persons:>10,} persons in {found.households:,} households",
        f"{found.stores:>10,} stores, {found.products:,} products in the web shop",
        f"{found.sessions:>10,} visits to web shop and app",
    ]
    for name, value, wanted in calibration(found):
        lines.append(f"{_shown(value, wanted):>10} {name} (wanted: {_shown(wanted, wanted)})")
    lines += [f"{count:>10,} events from {name}" for name, count in found.sources.items()]
    lines += [f"{count:>10,} {name.replace('_', ' ')}" for name, count in found.counts.items()]
    lines += [_campaign(name, counts) for name, counts in found.campaigns.items()]
    return "\n".join(lines)


def _campaign(name: str, counts: dict[str, int]) -> str:
    treated, control = counts.get("treated", 0), counts.get("control", 0)
    return (
        f"{treated:>10,} got campaign {name}, {counts.get('treated_bought', 0):,} of them bought by it; "
        f"{control:,} were held back, {counts.get('control_bought', 0):,} of them bought"
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 5) if whole else None


def _shown(value: float | None, wanted: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if wanted < 1 else f"{value:.1f}"
