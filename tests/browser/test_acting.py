"""Journeys and campaigns in a real browser: switched on, tried, replayed; written, looked at, begun, paused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.installation import RECEIVED, Installation, identify, track
from support.journeys import NOON, Shop, deciding, shop_of
from support.site import Served

from regulars.decisioning.campaigns.run import Campaigns
from regulars.decisioning.journeys.journey import HOUR
from regulars.messaging.shipped import install as install_messages
from regulars.model.contact import ContactPolicy
from regulars.model.user import Role
from regulars.recommendations.files import Latest
from regulars.segments.rule import decode
from regulars.segments.store import put
from regulars.web.composed import Acting, Segmenting

NAMES = {"ada": "Ada Mbeki", "bea": "Bea Novak", "cora": "Cora Lind", "dan": "Dan Ito"}
EVERYBODY = decode('{"is":"all","of":[{"is":"trait","field":"kind","op":"is","value":"person"}]}')
JOIN = """
INSERT INTO memberships (segment, customer, joined, changes)
SELECT DISTINCT 'regulars', customer, 1, 1 FROM identifiers WHERE type = 'user_id'
"""


@pytest.fixture
def shop(installation: Installation, tmp_path: Path) -> Shop:
    made = shop_of(installation, "ada", "bea", "cora")
    for user, name in NAMES.items():
        first, last = name.split()
        made.send(identify(user, first_name=first, last_name=last, email=f"{user}@mail.example"))
    install_messages(installation.connection)
    made.on("abandoned-cart")
    made.send(*[track("Product Added", user, product_id="coat") for user in ("ada", "bea", "dan")])
    made.look()
    made.turns.step("abandoned-cart", NOON + 5 * HOUR)
    made.send(track("Product Added", "cora", product_id="hat"))
    made.look()
    made.with_lake(tmp_path)
    put(installation.connection, "cli", "regulars", "Our regulars", "Those who come again.", EVERYBODY)
    installation.connection.execute(JOIN.encode())
    return made


@pytest.fixture
def served(shop: Shop, tmp_path: Path) -> Iterator[Served]:
    lake = tmp_path / "lake"
    awake = deciding(ContactPolicy(holdout=0.0, quiet_from=0, quiet_to=0))
    acting = Acting(awake, lake, "last", Latest())
    made = Served(shop.installation, segmenting=Segmenting(lake, "now"), acting=acting)
    yield made
    made.stop()


@pytest.mark.slow
def test_journeys(look: Looker) -> None:
    page = look(Role.MARKETER)
    page.goto("/journeys")
    expect(page.get_by_role("link", name="Left in the cart")).to_be_visible()
    looks_good(page, "journeys", sizes=("desk", "phone"))
    page.goto("/journeys/abandoned-cart")
    expect(page.get_by_text("4 came in")).to_be_visible()
    looks_good(page, "journey", sizes=("desk", "phone"))
    page.get_by_role("link", name="Replay last month").click()
    expect(page.get_by_text("It would have sent 3 messages to 3 people.")).to_be_visible(timeout=20_000)
    looks_good(page, "journey-replay", sizes=("desk", "phone"))
    page.goto("/journeys/welcome/try?who=ada@mail.example")
    expect(page.get_by_text("“welcome” would go by e-mail.")).to_be_visible(timeout=20_000)
    looks_good(page, "journey-try", sizes=("desk", "phone"))
    page.goto("/journeys/win-back")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("is on: from now on people come in")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is off: nothing more goes out")).to_be_visible()
    page.get_by_role("link", name="Change").click()
    looks_good(page, "journey-change", sizes=("desk", "phone"))


@pytest.mark.slow
def test_campaigns(look: Looker, shop: Shop) -> None:
    page = look(Role.MARKETER)
    page.goto("/campaigns")
    looks_good(page, "campaigns-empty", sizes=("phone",))
    page.get_by_role("link", name="Write the first one").click()
    page.get_by_label("What you call it").fill("Spring coats")
    page.get_by_label("To whom").select_option("regulars")
    page.get_by_label("Message", exact=True).select_option("win-back")
    page.get_by_label("Compare it with").select_option("win-back-2")
    page.get_by_label("Hold back to compare").fill("0")
    looks_good(page, "campaign-form", sizes=("desk", "phone"))
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_role("link", name="Whom it reaches").click()
    expect(page.get_by_text("3 of 4 customers would get it now.")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("link", name="Dan Ito")).to_be_visible()
    looks_good(page, "campaign-preview", sizes=("desk", "phone"))
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Spring coats has begun.")).to_be_visible()
    shop.connection.execute("UPDATE campaigns SET starts = 0")
    Campaigns(shop.connection, deciding()).step("spring-coats", RECEIVED + 48 * HOUR)
    page.reload()
    looks_good(page, "campaign", sizes=("desk", "phone"))
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("is paused: nothing more goes out")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.goto("/campaigns")
    expect(page.get_by_role("link", name="Spring coats")).to_be_visible()
    looks_good(page, "campaigns", sizes=("desk", "phone"))
