"""One customer's pages in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.installation import SHOP, SITE, identify, track
from support.story import WEB, pipeline_runs, send_now, tell

from regulars.model.user import Role

pytestmark = pytest.mark.slow


@pytest.fixture
def told(look: Looker) -> Iterator[Looker]:
    """Greta's story, and a pipeline that takes in what comes while her pages are open."""
    tell(look.served.installation)
    with pipeline_runs(look.served.installation):
        yield look


def of(look: Looker, email: str = "greta@mail.example") -> str:
    """The address of a customer's page."""
    found = look.served.installation.holder("email", email)
    assert found is not None
    return f"/customers/{found.hex()}"


def test_one_glance_says_who_it_is(told: Looker) -> None:
    page = told(Role.ASSOCIATE)
    page.goto(of(told))
    expect(page.get_by_role("heading", name="Greta Okafor", level=1)).to_be_visible()
    expect(page.get_by_role("region", name="In the cart now")).to_contain_text("Red scarf")
    expect(page.get_by_role("region", name="Looked at, not bought")).to_contain_text("hat-1")
    expect(page.get_by_role("region", name="Why we may contact")).to_contain_text("Withdrawn")
    expect(page.get_by_role("link", name="Data", exact=True)).to_have_count(0)
    expect(page.locator("#months-chart canvas")).to_be_visible()
    looks_good(page, "customer")
    page.get_by_text("As a table").click()
    expect(page.locator(".months-table").get_by_role("row")).to_have_count(13)


@pytest.mark.slow
def test_orders_evidence_and_the_raw_event(told: Looker) -> None:
    page = told(Role.CARE)
    page.goto(of(told))
    page.get_by_role("link", name="Orders").click()
    expect(page.get_by_text("2 reports of one order, counted once")).to_be_visible()
    expect(page.get_by_text("Given back")).to_contain_text("€20.00")
    looks_good(page, "customer-orders")
    page.get_by_role("navigation", name="Pages about this customer").get_by_role("link", name="How we know").click()
    expect(page.get_by_text("Together in 5 messages from site")).to_be_visible()
    looks_good(page, "customer-why")
    page.get_by_label("One", exact=True).select_option(label="Loyalty card LC0003")
    page.get_by_role("button", name="Why?").click()
    expect(page.get_by_role("heading", name="These two are one person's")).to_be_visible()
    page.goto(of(told))
    page.get_by_role("link", name=re.compile("As it was received: Bought Wool coat")).click()
    expect(page.locator("pre").first).to_contain_text('"receipt_id": "4711"')
    looks_good(page, "customer-event")


def test_the_timeline_is_narrowed_and_goes_back(told: Looker) -> None:
    views = [(60.0 * n, track("Product Viewed", "g-17", product_id=f"p-{n}", channel="app")) for n in range(1, 50)]
    send_now(told.served.installation, SHOP, *views)
    page = told()
    page.goto(of(told))
    page.get_by_label("Kind").select_option("order")
    expect(page).to_have_url(re.compile("what=order"))
    expect(page.locator(".moment")).to_have_count(12)
    page.get_by_label("Channel").select_option("store")
    expect(page.locator(".moment")).to_have_count(1)
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_text("This is where it began.")).to_have_count(0)
    for _ in range(4):
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(150)
    expect(page.get_by_text("This is where it began.")).to_be_visible()
    seen = page.locator(".moment .raw").evaluate_all("links => links.map(link => link.href)")
    assert len(seen) == len(set(seen)) > 60


def test_a_visit_then_the_person_appear_without_a_reload(told: Looker) -> None:
    installation = told.served.installation
    hat = {"product_id": "p-1", "name": "Green hat"}
    send_now(installation, SITE, (60, {**track("Product Viewed", "", "b-77", **hat), **WEB}))
    visitor = installation.holder("anonymous_id", "b-77")
    assert visitor is not None
    page = told()
    page.goto(f"/customers/{visitor.hex()}")
    expect(page.get_by_role("heading", name="Visitor without a name")).to_be_visible()
    page.evaluate("window.same = true")
    page.wait_for_timeout(500)
    send_now(installation, SITE, (30, {**track("Product Added", "", "b-77", **hat), **WEB}))
    expect(page.get_by_role("region", name="In the cart now")).to_contain_text("Green hat")
    expect(page.locator(".moment.fresh")).to_have_count(1)
    send_now(installation, SHOP, (20, identify("n-1", "b-77", name="Nora Night", email="nora@mail.example")))
    expect(page.get_by_role("heading", name="Nora Night", level=1)).to_be_visible()
    bought = track("Order Completed", "n-1", order_id="n-o", total=12, currency="EUR", products=[{"product_id": "p-1"}])
    send_now(installation, SHOP, (10, bought))
    expect(page.get_by_role("region", name="Key figures")).to_contain_text("€12.00")
    expect(page.locator("#months-chart canvas")).to_be_visible()
    assert page.evaluate("window.same")


