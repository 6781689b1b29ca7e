"""The Complete Journey data set, a year of a grocer's receipts, read as tracking calls.

Only its Parquet files are read, never its package (which wants pandas). Message ids are made of the data's own
numbers, so importing twice adds nothing.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import duckdb

from regulars.collection import completejourney_calls as calls
from regulars.collection import queries
from regulars.collection.completejourney_check import check_files, first_line
from regulars.collection.completejourney_files import MEND, find_files, installed
from regulars.collection.report import Counts, ImportFailed

FETCH: Final = 20_000  # rows a fetch
CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",  # nothing is fetched at run time
    "autoload_known_extensions": "false",
    "threads": "2",
    "memory_limit": "300MB",
    "temp_directory": "",  # sorting fits in memory; nothing personal is spilled to a disk
}

# What the import meets, and what it does about it; the first lines are plain totals.
MET: Final[dict[str, str]] = {
    "products": "one Product Updated each",
    "stores": "one Store Updated each, known from receipts by number only",
    "campaigns": "one Campaign Updated each, marked as not randomised: differences are observational",
    "coupons": "one Coupon Updated for each coupon and campaign, in parts where its products exceed one event",
    "households": "one identify each; a household's card, not a person's",
    "households with demographics": "traits set; the others have none and none are guessed",
    "mailings": "one Message Sent by post each, at noon UTC of the campaign's first day: the hour is unknown",
    "redemptions": "one Coupon Applied each, at noon UTC of its day; the basket is unknown",
    "baskets": "one Order Completed each; times are taken as UTC, as the shape of the day says they are",
    "lines": "kept as lines of their basket",
    "lines without a product row": "kept with the product's number alone, flagged unlisted",
    "lines with a quantity over 100": "kept with unit other and no price: not pieces, never to be summed",
    "fuel lines with a quantity up to 100": "kept with unit other and no price: prepaid amounts, not pieces",
    "lines of zero value": "kept, flagged no_value",
    "lines below half a cent": "kept as zero value, flagged no_value: rounding left in the data",
    "lines of zero quantity": "kept without a price, flagged no_quantity (mostly coupons)",
    "baskets of zero value": "kept: a visit without payment to the store is a visit",
    "baskets paid below zero": "kept: manufacturers' coupons exceeded the value",
    "repeated coupon rows": "read once",
    "coupon products without a product row": "kept in the coupon's list",
}


def completejourney_items(report: Counts, folder: Path | None = None) -> Iterator[bytes]:
    """Read the data set as tracking calls, each the JSON bytes of one item, and fill `report` on the way.

    Order: products, stores, campaigns, coupons, households, mailings, redemptions, baskets by time. Without
    `folder` the installed wheel's files are read. Every file is checked before the first item; raises ImportFailed,
    which names file and column.
    """
    files = find_files(folder if folder is not None else installed())
    connection = duckdb.connect(":memory:", config=CONFIG)
    try:
        check_files(connection, files)
        reader = _Reader(connection, files, report)
    except BaseException:
        connection.close()
        raise
    return reader.items()


class _Reader:
    """One pass over the checked files; what lines need of the catalogue is kept (a path per product)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, files: dict[str, Path], report: Counts) -> None:
        self._connection = connection
        self._files = files
        self._report = report
        self._categories: dict[int, str] = {}
        self._campaigns: dict[int, tuple[str, str]] = {}
        [(day,)] = self._rows(queries.FIRST_DAY, "transactions")
        if day is None:
            raise ImportFailed("transactions.parquet has no rows", MEND)
        # The catalogue, and demographics of a household that bought nothing, carry no date of their own.
        self._first_day = str(day)
        self._fuel = {row[0] for row in self._rows(queries.FUEL, "products")}
        for name, done in MET.items():
            report.name(name, done)

    def items(self) -> Iterator[bytes]:
        """All items in order; the connection closes with the iterator."""
        try:
            yield from self._products()
            yield from self._stores()
            yield from self._described_campaigns()
            yield from self._coupons()
            yield from self._households()
            yield from self._mailings()
            yield from self._redemptions()
            yield from self._baskets()
        finally:
            self._connection.close()

    def _rows(self, query: str, *names: str) -> Iterator[tuple[Any, ...]]:
        try:
            result = self._connection.execute(query, [str(self._files[name]) for name in names])
            while rows := result.fetchmany(FETCH):
                yield from rows
        except duckdb.Error as error:
            raise ImportFailed(f"{names[0]}.parquet cannot be read: {first_line(error)}", MEND) from error

    def _products(self) -> Iterator[bytes]:
        for row in self._rows(queries.PRODUCTS, "products"):
            category = calls.category_path(row[2], row[3], row[4])
            self._categories[row[0]] = category
            self._report.add("products")
            yield calls.product_updated(row, category, self._first_day)

    def _stores(self) -> Iterator[bytes]:
        for store, first in self._rows(queries.STORES, "transactions"):
            self._report.add("stores")
            yield calls.store_updated(store, first)

    def _described_campaigns(self) -> Iterator[bytes]:
        for campaign, kind, start, end in self._rows(queries.CAMPAIGNS, "campaign_descriptions"):
            self._campaigns[campaign] = (kind, start)
            self._report.add("campaigns")
            yield calls.campaign_updated(campaign, kind, start, end)

    def _campaign(self, campaign: int) -> tuple[str | None, str]:
        return self._campaigns.get(campaign, (None, self._first_day))

    def _coupons(self) -> Iterator[bytes]:
        for coupon, campaign, products, rows in self._rows(queries.COUPONS, "coupons"):
            self._report.add("coupons")
            self._report.add("repeated coupon rows", rows - len(products))
            unlisted = sum(product not in self._categories for product in products)
            self._report.add("coupon products without a product row", unlisted)
            yield from calls.coupon_updated(coupon, campaign, products, self._campaign(campaign)[1])

    def _households(self) -> Iterator[bytes]:
        for row in self._rows(queries.HOUSEHOLDS, "transactions", "demographics"):
            self._report.add("households")
            self._report.add("households with demographics", int(row[2]))
            yield calls.household_identified(row, self._first_day)

    def _mailings(self) -> Iterator[bytes]:
        for household, campaign in self._rows(queries.MAILINGS, "campaigns"):
            self._report.add("mailings")
            yield calls.message_sent(household, campaign, *self._campaign(campaign))

    def _redemptions(self) -> Iterator[bytes]:
        for household, coupon, campaign, day in self._rows(queries.REDEMPTIONS, "coupon_redemptions"):
            self._report.add("redemptions")
            yield calls.coupon_applied(household, coupon, campaign, day)

    def _baskets(self) -> Iterator[bytes]:
        report = self._report
        for basket, rows in groupby(self._rows(queries.LINES, "transactions"), itemgetter(1)):
            lines: list[calls.Line] = []
            value = retail = coupon = match = 0
            for row in rows:
                lines.append(self._line(row))
                value += row[6]
                retail += row[7]
                coupon += row[8]
                match += row[9]
            report.add("baskets")
            report.add("lines", len(lines))
            report.add("baskets of zero value", int(value == 0))
            report.add("baskets paid below zero", int(value < coupon))
            time = datetime.fromtimestamp(row[0], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            yield calls.order_completed(basket, row[2], row[3], time, [value, retail, coupon, match], lines)

    def _line(self, row: tuple[int, ...]) -> calls.Line:
        _, _, _, _, product, quantity, value, retail, coupon, match, exactly_zero = row
        line = calls.Line(str(product), quantity, value / 100)
        line.retail_disc, line.coupon_disc, line.coupon_match_disc = (
            cents / 100 if cents else None for cents in (retail, coupon, match)
        )
        category = self._categories.get(product)
        line.category = category or ""
        flags: list[str] = []
        if category is None:
            self._report.add("lines without a product row")
            flags.append("unlisted")
        if quantity > calls.PIECES_AT_MOST:
            self._report.add("lines with a quantity over 100")
            line.unit = "other"
        elif product in self._fuel:
            self._report.add("fuel lines with a quantity up to 100")
            line.unit = "other"
        elif quantity:
            line.price = round((value + retail + match) / quantity) / 100
        if not quantity:
            self._report.add("lines of zero quantity")
            flags.append("no_quantity")
        if not value:
            self._report.add("lines of zero value" if exactly_zero else "lines below half a cent")
            flags.append("no_value")
        line.flags = flags
        return line
