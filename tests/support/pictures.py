"""Takes the pictures of README and docs: the demo's best stories, found in its data and shot in a real browser.

`python tests/support/pictures.py` starts an installation with the demo in a temporary folder, which takes some minutes;
`--data FOLDER --address URL` takes one that runs; `--story` takes those of the story test alone. The demo's town is
seeded, so the same stories are found each time.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page
from support.browser import FIRST_BYTE, chromium, started
from support.demo import demo, signed_in
from support.running import ROOT
from support.told import tell

from regulars.model.user import Role
from regulars.storage.database import Connection

FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 200_000
BELOW = 330
"""Pixels below the heading of the last day that is shown."""
MINUTE, DAY = 60_000_000, 86_400 * 1_000_000
TUESDAY, SATURDAY = 1, 5

VIEWS = """
SELECT b.customer, e.time FROM events e JOIN bundles b ON b.key = e.bundle JOIN customers c ON c.id = b.customer
WHERE e.name = 'Product Viewed' AND e.source = 'town-web' AND c.kind = 'person' ORDER BY e.time, e.message_id
"""
SALES = """
SELECT e.time FROM events e JOIN bundles b ON b.key = e.bundle
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

PAINTED = "() => new Promise(done => requestIdleCallback(() => setTimeout(done, 100)))"
"""Nobody leaves a page before it is drawn; the browser's drawing would else be measured on the server's cores."""

LOOKED_AT = """
(SELECT encode(id, 'hex') FROM customers ORDER BY orders DESC, id LIMIT 5)
UNION ALL (SELECT encode(id, 'hex') FROM customers WHERE kind = 'person' ORDER BY md5(id) LIMIT 20)
"""


class Story(NamedTuple):
    """Somebody who looked around on the web, and bought in a store; times in microseconds since 1970 UTC."""

    customer: str
    viewed: int
    bought: int


def viewed_then_bought(connection: Connection) -> Story:
    """Who looked around on the web on a Tuesday and bought in a store on the Saturday, with least in between."""
    viewed: dict[bytes, list[int]] = defaultdict(list)
    for customer, at in connection.cursor(binary=True).execute(VIEWS):
        if _weekday(at) == TUESDAY:
            viewed[customer].append(at)
    found: list[tuple[int, int, int, str]] = []
    for customer, views in viewed.items():
        for (sold,) in connection.cursor(binary=True).execute(SALES, (customer,)):
            seen = [at for at in views if 0 < sold - at < 6 * DAY]
            if _weekday(sold) == SATURDAY and seen:
                row = connection.execute(BETWEEN, (customer, seen[-1], sold)).fetchone()
                assert row is not None
                found.append((row[0], seen[-1], sold, customer.hex()))
    if not found:
        raise SystemExit("nobody in the demo looked around on a Tuesday and bought on the Saturday")
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


def first_bytes(page: Page, connection: Connection) -> dict[str, float]:
    """How long the demo's pages take until their first byte: the list, the busiest customers, some by chance."""
    ids = [row[0] for row in connection.execute(LOOKED_AT)]
    paths = ["/", "/customers", "/customers?q=nov", "/search?q=milk", "/live"]
    paths += [f"/customers/{id}{tab}" for id in ids for tab in ("", "/orders", "/why")]
    waits = []
    for path in paths:
        page.goto(path)
        waits.append(float(page.evaluate(FIRST_BYTE)))
        page.evaluate(PAINTED)
    waits.sort()
    at = {"p50": len(waits) // 2, "p95": int(0.95 * len(waits))}
    return {"pages": len(waits)} | {f"first_byte_{name}_ms": round(waits[n], 1) for name, n in at.items()}


def kept(file: Path) -> None:
    """Say what a picture weighs. Raises SystemExit where that is too much."""
    size = file.stat().st_size
    print(f"{file.relative_to(ROOT)}  {size:,} bytes")
    if size > MOST_BYTES:
        raise SystemExit(f"{file.name} has more than {MOST_BYTES:,} bytes")


def pictured(browser: Browser) -> None:
    """Take the pictures of the story test: of what each of those who meet in it has before her."""

    def take(page: Page, name: str) -> None:
        page.wait_for_timeout(500)
        file = FOLDER / f"{name}.png"
        page.screenshot(path=file)
        kept(file)

    with tempfile.TemporaryDirectory(prefix="regulars-story-") as folder:
        tell(Path(folder) / "shop", browser, take)


def main() -> None:
    """Take them all."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--data", default="", help="the data folder of an installation that runs")
    options.add_argument("--address", default="", help="where its pages are")
    options.add_argument("--story", action="store_true", help="those of the story test alone, without the demo")
    said: Any = options.parse_args()
    executable = chromium()
    if executable is None:
        raise SystemExit("no Chromium: run `make setup-dev`")
    FOLDER.mkdir(exist_ok=True)
    with started(executable) as browser:
        pictured(browser)
    if said.story:
        return
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
        with app.connect() as connection:
            print(json.dumps(first_bytes(page, connection)))


if __name__ == "__main__":
    main()