@pytest.mark.slow
def test_two_people_and_the_same_person(told: Looker) -> None:
    told.allow("422")
    installation = told.served.installation
    send_now(installation, SHOP, (60, identify("h-1", name="Greta O.", email="g.o@mail.example")))
    page = told(Role.CARE)
    page.goto(f"{of(told)}/why")
    page.get_by_role("link", name="Two people: LC0003").click()
    expect(page.get_by_role("region", name="Then")).to_contain_text("Without a name")
    looks_good(page, "customer-split")
    page.get_by_role("button", name="Yes, two people").click()
    expect(page.get_by_role("status").first).to_contain_text("two people")
    expect(page.get_by_role("region", name="Said by hand")).to_contain_text("Two people")
    assert installation.holder("loyalty_id", "LC0003") != installation.holder("email", "greta@mail.example")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").first).to_contain_text("Taken back")
    assert installation.holder("loyalty_id", "LC0003") == installation.holder("email", "greta@mail.example")
    page.get_by_label("E-mail, phone, card").fill("nobody@mail.example")
    page.get_by_role("button", name="Look first").click()
    expect(page.get_by_role("status").first).to_contain_text("Nobody was found")
    page.get_by_label("E-mail, phone, card").fill("G.O@mail.example")
    page.get_by_role("button", name="Look first").click()
    page.get_by_role("button", name="Yes, the same person").click()
    expect(page.get_by_role("status").first).to_contain_text("same person")
    assert of(told) == of(told, "g.o@mail.example")
    looks_good(page, "customer-why-said", sizes=("desk",))
    rows = installation.connection.execute("SELECT DISTINCT action FROM audit WHERE starts_with(actor, 'user:')")
    assert {"explain", "preview split", "split", "undo", "preview merge", "merge"} <= {row[0] for row in rows}


@pytest.mark.slow
def test_a_copy_and_the_end(told: Looker) -> None:
    told.allow("422")
    told.allow("410")
    page = told(Role.CARE)
    address = of(told)
    page.goto(f"{address}/data")
    looks_good(page, "customer-data")
    with page.expect_download() as copy:
        page.get_by_role("link", name="As JSON").click()
    assert b"greta@mail.example" in copy.value.path().read_bytes()
    with page.expect_download() as copy:
        page.get_by_role("link", name="As a page").click()
    assert b"<h1>Your data</h1>" in copy.value.path().read_bytes()
    page.get_by_label(re.compile("Type")).fill("12345678")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was deleted")
    watching = told(Role.CARE)
    watching.goto(address)
    page.get_by_label(re.compile("Type")).fill(address[11:19])
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("status").first).to_contain_text("Deleted for good")
    expect(watching.get_by_text("no longer here")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="Deleted")).to_be_visible()
    looks_good(page, "customer-deleted", sizes=("desk",))


def test_an_old_id_leads_on(told: Looker) -> None:
    installation = told.served.installation
    send_now(installation, SITE, (60, {**track("Product Viewed", "", "b-5", product_id="p-1"), **WEB}))
    old = installation.holder("anonymous_id", "b-5")
    assert old is not None
    send_now(installation, SHOP, (30, identify("x-5", "b-5", name="Xenia", email="xenia@mail.example")))
    page = told()
    page.goto(f"/customers/{old.hex()}/orders?page=1")
    expect(page).to_have_url(re.compile(f"{of(told, 'xenia@mail.example')}/orders\\?page=1$"))


def test_without_javascript(told: Looker) -> None:
    page = told(Role.CARE, javascript=False)
    page.goto(of(told))
    page.get_by_label("Kind").select_option("cart")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".moment")).to_have_count(1)
    page.goto(of(told))
    page.get_by_role("link", name="How we know").first.click()
    page.get_by_role("link", name="Two people: b-9").click()
    page.get_by_role("button", name="Yes, two people").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").first).to_contain_text("Taken back")
