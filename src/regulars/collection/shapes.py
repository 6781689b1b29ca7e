"""The known fields of a tracking call and their types; what is not named here is kept or skipped unread."""

from typing import Any

import msgspec

Text = str | None
Id = str | int | None
"""SDKs send numeric ids as numbers; whole numbers are taken as their digits, fractions are refused."""
Amount = int | float | str | None


class Item(msgspec.Struct, rename="camel", omit_defaults=True):
    """One call as it is sent; explicit nulls are as good as absent."""

    type: Text = None
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    event: Text = None
    name: Text = None
    category: Text = None
    origin: Text = None
    traits: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    integrations: dict[str, Any] | None = None
    original_timestamp: Id = None
    timestamp: Id = None
    sent_at: Id = None


class ExternalIdShape(msgspec.Struct):
    """One entry of `context.externalIds`."""

    id: str | int
    type: str


class _Library(msgspec.Struct):
    name: Text = None
    version: Text = None


class _Page(msgspec.Struct):
    url: Text = None
    path: Text = None
    referrer: Text = None
    title: Text = None
    search: Text = None


class _Device(msgspec.Struct):
    id: Text = None
    type: Text = None
    name: Text = None
    model: Text = None
    manufacturer: Text = None
    token: Text = None


class _Campaign(msgspec.Struct):
    name: Text = None
    source: Text = None
    medium: Text = None
    term: Text = None
    content: Text = None


class ContextShape(msgspec.Struct, rename="camel"):
    """The known fields of `context`."""

    ip: Text = None
    user_agent: Text = None
    locale: Text = None
    timezone: Text = None
    origin: Text = None
    traits: dict[str, Any] | None = None
    external_ids: list[ExternalIdShape] | None = None
    library: _Library | None = None
    page: _Page | None = None
    device: _Device | None = None
    campaign: _Campaign | None = None
    app: dict[str, Any] | None = None
    os: dict[str, Any] | None = None
    screen: dict[str, Any] | None = None
    network: dict[str, Any] | None = None
    location: dict[str, Any] | None = None


class TraitsShape(msgspec.Struct):
    """The known traits of a person."""

    email: Text = None
    phone: Id = None
    loyalty_id: Id = None
    name: Text = None
    firstName: Text = None
    lastName: Text = None
    first_name: Text = None
    last_name: Text = None
    gender: Text = None
    title: Text = None
    username: Id = None
    birthday: Id = None
    createdAt: Id = None
    age: Amount = None
    address: dict[str, Any] | str | None = None


class _Product(msgspec.Struct):
    product_id: Id = None
    sku: Id = None
    name: Text = None
    price: Amount = None
    quantity: Amount = None


class CommerceShape(msgspec.Struct):
    """The known properties of the e-commerce events; a number may come as text, its worth is judged with the order."""

    order_id: Id = None
    checkout_id: Id = None
    cart_id: Id = None
    product_id: Id = None
    sku: Id = None
    store_id: Id = None
    till_id: Id = None
    associate_id: Id = None
    receipt_id: Id = None
    refund_id: Id = None
    channel: Text = None
    currency: Text = None
    total: Amount = None
    subtotal: Amount = None
    revenue: Amount = None
    shipping: Amount = None
    tax: Amount = None
    discount: Amount = None
    price: Amount = None
    quantity: Amount = None
    products: list[_Product] | None = None


COMMERCE_EVENTS = frozenset(
    {
        "Product Viewed", "Product Clicked", "Product Added", "Product Removed", "Product List Viewed",
        "Product Added to Wishlist", "Product Removed from Wishlist", "Wishlist Product Added to Cart",
        "Product Reviewed", "Product Tried On", "Cart Viewed", "Checkout Started", "Checkout Step Viewed",
        "Checkout Step Completed", "Payment Info Entered", "Order Updated", "Order Completed", "Order Refunded",
        "Order Cancelled", "Order Shipped", "Order Delayed", "Order Delivered", "Order Ready to Collect",
    }
)  # fmt: skip
"""Only under these names do the commerce properties mean what `CommerceShape` says."""
