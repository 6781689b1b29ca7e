"""The shop floor: who may look and where, whom a scan finds, what is shown, and that each look is written down."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from support.emptied import emptied
from support.installation import SECRET, SHOP, SITE, TILL, Installation, identify, track
from support.recommended import learnt
from support.site import add_user, session_of

from regulars.clienteling.receipt import PATH, receipt_in, receipt_of
from regulars.model.user import Role
from regulars.recommendations.files import Latest
from regulars.web.composed import Composed
from regulars.web.security import csrf_token
from regulars.web.server import create_server
from regulars.web.site import SiteOptions

Client = TestClient[Any]
EVIL = '"><script>alert(1)</script>'
TEA = {"product_id": "tea", "name": "Tea"}
ALLOWED = (Role.OWNER, Role.CARE, Role.ASSOCIATE)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learnt(tmp_path_factory.mktemp("learnt"))[1]


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    return emptied(shared_installation)


@pytest.fixture
def client(installation: Installation, model: Path) -> Iterator[Client]:
    site = SiteOptions(currency="EUR", claim_days=20_000)
    server = create_server(installation.conninfo, SECRET, site=site, composed=Composed(latest=Latest(model)))
    with TestClient(server) as made:
        sign_in(made, installation, Role.ASSOCIATE)
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
    yield
    ended.set()
    thread.join()


def filled(installation: Installation) -> str:
    """Ann, who has looked around and bought; her id."""
    variants = [{"id": "shoe-38", "size": "38"}, {"id": "shoe-39", "size": "39"}]
    stated = {"sizes": {"Shoes": "38½"}, "brands": ["Acme"], "occasions": [{"what": "Bo", "on": "03-14"}]}
    shoe = {"product_id": "shoe", "name": "Running shoe", "variant": "shoe-38", "price": 90}
    installation.send(
        SHOP,
        track("Store Updated", store_id="7", name="Old Town"),
        track("Store Updated", store_id="8", name=EVIL),
        track("Product Updated", product_id="shoe", name="Running shoe", category="Sport > Shoes", variants=variants),
        track("Product Updated", product_id="mug", name="Blue mug", price=4.5, currency="EUR"),
        track("Stock Updated", store_id="7", product_id="honey", quantity=3),
        track("Stock Updated", store_id="7", product_id="milk", quantity=2),
        track("Stock Updated", store_id="7", product_id="kettle", quantity=0),
        identify("u1", "c-1", name="Ann Lee", email="ann@mail.example", phone="+442071838750", loyalty_id="2907999733"),
        identify("u2", name="Ann Doe", email="doe@mail.example"),
        {**identify("u1"), "traits": stated},
        track("Order Completed", "u1", order_id="o-1", store_id="7", products=[shoe, TEA]),
        track("Order Completed", "u1", store_id="7", till_id="1", receipt_id="4711", products=[TEA]),
    )  # fmt: skip
    installation.send(
        SITE,
        track("Product Added", "", "c-1", product_id="honey", name="Honey", quantity=2),
        track("Product Viewed", "", "c-1", product_id="kettle", name="Kettle"),
    )
    sale = track("Order Completed", store_id="7", till_id="1", receipt_id="5500", total=12, currency="EUR")
    installation.send(TILL, sale)
    found = installation.holder("user_id", "u1")
    assert found is not None
    return found.hex()


def scan(client: Client, text: str) -> Any:
    return client.post("/floor", data={"q": text}, follow_redirects=False)


def work_at(client: Client, store: str) -> Any:
    return client.post("/floor/store", data={"store": store}, follow_redirects=False)


def audited(installation: Installation) -> list[tuple[Any, ...]]:
    query = "SELECT action, encode(customer, 'hex'), detail FROM audit WHERE action LIKE 'floor%%' ORDER BY id"
    return installation.connection.execute(query).fetchall()


def test_who_may_look_and_where(client: Client, installation: Installation) -> None:
    ann = filled(installation)
    for role in Role:
        sign_in(client, installation, role)
        status = 200 if role in ALLOWED else 403
        page = client.get("/floor")
        assert page.status_code == status, role
        assert ("Shop floor" in client.get("/").text) == (role in ALLOWED)
        # Who has not said where they work is shown nobody.
        for answer in (scan(client, "2907999733"), client.get(f"/floor/{ann}", follow_redirects=False)):
            assert (answer.status_code, answer.headers.get("Location")) == (
                (303, "/floor") if role in ALLOWED else (403, None)
            )
        assert work_at(client, "7").status_code == (303 if role in ALLOWED else 403)
    sign_in(client, installation, Role.ASSOCIATE)
    for strange in ("99", "", "x" * 300, "a\x01b"):
        assert work_at(client, strange).status_code == 404
    assert client.post("/floor", data={"q": "Ann"}, headers={"X-CSRF-Token": "x"}).status_code == 403
    assert {row[0] for row in audited(installation)} == {"floor store"}
    text = client.get("/floor").text
    assert (
        "Where do you work?" in text
        and "<script>alert" not in text
        and escape(EVIL)[4:] in text.replace("&#34;", "&quot;")
    )
    # A store that the catalogue no longer knows is asked for anew.
    work_at(client, "7")
    installation.connection.execute("UPDATE floor_stores SET store = 'gone'")
    assert client.get(f"/floor/{ann}", follow_redirects=False).headers["Location"] == "/floor"


@pytest.mark.parametrize("text", ["2907999733", " +44 20 7183 8750", "ann@mail.example", "4711", "o-1", "Ann Lee"])
def test_whom_a_scan_finds(client: Client, installation: Installation, text: str) -> None:
    ann = filled(installation)
    work_at(client, "7")
    assert scan(client, text).headers["Location"] == f"/floor/{ann}"
    assert [row[0] for row in audited(installation)] == ["floor store"]


def test_several_and_nobody(client: Client, installation: Installation) -> None:
    ann = filled(installation)
    work_at(client, "7")
    several = scan(client, "Ann").text
    assert f'href="/floor/{ann}"' in several and "Ann Doe" in several
    assert "a…@mail.example" in several and "ann@mail.example" not in several and "2907999733" not in several
    for odd in ("nobody at all", "\x00", "'; --", "%", "x" * 5000, "/claim/", "/claim/abc", "ab" * 16):
        answer = scan(client, odd)
        assert answer.status_code == 200 and "Nobody was found" in answer.text, odd
    found = audited(installation)
    assert {row[:2] for row in found if row[0] == "floor search"} >= {("floor search", ann), ("floor search", None)}
    assert not any("Ann" in row[2] for row in found)


def test_a_receipt_without_a_name(client: Client, installation: Installation) -> None:
    filled(installation)
    work_at(client, "7")
    found = scan(client, "5500").text
    assert "has no name yet" in found and "€12.00" in found and 'src="data:image/svg' in found
    work_at(client, "8")
    assert "has no name yet" in scan(client, "5500").text
    # By its last digits it is found where it was written only.
    installation.send(TILL, track("Order Completed", store_id="7", till_id="1", receipt_id="990031"))
    assert "Nobody was found" in scan(client, "0031").text
    receipt = receipt_of("till", {"store_id": "7", "till_id": "1", "receipt_id": "5500"}, 0)
    assert receipt_in(SECRET, "x") is None and receipt.key.startswith("receipt:7/1/")
    assert "Nobody was found" in scan(client, f"https://shop.example{PATH}forged").text


def test_what_is_shown(client: Client, installation: Installation) -> None:
    ann = filled(installation)
    work_at(client, "7")
    text = client.get(f"/floor/{ann}").text
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
    assert "Ann Lee" in plain and "Old Town" in plain
    assert "Honey 2× 3 here" in plain and "kettle Not here" in plain
    assert plain.index("38½") < plain.index("bought once") and "Shoes 38 bought once" in plain and "Acme" in plain
    assert "Bo 03-14" in plain
    # Only what lies in this store is suggested.
    assert "Milk" in plain and "2 here" in plain and "Blue mug" not in plain
    # What lies in the basket need not be suggested.
    assert plain.count("Honey") == 1
    assert text.count('name="gift"') == 3
    work_at(client, "8")
    assert "Nobody told what lies in this store" in client.get(f"/floor/{ann}").text
    assert [row for row in audited(installation) if row[0] == "floor"] == [
        ("floor", ann, "store 7"),
        ("floor", ann, "store 8"),
    ]
    assert client.get(f"/floor/{'ab' * 16}").status_code == 404 and client.get("/floor/x").status_code == 404


def test_a_gift_and_back(client: Client, installation: Installation) -> None:
    ann = filled(installation)
    work_at(client, "7")
    form = {"gift": "shoe", "order": "o-1", "back": "floor"}
    with pipeline(installation):
        said = client.post(f"/customers/{ann}/suggestions", data=form, follow_redirects=False)
    assert said.headers["Location"] == f"/floor/{ann}"
    shown = client.get(said.headers["Location"]).text
    assert "Said to be a gift" in shown and 'name="not_gift" value="shoe"' in shown
    # What was for somebody else says nothing of her size.
    assert "bought once" not in shown
    undo = {"not_gift": "shoe", "order": "o-1", "back": "floor"}
    with pipeline(installation):
        assert client.post(f"/customers/{ann}/suggestions", data=undo, follow_redirects=False).status_code == 303
    assert "bought once" in client.get(f"/floor/{ann}").text


def test_suggestions_are_off_for_who_wants_none(client: Client, installation: Installation) -> None:
    ann = filled(installation)
    work_at(client, "7")
    installation.send(SHOP, track("Consent Withdrawn", "u1", purpose="profiling"))
    text = client.get(f"/floor/{ann}").text
    assert "Personal suggestions are switched off" in text and "Might like" not in text


def test_a_question_that_waits(client: Client, installation: Installation) -> None:
    ann = filled(installation)
    work_at(client, "7")
    assert "waits for an answer" not in client.get(f"/floor/{ann}").text
    put = (
        "INSERT INTO questions (customer, address, name, subject, at, changed, state) VALUES (%s, %s, '', %s, 0, 0, %s)"
    )
    for customer, address, subject, state in (
        (None, "ann@mail.example", EVIL, "open"), (bytes.fromhex(ann), "old@mail.example", "The <b>hem", "open"),
        (None, "ann@mail.example", "Long ago", "answered"), (None, "doe@mail.example", "Of another", "open"),
    ):  # fmt: skip
        installation.connection.execute(put, (customer, address, subject, state))
    text = client.get(f"/floor/{ann}").text
    assert text.count("waits for an answer") == 2 and "The &lt;b&gt;hem" in text and "<script>alert" not in text
    assert "Long ago" not in text and "Of another" not in text
