"""What is suggested to a customer on her pages; "it was a gift" and "hide", and each taken back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, SITE, Installation, identify, track
from support.recommended import learnt
from support.site import add_user, session_of

from regulars.model.user import Role
from regulars.recommendations.files import Latest
from regulars.storage import log
from regulars.web.composed import Composed
from regulars.web.security import csrf_token
from regulars.web.server import create_server

Client = TestClient[Any]
EVIL = '"><script>alert(1)</script>'
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learnt(tmp_path_factory.mktemp("learnt"))[1]


@pytest.fixture
def client(installation: Installation, model: Path) -> Iterator[Client]:
    with TestClient(create_server(installation.conninfo, SECRET, composed=Composed(latest=Latest(model)))) as made:
        sign_in(made, installation, Role.OWNER)
        yield made


def sign_in(client: Client, installation: Installation, role: Role) -> None:
    id, _ = add_user(installation, role)
    token = session_of(installation, id)
    client.cookies.set("session", token)
    client.headers["X-CSRF-Token"] = csrf_token(SECRET, token)


@contextmanager
def pipeline(installation: Installation) -> Iterator[None]:
    """What is said meanwhile is taken in."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.02):
            installation.step()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def customer(installation: Installation, **product: Any) -> str:
    lines = [{"product_id": "tea", "name": "Tea", **product}, {"product_id": "nails", "name": "Nails"}]
    installation.send(
        SHOP,
        identify("u1", name="Ann"),
        track("Order Completed", "u1", order_id="o-1", store_id="7", products=lines),
        track("Product Updated", product_id="mug", name="Blue mug", price=4.5, currency="EUR", image="/pictures/x.svg"),
        track("Stock Updated", store_id="7", product_id="honey", quantity=3),
    )
    return address(installation, "user_id", "u1")


def address(installation: Installation, type_: str, value: str) -> str:
    found = installation.holder(type_, value)
    assert found is not None
    return f"/customers/{found.hex()}"


