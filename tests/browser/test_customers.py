"""The list of customers and the search everywhere, in a real browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.browser import Looker, looks_good
from support.installation import SHOP, SITE, TILL, Installation, identify, track
from support.listing import refresh

from regulars.model.user import Role

pytestmark = pytest.mark.slow

PEOPLE = [
    ("Greta Lindberg", "greta.lindberg@post.example", "+436601234501"),
    ("Jürgen Groß", "j.gross@mail.example", "+436601234502"),
    ("Anna Koch", "anna.koch@post.example", "+436601234503"),
    ("Tomáš Novák", "tomas@mail.example", "+436601234504"),
    ("Maximiliane-Alexandra von Hohenstein-Württemberg zu Lichtenfels", "m.a@a-very-long-domain-name.example", ""),
    ("=HYPERLINK(1)", "formula@mail.example", "+436601234506"),
]


def fill(installation: Installation) -> None:
    for number, (name, email, phone) in enumerate(PEOPLE, 1):
        user = f"u-{number}"
        installation.send(SHOP, identify(user, name=name, email=email, **({"phone": phone} if phone else {})))
        for each in range(number % 4):
            bought: dict[str, Any] = {"total": 19.9 * number + each, "currency": "EUR", "channel": "store"}
            installation.send(
                SHOP, track("Order Completed", user, order_id=f"o-{number}-{each}", store_id="12", **bought)
            )
    installation.send(SITE, track("Product Added", "u-1", "c-1", product_id="p-1", name="Blue scarf"))
    installation.send(SITE, {"type": "page", "anonymousId": "c-9", "context": {"page": {"path": "/"}}})
    no = {"purpose": "marketing", "channel": "email", "address": "email:tomas@mail.example"}
    installation.send(TILL, track("Consent Withdrawn", "", traits={"email": "tomas@mail.example"}, **no))
    refresh(installation)


def names(page: Page) -> list[str]:
    return page.locator(".person-link").all_inner_texts()


def test_nobody_yet(look: Looker) -> None:
    page = look(Role.ASSOCIATE)
    page.goto("/customers")
    expect(page.get_by_text("Nobody is here yet")).to_be_visible()
    looks_good(page, "customers-empty", sizes=("desk", "phone"))


def test_the_list(look: Looker) -> None:
    fill(look.served.installation)
    page = look(Role.MARKETER)
    page.goto("/customers")
    expect(page.get_by_text("6 customers")).to_be_visible()
    looks_good(page, "customers")
    page.get_by_label("Name, e-mail, phone, card or id").fill("gross")
    expect(page.locator(".person-link")).to_have_text(["Jürgen Groß"])
    expect(page).to_have_url(re.compile(r"/customers\?q=gross$"))
    page.get_by_label("Name, e-mail, phone, card or id").fill("kohc")
    expect(page.locator(".person-link")).to_have_text(["Anna Koch"])
    expect(page.get_by_text("Nobody is spelt “kohc”")).to_be_visible()
    looks_good(page, "customers-misspelt", sizes=("desk", "phone"))
    page.get_by_label("Name, e-mail, phone, card or id").fill("0660 1234504")
    expect(page.locator(".person-link")).to_have_text(["Tomáš Novák"])
    page.get_by_label("Name, e-mail, phone, card or id").fill("nobody at all")
    expect(page.get_by_text("Nobody fits")).to_be_visible()
    looks_good(page, "customers-none", sizes=("desk", "phone"))
    page.get_by_role("link", name="Show everybody").click()
    page.get_by_text("More filters").click()
    page.get_by_label("Open cart").select_option("yes")
    expect(page.locator(".person-link")).to_have_text(["Greta Lindberg"])
    page.get_by_label("Spent at least").fill("5")
    expect(page).to_have_url(re.compile("spend_from=5"))
    looks_good(page, "customers-filtered")
    page.reload()
    expect(page.get_by_label("Open cart")).to_have_value("yes")
    page.get_by_role("link", name=re.compile("Open cart")).click()
    page.get_by_role("link", name="Customer", exact=True).click()
    expect(page.locator(".person-link").first).to_have_text("=HYPERLINK(1)")
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    text = taken.value.path().read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK(1)" in text and "'+436601234506" in text and ",=HYPERLINK" not in text
    page.locator(".person-link", has_text="Jürgen").click()
    expect(page).to_have_url(re.compile("/customers/[0-9a-f]{32}$"))


def test_without_javascript(look: Looker) -> None:
    fill(look.served.installation)
    page = look(Role.CARE, javascript=False)
    page.goto("/customers")
    expect(page.get_by_role("link", name="CSV")).to_have_count(0)
    page.get_by_label("Name, e-mail, phone, card or id").fill("koch")
    page.get_by_role("button", name="Show", exact=True).click()
    assert names(page) == ["Anna Koch"]
    page.get_by_role("banner").get_by_role("searchbox").fill("o-3-0")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=o-3-0$"))
    expect(page.get_by_role("heading", name="Orders and receipts")).to_be_visible()


@pytest.mark.slow
def test_search_from_anywhere(look: Looker) -> None:
    fill(look.served.installation)
    page = look(Role.CARE)
    page.goto("/account")
    page.keyboard.press("Control+k")
    page.keyboard.type("Greta")
    expect(page.locator("#found")).to_contain_text("Greta Lindberg")
    looks_good(page, "palette")
    page.get_by_role("banner").get_by_role("searchbox").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found a").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    page.get_by_role("banner").get_by_role("searchbox").fill("scarf")
    expect(page.locator("#found")).to_contain_text("Blue scarf")
    page.get_by_role("banner").get_by_role("searchbox").fill("o-2-1")
    expect(page.locator("#found")).to_contain_text("Jürgen Groß")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/customers/[0-9a-f]{32}$"))
    page.goto("/search?q=post.example")
    looks_good(page, "search")


def test_an_analyst_finds_products_only(look: Looker) -> None:
    fill(look.served.installation)
    look.allow("403")
    page = look(Role.ANALYST)
    page.goto("/search?q=greta")
    expect(page.get_by_text("Nothing found for “greta”")).to_be_visible()
    page.goto("/search?q=scarf")
    expect(page.get_by_text("Blue scarf")).to_be_visible()
    for path in ("/customers", "/customers.csv"):
        assert page.request.get(path).status == 403
