"""The story of the README: one customer from the first look to the next visit, told by public interfaces alone.

The tracking API with its keys, the commands, and the pages in a browser; nothing is read from tables.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect
from support.running import Running, now

from regulars.settings import FILE

PATIENCE = 60.0
PASSWORD = "three green umbrellas"
EMAIL = "greta@mail.example"
CARD = "8899001"
DESK, TABLET, PHONE = (1200, 800), (820, 1100), (390, 844)

Shoot = Callable[[Page, str], None]
"""Takes a picture of a page, for a story that is told in pictures; a test takes none."""

SHOES = {
    "boot-1": ("Walking boot Lea", "Boots", 129.0),
    "boot-2": ("Ankle boot Mira", "Boots", 119.0),
    "shoe-1": ("Suede shoe Ida", "Low shoes", 99.0),
    "shoe-2": ("Trainer Nora", "Low shoes", 89.0),
}
CARE = """
Brush suede when it is dry, always in one direction. Let wet shoes dry away from the heater, with paper inside.
A spray against water lasts about four weeks.
"""
WAIT = 60.0
"""Seconds that both journeys wait here, instead of hours and days."""
REMINDER = """
title: Left in the cart
about: A reminder of what still lies in the cart, a minute after she last put something in.
purpose: marketing
topic: reminders
begins:
  - event: Product Added
restart: true
leaves_on: [Order Completed, Cart Cleared]
steps:
  - wait: 1 minute
  - condition:
      cart: filled
  - message: abandoned-cart
    patience: 2 days
"""
HOW_TO = """
title: How to use it
about: An article about what she bought, a minute after the purchase.
purpose: marketing
topic: tips
begins:
  - event: Order Completed
about_a: order
steps:
  - wait: 1 minute
  - condition:
      there_is: article
  - message: how-to
    patience: 4 days
