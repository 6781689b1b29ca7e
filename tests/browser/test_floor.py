"""The shop floor on a tablet and the claim of a receipt on a phone, in a real browser, without JavaScript too."""

import time

import pytest
from playwright.sync_api import Page, expect
from support.browser import Looker, looks_good
from support.installation import SECRET, SHOP, TILL, identify, track
from support.story import pipeline_runs, tell

from regulars.clienteling.confirm import PATH as CONFIRM
from regulars.clienteling.confirm import link_token
from regulars.clienteling.receipt import PATH, claim_token, receipt_of
from regulars.model.user import Role

TARGETS = """() => [...document.querySelectorAll("main a, main button, main input, main select, main summary")]
  .filter(each => each.type !== "hidden" && each.type !== "checkbox" && each.offsetParent)
  .map(each => [each.outerHTML.slice(0, 90), each.getBoundingClientRect().height])
  .filter(([, height]) => height < 43.5)"""
"""What on the page is too small for a finger."""


def fits_fingers(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate(TARGETS) == []


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_customer_at_the_counter(look: Looker) -> None:
    installation = look.served.installation
    tell(installation)
    installation.send(
        SHOP,
        track("Store Updated", store_id="7", name="High Street"),
        track("Stock Updated", store_id="7", product_id="scarf-1", quantity=2),
        track("Stock Updated", store_id="7", product_id="coat-1", quantity=1),
        track("Stock Updated", store_id="7", product_id="hat-1", quantity=0),
        identify("g-17", sizes={"Shoes": "38½", "Tops": "M"}, occasions=[{"what": "Bo's birthday", "on": "03-14"}]),
    )
    asked = "INSERT INTO questions (address, name, subject, at, changed, state) VALUES (%s, '', %s, %s, 0, 'open')"
    values = ("greta@mail.example", "Can the hem be taken up?", time.time_ns() // 1000 - 7_200_000_000)
    installation.connection.execute(asked, values)
    installation.send(TILL, track("Order Completed", store_id="7", till_id="1", receipt_id="990017", total=12.5))
    with pipeline_runs(installation):
        page = look(Role.ASSOCIATE)
        page.goto("/floor")
        looks_good(page, "floor-store", sizes=("tablet", "phone"))
        page.get_by_label("Store", exact=True).select_option(label="High Street")
        page.get_by_role("button", name="Work here").click()
        field = page.get_by_label("Scan a card or receipt, or type a phone number or a name")
        expect(field).to_be_focused()
        looks_good(page, "floor", sizes=("tablet", "phone"))
        fits_fingers(page, 820, 1180)
        # As a scanner does: it types, and presses Enter.
        page.keyboard.type("greta@mail.example")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Sizes")).to_be_visible()
        looks_good(page, "floor-customer", sizes=("tablet", "phone"))
        fits_fingers(page, 820, 1180)
        page.get_by_role("button", name="It was a gift: Wool coat").first.click()
        expect(page.get_by_role("button", name="Not a gift after all: Wool coat").first).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("button", name="Not a gift after all: Wool coat")).to_have_count(0)
        page.get_by_role("link", name="Next customer").click()
        expect(field).to_be_focused()
        page.keyboard.type("0017")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="This receipt has no name yet")).to_be_visible()


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("javascript", [True, False])
def test_a_receipt_on_the_phone(look: Looker, javascript: bool) -> None:
    receipt = receipt_of("till", {"store_id": "7", "till_id": "1", "receipt_id": "42"}, time.time_ns() // 1000)
    page = look(None, javascript=javascript)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(PATH + claim_token(SECRET, receipt))
    if javascript:
        looks_good(page, "claim", sizes=("phone", "tablet"))
        fits_fingers(page, 390, 844)
    look.allow("422")
    page.get_by_role("button", name="This purchase is mine").click()
    expect(page.get_by_role("alert")).to_contain_text("Please fill in one of the three")
    page.get_by_label("E-mail address", exact=True).fill("greta@mail.example")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="This purchase is mine").click()
    expect(page.get_by_text("Thank you.")).to_contain_text("We are writing to your address")
    if javascript:
        looks_good(page, "claim-done", sizes=("phone",))
    page.reload()
    expect(page.get_by_text("This receipt has been claimed.")).to_be_visible()
    look.served.installation.step()
    wished = look.served.installation.connection.execute("SELECT key, at FROM confirmations").fetchone()
    assert wished is not None
    page.goto(CONFIRM + link_token(SECRET, bytes(wished[0]), wished[1]))
    if javascript:
        looks_good(page, "confirm", sizes=("phone",))
    page.get_by_role("button", name="Yes, write to me here").click()
    expect(page.get_by_text("News and offers may come to your address")).to_be_visible()
    if javascript:
        looks_good(page, "confirmed", sizes=("phone",))
