"""One customer's pages in a real browser."""

from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.story import tell

from regulars.model.user import Role


def greta(look: Looker) -> str:
    """The address of her page."""
    found = look.served.installation.holder("email", "greta@mail.example")
    assert found is not None
    return f"/customers/{found.hex()}"


def test_one_glance_says_who_it_is(look: Looker) -> None:
    tell(look.served.installation)
    page = look(Role.CARE)
    page.goto(greta(look))
    expect(page.get_by_role("heading", name="Greta Okafor", level=1)).to_be_visible()
    page.wait_for_timeout(300)
    looks_good(page, "customer")
    page.screenshot(path=".pictures/customer-whole.png", full_page=True)
