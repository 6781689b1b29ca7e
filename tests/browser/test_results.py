"""Results in a real browser, at each size, light and dark; and a place on a shop's page, with the shop's own policy."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support.browser import Looker, looks_good
from support.installation import SITE, Installation, track
from support.measured import NOW, small_shop, two_messages
from support.site import Served
from support.slots import open_places

from regulars.measurement.store import put_all
from regulars.model.user import Role

PAGE = """<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>
<div data-regulars-slot="home"></div><div data-regulars-slot="inner"></div>
<script src="{0}/slot.js" data-key="{1}" data-anonymous-id="v1"></script>"""
POLICY = (
    "default-src 'none'; script-src {0}; connect-src {0}; img-src {0}; style-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
TOUCHED = "SELECT what, n FROM touches ORDER BY what"


@pytest.mark.slow
def test_results(look: Looker, tmp_path: Path) -> None:
    connection = look.served.installation.connection
    put_all(connection, small_shop(connection, tmp_path), NOW)
    page = look(Role.ANALYST)
    page.goto("/results")
    looks_good(page, "results", sizes=("desk", "phone"))
    page.get_by_role("link", name="chosen").click()
    expect(page.get_by_text("Nobody drew lots")).to_be_visible()
    looks_good(page, "result-refused", sizes=("desk", "phone"))
    page.goto("/results/campaign/spring?of=people")
    expect(page.get_by_role("img", name="More people who bought from")).to_be_visible()
    page.get_by_text("Each day as a table").click()
    expect(page.get_by_role("table")).to_have_count(2)
    looks_good(page, "result")


@pytest.mark.slow
def test_messages_compared(look: Looker, tmp_path: Path) -> None:
    connection = look.served.installation.connection
    put_all(connection, two_messages(connection, tmp_path), NOW)
    page = look(Role.MARKETER)
    page.goto("/results")
    expect(page.get_by_text("B sold more than A")).to_be_visible()
    looks_good(page, "results-compared", sizes=("phone",))
    for address, name in (("/results/campaign/duel", "result-compared"), ("/campaigns/duel", "campaign-compared")):
        page.goto(address)
        expect(page.get_by_role("heading", name="A and B compared")).to_be_visible()
        looks_good(page, name)


class Shop(BaseHTTPRequestHandler):
    """A shop's page on another address than ours, under the strictest policy."""

    page = policy = ""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.policy)
        self.end_headers()
        self.wfile.write(self.page.encode() if self.path == "/" else b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def shop(served: Served, installation: Installation) -> Iterator[str]:
    installation.send(SITE, track("Product Viewed", "", "v1", product_id="p"))
    key = open_places(installation.connection)
    kind = type("Page", (Shop,), {"page": PAGE.format(served.address, key), "policy": POLICY.format(served.address)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_place_on_a_shops_page(browser: Browser, shop: str, installation: Installation) -> None:
    faults: list[str] = []
    context = browser.new_context(
        user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36"
    )
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(shop)
    message = page.get_by_role("region", name="Good to see you")
    expect(message).to_contain_text("The new coats are here.")
    expect(message.get_by_role("link", name="Look at coats")).to_have_attribute("href", "https://shop.example/coats")
    assert page.locator("[data-regulars-slot=inner]").inner_html() == ""
    with page.expect_response("**/v1/slot/report"):
        page.get_by_role("button", name="Close").click()
    expect(message).to_have_count(0)
    with page.expect_response("**/v1/slot"):
        page.reload()
    expect(page.get_by_role("region")).to_have_count(0)
    context.close()
    assert installation.connection.execute(TOUCHED).fetchall() == [("dismissed", 1), ("shown", 1)]
    assert [each for each in faults if "favicon" not in each and "404" not in each] == []
