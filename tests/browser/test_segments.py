"""Segments in a real browser: the list, the builder that counts by itself, and why somebody is in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.installation import SHOP, Installation, identify, track
from support.site import Served

from regulars.lake.exporter import Exporter
from regulars.model.user import Role
from regulars.segments.shipped import install
from regulars.storage import database
from regulars.web.composed import Segmenting


@pytest.fixture
def served(installation: Installation, tmp_path: Path) -> Iterator[Served]:
    installation.send(SHOP, identify("greta", email="greta@mail.example", first_name="Greta", last_name="Okafor"))
    installation.send(SHOP, *[track("Product Viewed", "greta", product_id="coat") for _ in range(3)])
    with database.connect(installation.conninfo, autocommit=True) as connection:
        Exporter(tmp_path / "lake", connection, "EUR").run()
    install(installation.connection)
    made = Served(installation, segmenting=Segmenting(tmp_path / "lake", "now"))
    yield made
    made.stop()


@pytest.mark.slow
def test_segments(look: Looker) -> None:
    page = look(Role.MARKETER)
    page.goto("/segments")
    expect(page.get_by_role("link", name="Looked three times and did not buy")).to_be_visible()
    looks_good(page, "segments", sizes=("desk", "phone"))
    page.goto("/segments/left-a-cart")
    looks_good(page, "segment", sizes=("desk", "phone"))
    page.goto("/segments/new")
    page.get_by_label("Name").fill("Looked often")
    page.get_by_label("Within days").fill("")
    page.get_by_label("At least").fill("3")
    page.get_by_label("At least").press("Tab")
    expect(page.get_by_role("heading", name="1 customer")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Why is Greta Okafor here?").click()
    expect(page.get_by_text("3 times: coat")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Add a condition").click()
    expect(page.get_by_role("group", name="Condition 2")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Remove condition 2").click()
    expect(page.get_by_role("group", name="Condition 2")).to_have_count(0, timeout=20_000)
    # Last: a screenshot leaves empty style attributes, which htmx would copy into what it puts in.
    looks_good(page, "segment-builder", sizes=("desk", "phone"))
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("heading", name="Looked often", level=1)).to_be_visible()
    expect(page.get_by_text("Looked at 3 times or more")).to_be_visible()
