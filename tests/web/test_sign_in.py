"""Signing in: throttled, by sessions that cannot be fixed, back to this site only."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar.testing import TestClient
from support.installation import SECRET, Installation
from support.site import PASSWORD, add_user, run, session_of

from regulars.model.user import Role
from regulars.storage import users
from regulars.storage.one_time_links import LIFETIME_SECONDS, make_link
from regulars.web.flash import Flash, Undo, pack, unpack
from regulars.web.routes import local_path
from regulars.web.server import create_server
from regulars.web.site import SiteOptions

Client = TestClient[Any]


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    app = create_server(installation.conninfo, SECRET)
    with TestClient(app, raise_server_exceptions=False) as made:
        made.follow_redirects = False
        made.headers["Accept"] = "text/html"
        yield made


def token_in(page: str) -> str:
    """Return the token of a page's forms."""
    found = re.search(r'name="csrf" content="([0-9a-f]+)"', page)
    assert found, page[:2000]
    return found[1]


def post(client: Client, path: str, from_path: str = "", **fields: str) -> httpx.Response:
    """Send a form as its page would."""
    token = token_in(client.get(from_path or path).text)
    return client.post(path, data={"csrf": token, **fields})


def sign_in(client: Client, email: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
    return post(client, "/sign-in", email=email, password=password, **fields)


def audited(installation: Installation) -> list[tuple[str, str, str]]:
    return [
        tuple(row) for row in installation.connection.execute("SELECT actor, action, detail FROM audit ORDER BY id")
    ]


def test_sign_in_and_out(client: Client, installation: Installation) -> None:
    id, email = add_user(installation, Role.CARE)
    answer = sign_in(client, email.upper())
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    home = client.get("/")
    assert home.status_code == 200 and "Care Example" in home.text
    assert client.get("/sign-in").headers["Location"] == "/"
    held = client.cookies["session"]
    out = post(client, "/sign-out", "/")
    assert out.headers["Location"] == "/sign-in" and "session" not in client.cookies
    client.cookies.set("session", held)
    assert client.get("/").status_code == 303
    assert audited(installation) == [(f"user:{id}", "sign in", ""), (f"user:{id}", "sign out", "")]


WRONG = [
    ("", ""), ("nobody@shop.example", PASSWORD), ("OWNER", "wrong"), ("OWNER", ""), ("OWNER", "x" * 10_000),
    ("\0", "\0"), ("a" * 50_000, "x"), ("' OR 1=1 --", "' OR 1=1 --"), ("OWNER", PASSWORD + " "),
    ("OWNER", " " + PASSWORD),
]  # fmt: skip


def test_a_wrong_one_says_nothing_of_who_is_here(client: Client, installation: Installation) -> None:
    _, real = add_user(installation, Role.OWNER)
    for email, password in WRONG:
        installation.connection.execute("DELETE FROM failed_sign_ins")
        answer = sign_in(client, real if email == "OWNER" else email, password)
        assert answer.status_code == 422 and "do not go together" in answer.text, (email[:20], password[:20])
        assert "session" not in client.cookies


def test_whoever_has_no_password_or_no_access_cannot_sign_in(client: Client, installation: Installation) -> None:
    _, invited = add_user(installation, Role.CARE, password="")
    gone, ended = add_user(installation, Role.CARE)
    held = session_of(installation, gone)
    run(installation, lambda connection: users.change(connection, gone, ended=1))
    for email in (invited, ended):
        assert sign_in(client, email).status_code == 422
        assert sign_in(client, email, "").status_code == 422
    assert client.get("/", headers={"Cookie": f"session={held}"}).status_code == 303


def test_after_some_failures_one_has_to_wait(client: Client, installation: Installation) -> None:
    _, email = add_user(installation, Role.OWNER)
    for _ in range(5):
        assert sign_in(client, email, "wrong").status_code == 422
    waiting = sign_in(client, email)
    assert waiting.status_code == 429 and int(waiting.headers["Retry-After"]) >= 1
    _, other = add_user(installation, Role.CARE)
    assert sign_in(client, other).status_code == 303, "others are not held up"
    installation.connection.execute("UPDATE failed_sign_ins SET last = last - 60000000")
    client.cookies.clear()
    assert sign_in(client, email).status_code == 303


def test_the_wait_doubles_and_is_bounded(client: Client, installation: Installation) -> None:
    _, email = add_user(installation, Role.OWNER)
    sign_in(client, email, "wrong")
    waits = []
    for failures in (5, 6, 9, 40, 2_000_000_000):
        installation.connection.execute(
            "UPDATE failed_sign_ins SET failures = %s, last = (extract(epoch FROM now()) * 1000000)::bigint",
            (failures,),
        )
        waits.append(int(sign_in(client, email).headers["Retry-After"]))
    assert waits[0] <= 2 <= waits[1] <= 3 and 14 <= waits[2] <= 17 and waits[3:] == [900, 900]


def test_failures_from_one_address_are_counted_over_all_accounts(client: Client, installation: Installation) -> None:
    def failures() -> list[int]:
        rows = installation.connection.execute("SELECT failures FROM failed_sign_ins ORDER BY failures")
        return [row[0] for row in rows]

    for name in ("ada", "bob"):
        assert sign_in(client, f"{name}@shop.example", "wrong").status_code == 422
    assert failures() == [1, 1, 1, 1, 2], "each account, each with this address, and the address"
    installation.connection.execute("UPDATE failed_sign_ins SET failures = 40 WHERE failures = 2")
    assert sign_in(client, "eve@shop.example", "wrong").status_code == 429
    assert failures() == [1, 1, 1, 1, 40], "a try that was not made is not counted"


def test_a_session_cannot_be_fixed(client: Client, installation: Installation) -> None:
    id, email = add_user(installation, Role.OWNER)
    known = session_of(installation, id)
    stranger, _ = add_user(installation, Role.CARE)
    for planted in ("planted-by-somebody", session_of(installation, stranger), ""):
        client.cookies.clear()
        token = token_in(client.get("/sign-in").text)
        if planted:
            client.cookies.set("session", planted)
        answer = client.post("/sign-in", data={"csrf": token, "email": email, "password": PASSWORD})
        assert answer.status_code == 303
        given = re.search(r"session=([^;]+)", answer.headers["Set-Cookie"])
        assert given and given[1] not in (planted, known) and len(given[1]) > 30
        if planted:
            assert client.get("/", headers={"Cookie": f"session={planted}"}).status_code == 303, (
                "what was planted ended"
            )
    assert client.get("/", headers={"Cookie": f"session={known}"}).status_code == 200, "other places stay signed in"


ELSEWHERE = [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "/\t/evil.example", "http:evil.example", "///evil.example", "/\r\nSet-Cookie: x=y", "/\n", "evil", "", "/é",
    "/" + "a" * 3000, "/\x00//evil.example", " //evil.example", "%2f%2fevil.example",
]  # fmt: skip


def test_one_goes_on_to_this_site_only(client: Client, installation: Installation) -> None:
    _, email = add_user(installation, Role.OWNER)
    for path in ELSEWHERE:
        client.cookies.clear()
        answer = sign_in(client, email, next=path)
        assert answer.headers["Location"] == "/" and "x=y" not in answer.headers["Set-Cookie"], path[:30]
        assert client.get(f"/sign-in?next={quote(path)}").headers["Location"] == local_path(path) == "/", path[:30]


def test_one_goes_back_to_where_one_was(client: Client, installation: Installation) -> None:
    _, email = add_user(installation, Role.OWNER)
    asked = client.get("/audit?who=user%3A1&what=a+b")
    assert asked.headers["Location"].startswith("/sign-in?next=/audit")
    page = client.get(asked.headers["Location"]).text
    back = re.search(r'name="next" value="([^"]+)"', page)
    assert back
    answer = sign_in(client, email, next=back[1].replace("&amp;", "&"))
    assert answer.headers["Location"] == "/audit?who=user%3A1&what=a+b"
    assert client.get("/audit%0d%0aSet-Cookie:%20x=y").status_code == 404
    client.cookies.clear()
    odd = client.get("/audit?who=%0d%0aSet-Cookie:%20x=y")
    assert odd.status_code == 303 and "set-cookie" not in odd.headers


def test_headers_and_cookies(client: Client, installation: Installation) -> None:
    _, email = add_user(installation, Role.OWNER)
    answer = sign_in(client, email)
    cookie = next(each for each in answer.headers.get_list("Set-Cookie") if each.startswith("session="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; ")) and "Secure" not in cookie
    for path in ("/", "/sign-in", "/account", "/users", "/nothing", "/welcome/x"):
        page = client.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "script-src 'self'" in policy and "default-src 'none'" in policy, path
        assert page.headers["X-Content-Type-Options"] == "nosniff" and page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Cache-Control"] == "no-store" and "Strict-Transport-Security" not in page.headers
        assert "style=" not in page.text and "<style" not in page.text and not re.search(r"\son[a-z]+=", page.text)


def test_over_tls_cookies_are_secure(installation: Installation) -> None:
    options = SiteOptions("https://regulars.shop.example")
    app = create_server(installation.conninfo, SECRET, site=options)
    _, email = add_user(installation, Role.OWNER)
    with TestClient(app, base_url="https://regulars.shop.example") as client:
        client.follow_redirects = False
        answer = sign_in(client, email)
        for cookie in answer.headers.get_list("Set-Cookie"):
            assert cookie.startswith("__Host-") and "Secure" in cookie and "Domain" not in cookie
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        token = client.cookies["__Host-session"]
        client.cookies.clear()
        plain = client.get("/", headers={"Cookie": f"session={token}"})
        assert plain.status_code == 303, "a cookie that plain HTTP could set is not looked at"


def link_for(installation: Installation, id: int) -> str:
    return run(installation, lambda connection: make_link(connection, id))


NEW = "three green umbrellas"


def test_a_one_time_link_works_once(client: Client, installation: Installation) -> None:
    id, email = add_user(installation, Role.CARE)
    before = session_of(installation, id)
    old, token = link_for(installation, id), link_for(installation, id)
    assert client.get(f"/welcome/{old}").status_code == 404, "a newer link ends the older"
    for _ in range(2):
        assert client.get(f"/welcome/{token}").status_code == 200, "looking does not use it up"
    assert post(client, f"/welcome/{token}", password="short", again="short").status_code == 422
    assert post(client, f"/welcome/{token}", password=NEW, again=NEW + "!").status_code == 422
    assert post(client, f"/welcome/{token}", password="aaaaaaaaaaaa", again="aaaaaaaaaaaa").status_code == 422
    assert post(client, f"/welcome/{token}", name="Ada", password=NEW, again=NEW).headers["Location"] == "/"
    assert "Ada" in client.get("/").text
    client.cookies.clear()
    assert client.get("/", headers={"Cookie": f"session={before}"}).status_code == 303, "other sessions ended"
    assert client.get(f"/welcome/{token}").status_code == 404
    assert sign_in(client, email).status_code == 422
    assert sign_in(client, email, NEW).status_code == 303


def test_a_link_that_is_too_old(client: Client, installation: Installation) -> None:
    id, _ = add_user(installation, Role.CARE)
    token = link_for(installation, id)
    form = token_in(client.get(f"/welcome/{token}").text)
    installation.connection.execute(
        "UPDATE one_time_links SET expires = expires - %s", ((LIFETIME_SECONDS + 1) * 10**6,)
    )
    answer = client.post(f"/welcome/{token}", data={"csrf": form, "password": NEW, "again": NEW})
    assert answer.status_code == 404 and client.get(f"/welcome/{token}").status_code == 404


def test_an_odd_link(client: Client) -> None:
    for token in ("x", "%00", "é", "..%2f..%2fusers", "a" * 5000, "'", "%ff"):
        assert client.get(f"/welcome/{token}").status_code == 404, token[:20]


def test_the_first_owner(client: Client, installation: Installation) -> None:
    assert "no owner yet" in client.get("/sign-in").text
    id = run(installation, lambda connection: users.add_user(connection, "", "", Role.OWNER))
    assert id is not None
    path = f"/welcome/{link_for(installation, id)}"
    for email in ("", "no address", "a@b@c", "x" * 400 + "@shop.example"):
        assert post(client, path, name="Ada", email=email, password=NEW, again=NEW).status_code == 422, email
    assert post(client, path, name="", email="ada@shop.example", password=NEW, again=NEW).status_code == 422
    answer = post(client, path, name="Ada Lovelace", email="Ada@Shop.example", password=NEW, again=NEW)
    assert answer.status_code == 303
    assert "Users" in client.get("/").text
    client.cookies.clear()
    assert "no owner yet" not in client.get("/sign-in").text
    assert sign_in(client, "ada@shop.example", NEW).status_code == 303


def test_a_message_is_shown_by_its_own_session_only() -> None:
    flash = Flash("Saved.", undo=Undo("/users/1/role", {"role": "care"}))
    packed = pack(SECRET, "mine", flash)
    assert unpack(SECRET, "mine", packed) == flash
    for session, cookie in (
        ("other", packed),
        ("mine", packed[:-4] + "AAAA"),
        ("mine", ""),
        ("mine", "é"),
        ("mine", "x"),
    ):
        assert unpack(SECRET, session, cookie) is None
    assert len(pack(SECRET, "mine", Flash("x" * 100_000))) < 4_000
