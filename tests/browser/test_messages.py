"""Messages in a real browser: the list, the form that shows the letter beside it, every channel for one customer."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.installation import SHOP, Installation, identify, track
from support.site import Served

from regulars.messaging.shipped import install
from regulars.model.shop import Shop
from regulars.model.user import Role
from regulars.web.site import SiteOptions

SHOES = "\u202e<script>alert(1)</script> Boots"


@pytest.fixture
def served(installation: Installation) -> Iterator[Served]:
    install(installation.connection)
    installation.send(
        SHOP,
        identify("greta", email="greta@mail.example", firstName="Greta"),
        track("Product Updated", product_id="boots", name=SHOES, price=129, currency="EUR", url="/boots"),
        track("Product Added", "greta", product_id="boots"),
    )
    made = Served(installation, SiteOptions(currency="EUR", shop=Shop("Lund", "https://lund.example", "1 High Street")))
    yield made
    made.stop()


@pytest.mark.slow
def test_messages(look: Looker) -> None:
    look.allow("422")
    # Axe speaks to every frame, and a sandboxed one cannot hear it.
    look.allow("postMessage")
    page = look(Role.MARKETER)
    page.goto("/messages")
    looks_good(page, "messages", sizes=("desk", "phone"))
    page.get_by_role("link", name="Left in the cart", exact=True).click()
    letter = page.frame_locator("iframe[name=letter]")
    expect(letter.get_by_role("heading", name="Still interested?")).to_be_visible()
    looks_good(page, "message", sizes=("desk", "phone"))
    page.get_by_label("Heading", exact=True).first.fill("Shall we keep it?")
    page.get_by_role("button", name="Show beside it").click()
    expect(letter.get_by_role("heading", name="Shall we keep it?")).to_be_visible()
    page.get_by_label("Text", exact=True).first.fill("Good day, {{ customer.frist_name }}.")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("alert")).to_contain_text("customer.frist_name")
    looks_good(page, "message-wrong", sizes=("desk", "phone"))
    page.get_by_label("Text", exact=True).first.fill("Good day, {{ customer.first_name }}.")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Left in the cart is kept.")).to_be_visible()
    page.get_by_role("link", name="Preview as a customer").click()
    page.get_by_label("For whom").fill("greta@mail.example")
    page.get_by_role("button", name="Show").click()
    mail = page.frame_locator("iframe[title='The e-mail']")
    expect(mail.get_by_text("Good day, Greta.")).to_be_visible()
    expect(mail.get_by_text("<script>alert(1)</script> Boots")).to_be_visible()
    looks_good(page, "message-preview", sizes=("desk", "phone"))
