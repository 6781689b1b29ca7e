"""The pages of results: who may look, what they say of a fair test, and what they refuse to say of any other."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, Installation
from support.measured import NOW, small_shop
from support.site import add_user, session_of

from regulars.measurement.store import put_all
from regulars.model.user import Role
from regulars.web.server import create_server
from regulars.web.site import SiteOptions

Client = TestClient[Any]


@pytest.fixture(scope="module")
def measured(shared_installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    connection = shared_installation.connection
    put_all(connection, small_shop(connection, tmp_path_factory.mktemp("lake")), NOW)
    return shared_installation


@pytest.fixture(scope="module")
def client(measured: Installation) -> Iterator[Client]:
    with TestClient(create_server(measured.conninfo, SECRET, site=SiteOptions(currency="EUR"))) as made:
        sign_in(made, measured, Role.ANALYST)
        yield made


def sign_in(client: Client, installation: Installation, role: Role) -> None:
    id, _ = add_user(installation, role)
    client.cookies.set("session", session_of(installation, id))


@pytest.mark.parametrize(
    "path",
    [
        "/results/campaign/none", "/results/x/spring", "/results/campaign/chosen", "/results/campaign/%00?source=post",
        "/results/campaign/chosen?source=other", "/results/campaign/none/days.csv",
    ],
)  # fmt: skip
def test_what_there_is_not(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_figures_are_not_for_everybody(measured: Installation) -> None:
    roles = ((Role.ASSOCIATE, 403), (Role.CARE, 403), (Role.MARKETER, 200), (Role.OWNER, 200))
    with TestClient(create_server(measured.conninfo, SECRET)) as made:
        for role, status in roles:
            made.cookies.clear()
            sign_in(made, measured, role)
            assert made.get("/results").status_code == status
            assert made.get("/results/campaign/spring").status_code == status
            assert made.get("/results/campaign/spring/days.csv").status_code == status


def test_a_fair_test_says_how_much_and_how_sure(client: Client) -> None:
    page = client.get("/results/campaign/spring").text
    assert "Fair test" in page and "Not a fair test" not in page
    assert "than it would have been without: between" in page
    assert "more people bought" in page
    assert '<path class="band"' in page and 'role="img"' in page
    for outcome in ("people", "purchases", "nonsense"):
        assert client.get(f"/results/campaign/spring?of={outcome}").status_code == 200


def test_a_mailing_nobody_drew_lots_for_shows_no_uplift(client: Client) -> None:
    page = client.get("/results/campaign/chosen?source=post").text
    assert "Not a fair test" in page
    assert "those it went to had spent €60.01 on average, and the others €10.01" in page
    assert "No extra sales are shown" in page
    assert "<path" not in page and "than it would have been" not in page


def test_the_list_and_the_days_as_csv(client: Client) -> None:
    page = client.get("/results").text
    for name in ("spring", "By lot", "chosen", "odd"):
        assert name in page
    assert page.count("Not a fair test") == 2
    lines = client.get("/results/campaign/spring/days.csv").text.strip().splitlines()
    assert lines[0].removeprefix("\ufeff").startswith("day,treated,held_back,currency,sales_middle,sales_low")
    assert len(lines) == 16 and lines[-1].startswith("2026-03-15,280,120,EUR,")
