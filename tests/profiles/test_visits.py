"""A timeline by day and visit, narrowed, and a year by month."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.installation import SHOP, Installation, track

from regulars.model.order import Money, Order, Place
from regulars.profiles.history import TimelineEvent
from regulars.profiles.moments import CHUNK, KINDS, Moment, moments_of, what_of
from regulars.profiles.months import spend_by_month
from regulars.profiles.visits import PAUSE, by_day

EVENT: TimelineEvent = None  # type: ignore[assignment]


def moment(id: int, at: int, channel: str = "web") -> Moment:
    return Moment(id, at, channel, "looked", "", EVENT)


def month_of(at: int) -> str:
    return f"{2026 + at // 12:04d}-{at % 12 + 1:02d}"


def order(at: int, paid: int, currency: str = "EUR", **said: Any) -> Order:
    values: dict[str, Any] = {
        "known": True, "claimed": False, "simulated": False, "cancelled": False, "refunded": 0, "flags": (), **said,
    }  # fmt: skip
    spend = 0 if values["cancelled"] else paid - values["refunded"]
    return Order(
        "shop", f"o-{at}-{paid}", time=at, source="shop", money=Money(currency), place=Place(), lines=(), returned=(),
        paid=paid, spend=spend, **values,
    )  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 10 * PAUSE), st.sampled_from(["web", "store"])), max_size=40))
def test_nothing_is_lost_or_out_of_order(happened: list[tuple[int, str]]) -> None:
    moments = [moment(n, at, by) for n, (at, by) in enumerate(sorted(happened, reverse=True))]
    days = by_day(moments, lambda at: str(at // (3 * PAUSE)))
    assert [each for day in days for visit in day.visits for each in visit.moments] == moments
    for day in days:
        for visit in day.visits:
            assert {each.channel for each in visit.moments} == {visit.channel}
            times = [each.at for each in visit.moments]
            assert all(0 <= a - b <= PAUSE for a, b in pairwise(times))
            assert (visit.last, visit.first) == (max(times), min(times))


def test_a_pause_or_another_channel_is_another_visit() -> None:
    moments = [moment(4, 3 * PAUSE), moment(3, PAUSE, "store"), moment(2, PAUSE), moment(1, 0)]
    (day,) = by_day(moments, lambda at: "one")
    assert [len(visit.moments) for visit in day.visits] == [1, 1, 2]


@pytest.mark.parametrize(
    ("kind", "name", "what"),
    [
        ("page", "Consent Given", "looked"), ("track", "Product Viewed", "looked"), ("track", "Product Added", "cart"),
        ("track", "Product Reviewed", "care"), ("track", "Order Refunded", "order"), ("identify", "", "who"),
        ("track", "Consent Withdrawn", "consent"), ("track", "Message Opened", "message"), ("track", "", "other"),
    ],
)  # fmt: skip
def test_kinds(kind: str, name: str, what: str) -> None:
    assert what_of(kind, name) == what
    assert what in KINDS


def test_months_without_an_order() -> None:
    assert spend_by_month([], month_of, 5).months == ()
    assert spend_by_month([order(1, 5, claimed=True), order(2, 5, cancelled=True)], month_of, 5).months == ()


def test_twelve_months_up_to_now() -> None:
    found = spend_by_month([order(20, 500, refunded=200), order(20, 100), order(3, 900)], month_of, 23)
    assert [each.name for each in found.months] == [month_of(at) for at in range(12, 24)]
    assert [(each.spend, each.orders) for each in found.months if each.orders] == [(400, 2)]


def test_twelve_months_up_to_the_last_order_where_it_is_long_ago() -> None:
    found = spend_by_month([order(3, 900), order(2, 1, "USD"), order(1, 7)], month_of, 40)
    assert (found.currency, found.others, found.months[-1].name) == ("EUR", ("USD",), month_of(3))
    assert [(each.name, each.spend) for each in found.months if each.spend] == [(month_of(1), 7), (month_of(3), 900)]


def test_narrowed_pages_meet_without_gap_or_overlap(installation: Installation) -> None:
    count = CHUNK + 120
    views = [
        track("Product Viewed", "u-1", product_id=f"p-{n}", channel="app" if n % 3 else "web") for n in range(count)
    ]
    installation.send(SHOP, *views)
    customer = installation.holder("user_id", "u-1")
    assert customer is not None
    seen: list[int] = []
    before = ""
    while True:
        place = before
        page = installation.read(lambda connection: moments_of(connection, customer, 30, place, by="web"))  # noqa: B023
        seen += [each.id for each in page.found]
        before = page.before
        if not before:
            break
    assert len(seen) == len(set(seen)) == -(-count // 3) and seen == sorted(seen, reverse=True)
    last = seen[10]
    until = next(each.place for each in _all(installation, customer) if each.id == last)
    page = installation.read(lambda connection: moments_of(connection, customer, 500, until=until, by="web"))
    assert [each.id for each in page.found] == seen[:10]
    with pytest.raises(ValueError, match="before"):
        installation.read(lambda connection: moments_of(connection, customer, 5, "1.x"))


def _all(installation: Installation, customer: bytes) -> tuple[Moment, ...]:
    return installation.read(lambda connection: moments_of(connection, customer, 1_000)).found