def post(client: Client, installation: Installation, path: str, **form: str) -> str:
    """What the page says to which the form leads."""
    with pipeline(installation):
        answer = client.post(f"{path}/suggestions", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    shown = client.get(answer.headers["Location"])
    assert shown.status_code == 200
    return answer.headers["Location"]


def lists(client: Client, path: str) -> str:
    answer = client.get(f"{path}/suggestions", headers=PART)
    assert answer.status_code == 200 and "<html" not in answer.text
    return answer.text


BAD: tuple[dict[str, str], ...] = (
    {}, {"gift": ""}, {"gift": "", "order": ""}, {"hide": "", "order": "o-1"}, {"hide": "tea", "show": "tea"},
    {"hide": "x" * 201}, {"hide": "\ud800"}, {"gift": "a\u0001b"}, {"gift": "", "order": "y" * 300},
    {"hide": "tea", "back": "//evil.example"}, {"hide": "tea", "at": "z" * 201}, {"say": "gift", "product": "tea"},
)  # fmt: skip


def test_what_cannot_be_said(client: Client, installation: Installation) -> None:
    path = customer(installation)
    before = log.last(installation.connection)
    for form in BAD:
        body, headers = urlencode(form, errors="surrogatepass"), {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client.post(f"{path}/suggestions", content=body, headers=headers, follow_redirects=False)
        assert answer.status_code == 400, form
    unknown = client.post(f"{path}/suggestions", data={"gift": "", "order": "another"}, follow_redirects=False)
    assert unknown.status_code == 404
    assert client.get(f"{path}/suggestions?store=%00").status_code == 400
    assert client.get(f"{path}/suggestions?store={'x' * 201}").status_code == 400
    for token in ("", "nonsense"):
        headers = {"X-CSRF-Token": token}
        answer = client.post(f"{path}/suggestions", data={"hide": "tea"}, headers=headers, follow_redirects=False)
        assert answer.status_code == 403
    for role in Role:
        sign_in(client, installation, role)
        seen, orders = client.get(f"{path}/suggestions"), client.get(f"{path}/orders")
        assert seen.status_code == (403 if role is Role.ANALYST else 200)
        may = role in (Role.OWNER, Role.CARE, Role.ASSOCIATE)
        assert ('name="hide"' in seen.text, 'name="gift"' in orders.text) == (may, may), role
        if not may:
            assert client.post(f"{path}/suggestions", data={"hide": "tea"}).status_code == 403
    assert log.last(installation.connection) == before


def test_the_lists(client: Client, installation: Installation) -> None:
    path = customer(installation)
    overview = client.get(path).text
    assert f'hx-get="{path}/suggestions"' in overview and f'href="{path}/suggestions"' in overview
    assert "Blue mug" not in overview
    text = lists(client, path)
    assert "Time to buy again" in text and "You might like" in text
    assert 'href="/products/mug"' in text and "€4.50" in text and 'src="/pictures/x.svg"' in text
    assert "Goes with Tea (bought)" in text and "Bought once" in text
    whole = client.get(f"{path}/suggestions?store=7").text
    assert "<html" in whole and 'value="7"' in whole
    assert "Honey" in whole and "Blue mug" not in whole and "Nothing that is due lies in the store." in whole
    assert "Nobody told what lies in this store" in client.get(f"{path}/suggestions?store=12").text
    actions = installation.connection.execute("SELECT action, customer IS NULL FROM audit ORDER BY id").fetchall()
    assert actions == [("show", False)] + [("suggestions", False)] * 3


def test_a_gift_goes_out_and_comes_back(client: Client, installation: Installation) -> None:
    path = customer(installation)
    orders = f"{path}/orders"
    back = post(client, installation, path, gift="tea", order="o-1", back="orders", at="1")
    assert back == f"{orders}?page=1"
    assert 'href="/products/tea"' not in lists(client, path) and "Goes with Tea" not in lists(client, path)
    assert 'href="/products/nails"' in lists(client, path)
    assert client.get(orders).text.count('name="not_gift"') == 1
    assert post(client, installation, path, not_gift="tea", order="o-1", back="orders") == orders
    assert 'href="/products/tea"' in lists(client, path)
    assert post(client, installation, path, gift="", order="o-1") == path
    assert 'href="/products/tea"' not in lists(client, path) and 'href="/products/nails"' not in lists(client, path)
    assert client.get(orders).text.count('name="not_gift"') == 3
    post(client, installation, path, not_gift="", order="o-1")
    assert 'href="/products/nails"' in lists(client, path) and 'name="not_gift"' not in client.get(orders).text
    written = installation.connection.execute("SELECT action, detail FROM audit WHERE action LIKE '%gift'").fetchall()
    assert written == [("gift", "tea"), ("no gift", "tea"), ("gift", ""), ("no gift", "")]


def test_what_is_hidden_can_be_shown_again(client: Client, installation: Installation) -> None:
    path = customer(installation)
    assert 'name="hide" value="mug"' in lists(client, path)
    answered = post(client, installation, path, hide="mug", back="suggestions", at="7")
    assert answered == f"{path}/suggestions?store=7"
    text = lists(client, path)
    assert 'name="hide" value="mug"' not in text and 'name="show" value="mug"' in text and "Hidden (1)" in text
    post(client, installation, path, show="mug")
    text = lists(client, path)
    assert 'name="hide" value="mug"' in text and "Hidden (" not in text


def test_the_message_takes_it_back(client: Client, installation: Installation) -> None:
    path = customer(installation)
    with pipeline(installation):
        answer = client.post(f"{path}/suggestions", data={"gift": "tea", "order": "o-1"})
    assert "Said to be a gift" in answer.text and 'name="not_gift" value="tea"' in answer.text


def test_hostile_names_stay_text(client: Client, installation: Installation) -> None:
    path = customer(installation, product_id=EVIL, name=EVIL)
    installation.send(SHOP, track("Store Updated", store_id=EVIL, name=EVIL))
    for text in (lists(client, path), client.get(f"{path}/orders").text, client.get(f"{path}/suggestions").text):
        assert "<script>alert" not in text and escape(EVIL)[4:] in text.replace("&#34;", "&quot;")
    post(client, installation, path, hide=EVIL)
    text = lists(client, path)
    assert "<script>alert" not in text and "Hidden (1)" in text
    post(client, installation, path, gift=EVIL, order="o-1")


def test_nothing_learnt_yet(installation: Installation) -> None:
    with TestClient(create_server(installation.conninfo, SECRET)) as client:
        sign_in(client, installation, Role.ASSOCIATE)
        installation.send(SITE, track("Product Viewed", "", "b-1", product_id="p-1"))
        text = lists(client, address(installation, "anonymous_id", "b-1"))
    assert "Nothing is learnt yet" in text and "Nothing is due" in text
