"""Pages of insight: nothing there yet, who may look, what they say, and that the erased are gone from them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, Installation, identify
from support.site import add_user, session_of
from support.understood import bought, fill, understand
from test_erasure import erase

from regulars.insights.insight import Insight, Month
from regulars.insights.load import load, loaded
from regulars.insights.reader import insight_of, understood
from regulars.insights.run import run_insight
from regulars.model.user import Role
from regulars.web import insight_words as words
from regulars.web.formats import Formats
from regulars.web.insight_view import cohorts, grid, months
from regulars.web.server import create_server
from regulars.web.site import SiteOptions

Client = TestClient[Any]
FMT = Formats("en-GB", "UTC", "EUR")


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    with TestClient(create_server(installation.conninfo, SECRET, site=SiteOptions(currency="EUR"))) as made:
        yield made


def get(client: Client, installation: Installation, path: str, role: Role = Role.OWNER) -> Any:
    id, _ = add_user(installation, role)
    headers = {"Cookie": f"session={session_of(installation, id)}"}
    return client.get(path, headers=headers, follow_redirects=False)


def test_before_anything_is_understood(client: Client, installation: Installation, tmp_path: Path) -> None:
    installation.send(SHOP, identify("g", name="Greta"))
    assert "Nothing is understood yet" in get(client, installation, "/insights").text
    assert get(client, installation, "/insights/cohorts.csv").text.split() == [
        "\ufefffirst",
        "purchase,months",
        "later,customers",
        "who",
        "bought",
    ]
    assert "Your customers" not in get(client, installation, "/").text
    greta = installation.holder("user_id", "g")
    assert greta is not None
    assert "What stands out" not in get(client, installation, f"/customers/{greta.hex()}").text
    understand(installation, tmp_path / "lake", None)
    text = get(client, installation, "/insights").text
    for said in ("Nobody has bought anything yet", "There is no first purchase yet", "There is no order yet"):
        assert said in text
    assert "till sales" not in get(client, installation, "/").text
    assert "Never bought anything yet." in get(client, installation, f"/customers/{greta.hex()}").text


def test_what_pages_say(client: Client, installation: Installation, tmp_path: Path) -> None:
    fill(installation)
    understand(installation, tmp_path / "lake")
    home = get(client, installation, "/").text
    assert "1 regular is slipping; that one spent €250.00 in the last year." in home
    assert "1 person buys both ways" in home and "as of 27 Dec 2025" in home
    # Of eight sales in stores one is nobody's.
    assert "88% of till sales have a name." in home
    assert 'href="/customers?kind=all&amp;stage=slipping&amp;regular=yes"' in home
    assert 'href="/customers?kind=all&amp;ways' not in get(client, installation, "/", Role.ANALYST).text
    found = get(client, installation, "/customers?kind=all&stage=slipping&regular=yes").text
    assert "Greta" in found and "Ben" not in found and "Cy" not in found
    assert "Ben" in (both := get(client, installation, "/customers?ways=both").text) and "Greta" not in both
    greta = installation.holder("user_id", "g")
    assert greta is not None
    page = get(client, installation, f"/customers/{greta.hex()}").text
    assert "In a rhythm of 7 days, the last purchase is 28 days ago: more than three times as long." in page
    assert "As of 27 Dec 2025" in page and "nobody stated any" in page


def test_figures_and_their_data(client: Client, installation: Installation, tmp_path: Path) -> None:
    fill(installation)
    understand(installation, tmp_path / "lake")
    text = get(client, installation, "/insights", Role.ANALYST).text
    assert "No unit costs are known" in text and "€350.00" in text
    assert 'href="/customers' not in text
    assert "£50.00" in get(client, installation, "/insights?currency=GBP").text
    assert get(client, installation, "/insights", Role.CARE).status_code == 403
    for chart, line in {
        "stages": "slipping,yes,EUR,1,250.00", "cohorts": "2025-11,1,1", "channels": "store web,EUR,1,3,150.00",
        "rfm": "recency,frequency,currency,customers,spend,mean fifth of money",
        "revenue": "2025-12,new,GBP,1,1,50.00,,0.00,,,",
    }.items():  # fmt: skip
        answer = get(client, installation, f"/insights/{chart}.csv")
        assert answer.headers["content-type"].startswith("text/csv") and line in answer.text, answer.text
    for name in ("cohorts", "cohorts.json", "x.csv", "insights.csv.csv", "%00.csv"):
        assert get(client, installation, f"/insights/{name}").status_code == 404


def test_tables_follow_the_files(client: Client, installation: Installation, tmp_path: Path) -> None:
    fill(installation)
    lake = tmp_path / "lake"
    understand(installation, lake)
    ben, greta = installation.holder("user_id", "b"), installation.holder("user_id", "g")
    assert ben is not None and greta is not None
    assert load(installation.connection, lake) == 0
    installation.send(SHOP, bought("b", "2025-12-26"))
    understand(installation, lake)
    found = installation.read(lambda connection: insight_of(connection, ben))
    assert found is not None and found.orders == 4
    # A run whose tables did not follow: the next brings all.
    run_insight(lake, date(2025, 12, 27))
    assert load(installation.connection, lake) == 3
    erase(installation, "user_id", "g")
    assert installation.read(lambda connection: insight_of(connection, greta)) is None
    understand(installation, lake)
    assert installation.connection.execute("SELECT count(*) FROM insights").fetchone() == (2,)
    whole = installation.read(understood)
    assert whole is not None and sum(each.customers for each in whole.totals.insight_stages) == 2
    assert loaded(installation.connection) != ""


def insight(**more: Any) -> Insight:
    said: dict[str, Any] = {name: None for name in Insight.__struct_fields__}
    names = ("channels", "stores", "categories", "brands", "viewed_categories", "viewed_brands")
    lists: dict[str, Any] = {name: [] for name in names}
    return Insight(**{**said, **lists, "orders": 0, "days": 0, "regular": False, "category_count": 0, **more})


@pytest.mark.parametrize(
    ("locale", "minor", "said"),
    [
        ("en-GB", 9_400_000, "€94K"), ("de-DE", 12_996_600, "129.966\xa0€"), ("en-GB", 123_400_000, "€1.2M"),
        ("en-GB", 99_949, "€999.49"), ("en-GB", -5, "-€0.05"),
    ],
)  # fmt: skip
def test_money_in_a_sentence(locale: str, minor: int, said: str) -> None:
    assert Formats(locale, "UTC", "EUR").money_short(minor) == said


def test_nobody_is_said_to_do_what_is_not_known() -> None:
    assert words.reasons(insight(), FMT) == []
    assert words.life(insight(), 20_000, FMT) == "Never bought anything yet."
    said = [each.words for each in words.reasons(insight(orders=5, discount_share=0.0, returns_share=0.5), FMT)]
    assert said == ["50% of what was paid was given back.", "Buys at full price."]


def test_views_of_nothing_and_of_odd_months() -> None:
    assert (cohorts([]), months([], "EUR")) == ([], [])
    assert all(cell == (0, 0.0, 0) for row in grid([]) for cell in row)
    odd = Month("2025-12-01", "unnamed", "EUR", 1, 0, -500, None, 500, None, None, None)
    [row] = months([odd], "EUR")
    assert (row.total, row.contribution) == (-500, None)
