"""Every route says whom it is for, and is for nobody else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from support.installation import SECRET, Installation
from support.running import ROOT
from support.site import add_user, session_of

from regulars.model.user import Role
from regulars.web.access import Door, access_of, words
from regulars.web.routes import FORM
from regulars.web.security import csrf_token
from regulars.web.server import create_server

Client = TestClient[Any]


def routes(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    """Return every route as (method, path, handler), but the framework's own answers to OPTIONS."""
    found = []
    for route in app.routes:
        assert isinstance(route, HTTPRoute), f"{route.path}: only HTTP is looked at here"
        for handler in route.route_handlers:
            found += [(str(method), route.path, handler) for method in handler.http_methods if method != "OPTIONS"]
    return found


ROUTES = routes(create_server("host=nowhere", SECRET))
PAGES = [
    handler for _, path, handler in ROUTES if handler.media_type in ("text/html", "text/csv") and path[:7] != "/schema"
]
FOR_ROLES = [(method, path, handler) for method, path, handler in ROUTES if not isinstance(access_of(handler), Door)]
FORMS = [(method, path, handler) for method, path, handler in ROUTES if handler.opt.get(FORM)]


def filled(path: str) -> str:
    """A path with something in the place of its parameters that leads nowhere."""
    return re.sub(r"\{\w+:(\w+)\}", lambda found: "999999" if found[1] == "int" else "ab" * 16, path)


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    with TestClient(create_server(installation.conninfo, SECRET), raise_server_exceptions=False) as made:
        yield made


def test_every_route_declares_whom_it_is_for() -> None:
    assert len(ROUTES) > 30
    assert [f"{method} {path}" for method, path, handler in ROUTES if access_of(handler) is None] == []


def test_the_page_on_http_says_whom_each_page_is_for() -> None:
    said: dict[str, str] = {}
    for line in (ROOT / "docs" / "reference" / "http.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| `") else ["", ""]
        said |= {path: cells[1] for path in re.findall(r"`((?:GET|POST) /[^`]*)`", cells[0])}
    pages = [(method, path, handler) for method, path, handler in ROUTES if handler.opt.get(FORM) or handler in PAGES]
    wanted = {
        f"{m} {re.sub(r':[a-z]+}', '}', path)}": words(access_of(handler) or Door.KEY) for m, path, handler in pages
    }
    assert len(wanted) >= 19
    assert {name: said.get(name) for name in wanted} == wanted


def test_what_changes_something_for_a_user_is_a_form() -> None:
    changing = [(method, path) for method, path, handler in FOR_ROLES if method != "GET" and not handler.opt.get(FORM)]
    assert changing == []


def test_a_route_that_declares_nothing_is_closed(installation: Installation) -> None:
    @get("/forgotten")
    async def forgotten(request: Request[Any, Any, Any]) -> str:
        return "secret"

    app = create_server(installation.conninfo, SECRET)
    app.register(forgotten)
    with TestClient(app, raise_server_exceptions=False) as client:
        id, _ = add_user(installation, Role.OWNER)
        answer = client.get("/forgotten", headers={"Cookie": f"session={session_of(installation, id)}"})
        assert answer.status_code == 403 and "secret" not in answer.text


def test_who_is_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    for method, path, _ in FOR_ROLES:
        for cookie in ("", "session=", "session=nonsense", f"session={'x' * 3000}"):
            answer = client.request(method, filled(path), headers={"Cookie": cookie}, follow_redirects=False)
            assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/sign-in"), f"{method} {path}"


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_its_own_pages_only(client: Client, installation: Installation, role: Role) -> None:
    id, _ = add_user(installation, role)
    token = session_of(installation, id)
    headers = {"Cookie": f"session={token}", "X-CSRF-Token": csrf_token(SECRET, token), "Accept": "text/html"}
    for method, path, handler in FOR_ROLES:
        access = access_of(handler)
        if path == "/sign-out":
            continue
        answer = client.request(method, filled(path), headers=headers, follow_redirects=False)
        assert isinstance(access, frozenset)
        assert (answer.status_code == 403) == (role not in access), f"{method} {path}: {answer.status_code}"
        assert answer.status_code < 500, f"{method} {path}: {answer.text[:500]}"
        assert "/sign-in" not in answer.headers.get("Location", "")


def test_no_form_is_taken_without_its_token(client: Client, installation: Installation) -> None:
    id, _ = add_user(installation, Role.OWNER)
    mine, other = session_of(installation, id), session_of(installation, id)
    good = csrf_token(SECRET, mine)
    assert FORMS
    for _, path, _ in FORMS:
        for headers in (
            {}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "é"}, {"X-CSRF-Token": csrf_token(SECRET, other)},
            {"X-CSRF-Token": csrf_token(SECRET, "")}, {"X-CSRF-Token": good, "Sec-Fetch-Site": "cross-site"},
            {"X-CSRF-Token": good, "Sec-Fetch-Site": "same-site"}, {"X-CSRF-Token": good, "Origin": "https://evil.example"},
            {"X-CSRF-Token": good, "Origin": "null"},
        ):  # fmt: skip
            sent = {name.encode(): value.encode() for name, value in {"Cookie": f"session={mine}", **headers}.items()}
            answer = client.post(filled(path), headers=sent, follow_redirects=False)
            assert answer.status_code == 403, f"{path}: {headers}"
    assert client.get("/account", headers={"Cookie": f"session={mine}"}).status_code == 200


def test_a_body_that_is_no_form(client: Client, installation: Installation) -> None:
    id, _ = add_user(installation, Role.OWNER)
    cookie = f"session={session_of(installation, id)}"
    kinds = (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "",
    )
    bodies = (b"\xff\xfe=%ff&csrf=\x00", b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"csrf", b"&" * 60_000)
    for kind in kinds:
        for body in bodies:
            answer = client.post("/theme", headers={"Cookie": cookie, "Content-Type": kind}, content=body)
            assert answer.status_code in (400, 403, 413), f"{kind} {body[:20]!r}: {answer.status_code}"
    headers = {"Cookie": cookie, "Content-Type": kinds[0]}
    assert client.post("/theme", headers=headers, content=b"a=" + b"x" * 70_000).status_code == 413
