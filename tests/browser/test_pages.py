"""The pages that every installation has, in a real browser."""

import re

import httpx
from playwright.sync_api import Page, expect
from support.browser import Looker, looks_good
from support.installation import identify, track
from support.running import now
from support.site import PASSWORD, add_user

from regulars.model.user import Role
from regulars.storage.sources import create_key


def test_home(look: Looker) -> None:
    page = look()
    page.goto("/")
    expect(page.get_by_role("heading", name="How to begin")).to_be_visible()
    looks_good(page, "home-empty")
    seen = {**identify("u-1", email="ada@shop.example"), "context": {"page": {"url": "https://shop.example/"}}}
    bought = track("Order Completed", "u-2", order_id="1", channel="\u202e<script>alert(1)</script>")
    key = create_key(look.served.installation.connection, "secret", "shop")
    batch = {"batch": [{"timestamp": now(-1), "messageId": each["type"], **each} for each in (seen, bought)]}
    with httpx.Client(trust_env=False) as http:
        assert http.post(f"{look.served.address}/v1/batch", json=batch, auth=(key, "")).status_code == 200
    look.served.installation.step()
    web = page.get_by_role("row", name=re.compile("Web"))
    # On a busy machine the first look may still show what was kept, while it is found anew.
    for _ in range(20):
        page.goto("/")
        if web.count():
            break
        page.wait_for_timeout(200)
    expect(web).to_contain_text("1")
    looks_good(page, "home")


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/audit")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_signing_in_and_inviting(look: Looker) -> None:
    look.allow("422")
    _, email = add_user(look.served.installation, Role.OWNER, "Ada Lovelace")
    page = look(None)
    sign_in(page, email, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    looks_good(page, "sign-in")
    sign_in(page, email)
    expect(page).to_have_url(re.compile("/audit$"))
    looks_good(page, "audit")
    page.get_by_role("link", name="Users").click()
    page.get_by_label("Name").fill("Bob Brown")
    page.get_by_label("E-mail address").fill("bob@shop.example")
    page.get_by_label("Role", exact=True).select_option("marketer")
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_label("Link to copy").input_value()
    looks_good(page, "users")
    bob = look(None)
    bob.goto(link)
    looks_good(bob, "welcome")
    bob.get_by_label("Password", exact=True).fill("three green umbrellas")
    bob.get_by_label("The password again").fill("three green umbrellas")
    bob.get_by_role("button", name="Save and sign in").click()
    expect(bob.get_by_role("heading", name="Good to see you, Bob")).to_be_visible()
    expect(bob.get_by_role("link", name="Users")).to_have_count(0)
    page.get_by_label("Role of Bob Brown").select_option("care")
    expect(page.get_by_role("status").first).to_contain_text("Bob Brown is now care")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Role of Bob Brown")).to_have_value("marketer")


def test_ones_own_account(look: Looker) -> None:
    page = look(Role.CARE)
    page.goto("/account")
    looks_good(page, "account")
    page.get_by_label("Numbers, money and dates as in").select_option("de-DE")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("1.234,56")


def test_what_is_not_there_and_what_is_closed(look: Looker) -> None:
    look.allow("404")
    look.allow("403")
    page = look(Role.ANALYST)
    page.goto("/nothing")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    looks_good(page, "error-404")
    page.goto("/users")
    expect(page.get_by_role("heading", name="Not for your role")).to_be_visible()
    looks_good(page, "error-403", sizes=("desk",))


def test_by_keyboard_alone(look: Looker) -> None:
    page = look()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    looks_good(page, "help", sizes=("desk",))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/users$"))


def test_light_and_dark(look: Looker) -> None:
    page = look()
    page.goto("/")
    page.get_by_role("button", name="account and sign-out").click()
    looks_good(page, "user-menu", themes=("light",), sizes=("phone",))
    with page.expect_response("**/theme"):
        page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_without_javascript(look: Looker) -> None:
    _, email = add_user(look.served.installation, Role.OWNER)
    page = look(None, javascript=False)
    sign_in(page, email)
    page.get_by_label("What", exact=True).fill("sign in")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("what=sign\\+in"))
    expect(page.get_by_role("row")).to_have_count(2)
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Users").click()
    page.set_viewport_size({"width": 1360, "height": 860})
    page.get_by_role("button", name="account and sign-out").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in$"))
