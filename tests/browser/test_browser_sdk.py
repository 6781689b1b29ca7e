"""A visitor of a real shop page with Segment's SDK is seen to browse, fill a cart, sign in and buy, as she does it."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import Looker
from support.installation import SHOP, Installation, track
from support.running import now
from support.shop import ESBUILD, SDK, built, shop

from regulars.model.user import Role
from regulars.storage.sources import create_key

pytestmark = pytest.mark.skipif(
    not (SDK / "node_modules" / "@segment" / "analytics-next").is_dir() or not ESBUILD.is_file(),
    reason="no analytics-next: run `make setup-dev`",
)

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"


def taken_in(installation: Installation, page: Page, query: str) -> None:
    """Run the pipeline until there is something; the browser goes on meanwhile."""
    deadline = time.monotonic() + 30
    while installation.connection.execute(query.encode()).fetchone() is None:
        assert time.monotonic() < deadline, f"nothing came: {query}"
        installation.step()
        page.wait_for_timeout(50)


def event(name: str) -> str:
    return f"SELECT FROM events WHERE name = '{name}'"


@pytest.mark.timeout(180)
def test_a_visit_a_cart_a_person_and_an_order(look: Looker, browser: Browser, tmp_path: Path) -> None:
    installation = look.served.installation
    public, secret = (create_key(installation.connection, kind, "shop", "shop") for kind in ("write", "secret"))
    # By its own name it would be taken for a robot, whose looks do not count.
    context = browser.new_context(user_agent=AGENT)
    faults: list[str] = []
    visitor = context.new_page()
    visitor.on("pageerror", lambda error: faults.append(str(error)))
    visitor.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    with shop(built(tmp_path), look.served.address, public) as address:
        browse(installation, visitor, address, look, secret)
    context.close()
    assert not faults, "\n".join(faults)


def browse(installation: Installation, visitor: Page, address: str, look: Looker, secret: str) -> None:
    # What a browser says a product is called is not believed; the shop's catalogue is.
    installation.send(SHOP, track("Product Updated", product_id="A1", name="Blue scarf", price=49.9, currency="EUR"))
    visitor.goto(f"{address}/?utm_source=news")
    taken_in(installation, visitor, "SELECT FROM events WHERE kind = 'page'")
    row = installation.connection.execute("SELECT customer FROM identifiers WHERE type = 'anonymous_id'").fetchone()
    assert row is not None

    # From here on the customer's page is never loaded again.
    page = look(Role.ASSOCIATE)
    page.goto(f"/customers/{bytes(row[0]).hex()}")
    page.evaluate("window.neverLeft = true")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Visitor without a name")

    grows(installation, visitor, lambda: visitor.get_by_role("link", name="Blue scarf").click(), "Product Viewed")
    expect(page.locator("#wants")).to_contain_text("Blue scarf")
    expect(page.get_by_role("region", name="In the cart now")).to_contain_text("Nothing lies in the cart")

    grows(installation, visitor, lambda: visitor.get_by_role("button", name="Add").click(), "Product Added")
    expect(page.get_by_role("region", name="In the cart now")).to_contain_text("Blue scarf")

    visitor.get_by_role("button", name="Sign in").click()
    taken_in(installation, visitor, "SELECT FROM events WHERE kind = 'identify'")
    expect(page.get_by_role("region", name="Known as")).to_contain_text("ada@mail.example")

    # Both the browser and the shop's server report the order; it is one.
    grows(installation, visitor, lambda: visitor.get_by_role("button", name="Buy").click(), "Order Completed")
    order = {"order_id": "W-77", "total": 49.9, "currency": "EUR", "channel": "web", "products": [{"product_id": "A1"}]}
    traits = {"email": "ada@mail.example", "firstName": "Ada", "lastName": "Lovelace"}
    sent = {"event": "Order Completed", "userId": "u-2001", "timestamp": now(), "messageId": "server-W-77"}
    with httpx.Client(trust_env=False) as http:
        body = {**sent, "properties": order, "context": {"traits": traits}}
        answer = http.post(f"{look.served.address}/v1/track", json=body, auth=(secret, ""))
        assert answer.status_code == 200, answer.text
    taken_in(installation, visitor, "SELECT FROM events WHERE message_id = 'server-W-77'")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada Lovelace")
    figures = page.get_by_role("region", name="Key figures")
    expect(figures).to_contain_text(re.compile(r"Orders\s*1\s*(Average|$)"))
    expect(figures).to_contain_text("49.90")
    expect(page.get_by_role("region", name="In the cart now")).to_contain_text("Nothing lies in the cart")
    assert page.evaluate("window.neverLeft") is True


def grows(installation: Installation, visitor: Page, act: Callable[[], None], name: str) -> None:
    act()
    taken_in(installation, visitor, event(name))