"""


class Story:
    """The shop with those who work there, and the customer's doings; told in the order of the methods."""

    def __init__(self, running: Running, browser: Browser, shoot: Shoot) -> None:
        self.running = running
        self.browser = browser
        self.shoot = shoot
        self.site = running.key("write", "site")
        self.shop = running.key("secret", "shop")
        self.till = running.key("secret", "till")
        self.owner = self._owner()
        self.associate = self._invited("Sam Smith", "sam@shop.example", "associate", TABLET)

    def shelves(self) -> None:
        """The shop says what it sells, what lies in the store, and how suede is cared for."""
        for id, (name, kind, price) in SHOES.items():
            what = {"product_id": id, "name": name, "category": ["Shoes", kind], "price": price, "currency": "EUR"}
            self.track(self.shop, "Product Updated", **what)
            self.track(self.shop, "Stock Updated", product_id=id, store_id="7", quantity=3)
        self.track(self.shop, "Store Updated", store_id="7", name="High Street", timezone="Europe/Berlin")
        about = {"title": "How to care for suede", "body": CARE, "products": ["shoe-1"], "summary": "Brush it dry."}
        self.track(self.shop, "Article Updated", article_id="suede", kind="how_to", **about)
        self.running.wait()

    def journeys(self) -> None:
        """The marketer lets the reminder of carts run, and the advice after a purchase."""
        for name, said in (("abandoned-cart", REMINDER), ("how-to", HOW_TO)):
            file = self.running.folder.parent / f"{name}.yaml"
            file.write_text(said)
            self.running.cli("journeys", "put", str(file))
            self.running.cli("journeys", "on", name)
        self.owner.goto("/journeys")
        expect(self.owner.get_by_role("link", name="Left in the cart")).to_be_visible()

    def browses(self) -> None:
        """She looks at shoes, leaves one in the cart, and says who she is."""
        ago = -5.0
        for n, id in enumerate(("boot-1", "boot-2", "boot-1")):
            self.seen("Product Viewed", ago - 300 + 60 * n, id)
        self.seen("Product Added", ago, "boot-1", quantity=1)
        who = {"type": "identify", "anonymousId": "device-1", "userId": "greta", "timestamp": now(ago + 1)}
        traits = {"email": EMAIL, "firstName": "Greta", "lastName": "Lund", "phone": "+49 30 555 0100"}
        self.running.send(self.site, {**who, "messageId": "signs-in"})
        self.running.send(self.shop, {**who, "anonymousId": None, "messageId": "account", "traits": traits})
        card = {"type": "identify", "userId": "greta", "traits": {"loyalty_id": CARD}, "messageId": "card"}
        self.running.send(self.shop, card)
        agreed = {"purpose": "marketing", "channel": "email", "address": f"email:{EMAIL}", "wording": "News by e-mail"}
        self.track(self.shop, "Consent Given", userId="greta", **agreed)
        self.running.wait()

    def walks_in(self) -> None:
        """She walks into the store; her card says who she is, and the associate sees what she came for."""
        page = self.associate
        page.goto("/floor")
        page.get_by_label("Store", exact=True).select_option(label="High Street")
        page.get_by_role("button", name="Work here").click()
        page.get_by_label("Scan a card or receipt, or type a phone number or a name").fill(CARD)
        page.keyboard.press("Enter")
        basket = page.get_by_role("region", name="In the online basket")
        expect(basket).to_contain_text("Walking boot Lea")
        expect(page.get_by_role("region", name="Looked at, not bought")).to_contain_text("Ankle boot Mira")
        self.shoot(page, "story-1-store")

    def buys_others(self) -> None:
        """She buys other shoes; the till knows her by her card."""
        line = {"product_id": "shoe-1", "name": SHOES["shoe-1"][0], "price": 99.0, "quantity": 1}
        order = {
            "order_id": "till-4711", "receipt_id": "4711", "store_id": "7", "till_id": "1", "channel": "store",
            "total": 99.0, "currency": "EUR", "products": [line],
        }  # fmt: skip
        who = {"context": {"traits": {"loyalty_id": CARD}}}
        self.running.send(self.till, {**_call("Order Completed", order, -1), **who})
        self.running.wait()

    def is_helped(self) -> str:
        """No word of the cart reaches her, but advice on suede does; returns where her own page is."""
        self.until("advice", lambda: len(self.mails()) == 1)
        page = self.owner
        page.goto("/mailbox")
        page.locator("tbody a").first.click()
        text = page.get_by_role("region", name="As plain text").inner_text()
        assert "Brush suede" in text or "suede" in text, text
        self.shoot(page, "story-2-advice")
        found = re.search(re.escape(self.running.address) + r"(/me/[\w.~-]+)", text)
        assert found is not None, text
        return found[1]

    def switches_off(self, path: str) -> None:
        """On her own page, on a train, she switches e-mails off."""
        page = self.page(PHONE)
        page.goto(path)
        self.shoot(page, "story-3-her-page")
        page.get_by_role("button", name="Stop all advertising").click()
        expect(page.get_by_role("status")).to_be_visible()
        page.close()

    def is_left_alone(self) -> None:
        """Something lies in the cart again and the time of the reminder passes: she gets none, and it is told why."""
        before = self.mails()
        self.seen("Product Added", -1, "boot-2", quantity=1)
        self.running.wait()
        her = self.her_page()
        self.until("the decision", lambda: "abandoned-cart" in self.text(f"{her}/next"), WAIT + PATIENCE)
        why = self.text(f"{her}/next")
        assert "withdrawn" in why, why
        self.shoot(self.owner, "story-4-left-alone")
        assert self.mails() == before

    def comes_back(self) -> None:
        """She comes back to the shop; all of it stands on one page."""
        self.seen("Product Viewed", -1, "shoe-2")
        self.running.wait()
        page = self.owner
        page.goto(self.her_page())
        expect(page.get_by_role("heading", name="Greta Lund", exact=True)).to_be_visible()
        for words in ("Trainer Nora", "Walking boot Lea", "Suede shoe Ida"):
            expect(page.locator("main")).to_contain_text(words)
        self.shoot(page, "story-5-one-customer")

    def track(self, key: str, event: str, **said: Any) -> None:
        """Have one event taken from a server; `userId` names somebody."""
        user = said.pop("userId", "")
        self.running.send(key, {**_call(event, said, -5), **({"userId": user} if user else {})})

    def seen(self, event: str, offset: float, product: str, **more: Any) -> None:
        """Have one event taken from her browser, some seconds from now, about a product."""
        name, kind, price = SHOES[product]
        said = {"product_id": product, "name": name, "category": f"Shoes/{kind}", "price": price, "currency": "EUR"}
        call = {**_call(event, {**said, **more}, offset), "anonymousId": "device-1"}
        self.running.send(self.site, call)

    def mails(self) -> list[str]:
        """The subjects of what was sent to her, newest first."""
        self.owner.goto("/mailbox")
        return [each.strip() for each in self.owner.locator("tbody a").all_inner_texts()]

    def her_page(self) -> str:
        """The path of her page."""
        found = self.running.get("/api/customers", self.shop, identifier=f"email:{EMAIL}").json()
        return f"/customers/{found['customers'][0]['id']}"

    def text(self, path: str) -> str:
        """What a page says."""
        self.owner.goto(path)
        return self.owner.locator("main").inner_text()

    def until(self, what: str, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait for something."""
        end = time.monotonic() + patience
        while not holds():
            said = f"{what} did not come: {self.mails()}"
            assert time.monotonic() < end, f"{said}; {self.text(self.her_page() + '/next')}"
            time.sleep(0.5)

    def page(self, size: tuple[int, int]) -> Page:
        """A page of somebody's own browser."""
        context = self.browser.new_context(
            base_url=self.running.address, viewport={"width": size[0], "height": size[1]}, locale="en-GB",
            color_scheme="light", reduced_motion="reduce",
        )  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    def _owner(self) -> Page:
        found = re.search(r"owner, once: http://[^/]+(/\S+)", self.running.output())
        assert found is not None, self.running.output()
        page = self.page(DESK)
        page.goto(found[1])
        page.get_by_label("Name").fill("Ada Lovelace")
        page.get_by_label("E-mail address").fill("ada@shop.example")
        return self._chooses(page)

    def _invited(self, name: str, email: str, role: str, size: tuple[int, int]) -> Page:
        self.owner.goto("/users")
        self.owner.get_by_label("Name").fill(name)
        self.owner.get_by_label("E-mail address").fill(email)
        self.owner.get_by_label("Role", exact=True).select_option(role)
        self.owner.get_by_role("button", name="Invite").click()
        link = self.owner.get_by_label("Link to copy").input_value()
        page = self.page(size)
        page.goto(link)
        return self._chooses(page)

    def _chooses(self, page: Page) -> Page:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("The password again").fill(PASSWORD)
        page.get_by_role("button", name="Save and sign in").click()
        expect(page.get_by_role("heading", name=re.compile("Good to see you"))).to_be_visible()
        return page


@contextmanager
def opened(folder: Path) -> Iterator[Running]:
    """A shop of its own in this folder, in which nobody is held back to compare.

    Else one Greta in so many would be left alone; whether she is depends on the installation's secret.
    """
    running = Running(folder)
    folder.mkdir()
    (folder / FILE).write_text("[contact]\nholdout = 0.0\n")
    running.start()
    try:
        yield running
    finally:
        running.close()


def tell(folder: Path, browser: Browser, shoot: Shoot) -> None:
    """Tell all of it, in a shop of its own in this folder, which is made."""
    with opened(folder) as running:
        _tell(Story(running, browser, shoot))


def _tell(story: Story) -> None:
    story.shelves()
    story.journeys()
    due = time.time() + WAIT
    story.browses()
    story.walks_in()
    story.buys_others()
    time.sleep(max(0.0, due - time.time()))
    her_own = story.is_helped()
    story.switches_off(her_own)
    story.is_left_alone()
    story.comes_back()


def _call(event: str, said: dict[str, Any], offset: float) -> dict[str, Any]:
    number = time.monotonic_ns()
    return {"type": "track", "event": event, "messageId": f"m-{number}", "timestamp": now(offset), "properties": said}
