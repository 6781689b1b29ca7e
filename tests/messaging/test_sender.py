"""The sender: what may go goes once, by a name that stays; what may not stays; what is in doubt is counted."""

import email
import email.policy
import time

import dkim
import pytest
from support.emptied import emptied
from support.installation import SECRET, SHOP, Installation, track
from support.post import Box, dns, post_office
from support.sending import Shop

from regulars.consent import holds
from regulars.consent.links import read_token
from regulars.messaging import sender as sending
from regulars.messaging.delivery import mailbox
from regulars.messaging.settled import FIRST_WAIT, LONGEST_WAIT, wait
from regulars.storage import faults


@pytest.fixture
def shop(shared_installation: Installation) -> Shop:
    return Shop(emptied(shared_installation))


def test_sending(shop: Shop) -> None:
    box = Box()
    gone = "550 5.1.1 no such user"
    box.rcpt = lambda address: gone if address.startswith("bea") else "250 OK"
    one, two, three, four = shop.put(1), shop.put(2, "bea"), shop.put(3, "sim"), shop.put(4, message="nothing")
    five = shop.put(5, "ada", topic="news", not_before=time.time_ns() // 1000 + 10**12)
    with post_office(box) as (_, place):
        sender = shop.sender(place, bounces="bounce@shop.example")
        assert sender.turn() == 0.0
        assert sender.turn() == sending.LONGEST_REST
        # What bounced is written to no more.
        shop.put(6, "bea")
        sender.turn()
        sender.close()
    assert [shop.row(each).state for each in (one, two, three, four, five)] == [
        "sent",
        "failed",
        "sent",
        "failed",
        "waiting",
    ]
    assert shop.row((6).to_bytes(16, "big")).state == "stopped"
    ((_, recipients, content),) = box.taken
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert recipients == ["ada@mail.example"] and found["subject"] == "Hello Ada" and dkim.verify(content, dnsfunc=dns)
    assert found["message-id"] == f"<{one.hex()}@shop.example>" == shop.row(one).message_id
    unsubscribe = str(found["list-unsubscribe"]).strip("<>")
    assert unsubscribe.startswith("https://regulars.shop.example/me/") and read_token(SECRET, unsubscribe.split("/")[4])
    html = found.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "/t/o/" in html and "/t/c/" in html
    # Example data never leave.
    assert [each.recipient for each in mailbox.mails(shop.connection, 10)] == ["sim@mail.example"]
    sent, (bounced,) = shop.events("Message Sent"), shop.events("Message Bounced")
    assert sorted(sent) == sorted([shop.holder("ada"), shop.holder("sim")])
    assert bounced == shop.holder("bea")


def test_what_she_said_meanwhile_holds(shop: Shop) -> None:
    connection, now = shop.connection, time.time_ns() // 1000
    decision, held, old = shop.put(1), shop.put(2, "bea", at=now), shop.put(3, "bea")
    shop.installation.send(SHOP, track("Consent Withdrawn", "ada", purpose="marketing", channel="email"))
    holds.hold(connection, shop.holder("bea"), holds.QUESTION, "1", now)
    with post_office() as (box, place):
        sender = shop.sender(place)
        sender.turn()
        sender.close()
    assert (shop.row(decision).state, box.taken) == ("stopped", [])
    assert (shop.row(held).state, shop.row(old).state) == ("waiting", "stopped")
    assert shop.row(held).not_before > now


def test_a_kill_between_leaves_doubt_and_one_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    decision = shop.put(1)

    def die(place: str) -> None:
        if place == "handover.after":
            raise KeyboardInterrupt

    with post_office() as (box, place):
        sender = shop.sender(place)
        monkeypatch.setattr(faults, "hit", die)
        with pytest.raises(KeyboardInterrupt):
            sender.turn()
        monkeypatch.undo()
        assert shop.row(decision).state == "sending"
        assert sender.turn() == 0.0
        sender.close()
    row = shop.row(decision)
    assert (row.state, row.doubtful, row.attempts) == ("sent", 1, 2)
    ids = {email.message_from_bytes(content)["Message-ID"] for _, _, content in box.taken}
    assert len(box.taken) == 2 and ids == {row.message_id}
    assert len(shop.events("Message Sent")) == 1


def test_a_server_that_is_away(shop: Shop) -> None:
    decision = shop.put(1, at=time.time_ns() // 1000)
    sender = shop.sender("127.0.0.1:1")
    assert sender.turn() == sending.FIRST_BACKOFF and 0 < sender.turn() <= sending.FIRST_BACKOFF
    row = shop.row(decision)
    assert row.state == "waiting" and row.not_before > time.time_ns() // 1000 and row.attempts == 1
    old = shop.put(2)
    sender._resting = 0.0
    assert sender.turn() == 2 * sending.FIRST_BACKOFF
    assert shop.row(old).state == "failed"
    sender.close()


def test_waits() -> None:
    assert [wait(n) for n in (0, 1, 2, 3)] == [FIRST_WAIT, FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert wait(1_000_000) == LONGEST_WAIT
