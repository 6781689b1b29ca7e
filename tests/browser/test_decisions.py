"""Next steps, a decision and a customer's next step in a real browser."""

import time

import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.installation import SECRET, SHOP, Installation, track
from support.story import tell

from regulars.decisioning import actions, ledger
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.facts import Means, gather
from regulars.decisioning.shipped import shipped
from regulars.identity.rules import RULES
from regulars.model.contact import ContactPolicy
from regulars.model.decision import Occasion, occasion_id, rulebook
from regulars.model.user import Role

POLICY = ContactPolicy(quiet_from=0, quiet_to=0, holdout=0.0)


def decided(installation: Installation, customer: bytes, keys: list[str]) -> list[str]:
    """Decide so often for her, as a journey would; the decisions' ids."""
    book = rulebook(POLICY, shipped(), currency="EUR")
    means, now = Means(RULES, SECRET), time.time_ns() // 1000
    for n, key in enumerate(keys):
        known = gather(installation.connection, [customer], book, means, now + n)[customer]
        asked = Occasion(
            id=occasion_id(SECRET, key),
            key=key,
            kind="journey",
            name="abandoned-cart",
            actions=("abandoned-cart",),
            context={"products": ["coat-1"]},
        )
        ledger.record(installation.connection, [decide(known, asked, book, now + n)], book)
    return [occasion_id(SECRET, key).hex() for key in keys]


@pytest.mark.slow
def test_next_steps_and_why(look: Looker) -> None:
    installation = look.served.installation
    tell(installation)
    mail = "greta@mail.example"
    installation.send(SHOP, track("Consent Given", "g-17", purpose="marketing", channel="email", address=mail))
    greta = installation.holder("email", mail)
    assert greta is not None
    actions.install(installation.connection, shipped())
    sent, capped = decided(installation, greta, ["one", "two"])
    page = look(Role.MARKETER)
    page.goto("/actions")
    expect(page.get_by_role("region", name="Table of next steps")).to_contain_text("Remind of the cart")
    looks_good(page, "actions")
    page.get_by_role("button", name="Switch off Remind of the cart").click()
    expect(page.get_by_text("is off: nobody gets it")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is on.")).to_be_visible()
    page.goto(f"/decisions/{sent}")
    expect(page.get_by_role("heading", name="Why Greta Okafor got it")).to_be_visible()
    looks_good(page, "decision")
    page.goto(f"/decisions/{capped}")
    expect(page.get_by_text("Waiting: contacted enough").first).to_be_visible()
    looks_good(page, "decision-capped")
    page = look(Role.ASSOCIATE)
    page.goto(f"/customers/{greta.hex()}")
    panel = page.locator("#next")
    expect(panel.get_by_role("heading", name="Suggested next step")).to_be_visible()
    expect(panel.get_by_role("link", name="Nothing was done")).to_be_visible()
    looks_good(page, "customer-with-next-step")
    panel.get_by_role("link", name="All decisions").click()
    expect(page.get_by_role("list", name="Why did")).to_contain_text("Remind of the cart")
    looks_good(page, "customer-next")
