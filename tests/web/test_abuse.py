"""What somebody might try on every page there is: the pages come from the table of routes, with real ids in them."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, SITE, Installation, identify, track
from support.site import add_user, session_of
from web.test_access import ROUTES

from regulars.model.user import Role
from regulars.profiles.listing.refresh import Refresher
from regulars.web.access import Door, access_of
from regulars.web.routes import FORM
from regulars.web.security import csrf_token
from regulars.web.server import create_server

Client = TestClient[Litestar]

NAME, EMAIL = "Quorthella Zanzibarova", "quorthella@mail.example"
"""Found nowhere but where she is shown."""

FORMULAS = ("=HYPERLINK(1)", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1+1")
STREAMS = {"/customers/{id:str}/live", "/live/stream"}
"""They do not end by themselves."""

GETS = [
    (path, handler)
    for method, path, handler in ROUTES
    if method == "GET"
    and handler.media_type in ("text/html", "text/csv")
    and path[:7] != "/schema"
    and path not in STREAMS
]
POSTS = [(path, handler) for method, path, handler in ROUTES if handler.opt.get(FORM)]
QUERIES = (
    "next", "q", "who", "what", "customer", "reason", "source", "before", "after", "channel", "sort", "store", "until",
    "other", "with", "seen", "spend", "orders", "consent", "cart", "origin", "only", "day",
)  # fmt: skip


@pytest.fixture
def told(installation: Installation) -> Installation:
    """An installation that knows one person, somebody rejected, and formulas in every field."""
    traits = {"firstName": NAME.split()[0], "lastName": NAME.split()[1], "email": EMAIL}
    order = track("Order Completed", "u-1", order_id="o-1", total=5, currency="EUR", store_id="7")
    installation.send(SHOP, track("Product Updated", product_id="p-1", name="Mug"))
    installation.send(SHOP, identify("u-1", "a-1", **traits), order)
    installation.send(SITE, {"type": "page", "anonymousId": "a-1", "name": "Home"}, b'{"type":"=HYPERLINK(1)"}')
    for n, formula in enumerate(FORMULAS):
        installation.send(SHOP, identify(f"{formula}-{n}", name=formula, email=f"f{n}@mail.example", phone=formula))
    Refresher(installation.connection, installation.context.rules, "EUR").run()
    return installation


@pytest.fixture
def client(told: Installation) -> Iterator[Client]:
    with TestClient(create_server(told.conninfo, SECRET), raise_server_exceptions=False) as made:
        yield made


def real(path: str, installation: Installation) -> str:
    """The path with ids of what there is."""
    customer = installation.holder("email", EMAIL)
    assert customer is not None
    row = installation.connection.execute("SELECT min(id) FROM events").fetchone()
    refused = installation.connection.execute("SELECT min(id) FROM rejected").fetchone()
    assert row is not None and refused is not None
    path = path.replace("{event:int}", str(row[0])).replace("{token:str}", "nothing").replace("{version:str}", "x")
    path = path.replace("{file:path}", "app.css").replace("/rejected/{id:int}", f"/rejected/{refused[0]}")
    path = path.replace("/products/{id:path}", "/products/p-1")
    path = path.replace("/insights/{name:str}", "/insights/cohorts.csv")
    path = path.replace("/sources/keys/{id:str}", f"/sources/keys/{'0' * 16}").replace("{id:int}", "1")
    return re.sub(r"\{\w+:\w+\}", customer.hex(), path)


def signed_in(installation: Installation, role: Role) -> dict[str, str]:
    id, _ = add_user(installation, role)
    token = session_of(installation, id)
    return {"Cookie": f"session={token}", "X-CSRF-Token": csrf_token(SECRET, token), "Accept": "text/html"}


@pytest.mark.parametrize("role", [None, *Role])
def test_each_role_sees_what_is_for_it_and_nobody_else(client: Client, told: Installation, role: Role | None) -> None:
    headers = {"Accept": "text/html"} if role is None else signed_in(told, role)
    shown = []
    for path, handler in GETS:
        access, at = access_of(handler), real(path, told)
        answer = client.get(at, headers=headers, follow_redirects=False)
        assert answer.status_code < 500, f"{at}: {answer.text[:500]}"
        if isinstance(access, Door):
            assert NAME not in answer.text, at
            continue
        if role is None:
            assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/sign-in"), at
        else:
            assert (answer.status_code == 403) == (role not in (access or ())), f"{at}: {answer.status_code}"
        if NAME in answer.text or EMAIL in answer.text:
            shown.append(path)
    # An analyst's work is with numbers: no page of theirs names anybody.
    assert bool(shown) == (role not in (None, Role.ANALYST)), shown


@pytest.mark.parametrize("role", list(Role))
def test_what_is_not_for_a_role_changes_nothing(client: Client, told: Installation, role: Role) -> None:
    headers = signed_in(told, role)
    before = everything(told)
    for path, handler in POSTS:
        access = access_of(handler)
        if isinstance(access, frozenset) and role not in access:
            for kind in (headers, {**headers, "hx-request": "true"}):
                at = real(path, told)
                answer = client.post(
                    at, headers=kind, data={"role": "owner", "typed": "delete"}, follow_redirects=False
                )
                assert answer.status_code == 403, f"{at}: {answer.status_code}"
    assert everything(told) == before


def everything(installation: Installation) -> list[Any]:
    query = "SELECT (SELECT count(*) FROM log), (SELECT count(*) FROM keys), (SELECT string_agg(role, '') FROM users)"
    row = installation.connection.execute(query).fetchone()
    return list(row or ())


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example",
        "javascript:alert(1)", "/\t/evil.example", "http:evil.example", "/ok\r\nSet-Cookie: session=evil", "",
    ],
)  # fmt: skip
def test_no_answer_leads_to_another_site_or_takes_a_header(client: Client, told: Installation, evil: str) -> None:
    headers = {**signed_in(told, Role.OWNER), "Host": "shop.example"}
    for path, _ in GETS:
        answer = client.get(
            real(path, told), params=dict.fromkeys(QUERIES, evil), headers=headers, follow_redirects=False
        )
        harmless(answer, path)
    for path, _ in POSTS:
        # Not the one that erases, nor those that end the session that all the others need.
        if not path.endswith(("/erase", "/sign-out", "/end", "/password", "/role")):
            form = dict.fromkeys((*QUERIES, "theme", "name", "locale", "timezone", "why"), evil)
            answer = client.post(real(path, told), headers=headers, data=form, follow_redirects=False)
            harmless(answer, path)


def harmless(answer: Any, path: str) -> None:
    assert answer.status_code < 500, f"{path}: {answer.text[:300]}"
    place = answer.headers.get("Location", "/")
    assert place.startswith("/") and not place.startswith(("//", "/\\")), f"{path}: {place}"
    assert "evil" not in answer.headers.get("Set-Cookie", "").replace("flash=", ""), path
    assert not any("\n" in value or "\r" in value for value in answer.headers.values()), path


def test_a_host_header_is_no_place_to_go(client: Client, told: Installation) -> None:
    headers = signed_in(told, Role.OWNER)
    for path in ("/", "/users", "/nothing", "/customers", "/healthz"):
        answer = client.get(path, headers={**headers, "Host": "evil.example"}, follow_redirects=False)
        assert answer.status_code < 500 and "evil" not in answer.headers.get("Location", "")
        for host in ("evil.example:99999", "a b", "[::1", "a/b", "a@b", "a:b", ":", "x" * 300):
            answer = client.get(path, headers={**headers, "Host": host})
            assert answer.status_code == 400, f"{host} {path}"


def test_a_session_brought_along_is_not_kept(client: Client, told: Installation) -> None:
    brought = "x" * 43
    answer = client.get("/", headers={"Cookie": f"session={brought}; __Host-session={brought}"}, follow_redirects=False)
    assert answer.status_code == 303 and brought not in answer.headers.get("Set-Cookie", "")
    assert told.connection.execute("SELECT count(*) FROM sessions").fetchone() == (0,)


def test_formulas_in_every_csv(client: Client, told: Installation) -> None:
    headers = signed_in(told, Role.OWNER)
    # Of a segment's members their ids and times are told, of a result its figures: nothing that anybody typed.
    tables = [path for path, _ in GETS if path.endswith(".csv") and not path.startswith(("/segments/", "/results"))]
    assert tables
    for path in tables:
        answer = client.get(real(path, told), headers=headers)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8", path
        text = answer.text
        cells = [cell for line in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in line]
        assert any("HYPERLINK" in cell for cell in cells), path
        wrong = [cell for cell in cells if cell[:1] in "=+-@\t\r\n" and cell and not re.fullmatch(r"-?[0-9.]+", cell)]
        assert wrong == [], path
