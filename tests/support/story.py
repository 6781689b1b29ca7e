"""One customer's story up to now, told by browser, shop and till: what the pages about her show."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from support.installation import SHOP, SITE, TILL, Installation, identify, track

from regulars.collection.receive import receive
from regulars.model.source import Source
from regulars.pipeline import Pipeline
from regulars.storage import database, log

BEHIND = "SELECT coalesce((SELECT max(seq) FROM log), 0) > (SELECT seq FROM cursor)"
HOUR, DAY = 3_600.0, 86_400.0
WEB = {"context": {"page": {"url": "https://shop.example/coats"}}}
COAT = {"product_id": "coat-1", "name": "Wool coat, navy", "category": "Coats", "price": 219.0}
BELT = {"product_id": "belt-1", "name": "Leather belt", "price": 35}
SCARF = {"product_id": "scarf-1", "name": "Red scarf", "category": "Scarves", "price": 29.5}


def send_now(installation: Installation, source: Source, *items: tuple[float, dict[str, Any]]) -> None:
    """Send events that happened so many seconds ago, and take them in."""
    now = time.time()
    written = [
        {"messageId": f"{source.name}-{now}-{n}", "timestamp": _iso(now - ago), **item}
        for n, (ago, item) in enumerate(items)
    ]
    body = json.dumps({"batch": written}).encode()
    log.append(installation.connection, [[receive(source, "batch", body, "", int(now * 1_000_000))]])
    installation.step()


def tell(installation: Installation) -> None:
    """Greta: known by her card, looks at a coat on the web, buys it in the store, and has a scarf in the cart."""
    traits = {"firstName": "Greta", "lastName": "Okafor", "email": "greta@mail.example", "phone": "+49 30 555 0003"}
    joined = identify("g-17", **traits, loyalty_id="LC-0003")
    orders = [(DAY * (330 - 41 * n), _order(f"o-{n}", 18.0 + 37 * n % 120, "web")) for n in range(8)]
    given = track("Consent Given", "g-17", purpose="marketing", channel="email", basis="consent")
    withdrawn = track("Consent Withdrawn", "g-17", purpose="marketing", channel="sms")
    case = track("Case Opened", "g-17", subject="A button came off", channel="phone")
    sent = track("Message Sent", "g-17", campaign_id="Autumn coats", channel="email")
    send_now(
        installation, SHOP, (DAY * 400, joined), *orders, (DAY * 300, given), (DAY * 90, withdrawn), (DAY * 20, case),
        (DAY * 6, sent),
    )  # fmt: skip
    browsing = [track("Product Viewed", "", "b-9", **COAT), track("Product Viewed", "", "b-9", **SCARF)]
    send_now(
        installation, SITE, *((DAY * 4 - 120 * n, {**each, **WEB}) for n, each in enumerate(browsing)),
        (DAY * 4 - 300, {**identify("g-17", "b-9"), **WEB}),
        (HOUR * 2, {**track("Product Viewed", "g-17", "b-9", **SCARF), **WEB}),
        (HOUR * 2 - 60, {**track("Product Added", "g-17", "b-9", **SCARF, quantity=2), **WEB}),
        (HOUR * 2 - 90, {**track("Product Viewed", "g-17", "b-9", product_id="hat-1", name="Felt hat"), **WEB}),
    )  # fmt: skip
    bought = track(
        "Order Completed", "", channel="store", store_id="12", till_id="3", receipt_id="4711", currency="EUR",
        total=219.0, products=[{**COAT, "quantity": 1}], traits={"loyalty_id": "LC-0003"}, order_id="s-1",
    )  # fmt: skip
    send_now(installation, TILL, (DAY, bought))
    # The browser reports it, and the shop's own server too.
    send_now(installation, SITE, (DAY * 3, {**_order("o-8", 78.0, "web"), "anonymousId": "b-9", **WEB}))
    send_now(installation, SHOP, (DAY * 3 - 60, _order("o-8", 78.0, "web")))
    back = track(
        "Order Refunded", "g-17", order_id="o-3", refund_id="r-1", total=20.0, currency="EUR",
        products=[{**SCARF, "quantity": 1}],
    )  # fmt: skip
    send_now(installation, SHOP, (DAY * 100, back))


def _order(id: str, total: float, channel: str) -> dict[str, Any]:
    return track(
        "Order Completed", "g-17", order_id=id, total=round(total, 2), currency="EUR", channel=channel,
        products=[{**SCARF, "quantity": 1}, {**BELT, "quantity": 1}],
    )  # fmt: skip


@contextmanager
def pipeline_runs(installation: Installation) -> Iterator[None]:
    """Let a pipeline take in by itself what is appended meanwhile; `installation.step` then waits for it."""
    done = threading.Event()

    def lead() -> None:
        with database.connect(installation.conninfo, autocommit=True) as connection:
            pipeline = Pipeline(connection, installation.context)
            while not done.wait(0.02):
                while pipeline.step():
                    pass

    thread = threading.Thread(target=lead, daemon=True)
    thread.start()
    step = installation.step
    installation.step = lambda: until_taken_in(installation)  # type: ignore[method-assign]
    try:
        yield
    finally:
        done.set()
        thread.join(20)
        installation.step = step  # type: ignore[method-assign]


def until_taken_in(installation: Installation) -> None:
    """Return once a pipeline has taken in all that the log holds."""
    with database.connect(installation.conninfo, autocommit=True) as connection:
        deadline = time.monotonic() + 30
        while connection.execute(BEHIND).fetchone() == (True,):
            assert time.monotonic() < deadline, "the pipeline does not come to it"
            time.sleep(0.02)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
