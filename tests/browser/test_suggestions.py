"""Suggestions on a customer's page in a real browser: they come after the page, and are hidden by one button."""

import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.installation import SHOP, track
from support.story import pipeline_runs, send_now, tell

from regulars.model.user import Role


def of(look: Looker) -> str:
    """The address of Greta's page."""
    found = look.served.installation.holder("email", "greta@mail.example")
    assert found is not None
    return f"/customers/{found.hex()}"


@pytest.mark.slow
def test_hidden_and_shown_again(look: Looker) -> None:
    tell(look.served.installation)
    look.served.installation.send(SHOP, track("Store Updated", store_id="7", name="High Street"))
    with pipeline_runs(look.served.installation):
        page = look(Role.ASSOCIATE)
        page.goto(of(look))
        again = page.get_by_role("list", name="Time to buy again")
        expect(again).to_contain_text("Wool coat")
        looks_good(page, "customer-suggestions")
        page.get_by_role("button", name="Hide Wool coat").click()
        expect(page.get_by_text("Hidden: it is not suggested any more.")).to_be_visible()
        expect(page.get_by_text("Hidden (1)")).to_be_visible()
        expect(again.get_by_text("Wool coat")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(again).to_contain_text("Wool coat")
        page.get_by_label("What lies in").select_option(label="High Street")
        expect(page.get_by_text("Nobody told what lies in this store")).to_be_visible()
        # What happens meanwhile leaves the choice as it is.
        looked = track("Product Viewed", "g-17", product_id="hat-9")
        send_now(look.served.installation, SHOP, (5, looked))
        expect(page.get_by_role("region", name="Looked at, not bought")).to_contain_text("hat-9")
        expect(page.get_by_text("Nobody told what lies in this store")).to_be_visible()


def test_a_gift_without_javascript(look: Looker) -> None:
    tell(look.served.installation)
    with pipeline_runs(look.served.installation):
        page = look(Role.CARE, javascript=False)
        page.goto(of(look))
        page.get_by_role("link", name="Suggestions", exact=True).click()
        expect(page.get_by_role("list", name="Time to buy again")).to_contain_text("Wool coat")
        page.get_by_role("link", name="Orders").click()
        page.get_by_role("button", name="It was a gift: Wool coat").click()
        expect(page.get_by_role("button", name="Not a gift after all: Wool coat")).to_be_visible()
