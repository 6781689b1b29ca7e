"""The customer's own page in a real browser, without JavaScript: she decides on a phone, and reads it light or dark."""

import time

import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.installation import SECRET
from support.story import pipeline_runs, tell

from regulars.consent.links import preferences_path
from regulars.model.identifier import Identifier
from regulars.model.user import Role

GRETA = Identifier("email", "", "greta@mail.example")


@pytest.mark.slow
def test_she_decides_without_javascript(look: Looker) -> None:
    tell(look.served.installation)
    path = preferences_path(SECRET, GRETA, time.time_ns() // 1000)
    with pipeline_runs(look.served.installation):
        page = look(None, javascript=False)
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(path)
        assert "greta@mail.example" not in page.content()
        expect(page.get_by_text("You hear from us by e-mail.")).to_be_visible()
        page.get_by_label("Reminders").uncheck()
        page.get_by_label("Text messages").check()
        page.get_by_role("button", name="Save what I hear").click()
        expect(page.get_by_text("Saved. It holds from this moment.")).to_be_visible()
        expect(page.get_by_label("Reminders")).not_to_be_checked()
        expect(page.get_by_text("You hear from us by e-mail and text messages.")).to_be_visible()
        look.allow("422")
        page.get_by_label("From", exact=True).fill("21:00")
        page.get_by_role("button", name="Save when").click()
        expect(page.get_by_text("Quiet hours need both")).to_be_visible()
        page.get_by_role("button", name="30 days").click()
        expect(page.get_by_text("Paused until")).to_be_visible()
        page.get_by_label("Shoes").fill("39")
        page.get_by_label("What is on day 1").fill("Birthday of Tom")
        page.get_by_label("Date of day 1").fill("17")
        page.get_by_label("Month of day 1").select_option("May")
        page.get_by_role("button", name="Save what I said").click()
        expect(page.get_by_text("we go by what you say")).to_be_visible()
        expect(page.get_by_label("Shoes")).to_have_value("39")
        page.get_by_role("button", name="It was a gift: Wool coat, navy").click()
        expect(page.get_by_role("button", name="Not a gift: Wool coat, navy")).to_be_visible()
        page.get_by_role("button", name="Stop all advertising").click()
        expect(page.get_by_text("You get no advertising from us")).to_be_visible()


@pytest.mark.slow
def test_it_looks_good(look: Looker) -> None:
    tell(look.served.installation)
    path = preferences_path(SECRET, GRETA, time.time_ns() // 1000)
    page = look(None)
    page.goto(path)
    page.locator("summary").nth(0).click()
    page.locator("summary").nth(1).click()
    looks_good(page, "preferences")
    page.goto(f"{path}/unsubscribe")
    looks_good(page, "preferences-stop", sizes=("desk", "phone"))


@pytest.mark.slow
def test_staff_see_what_may_go_out(look: Looker) -> None:
    tell(look.served.installation)
    customer = look.served.installation.holder("email", "greta@mail.example")
    assert customer is not None
    page = look(Role.CARE)
    page.goto(f"/customers/{customer.hex()}/contact")
    looks_good(page, "customer-contact")
    page.get_by_role("button", name="Never contact").click()
    expect(page.get_by_text("Nobody contacts this customer any more.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("What was agreed to counts again.")).to_be_visible()
