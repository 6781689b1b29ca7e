"""The tracking calls that rows of the Complete Journey data set become.

What its money means (from the data set's documentation; checked against posted prices by others):
`sales_value` is what the store receives for a line: after the card's discount (`retail_disc`) and after the store's
own doubling of a coupon (`coupon_match_disc`), but *with* what a manufacturer later pays the store for its coupon
(`coupon_disc`). So, for a line, shelf price x quantity = sales_value + retail_disc + coupon_match_disc, and what was
paid at the till = sales_value - coupon_disc. Discounts are positive here. Tax is not in the data.
"""

from typing import Any, Final

import msgspec

CURRENCY: Final = "USD"
PIECES_AT_MOST: Final = 100  # above it a quantity counts something else (fuel, mostly thousandths of a gallon)
COUPON_PART: Final = 2_000  # product ids an event: some coupons name 14,000, and an event may have 32 KB

encode: Final = msgspec.json.Encoder().encode


class Call(msgspec.Struct, rename="camel", omit_defaults=True):
    """One item of the tracking API, as it would come over HTTP."""

    type: str
    message_id: str
    timestamp: str
    event: str = ""
    context: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    properties: Any = None


class Line(msgspec.Struct, omit_defaults=True):
    """One line of a receipt; money in dollars.

    `value` is the data's sales_value; a discount is absent where there was none; `price` is the shelf price of one
    piece before any discount, rounded to cents, absent where `quantity` does not count pieces. `unit` is "other"
    where it counts something else: never sum such a quantity. `flags`: `unlisted` (no such product in the
    catalogue), `no_quantity`, `no_value`.
    """

    product_id: str
    quantity: int
    value: float
    price: float | None = None
    category: str = ""
    unit: str = ""
    retail_disc: float | None = None
    coupon_disc: float | None = None
    coupon_match_disc: float | None = None
    flags: list[str] = []


class Basket(msgspec.Struct, omit_defaults=True):
    """The properties of one `Order Completed`; money in dollars.

    `total` is the sum of the lines' values (what the store received, without tax), `discount` what the store gave
    (card and coupon doubling), so total + discount is the shelf value. `coupon_disc` is paid by manufacturers, and
    `paid` = total - coupon_disc is what was handed over at the till.
    """

    channel: str
    store_id: str
    order_id: str
    receipt_id: str
    currency: str
    total: float
    discount: float
    coupon_disc: float
    paid: float
    products: list[Line]


def loyalty_id(household: int) -> str:
    """The number of a household's card: a prefix and padding keep it from looking like a junk value."""
    return f"CJ{household:07d}"


def noon(day: str) -> str:
    """A time for what is known by day only: noon UTC falls on the same day in every zone of the country."""
    return f"{day}T12:00:00Z"


def card(household: int) -> dict[str, Any]:
    """The context that says whose card it was."""
    return {"externalIds": [{"id": loyalty_id(household), "type": "loyalty_id"}]}


def _present(**values: Any) -> dict[str, Any]:
    """Without what is unknown: a null would be read as the wish to delete."""
    return {key: value for key, value in values.items() if value is not None}


def category_path(*levels: str | None) -> str:
    """`DEPARTMENT > CATEGORY > TYPE`, as far as known; the levels' own names may hold slashes."""
    return " > ".join(level for level in levels if level)


def product_updated(row: tuple[Any, ...], category: str, day: str) -> bytes:
    """`Product Updated` from a row of the catalogue; `name` is made of type and package, the data has none."""
    product, manufacturer, department, group, kind, brand, size = row
    name = ", ".join(part for part in (kind or group or department, size) if part)
    properties = _present(
        product_id=str(product), name=name or None, category=category or None, brand=brand, package_size=size,
        department=department, product_category=group, product_type=kind,
        manufacturer_id=None if manufacturer is None else str(manufacturer),
    )  # fmt: skip
    return encode(Call("track", f"cj-product-{product}", noon(day), "Product Updated", properties=properties))


def store_updated(store: int, first_sale: str) -> bytes:
    """`Store Updated`: the data knows a store by its number only."""
    return encode(Call("track", f"cj-store-{store}", first_sale, "Store Updated", properties={"store_id": str(store)}))


def campaign_updated(campaign: int, kind: str, start: str, end: str) -> bytes:
    """`Campaign Updated`; `randomised` is false because who got it was chosen: differences are observational."""
    properties = {
        "campaign_id": str(campaign), "campaign_type": kind, "start_date": start, "end_date": end,
        "channel": "post", "randomised": False,
    }  # fmt: skip
    return encode(Call("track", f"cj-campaign-{campaign}", noon(start), "Campaign Updated", properties=properties))


def coupon_updated(coupon: int, campaign: int, products: list[int], day: str) -> list[bytes]:
    """`Coupon Updated`, in as many numbered parts as its list of products (sorted, distinct) needs."""
    parts = [products[at : at + COUPON_PART] for at in range(0, len(products), COUPON_PART)]
    return [
        encode(
            Call(
                # The letters keep the numbers apart: run together they could pass for a card number.
                "track", f"cj-coupon-u{coupon}-c{campaign}-p{number}", noon(day), "Coupon Updated",
                properties={
                    "coupon_id": str(coupon), "campaign_id": str(campaign), "part": number, "parts": len(parts),
                    "product_ids": [str(product) for product in part],
                },
            )
        )
        for number, part in enumerate(parts, 1)
    ]  # fmt: skip


def household_identified(row: tuple[Any, ...], day: str) -> bytes:
    """`identify` of a household's card, with demographics where the data has them."""
    household, first, _, age, income, home, marital, size, composition, kids = row
    traits = _present(
        loyalty_id=loyalty_id(household), card_kind="household", age=age, income=income, home_ownership=home,
        marital_status=marital, household_size=size, household_comp=composition, kids_count=kids,
    )  # fmt: skip
    call = Call("identify", f"cj-household-{household}", first or noon(day), context=card(household), traits=traits)
    return encode(call)


def message_sent(household: int, campaign: int, kind: str | None, day: str) -> bytes:
    """`Message Sent` by post: one household, one campaign, on the day the campaign began."""
    message = f"cj-mailing-h{household}-c{campaign}"
    properties = _present(
        channel="post", campaign_id=str(campaign), campaign_type=kind, message_id=message, randomised=False
    )
    return encode(Call("track", message, noon(day), "Message Sent", card(household), properties=properties))


def coupon_applied(household: int, coupon: int, campaign: int, day: str) -> bytes:
    """`Coupon Applied`: known by household and day; the data does not say in which basket."""
    message = f"cj-redemption-h{household}-u{coupon}-c{campaign}-d{day}"
    properties = {"coupon_id": str(coupon), "campaign_id": str(campaign), "channel": "store"}
    return encode(Call("track", message, noon(day), "Coupon Applied", card(household), properties=properties))


def order_completed(basket: int, household: int, store: int, time: str, cents: list[int], lines: list[Line]) -> bytes:
    """`Order Completed` in a store; `cents` are the sums of sales value, card, coupon and coupon-match discount."""
    value, retail, coupon, match = cents
    number = str(basket)
    properties = Basket(
        "store", str(store), number, number, CURRENCY, value / 100, (retail + match) / 100, coupon / 100,
        (value - coupon) / 100, lines,
    )  # fmt: skip
    return encode(Call("track", f"cj-basket-{basket}", time, "Order Completed", card(household), properties=properties))
