"""What holds on every page: what it weighs, that the keyboard is enough, and that it works without JavaScript."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect
from support.browser import FIRST_BYTE, Looker
from support.installation import Installation
from support.story import tell

from regulars.model.user import Role
from regulars.profiles.listing.refresh import Refresher

pytestmark = pytest.mark.slow

FIRST_KB, NEXT_KB = 350, 60
"""What a page may weigh, gzipped, where nothing was kept from an earlier one, and where all that can be was."""


@pytest.fixture
def told(look: Looker) -> Looker:
    """One customer's story, and her row in the list."""
    installation = look.served.installation
    tell(installation)
    Refresher(installation.connection, installation.context.rules, "EUR").run()
    return look


def greta(installation: Installation) -> str:
    customer = installation.holder("email", "greta@mail.example")
    assert customer is not None
    return f"/customers/{customer.hex()}"


class Scales:
    """Weighs what a page brings over the wire, in KB of 1,000 bytes; what the browser kept weighs nothing."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._bytes = 0
        session: CDPSession = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._loaded)

    def _loaded(self, event: dict[str, Any]) -> None:
        self._bytes += event["encodedDataLength"]

    def of(self, path: str) -> float:
        """The weight of a page; its stream of what happens is not counted."""
        self._bytes = 0
        self._page.goto(path, wait_until="load")
        self._page.wait_for_timeout(300)
        return self._bytes / 1000

    def first_byte_ms(self) -> float:
        """How long the page that is open took until its first byte."""
        return float(self._page.evaluate(FIRST_BYTE))


@pytest.mark.slow
def test_what_pages_weigh(told: Looker, capsys: pytest.CaptureFixture[str]) -> None:
    paths = ["/", "/customers", greta(told.served.installation), "/live", "/rejected", "/sources", "/users", "/audit"]
    first, then, waits = {}, {}, []
    for path in paths:
        scales = Scales(told(Role.OWNER))
        first[path] = scales.of(path)
    scales = Scales(told(Role.OWNER))
    for path in [paths[2], *paths]:
        then[path] = scales.of(path)
        waits.append(scales.first_byte_ms())
    heaviest = max(first, key=lambda path: first[path])
    said = {
        "first_load_kb": round(first[heaviest]), "next_page_kb": round(max(then.values())),
        "first_byte_max_ms": round(max(waits)), "pages": len(paths),
    }  # fmt: skip
    with capsys.disabled():
        print(f"\n{json.dumps(said)}")
    assert max(first.values()) <= FIRST_KB, first
    assert max(then.values()) <= NEXT_KB, then


def walk(page: Page, wanted: str, most: int = 60) -> None:
    """Press Tab until what has the focus says this; each stop on the way must be visible and have a name."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => { const e = document.activeElement, box = e.getBoundingClientRect();
            const label = e.labels?.[0]?.innerText || e.getAttribute("aria-label");
            const name = label || e.innerText || e.value || e.title || "";
            return { name: name.trim(), seen: box.width > 0 && box.height > 0, tag: e.tagName }; }"""
        )
        assert at["seen"] and (at["name"] or at["tag"] in ("BODY", "MAIN")), f"on the way to {wanted}: {at}"
        if wanted in at["name"]:
            return
    raise AssertionError(f"{wanted} is not reached by Tab")


def test_from_search_to_the_customer_by_keyboard_alone(told: Looker) -> None:
    page = told(Role.CARE)
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("greta")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(search|customers)"))
    if "/customers/" not in page.url:
        walk(page, "Greta")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Greta")
    walk(page, "How we know")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/why"))
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", name="Good to see you")).to_be_visible()


def test_every_stop_of_a_page_has_a_name(told: Looker) -> None:
    page = told(Role.OWNER)
    for path in ("/", "/sources", "/users", "/rejected"):
        page.goto(path)
        with pytest.raises(AssertionError, match="is not reached by Tab"):
            walk(page, "no such thing", 40)


def test_forms_and_links_without_javascript(told: Looker) -> None:
    page = told(Role.OWNER, javascript=False)
    page.goto("/")
    page.get_by_role("link", name="Customers", exact=True).click()
    page.get_by_role("link", name="Greta Okafor").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Greta Okafor")
    page.get_by_role("link", name="How we know").first.click()
    expect(page).to_have_url(re.compile("/why"))
    page.locator("#search").fill("greta")
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_role("link", name=re.compile("Greta")).first).to_be_visible()
    page.get_by_role("link", name="Sources").click()
    page.get_by_label("Source, such as till or web").fill("kiosk")
    page.get_by_role("button", name="Make a key").click()
    expect(page.locator(".notice input")).to_have_value(re.compile("^sk_"))
    page.get_by_role("button", name=re.compile("^Revoke the key")).first.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("works again")).to_be_visible()
    page.get_by_role("link", name="Couldn't be read").click()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("reason="))
