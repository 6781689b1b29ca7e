"""What is understood of one customer, and of all of them together, as pages read it."""

from typing import Final

import msgspec

STAGES: Final = ("new", "active", "slipping", "lapsed", "won back")
WAYS: Final = ("store", "online", "both")


class Like(msgspec.Struct, frozen=True):
    """A category or brand she bought on so many `days`, `lift` times as often as all customers together."""

    name: str
    days: int
    lift: float


class Look(msgspec.Struct, frozen=True):
    """A category or brand of which she looked at so many `products` without buying, `lift` times as many as others."""

    name: str
    products: int
    lift: float


class Spend(msgspec.Struct, frozen=True):
    """What she spent in one currency ('' where nobody stated it), in minor units."""

    currency: str
    orders: int
    spend: int


class Insight(msgspec.Struct, frozen=True, kw_only=True):
    """The first set of one customer: the columns of `insights` in docs/reference/lake.md but those of the as-of day.

    Times are microseconds since 1970 UTC; `stage` is None for who never bought.
    """

    first_order: int | None
    last_order: int | None
    orders: int
    days: int
    regular: bool
    stage: str | None
    gap_mean: float | None
    gap_median: float | None
    rhythm: float | None
    currency: str | None
    spend: int | None
    spend_year: int | None
    refunded: int | None
    returns_share: float | None
    discount_share: float | None
    spends: list[Spend] | None
    r: int | None
    f: int | None
    m: int | None
    channels: list[str]
    ways: str | None
    stores: list[str]
    category_count: int
    categories: list[Like]
    brands: list[Like]
    viewed_categories: list[Look]
    viewed_brands: list[Look]

    def recency(self, as_of: int) -> int:
        """Whole days from her last purchase to a day (days since 1970 UTC)."""
        return 0 if self.last_order is None else as_of - self.last_order // 86_400_000_000

    def since_first(self, as_of: int) -> int:
        """The same from her first."""
        return 0 if self.first_order is None else as_of - self.first_order // 86_400_000_000


class Stage(msgspec.Struct, frozen=True, array_like=True):
    """Customers in one stage; `spend_year` in minor units of `currency`, in the year up to the as-of day."""

    stage: str
    regular: bool
    currency: str
    customers: int
    spend_year: int


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """Customers in one fifth of recency and one of frequency; `money` is their mean fifth of money."""

    r: int
    f: int
    currency: str
    customers: int
    spend: int
    money: float


class Cohort(msgspec.Struct, frozen=True, array_like=True):
    """How many whose first purchase was in the month `cohort` (`2017-03-01`) bought so many `months` later."""

    cohort: str
    months: int
    customers: int


class Month(msgspec.Struct, frozen=True, array_like=True):
    """Revenue of a month (`2017-03-01`) from `new`, `returning` or `unnamed` customers, in minor units.

    `contribution` is what is left after `cost` of `costed_revenue`, that of orders of which every unit cost is known;
    None where none is.
    """

    month: str
    who: str
    currency: str
    orders: int
    customers: int
    revenue: int
    discount: int | None
    refunded: int
    costed_revenue: int | None
    cost: int | None
    contribution: int | None


class Overlap(msgspec.Struct, frozen=True, array_like=True):
    """Customers who bought in exactly these channels."""

    channels: list[str]
    currency: str
    customers: int
    orders: int
    spend: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """All customers together; `sales` at tills in the year, `named` of them; `example` of `orders` are made up."""

    insight_stages: list[Stage] = []
    insight_rfm: list[Cell] = []
    insight_cohorts: list[Cohort] = []
    insight_months: list[Month] = []
    insight_channels: list[Overlap] = []
    insight_till: list[tuple[int, int]] = []
    insight_origins: list[tuple[int, int]] = []


NOTHING: Final = Totals()


class Understood(msgspec.Struct, frozen=True):
    """The totals, as of which day (days since 1970 UTC), and when they were made (microseconds)."""

    as_of: int
    made: int
    totals: Totals
