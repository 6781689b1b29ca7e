"""Live: what comes in, in a real browser."""

import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.installation import SHOP, SITE, identify, track
from support.story import WEB, pipeline_runs, send_now

from regulars.model.user import Role

pytestmark = pytest.mark.slow


def test_what_comes_in_is_seen_with_its_way(look: Looker) -> None:
    installation = look.served.installation
    with pipeline_runs(installation):
        page = look(Role.MARKETER)
        page.goto("/live")
        expect(page.get_by_text("Nothing came in yet")).to_be_visible()
        page.wait_for_timeout(500)
        send_now(installation, SHOP, (5, identify("u-1", name="Ada", email="ada@shop.example")))
        expect(page.locator(".feed summary")).to_have_count(1)
        expect(page.get_by_text("Nothing came in yet")).to_be_hidden()
        bad = track("Order Completed", "u-1", order_id="1", total="a lot", currency="EUR")
        send_now(installation, SHOP, (4, bad), (3, track("Product Viewed", "u-1", product_id="p-1", name="Red scarf")))
        expect(page.locator(".feed .refused")).to_have_count(1)
        page.locator(".feed .refused summary").click()
        expect(page.locator(".feed .refused .stopped")).to_contain_text("Understand: stopped here")
        expect(page.locator(".feed .refused pre")).to_contain_text("a lot")
        expect(page.locator(".feed .refused .way")).to_contain_text("ms")
        expect(page.get_by_role("region", name="The way of an event")).to_contain_text(
            "2 events were taken in so far, 1"
        )
        looks_good(page, "live")
        page.get_by_role("button", name="Pause").click()
        send_now(installation, SITE, (2, {**track("Product Viewed", "", "b-1", product_id="p-2", name="Hat"), **WEB}))
        expect(page.get_by_role("button", name="Go on (1 new)")).to_be_visible()
        expect(page.locator(".feed summary")).to_have_count(3)
        page.get_by_role("button", name="Go on").click()
        expect(page.locator(".feed summary")).to_have_count(4)
        page.get_by_label("Source").select_option("site")
        expect(page.locator(".feed summary")).to_have_count(1)
        page.locator(".feed summary").click()
        page.get_by_role("link", name="Whose it is").click()
        expect(page.get_by_role("heading", name="Visitor without a name")).to_be_visible()


def test_live_without_javascript(look: Looker) -> None:
    installation = look.served.installation
    send_now(installation, SHOP, (5, identify("u-1")), (4, {"type": "nothing"}))
    page = look(javascript=False)
    page.goto("/live")
    expect(page.locator(".feed summary")).to_have_count(2)
    page.get_by_label("Which").select_option("rejected")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".feed summary")).to_have_count(1)
