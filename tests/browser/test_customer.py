"""One customer's pages in a real browser."""

import re

from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.story import tell

from regulars.model.user import Role


def greta(look: Looker) -> str:
    """The address of her page."""
    found = look.served.installation.holder("email", "greta@mail.example")
    assert found is not None
    return f"/customers/{found.hex()}"


def test_one_glance_says_who_it_is(look: Looker) -> None:
    tell(look.served.installation)
    page = look(Role.CARE)
    page.goto(greta(look))
    expect(page.get_by_role("heading", name="Greta Okafor", level=1)).to_be_visible()
    page.wait_for_timeout(300)
    looks_good(page, "customer")
    page.screenshot(path=".pictures/customer-whole.png", full_page=True)


def test_orders_why_data_and_the_raw_event(look: Looker) -> None:
    tell(look.served.installation)
    page = look(Role.CARE)
    page.goto(greta(look))
    page.get_by_role("link", name="Orders").click()
    expect(page.get_by_text("counted once").first).to_be_visible()
    looks_good(page, "customer-orders")
    page.get_by_role("navigation", name="Pages about this customer").get_by_role("link", name="How we know").click()
    expect(page.get_by_role("heading", name="Why is this one person?")).to_be_visible()
    looks_good(page, "customer-why")
    page.screenshot(path=".pictures/customer-why-whole.png", full_page=True)
    page.get_by_role("link", name="Two people: LC0003").click()
    looks_good(page, "customer-split")
    page.goto(f"{greta(look)}/data")
    looks_good(page, "customer-data")
    page.goto(greta(look))
    page.get_by_role("link", name=re.compile("As it was received: Bought Wool coat")).click()
    looks_good(page, "customer-event")
    page.goto("/live")
    page.locator(".feed summary").first.click()
    looks_good(page, "live")
