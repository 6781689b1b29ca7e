"""The pages by which an installation is looked after: sources with their keys, and what could not be read."""

import re

import httpx
import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.installation import SHOP, track
from support.running import now

from regulars.model.user import Role

pytestmark = pytest.mark.slow


def send(look: Looker, key: str, event: dict[str, object]) -> int:
    with httpx.Client(trust_env=False) as http:
        sent = {"timestamp": now(-1), **event}
        return http.post(f"{look.served.address}/v1/track", json=sent, auth=(key, "")).status_code


@pytest.mark.slow
def test_a_key_is_made_used_revoked_and_given_back(look: Looker) -> None:
    page = look()
    page.goto("/")
    page.get_by_role("link", name="Make a key").click()
    expect(page.get_by_role("heading", name="Sources")).to_be_visible()
    page.get_by_label("Source, such as till or web").fill("kiosk <script>")
    page.get_by_role("button", name="Make a key").click()
    key = page.locator(".notice input").input_value()
    assert key.startswith("sk_")
    assert send(look, key, track("Product Viewed", "u-1", product_id="1")) == 200
    look.served.installation.step()
    page.reload()
    expect(page.locator("main")).not_to_contain_text(key)
    looks_good(page, "sources")
    page.get_by_role("button", name=re.compile("Revoke the key")).click()
    expect(page.get_by_text("no longer works")).to_be_visible()
    page.wait_for_timeout(1_100)
    assert send(look, key, track("Product Viewed", "u-1", product_id="1")) == 401
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("works again")).to_be_visible()
    page.wait_for_timeout(1_100)
    assert send(look, key, track("Product Viewed", "u-1", product_id="1")) == 200


def test_what_could_not_be_read(look: Looker) -> None:
    page = look(Role.ANALYST)
    page.goto("/rejected")
    expect(page.get_by_text("Everything could be read").last).to_be_visible()
    looks_good(page, "rejected-empty", sizes=("desk",))
    bad = b'{"type":"track","userId":"u-1","event":"<img src=x onerror=alert(1)>\x01"}'
    look.served.installation.send(SHOP, bad, {**track("", "u-2"), "messageId": "m-x"}, b'{"type":"dance"}')
    page.goto("/rejected")
    expect(page.get_by_role("listitem").filter(has_text="shop")).to_have_count(3)
    page.get_by_text("What came").first.click()
    looks_good(page, "rejected")
    page.get_by_label("Why").select_option("unknown_type")
    expect(page).to_have_url(re.compile("reason=unknown_type"))
    expect(page.get_by_role("listitem").filter(has_text="shop")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Send all of")).click()
    expect(page.get_by_text("Sent in again: 1.")).to_be_visible()
    look.served.installation.step()
    page.reload()
    expect(page.get_by_text("Sent in again")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Send in again")).click()
    expect(page.get_by_text("Sent in again: 1.")).to_be_visible()
