"""Values that mean harm, in every field that a sender fills: each page shows them as text, or cuts them."""

from typing import Any

import pytest
from playwright.sync_api import Page
from support.browser import Looker, looks_good
from support.installation import SHOP, SITE, identify, track
from support.story import WEB, send_now

from regulars.model.user import Role

pytestmark = pytest.mark.slow

VALUES = {
    "script": "<script>window.hurt = 1</script>",
    "markup": "\"><img src=x onerror='window.hurt = 2'><style>*{display:none}</style>",
    "template": "{{ 7 * 7 }}{% raw %}${7*7}",
    "turned": "\u202e\u2066abc\u202bdef\u200f",
    "long": "W" * 10_000,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 40,
    "link": "javascript:window.hurt=3//",
    "formula": '=HYPERLINK("http://evil.example";"x")',
    "lines": "one\r\ndata: two\r\n\r\nevent: three\n\nfour",
}


def everything(value: str) -> list[dict[str, Any]]:
    """Events that hold the value wherever a sender may write."""
    short, part = value[:200], value[:3_000]
    thing: dict[str, Any] = {
        "product_id": short,
        "sku": short,
        "name": value,
        "category": part,
        "brand": part,
        "variant": part,
    }
    traits: dict[str, Any] = {
        "email": "h@mail.example",
        "name": value,
        "firstName": part,
        "address": {"city": part},
        short: part,
    }
    order: dict[str, Any] = {
        "order_id": short, "currency": "EUR", "total": 12, "coupon": part, "store_id": short, "channel": short,
        "receipt_id": short, "till_id": short, "products": [{**thing, "price": 1, "quantity": 2, "unit": short}],
    }  # fmt: skip
    said: dict[str, Any] = {"purpose": short, "channel": short, "wording": value, "basis": part, "proof": part}
    more: dict[str, Any] = {short: value, "nested": {short: [value]}}
    return [
        identify("h-1", **traits, loyalty_id=short, phone="+49 30 555 0009"),
        track("Product Viewed", "h-1", **thing, channel=short),
        track("Product Added", "h-1", **thing, quantity=3),
        track("Order Completed", "h-1", **order),
        track("Order Refunded", "h-1", order_id=short, refund_id=short, total=2, currency="EUR", reason=value),
        track("Case Opened", "h-1", subject=value),
        track("Consent Given", "h-1", **said),
        track(value[:500], "h-1", **more),
        {"type": "page", "userId": "h-1", "name": value[:500], "properties": {"url": value, "title": part}},
        {"type": "screen", "userId": "h-1", "name": value[:500], "context": {"device": {"id": short, "name": value}}},
        {"type": value[:50], "userId": "h-1", "properties": {"x": value}},
        track("Order Completed", "h-1", order_id="bad", total=value, currency="EUR"),
    ]


def unhurt(page: Page) -> None:
    """No script of theirs ran, and no address of theirs can be followed."""
    assert page.evaluate("window.hurt") is None
    links = page.locator("a[href], form[action]").evaluate_all("all => all.map(each => each.href || each.action)")
    assert not [link for link in links if not str(link).startswith("http://127.0.0.1")]
    assert page.locator("main img, main script, main style").count() == 0


QUICK = {"script"}
"""Those that are tried each time; all others belong to the slow tests."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in VALUES]
)
def test_it_is_shown_as_text(look: Looker, name: str) -> None:
    installation = look.served.installation
    value = VALUES[name]
    for n, item in enumerate(everything(value)):
        send_now(installation, SHOP, (100.0 - n, item))
    browsing = track("Product Viewed", "", f"b-{name}", product_id=value[:200], name=value)
    send_now(installation, SITE, (5, {**browsing, **WEB}), (4, {**identify("h-1", f"b-{name}", name=value), **WEB}))
    found = installation.holder("email", "h@mail.example")
    assert found is not None
    address = f"/customers/{found.hex()}"
    page = look(Role.OWNER)
    page.goto(address)
    unhurt(page)
    looks_good(page, f"hostile-{name}", themes=("light",), sizes=("desk", "phone"))
    events = page.locator(".moment .raw").evaluate_all("links => links.map(link => link.href)")
    assert len(events) > 8
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/why")
    splits = page.get_by_role("link", name="Two people").evaluate_all("links => links.map(link => link.href)")
    for path in (f"{address}/why", f"{address}/orders", f"{address}/data", "/live", *events, *splits[:2]):
        page.goto(path)
        for closed in page.locator(".feed summary").all()[:3]:
            closed.click()
        unhurt(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{path} scrolls sideways"
    page.goto("/live")
    looks_good(page, f"hostile-{name}-live", themes=("light",), sizes=("phone",))
