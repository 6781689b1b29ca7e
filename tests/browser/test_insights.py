"""Insight in a real browser: charts with their tables, at each size, and the panel on a customer's page."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.browser import Looker, looks_good
from support.understood import fill, understand

from regulars.model.user import Role


@pytest.mark.slow
def test_insight(look: Looker, tmp_path: Path) -> None:
    fill(look.served.installation)
    understand(look.served.installation, tmp_path / "lake")
    page = look(Role.MARKETER)
    page.goto("/insights")
    expect(page.locator("#revenue-chart canvas")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(4)
    looks_good(page, "insights")
    page.goto("/")
    page.get_by_role("link", name="1 regular is slipping").click()
    page.get_by_role("link", name="Greta").click()
    expect(page.get_by_role("heading", name="What stands out")).to_be_visible()
    looks_good(page, "insight-of-customer", sizes=("desk", "phone"))
