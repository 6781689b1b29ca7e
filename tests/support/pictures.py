"""Takes the pictures of README and docs: the demo's best stories, found in its data and shot in a real browser.

`python tests/support/pictures.py` starts an installation with the demo in a temporary folder, which takes some minutes;
`--data FOLDER --address URL` takes one that runs. The demo's town is seeded, so the same stories are found each time.
"""

import argparse
import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page
from support.browser import chromium, started
from support.demo import demo, signed_in
from support.running import ROOT

from regulars.model.user import Role
from regulars.storage.database import Connection

FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 200_000
BELOW = 96
"""Pixels below the heading of the last day that is shown."""
MINUTE, DAY = 60_000_000, 86_400 * 1_000_000
SATURDAY = 5

VIEWS = """
SELECT b.customer, e.time, e.body FROM events e JOIN bundles b ON b.key = e.bundle JOIN customers c ON c.id = b.customer
WHERE e.name = 'Product Viewed' AND e.source = 'town-web' AND c.kind = 'person' ORDER BY e.time, e.message_id
"""
SALES = """
SELECT e.time, e.body FROM events e JOIN bundles b ON b.key = e.bundle
WHERE b.customer = %s AND e.name = 'Order Completed' AND e.body LIKE '%%"store"%%' ORDER BY e.time
"""
BETWEEN = """
SELECT count(*) FROM events e JOIN bundles b ON b.key = e.bundle WHERE b.customer = %s AND e.time BETWEEN %s AND %s
"""
CARTS = """
SELECT id FROM customers WHERE kind = 'person' AND cart BETWEEN 2 AND 4 AND name <> '' AND cardinality(channels) > 1
    AND id <> %s
ORDER BY orders DESC, name LIMIT 1
"""


class Story(NamedTuple):
    """Somebody who looked at something, and bought it in a store; times in microseconds since 1970 UTC."""

    customer: str
    viewed: int
    bought: int


def viewed_then_bought(connection: Connection) -> Story:
    """Who looked at something on the web and bought it in a store on the next Saturday, with least in between."""
    viewed: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
    for customer, at, body in connection.cursor(binary=True).execute(VIEWS):
        viewed[customer].append((at, str(json.loads(body)["properties"].get("product_id"))))
    found: list[tuple[int, int, int, str]] = []
    for customer, views in viewed.items():
        for sold, body in connection.cursor(binary=True).execute(SALES, (customer,)):
            bought = {str(each.get("product_id")) for each in json.loads(body)["properties"].get("products", [])}
            seen = [at for at, product in views if product in bought and 2 * DAY < sold - at < 6 * DAY]
            if _weekday(sold) == SATURDAY and seen:
                row = connection.execute(BETWEEN, (customer, seen[-1], sold)).fetchone()
                assert row is not None
                found.append((row[0], seen[-1], sold, customer.hex()))
    if not found:
        raise SystemExit("nobody in the demo looked at something and bought it on the Saturday")
    _, seen_at, sold_at, customer_id = min(found)
    return Story(customer_id, seen_at, sold_at)


def left_in_the_cart(connection: Connection, besides: str) -> str:
    """A regular of web and store with something left in the cart, but for one customer."""
    row = connection.execute(CARTS, (bytes.fromhex(besides),)).fetchone()
    if row is None:
        raise SystemExit("nobody in the demo left something in the cart")
    return bytes(row[0]).hex()


def _weekday(micros: int) -> int:
    return datetime.fromtimestamp(micros / 1e6, UTC).weekday()


def shoot(page: Page, path: str, name: str) -> None:
    """Take one picture of the top of a page."""
    page.goto(path)
    page.wait_for_timeout(800)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    kept(file)


def week(page: Page, story: Story) -> None:
    """Take one picture of the timeline from what was bought down to what was looked at before."""
    page.goto(f"/customers/{story.customer}?before={story.bought + MINUTE}.0")
    day = f"{datetime.fromtimestamp(story.viewed / 1e6, UTC):%A, %-d %B %Y}"
    heading = page.locator("#timeline").get_by_role("heading", name=day)
    top, box = page.locator("#timeline").bounding_box(), heading.bounding_box()
    assert top is not None and box is not None
    file = FOLDER / "looked-then-bought.png"
    shown = {"x": top["x"] - 8, "y": top["y"] - 8, "width": top["width"] + 16, "height": box["y"] - top["y"] + BELOW}
    page.screenshot(path=file, clip=shown, full_page=True)  # type: ignore[arg-type]
    kept(file)


def kept(file: Path) -> None:
    """Say what a picture weighs. Raises SystemExit where that is too much."""
    size = file.stat().st_size
    print(f"{file.relative_to(ROOT)}  {size:,} bytes")
    if size > MOST_BYTES:
        raise SystemExit(f"{file.name} has more than {MOST_BYTES:,} bytes")


def main() -> None:
    """Take them all."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--data", default="", help="the data folder of an installation that runs")
    options.add_argument("--address", default="", help="where its pages are")
    said: Any = options.parse_args()
    executable = chromium()
    if executable is None:
        raise SystemExit("no Chromium: run `make setup-dev`")
    FOLDER.mkdir(exist_ok=True)
    with demo(said.data, said.address) as (app, address), started(executable) as browser:
        with app.connect() as connection:
            story = viewed_then_bought(connection)
            cart = left_in_the_cart(connection, story.customer)
        page = signed_in(browser, app, address, Role.MARKETER, (1200, 800))
        shoot(page, f"/customers/{story.customer}", "customer")
        week(page, story)
        shoot(page, f"/customers/{story.customer}/why", "how-we-know")
        tablet = signed_in(browser, app, address, Role.ASSOCIATE, (820, 900))
        shoot(tablet, f"/customers/{cart}", "left-in-the-cart")


if __name__ == "__main__":
    main()
