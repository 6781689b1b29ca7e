"""An address typed with a receipt: nothing persuades there until who reads it has said yes, by the link sent to it."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.emptied import emptied
from support.installation import SECRET, TILL, Installation, track
from support.sending import BASE, Shop

from regulars.clienteling import confirm
from regulars.clienteling.agreed import agree
from regulars.consent.change import Means
from regulars.decisioning import outbox
from regulars.decisioning.deciding import Deciding
from regulars.erasure import erasure_frame
from regulars.identity.bundle import identifier_key
from regulars.identity.rules import RULES
from regulars.messaging import shipped
from regulars.messaging.store import message
from regulars.model.contact import ContactPolicy
from regulars.model.identifier import Identifier
from regulars.storage import log
from regulars.web.pages.confirm import WRONG_LINKS
from regulars.web.server import create_server
from regulars.web.site import SiteOptions

CLEO = Identifier("email", "", "cleo@mail.example")
MEANS = Means(SECRET, RULES, outbox.stop)
WORDS = "SELECT purpose, channel, withdrawn, wording, proof FROM consent_words ORDER BY id"


def micros() -> int:
    return time.time_ns() // 1000


@pytest.fixture
def shop(shared_installation: Installation) -> Shop:
    made = Shop(emptied(shared_installation))
    shipped.install(made.connection)
    return made


@pytest.fixture
def client(shop: Shop) -> Iterator[TestClient[Any]]:
    with TestClient(
        create_server(shop.installation.conninfo, SECRET, site=SiteOptions(BASE)), base_url="https://testserver.local"
    ) as made:
        yield made


def ask(shop: Shop, now: int = 0) -> int:
    deciding = Deciding(SECRET, RULES, ContactPolicy(), "UTC", "EUR", lambda connection: ())
    return confirm.ask(shop.connection, deciding, BASE, now or micros())


def typed(shop: Shop, address: Identifier = CLEO, known: bool = True, now: int = 0) -> list[str]:
    """Somebody types an address with a receipt, and ticks the box."""
    with shop.connection.transaction():
        found = agree(shop.connection, MEANS, address, ["marketing"], "claim-1", now or micros())
    if known:
        traits = {"context": {"traits": {address.type: address.value}}}
        shop.installation.send(TILL, {**track("Receipt Claimed", order_id="o-1"), **traits})
    return found


def mails(shop: Shop) -> list[tuple[str, str]]:
    """Send what waits; to whom each went, and its text."""
    sender = shop.sender()
    while sender.turn() == 0:
        pass
    sender.close()
    rows = shop.connection.execute("SELECT recipient, convert_from(body, 'UTF8') FROM mailbox ORDER BY id")
    return [(recipient, body.replace("=\r\n", "").replace("=3D", "=")) for recipient, body in rows]


def path_in(body: str) -> str:
    """The path of the link that confirms, as its target stands in the mail."""
    found = re.search(r"confirm(?:%2F|/)([A-Za-z0-9_-]{54})", body)
    assert found is not None, body
    return confirm.PATH + found[1]


def words(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.connection.execute(WORDS.encode()).fetchall()


def test_a_phone_number_holds_at_once(shop: Shop) -> None:
    phone = Identifier("phone", "", "+442071838750")
    assert typed(shop, phone, known=False) == []
    assert words(shop) == [("marketing", "sms", False, "receipt claim 1", "claim-1")]
    assert not confirm.is_waiting(shop.connection)


def test_an_e_mail_address_is_asked_and_says_yes(shop: Shop, client: TestClient[Any]) -> None:
    assert typed(shop, known=False) == ["marketing"]
    assert ask(shop) == 0 and confirm.is_waiting(shop.connection), "nobody is known by it yet"
    typed(shop)
    assert ask(shop) == 1 and ask(shop) == 0 and not confirm.is_waiting(shop.connection)
    ((recipient, body),) = mails(shop)
    assert "cleo@mail.example" in recipient and "List-Unsubscribe" not in body
    assert words(shop) == []
    path = path_in(body)
    shown = client.get(path)
    assert shown.status_code == 200 and "cleo" not in shown.text and words(shop) == []
    assert client.post(path).status_code == 403, "a form of another site"
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', shown.text)
    assert csrf is not None
    for _ in range(2):
        done = client.post(path, data={"csrf": csrf[1]})
        assert done.status_code == 200 and "Thank you" in done.text
    assert words(shop) == [("marketing", "email", False, "receipt claim 1", "claim-1 confirmed")]
    assert "Thank you" in client.get(path).text
    # The pipeline takes in the same word, once.
    shop.installation.step()
    rows = shop.connection.execute("SELECT address, withdrawn FROM consents WHERE address = 'email:cleo@mail.example'")
    assert rows.fetchall() == [("email:cleo@mail.example", False)]
    assert typed(shop) == [], "it may be written to already"


def test_it_goes_to_that_address_or_nowhere(shop: Shop) -> None:
    other = Identifier("email", "", "ada.new@mail.example")
    typed(shop, other)
    shop.installation.send(TILL, {"type": "identify", "userId": "ada", "traits": {"email": other.value}})
    ask(shop)
    assert [recipient for recipient, _ in mails(shop)] == ["ada.new@mail.example"]
    shop.connection.execute("UPDATE outbox SET state = 'waiting', context = context || '{\"to\": \"00\"}'")
    assert len(mails(shop)) == 1
    row = shop.connection.execute("SELECT state, why FROM outbox").fetchone()
    assert row is not None and row[0] == "stopped" and "not hers" in row[1]


def test_nobody_is_asked_often_nor_after_a_no(shop: Shop) -> None:
    now = micros()
    typed(shop, now=now)
    assert ask(shop, now) == 1
    typed(shop, now=now + confirm.AGAIN - 1)
    assert ask(shop, now + confirm.AGAIN - 1) == 0
    typed(shop, now=now + confirm.AGAIN + 1)
    assert ask(shop, now + confirm.AGAIN + 1) == 1
    said = track("Consent Withdrawn", purpose="marketing", channel="email", email="bea@mail.example")
    shop.installation.send(TILL, {**said, "context": {"traits": {"email": "bea@mail.example"}}})
    assert typed(shop, Identifier("email", "", "bea@mail.example")) == []


def test_links_that_do_not_work(shop: Shop, client: TestClient[Any]) -> None:
    now = micros()
    typed(shop, now=now)
    token = confirm.link_token(SECRET, identifier_key(CLEO, SECRET), now)
    assert confirm.wish_of(shop.connection, SECRET, token, now) is not None
    assert confirm.wish_of(shop.connection, SECRET, token, now + confirm.LASTS) is None
    ahead = confirm.link_token(SECRET, identifier_key(CLEO, SECRET), now + 1)
    nobody = confirm.link_token(SECRET, b"n" * 16, now)
    flipped = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(len(token) - 1)]
    for each in ("", "é", "-" * 54, token[:-1], token + "A", ahead, nobody, *flipped):
        assert confirm.wish_of(shop.connection, SECRET, each, now) is None, each
    for _ in range(WRONG_LINKS):
        assert client.get("/confirm/nonsense").status_code == 404
    assert client.get("/confirm/nonsense").status_code == 429
    assert client.get(confirm.PATH + token).status_code == 200


def test_an_erasure_takes_the_wish(shop: Shop) -> None:
    now = micros()
    typed(shop, now=now)
    token = confirm.link_token(SECRET, identifier_key(CLEO, SECRET), now)
    customer = shop.installation.holder("email", CLEO.value)
    assert customer is not None
    frame = erasure_frame(customer, [identifier_key(CLEO, SECRET)], now)
    log.append(shop.connection, [[frame]])
    shop.installation.step()
    assert confirm.confirm(shop.connection, MEANS, token, now) is None and words(shop) == []
    assert shop.connection.execute("SELECT count(*) FROM confirmations").fetchone() == (0,)


def test_what_it_says_is_whole(shop: Shop) -> None:
    found = message(shop.connection, confirm.MESSAGE)
    assert found is not None and found.purpose == "service"
